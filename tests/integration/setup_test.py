"""setup writes a first configuration that check takes; it replaces none unasked, and asks nothing."""

import pathlib
import subprocess
import tempfile
import unittest

import harness


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aven-test-")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "etc" / "aven.json"

    def setup_aven(self, *words):
        return harness.command("setup", "-c", str(self.file), *words, stdin=subprocess.DEVNULL)

    def test_what_it_writes_is_good(self):
        done = self.setup_aven("--listen", "127.0.0.1", "--listen", "[::1]:5353", "--upstream", "192.0.2.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("systemctl restart aven", done.stdout)
        (self.file.parent / "rules").mkdir()
        checked = harness.command("check", "-c", str(self.file))
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.assertIn("listens on 127.0.0.1:53 ", checked.stdout)
        self.assertIn("listens on [::1]:5353 ", checked.stdout)

    def test_the_service_may_read_it_whoever_wrote_it(self):
        self.assertEqual(self.setup_aven("--listen", "127.0.0.1", "--upstream", "192.0.2.1").returncode, 0)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)

    def test_an_address_of_another_machine_is_said(self):
        done = self.setup_aven("--listen", "192.0.2.53", "--upstream", "192.0.2.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("does not have the address 192.0.2.53", done.stdout)

    def test_a_configuration_that_is_there_stays_unless_forced(self):
        self.file.parent.mkdir()
        self.file.write_text("{} // mine")
        words = ("--listen", "127.0.0.1", "--upstream", "192.0.2.1")
        done = self.setup_aven(*words)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--force", done.stderr)
        self.assertEqual(self.file.read_text(), "{} // mine")
        self.assertEqual(self.setup_aven(*words, "--force").returncode, 0)
        self.assertIn("127.0.0.1", self.file.read_text())

    def test_a_bad_address_is_named_and_nothing_is_written(self):
        done = self.setup_aven("--listen", "10.1.0.530", "--upstream", "192.0.2.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/listen/0: error: ", done.stderr)
        self.assertFalse(self.file.exists())

    def test_without_an_address_it_is_wrong_usage(self):
        self.assertEqual(self.setup_aven().returncode, 2)


if __name__ == "__main__":
    harness.main()
