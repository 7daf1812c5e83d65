"""The commands that speak to the running daemon over its control socket, and what they say without one."""

import json
import os
import signal
import stat
import urllib.error
import urllib.request

import harness


class Control(harness.Scene):
    def say(self, *words):
        """Runs a command against this Aven."""
        return harness.command(words[0], "-c", str(self.aven.config), *words[1:])

    def socket(self):
        return self.aven.state / "control.sock"

    def journal(self):
        return "".join(file.read_text() for file in sorted((self.aven.state / "journal").iterdir()))

    def status(self):
        done = self.say("status", "--json")
        return json.loads(done.stdout), done.returncode


class Commands(Control):
    def setUp(self):
        super().setUp()
        self.aven.start()
        harness.wait_for(lambda: self.say("status").returncode == 0, "the first figures")

    def test_the_socket_is_for_owner_and_group_and_goes_with_the_daemon(self):
        mode = self.socket().stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        self.aven.stop()
        self.assertFalse(self.socket().exists())

    def test_status_says_what_runs(self):
        done = self.say("status")
        self.assertEqual(done.returncode, 0, done.stderr)
        address, port = self.aven.endpoints[0]
        for part in ("good", f"{address}:{port}", "chatgpt/chatgpt  sinkhole, active", "problems    none"):
            self.assertIn(part, done.stdout)
        told, code = self.status()
        self.assertEqual(code, 0)
        self.assertEqual(told["status"]["policy"]["rules"], 1)

    def test_status_exits_with_1_when_the_files_are_wrong(self):
        self.aven.write_pack("broken.json", '{"format": 1, "pack": "broken", "rules": [{}]}')
        self.aven.hang_up()
        harness.wait_for(lambda: self.say("status").returncode == 1, "degraded")
        self.assertIn("rules/broken.json", self.say("status").stdout)

    def test_flush_forgets_names_and_says_how_many(self):
        for name in ("www.nsd.example", "nsd.example"):
            self.aven.ask(name)
        done = self.say("flush", "WWW.nsd.example.", "--json")
        self.assertEqual(json.loads(done.stdout), {"entries": 1}, done.stderr)
        self.aven.ask("www.nsd.example")
        done = self.say("flush", "nsd.example", "--subtree", "--json")
        self.assertEqual(json.loads(done.stdout), {"entries": 2}, done.stderr)
        self.assertIn("Nothing", self.say("flush", "--all").stdout)
        harness.wait_for(lambda: '"cache_flushed"' in self.journal(), "the journal's line")
        self.assertIn(f"uid {os.getuid()}", self.journal())

    def test_flush_wants_a_name_or_all(self):
        for words in ((), ("nsd.example", "--all"), ("--all", "--subtree"), ("a..b",)):
            self.assertEqual(self.say("flush", *words).returncode, 2, words)

    def test_explain_asks_the_daemon_and_says_when_the_files_differ(self):
        english = {**os.environ, "LC_ALL": "C"}

        def explain(*words):
            return harness.command("explain", "-c", str(self.aven.config), *words, "chatgpt.com", env=english)

        self.assertEqual(explain().stderr, "")
        self.assertIn("Blocked", explain().stdout)
        self.assertEqual(json.loads(explain("--json").stdout)["rule"]["id"], "chatgpt/chatgpt")
        self.aven.write_pack("chatgpt.json", "{")
        self.assertIn("Blocked", explain().stdout)
        self.assertIn("have errors", explain().stderr)
        (self.aven.rules / "chatgpt.json").unlink()
        self.assertEqual(explain("--files").stdout.count("Blocked"), 0)

    def test_a_second_aven_with_the_same_state_does_not_start(self):
        done = self.say("serve")
        self.assertEqual(done.returncode, 1)
        self.assertIn("another Aven serves it", done.stderr)
        self.assertEqual(self.say("status").returncode, 0)


class French(Control):
    def say(self, *words):
        return harness.command(words[0], "-c", str(self.aven.config), *words[1:],
                               env={**os.environ, "LC_ALL": "fr_FR.UTF-8"})

    def test_the_commands_speak_french(self):
        self.assertIn("Aven n'est pas lancé", self.say("flush", "--all").stderr)
        self.aven.start()
        self.assertIn("rien à oublier", self.say("flush", "--all").stdout)
        self.assertIn("Tout le blocage est suspendu pendant 1 j",
                      self.say("pause", "--all", "--for", "1d", "--reason", "essai").stdout)
        self.assertIn("Suspensions levées : 1", self.say("resume").stdout)
        given = self.say("exempt", "chatgpt/chatgpt", "--client", "192.0.2.7", "--for", "1h", "--reason", "essai")
        self.assertIn("est levée pour 192.0.2.7 pendant 1 h", given.stdout)
        self.assertIn("encore", self.say("exempt", "--list").stdout)
        self.assertIn("a pris fin", self.say("exempt", "--end", "2").stdout)
        self.assertIn("Les règles sont celles en service", self.say("reload", "--look").stdout)
        self.assertIn("est crue", self.say("clock").stdout)
        self.assertIn("indiquez quoi", self.say("pause").stderr)


class WithoutDaemon(Control):
    def test_each_command_says_that_nobody_is_there(self):
        self.assertEqual(self.say("status").returncode, 2)
        for words in (("status",), ("flush", "--all")):
            done = self.say(*words)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("Aven is not running", done.stderr)
            self.assertEqual(done.stdout, "")
        done = self.say("flush", "--all", "--json")
        self.assertIn("Aven is not running", json.loads(done.stdout)["error"])

    def test_the_socket_of_a_killed_daemon_does_not_matter(self):
        self.aven.start()
        self.aven.process.end(signal.SIGKILL)
        self.assertTrue(self.socket().exists())
        self.assertIn("Aven is not running", self.say("status").stderr)
        self.aven.start()
        harness.wait_for(lambda: self.say("status").returncode == 0, "status")

    def test_a_path_that_is_too_long_is_said_and_dns_goes_on(self):
        self.aven.write_config(self.config(control="c" * 120))
        self.aven.start()
        self.aven.process.wait_line(r"/control.*at most 107")
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_a_socket_that_cannot_be_opened_stays_a_problem_after_a_reload(self):
        self.aven.write_config(self.config(control="c" * 120, status={"listen": "127.0.0.1:0"}))
        self.aven.start()
        page = self.aven.process.wait_line(r"^page (http://\S+)$").group(1)

        def get(what):
            with urllib.request.urlopen(f"{page}api/v1/{what}", timeout=10) as response:
                return json.load(response)

        def generation():
            try:
                return get("status")["policy"]["generation"]
            except urllib.error.HTTPError:  # 503: there are no figures yet
                return None

        harness.wait_for(lambda: generation() == 1, "the first figures")
        self.assertIn("/control", [problem["pointer"] for problem in get("problems")["problems"]])
        self.aven.hang_up()
        harness.wait_for(lambda: generation() == 2, "the figures after the reload")
        self.assertIn("/control", [problem["pointer"] for problem in get("problems")["problems"]])


if __name__ == "__main__":
    harness.main()
