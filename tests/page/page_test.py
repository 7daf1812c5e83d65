"""The status page in a real browser, over the real program: walk.mjs does the walking, this starts what it walks on."""

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


class Page(harness.Scene):
    def config(self, **more):
        return super().config(status={"listen": "127.0.0.1:0"}, timezone="Europe/Paris", **more)

    def test_walk(self):
        self.aven.start()
        address = self.aven.process.wait_line(r"^page (http://\S+)$").group(1)
        for name in ("chatgpt.com", "www.nsd.example", "www.nsd.example", "gemini.google.com", "nothing.nsd.example"):
            self.aven.ask(name)
        environment = {**os.environ, "PAGE": address, "PAGE_TOOLS": str(TOOLS), "PICTURES": PICTURES, "CHROMIUM": CHROMIUM}
        done = subprocess.run(
            [NODE, str(HERE / "walk.mjs")], env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    if not (CHROMIUM and NODE and (TOOLS / "node_modules" / "playwright-core").is_dir()):
        print("chromium, node or build/page-tools is missing: tests/run.sh installs them")
        sys.exit(77)
    unittest.main(verbosity=2)
