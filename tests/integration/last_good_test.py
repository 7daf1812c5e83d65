"""Broken files at a start: the last good copy runs, and the problem is said."""

import resource
import shutil
import signal

import harness

BROKEN_PACK = '{"format": 1, "pack": "chatgpt", "rules": [{"id": "chatgpt", "action": "sinkole"}]}'


def no_room_for_files():
    """A full disk for the child: every write to a file fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class LastGood(harness.Scene):
    def run_once(self):
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.stop()

    def assert_old_rules(self, said):
        self.aven.start()
        self.aven.process.wait_line(said)
        self.aven.process.wait_line("last good")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")

    def test_a_broken_pack(self):
        self.run_once()
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        self.assert_old_rules(r"rules/chatgpt\.json /rules/0/action: error")

    def test_a_broken_pack_with_a_state_folder_that_cannot_be_written(self):
        self.run_once()
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        self.aven.start(preexec_fn=no_room_for_files)
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_an_unreadable_rules_folder(self):
        self.run_once()
        shutil.rmtree(self.aven.rules)
        self.aven.rules.write_text("not a folder")
        self.assert_old_rules(r"rules: error")

    def test_a_rules_folder_that_is_gone(self):
        self.run_once()
        shutil.rmtree(self.aven.rules)
        self.assert_old_rules(r"rules: error")

    def test_a_broken_configuration(self):
        self.run_once()
        self.aven.write_config('{"listen": ["127.0.0.1:0"], "upstreams": 7}')
        self.assert_old_rules(r"aven\.json /upstreams: error")

    def test_a_configuration_that_is_no_json_at_all(self):
        self.run_once()
        self.aven.write_config("listen on 53 please")
        self.assert_old_rules(r"aven\.json.*error")

    def test_a_copy_that_was_damaged_is_not_used(self):
        self.run_once()
        copy = self.aven.state / "last-good.aven"
        octets = bytearray(copy.read_bytes())
        octets[len(octets) // 2] ^= 1
        copy.write_bytes(octets)
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        self.aven.start()
        self.aven.process.wait_line("damaged")
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")

    def test_without_a_copy_it_forwards_without_rules_and_says_so(self):
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        self.aven.start()
        self.aven.process.wait_line("(?i)without rules")
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")

    def test_without_a_copy_it_exits_if_it_was_told_to(self):
        self.aven.write_config(self.config(without_rules="exit"))
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        process = self.aven.launch()
        self.assertEqual(process.wait_exit(), 1)
        self.assertIn("/rules/0/action", process.output())
        self.aven.process = None

    def test_strict_exits_at_an_error_though_there_is_a_copy(self):
        self.run_once()
        self.aven.write_pack("chatgpt.json", BROKEN_PACK)
        process = self.aven.launch("--strict")
        self.assertEqual(process.wait_exit(), 1)
        self.assertIn("/rules/0/action", process.output())
        self.aven.process = None


class State(harness.Scene):
    def assert_runs_and_says(self, said, **process_options):
        self.aven.start(**process_options)
        self.aven.process.wait_line(said)
        self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_a_file_where_the_state_folder_should_be(self):
        self.aven.state.write_text("in the way")
        self.assert_runs_and_says(r"state.*warning")

    def test_a_full_disk(self):
        self.assert_runs_and_says(r"state.*warning", preexec_fn=no_room_for_files)

    def test_a_folder_that_cannot_be_made(self):
        self.aven.write_config(self.config(state="/proc/aven-state"))
        self.assert_runs_and_says(r"/proc/aven-state.*warning")


if __name__ == "__main__":
    harness.main()
