"""Who may look at the status page: `aven passwd`, log-in over TLS, roles, log-out, monitoring, and when there is no page."""

import contextlib
import http.client
import json
import ssl
import subprocess
import unittest

import harness

PASSWORD = "correct horse battery"


def passwd(config, name, *options, password=PASSWORD):
    return harness.command("passwd", name, *options, "-c", str(config), input=password + "\n")


class Access(harness.Scene):
    """The page over TLS with accounts, on a loopback address: a test reaches no other."""

    def config(self, **more):
        status = {
            "listen": "127.0.0.1:0", "login": "always", "certificate": "page.pem", "key": "page.key",
            "monitoring": {"allow_from": ["127.0.0.1"], "token_file": "token"},
        }
        return super().config(status=status, **more)

    def setUp(self):
        super().setUp()
        self.folder_ = self.aven.folder
        self.make_certificate()
        (self.folder_ / "token").write_text("0123456789abcdef0123\n")
        self.assertEqual(passwd(self.aven.config, "marie", "--role", "operator").returncode, 0)
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page https://127\.0\.0\.1:(\d+)/$").group(1))
        harness.wait_for(lambda: self.ask("/readyz", Authorization="Bearer 0123456789abcdef0123")[0] == 200, "/readyz")

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-subj", "/CN=localhost", "-keyout", str(self.folder_ / "page.key"), "-out", str(self.folder_ / "page.pem")],
            check=True, capture_output=True,
        )

    def ask(self, path, method="GET", body=None, **headers):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def log_in(self, account, password=PASSWORD):
        body = json.dumps({"account": account, "password": password})
        return self.ask("/api/v1/session", "POST", body, Origin=f"https://127.0.0.1:{self.port}")

    def cookie(self, account):
        status, headers, body = self.log_in(account)
        self.assertEqual(status, 200, body)
        return headers["Set-Cookie"].split(";")[0]

    def test_log_in_look_log_out(self):
        self.assertEqual(self.ask("/api/v1/status")[0], 401)
        status, headers, _ = self.ask("/")
        self.assertEqual((status, headers["Location"]), (303, "/login.html"))
        self.assertEqual(self.ask("/login.html")[0], 200)
        status, headers, _ = self.log_in("marie")
        self.assertEqual(status, 200)
        for part in ("__Host-aven=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"):
            self.assertIn(part, headers["Set-Cookie"])
        cookie = headers["Set-Cookie"].split(";")[0]
        self.assertEqual(json.loads(self.ask("/api/v1/session", Cookie=cookie)[2])["role"], "operator")
        self.assertEqual(self.ask("/api/v1/status", Cookie=cookie)[0], 200)
        self.assertEqual(self.ask("/", Cookie=cookie)[0], 200)
        gone = self.ask("/api/v1/session", "DELETE", Cookie=cookie, Origin=f"https://127.0.0.1:{self.port}")
        self.assertEqual(gone[0], 204)
        self.assertEqual(self.ask("/api/v1/status", Cookie=cookie)[0], 401)

    def test_log_ins_and_looks_at_clients_lines_are_in_the_journal(self):
        journal = lambda: "".join(file.read_text() for file in (self.aven.state / "journal").glob("*.jsonl"))  # noqa: E731
        self.assertEqual(self.log_in("marie", "wrong password")[0], 403)
        cookie = self.cookie("marie")
        for client in ("192.0.2.17", "192.0.2.18"):
            self.assertEqual(self.ask(f"/api/v1/recent?client={client}", Cookie=cookie)[0], 200)
        harness.wait_for(lambda: '"query_log_viewed"' in journal(), "the look in the journal")
        lines = [json.loads(line) for line in journal().splitlines()]
        told = [(line["event"], line["account"]) for line in lines if line.get("account")]
        self.assertEqual(told, [("logged_in", "marie"), ("query_log_viewed", "marie")])
        self.assertNotIn("192.0.2.1", journal())
        words = harness.command("history", "-c", str(self.aven.config)).stdout
        self.assertRegex(words, r"query log looked at \(on request\), by marie, what: recent blocks")

    def test_attempts_are_bounded(self):
        self.assertEqual([self.log_in("marie", "wrong password")[0] for _ in range(6)], [403] * 5 + [429])

    def test_another_site_cannot_log_anybody_in_or_out(self):
        body = json.dumps({"account": "marie", "password": PASSWORD})
        for origin in ("https://evil.example", "null", ""):
            self.assertEqual(self.ask("/api/v1/session", "POST", body, Origin=origin)[0], 403, origin)
        self.assertEqual(self.ask("/api/v1/session", "POST", body)[0], 403)
        with contextlib.suppress(OSError, http.client.HTTPException):  # a body that is too long ends the connection
            self.assertGreaterEqual(self.ask("/api/v1/session", "POST", "x" * 100000)[0], 400)
        self.assertEqual(self.ask("/login.html")[0], 200)

    def test_a_change_of_accounts_is_seen_without_a_restart(self):
        cookie = self.cookie("marie")
        self.assertEqual(passwd(self.aven.config, "wall").returncode, 0)
        self.assertEqual(self.ask("/api/v1/status", Cookie=cookie)[0], 200)
        self.assertEqual(passwd(self.aven.config, "marie", "--remove").returncode, 0)
        harness.wait_for(lambda: self.ask("/api/v1/status", Cookie=cookie)[0] == 401, "the end of marie's session")
        self.assertEqual(self.log_in("marie")[0], 403)
        self.assertEqual(self.log_in("wall")[0], 200)

    def test_a_new_certificate_is_seen_without_a_restart(self):
        before = ssl.get_server_certificate(("127.0.0.1", self.port))
        self.aven.write_config(self.aven.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{self.port}"))
        self.make_certificate()

        def is_new():
            with contextlib.suppress(OSError):
                self.port = int([line for line in self.aven.process.lines if "page https" in line][-1].rsplit(":", 1)[1].strip("/"))
                return ssl.get_server_certificate(("127.0.0.1", self.port)) != before
            return False

        harness.wait_for(is_new, "the new certificate")
        self.assertEqual(self.log_in("marie")[0], 200)

    def test_monitoring_has_a_token_and_no_account(self):
        for path in ("/metrics", "/healthz", "/readyz"):
            self.assertEqual(self.ask(path)[0], 401)
            self.assertEqual(self.ask(path, Authorization="Bearer 0123456789abcdef012")[0], 401)
            self.assertEqual(self.ask(path, Authorization="Bearer 0123456789abcdef0123")[0], 200)

    def test_old_tls_and_plain_http_are_refused(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        with contextlib.closing(connection), self.assertRaises(OSError):
            connection.request("GET", "/")
        plain = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(plain), self.assertRaises((OSError, http.client.HTTPException)):
            plain.request("GET", "/")
            plain.getresponse()

    def test_no_password_is_in_a_file_or_in_the_log(self):
        self.cookie("marie")
        file = self.aven.state / "accounts"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertRegex(file.read_text(), r"(?m)^marie:operator:scrypt:15:8:1:[0-9a-f]{32}:[0-9a-f]{64}$")
        self.aven.process.wait_line("marie logged in")
        self.assertNotIn(PASSWORD, file.read_text() + self.aven.process.output())


class Refused(harness.Scene):
    def test_another_address_needs_tls(self):
        self.aven.write_config(self.config(status={"listen": "0.0.0.0:0"}))
        process = self.aven.launch("--strict")
        self.assertEqual(process.wait_exit(), 1)
        self.assertRegex(process.output(), r"/status/listen.*password.*unencrypted")
        self.aven.process = None

    def test_without_an_account_there_is_no_page_until_there_is_one(self):
        self.aven.write_config(self.config(status={"listen": "127.0.0.1:0", "login": "always"}))
        checked = harness.command("check", "-c", str(self.aven.config))
        self.assertRegex(checked.stdout, r"/status/accounts: warning: the status page is not served.*aven passwd")
        self.aven.start()
        self.aven.process.wait_line(r"/status/accounts.*there is no account")
        self.assert_blocked(self.aven.ask("chatgpt.com"))
        self.assertEqual(passwd(self.aven.config, "marie").returncode, 0)
        self.aven.process.wait_line(r"page http://127\.0\.0\.1:\d+/")

    def test_what_passwd_refuses(self):
        self.assertEqual(passwd(self.aven.config, "marie", password="short").returncode, 1)
        self.assertEqual(passwd(self.aven.config, "a b").returncode, 2)
        self.assertEqual(passwd(self.aven.config, "marie", "--role", "king").returncode, 2)
        self.assertEqual(passwd(self.aven.config, "marie", "--remove").returncode, 1)
        self.assertFalse((self.aven.state / "accounts").exists())

    def test_a_key_of_another_certificate_is_named(self):
        self.aven.write_config(self.config(status={"listen": "127.0.0.1:0", "certificate": "a.pem", "key": "b.pem"}))
        for name in ("a", "b"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-keyout",
                 str(self.aven.folder / f"{name}.key"), "-out", str(self.aven.folder / f"{name}.pem")],
                check=True, capture_output=True,
            )
        (self.aven.folder / "b.pem").write_text((self.aven.folder / "b.key").read_text())
        checked = harness.command("check", "-c", str(self.aven.config))
        self.assertRegex(checked.stdout, r"/status/key: warning: the key in .* is not that of the certificate")


if __name__ == "__main__":
    unittest.main(verbosity=2)
