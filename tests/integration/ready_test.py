"""/readyz: it is ready when it answers DNS itself, whatever upstream does, and not while a worker hangs."""

import contextlib
import http.client
import json

import harness
import held_thread

PROBE = "aven-probe.invalid"


class Ready(harness.Scene):
    def config(self, **more):
        return super().config(
            upstreams={"default": {"servers": [f"127.0.0.1:{harness.free_port()}"]}},  # nobody listens there
            status={"listen": "127.0.0.1:0"},
            query_log={"level": "all"},
            **more,
        )

    def start(self):
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        harness.wait_for(lambda: self.get("/readyz")[0] == 200, "/readyz")

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def json(self, path):
        status, body = self.get(f"/api/v1/{path}")
        self.assertEqual(status, 200, body)
        return json.loads(body)


class WithoutUpstream(Ready):
    def test_a_dead_upstream_does_not_clear_it(self):
        self.start()
        for number in range(8):
            self.assertEqual(self.aven.ask(f"{number}.example").status, "SERVFAIL")
        harness.wait_for(lambda: self.json("status")["upstreams"]["up"] == 0, "upstream to be down")
        self.assertEqual(self.json("status")["state"], "down")
        self.assertEqual(self.get("/readyz"), (200, "ready\n"))

    def test_its_own_question_is_counted_and_not_logged(self):
        self.start()
        harness.wait_for(lambda: self.json("status")["totals"]["local"] >= len(self.listen), "the own questions")
        self.assertEqual(self.aven.ask("somebody.invalid").status, "NXDOMAIN")
        rows = harness.wait_for(lambda: self.json("tail")["rows"], "a line")
        self.assertEqual([row["name"] for row in rows], ["somebody.invalid"])


class OtherNetworks(Ready):
    def config(self, **more):
        return super().config(**more) | {"allow_from": ["192.0.2.0/24"]}

    def test_a_server_that_is_not_for_this_machine_is_ready_too(self):
        self.start()
        self.assertEqual(self.aven.ask("chatgpt.com").status, "REFUSED")


class OneWorker(Ready):
    def config(self, **more):
        return super().config(**more) | {"workers": 1}

    def test_it_is_not_ready_while_its_worker_hangs(self):
        self.start()
        with held_thread.thread_of(self.aven.process.child.pid, "aven-worker-0").held():
            told = harness.wait_for(lambda: next((t for c, t in [self.get("/readyz")] if c == 503), None), "503")
            self.assertIn("the own question to", told)
            harness.wait_for(lambda: "a worker does not respond" in self.get("/readyz")[1], "the figures to be old")
            self.assertEqual(self.get("/healthz")[0], 200)
        harness.wait_for(lambda: self.get("/readyz")[0] == 200, "/readyz")


class TwoWorkers(Ready):
    def test_it_is_not_ready_while_one_of_its_workers_hangs(self):
        self.start()
        with held_thread.thread_of(self.aven.process.child.pid, "aven-worker-1").held():
            harness.wait_for(lambda: self.get("/readyz")[0] == 503, "503")
        harness.wait_for(lambda: self.get("/readyz")[0] == 200, "/readyz")


if __name__ == "__main__":
    harness.main()
