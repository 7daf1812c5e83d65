"""Rules with lists: they block, a shrunk list keeps its last good version, a long one works."""

import harness


class Lists(harness.Scene):
    def setUp(self):
        super().setUp()
        (self.aven.rules / "chatgpt.json").unlink()
        (self.aven.rules / "lists").mkdir()
        self.aven.write_pack("lists.json", {"format": 1, "pack": "lists", "rules": [
            {"id": "all", "action": "sinkhole", "lists": [
                {"file": "lists/hosts", "format": "hosts"},
                {"file": "lists/domains", "format": "domains", "max_shrink_percent": 20},
            ]},
        ]})
        self.write("hosts", ["127.0.0.1 localhost", "0.0.0.0 chatgpt.com"])
        self.write("domains", ["nsd.example"] + [f"n{i}.example" for i in range(99)])

    def write(self, name, lines):
        (self.aven.rules / "lists" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def test_a_hosts_list_and_a_list_of_domains_block(self):
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assertNotIn(15, self.aven.ask("ns.chatgpt.com").errors)
        self.assert_blocked(self.aven.ask("www.nsd.example"))
        self.assert_forwarded(self.aven.ask("gemini.google.com"), "192.0.2.81")

    def test_a_list_that_shrank_too_much_keeps_its_last_good_version(self):
        self.aven.start()
        self.write("domains", ["n1.example"])
        self.aven.hang_up()
        self.aven.process.wait_line(r"/rules/0/lists/1/file.*last good version")
        self.assert_blocked(self.aven.ask("www.nsd.example"))

    def test_a_list_of_200000_lines(self):
        self.write("domains", [f"n{i}.example" for i in range(200_000)] + ["google.com"])
        self.aven.start()
        self.assert_blocked(self.aven.ask("gemini.google.com"))
        self.assert_blocked(self.aven.ask("a.n123456.example"))


if __name__ == "__main__":
    harness.main()
