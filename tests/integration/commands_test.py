"""check, explain, version and their exit codes: 0 done, 1 problems found, 2 wrong usage."""

import json
import pathlib
import tempfile
import unittest

import harness

FIVE_MISTAKES = """{
  "format": 1,
  "pack": "five",
  "rules": [
    {"id": "a", "action": "sinkhole", "domains": ["ok.example", "a..example"]},
    {"id": "b", "action": "sinkole", "domains": ["b.example"]},
    {"id": "c", "action": "sinkhole", "domain": ["c.example"], "domains": ["c.example"]},
    {"id": "d", "action": "sinkhole", "domains": ["d.example"], "valid_until": "2027-13-01"},
    {"id": "e", "action": "sinkhole", "domains": ["e.example"], "clients": ["10.0.0.300"]}
  ]
}"""


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aven-test-")
        self.addCleanup(folder.cleanup)
        config = {"upstreams": {"default": {"servers": ["192.0.2.1"]}}, "groups": {"staff": ["10.10.0.0/16"]}}
        self.aven = harness.Aven(folder.name, config)
        self.aven.write_pack("chatgpt.json", harness.CHATGPT_PACK)
        self.config = str(self.aven.config)

    def check(self):
        return harness.command("check", "-c", self.config)

    def test_good_files_are_said_to_be_good(self):
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("chatgpt/chatgpt", done.stdout)

    def test_check_lists_every_problem_with_its_place(self):
        self.aven.write_pack("five.json", FIVE_MISTAKES)
        done = self.check()
        self.assertEqual(done.returncode, 1)
        for place in (
            "/rules/0/domains/1", "/rules/1/action", "/rules/2/domain", "/rules/3/valid_until", "/rules/4/clients/0",
        ):
            self.assertIn(f"rules/five.json {place}: error: ", done.stdout)
        self.assertEqual(done.stdout.count(": error: "), 5, done.stdout)
        self.assertIn("sinkhole", done.stdout)  # what "sinkole" is near to

    def test_a_mistake_in_the_configuration_is_listed_beside_those_in_the_rules(self):
        self.aven.write_config('{"lisen": [], "workers": "two", "upstreams": {"default": {"servers": ["192.0.2.1"]}}}')
        self.aven.write_pack("five.json", FIVE_MISTAKES)
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("/lisen: error: ", done.stdout)
        self.assertIn("listen", done.stdout)
        self.assertIn("/workers: error: ", done.stdout)
        self.assertIn("rules/five.json /rules/0/domains/1: error: ", done.stdout)

    def test_check_names_records_that_a_rule_covers(self):
        self.aven.write_config(
            {
                "upstreams": {"default": {"servers": ["192.0.2.1"]}},
                "records": ["www.chatgpt.com. 300 IN A 192.0.2.5"],
            }
        )
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("/records/0: warning: ", done.stdout)

    def test_explain_tells_rule_reason_owner_and_end(self):
        done = harness.command(
            "explain", "chatgpt.com", "--client", "10.10.1.1", "-c", self.config, env={"LANG": "C.UTF-8"}
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("chatgpt/chatgpt", "Suspended as a precaution.", "City IT", "Note 118", "2899-12-31", "it@city"):
            self.assertIn(part, done.stdout)

    def test_explain_speaks_french_where_the_locale_does(self):
        done = harness.command("explain", "chatgpt.com", "-c", self.config, env={"LC_ALL": "fr_FR.UTF-8"})
        self.assertIn("Suspendu par précaution.", done.stdout)

    def test_explain_of_a_name_without_a_rule(self):
        done = harness.command("explain", "gemini.google.com", "-c", self.config)
        self.assertEqual(done.returncode, 0)
        self.assertIn("gemini.google.com", done.stdout)

    def test_explain_as_json(self):
        done = harness.command(
            "explain", "www.chatgpt.com", "--type", "HTTPS", "--client", "10.10.1.1", "--json", "-c", self.config
        )
        told = json.loads(done.stdout)
        self.assertEqual(told["rule"]["id"], "chatgpt/chatgpt")
        self.assertEqual(told["verdict"], "sinkhole")
        self.assertEqual(told["client"]["group"], "staff")
        self.assertEqual(told["question"], {"name": "www.chatgpt.com", "type": "HTTPS"})

    def test_explain_at_another_moment(self):
        done = harness.command("explain", "chatgpt.com", "--at", "2900-01-01T12:00", "--json", "-c", self.config)
        self.assertEqual(json.loads(done.stdout)["verdict"], "none")

    def imported(self, form, text, *words):
        path = pathlib.Path(self.config).with_name("List of Ads.txt")
        path.write_text(text, encoding="utf-8")
        return harness.command("import", form, str(path), *words)

    def test_import_writes_a_pack_that_loads(self):
        lists = {
            "domains": "a.example\n*.b.example # below\ncafé.example\n",
            "hosts": "0.0.0.0 a.example b.example\n",
            "adblock": "! ads\n||a.example^\n@@||ok.a.example^\n",
            "dnsmasq": "address=/a.example/b.example/\nserver=/ok.a.example/#\n",
            "rpz": "@ SOA a b 1 2 3 4 5\na.example CNAME .\n*.b.example A 192.0.2.1\nok.a.example CNAME rpz-passthru.\n"
                   "c.example CNAME garden.example.\n",
            "ut1": "a.example\nb.example\n",
        }
        for form, text in lists.items():
            with self.subTest(form=form):
                done = self.imported(form, text)
                self.assertEqual(done.returncode, 0, done.stderr)
                pack = json.loads(done.stdout)
                self.assertEqual(pack["pack"], "list-of-ads")
                self.assertIn("a.example", "".join(name for rule in pack["rules"] for name in rule["domains"]))
                self.aven.write_pack("imported.json", done.stdout)
                self.assertEqual(self.check().returncode, 0, self.check().stdout)

    def test_import_says_what_it_leaves_out_with_lines(self):
        done = self.imported("domains", "a.example\n192.0.2.1\nb.example/path\n\n?\n", "--pack", "mine", "--action", "nodata")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout)["pack"], "mine")
        self.assertEqual(json.loads(done.stdout)["rules"][0]["action"], "nodata")
        for part in ("line 2: note: 1 IP address", "line 3: note: 1 URL", "line 5: note: 1 entries", "1 names, 0 exceptions"):
            self.assertIn(part, done.stderr)

    def test_import_of_nothing_of_use_fails(self):
        self.assertEqual(self.imported("hosts", "a.example\n").returncode, 1)
        self.assertEqual(self.imported("csv", "a.example\n").returncode, 2)
        self.assertEqual(self.imported("hosts", "0.0.0.0 a.example\n", "--pack", "Not an id").returncode, 2)
        self.assertEqual(harness.command("import", "hosts", self.config + ".none").returncode, 1)

    def test_wrong_usage_exits_2(self):
        for words in (
            [], ["frobnicate"], ["check", "--frob"], ["explain"], ["explain", "a..b"],
            ["explain", "a.example", "--type", "QQ"], ["explain", "a.example", "--client", "10.1"],
            ["explain", "a.example", "--at", "yesterday"],
        ):
            with self.subTest(words=words):
                self.assertEqual(harness.command(*words).returncode, 2)

    def test_a_configuration_that_is_not_there_is_named(self):
        missing = str(pathlib.Path(self.config).with_name("none.json"))
        done = harness.command("check", "-c", missing)
        self.assertEqual(done.returncode, 1)
        self.assertIn(missing, done.stdout + done.stderr)

    def test_help_of_every_command_has_an_example(self):
        for words in (["serve"], ["check"], ["explain"], ["import"], ["version"]):
            done = harness.command(*words, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"aven {words[0]}", done.stdout)
            self.assertIn("Example", done.stdout)
        self.assertEqual(harness.command("--help").returncode, 0)

    def test_version(self):
        done = harness.command("version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^Aven \d+\.\d+\.\d+\n")


if __name__ == "__main__":
    harness.main()
