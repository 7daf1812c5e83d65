"""What it says when it starts, and the one sentence when it cannot."""

import socket
import unittest

import harness


class Start(harness.Scene):
    def test_it_says_what_it_does(self):
        self.aven.start()
        text = self.aven.process.output()
        self.assertRegex(text, r"listens on 127\.0\.0\.1:[1-9]\d*")
        self.assertIn(f"127.0.0.1:{self.nsd.port}", text)
        self.assertRegex(text, r"chatgpt/chatgpt.*2899-12-31")
        self.assertRegex(text, r"try dig @127\.0\.0\.1 -p \d+ chatgpt\.com")

    def assert_refuses(self, *said):
        process = self.aven.launch()
        self.assertEqual(process.wait_exit(), 1)
        for part in said:
            self.assertIn(part, process.output())
        self.assertNotIn("listens on", process.output())
        self.aven.process = None

    def test_a_port_in_use_over_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.aven.write_config(self.config(listen=[address]))
            self.assert_refuses(address)

    def test_a_port_in_use_over_tcp(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.aven.write_config(self.config(listen=[address]))
            self.assert_refuses(address)

    def test_an_address_of_another_machine(self):
        self.aven.write_config(self.config(listen=["192.0.2.77:5300"]))
        self.assert_refuses("192.0.2.77:5300")

    def test_a_bad_address_in_a_first_configuration(self):
        self.aven.write_config(self.config(listen=["127.0.0.300:53"]))
        self.assert_refuses("aven.json /listen/0: error: ", "127.0.0.300:53")

    @unittest.skipUnless(harness.has_ipv6(), "this machine has no IPv6")
    def test_nothing_stays_when_the_second_address_is_taken(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
            taken.bind(("::1", 0))
            first, second = harness.free_port(), taken.getsockname()[1]
            self.aven.write_config(self.config(listen=[f"127.0.0.1:{first}", f"[::1]:{second}"]))
            self.assert_refuses(f"[::1]:{second}")


if __name__ == "__main__":
    harness.main()
