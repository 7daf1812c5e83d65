"""A real server that forwards to Aven what Aven asks it: told in words, answered at once."""

import json
import re
import time
import urllib.request

import harness


class Loop(harness.Scene):
    def setUp(self):
        super().setUp()
        # Two ports that point at each other: Aven must know Unbound's before it starts, Unbound Aven's.
        self.unbound = harness.Unbound(self._subfolder("unbound"))
        self.aven.write_config(
            self.config(
                listen=[f"127.0.0.1:{harness.free_port()}"],
                upstreams={
                    "default": {"servers": [f"127.0.0.1:{self.nsd.port}"]},
                    "inside": {"servers": [f"127.0.0.1:{self.unbound.port}"]},
                },
                routes={"ville.example": "inside"},
                status={"listen": "127.0.0.1:0"},
            )
        )
        self.aven.start()
        self.unbound.start(forward_to=self.aven.endpoints[0][1])
        self.addCleanup(self.unbound.stop)

    def problems(self):
        page = re.search(r"^page (http://\S+)/", self.aven.process.output(), re.M).group(1)
        with urllib.request.urlopen(f"{page}/api/v1/problems", timeout=10) as answer:
            return [problem["text"] for problem in json.load(answer)["problems"]]

    def test_a_question_that_comes_back_is_servfail_and_named_with_both_addresses(self):
        begin = time.monotonic()
        answer = self.aven.ask("pc7.ville.example", options=("+timeout=10",))
        self.assertEqual((answer.status, answer.errors), ("SERVFAIL", [0]), answer.text)
        self.assertLess(time.monotonic() - begin, 4)
        told = harness.wait_for(
            lambda: [text for text in self.problems() if text.startswith("forwarding loop")], "the problem to be told"
        )
        self.assertIn(f"asks 127.0.0.1:{self.unbound.port}", told[0])
        self.assertIn("from 127.0.0.1;", told[0])
        self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")


if __name__ == "__main__":
    harness.main()
