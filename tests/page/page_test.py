"""The status page in a real browser, over the real program: walk.mjs does the walking, this starts what it walks on."""

import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
import harness  # noqa: E402 (the path is set above)

TOOLS = pathlib.Path(os.environ.get("PAGE_TOOLS", "build/page-tools"))
PICTURES = os.environ.get("PICTURES", "build/pictures")
CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node")


class Texts(unittest.TestCase):
    def test_both_languages_have_every_text(self):
        script = HERE / "texts.mjs"
        done = subprocess.run([NODE, str(script)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def soon(days):
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


def rule(identity, action, domains, **more):
    title = {"en": f"The rule {identity}", "fr": f"La règle {identity}"}
    reason = {"en": "Suspended as a precaution.", "fr": "Suspendu par précaution."}
    return {"id": identity, "action": action, "domains": domains, "title": title, "reason": reason, "owner": "DSI", **more}


# One rule of each kind that the page shows differently.
PACK = {
    "format": 1,
    "pack": "city",
    "rules": [
        rule("ends-soon", "sinkhole", ["chatgpt.com"], valid_until=soon(9), review_by=soon(-3), legal_basis="Note 118",
             contact=["mailto:dsi@ville.example", "tel:+33400000000"]),
        rule("rehearsal", "sinkhole", ["www.nsd.example", "*.never.example"], mode="observe", valid_from=soon(-20)),
        rule("office-hours", "nxdomain", ["games.example"], groups=["agents"],
             schedule=[{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:30"}]),
        rule("later", "sinkhole", ["later.example"], valid_from=soon(5)),
        rule("councillor", "allow", ["chatgpt.com"], clients=["127.0.0.99"], exempts=["city/ends-soon"]),
        rule("over", "refuse", ["over.example"], valid_until=soon(-30)),
        rule("shelved", "sinkhole", ["shelved.example"], mode="off"),
    ],
}


class Walk(harness.Scene):
    def start_and_walk(self, names, **environment):
        self.aven.write_pack("chatgpt.json", PACK)
        self.aven.start()
        address = self.aven.process.wait_line(r"^page (http://\S+)$").group(1)
        for name in names:
            self.aven.ask(name)
        environment = {
            **os.environ, "PAGE": address, "PAGE_TOOLS": str(TOOLS), "PICTURES": PICTURES, "CHROMIUM": CHROMIUM,
            **environment,
        }
        done = subprocess.run(
            [NODE, str(HERE / "walk.mjs")], env=environment, capture_output=True, text=True, timeout=540, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Open(Walk):
    def config(self, **more):
        return super().config(
            status={"listen": "127.0.0.1:0"}, timezone="Europe/Paris", groups={"agents": ["127.0.0.0/8"]},
            query_log={"level": "all"}, **more,
        )

    def test_every_view_in_both_languages(self):
        self.start_and_walk((
            "chatgpt.com", "to-blocked.nsd.example", "chat.chatgpt.com", "www.nsd.example", "www.nsd.example",
            "gemini.google.com", "nothing.nsd.example", "use-application-dns.net", "printer.invalid",
        ))


class WithAccounts(Walk):
    def config(self, **more):
        return super().config(
            status={"listen": "127.0.0.1:0", "login": "always"}, groups={"agents": ["127.0.0.0/8"]},
            query_log={"level": "all"}, **more,
        )

    def test_log_in_and_out(self):
        password = "correct horse battery"
        made = harness.command("passwd", "wall", "-c", str(self.aven.config), input=password + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.start_and_walk(("chatgpt.com",), ACCOUNT="wall", PASSWORD=password)


if __name__ == "__main__":
    if not (CHROMIUM and NODE and (TOOLS / "node_modules" / "playwright-core").is_dir()):
        print("chromium, node or build/page-tools is missing: tests/run.sh installs them")
        sys.exit(77)
    unittest.main(verbosity=2)
