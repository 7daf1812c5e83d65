"""A proxy between Aven and its upstream that loses datagrams, and passes TCP on. Loss is drawn from a seed."""

import contextlib
import random
import selectors
import socket
import threading


class LossyProxy:
    """Listens on a port of its own, UDP and TCP, in front of 127.0.0.1:`target`; `loss` is a share of the datagrams."""

    def __init__(self, target, loss, seed=1):
        self.target = ("127.0.0.1", target)
        self.loss = loss
        self.passed = self.lost = 0
        self._random = random.Random(seed)
        self._selector = selectors.DefaultSelector()
        self._tcp = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._udp.bind(("127.0.0.1", self.port))
        self._to_server = {}  # by the client's address
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._udp, selectors.EVENT_READ, self._from_client)
        self._selector.register(self._tcp, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._wake.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
        self._wake.close()

    def _run(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                key.data(key.fileobj)

    def _keeps(self):
        if self._random.random() < self.loss:
            self.lost += 1
            return False
        self.passed += 1
        return True

    def _from_client(self, _):
        data, client = self._udp.recvfrom(65535)
        server = self._to_server.get(client)
        if server is None:
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.connect(self.target)
            self._to_server[client] = server
            self._selector.register(server, selectors.EVENT_READ, lambda from_: self._from_server(from_, client))
            if len(self._to_server) > 400:  # Aven gives its ports up again
                self._forget(next(iter(self._to_server)))
        if self._keeps():
            with contextlib.suppress(OSError):
                server.send(data)

    def _from_server(self, server, client):
        with contextlib.suppress(OSError):
            data = server.recv(65535)
            if self._keeps():
                self._udp.sendto(data, client)

    def _forget(self, client):
        server = self._to_server.pop(client)
        self._selector.unregister(server)
        server.close()

    def _accept(self, _):
        client, _ = self._tcp.accept()
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            self._selector.register(one, selectors.EVENT_READ, lambda from_, to=other: self._pass_on(from_, to))

    def _pass_on(self, from_, to):
        data = b""
        with contextlib.suppress(OSError):
            data = from_.recv(65535)
            to.sendall(data)
        if data:
            return
        for end in (from_, to):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(end)
            end.close()
