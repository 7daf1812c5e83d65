"""TCP (RFC 7766): pipelined, out of order, any split of the octets, gone clients."""

import socket
import struct

import harness


def framed(message):
    return struct.pack("!H", len(message)) + message


class Tcp(harness.Scene):
    def config(self):
        self.silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.silent.close)
        self.silent.bind(("127.0.0.1", 0))
        return super().config(
            upstreams={
                "default": {"servers": [f"127.0.0.1:{self.nsd.port}"]},
                "slow": {"servers": [f"127.0.0.1:{self.silent.getsockname()[1]}"]},
            },
            routes={"slow.example": "slow"},
        )

    def setUp(self):
        super().setUp()
        self.aven.start()
        self.client = socket.create_connection(self.aven.endpoints[0], timeout=harness.PATIENCE_S)
        self.addCleanup(self.client.close)

    def read(self, size):
        octets = b""
        while len(octets) < size:
            more = self.client.recv(size - len(octets))
            self.assertTrue(more, "the connection was closed")
            octets += more
        return octets

    def answer_id(self):
        message = self.read(struct.unpack("!H", self.read(2))[0])
        return struct.unpack("!H", message[:2])[0]

    def test_many_queries_in_one_write_all_get_their_answer(self):
        names = ["chatgpt.com", "www.nsd.example", "gemini.google.com", "nothing.nsd.example"] * 20
        self.client.sendall(b"".join(framed(harness.query_wire(i, name)) for i, name in enumerate(names)))
        self.assertEqual(sorted(self.answer_id() for _ in names), list(range(len(names))))

    def test_a_slow_answer_does_not_hold_up_a_quick_one(self):
        self.client.sendall(framed(harness.query_wire(1, "www.slow.example")))
        self.client.sendall(framed(harness.query_wire(2, "chatgpt.com")))
        self.assertEqual(self.answer_id(), 2)

    def test_octet_by_octet(self):
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in framed(harness.query_wire(3, "chatgpt.com")):
            self.client.sendall(bytes([octet]))
        self.assertEqual(self.answer_id(), 3)

    def test_a_client_that_resets_its_connection_ends_nothing(self):
        self.client.sendall(framed(harness.query_wire(4, "www.slow.example")))
        self.silent.settimeout(harness.PATIENCE_S)
        self.silent.recv(512)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.close()
        self.assert_blocked(self.aven.ask("chatgpt.com", options=("+tcp",)))


if __name__ == "__main__":
    harness.main()
