"""A company's own DNS behind a route: a Knot that takes dynamic updates stands for a domain controller."""

import pathlib
import re
import shutil
import subprocess
import time

import harness

KNOT = shutil.which("knotd", path="/usr/sbin:/sbin") or "knotd"
CONTROLLERS = 30  # so many that the set does not fit into UDP


def zone(apex, lines):
    return (
        f"$ORIGIN {apex}.\n$TTL 600\n@ IN SOA dc1.ad.example. hostmaster.ad.example. 1 900 600 86400 3600\n"
        f"@ IN NS dc1.ad.example.\n{lines}"
    )


FORWARD = (
    "dc1 IN A 127.0.0.1\ndc2 IN A 127.0.0.2\n"
    "_ldap._tcp IN SRV 0 100 389 dc1\n_ldap._tcp IN SRV 0 100 389 dc2\n"
    + "".join(f"_kerberos._tcp IN SRV 0 100 88 controller-number-{i}.some-site-of-the-city\n" for i in range(CONTROLLERS))
)


class Knot:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = harness.free_port()
        self.process = None

    def start(self):
        (self.folder / "ad.example.zone").write_text(zone("ad.example", FORWARD))
        (self.folder / "20.10.in-addr.arpa.zone").write_text(zone("20.10.in-addr.arpa", ""))
        (self.folder / "knot.conf").write_text(
            f"server:\n  listen: 127.0.0.1@{self.port}\n  rundir: {self.folder}\n"
            f"database:\n  storage: {self.folder}\nlog:\n  - target: stdout\n    any: warning\n"
            "acl:\n  - id: clients\n    address: 127.0.0.0/8\n    action: update\n"
            f"template:\n  - id: default\n    storage: {self.folder}\n    file: \"%s.zone\"\n    acl: clients\n"
            "zone:\n  - domain: ad.example\n  - domain: 20.10.in-addr.arpa\n"
        )
        self.process = harness.Process([KNOT, "-c", str(self.folder / "knot.conf")])
        harness.wait_for(
            lambda: self.ask("ad.example", "SOA").status == "NOERROR", f"Knot to answer: {self.process.output()}"
        )
        return self

    def ask(self, name, type_):
        return harness.kdig(name, type_, server="127.0.0.1", port=self.port, options=("+timeout=1",))

    def stop(self):
        if self.process:
            self.process.end()
            self.process = None


def update(address, port, zone_, *lines):
    """Sends a dynamic update (RFC 2136); what knsupdate says of it."""
    text = "\n".join([f"server {address} {port}", f"zone {zone_}.", *lines, "send", "answer", ""])
    done = subprocess.run(["knsupdate", "-t", "5"], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


class ActiveDirectory(harness.Scene):
    def setUp(self):
        super().setUp()
        self.knot = Knot(self._subfolder("knot")).start()
        self.addCleanup(self.knot.stop)
        self.aven.write_config(
            self.config(
                upstreams={
                    "default": {"servers": [f"127.0.0.1:{self.nsd.port}"]},
                    "inside": {"servers": [f"127.0.0.1:{self.knot.port}"], "rotate": True},
                },
                routes={"ad.example": "inside", "10.in-addr.arpa": "inside"},
                workers=1,
            )
        )
        self.aven.start()

    def assert_appears(self, name, type_, data):
        """A name that has just been registered, and been asked before that."""
        begin = time.monotonic()
        harness.wait_for(lambda: self.aven.ask(name, type_).data(type_) == [data], f"{name} {type_}")
        self.assertLess(time.monotonic() - begin, 5.5)

    def test_a_client_finds_the_primary_and_registers_itself(self):
        name, pointer = "pc7.ad.example", "7.0.20.10.in-addr.arpa"
        for asked, type_ in ((name, "A"), (pointer, "PTR")):
            answer = self.aven.ask(asked, type_)
            self.assertEqual(answer.status, "NXDOMAIN", answer.text)
            # As the server gave it, but for the time that it may be kept: the client reads the primary from it.
            ours, theirs = answer.authority[0], self.knot.ask(asked, type_).authority[0]
            self.assertEqual(ours[:1] + ours[2:], theirs[:1] + theirs[2:])
            self.assertLessEqual(int(ours[1]), 5)

        primary = self.aven.ask("ad.example", "SOA").data("SOA")[0].split()[0]
        self.assertEqual(primary, "dc1.ad.example.")
        address = self.aven.ask(primary).data()[0]
        said = update(address, self.knot.port, "ad.example", f"add {name}. 600 A 10.20.0.7")
        self.assertIn("NOERROR", said)
        said = update(address, self.knot.port, "20.10.in-addr.arpa", f"add {pointer}. 600 PTR {name}.")
        self.assertIn("NOERROR", said)
        self.assert_appears(name, "A", "10.20.0.7")
        self.assert_appears(pointer, "PTR", f"{name}.")

    def test_an_answer_is_not_kept_for_longer_than_a_minute(self):
        self.assertLessEqual(self.aven.ask("dc1.ad.example").ttl(), 60)

    def test_service_records_come_whole_over_udp_and_tcp(self):
        name = "_ldap._tcp.ad.example"
        for options in ((), ("+tcp",)):
            first, second = (self.aven.ask(name, "SRV", options=options) for _ in range(2))
            self.assertEqual(len(first.data("SRV")), 2, first.text)
            self.assertEqual(first.data("SRV"), second.data("SRV")[::-1], "they turn")
            self.assertRegex(first.text, r"ADDITIONAL SECTION:\n(.*\n)*dc1\.ad\.example\.\s+\d+\s+IN\s+A\s+127\.0\.0\.1")

    def test_a_long_set_of_services_is_truncated_over_udp_and_whole_over_tcp(self):
        name = "_kerberos._tcp.ad.example"
        self.assertIn("tc", self.aven.ask(name, "SRV", options=("+ignore",)).flags)
        whole = self.aven.ask(name, "SRV", options=("+tcp",))
        self.assertEqual(len(set(whole.data("SRV"))), CONTROLLERS, whole.text)

    def test_updates_are_not_for_aven(self):
        address, port = self.aven.endpoints[0]
        said = update(address, port, "ad.example", "add pc8.ad.example. 600 A 10.20.0.8")
        self.assertTrue(re.search(r"NOTIMPL?\b", said), said)
        self.assertEqual(self.knot.ask("pc8.ad.example", "A").status, "NXDOMAIN")

    def test_a_refused_name_does_not_lower_the_server(self):
        for i in range(20):  # no zone of this server
            self.assertEqual(self.aven.ask(f"{i}.30.10.in-addr.arpa", "PTR").status, "SERVFAIL")
        self.assertEqual(self.aven.ask("dc2.ad.example").data(), ["127.0.0.2"])


if __name__ == "__main__":
    harness.main()
