"""Who gets which answer: exempted clients, groups, and clients that may not ask at all."""

import harness

EXEMPTED = "127.0.0.2"


class Exempts(harness.Scene):
    def test_an_exemption_lets_just_that_address_through(self):
        pack = dict(harness.CHATGPT_PACK)
        pack["rules"] = [
            *pack["rules"],
            {"id": "councillor", "action": "allow", "exempts": ["chatgpt/chatgpt"], "clients": [EXEMPTED]},
        ]
        self.aven.write_pack("chatgpt.json", pack)
        self.aven.start()
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assert_forwarded(self.aven.ask("chatgpt.com", options=("-b", EXEMPTED)), "192.0.2.82")
        self.assert_blocked(self.aven.ask("chatgpt.com"))  # it is in the cache now, and still blocked

    def test_a_rule_for_one_group_speaks_to_that_group(self):
        pack = dict(harness.CHATGPT_PACK)
        pack["rules"] = [dict(pack["rules"][0], groups=["staff"])]
        self.aven.write_pack("chatgpt.json", pack)
        self.aven.write_config(self.config(groups={"staff": [EXEMPTED + "/32"]}))
        self.aven.start()
        self.assert_forwarded(self.aven.ask("chatgpt.com"), "192.0.2.82")
        self.assert_blocked(self.aven.ask("chatgpt.com", options=("-b", EXEMPTED)))

    def test_a_client_outside_allow_from_is_refused_with_the_reason(self):
        self.aven.write_config(self.config(allow_from=["127.0.0.1"]))
        self.aven.start()
        answer = self.aven.ask("www.nsd.example", options=("-b", EXEMPTED))
        self.assertEqual(answer.status, "REFUSED")
        self.assertEqual(answer.errors, [18])


if __name__ == "__main__":
    harness.main()
