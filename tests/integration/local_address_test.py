"""A server bound to every address answers from the one that was asked (RFC 2181 section 4.1)."""

import socket

import harness


class LocalAddress(harness.Scene):
    listen = ("0.0.0.0:0", "[::]:0") if harness.has_ipv6() else ("0.0.0.0:0",)

    def setUp(self):
        super().setUp()
        self.aven.start()

    def ask_over_udp(self, family, address, port):
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(harness.PATIENCE_S)
            client.connect((address, port))  # the kernel drops what comes from another address
            client.send(harness.query_wire(7, "chatgpt.com"))
            return client.recv(512)

    def test_ipv4(self):
        port = self.aven.endpoints[0][1]
        for address in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
            self.assertEqual(self.ask_over_udp(socket.AF_INET, address, port)[:2], b"\0\7")
            self.assert_blocked(self.aven.ask("chatgpt.com", server=address, options=("+tcp",)))

    def test_ipv6(self):
        if not harness.has_ipv6():
            self.skipTest("this machine has no IPv6")
        self.assertEqual(self.ask_over_udp(socket.AF_INET6, "::1", self.aven.endpoints[1][1])[:2], b"\0\7")


if __name__ == "__main__":
    harness.main()
