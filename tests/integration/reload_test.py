"""SIGHUP reads the files again; with an error in them what runs stays."""

import json

import harness

GEMINI = {"format": 1, "pack": "gemini", "rules": [
    {"id": "gemini", "action": "sinkhole", "domains": ["gemini.google.com"]},
]}


class Reload(harness.Scene):
    def setUp(self):
        super().setUp()
        self.aven.start()

    def test_new_rules_come_into_force(self):
        self.assert_forwarded(self.aven.ask("gemini.google.com"), "192.0.2.81")
        self.aven.write_pack("gemini.json", GEMINI)
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

    def test_a_file_that_is_replaced_by_rename_is_noticed(self):
        fresh = self.aven.rules / ".chatgpt.json.new"
        fresh.write_text(json.dumps(GEMINI), encoding="utf-8")
        fresh.rename(self.aven.rules / "chatgpt.json")
        harness.wait_for(lambda: 15 in self.aven.ask("gemini.google.com").errors, "the new rule")


class ReloadOfConfigMap(harness.Scene):
    """The rules folder as Kubernetes fills it: links into a folder that is switched as a whole."""

    def switch_to(self, version, pack):
        folder = self.aven.rules / f"..{version}"
        folder.mkdir()
        (folder / "rules.json").write_text(json.dumps(pack), encoding="utf-8")
        link = self.aven.rules / "..data_tmp"
        link.symlink_to(folder.name)
        link.rename(self.aven.rules / "..data")

    def test_a_switched_folder_is_noticed(self):
        (self.aven.rules / "chatgpt.json").unlink()
        self.switch_to("1", harness.CHATGPT_PACK)
        (self.aven.rules / "rules.json").symlink_to("..data/rules.json")
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.switch_to("2", GEMINI)
        harness.wait_for(lambda: 15 in self.aven.ask("gemini.google.com").errors, "the new rule")
        self.assertNotIn(15, self.aven.ask("chatgpt.com").errors)


if __name__ == "__main__":
    harness.main()
