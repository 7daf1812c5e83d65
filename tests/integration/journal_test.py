"""What changes is in the journal; earlier policies can be compared, gone back to and explained."""

import json
import os
import signal
import time

import harness


class WithJournal(harness.Scene):
    def journal(self):
        lines = []
        for file in sorted((self.aven.state / "journal").glob("*.jsonl")):
            lines += [json.loads(line) for line in file.read_text().splitlines()]
        return lines

    def events(self):
        return [line["event"] for line in self.journal()]

    def command(self, *words):
        return harness.command(*words, "-c", str(self.aven.config), env={**os.environ, "LC_ALL": "en_GB.UTF-8"})

    def last_policy(self):
        return next((line["policy_after"] for line in reversed(self.journal()) if "policy_after" in line), "")

    def wait_policy(self, before):
        harness.wait_for(lambda: self.last_policy() not in ("", before), "a new policy in the journal")
        return self.last_policy()

    def change_pack(self, **fields):
        pack = json.loads(json.dumps(harness.CHATGPT_PACK))
        pack["rules"][0].update(fields)
        self.aven.write_pack("chatgpt.json", pack)

    def start_with_two_policies(self):
        """The first blocks, the second only observes. Gives both ids."""
        self.aven.start()
        first = self.wait_policy("")
        self.change_pack(mode="observe")
        second = self.wait_policy(first)
        harness.wait_for(lambda: self.command("diff", first, second).returncode == 0, "the second one's copy")
        return first, second


class Journal(WithJournal):
    def test_a_day_of_changes(self):
        first, second = self.start_with_two_policies()
        self.aven.write_pack("chatgpt.json", "no JSON")
        harness.wait_for(lambda: "policy_refused" in self.events(), "the refusal")
        self.aven.stop()
        self.assertEqual(self.events(), ["started", "policy_accepted", "policy_accepted", "policy_refused", "stopped"])
        accepted = self.journal()[2]
        self.assertEqual((accepted["policy_before"], accepted["policy_after"]), (first, second))
        self.assertEqual(accepted["cause"], "file_change")
        self.assertEqual(
            accepted["rules"],
            [{"change": "changed", "rule": "chatgpt/chatgpt",
              "fields": [{"field": "mode", "before": "enforce", "after": "observe"}]}],
        )
        self.assertIn("rules/chatgpt.json", self.journal()[3]["details"]["error_1"])
        verified = self.command("history", "--verify")
        self.assertEqual(verified.returncode, 0, verified.stdout)
        words = self.command("history", "--rule", "chatgpt/chatgpt").stdout
        self.assertIn("mode  enforce -> observe", words)
        self.assertEqual(len(words.splitlines()), 3)

    def test_a_journal_that_was_touched_is_found(self):
        self.start_with_two_policies()
        self.aven.stop()
        file = next((self.aven.state / "journal").glob("*.jsonl"))
        text = file.read_text()
        file.write_text(text.replace("file_change", "request", 1))
        verified = self.command("history", "--verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn("CHANGED", verified.stdout)
        file.write_text("".join(text.splitlines(keepends=True)[:-1]))
        verified = self.command("history", "--verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn("CUT", verified.stdout)

    def test_two_policies_differ_by_what_was_changed(self):
        first, second = self.start_with_two_policies()
        words = self.command("diff", first[:10], second[:10])
        self.assertEqual(words.returncode, 0, words.stderr)
        self.assertIn("mode  enforce -> observe", words.stdout)
        self.assertIn("No difference", self.command("diff", "running", "files").stdout)
        changes = json.loads(self.command("diff", second, first, "--json").stdout)
        self.assertEqual(changes[0]["fields"][0]["after"], "enforce")
        unknown = self.command("diff", first, "0123")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("0123", unknown.stderr)

    def test_a_rollback_holds_until_the_files_change(self):
        first, second = self.start_with_two_policies()
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")
        done = self.command("rollback", "--reason", "the mayor asked")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        told = harness.wait_for(
            lambda: next((line for line in self.journal() if line["event"] == "rolled_back"), None), "the rollback")
        self.assertEqual((told["policy_before"], told["policy_after"]), (second, first))
        self.assertEqual(told["reason"], "the mayor asked")
        self.assertIn("uid", told["account"])
        self.assertIn("ROLLED BACK", self.command("status").stdout)

        self.aven.hang_up()  # the files are as they were
        harness.wait_for(lambda: self.events()[-1] == "policy_accepted", "the reload")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.process.end(signal.SIGKILL)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.process.wait_line("ROLLED BACK")

        self.change_pack(mode="observe", owner="Somebody else")
        self.wait_policy(first)
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")
        self.assertNotIn("ROLLED BACK", self.command("status").stdout)
        harness.wait_for(lambda: not (self.aven.state / "rollback.json").exists(), "the end of its mark")

    def test_a_rollback_while_aven_does_not_run(self):
        first, _ = self.start_with_two_policies()
        self.aven.stop()
        unknown = self.command("rollback", "0123", "--reason", "x")
        self.assertEqual(unknown.returncode, 1)
        done = self.command("rollback", first[:8], "--reason", "at night")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("next start", done.stdout)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.stop()
        self.assertEqual(self.events()[-3:], ["rolled_back", "started", "stopped"])
        self.assertEqual(self.command("history", "--verify").returncode, 0)

    def test_a_rollback_brings_the_lists_of_then(self):
        list_file = self.aven.rules / "list.txt"
        list_file.write_text("chatgpt.com\n")
        self.aven.write_pack("chatgpt.json", {
            "format": 1, "pack": "chatgpt",
            "rules": [{"id": "chatgpt", "action": "sinkhole",
                       "lists": [{"file": "list.txt", "format": "domains"}]}]})
        self.aven.start()
        first = self.wait_policy("")
        list_file.write_text("other.example\nmore.example\n")
        self.wait_policy(first)
        updated = harness.wait_for(
            lambda: next((line for line in self.journal() if line["event"] == "list_updated"), None), "the list")
        self.assertEqual((updated["details"]["list"], updated["details"]["names"]), ("list.txt", "2"))
        self.assertIn("list updated (files changed)", self.command("history").stdout)
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")
        rollback = lambda: self.command("rollback", "--reason", "the list was wrong")  # noqa: E731
        harness.wait_for(lambda: rollback().returncode == 0, "the rollback")
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_the_past_is_explained_by_the_policy_of_then(self):
        first, second = self.start_with_two_policies()
        self.aven.stop()
        folder = self.aven.state / "journal"
        for file in folder.iterdir():
            file.unlink()
        line = {"n": 1, "prev": "0" * 64, "at": "2026-01-01T00:00:00Z", "event": "policy_accepted",
                "policy_after": first}
        (folder / "000001-2026.jsonl").write_text(json.dumps(line) + "\n")
        then = self.command("explain", "chatgpt.com", "--at", "2026-06-01T08:00", "--json")
        self.assertEqual(then.returncode, 0, then.stderr)
        self.assertEqual(json.loads(then.stdout)["policy"], first)
        self.assertEqual(json.loads(then.stdout)["verdict"], "sinkhole")
        files = self.command("explain", "chatgpt.com", "--at", "2026-06-01T08:00", "--json", "--files")
        self.assertEqual(json.loads(files.stdout)["policy"], second)
        before = self.command("explain", "chatgpt.com", "--at", "2025-12-31T23:59")
        self.assertEqual(before.returncode, 1)
        self.assertIn("not known", before.stderr)
        for file in (self.aven.state / "policies").glob("*.json"):
            file.unlink()
        gone = self.command("explain", "chatgpt.com", "--at", "2026-06-01T08:00")
        self.assertEqual(gone.returncode, 1)
        self.assertIn(f"{first} was in force then, but", gone.stderr)


class Statement(WithJournal):
    def test_the_same_policy_and_day_give_the_same_bytes(self):
        first, second = self.start_with_two_policies()
        words = ["statement", "--on", "2026-12-01", "--lang", "fr", "--policy", first]
        told = self.command(*words)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(self.command(*words).stdout, told.stdout)
        for part in ("chatgpt/chatgpt", "Suspendu par précaution.", "City IT", "Note 118", "2899-12-31", first,
                     "Règles en vigueur : 1", "=chat.openai.com"):
            self.assertIn(part, told.stdout)
        self.assertIn("Rules in force: 0", self.command("statement", "--lang", "en").stdout)
        other = harness.Aven(self._subfolder("other"), self.config(state="elsewhere"))
        other.write_pack("chatgpt.json", harness.CHATGPT_PACK)
        files = harness.command("statement", "--on", "2026-12-01", "--lang", "fr", "-c", str(other.config))
        self.assertEqual(files.stdout, told.stdout)

    def test_no_client_is_named(self):
        self.change_pack(clients=["10.10.4.17"], except_clients=["10.10.4.18"])
        told = self.command("statement", "--lang", "en")
        self.assertNotIn("10.10.4", told.stdout)
        self.assertIn("single networks: 1, networks left out: 1", told.stdout)


class Due(WithJournal):
    def test_rules_that_end_or_are_due_for_review(self):
        none = self.command("check", "--due", "30d")
        self.assertEqual((none.returncode, none.stdout), (0, "No rule ends or is due for review within 30d.\n"))
        soon = time.strftime("%F", time.gmtime(time.time() + 20 * 86400))
        self.change_pack(valid_until=soon, review_by="2026-01-31")
        due = self.command("check", "--due", "30d")
        self.assertEqual(due.returncode, 1)
        self.assertEqual(due.stdout.splitlines(),
                         ["chatgpt/chatgpt: review overdue since 2026-01-31", f"chatgpt/chatgpt: ends on {soon}"])
        told = json.loads(self.command("check", "--due", "30d", "--json").stdout)
        self.assertEqual([rule["why"] for rule in told], ["review_overdue", "ends"])
        within = self.command("check", "--due", "10d")
        self.assertNotIn("ends on", within.stdout)
        self.assertEqual(self.command("check", "--due", "soon").returncode, 2)


if __name__ == "__main__":
    harness.main()
