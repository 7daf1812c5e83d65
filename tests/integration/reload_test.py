"""SIGHUP reads the files again; with an error in them what runs stays."""

import harness


class Reload(harness.Scene):
    def setUp(self):
        super().setUp()
        self.aven.start()

    def test_new_rules_come_into_force(self):
        self.assert_forwarded(self.aven.ask("gemini.google.com"), "192.0.2.81")
        pack = {"format": 1, "pack": "gemini", "rules": [
            {"id": "gemini", "action": "sinkhole", "domains": ["gemini.google.com"]},
        ]}
        self.aven.write_pack("gemini.json", pack)
        self.aven.hang_up()
        harness.wait_for(lambda: 15 in self.aven.ask("gemini.google.com").errors, "the new rule")
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_a_rule_that_is_gone_ends(self):
        (self.aven.rules / "chatgpt.json").unlink()
        self.aven.hang_up()
        harness.wait_for(lambda: self.aven.ask("chatgpt.com").data() == ["192.0.2.82"], "the end of the rule")

    def test_a_broken_pack_keeps_the_old_rules_and_is_said(self):
        self.aven.write_pack("broken.json", '{"format": 1, "pack": "broken", "rules": [{}]}')
        self.aven.hang_up()
        self.aven.process.wait_line(r"rules/broken\.json /rules/0.*")
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_a_broken_configuration_keeps_the_old_one(self):
        self.aven.write_config("{")
        self.aven.hang_up()
        self.aven.process.wait_line(r"aven\.json.*error")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")


if __name__ == "__main__":
    harness.main()
