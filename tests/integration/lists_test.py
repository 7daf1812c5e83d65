"""Rules with lists: they block, a shrunk list keeps its last good version, a long one works."""

import json

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

    def test_each_entry_of_a_response_policy_zone_is_answered_as_it_says(self):
        self.write("zone", [
            "$ORIGIN rpz.example.", "@ SOA ns.example. admin.example. 1 3600 600 86400 60", "  NS localhost.",
            "gone.example CNAME .", "*.gone.example CNAME .", "alone.example CNAME .", "empty.example CNAME *.",
            "here.example A 192.0.2.99", "there.example CNAME www.nsd.example.", "silent.example CNAME rpz-drop.",
            "google.com CNAME rpz-passthru.", "*.google.com CNAME rpz-passthru.", "32.1.2.0.192.rpz-ip CNAME .",
        ])
        self.aven.write_pack("lists.json", {"format": 1, "pack": "lists", "rules": [
            {"id": "zone", "action": "sinkhole", "lists": [{"file": "lists/zone", "format": "rpz"}]},
            {"id": "other", "action": "sinkhole", "domains": ["google.com"], "priority": -10},
        ]})
        self.aven.start()
        self.aven.process.wait_line(r"lists/zone line 6: note: 1 names to be denied")
        self.aven.process.wait_line(r"lists/zone line 13: note: 1 triggers set aside")
        for name, status, data in (
            ("www.gone.example", "NXDOMAIN", []), ("gone.example", "NXDOMAIN", []), ("alone.example", "NOERROR", []),
            ("empty.example", "NOERROR", []), ("here.example", "NOERROR", ["192.0.2.99"]),
        ):
            with self.subTest(name=name):
                answer = self.aven.ask(name)
                self.assertEqual((answer.status, answer.data("A")), (status, data))
                self.assertIn(15, answer.errors)
        self.assertEqual(self.aven.ask("here.example", "AAAA").status, "NOERROR")
        self.assertIn("192.0.2.80", self.aven.ask("there.example").data("A"))
        self.assertEqual(self.aven.ask("silent.example", options=("+timeout=1",)).status, "NONE")
        self.assert_forwarded(self.aven.ask("gemini.google.com"), "192.0.2.81")
        done = harness.command("explain", "gone.example", "--json", "-c", str(self.aven.config))
        told = json.loads(done.stdout)
        self.assertEqual((told["verdict"], told["matches"][0]["place"]), ("nxdomain", "lists/zone line 4"))

    def test_a_list_of_200000_lines(self):
        self.write("domains", [f"n{i}.example" for i in range(200_000)] + ["google.com"])
        self.aven.start()
        self.assert_blocked(self.aven.ask("gemini.google.com"))
        self.assert_blocked(self.aven.ask("a.n123456.example"))


if __name__ == "__main__":
    harness.main()
