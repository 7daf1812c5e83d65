"""A large query log, and how long the page's searches take in it.

`AVEN=build/release/aven python3 tests/bench/large_log.py ROWS [FOLDER]` makes a log of ROWS lines (50000000 takes some
5 GB in FOLDER), asks the running program each kind of search, prints the times, and exits 1 if one takes a second.
"""

import http.client
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402

LIMIT_S = 1.0
DAYS = 29
NAMES = 200_000
CLIENTS = 4_000

# Names and clients as they are asked: few often, most seldom (the square of a uniform number).
FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows),
  r AS (SELECT i, abs(random()) % 1000000 AS a, abs(random()) % 1000000 AS b, abs(random()) % 1000 AS c FROM n)
INSERT INTO queries(id, client, name, grp, rule, type, verdict, outcome, rcode, us)
SELECT ((:start + i * :step / 1000) << 11) + i % 2048,
  '10.' || (b * b / 1000000 * :clients / 1000000 / 250) || '.1.' || (b * b / 1000000 * :clients / 1000000 % 250),
  1 + a * a / 1000000 * :names / 1000000,
  1 + c % 5, CASE WHEN c < 20 THEN 1 END, 1, CASE WHEN c < 20 THEN 1 ELSE 0 END, 1, 0, 100 + c
FROM r
"""

SEARCHES = {
    "the newest": {},
    "one client": {"client": "10.0.1.17"},
    "a client that never asked": {"client": "192.0.2.1"},
    "a frequent name": {"name": "name-0."},
    "a rare name": {"name": "name-199999."},
    "a part of all names": {"name": "example"},
    "a name that nobody asked": {"name": "nowhere"},
    "one group": {"group": "group-3"},
    "blocked": {"verdict": "blocked"},
    "blocked of a group": {"group": "group-2", "verdict": "blocked"},
    "one client, blocked": {"client": "10.0.1.17", "verdict": "blocked"},
    "the busiest client": {"client": "10.0.1.0"},
    "the busiest client, blocked": {"client": "10.0.1.0", "verdict": "blocked"},
    "the busiest client, a frequent name": {"client": "10.0.1.0", "name": "name-0."},
    "the busiest client, a rare name": {"client": "10.0.1.0", "name": "name-199999."},
    "an hour in the middle": {"since": "MIDDLE", "until": "MIDDLE+3600"},
    "an hour in the middle, a name": {"since": "MIDDLE", "until": "MIDDLE+3600", "name": "name-77."},
}


def fill(file, rows, now):
    base = sqlite3.connect(file)
    base.execute("PRAGMA synchronous = OFF")
    base.execute("PRAGMA cache_size = -400000")
    with base:
        base.executemany("INSERT INTO names(id, name) VALUES (?, ?)", ((i + 1, f"name-{i}.example") for i in range(NAMES)))
        base.executemany("INSERT INTO groups(id, name) VALUES (?, ?)", ((i + 1, f"group-{i}") for i in range(5)))
        base.execute("INSERT INTO rules(id, name) VALUES (1, 'chatgpt/chatgpt')")
        base.execute("INSERT INTO outcomes(id, name) VALUES (1, 'cached')")
        start = (now - DAYS * 86_400) * 1000
        step = DAYS * 86_400 * 1_000_000 // rows  # microseconds between two lines
        base.execute("DROP INDEX queries_client")
        base.execute("DROP INDEX queries_name")
        base.execute("DROP INDEX queries_group")
        base.execute(FILL, {"rows": rows, "start": start, "step": step, "names": NAMES, "clients": CLIENTS})
        base.execute("CREATE INDEX queries_client ON queries(client)")
        base.execute("CREATE INDEX queries_name ON queries(name)")
        base.execute("CREATE INDEX queries_group ON queries(grp, verdict)")
        base.execute("UPDATE progress SET pseudonymised_to = (SELECT max(id) + 1 FROM queries)")
    base.close()


def search(port, parameters, middle):
    values = {key: str(eval(value, {"MIDDLE": middle})) if "MIDDLE" in value else value for key, value in parameters.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.monotonic()
    connection.request("GET", "/api/v1/queries?" + urllib.parse.urlencode(values))
    answer = connection.getresponse()
    body = answer.read()
    taken = time.monotonic() - begun
    connection.close()
    assert answer.status == 200, body
    return json.loads(body), taken


def is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == 200


def run(folder, rows):
    file = folder / "log.sqlite"
    groups = {f"group-{i}": [f"10.{200 + i}.0.0/16"] for i in range(5)}
    config = {
        "listen": ["127.0.0.1:0"],
        "workers": 1,
        "upstreams": {"default": {"servers": ["127.0.0.1:9"]}},
        "groups": groups,
        "status": {"listen": "127.0.0.1:0"},
        "query_log": {"file": str(file), "level": "all", "pseudonymise_after_days": 3000},
    }
    aven = harness.Aven(folder / "aven", config)
    aven.start()
    harness.wait_for(file.exists, "the log's file")
    aven.stop()
    now = int(time.time())
    fill(file, rows, now)
    print(f"{rows} lines, {file.stat().st_size / 1e6:.0f} MB")

    aven.start()
    port = int(aven.process.wait_line(r"^page http://127\.0\.0\.1:(\d+)/$").group(1))
    slow = 0
    try:
        harness.wait_for(lambda: is_ready(port), "the first figures")
        for title, parameters in SEARCHES.items():
            (answer, first), (_, second) = (search(port, parameters, now - 15 * 86_400) for _ in range(2))
            print(f"{title:32} {first * 1000:8.1f} ms, again {second * 1000:8.1f} ms, {len(answer['rows'])} rows")
            slow += first >= LIMIT_S or not answer["complete"]
    finally:
        aven.stop()
    return slow


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    parent = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(prefix="aven-log-", dir=parent) as folder:
        (pathlib.Path(folder) / "aven").mkdir()
        return 1 if run(pathlib.Path(folder), rows) else 0


if __name__ == "__main__":
    sys.exit(main())
