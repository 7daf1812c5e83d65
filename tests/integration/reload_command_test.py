"""`aven reload`: shows what changed files would change, asks, and refuses what blocks too much of what is asked."""

import json

import harness

GEMINI = {"format": 1, "pack": "gemini", "rules": [
    {"id": "gemini", "action": "sinkhole", "domains": ["gemini.google.com"]}]}


class ReloadCommand(harness.Scene):
    def config(self, **more):
        return super().config(reload="explicit", max_new_share_percent=10, **more)

    def setUp(self):
        super().setUp()
        self.aven.start()

    def reload(self, *words, answer=""):
        return harness.command("reload", "-c", str(self.aven.config), *words, input=answer)

    def blocks(self, name):
        return 15 in self.aven.ask(name).errors

    def test_it_shows_what_changes_and_asks(self):
        self.aven.ask("gemini.google.com")
        self.aven.write_pack("gemini.json", GEMINI)
        done = self.reload(answer="n\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("added gemini/gemini", done.stdout)
        self.assertIn("domains: + gemini.google.com", done.stdout)
        self.assertIn("newly blocked: 1 name", done.stdout)
        self.assertIn("Nothing was changed", done.stdout)
        self.assertFalse(self.blocks("gemini.google.com"))
        done = self.reload(answer="y\n")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("In force", done.stdout)
        harness.wait_for(lambda: self.blocks("gemini.google.com"), "the new rule")

    def test_only_looking_changes_nothing_and_yes_does_not_ask(self):
        self.aven.write_pack("gemini.json", GEMINI)
        told = json.loads(self.reload("--look", "--json").stdout)
        self.assertEqual([rule["rule"] for rule in told["rules"]], ["gemini/gemini"])
        self.assertFalse(self.blocks("gemini.google.com"))
        self.assertEqual(self.reload("--yes").returncode, 0)
        harness.wait_for(lambda: self.blocks("gemini.google.com"), "the new rule")
        self.assertIn("The rules are those that run", self.reload("--look").stdout)

    def test_errors_are_refused_and_shown(self):
        self.aven.write_pack("chatgpt.json", "{")
        for words in (("--look",), ("--yes",), ()):
            done = self.reload(*words, answer="y\n")
            self.assertEqual(done.returncode, 1)
            self.assertIn("rules/chatgpt.json", done.stdout)
            self.assertIn("what ran before goes on", done.stdout)
        self.assertTrue(self.blocks("chatgpt.com"))

    def test_what_needs_a_restart_is_named(self):
        self.aven.write_config(self.config(workers=3) | {"workers": 3})
        self.assertIn("/workers: this change needs a restart", self.reload("--look").stdout)

    def test_too_much_is_refused_unless_it_is_forced_with_a_reason(self):
        address, port = self.aven.endpoints[0]
        for _ in range(12):  # more than 1000 questions for one name
            harness.subprocess.run(
                ["kdig", f"@{address}", "-p", str(port), *["www.nsd.example"] * 100],
                capture_output=True, timeout=60, check=True)
        status = lambda: json.loads(  # noqa: E731
            harness.command("status", "-c", str(self.aven.config), "--json").stdout)["status"]
        harness.wait_for(lambda: status()["totals"]["answered"] >= 1200, "the figures")
        self.aven.write_pack("wide.json", {"format": 1, "pack": "wide", "rules": [
            {"id": "wide", "action": "sinkhole", "domains": ["nsd.example"]}]})
        done = self.reload("--yes")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("max_new_share_percent", done.stdout)
        self.aven.hang_up()
        self.aven.process.wait_line("max_new_share_percent")
        self.assertFalse(self.blocks("www.nsd.example"))
        self.assertEqual(self.reload("--force").returncode, 2)
        self.assertEqual(self.reload("--force", "--reason", "it is meant", "--yes").returncode, 0)
        harness.wait_for(lambda: self.blocks("www.nsd.example"), "the new rule")
        journal = lambda: "".join(f.read_text() for f in (self.aven.state / "journal").iterdir())  # noqa: E731
        harness.wait_for(lambda: "it is meant" in journal(), "the journal's line")

    def test_a_refused_set_does_not_become_the_last_good_one(self):
        self.aven.write_pack("gemini.json", GEMINI)
        self.assertEqual(self.reload("--look").returncode, 0)
        self.aven.stop()
        (self.aven.rules / "gemini.json").write_text("{")
        self.aven.start()
        self.assertFalse(self.blocks("gemini.google.com"))
        self.assertTrue(self.blocks("chatgpt.com"))

    def test_without_a_daemon_it_says_so(self):
        self.aven.stop()
        done = self.reload("--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Aven is not running", done.stderr)


if __name__ == "__main__":
    harness.main()
