"""Starts NSD and Aven in a temporary folder, asks Aven by kdig, ends both by their process ids.

Every test file is run by itself: `AVEN=build/dev/aven python3 tests/integration/blocked_test.py`.
Ports are free ones, chosen by the kernel; what is waited for is waited for by looking, never by a fixed pause.
"""

import contextlib
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

AVEN = os.environ.get("AVEN", "build/dev/aven")
NSD = shutil.which("nsd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or "nsd"
UNBOUND = shutil.which("unbound", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or "unbound"
PATIENCE_S = 20  # sanitizer builds on a busy machine

ZONES = {
    "nsd.example": """
$ORIGIN nsd.example.
$TTL 300
@ IN SOA ns.nsd.example. admin.nsd.example. 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
doh IN A 127.0.0.1
www IN A 192.0.2.80
www IN AAAA 2001:db8::80
alias IN CNAME www
to-blocked IN CNAME chatgpt.com.
*.wild IN A 192.0.2.90
big IN TXT {big}
""".replace("{big}", " ".join(f'"{str(i) * 100}"' for i in range(10, 40))),
    "google.com": """
$ORIGIN google.com.
$TTL 300
@ IN SOA ns.google.com. admin.google.com. 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
gemini IN A 192.0.2.81
""",
    "chatgpt.com": """
$ORIGIN chatgpt.com.
$TTL 300
@ IN SOA ns.chatgpt.com. admin.chatgpt.com. 1 3600 600 86400 60
@ IN NS ns
@ IN A 192.0.2.82
ns IN A 127.0.0.1
""",
}

CHATGPT_PACK = {
    "format": 1,
    "pack": "chatgpt",
    "rules": [
        {
            "id": "chatgpt",
            "action": "sinkhole",
            "domains": ["chatgpt.com", "=chat.openai.com"],
            "valid_until": "2899-12-31",
            "reason": {"en": "Suspended as a precaution.", "fr": "Suspendu par précaution."},
            "owner": "City IT",
            "legal_basis": "Note 118",
            "contact": ["mailto:it@city.example"],
        }
    ],
}


def free_port():
    """A port that is free now for UDP and TCP on 127.0.0.1."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("no port is free")


def wait_for(look, what):
    """Calls look() until it returns something true, and returns that."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        return True
    return False


class Answer:
    """What kdig printed."""

    def __init__(self, text):
        self.text = text
        status = re.search(r"status: (\w+)", text)
        self.status = status.group(1) if status else "NONE"
        flags = re.search(r"Flags: ([^;]*);", text)
        self.flags = flags.group(1).split() if flags else []
        self.errors = [int(code) for code in re.findall(r"EDE: (\d+)", text)]
        self.records = [line.split(None, 4) for line in self._section("ANSWER")]
        self.authority = [line.split(None, 4) for line in self._section("AUTHORITY")]

    def _section(self, name):
        part = re.search(rf";; {name} SECTION:\n(.*?)(\n\n|\Z)", self.text, re.S)
        return [line for line in part.group(1).splitlines() if not line.startswith(";")] if part else []

    def data(self, type_="A"):
        return [record[4] for record in self.records if record[3] == type_]

    def ttl(self):
        """The least one, or None without an answer."""
        return min((int(record[1]) for record in self.records), default=None)


def kdig(name, type_="A", *, server, port, options=()):
    command = ["kdig", f"@{server}", "-p", str(port), "+edns", "+timeout=5", "+retry=0", *options, name, type_]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Answer(done.stdout + done.stderr)


def query_wire(identity, name, type_=1, flags=0x0100):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", identity, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", type_, 1)


class Process:
    """A child whose output lines are gathered while it runs."""

    def __init__(self, command, **options):
        self.lines = []
        self._news = queue.Queue()
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line.rstrip("\n"))
            self._news.put(line)
        self._news.put(None)

    def output(self):
        return "\n".join(self.lines)

    def wait_line(self, pattern):
        """Waits for a line that matches anywhere in the output, old lines included."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for line in list(self.lines):
                found = re.search(pattern, line)
                if found:
                    return found
            with contextlib.suppress(queue.Empty):
                if self._news.get(timeout=0.2) is None and not re.search(pattern, self.output()):
                    break
        raise AssertionError(f"no line matches {pattern!r} in:\n{self.output()}")

    def wait_exit(self):
        code = self.child.wait(timeout=PATIENCE_S)
        self._reader.join(timeout=PATIENCE_S)
        self.child.stdout.close()
        return code

    def end(self, signal_=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(signal_)
        try:
            return self.wait_exit()
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.wait_exit()
            raise


class Nsd:
    """The authoritative server that Aven forwards to."""

    def __init__(self, folder, port=None):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port()
        self.process = None

    def start(self):
        zones = ""
        for name, text in ZONES.items():
            (self.folder / f"{name}.zone").write_text(text)
            zones += f'zone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n'
        (self.folder / "nsd.conf").write_text(
            f'server:\n  ip-address: 127.0.0.1@{self.port}\n  zonesdir: "{self.folder}"\n  database: ""\n'
            f'  username: ""\n  chroot: ""\n  pidfile: ""\n  xfrdfile: "{self.folder}/xfrd.state"\n'
            f'  zonelistfile: "{self.folder}/zone.list"\n  server-count: 1\n  rrl-ratelimit: 0\n'
            f"remote-control:\n  control-enable: no\n{zones}"
        )
        self.process = Process([NSD, "-d", "-c", str(self.folder / "nsd.conf")])
        wait_for(self._answers, f"NSD to answer; it said:\n{self.process.output()}")
        return self

    def _answers(self):
        options = ("+timeout=1",)
        return kdig("nsd.example", "SOA", server="127.0.0.1", port=self.port, options=options).status == "NOERROR"

    def stop(self):
        if self.process:
            self.process.end()
            self.process = None


class Unbound:
    """A resolver that asks one server on this machine for everything. `more`: lines for its clause `server`."""

    def __init__(self, folder, port=None):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port()
        self.process = None

    def start(self, forward_to, more=""):
        (self.folder / "unbound.conf").write_text(
            f'server:\n  interface: 127.0.0.1@{self.port}\n  access-control: 127.0.0.0/8 allow\n  do-daemonize: no\n'
            f'  directory: "{self.folder}"\n  chroot: ""\n  username: ""\n  pidfile: ""\n  use-syslog: no\n'
            f'  do-not-query-localhost: no\n  do-ip6: no\n  num-threads: 1\n  module-config: "iterator"\n{more}'
            f"remote-control:\n  control-enable: no\n"
            f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{forward_to}\n'
        )
        self.process = Process([UNBOUND, "-d", "-c", str(self.folder / "unbound.conf")])
        self.process.wait_line("start of service")
        return self

    def stop(self):
        if self.process:
            self.process.end()
            self.process = None


class Aven:
    """`aven serve` with a configuration of its own, in a folder of its own."""

    def __init__(self, folder, config):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "aven.json"
        self.rules = self.folder / "rules"
        self.state = self.folder / "state"
        self.rules.mkdir(parents=True, exist_ok=True)
        self.write_config(config)
        self.process = None
        self.endpoints = []

    def write_config(self, config):
        text = config if isinstance(config, str) else json.dumps(config, indent=1)
        self.config.write_text(text, encoding="utf-8")

    def write_pack(self, name, pack):
        text = pack if isinstance(pack, str) else json.dumps(pack, indent=1)
        (self.rules / name).write_text(text, encoding="utf-8")

    def launch(self, *options, **process_options):
        """Starts it and does not wait."""
        self.process = Process([AVEN, "serve", "-c", str(self.config), *options], **process_options)
        return self.process

    def start(self, *options, **process_options):
        """Starts it and waits until it answers."""
        self.launch(*options, **process_options)
        self.process.wait_line(r"^try ")
        self.endpoints = [
            (address.strip("[]"), int(port))
            for address, port in re.findall(r"^listens on (\S+):(\d+)", self.process.output(), re.M)
        ]
        return self

    def ask(self, name, type_="A", *, at=0, options=(), server=None):
        address, port = self.endpoints[at]
        return kdig(name, type_, server=server or address, port=port, options=options)

    def hang_up(self):
        self.process.child.send_signal(signal.SIGHUP)

    def stop(self):
        code = self.process.end() if self.process else 0
        self.process = None
        return code


def command(*words, **options):
    """Runs one command of Aven to its end."""
    return subprocess.run(
        [AVEN, *words], capture_output=True, text=True, timeout=60, check=False, **options
    )


class Scene(unittest.TestCase):
    """One NSD and a fresh Aven for each test."""

    listen = ("127.0.0.1:0", "[::1]:0") if has_ipv6() else ("127.0.0.1:0",)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aven-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.nsd = Nsd(self._subfolder("nsd")).start()
        self.addCleanup(self.nsd.stop)
        self.aven = Aven(self._subfolder("aven"), self.config())
        self.addCleanup(self._stop_aven)
        self.aven.write_pack("chatgpt.json", CHATGPT_PACK)

    def _subfolder(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def _stop_aven(self):
        if self.aven.process:
            process = self.aven.process
            code = self.aven.stop()
            self.assertEqual(code, 0, f"Aven must end with 0; it said:\n{process.output()}")

    def config(self, **more):
        return {
            "listen": list(self.listen),
            "workers": 2,
            "allow_from": ["127.0.0.0/8", "::1/128"],
            "upstreams": {"default": {"servers": [f"127.0.0.1:{self.nsd.port}"]}},
            **more,
        }

    def assert_blocked(self, answer):
        self.assertEqual(answer.status, "NOERROR", answer.text)
        self.assertIn(15, answer.errors, answer.text)

    def assert_forwarded(self, answer, data):
        self.assertEqual(answer.status, "NOERROR", answer.text)
        self.assertEqual(answer.errors, [], answer.text)
        self.assertIn(data, answer.data(), answer.text)


def main():
    unittest.main(verbosity=2)
