"""The built package in a Debian that systemd boots: installed, asked, upgraded, broken, removed, purged.

tests/package.sh calls it as root, in a network of its own: `package_test.py PACKAGE ROOT_TAR`. The steps build on each
other. Ends with `N passed, N failed`; where no Debian can be booted it says so and exits 77.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402 (found by the line above)

ADDRESS = "127.0.0.53"
CAP_NET_BIND_SERVICE = 1 << 10
PATIENCE_S = 90
OTHER_SERVICES = ("bird", "isc-dhcp-server", "kea-dhcp4-server", "kea-dhcp6-server", "keepalived")


def run(*command, **options):
    return subprocess.run([*command], capture_output=True, text=True, check=False, **options)


def must(*command):
    done = run(*command)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def wait_for(look, what):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")


class CannotBoot(Exception):
    """This machine does not let systemd-nspawn start another."""


class Machine:
    """A Debian in a folder, booted by systemd-nspawn; commands run in it by nsenter."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        # Without a terminal, and not known to the outer system, which may not run systemd.
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", root, "--register=no", "--keep-unit", "--boot",
             "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        try:
            self.leader = wait_for(self._leader, "the machine's first process")
            wait_for(self._is_up, "the machine to be up")
        except BaseException:
            self.stop()
            raise

    def _leader(self):
        if self.nspawn.poll() is not None:
            raise CannotBoot(self.nspawn.stdout.read())
        children = run("ps", "-o", "pid=", "--ppid", str(self.nspawn.pid)).stdout.split()
        for child in children:
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
        return None

    def _is_up(self):
        return self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def run(self, *command):
        return run("nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--pid", "--root", "--wd",
                   "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                   "DEBIAN_FRONTEND=noninteractive", *command)

    def must(self, *command):
        done = self.run(*command)
        assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def file(self, name):
        return self.root / name.lstrip("/")

    def journal(self):
        return self.run("journalctl", "--no-pager", "--unit=aven", "--lines=30").stdout

    def stop(self):
        if self.nspawn.poll() is None:
            self.nspawn.terminate()  # it has the machine shut down
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.nspawn.wait(timeout=30)
        if self.nspawn.poll() is None:
            self.nspawn.kill()
            self.nspawn.wait()


class Scene:
    """What the steps share."""

    def __init__(self, package, machine, nsd, folder):
        self.package, self.machine, self.nsd, self.folder = package, machine, nsd, folder

    def install(self, package):
        """As an administrator would; gives what was said."""
        shutil.copy(package, self.machine.file("/var/tmp/aven.deb"))
        return self.machine.must("apt-get", "install", "--yes", "--no-install-recommends", "/var/tmp/aven.deb")

    def next_version(self, number, change=lambda tree: None):
        """The package again with a higher version number, and changed."""
        tree = self.folder / f"tree{number}"
        must("dpkg-deb", "--raw-extract", str(self.package), str(tree))
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: 99.{number}-1", control.read_text()))
        change(tree)
        package = self.folder / f"aven_99.{number}.deb"
        must("dpkg-deb", "--build", "--root-owner-group", "-Znone", str(tree), str(package))
        return package

    def version(self):
        return self.machine.must("dpkg-query", "-W", "-f", "${Version}", "aven")

    def main_pid(self):
        return int(self.machine.must("systemctl", "show", "--property=MainPID", "--value", "aven"))

    def host_pid(self):
        """The service's process, seen from outside."""
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                inside = re.search(r"^NSpid:\s+\d+\s+(\d+)$", text, re.M)
                if text.startswith("Name:\taven\n") and inside and int(inside.group(1)) == self.main_pid():
                    return int(status.parent.name)
        raise AssertionError("the service has no process")

    def is_active(self):
        return self.machine.run("systemctl", "is-active", "aven").stdout.strip() == "active"

    def ask(self, name, *options):
        return harness.kdig(name, server=ADDRESS, port=53, options=options)

    def blocks(self, name="chatgpt.com"):
        return 15 in self.ask(name).errors

    def forwards(self, name="www.nsd.example"):
        return self.ask(name).data() == ["192.0.2.80"]

    def edit_pack(self, name, change):
        file = self.machine.file(f"/etc/aven/rules/{name}.json")
        pack = json.loads(file.read_text(encoding="utf-8"))
        change(pack)
        file.write_text(json.dumps(pack, indent=2), encoding="utf-8")


def installed_it_waits_for_its_setup(scene):
    said = scene.install(scene.package)
    assert "aven setup --listen ADDRESS" in said, said
    machine = scene.machine
    assert machine.run("systemctl", "is-enabled", "aven").stdout.strip() == "enabled"
    assert not scene.is_active(), "it runs before its setup"
    assert scene.ask("chatgpt.com").status == "NONE", "something answers on port 53"
    machine.must("getent", "passwd", "aven")
    conffiles = machine.must("dpkg-query", "-W", "-f", "${Conffiles}", "aven")
    assert "/etc/aven/rules/chatgpt.json" in conffiles, conffiles
    for path in ("/usr/share/aven/names/chatgpt.json", "/usr/share/aven/aven.schema.json", "/usr/share/man/man1/aven.1.gz"):
        assert machine.file(path).exists(), f"{path} is missing"
    assert "no packages found" in machine.run("dpkg-query", "-W", "g++", "cmake").stderr
    machine.must("systemd-analyze", "verify", "--man=no", "aven.service")


def setup_leads_to_a_server(scene):
    machine = scene.machine
    machine.must("aven", "setup", "--listen", ADDRESS, "--listen", "[::1]", "--upstream", f"127.0.0.1:{scene.nsd.port}")
    machine.must("aven", "check")
    machine.must("systemctl", "restart", "aven")
    assert scene.is_active(), machine.journal()
    assert scene.blocks(), scene.ask("chatgpt.com").text
    assert 15 in scene.ask("chatgpt.com", "+tcp").errors
    assert scene.forwards(), scene.ask("www.nsd.example").text
    assert 15 in harness.kdig("chatgpt.com", server="::1", port=53).errors
    with urllib.request.urlopen("http://127.0.0.1:8053/api/v1/status", timeout=10) as answer:
        assert answer.status == 200
    assert machine.run("aven", "setup", "--listen", ADDRESS).returncode == 1, "setup replaced a configuration unasked"


def it_may_do_little(scene):
    status = pathlib.Path(f"/proc/{scene.host_pid()}/status").read_text()
    user = scene.machine.must("id", "--user", "aven").strip()
    assert re.search(rf"^Uid:\s+{user}\s", status, re.M), status
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        assert int(re.search(rf"^{kind}:\s+(\w+)$", status, re.M).group(1), 16) == CAP_NET_BIND_SERVICE, status
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M), status
    assert re.search(r"^Seccomp:\s+2$", status, re.M), status


def commands_reach_it(scene):
    machine = scene.machine
    assert machine.must("stat", "--format=%A %U %G", "/run/aven/control.sock").split() == ["srw-rw----", "aven", "aven"]
    machine.must("aven", "status")
    machine.must("aven", "pause", "--all", "--for", "10m", "--reason", "a test")
    wait_for(lambda: not scene.blocks(), "the pause")
    machine.must("systemctl", "restart", "aven")
    assert not scene.blocks(), "the pause was forgotten"
    machine.must("aven", "resume", "--all")
    wait_for(scene.blocks, "the end of the pause")


def page_answer(path, body=None):
    """The status of the page's answer over TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    headers = {"Origin": "https://127.0.0.1:8053"}
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", 8053, timeout=10, context=context)) as page:
        page.request("POST" if body else "GET", path, body, headers)
        return page.getresponse().status


def the_page_asks_for_a_password_over_tls(scene):
    machine = scene.machine
    folder = machine.file("/etc/aven")
    must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", "/CN=aven", "-keyout", f"{folder}/page.key", "-out", f"{folder}/page.pem")
    machine.must("chgrp", "aven", "/etc/aven/page.key")
    machine.must("chmod", "640", "/etc/aven/page.key")
    machine.must("sh", "-c", "echo 'a password for a test' | aven passwd marie")
    config = folder / "aven.json"
    before = config.read_text()
    config.write_text(before.replace(
        '{"listen": "127.0.0.1:8053"}',
        '{"listen": "127.0.0.1:8053", "login": "always", "certificate": "page.pem", "key": "page.key"}',
    ))
    machine.must("systemctl", "restart", "aven")
    assert page_answer("/api/v1/status") == 401
    said = json.dumps({"account": "marie", "password": "a password for a test"})
    assert page_answer("/api/v1/session", said) == 200, machine.journal()
    config.write_text(before)
    machine.must("systemctl", "restart", "aven")


def reload_brings_a_new_rule(scene):
    rule = {"id": "new", "action": "sinkhole", "domains": ["www.nsd.example"], "reason": {"en": "A test."}}
    pack = {"format": 1, "pack": "local", "rules": [rule]}
    scene.machine.file("/etc/aven/rules/local.json").write_text(json.dumps(pack))
    scene.machine.must("systemctl", "reload", "aven")
    wait_for(lambda: scene.blocks("www.nsd.example"), "the new rule")
    scene.machine.file("/etc/aven/rules/local.json").unlink()
    scene.machine.must("systemctl", "reload", "aven")
    wait_for(scene.forwards, "the rule's end")


def killed_it_comes_back(scene):
    before = scene.main_pid()
    os.kill(scene.host_pid(), signal.SIGKILL)
    wait_for(lambda: scene.main_pid() not in (0, before) and scene.is_active(), "a restart")
    assert scene.blocks()


def hung_it_comes_back(scene):
    drop_in = scene.machine.file("/etc/systemd/system/aven.service.d/soon.conf")
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\n")
    scene.machine.must("systemctl", "daemon-reload")
    scene.machine.must("systemctl", "restart", "aven")
    before = scene.main_pid()
    os.kill(scene.host_pid(), signal.SIGSTOP)
    wait_for(lambda: scene.main_pid() not in (0, before) and scene.is_active(), "a restart by the watchdog")
    assert scene.blocks()
    shutil.rmtree(drop_in.parent)
    scene.machine.must("systemctl", "daemon-reload")


def upgraded_it_runs_the_new_version_and_keeps_decisions(scene):
    def decide(pack):
        pack["rules"][0]["owner"] = "The city's own words"

    def change(tree):
        watch = tree / "etc/aven/rules/watch.json"
        watch.write_text(watch.read_text(encoding="utf-8").replace('"format": 1', '"format":  1'), encoding="utf-8")

    scene.edit_pack("chatgpt", decide)
    before = scene.main_pid()
    scene.install(scene.next_version(1, change))
    assert scene.version() == "99.1-1"
    assert scene.main_pid() not in (0, before), "it was not restarted"
    assert scene.is_active() and scene.blocks()
    assert "The city's own words" in scene.machine.file("/etc/aven/rules/chatgpt.json").read_text(encoding="utf-8")
    assert '"format":  1' in scene.machine.file("/etc/aven/rules/watch.json").read_text(encoding="utf-8")


def an_upgrade_that_refuses_the_files_leaves_the_old_one_running(scene):
    scene.edit_pack("chatgpt", lambda pack: pack["rules"][0].update(action="sinkole"))
    before = scene.main_pid()
    said = scene.install(scene.next_version(2))
    assert "/rules/0/action" in said and "the version that runs goes on" in said, said
    assert scene.version() == "99.2-1"
    assert scene.main_pid() == before, "it was restarted"
    assert scene.blocks() and scene.forwards()


def restarted_with_a_broken_pack_it_runs_the_last_good_copy(scene):
    scene.machine.must("systemctl", "restart", "aven")
    assert scene.is_active() and scene.blocks() and scene.forwards()
    assert "last good copy" in scene.machine.journal()
    scene.edit_pack("chatgpt", lambda pack: pack["rules"][0].update(action="sinkhole"))
    scene.machine.must("aven", "check")


def removed_it_keeps_decisions_and_state(scene):
    scene.machine.must("apt-get", "remove", "--yes", "aven")
    assert scene.ask("chatgpt.com").status == "NONE", "it still answers"
    for path in ("/etc/aven/aven.json", "/etc/aven/rules/chatgpt.json", "/var/lib/aven/last-good.aven"):
        assert scene.machine.file(path).exists(), f"{path} is gone"
    assert not scene.machine.file("/usr/bin/aven").exists()


def installed_again_it_serves_what_was_decided(scene):
    scene.install(scene.next_version(3))
    wait_for(lambda: scene.is_active() and scene.blocks(), "the service after its return")
    assert "The city's own words" in scene.machine.file("/etc/aven/rules/chatgpt.json").read_text(encoding="utf-8")


def purged_nothing_is_left(scene):
    scene.machine.must("apt-get", "purge", "--yes", "aven")
    assert scene.ask("chatgpt.com").status == "NONE", "it still answers"
    for path in ("/etc/aven", "/var/lib/aven", "/run/aven", "/usr/share/aven", "/usr/bin/aven"):
        assert not scene.machine.file(path).exists(), f"{path} is left"
    assert scene.machine.run("getent", "passwd", "aven").returncode != 0, "the user is left"


def the_programs_take_the_examples(scene):
    shown = "/usr/share/doc/aven/examples"
    for program in (
        ("keepalived", "--config-test", "--use-file", f"{shown}/keepalived.conf"),
        ("bird", "-p", "-c", f"{shown}/bird.conf"),
        ("kea-dhcp4", "-t", f"{shown}/kea-dhcp4.conf"),
        ("kea-dhcp6", "-t", f"{shown}/kea-dhcp6.conf"),
        ("dhcpd", "-t", "-cf", f"{shown}/dhcpd.conf"),
    ):
        scene.machine.must(*program)


STEPS = [
    installed_it_waits_for_its_setup,
    the_programs_take_the_examples,
    setup_leads_to_a_server,
    it_may_do_little,
    commands_reach_it,
    the_page_asks_for_a_password_over_tls,
    reload_brings_a_new_rule,
    killed_it_comes_back,
    hung_it_comes_back,
    upgraded_it_runs_the_new_version_and_keeps_decisions,
    an_upgrade_that_refuses_the_files_leaves_the_old_one_running,
    restarted_with_a_broken_pack_it_runs_the_last_good_copy,
    removed_it_keeps_decisions_and_state,
    installed_again_it_serves_what_was_decided,
    purged_nothing_is_left,
]


def run_steps(scene):
    """Gives whether all passed; ends at the first that does not, since the next ones stand on it."""
    passed = 0
    for step in STEPS:
        started = time.monotonic()
        try:
            step(scene)
        except Exception:
            print(f"{step.__name__.replace('_', ' ')}: FAILED\n{traceback.format_exc()}\n{scene.machine.journal()}")
            break
        passed += 1
        print(f"{step.__name__.replace('_', ' ')}: passed ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{passed} passed, {len(STEPS) - passed} failed or not reached" if passed < len(STEPS) else f"{passed} passed, 0 failed")
    return passed == len(STEPS)


def main():
    package, root_tar = map(pathlib.Path, sys.argv[1:])
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aven-package-", dir="/var/tmp")))
        root = folder / "root"
        root.mkdir()
        must("tar", "--extract", "--file", str(root_tar), "--directory", str(root))
        for service in OTHER_SERVICES:  # they are here for their syntax checks alone
            (root / f"etc/systemd/system/{service}.service").unlink(missing_ok=True)
            (root / f"etc/systemd/system/{service}.service").symlink_to("/dev/null")
        (root / "usr/bin/dig").symlink_to("true")  # keepalived looks whether its script is there
        machine = Machine(str(root))
        stack.callback(machine.stop)
        (folder / "nsd").mkdir()
        nsd = harness.Nsd(folder / "nsd").start()
        stack.callback(nsd.stop)
        return 0 if run_steps(Scene(package, machine, nsd, folder)) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotBoot as why:
        print(f"The package was not tried: systemd-nspawn cannot boot a Debian here: {' '.join(str(why).split())}")
        sys.exit(77)
