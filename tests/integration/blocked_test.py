"""A blocked name is answered here, for every type, over every transport, with EDE 15."""

import socket

import harness


class Blocked(harness.Scene):
    def setUp(self):
        super().setUp()
        self.aven.start()

    def test_every_type_over_udp_and_tcp_on_every_address(self):
        for at in range(len(self.aven.endpoints)):
            for transport in ("+notcp", "+tcp"):
                for type_, data in (("A", ["0.0.0.0"]), ("AAAA", ["::"]), ("HTTPS", []), ("TXT", []), ("MX", [])):
                    with self.subTest(at=self.aven.endpoints[at], transport=transport, type=type_):
                        answer = self.aven.ask("chatgpt.com", type_, at=at, options=(transport,))
                        self.assert_blocked(answer)
                        self.assertEqual(answer.data(type_), data, answer.text)
                        if not data:
                            self.assertEqual(answer.authority[0][3], "SOA", answer.text)

    def test_names_below_a_blocked_one_are_blocked(self):
        self.assert_blocked(self.aven.ask("ab.ws.chatgpt.com"))

    def test_case_does_not_matter_and_is_echoed(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(harness.PATIENCE_S)
            client.connect(self.aven.endpoints[0])
            query = harness.query_wire(9, "ChatGPT.com")
            client.send(query)
            answer = client.recv(512)
        self.assertEqual(answer[12 : len(query)], query[12:])
        self.assertIn(bytes(4), answer[len(query) :], "0.0.0.0")

    def test_the_ttl_is_that_of_the_configuration(self):
        self.assertEqual(self.aven.ask("chatgpt.com").ttl(), 30)

    def test_an_exact_name_blocks_nothing_below(self):
        self.assert_blocked(self.aven.ask("chat.openai.com"))
        self.assertNotIn(15, self.aven.ask("x.chat.openai.com").errors)

    def test_an_alias_to_a_blocked_name_is_blocked(self):
        answer = self.aven.ask("to-blocked.nsd.example")
        self.assert_blocked(answer)
        self.assertEqual(answer.data(), ["0.0.0.0"], answer.text)

    def test_without_edns_there_is_no_opt(self):
        answer = self.aven.ask("chatgpt.com", options=("+noedns",))
        self.assertEqual(answer.data(), ["0.0.0.0"])
        self.assertNotIn("EDNS PSEUDOSECTION", answer.text)

    def test_an_answer_without_recursion_desired_is_blocked_too(self):
        self.assert_blocked(self.aven.ask("chatgpt.com", options=("+norec",)))


if __name__ == "__main__":
    harness.main()
