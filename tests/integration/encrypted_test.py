"""Upstreams over TLS and HTTPS: a real Unbound with a certificate of the test's own authority, in front of NSD."""

import contextlib
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

import harness

UNBOUND = shutil.which("unbound", path="/usr/sbin:/sbin:/usr/bin") or "unbound"
NAME = "dns.city.example"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def make_authority(folder):
    """ca.pem and ca.key."""
    openssl(
        folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
        "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=City authority",
    )  # fmt: skip


def make_certificate(folder, name, stem):
    """STEM.pem and STEM.key, for the name and for loopback addresses."""
    openssl(
        folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", f"{stem}.key", "-out", f"{stem}.csr", "-subj", "/CN=server",
    )  # fmt: skip
    (folder / f"{stem}.ext").write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n")
    openssl(
        folder, "x509", "-req", "-days", "30", "-in", f"{stem}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-extfile", f"{stem}.ext", "-out", f"{stem}.pem",
    )  # fmt: skip


class Unbound:
    """Answers over TLS and HTTPS: nsd.example from NSD, everything below load.example by itself."""

    def __init__(self, folder, nsd_port, address="127.0.0.1"):
        self.folder = pathlib.Path(folder)
        self.nsd_port = nsd_port
        self.address = address
        self.tls_port = harness.free_port()
        self.https_port = harness.free_port()
        self.process = None

    def start(self, stem="server"):
        config = self.folder / "unbound.conf"
        config.write_text(
            f"""server:
  directory: "{self.folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  verbosity: 1
  interface: {self.address}@{self.tls_port}
  interface: {self.address}@{self.https_port}
  tls-port: {self.tls_port}
  https-port: {self.https_port}
  tls-service-key: "{stem}.key"
  tls-service-pem: "{stem}.pem"
  access-control: 127.0.0.0/8 allow
  access-control: ::1 allow
  incoming-num-tcp: 40
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: "load.example" redirect
  local-data: "load.example 60 IN A 192.0.2.99"
remote-control:
  control-enable: no
stub-zone:
  name: "nsd.example"
  stub-addr: 127.0.0.1@{self.nsd_port}
"""
        )
        self.process = harness.Process([UNBOUND, "-d", "-c", str(config)])
        harness.wait_for(self._accepts, f"Unbound; it said:\n{self.process.output()}")
        return self

    def _accepts(self):
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.tls_port), timeout=1):
            return True
        return False

    def kill(self):
        self.process.end(signal.SIGKILL)
        self.process = None

    def stop(self):
        if self.process:
            self.process.end()
            self.process = None

    def tls(self, name=NAME):
        return f"tls://{bracketed(self.address)}:{self.tls_port}#{name}"

    def https(self, path="/dns-query", name=NAME):
        return f"https://{name}:{self.https_port}{path}?addr={self.address}"


def bracketed(address):
    return f"[{address}]" if ":" in address else address


class Encrypted(harness.Scene):
    def setUp(self):
        super().setUp()
        self.certificates = self._subfolder("unbound")
        make_authority(self.certificates)
        make_certificate(self.certificates, NAME, "server")
        self.unbound = self.start_unbound("unbound-conf")

    def start_unbound(self, folder, address="127.0.0.1"):
        path = self._subfolder(folder)
        for file in self.certificates.glob("server.*"):
            shutil.copy(file, path)
        unbound = Unbound(path, self.nsd.port, address).start()
        self.addCleanup(unbound.stop)
        return unbound

    def start_aven(self, *servers, **pool):
        pool = {"servers": list(servers), "tls_ca": str(self.certificates / "ca.pem"), **pool}
        self.aven.write_config(
            self.config(status={"listen": "127.0.0.1:0"}, workers=1, upstreams={"default": pool})
        )
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        harness.wait_for(lambda: self.get("/readyz") is not None, "/readyz")

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            return body if response.status == 200 else None

    def json(self, path):
        return json.loads(self.get("/api/v1/" + path))

    def wait_totals(self, holds, what):
        return harness.wait_for(lambda: holds(self.json("status")["totals"]), what)

    def check_answers(self):
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.assertEqual(len(self.aven.ask("big.nsd.example", "TXT", options=("+tcp",)).data("TXT")), 1)
        self.assertEqual(self.aven.ask("nothing.nsd.example").status, "NXDOMAIN")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.wait_totals(lambda totals: totals["upstream_handshakes"] == 1, "one connection for all questions")
        server = self.json("upstreams")["servers"][0]
        self.assertTrue(server["up"])
        self.assertIsNone(server["trouble"])
        self.assertEqual((server["connections"], server["errors"]), (1, 0))


class Answers(Encrypted):
    def test_over_tls(self):
        self.start_aven(self.unbound.tls())
        self.check_answers()

    def test_over_https(self):
        self.start_aven(self.unbound.https())
        self.check_answers()

    def test_over_https_by_name_alone(self):
        make_certificate(self.certificates, "doh.nsd.example", "server")
        unbound = self.start_unbound("unbound-name")
        server = f"https://doh.nsd.example:{unbound.https_port}/dns-query"
        self.start_aven(server, bootstrap=[f"127.0.0.1:{self.nsd.port}"])
        self.check_answers()

    def test_a_name_that_nobody_knows(self):
        self.start_aven("https://nobody.nsd.example/dns-query", bootstrap=[f"127.0.0.1:{self.nsd.port}"])
        self.assertEqual(self.aven.ask("a.load.example", options=("+timeout=8",)).status, "SERVFAIL")
        self.aven.process.wait_line("error: https://nobody.*: the `bootstrap` servers give no address for its name")

    def test_over_ipv6(self):
        if not harness.has_ipv6():
            self.skipTest("this machine has no IPv6")
        unbound = self.start_unbound("unbound-6", "::1")
        self.start_aven(unbound.tls(), unbound.https())
        for name in ("a", "b", "c", "d"):
            self.assert_forwarded(self.aven.ask(f"{name}.load.example"), "192.0.2.99")

    def test_a_closed_connection_is_taken_up_again_by_its_session(self):
        self.start_aven(self.unbound.tls())
        self.assert_forwarded(self.aven.ask("a.load.example"), "192.0.2.99")
        self.unbound.kill()
        self.unbound.start()
        harness.wait_for(lambda: self.json("upstreams")["servers"][0]["connections"] == 0, "the connection to end")
        self.assert_forwarded(self.aven.ask("b.load.example"), "192.0.2.99")
        self.wait_totals(lambda totals: totals["upstream_handshakes"] == 2, "a second handshake")


class Refused(Encrypted):
    def trouble_of(self, server, expected):
        """Aven answers SERVFAIL with a reason, and says once why."""
        self.start_aven(server)
        for name in ("a", "b", "c"):
            answer = self.aven.ask(f"{name}.load.example", options=("+timeout=8",))
            self.assertEqual(answer.status, "SERVFAIL", answer.text)
            self.assertTrue({22, 23} & set(answer.errors), answer.text)
        self.aven.process.wait_line(expected)
        self.assertEqual(len([line for line in self.aven.process.lines if expected in line]), 1)
        shown = harness.wait_for(lambda: self.json("upstreams")["servers"][0]["trouble"], "the trouble of the server")
        self.assertIn(expected, shown)
        problems = self.json("problems")["problems"]
        self.assertTrue(any(expected in problem["text"] for problem in problems), problems)
        self.assertEqual(self.json("status")["totals"]["upstream_replies"], 0)

    def test_a_certificate_for_another_name(self):
        self.trouble_of(self.unbound.tls("other.city.example"), "its certificate is not for other.city.example")

    def test_a_certificate_for_another_name_over_https(self):
        self.trouble_of(self.unbound.https(name="other.city.example"), "its certificate is not for other.city.example")

    def test_a_certificate_of_another_authority(self):
        make_authority(self.certificates)
        self.trouble_of(self.unbound.tls(), "its certificate is from an authority that is not known here")

    def test_a_path_that_does_not_exist(self):
        self.trouble_of(self.unbound.https("/wrong"), "it answers with HTTP status 404")

    def test_another_server_answers_instead_and_the_trouble_ends_with_a_good_certificate(self):
        make_certificate(self.certificates, "other.city.example", "renewed")
        other = self.start_unbound("unbound-2")
        self.start_aven(self.unbound.tls("other.city.example"), other.tls(), strategy="ordered")
        for i in range(20):
            self.assert_forwarded(self.aven.ask(f"{i}.load.example"), "192.0.2.99")
        self.aven.process.wait_line(r"error: tls://.*its certificate is not for other\.city\.example")
        harness.wait_for(lambda: self.json("upstreams")["servers"][0]["trouble"], "the trouble of the server")
        self.unbound.stop()
        for file in self.certificates.glob("renewed.*"):
            shutil.copy(file, self.unbound.folder)
        self.unbound.start("renewed")

        def is_over():
            self.aven.ask(f"{time.monotonic_ns()}.load.example")
            return self.json("upstreams")["servers"][0]["trouble"] is None

        harness.wait_for(is_over, "the end of the trouble")
        self.aven.process.wait_line("info: tls://.*: answers again")


class Load(threading.Thread):
    """Asks a name that was never asked before, every few milliseconds, and keeps what became of each."""

    def __init__(self, endpoint, gap_s):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(endpoint)
        self.socket.settimeout(0.5)
        self.gap_s = gap_s
        self.over = threading.Event()
        self.asked = 0
        self.answers = {}
        self.reader = threading.Thread(target=self._read, daemon=True)

    def run(self):
        self.reader.start()
        while not self.over.wait(self.gap_s):
            self.asked += 1
            self.socket.send(harness.query_wire(self.asked, f"n{self.asked}.load.example"))

    def _read(self):
        last = None
        while last is None or time.monotonic() < last:
            if self.over.is_set() and last is None:
                last = time.monotonic() + 6
            with contextlib.suppress(OSError):
                answer = self.socket.recv(4096)
                self.answers[int.from_bytes(answer[:2], "big")] = answer[3] & 15
            if self.over.is_set() and len(self.answers) == self.asked:
                break

    def end(self):
        self.over.set()
        self.join()
        self.reader.join()
        self.socket.close()

    def lost(self):
        return [number for number in range(1, self.asked + 1) if self.answers.get(number) != 0]


class Outage(Encrypted):
    def under_load(self, kinds):
        """One of two servers is killed and comes back."""
        other = self.start_unbound("unbound-2")
        self.start_aven(*(kind(unbound) for unbound, kind in zip((self.unbound, other), kinds)))
        load = Load(self.aven.endpoints[0], 0.005)
        load.start()
        harness.wait_for(lambda: len(load.answers) > 100, "answers")
        self.unbound.kill()
        seen = len(load.answers)
        harness.wait_for(lambda: len(load.answers) > seen + 300, "answers while one server is down")
        self.unbound.start()
        harness.wait_for(lambda: self.json("upstreams")["servers"][0]["up"], "the server to be up again")
        load.end()
        self.assertEqual(load.lost(), [], f"of {load.asked}")
        return load.asked

    def test_no_question_is_lost_over_tls(self):
        self.under_load((Unbound.tls, Unbound.tls))

    def test_no_question_is_lost_over_https(self):
        self.under_load((Unbound.https, Unbound.https))

    def test_a_server_alone_is_used_again_at_once(self):
        for kind in (Unbound.tls, Unbound.https):
            with self.subTest(kind.__name__):
                self.start_aven(kind(self.unbound))
                load = Load(self.aven.endpoints[0], 0.01)
                load.start()
                harness.wait_for(lambda: len(load.answers) > 50, "answers")
                self.unbound.kill()
                harness.wait_for(lambda: 2 in load.answers.values(), "SERVFAIL while the only server is down")
                self.unbound.start()
                first = load.asked
                harness.wait_for(lambda: load.asked > first + 300, "three seconds more")
                load.end()
                self.assertEqual([number for number in load.lost() if number > first + 100], [])
                self.aven.stop()


if __name__ == "__main__":
    harness.main()
