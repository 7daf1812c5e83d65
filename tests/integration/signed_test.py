"""A signed zone (Knot signs it): signatures come to who asks with DO, fresh and kept, and to nobody else; as from Unbound."""

import pathlib
import random
import shutil

import harness
import wire
from compare_test import ask_all, differences

KNOT = shutil.which("knotd", path="/usr/sbin:/sbin") or "knotd"
APEX = "signed.example"
NUMBER = 12
ZONE = f"$ORIGIN {APEX}.\n$TTL 3000\n@ IN SOA ns.{APEX}. admin.{APEX}. 7 3600 600 86400 300\n@ IN NS ns\nns IN A 127.0.0.1\n" + "".join(
    f'n{i} IN A 192.0.2.{i + 1}\nn{i} IN MX 10 n{(i + 1) % NUMBER}\nn{i} IN TXT "text {i}"\nalias{i} IN CNAME n{i}\n'
    for i in range(NUMBER)
) + "*.wild IN A 192.0.2.99\n"  # fmt: skip
TYPES = ("A", "AAAA", "MX", "TXT")
RRSIG, NSEC, NSEC3 = 46, 47, 50


class Knot:
    """Signs the zone with keys of its own making."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = harness.free_port()
        self.process = None

    def start(self):
        (self.folder / f"{APEX}.zone").write_text(ZONE)
        (self.folder / "knot.conf").write_text(
            f"server:\n  listen: 127.0.0.1@{self.port}\n  rundir: {self.folder}\n"
            f"database:\n  storage: {self.folder}\nlog:\n  - target: stdout\n    any: warning\n"
            f'template:\n  - id: default\n    storage: {self.folder}\n    file: "%s.zone"\n    zonefile-sync: -1\n'
            f"    journal-content: all\n    dnssec-signing: on\nzone:\n  - domain: {APEX}\n"
        )
        self.process = harness.Process([KNOT, "-c", str(self.folder / "knot.conf")])
        harness.wait_for(self._is_signed, f"Knot to sign: {self.process.output()}")
        return self

    def _is_signed(self):
        options = ("+timeout=1", "+dnssec")
        answer = harness.kdig(APEX, "SOA", server="127.0.0.1", port=self.port, options=options)
        return bool(answer.data("RRSIG"))

    def stop(self):
        if self.process:
            self.process.end()
            self.process = None


def questions():
    """Each twice and more, with DO and without, in any order."""
    draw = random.Random(3)
    names = [f"n{i}" for i in range(NUMBER)] + [f"alias{i}" for i in range(NUMBER)]
    names += [f"no{i}" for i in range(NUMBER)] + ["x.wild", "y.wild", "wild"]
    for i in range(1500):
        yield {
            "identity": i,
            "name": f"{draw.choice(names)}.{APEX}",
            "type_": wire.TYPES[draw.choice(TYPES)],
            "cd": draw.random() < 0.2,
            "do": draw.random() < 0.5,
            "edns": True,
        }


def types_of(section):
    return {record[1] for record in section}


class Signed(harness.Scene):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.knot = Knot(self._subfolder("knot")).start()
        self.addCleanup(self.knot.stop)
        self.aven.write_config(
            self.config(workers=1, upstreams={"default": {"servers": [f"127.0.0.1:{self.knot.port}"]}})
        )
        self.aven.start()

    def test_signatures_come_with_do_and_not_without(self):
        asked = list(questions())
        answers = ask_all(self.aven.endpoints[0], asked)
        with_do = without = 0
        for question in asked:
            answer = answers[question["identity"]]
            kinds = types_of(answer.answer) | types_of(answer.authority)
            if question["do"]:
                self.assertIn(RRSIG, kinds, question)
                with_do += 1
            else:
                self.assertFalse(kinds & {RRSIG, NSEC, NSEC3}, question)
                without += 1
            self.assertEqual("CD" in answer.flags, question["cd"], question)
            self.assertNotIn("AD", answer.flags, question)  # Knot does not say that it validated
        self.assertGreater(min(with_do, without), 500)

    def test_as_from_unbound(self):
        unbound = harness.Unbound(self._subfolder("unbound")).start(forward_to=self.knot.port)
        self.addCleanup(unbound.stop)
        asked = list(questions())
        ours = ask_all(self.aven.endpoints[0], asked)
        theirs = ask_all(("127.0.0.1", unbound.port), asked)
        found = {}
        for question in asked:
            for difference in differences(ours[question["identity"]], theirs[question["identity"]]):
                found.setdefault(difference, []).append((question["name"], question["type_"], question["do"]))
        self.assertEqual({what: where[:5] for what, where in found.items()}, {})


if __name__ == "__main__":
    harness.main()
