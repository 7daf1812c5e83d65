"""packaging/prometheus-alerts.yml and grafana-dashboard.json: promtool's checks, and that every metric they name is one
that Aven really tells."""

import contextlib
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
import harness  # noqa: E402 (the path is set above)

ALERTS = ROOT / "packaging" / "prometheus-alerts.yml"
DASHBOARD = ROOT / "packaging" / "grafana-dashboard.json"
PROMTOOL = shutil.which("promtool")
SKIPPED = 77


def promtool(*words):
    return subprocess.run([PROMTOOL, *words], capture_output=True, text=True, timeout=60, check=False)


def expressions(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr":
                yield value
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


class Alerts(unittest.TestCase):
    def test_promtool_takes_them(self):
        done = promtool("check", "rules", str(ALERTS))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fires_when_it_should_and_not_before(self):
        done = promtool("test", "rules", str(ROOT / "tests" / "monitoring" / "alerts_test.yml"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        tested = (ROOT / "tests" / "monitoring" / "alerts_test.yml").read_text(encoding="utf-8")
        for alert in re.findall(r"alert: (\w+)", ALERTS.read_text(encoding="utf-8")):
            self.assertRegex(tested, rf"alertname: {alert}\b", f"{alert} is not tested")


class Metrics(harness.Scene):
    def config(self, **more):
        return super().config(status={"listen": "127.0.0.1:0"}, **more)

    def test_what_is_asked_for_is_told(self):
        pack = json.loads(json.dumps(harness.CHATGPT_PACK))
        pack["rules"][0]["review_by"] = "2899-01-01"
        self.aven.write_pack("chatgpt.json", pack)
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        self.aven.ask("www.nsd.example")
        told = harness.wait_for(self._metrics_with_a_reply, "the figures")
        dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        asked = [*expressions(dashboard), *re.findall(r"^ *expr: (.+)$", ALERTS.read_text(encoding="utf-8"), re.M)]
        self.assertGreater(len(asked), 25)
        for name in {name for text in asked for name in re.findall(r"\baven_\w+", text)}:
            self.assertRegex(told, rf"(?m)^{name}[ {{]", f"{name} is asked for and not told")

    def test_promtool_finds_nothing_to_say(self):
        self.aven.start()
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        self.aven.ask("www.nsd.example")
        told = harness.wait_for(self._metrics_with_a_reply, "the figures")
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=told, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_every_expression_of_the_dashboard_parses(self):
        dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        rules = [
            {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m").replace("$instance", "a")}
            for number, expr in enumerate(expressions(dashboard))
        ]
        file = self.folder / "panels.yml"
        file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")  # JSON is YAML
        done = promtool("check", "rules", str(file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def _metrics_with_a_reply(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        return text if "\naven_upstream_rtt_seconds{" in text else None


if __name__ == "__main__":
    if not PROMTOOL:
        print("promtool is missing: Debian's package prometheus has it")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
