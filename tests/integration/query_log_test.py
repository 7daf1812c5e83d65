"""The query log: what each level lets through, to every place that shows queries; its file, and what happens without."""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import sqlite3
import urllib.parse

import harness

OPENAPI = pathlib.Path(__file__).resolve().parents[2] / "resolver" / "status" / "openapi.json"
CLIENTS = {"none": "127.0.0.11", "counts": "127.0.0.12", "blocked": "127.0.0.13", "all": "127.0.0.14"}
WATCH_PACK = {
    "format": 1,
    "pack": "watch",
    "rules": [
        {"id": "watch", "action": "sinkhole", "mode": "observe", "domains": ["watched.nsd.example"], "category": "bypass"}
    ],
}


def blocked_name(level):
    return f"{level}-blocked.chatgpt.com"


def open_name(level):
    return f"{level}-open.nsd.example"


def watched_name(level):
    return f"{level}.watched.nsd.example"


class WithLog(harness.Scene):
    listen = ("127.0.0.1:0",)
    file = ""

    def config(self, **more):
        return super().config(
            status={"listen": "127.0.0.1:0"},
            groups={level: [client] for level, client in CLIENTS.items()},
            query_log={"file": self.file, "groups": {level: {"level": level} for level in CLIENTS}},
            **more,
        )

    def setUp(self):
        super().setUp()
        self.aven.write_pack("watch.json", WATCH_PACK)
        self.start()

    def start(self, **options):
        self.aven.start(**options)
        self.port = int(self.aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
        harness.wait_for(lambda: self.get("/readyz")[0] == 200, "/readyz")

    def get(self, path, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path + query)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def json(self, path, **parameters):
        status, body = self.get(f"/api/v1/{path}", **parameters)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def ask_as(self, level, name):
        return self.aven.ask(name, options=("-b", CLIENTS[level]))

    def ask_everything(self):
        for level in CLIENTS:
            for name in (blocked_name(level), open_name(level), watched_name(level)):
                self.ask_as(level, name)
        self.ask_as("all", "last.nsd.example")
        harness.wait_for(lambda: self.json("tail", name="last.nsd.example")["rows"], "the last line")

    def rows(self, sql="SELECT client, \"group\", name, outcome, rule FROM log ORDER BY id"):
        with contextlib.closing(sqlite3.connect(self.aven.folder / "log" / "queries.sqlite")) as base:
            return base.execute(sql).fetchall()

    def problems(self):
        return [problem["text"] for problem in self.json("problems")["problems"] if "query log" in problem["text"]]


class InMemory(WithLog):
    def test_each_level_lets_through_what_it_may(self):
        self.ask_everything()
        tail = [(row["client"], row["group"], row["name"], row["verdict"]) for row in self.json("tail")["rows"]]
        self.assertEqual(
            tail,
            [
                (CLIENTS["blocked"], "blocked", blocked_name("blocked"), "blocked"),
                (CLIENTS["all"], "all", blocked_name("all"), "blocked"),
                (CLIENTS["all"], "all", open_name("all"), "none"),
                (CLIENTS["all"], "all", watched_name("all"), "observed"),
                (CLIENTS["all"], "all", "last.nsd.example", "none"),
            ],
        )
        recent = [(row["client"], row["rule"]) for row in self.json("recent")["rows"]]
        self.assertEqual(recent, [(CLIENTS["all"], "chatgpt/chatgpt"), (CLIENTS["blocked"], "chatgpt/chatgpt")])

    def test_tops_and_observed_rules_count_without_persons(self):
        self.ask_everything()
        top = self.json("top")
        names = {name["name"] for name in top["blocked_names"]}
        self.assertEqual(names, {blocked_name("blocked"), blocked_name("all")})
        groups = {group["group"]: (group["blocked"], group["would_block"]) for group in top["groups"]}
        self.assertEqual(groups, {"all": (1, 1), "blocked": (1, 1), "counts": (1, 1)})
        self.assertEqual({group["resolver_lookups"] for group in top["groups"]}, {1})
        rule = self.json("observed")["rules"][0]
        self.assertEqual((rule["id"], rule["questions"]), ("watch/watch", 3))
        self.assertEqual({name["name"] for name in rule["names"]}, {watched_name("blocked"), watched_name("all")})
        self.assertEqual({(one["group"], one["today"]) for one in rule["devices"]}, {(g, "<5") for g in groups})

    def test_recent_blocks_of_one_client_say_who_decided_and_until_when(self):
        self.ask_everything()
        recent = self.json("recent", client=CLIENTS["blocked"])
        self.assertEqual([row["name"] for row in recent["rows"]], [blocked_name("blocked")])
        rule = recent["rules"][0]
        self.assertEqual((rule["id"], rule["owner"], rule["valid_until"]), ("chatgpt/chatgpt", "City IT", "2899-12-31"))
        self.assertEqual(self.json("recent", client="127.0.0.99")["rows"], [])
        self.assertEqual(self.get("/api/v1/recent", client="somebody")[0], 400)

    def test_the_tail_goes_on_where_it_was(self):
        self.ask_everything()
        first = self.json("tail")
        self.assertEqual(self.json("tail", after=first["next"])["rows"], [])
        self.ask_as("all", "more.nsd.example")
        more = harness.wait_for(lambda: self.json("tail", after=first["next"])["rows"], "the next line")
        self.assertEqual([row["name"] for row in more], ["more.nsd.example"])
        self.assertEqual(self.json("tail", verdict="blocked", group="all")["rows"][0]["name"], blocked_name("all"))
        self.assertEqual(self.get("/api/v1/tail", verdict="nonsense")[0], 400)

    def test_a_level_that_is_lowered_takes_back_what_was_shown(self):
        self.ask_everything()
        self.aven.write_config(self.config() | {"query_log": {"level": "none"}})
        self.aven.hang_up()
        harness.wait_for(lambda: not self.json("tail")["rows"], "the lines to go")
        self.assertEqual(self.json("recent")["rows"], [])
        self.assertEqual(self.json("queries")["log"], "off")

    def test_a_reload_that_is_only_looked_at_takes_nothing_back(self):
        self.ask_everything()
        self.aven.write_config(self.config() | {"reload": "explicit"})
        self.aven.hang_up()
        self.aven.process.wait_line("New rules are in force")
        self.aven.write_config(self.config() | {"reload": "explicit", "query_log": {"level": "none"}})
        looked = harness.command("reload", "--look", "-c", str(self.aven.config))
        self.assertIn(looked.returncode, (0, 1), looked.stdout + looked.stderr)
        self.ask_as("all", "after-the-look.nsd.example")  # the log's thread has been round since
        harness.wait_for(lambda: self.json("tail", name="after-the-look")["rows"], "the line after it")
        self.assertEqual(len(self.json("tail")["rows"]), 6)

    def test_the_figures_outlive_a_restart(self):
        self.ask_everything()
        series = harness.wait_for(lambda: [s for s in [self.json("series", span="hour")] if sum(s["blocked"])], "a point")
        self.assertEqual(sum(series[0]["blocked"]), 4)
        self.aven.stop()
        self.start()
        for span in ("hour", "day", "week", "year"):
            self.assertEqual(sum(self.json("series", span=span)["blocked"]), 4, span)
        self.assertEqual(self.get("/api/v1/series", span="century")[0], 400)


class InAFile(WithLog):
    file = "log/queries.sqlite"

    def test_the_file_holds_what_the_levels_let_through(self):
        self.ask_everything()
        harness.wait_for(lambda: '"rows":[{' in self.get("/api/v1/queries", name="last")[1], "the last line in the file")
        self.assertEqual(
            self.rows(),
            [
                (CLIENTS["blocked"], "blocked", blocked_name("blocked"), "blocked", "chatgpt/chatgpt"),
                (CLIENTS["all"], "all", blocked_name("all"), "blocked", "chatgpt/chatgpt"),
                (CLIENTS["all"], "all", open_name("all"), "forwarded", None),
                (CLIENTS["all"], "all", watched_name("all"), "forwarded", "watch/watch"),
                (CLIENTS["all"], "all", "last.nsd.example", "forwarded", None),
            ],
        )
        page = self.json("queries", group="all", limit=2)
        self.assertEqual([row["name"] for row in page["rows"]], ["last.nsd.example", watched_name("all")])
        older = self.json("queries", group="all", limit=2, before=page["next"])
        self.assertEqual([row["name"] for row in older["rows"]], [open_name("all"), blocked_name("all")])
        self.assertEqual(len(self.json("queries", client=CLIENTS["blocked"])["rows"]), 1)
        self.assertEqual(self.json("queries", since="2199-01-01T00:00:00Z")["rows"], [])
        self.assertEqual(self.get("/api/v1/queries", since="yesterday")[0], 400)

    def test_no_output_holds_what_a_level_forbids(self):
        self.ask_everything()
        described = json.loads(OPENAPI.read_text(encoding="utf-8"))
        outputs = {path: self.get(path)[1] for path in described["paths"] if not path.endswith("/explain")}
        self.assertGreater(len(outputs), 12)
        outputs["explain"] = self.get("/api/v1/explain", name="www.nsd.example")[1]
        outputs["text log"] = self.aven.process.output()
        self.assertEqual(self.aven.stop(), 0)
        for file in list(self.aven.state.rglob("*")) + list((self.aven.folder / "log").iterdir()):
            if file.is_file():
                outputs[str(file)] = file.read_bytes().decode("latin-1")
        forbidden = [CLIENTS["none"], CLIENTS["counts"], open_name("blocked")]
        for level in ("none", "counts"):
            forbidden += [blocked_name(level), open_name(level), watched_name(level)]
        for place, text in outputs.items():
            for word in forbidden:
                # The copy of aven.json in `state` holds the groups' networks, as the administrator wrote them.
                if '"groups"' in text and word in CLIENTS.values():
                    continue
                self.assertNotIn(word, text, place)
        for place in ("/metrics", "text log", "/api/v1/status", "/api/v1/rules", "/api/v1/series"):
            for word in (*CLIENTS.values(), blocked_name("all"), open_name("all"), "last.nsd.example"):
                self.assertNotIn(word, outputs[place], place)

    def test_neither_a_crash_nor_a_command_tells_clients_or_names(self):
        self.ask_everything()
        told = harness.command("status", "-c", str(self.aven.config))
        history = harness.command("history", "-c", str(self.aven.config))
        self.aven.process.child.send_signal(signal.SIGABRT)  # as a failed check ends it; sanitizers leave this one alone
        self.assertEqual(self.aven.process.wait_exit(), -signal.SIGABRT)
        output = told.stdout + told.stderr + history.stdout + history.stderr + self.aven.process.output()
        self.aven.process = None
        self.assertIn("chatgpt", output)  # it is the right output: the rules are in it
        for level, client in CLIENTS.items():
            for word in (client, blocked_name(level), open_name(level), watched_name(level)):
                self.assertNotIn(word, output)

    def test_each_look_is_recorded(self):
        self.ask_everything()
        self.json("recent", client=CLIENTS["blocked"])
        self.json("queries", name="chatgpt")
        with contextlib.closing(sqlite3.connect(self.aven.state / "looks.sqlite")) as base:
            looks = base.execute("SELECT account, what, filter FROM looks").fetchall()
        self.assertIn(("local", "recent", f"client={CLIENTS['blocked']}"), looks)
        self.assertIn(("local", "queries", "name=chatgpt"), looks)
        self.assertIn(("local", "tail", "name=last.nsd.example"), looks)

    def test_without_a_record_of_the_look_no_client_is_shown(self):
        self.ask_everything()
        for end in ("", "-wal", "-shm"):
            (self.aven.state / f"looks.sqlite{end}").unlink(missing_ok=True)
        (self.aven.state / "looks.sqlite").mkdir()
        recent = self.json("recent")
        self.assertFalse(recent["clients_shown"])
        self.assertEqual({row["client"] for row in recent["rows"]}, {None})

    def test_a_deleted_file_is_begun_anew(self):
        self.ask_everything()
        (self.aven.folder / "log" / "queries.sqlite").unlink()
        harness.wait_for(lambda: (self.aven.folder / "log" / "queries.sqlite").exists(), "a new file")
        self.assert_blocked(self.ask_as("all", blocked_name("all")))
        harness.wait_for(lambda: '"rows":[{' in self.get("/api/v1/queries")[1], "a line in it")

    def test_a_damaged_file_costs_lines_and_no_answer(self):
        self.aven.stop()
        for file in (self.aven.folder / "log").iterdir():
            file.unlink()
        (self.aven.folder / "log" / "queries.sqlite").write_bytes(os.urandom(16384))
        self.start()
        self.assert_blocked(self.ask_as("all", blocked_name("all")))
        harness.wait_for(lambda: '"log":"on"' in self.get("/api/v1/queries")[1], "a new file")
        self.ask_as("all", "last.nsd.example")
        harness.wait_for(lambda: self.json("queries", name="last")["rows"], "a line in it")
        self.assertTrue((self.aven.folder / "log" / "queries.sqlite.damaged").exists())


class Full(WithLog):
    file = "log/queries.sqlite"

    def test_a_place_that_cannot_be_written_is_a_problem_and_ends_by_itself(self):
        self.aven.stop()
        for file in (self.aven.folder / "log").iterdir():
            file.unlink()
        (self.aven.folder / "log").rmdir()
        (self.aven.folder / "log").write_text("a file where a folder must be")
        self.start()
        harness.wait_for(self.problems, "the problem")
        self.assert_blocked(self.ask_as("all", blocked_name("all")))
        self.assertEqual(self.json("queries")["log"], "stopped")
        (self.aven.folder / "log").unlink()
        harness.wait_for(lambda: not self.problems(), "the problem to end")
        self.ask_as("all", "last.nsd.example")
        harness.wait_for(lambda: self.json("queries", name="last")["rows"], "a line")

    def test_a_full_disk_costs_lines_and_no_answer(self):
        pid = self.aven.process.child.pid
        harness.wait_for((self.aven.folder / "log" / "queries.sqlite").exists, "the file")
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (8192, hard))
        harness.wait_for(lambda: self.ask_as("all", blocked_name("all")) and self.problems(), "the problem")
        self.assert_blocked(self.ask_as("all", blocked_name("all")))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        harness.wait_for(lambda: not self.problems(), "the problem to end")
        self.ask_as("all", "last.nsd.example")
        harness.wait_for(lambda: self.json("queries", name="last")["rows"], "a line")


if __name__ == "__main__":
    harness.main()
