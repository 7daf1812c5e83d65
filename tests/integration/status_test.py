"""The status page's server: every path, its headers, who is refused, and that DNS never waits for it."""

import contextlib
import gzip
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import time
import unittest

import harness

OPENAPI = pathlib.Path(__file__).resolve().parents[2] / "resolver" / "status" / "openapi.json"
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}


def misfits(schema, value, schemas, place="$"):
    """Where `value` is not what `schema` of openapi.json says; knows the keywords that are used there."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    fits = any(
        isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind == "number"
        else isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
        for kind in kinds
    )
    if not fits:
        yield f"{place}: {value!r} is not {kinds}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not in {schema['enum']}"
    elif isinstance(value, dict):
        for key in schema["required"]:
            if key not in value:
                yield f"{place}: {key} is missing"
        for key, part in value.items():
            if key in schema["properties"]:
                yield from misfits(schema["properties"][key], part, schemas, f"{place}.{key}")
            else:
                yield f"{place}: {key} is not described"
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from misfits(schema["items"], part, schemas, f"{place}[{index}]")


class Status(harness.Scene):
    def config(self, **more):
        return super().config(status={"listen": "127.0.0.1:0"}, **more)

    def setUp(self):
        super().setUp()
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        harness.wait_for(lambda: self.get("/api/v1/status")[0] == 200, "the first figures")  # /readyz would ask, and count

    def get(self, path, method="GET", body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def json(self, path):
        status, headers, body = self.get(path)
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        return json.loads(body)

    def totals_when(self, holds):
        return harness.wait_for(
            lambda: next((t for t in [self.json("/api/v1/status")["totals"]] if holds(t)), None), "the figures"
        )

    def test_every_answer_is_as_openapi_says(self):
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.totals_when(lambda totals: totals["blocked"] == 1)
        described = self.json("/api/v1/openapi.json")
        self.assertEqual(described, json.loads(OPENAPI.read_text(encoding="utf-8")))
        checked = 0
        for path, item in described["paths"].items():
            good = item["get"]["responses"]["200"].get("content", {}).get("application/json")
            if not good:
                self.assertEqual(self.get(path)[0], 200, path)
                continue
            query = "?name=chatgpt.com&type=HTTPS&client=127.0.0.1" if path.endswith("/explain") else ""
            answer = self.json(path + query)
            self.assertEqual(list(misfits(good["schema"], answer, described["components"]["schemas"])), [], path)
            checked += 1
        self.assertEqual(checked, 12)

    def test_the_numbers_are_consistent(self):
        for name in ("www.nsd.example", "www.nsd.example", "chatgpt.com", "nothing.nsd.example"):
            self.aven.ask(name)
        totals = self.totals_when(lambda totals: totals["received"] == 4)
        self.assertEqual(totals["received"], totals["answered"] + totals["dropped"] + totals["in_flight"])
        self.assertEqual(totals["blocked"], 1)
        series = self.json("/api/v1/series?step=60&seconds=3600")
        self.assertEqual(sum(series["answered"]), 4)
        self.assertEqual(sum(series["blocked"]), 1)
        rule = next(r for r in self.json("/api/v1/rules")["rules"] if r["id"] == "chatgpt/chatgpt")
        self.assertEqual((rule["hits"], rule["active"], rule["valid_until"]), (1, True, "2899-12-31"))
        self.assertGreaterEqual(self.json("/api/v1/upstreams")["servers"][0]["asked"], 2)

    def test_explain_follows_the_chain_that_a_worker_keeps(self):
        explain = "/api/v1/explain?client=127.0.0.1&name="
        self.assertNotIn("reply", self.json(explain + "to-blocked.nsd.example"))  # nobody asked yet
        self.assert_blocked(self.aven.ask("to-blocked.nsd.example"))
        told = self.json(explain + "to-blocked.nsd.example")
        self.assertEqual((told["step"], told["verdict"], told["rule"]["id"]), ("reply", "sinkhole", "chatgpt/chatgpt"))
        self.assertEqual([alias["name"] for alias in told["reply"]["aliases"]], ["chatgpt.com"])
        self.assertEqual(told["reply"]["aliases"][0]["matches"][0]["rule"], "chatgpt/chatgpt")
        schemas = self.json("/api/v1/openapi.json")["components"]["schemas"]
        self.assertEqual(list(misfits(schemas["Explanation"], told, schemas)), [])
        self.assert_forwarded(self.aven.ask("alias.nsd.example"), "192.0.2.80")
        told = self.json(explain + "alias.nsd.example")
        self.assertEqual((told["step"], told["verdict"]), ("upstream", "none"))
        reply = told["reply"]
        self.assertEqual((reply["rcode"], reply["addresses"]), ("NOERROR", ["192.0.2.80"]))
        self.assertEqual(reply["aliases"], [{"name": "www.nsd.example", "matches": []}])

    def test_explain_at_another_moment(self):
        explain = "/api/v1/explain?name=chatgpt.com&at="
        self.assertEqual(self.json(explain + "2899-12-31")["verdict"], "sinkhole")
        late = self.json(explain + "2900-01-01T00:00")
        self.assertEqual((late["verdict"], late["matches"][0]["in_dates"]), ("none", False))
        self.assertEqual(self.get(explain + "tomorrow")[0], 400)

    def test_problems_are_told_in_both_languages(self):
        self.aven.write_config(self.config(workers=1))
        self.aven.hang_up()
        problem = harness.wait_for(
            lambda: next((p for p in self.json("/api/v1/problems")["problems"] if p["pointer"] == "/workers"), None), "it"
        )
        self.assertEqual((problem["code"], problem["parameters"]), ("restart_needed", []))
        self.assertEqual(problem["text"], "this change needs a restart; the rest is in force")
        self.assertEqual(problem["text_fr"], "ce changement demande un redémarrage ; le reste est en vigueur")
        error = json.loads(self.get("/api/v1/explain?name=a..b")[2])["error"]
        self.assertEqual((error["code"], error["text_fr"]), ("bad_request", "Le nom doit être un nom de domaine."))

    def test_a_server_that_is_down_is_a_problem(self):
        self.nsd.stop()
        down = f"127.0.0.1:{self.nsd.port}"

        def told():
            self.aven.ask("other.nsd.example")
            return next((p for p in self.json("/api/v1/problems")["problems"] if p["code"] == "upstreams_down"), None)

        problem = harness.wait_for(told, "the problem")
        self.assertEqual((problem["severity"], problem["parameters"]), ("error", [down]))
        self.nsd.start()
        harness.wait_for(lambda: not told(), "the end of the problem")

    def test_neither_clients_nor_names_are_told(self):
        self.aven.ask("alias.nsd.example")
        self.totals_when(lambda totals: totals["received"] == 1)
        for path in ("status", "series", "rules", "upstreams", "problems"):
            self.assertNotIn(b"alias.nsd.example", self.get(f"/api/v1/{path}")[2])
        self.assertNotIn(b"alias.nsd.example", self.get("/metrics")[2])

    def test_metrics(self):
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.totals_when(lambda totals: totals["blocked"] == 1)
        status, headers, body = self.get("/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        text = body.decode()
        for line in ("aven_blocked_total 1", 'aven_rule_hits_total{rule="chatgpt/chatgpt"} 1', "aven_answer_seconds_count 1"):
            self.assertIn("\n" + line + "\n", text)
        promtool = shutil.which("promtool")
        if promtool:
            done = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def test_every_answer_has_the_headers_that_protect(self):
        for path in ("/", "/chart.js", "/api/v1/status", "/metrics", "/healthz", "/nothing"):
            headers = self.get(path)[1]
            policy = headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"):
                self.assertIn(part, policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_what_is_sent_is_compressed_if_the_browser_takes_it(self):
        for path in ("/chart.js", "/api/v1/openapi.json", "/app.js"):
            _, plain_headers, plain = self.get(path)
            self.assertIsNone(plain_headers["Content-Encoding"])
            _, headers, packed = self.get(path, Accept_Encoding="br, gzip;q=0.5")
            self.assertEqual((headers["Content-Encoding"], headers["Vary"]), ("gzip", "Accept-Encoding"))
            self.assertEqual(gzip.decompress(packed), plain)
            self.assertLess(len(packed), len(plain) * 0.6)
            self.assertNotEqual(headers["ETag"], plain_headers["ETag"])
            self.assertEqual(self.get(path, Accept_Encoding="gzip", If_None_Match=headers["ETag"])[0], 304)

    def test_an_asset_that_is_known_is_not_sent_again(self):
        status, headers, body = self.get("/chart.js")
        self.assertEqual(status, 200)
        self.assertIn(b"Chart.js", body[:200])
        again, more, nothing = self.get("/chart.js", If_None_Match=headers["ETag"])
        self.assertEqual((again, nothing), (304, b""))
        self.assertEqual(more["ETag"], headers["ETag"])
        self.assertEqual(self.get("/chart.js", If_None_Match='"other"')[0], 200)

    def test_what_is_refused(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            status, headers, _ = self.get("/api/v1/status", method, body="x=1" if method == "POST" else None)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), method)
        status, headers, body = self.get("/api/v1/status", "HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertEqual(self.get("/../../etc/passwd")[0], 404)
        self.assertEqual(self.get("/api/v1/explain?name=")[0], 400)
        self.assertEqual(self.get("/api/v1/explain?name=%00%ff%3Cscript%3E..")[0], 400)
        self.assertEqual(self.get("/api/v1/series?step=0")[0], 400)
        self.assertGreaterEqual(self.get("/", X_Long="x" * 20000)[0], 400)

    def test_only_hosts_of_this_machine_are_served(self):
        for host in ("evil.example", "127.0.0.1.evil.example", "10.1.1.1", "", "localhost.evil.example:80"):
            self.assertEqual(self.get("/api/v1/status", Host=host)[0], 403, host)
        for host in ("localhost", f"127.0.0.1:{self.port}", "[::1]:80", "LOCALHOST:8053"):
            self.assertEqual(self.get("/healthz", Host=host)[0], 200, host)

    def test_a_connection_serves_several_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            first = connection.sock
            connection.request("GET", "/readyz")
            connection.getresponse().read()
            self.assertIsNotNone(first)
            self.assertIs(connection.sock, first)

    def test_a_thousand_connections_that_hang_change_nothing_for_dns(self):
        with contextlib.ExitStack() as stack:
            hanging = []
            for number in range(1000):
                with contextlib.suppress(OSError):
                    hanging.append(stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=5)))
                    if number % 2:
                        hanging[-1].sendall(b"GET / HTTP/1.1\r\nHost: loc")
            ended = time.monotonic() + 5
            while time.monotonic() < ended:
                self._dribble(hanging)
                self.assert_blocked(self.aven.ask("chatgpt.com"))
                self.assert_forwarded(self.aven.ask("www.nsd.example"), "192.0.2.80")
        harness.wait_for(self._is_alive, "the page after the connections are gone")
        totals = self.totals_when(lambda totals: totals["in_flight"] == 0)
        self.assertEqual((totals["dropped"], totals["failed"]), (0, 0))

    def test_a_request_that_dribbles_is_ended(self):
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            slow.settimeout(0.5)
            while time.monotonic() - begun < 60:
                try:
                    slow.sendall(b"x")
                    if slow.recv(1000) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        self.assertLess(time.monotonic() - begun, 40, "the server lets a client dribble for ever")

    @staticmethod
    def _dribble(connections):
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.send(b"x")

    def _is_alive(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/healthz")[0] == 200
        return False


class Elsewhere(harness.Scene):
    def test_a_port_in_use_costs_the_page_and_not_dns(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.aven.write_config(self.config(status={"listen": f"127.0.0.1:{port}"}))
            self.aven.start()
            self.aven.process.wait_line(r"cannot be served on 127\.0\.0\.1")
            self.assert_blocked(self.aven.ask("chatgpt.com"))

    def test_without_the_setting_there_is_no_page(self):
        self.aven.start()
        self.assertNotIn("page ", self.aven.process.output())


if __name__ == "__main__":
    unittest.main(verbosity=2)
