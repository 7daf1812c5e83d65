"""Bad days of the machine: killed at any moment, disk full, state read-only, clock gone back, state files damaged. Aven
answers by the last good rules, and what the journal confirmed stays."""

import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import unittest

import harness

ROUNDS = 6
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))


class Fault(harness.Scene):
    def confirmed(self):
        """Number to hash of each line that the running Aven said to be on the disk."""
        lines = (re.search(r"journal (\d+) \w+ ([0-9a-f]{64})$", line) for line in list(self.aven.process.lines))
        return {int(found.group(1)): found.group(2) for found in lines if found}

    def kept(self):
        out = {}
        for file in sorted((self.aven.state / "journal").glob("*.jsonl")):
            for line in file.read_bytes().split(b"\n"):
                with contextlib.suppress(ValueError, KeyError):
                    out[json.loads(line)["n"]] = hashlib.sha256(line).hexdigest()
        return out

    def assert_kept(self, confirmed):
        kept = self.kept()
        self.assertEqual({number: kept.get(number) for number in confirmed}, confirmed)

    def assert_journal_is_whole(self):
        done = harness.command("history", "--verify", "-c", str(self.aven.config))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def change_pack(self, number):
        pack = json.loads(json.dumps(harness.CHATGPT_PACK))
        pack["rules"][0]["owner"] = f"Owner {number}"
        self.aven.write_pack("chatgpt.json", pack)


class Killed(Fault):
    def test_at_random_moments_of_reloads_and_rollbacks(self):
        chance = random.Random(SEED)
        print(f"SEED={SEED}")
        confirmed = {}
        for number in range(ROUNDS):
            self.aven.start()
            self.assert_blocked(self.aven.ask("chatgpt.com"))
            self.change_pack(number)
            if number % 2:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    subprocess.run([harness.AVEN, "rollback", "--reason", "x", "-c", str(self.aven.config)],
                                   capture_output=True, timeout=chance.uniform(0, 0.5), check=False)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):  # a moment, not a wait for something
                    self.aven.process.child.wait(chance.uniform(0.2, 0.6))
            self.aven.process.end(signal.SIGKILL)
            confirmed.update(self.confirmed())
            self.aven.process = None
            self.assert_kept(confirmed)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.stop()
        self.assert_kept(confirmed)
        self.assert_journal_is_whole()

    def test_with_a_line_cut_at_any_octet(self):
        self.aven.start()
        self.aven.stop()
        file = next((self.aven.state / "journal").glob("*.jsonl"))
        confirmed = self.kept()
        for size in range(1, 400, 57):
            whole = file.read_bytes()
            file.write_bytes(whole + b'{"n":99,"prev":"' + b"f" * size)
            self.aven.start()
            self.assert_blocked(self.aven.ask("chatgpt.com"))
            self.aven.stop()
            self.assert_kept(confirmed)
            self.assertIn('"event":"journal_healed"', file.read_text())
            self.assert_journal_is_whole()


class FullDisk(Fault):
    def limited_to(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def test_that_lets_only_a_part_of_a_line_through(self):
        self.aven.start()
        self.aven.stop()
        confirmed = self.kept()
        file = next((self.aven.state / "journal").glob("*.jsonl"))
        for more in (0, 1, 40, 200):
            self.aven.start(preexec_fn=self.limited_to(file.stat().st_size + more))
            self.assert_blocked(self.aven.ask("chatgpt.com"))
            self.aven.process.wait_line("the journal cannot be written: File too large")
            self.aven.stop()
            self.assert_kept(confirmed)
        self.aven.start()
        self.aven.stop()
        self.assert_kept(confirmed)
        self.assert_journal_is_whole()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root for a small disk")
    def test_that_has_room_again(self):
        self.aven.state.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "aven-test", str(self.aven.state)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no disk may be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.aven.state)], check=False)
        self.aven.start()
        filler = self.aven.state / "filler"
        with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(b"x" * 4096)
        self.change_pack(1)
        self.aven.process.wait_line("the journal cannot be written: No space left on device")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        filler.unlink()
        self.aven.process.wait_line("The journal can be written again")
        self.aven.stop()
        self.assertIn(3, self.kept())
        self.assert_journal_is_whole()


class ReadOnly(Fault):
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root to be somebody else")
    def test_state_that_somebody_else_owns(self):
        self.aven.start()
        self.aven.stop()
        confirmed = self.kept()
        for folder in (self.folder, self.folder / "aven"):
            folder.chmod(0o755)
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", harness.AVEN, "serve", "-c",
                 str(self.aven.config)]
        self.aven.process = harness.Process(words)
        self.aven.process.wait_line(r"^try ")
        self.aven.process.wait_line("the journal cannot be written")
        port = int(self.aven.process.wait_line(r"^listens on \S+:(\d+)").group(1))
        self.assert_blocked(harness.kdig("chatgpt.com", server="127.0.0.1", port=port))
        self.aven.stop()
        self.assert_kept(confirmed)
        self.assert_journal_is_whole()


class Clock(Fault):
    def write_future_journal(self, at):
        """A journal that Aven wrote when the clock showed a later moment."""
        folder = self.aven.state / "journal"
        folder.mkdir(parents=True)
        line = json.dumps({"n": 1, "prev": "0" * 64, "at": at, "event": "started", "cause": "start"},
                          separators=(",", ":"))
        (folder / f"000001-{at[:4]}.jsonl").write_text(line + "\n")
        (folder / "head").write_text(f"aven journal 1 1 {hashlib.sha256(line.encode()).hexdigest()}\n")

    def test_that_is_behind_the_journal_is_not_believed(self):
        self.write_future_journal("2899-06-01T00:00:00Z")
        pack = json.loads(json.dumps(harness.CHATGPT_PACK))
        pack["rules"][0]["valid_from"] = "2899-01-01"
        pack["rules"].append({"id": "ended", "action": "sinkhole", "domains": ["www.nsd.example"],
                              "valid_until": "2898-12-31"})
        self.aven.write_pack("chatgpt.json", pack)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.aven.process.wait_line("journal [0-9]+ clock_implausible")
        status = harness.command("status", "-c", str(self.aven.config))
        self.assertEqual(status.returncode, 1, status.stdout)
        self.assertIn("2899-06-01", status.stdout)
        self.aven.hang_up()
        self.aven.process.wait_line("New rules are in force")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.aven.stop()
        self.assert_journal_is_whole()

    def clock(self, *words):
        return harness.command("clock", "-c", str(self.aven.config), *words, env={**os.environ, "LC_ALL": "C"})

    def test_that_was_ahead_and_was_set_right_is_accepted_by_the_operator(self):
        self.aven.start()
        good = self.clock()
        self.assertEqual((good.returncode, good.stdout.endswith("and is believed.\n")), (0, True), good.stdout)
        self.assertEqual(self.clock("--accept", "--reason", "x").returncode, 1)
        self.aven.stop()
        shutil.rmtree(self.aven.state)
        self.write_future_journal("2899-06-01T00:00:00Z")
        pack = json.loads(json.dumps(harness.CHATGPT_PACK))
        pack["rules"][0]["valid_from"] = "2899-01-01"
        self.aven.write_pack("chatgpt.json", pack)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        said = self.clock()
        self.assertEqual(said.returncode, 1)
        self.assertIn("2899-06-01T00:00:00Z", said.stdout)
        self.assertIn("aven clock --accept", said.stdout)
        self.assertEqual(self.clock("--accept").returncode, 2)
        self.assertTrue(json.loads(self.clock("--json").stdout)["may_be_accepted"])
        self.assert_blocked(self.aven.ask("chatgpt.com"))

        done = self.clock("--accept", "--reason", "the clock was ahead")
        self.assertEqual(done.returncode, 0, done.stderr)
        harness.wait_for(lambda: self.clock().returncode == 0, "the clock to be believed")
        harness.wait_for(lambda: not self.aven.ask("chatgpt.com").errors, "the rule that does not hold yet")
        self.aven.stop()
        self.aven.start()
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")
        self.assertEqual(self.clock().returncode, 0)
        told = harness.command("history", "-c", str(self.aven.config), env={**os.environ, "LC_ALL": "fr_FR.UTF-8"})
        self.assertRegex(told.stdout, r"l'horloge est de nouveau crue \(sur demande\).*motif : the clock was ahead")
        self.assert_journal_is_whole()


class Damaged(Fault):
    def test_each_file_of_the_state_in_turn(self):
        """The rules of the files block nothing; what was gone back to does, and must hold."""
        self.aven.start()
        observing = json.loads(json.dumps(harness.CHATGPT_PACK))
        observing["rules"][0]["mode"] = "observe"
        self.aven.write_pack("chatgpt.json", observing)
        self.aven.process.wait_line("journal 3 policy_accepted")
        rollback = lambda: harness.command("rollback", "--reason", "x", "-c", str(self.aven.config))  # noqa: E731
        harness.wait_for(lambda: rollback().returncode == 0, "the rollback")
        self.aven.stop()
        good = self.folder / "good"
        shutil.copytree(self.aven.state, good, ignore=shutil.ignore_patterns("*.sock"))
        files = [path.relative_to(good) for path in sorted(good.rglob("*")) if path.is_file() and path.stat().st_size]
        self.assertGreater(len(files), 8)
        for name in files:
            with self.subTest(damaged=str(name)):
                shutil.rmtree(self.aven.state)
                shutil.copytree(good, self.aven.state)
                octets = bytearray((good / name).read_bytes())
                octets[len(octets) // 2] ^= 0x41
                (self.aven.state / name).write_bytes(octets)
                self.aven.start()
                self.assert_blocked(self.aven.ask("chatgpt.com"))
                self.aven.stop()


if __name__ == "__main__":
    harness.main()
