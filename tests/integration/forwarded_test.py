"""Everything else is asked upstream, kept, and given again with a smaller TTL."""

import harness


class Forwarded(harness.Scene):
    def config(self):
        return super().config(workers=1)  # each worker has a cache of its own

    def setUp(self):
        super().setUp()
        self.aven.start()

    def test_a_name_comes_from_upstream_over_udp_and_tcp(self):
        for at in range(len(self.aven.endpoints)):
            for transport in ("+notcp", "+tcp"):
                answer = self.aven.ask("gemini.google.com", at=at, options=(transport,))
                self.assert_forwarded(answer, "192.0.2.81")
                self.assertIn("ra", answer.flags)

    def test_a_second_answer_comes_from_the_cache_with_a_smaller_ttl(self):
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        self.nsd.stop()
        harness.wait_for(lambda: self.aven.ask("www.nsd.example").ttl() < 300, "a TTL below 300")

    def test_aliases_come_whole(self):
        answer = self.aven.ask("alias.nsd.example")
        self.assert_forwarded(answer, "192.0.2.80")
        self.assertEqual(answer.data("CNAME"), ["www.nsd.example."])

    def test_a_name_that_does_not_exist(self):
        answer = self.aven.ask("nothing.nsd.example")
        self.assertEqual(answer.status, "NXDOMAIN")
        self.assertEqual(answer.authority[0][3], "SOA")

    def test_a_type_that_does_not_exist(self):
        answer = self.aven.ask("www.nsd.example", "MX")
        self.assertEqual((answer.status, answer.records), ("NOERROR", []))

    def test_an_answer_too_long_for_udp_is_truncated_and_whole_over_tcp(self):
        short = self.aven.ask("big.nsd.example", "TXT", options=("+ignore", "+bufsize=1232"))
        self.assertIn("tc", short.flags)
        self.assertEqual(short.records, [])
        self.assertEqual(len(self.aven.ask("big.nsd.example", "TXT", options=("+tcp",)).data("TXT")), 1)

    def test_without_recursion_desired_nothing_is_forwarded(self):
        self.assertEqual(self.aven.ask("www.nsd.example", options=("+norec",)).status, "REFUSED")

    def test_a_dead_upstream_is_servfail_with_a_reason_and_is_used_again_when_it_lives(self):
        self.nsd.stop()
        answer = self.aven.ask("www.nsd.example", options=("+timeout=8",))
        self.assertEqual(answer.status, "SERVFAIL", answer.text)
        self.assertTrue({22, 23} & set(answer.errors), answer.text)

        self.nsd.start()
        harness.wait_for(
            lambda: self.aven.ask("www.nsd.example", options=("+timeout=8",)).data() == ["192.0.2.80"],
            "answers from an upstream that is back",
        )


class Routed(harness.Scene):
    def config(self):
        return super().config(
            upstreams={
                "default": {"servers": [f"127.0.0.1:{harness.free_port()}"]},
                "inside": {"servers": [f"127.0.0.1:{self.nsd.port}"]},
            },
            routes={"nsd.example": "inside"},
            records=["printer.nsd.example. 120 IN A 192.0.2.9"],
        )

    def test_a_route_and_a_record(self):
        self.aven.start()
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        recorded = self.aven.ask("printer.nsd.example")
        self.assert_forwarded(recorded, "192.0.2.9")
        self.assertIn("aa", recorded.flags)


if __name__ == "__main__":
    harness.main()
