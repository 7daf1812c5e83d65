"""What was kept is given again after a restart, older by the time between; a broken file costs nothing but itself."""

import stat

import harness


class CacheFile(harness.Scene):
    def setUp(self):
        super().setUp()
        self.kept = self.aven.folder / "kept"
        self.configure()
        self.aven.start()

    def configure(self, **more):
        self.aven.write_config(self.config(cache={"file": "kept"}, **more))

    def restart(self):
        self.assertEqual(self.aven.stop(), 0)
        self.aven.start()

    def wait_cached(self, name, address):
        """The file is read when serving has begun already."""

        def is_there():
            answer = self.aven.ask(name, options=("+timeout=8",))
            return answer.status == "NOERROR" and answer.data() == [address]

        harness.wait_for(is_there, f"{name} out of the file")

    def test_a_restart_forgets_nothing(self):
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.assertEqual(self.aven.ask("none.nsd.example").status, "NXDOMAIN")
        self.nsd.stop()
        for workers in (2, 1):
            self.configure(workers=workers)
            self.restart()
            self.wait_cached("www.nsd.example", "192.0.2.80")
        self.assertEqual(stat.S_IMODE(self.kept.stat().st_mode), 0o600)

    def test_a_blocked_name_is_blocked_whatever_the_file_says(self):
        (self.aven.rules / "chatgpt.json").rename(self.aven.folder / "away")
        self.restart()
        self.assertEqual(self.aven.ask("to-blocked.nsd.example").data(), ["192.0.2.82"])
        self.aven.stop()
        (self.aven.folder / "away").rename(self.aven.rules / "chatgpt.json")
        self.aven.start()
        self.assert_blocked(self.aven.ask("to-blocked.nsd.example"))

    def refused(self, why):
        self.aven.start()
        self.aven.process.wait_line(f"kept is not used: {why}")
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.aven.stop()

    def test_a_file_that_cannot_be_believed_is_left_aside_and_said(self):
        self.aven.ask("www.nsd.example")
        self.aven.stop()
        good = self.kept.read_bytes()
        changed = bytearray(good)
        changed[len(good) // 2] ^= 1
        self.kept.write_bytes(changed)
        self.refused("its checksum is wrong")
        self.kept.write_bytes(good[:-1])
        self.refused("its checksum is wrong")
        self.kept.write_bytes(b"something else")
        self.refused("it is no file of Aven's cache")
        self.kept.write_bytes(good[:8] + b"\0\0\0\7" + good[12:])
        self.refused("its format 7 is not known to this version")
        self.kept.write_bytes(good)
        self.aven.write_config(
            self.config(cache={"file": "kept"}, upstreams={"default": {"servers": [f"127.0.0.1:{self.nsd.port}"], "trust_ad": False}})
        )
        self.refused("it is of other upstream servers")

    def test_a_file_that_cannot_be_written_costs_nothing_else(self):
        self.aven.stop()
        self.aven.write_config(self.config(cache={"file": "nowhere/kept"}))
        self.aven.start()
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        process = self.aven.process
        self.assertEqual(self.aven.stop(), 0)
        self.assertIn("The cache is not kept in", process.output())


if __name__ == "__main__":
    harness.main()
