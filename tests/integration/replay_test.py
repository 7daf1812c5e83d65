"""`aven replay`: a log that Aven wrote, plain and with pseudonyms, against rules that are only proposed."""

import json
import os
import sqlite3
import contextlib

import harness
import query_log_test


class Replay(query_log_test.WithLog):
    file = "log/queries.sqlite"

    def setUp(self):
        super().setUp()
        self.log = self.aven.folder / "log/queries.sqlite"
        self.proposed = self.folder / "proposed"
        self.proposed.mkdir()
        self.ask_everything()
        harness.wait_for(lambda: self.lines() == 5, "the lines in the file")

    def lines(self):
        with contextlib.suppress(sqlite3.OperationalError):
            return len(self.rows())
        return 0

    def propose(self, *rules):
        pack = {"format": 1, "pack": "proposed", "rules": list(rules)}
        (self.proposed / "proposed.json").write_text(json.dumps(pack))

    def replay(self, *words, language="en_GB.UTF-8"):
        return harness.command("replay", "--log", str(self.log), "--rules", str(self.proposed), "-c",
                               str(self.aven.config), *words, env={**os.environ, "LC_ALL": language})

    def test_proposed_rules_are_tried_on_a_log_and_change_nothing(self):
        self.propose({"id": "r", "action": "sinkhole", "domains": ["nsd.example"]})
        done = self.replay("--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual((told["questions"], told["judged"], told["judged_by_group"]), (5, 5, 0))
        self.assertEqual((told["blocked"], told["newly_blocked"], told["newly_allowed"]), (3, 3, 2))
        rules = {rule["rule"]: {group["group"]: group for group in rule["groups"]} for rule in told["rules"]}
        self.assertEqual(rules["proposed/r"]["all"]["newly_blocked"], 3)
        self.assertEqual(rules["chatgpt/chatgpt"]["blocked"]["newly_allowed"], 1)
        names = {name["name"] for name in told["newly_blocked_names"]["first"]}
        self.assertIn(query_log_test.open_name("all"), names)
        for client in query_log_test.CLIENTS.values():
            self.assertNotIn(client, done.stdout)
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.assertIn("proposed/r\n  all: blocked 3, newly 3; no longer 0\n", self.replay().stdout)
        self.assertIn("bloquées 3 (60,0 %), nouvellement 3", self.replay(language="fr_FR.UTF-8").stdout)

    def test_lines_with_pseudonyms_are_judged_as_their_group(self):
        self.aven.stop()
        with contextlib.closing(sqlite3.connect(self.log)) as base, base:
            base.execute("UPDATE queries SET client = 'p-0123456789abcdef'")
        self.propose({"id": "r", "action": "sinkhole", "domains": ["chatgpt.com"], "groups": ["blocked"]})
        told = json.loads(self.replay("--json").stdout)
        self.assertEqual((told["judged"], told["judged_by_group"]), (5, 5))
        self.assertEqual((told["blocked"], told["newly_blocked"], told["newly_allowed"]), (1, 0, 1))
        self.start()

    def test_without_options_the_configuration_says_log_and_rules(self):
        done = harness.command("replay", "--json", "-c", str(self.aven.config))
        told = json.loads(done.stdout)
        self.assertEqual((told["blocked"], told["newly_blocked"], told["newly_allowed"]), (2, 0, 0))
        self.assertEqual(told["would_block"], 1)

    def test_what_cannot_be_tried_is_said(self):
        self.propose({"id": "r", "action": "sinkole", "domains": ["nsd.example"]})
        refused = self.replay()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("/rules/0/action", refused.stderr)
        self.propose()
        self.assertEqual(self.replay("--at", "soon").returncode, 2)
        self.log = self.folder / "no.sqlite"
        missing = self.replay()
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no.sqlite", missing.stderr)


if __name__ == "__main__":
    harness.main()
