"""Questions about ways round are counted for each group, those that devices ask by themselves apart."""

import json
import pathlib
import shutil

import harness

RULES = pathlib.Path(__file__).resolve().parents[2] / "rules"


class WaysRound(harness.Scene):
    listen = ("127.0.0.1:0",)

    def config(self, **more):
        return super().config(groups={"agents": ["127.0.0.1"], "guests": ["127.0.0.2"]}, **more)

    def test_each_group_and_kind(self):
        shutil.copytree(RULES / "names", self.aven.rules / "names", dirs_exist_ok=True)
        pack = json.loads((RULES / "dns-bypass.json").read_text(encoding="utf-8"))
        for rule in pack["rules"]:  # whatever day the test runs
            rule.pop("valid_from", None)
            rule.pop("valid_until", None)
        self.aven.write_pack("dns-bypass.json", pack)
        self.aven.write_pack("own.json", {"format": 1, "pack": "own", "rules": [
            {"id": "resolver", "action": "nodata", "domains": ["resolver.nsd.example"], "category": "bypass"},
        ]})
        self.aven.start()
        for name, type_ in (
            ("use-application-dns.net", "A"), ("mask.icloud.com", "AAAA"), ("_dns.resolver.arpa", "SVCB"),  # automatic
            ("dns.google.com", "A"), ("resolver.nsd.example", "A"),  # other resolvers: observed, and our own rule
            ("www.nsd.example", "A"), ("chatgpt.com", "A"), ("1.0.0.127.in-addr.arpa", "PTR"),  # neither
        ):
            self.aven.ask(name, type_)

        def counted():
            done = harness.command("status", "--json", "-c", str(self.aven.config))
            status = json.loads(done.stdout or "{}").get("status", {})  # none before the first figures
            told = {each.pop("group"): each for each in status.get("ways_round", [])}
            return told if told.get("agents") == {"automatic": 3, "resolver_lookups": 2} else None

        told = harness.wait_for(counted, "the counts of agents")
        self.assertEqual(told["guests"], {"automatic": 0, "resolver_lookups": 0})
        self.assertEqual(told["default"], {"automatic": 0, "resolver_lookups": 0})


if __name__ == "__main__":
    harness.main()
