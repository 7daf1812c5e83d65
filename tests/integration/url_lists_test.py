"""Lists by URL, from an HTTP server on this machine: fetched in the background, asked for conditionally, kept over a restart,
and every way in which a server can fail leaves the last good version."""

import gzip
import http.server
import json
import threading
import time

import harness


class ListServer:
    """Answers as `answer(request)` says and remembers the requests."""

    def __init__(self, host="127.0.0.1"):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 (the library's name)
                outer.requests.append((self.path, dict(self.headers)))
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.requests = []
        self.hold = threading.Event()
        self.say(b"nsd.example\n")
        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/list"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def say(self, body, status=200, headers=None, size=None):
        """Answers this body; `size` is the Content-Length if it is to be wrong."""

        def answer(request):
            request.send_response(status)
            for name, value in (headers or {}).items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(body) if size is None else size))
            request.end_headers()
            request.wfile.write(body)

        self.answer = answer

    def say_versioned(self, body, etag):
        def answer(request):
            unchanged = request.headers.get("If-None-Match") == etag
            request.send_response(304 if unchanged else 200)
            request.send_header("ETag", etag)
            request.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
            request.send_header("Content-Length", "0" if unchanged else str(len(body)))
            request.end_headers()
            if not unchanged:
                request.wfile.write(body)

        self.answer = answer

    def say_nothing(self):
        """Takes the request and keeps silent."""
        self.answer = lambda request: self.hold.wait(60)


class UrlLists(harness.Scene):
    def setUp(self):
        super().setUp()
        self.server = ListServer()
        self.addCleanup(self.server.close)
        (self.aven.rules / "chatgpt.json").unlink()
        self.write_list()

    def write_list(self, **more):
        self.aven.write_pack("lists.json", {"format": 1, "pack": "lists", "rules": [
            {"id": "far", "action": "sinkhole",
             "lists": [{"url": self.server.url, "format": "domains", **more}]},
        ]})

    def notes(self):
        files = list((self.aven.state / "fetched").glob("*.json"))
        self.assertEqual(len(files), 1)
        return files[0]

    def make_due(self):
        """As if the list had last been asked for long ago."""
        told = json.loads(self.notes().read_text(encoding="utf-8"))
        told["asked"] = 1_000_000_000
        self.notes().write_text(json.dumps(told), encoding="utf-8")

    def start_and_wait_until_blocked(self):
        self.aven.start()
        harness.wait_for(lambda: self.aven.ask("www.nsd.example").errors, "the fetched list to block")
        self.assert_blocked(self.aven.ask("www.nsd.example"))

    def restart(self):
        self.aven.stop()
        self.make_due()
        self.server.requests.clear()
        self.aven.start()

    def assert_the_old_version_stays_after(self, failure):
        """The next request fails so; what was fetched before blocks on, and the failure is told."""
        self.restart()
        self.aven.process.wait_line(failure)
        self.assert_blocked(self.aven.ask("www.nsd.example"))

    def test_a_list_is_fetched_in_the_background_and_blocks(self):
        self.start_and_wait_until_blocked()
        self.assertIn("is not fetched yet", self.aven.process.output())
        self.assertRegex(self.server.requests[0][1]["User-Agent"], r"^Aven/\d")
        self.assertNotIn("If-None-Match", self.server.requests[0][1])

    def test_a_restart_uses_what_was_fetched_and_does_not_ask_before_it_is_due(self):
        self.start_and_wait_until_blocked()
        self.aven.stop()
        self.server.requests.clear()
        self.aven.start()
        self.assert_blocked(self.aven.ask("www.nsd.example"))
        self.assertEqual(self.server.requests, [])

    def test_a_list_that_is_due_is_asked_for_conditionally(self):
        self.server.say_versioned(b"nsd.example\n", '"v1"')
        self.start_and_wait_until_blocked()
        self.restart()
        harness.wait_for(lambda: self.server.requests, "the list to be asked for again")
        headers = self.server.requests[0][1]
        self.assertEqual(headers["If-None-Match"], '"v1"')
        self.assertEqual(headers["If-Modified-Since"], "Mon, 23 Nov 2026 10:00:00 GMT")
        harness.wait_for(lambda: json.loads(self.notes().read_text())["asked"] > 1_000_000_000, "304 to be noted")
        self.assert_blocked(self.aven.ask("www.nsd.example"))
        self.assertNotIn("has a new version", self.aven.process.output())

    def test_a_new_version_is_loaded(self):
        self.server.say_versioned(b"nsd.example\n", '"v1"')
        self.start_and_wait_until_blocked()
        self.server.say_versioned(b"google.com\n", '"v2"')
        self.restart()
        harness.wait_for(lambda: self.aven.ask("gemini.google.com").errors, "the new version to block")
        self.assertNotIn(15, self.aven.ask("www.nsd.example").errors)

    def test_gzip(self):
        self.server.say(gzip.compress(b"nsd.example\n"))
        self.start_and_wait_until_blocked()

    def test_redirects_are_followed_a_few_times(self):
        body = self.server.answer

        def answer(request):
            if request.path == "/list":
                request.send_response(302)
                request.send_header("Location", "/there")
                request.send_header("Content-Length", "0")
                request.end_headers()
            else:
                body(request)

        self.server.answer = answer
        self.start_and_wait_until_blocked()
        self.assertEqual([path for path, _ in self.server.requests], ["/list", "/there"])

    def test_failures_leave_the_last_good_version(self):
        self.start_and_wait_until_blocked()
        cases = (
            ("the server answers 404", lambda: self.server.say(b"google.com\n", status=404)),
            ("it is larger than 512 MB", lambda: self.server.say(b"google.com\n", size=3 << 30)),
            ("cannot be fetched: .*(partial|transfer closed)", lambda: self.server.say(b"google.com\n", size=1000)),
            ("it redirects more than 5 times",
             lambda: self.server.say(b"", status=302, headers={"Location": "/list"})),
            ("it redirects to http://192.0.2.1/", lambda: self.server.say(b"", status=302, headers={"Location": "http://192.0.2.1/"})),
            ("it redirects to file:", lambda: self.server.say(b"", status=302, headers={"Location": "file:///etc/passwd"})),
            ("the server answers nothing", lambda: self.server.say(b"")),
        )
        for failure, arrange in cases:
            with self.subTest(failure=failure):
                arrange()
                self.assert_the_old_version_stays_after(failure)
                self.assertNotIn(15, self.aven.ask("gemini.google.com").errors)

    def test_a_list_that_is_cut_or_too_short_keeps_the_last_good_version(self):
        self.write_list(min_entries=1, max_shrink_percent=50)
        self.server.say(b"nsd.example\n" + b"".join(b"n%d.example\n" % i for i in range(9)))
        self.start_and_wait_until_blocked()
        for body in (b"google.com\n", gzip.compress(b"google.com\n" * 50)[:-9]):
            self.server.say(body)
            self.restart()
            self.aven.process.wait_line(r"lists/0/url.*last good version runs on, with 10 names")
            self.assert_blocked(self.aven.ask("www.nsd.example"))

    def test_a_silent_server_holds_up_neither_start_nor_end(self):
        self.server.say_nothing()
        self.aven.start()
        harness.wait_for(lambda: self.server.requests, "the list to be asked for")
        self.assert_forwarded(self.aven.ask("gemini.google.com"), "192.0.2.81")
        began = time.monotonic()
        self.assertEqual(self.aven.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)

    def test_a_failure_is_shown_beside_the_other_problems(self):
        self.server.say(b"", status=503)
        self.aven.start()
        self.aven.process.wait_line("the server answers 503")

        def shown():
            return "the server answers 503" in harness.command("status", "--json", "-c", str(self.aven.config)).stdout

        harness.wait_for(shown, "the failure to be shown")

    def test_explain_names_address_and_line(self):
        self.server.say(b"# names\nnsd.example\n")
        self.start_and_wait_until_blocked()
        done = harness.command("explain", "www.nsd.example", "--json", "-c", str(self.aven.config))
        self.assertEqual(json.loads(done.stdout)["matches"][0]["place"], f"{self.server.url} line 2")


if __name__ == "__main__":
    harness.main()
