"""The examples that keep two machines in step: what Aven takes arrives, with the same policy id; what it refuses does not."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import harness

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "packaging/examples"
CONFIG = {"upstreams": {"default": {"servers": ["192.0.2.1"]}}}


def policy_id(folder):
    done = harness.command("check", "-c", str(folder / "aven.json"))
    found = re.search(r"policy ([0-9a-f]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return found.group(1)


class InStep(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aven-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.ours = harness.Aven(self.folder / "ours", CONFIG)
        self.ours.write_pack("chatgpt.json", harness.CHATGPT_PACK)
        self.theirs = self.folder / "theirs"
        self.theirs.mkdir()
        (self.theirs / "page.key").write_text("theirs alone")
        programs = self.folder / "programs"
        programs.mkdir()
        (programs / "aven").symlink_to(pathlib.Path(harness.AVEN).resolve())
        (programs / "ssh").write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')  # the other machine is this one
        (programs / "ssh").chmod(0o755)
        self.env = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "RSYNC_RSH": str(programs / "ssh"),
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
        }

    def run_program(self, *command):
        return subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=60, check=False, env=self.env
        )

    def must(self, *command):
        done = self.run_program(*command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_good_arrives_and_bad_does_not(self, bring):
        self.assertEqual(bring().returncode, 0)
        self.assertEqual(policy_id(self.theirs), policy_id(self.ours.folder))
        self.assertEqual((self.theirs / "page.key").read_text(), "theirs alone")

        before = (self.theirs / "rules/chatgpt.json").read_text()
        self.ours.write_pack("chatgpt.json", before.replace('"sinkhole"', '"sinkole"'))
        done = bring()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/rules/0/action", done.stdout + done.stderr)
        self.assertEqual((self.theirs / "rules/chatgpt.json").read_text(), before)

    def test_by_rsync(self):
        script = EXAMPLES / "keep-in-step-rsync.sh"
        self.assert_good_arrives_and_bad_does_not(
            lambda: self.run_program(script, self.ours.folder, "other", self.theirs)
        )

    def test_by_git(self):
        git = ("git", "-C", self.ours.folder, "-c", "user.name=test", "-c", "user.email=test@aven.example")
        clone = self.folder / "clone"
        self.must("git", "init", "--quiet", self.ours.folder)
        self.must(*git, "add", ".")
        self.must(*git, "commit", "--quiet", "--message", "rules")
        self.must("git", "clone", "--quiet", self.ours.folder, clone)

        def bring():
            self.must(*git, "commit", "--quiet", "--all", "--allow-empty", "--message", "a change")
            return self.run_program(EXAMPLES / "keep-in-step-git.sh", clone, self.theirs)

        self.assert_good_arrives_and_bad_does_not(bring)

    def test_by_ansible(self):
        control = self.folder / "control"
        control.mkdir()
        playbook = control / "keep-in-step-ansible.yml"
        playbook.write_text((EXAMPLES / playbook.name).read_text(encoding="utf-8"))
        (control / "etc-aven").symlink_to(self.ours.folder)
        told = self.folder / "told"
        systemctl = self.folder / "programs/systemctl"
        systemctl.write_text(f'#!/bin/sh\necho "$*" >>{told}\necho LoadState=loaded\necho ActiveState=active\n')
        systemctl.chmod(0o755)
        self.env |= {"ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible"), "ANSIBLE_HOME": str(self.folder / "ansible"),
                     "ANSIBLE_REMOTE_TEMP": str(self.folder / "ansible"), "LC_ALL": "C.UTF-8"}

        inventory = control / "inventory"
        inventory.write_text(f"[aven]\nmachine ansible_connection=local ansible_become=false "
                             f"ansible_python_interpreter={sys.executable}\n")

        def bring():
            return self.run_program("ansible-playbook", "-i", inventory, "-e", f"target={self.theirs}", playbook)

        self.assert_good_arrives_and_bad_does_not(bring)
        self.assertEqual([line for line in told.read_text().splitlines() if line.startswith("reload")], ["reload aven"])
        pack = self.ours.rules / "chatgpt.json"
        pack.rename(self.ours.rules / "renamed.json")
        (self.ours.rules / "renamed.json").write_text((self.theirs / "rules/chatgpt.json").read_text())
        self.assertEqual(bring().returncode, 0)
        self.assertEqual([path.name for path in (self.theirs / "rules").iterdir()], ["renamed.json"])


if __name__ == "__main__":
    harness.main()
