"""The schemas of rules/ and the loader agree: on the corpus of tests/data, and on thousands of changes of its good files."""

import copy
import json
import pathlib
import random
import subprocess
import sys
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = ROOT / "tests/data/packs"
NAME_SETS = ROOT / "tests/data/name_sets"
LOADER = sys.argv.pop(1)

# What no schema can say: how one value of the file hangs on another, or on another file, and how a library reads a text.
BEYOND = (
    "there is no rule", "there is no name set", "is also at", "would never be in force",
    "is not a pattern that RE2 takes",
    "is not an international domain name",
)

VALUES = [
    None, True, False, 0, 1, -1, 2, 1.0, 1.5, 30, 100, 101, 1000, 1001, -1000, -1001, 8760, 8761, 86400, 86401, 2**32 - 1, 2**32,
    "", " ", "x", "X", "a.b", [], [""], [1], ["a.b"], ["x"], {}, {"en": "x"}, {"fr": ""}, {"de": "x"}, {"zzz": 1},
]
TEXTS = [
    # names and patterns
    "=a.b", "*.a.b", "=*.a.b", "a-*.b", "=a-*.b", "*", "*.", "**.a", "a.*.b", "a*", ".", "..", ".a", "a..b", "a.b.", "a.b..", "=", "==a",
    "foo,bar.com", "||ads.com^", "a\\.b.com", "a b.c", "a/b", "a:53", "http://a.b", "a=b.c", "a_b.c-d", "é.example", "é*.a.b",
    "a-*.é.example", "a" * 63, "a" * 64, "a" * 63 + ".b", "*" * 63 + "a.b", ".".join(["a" * 49] * 5), ".".join(["a" * 62] * 4) + ".b",
    ".".join(["a" * 62] * 4) + ".bc", "a-*." + ".".join(["a" * 62] * 4), "/a/", "//", "/", "/a", "/a/b/", "/a\tb/", "/[a-z]+[.]b$/",
    "/" + "a" * 10000 + "/", "/" + "a" * 10001 + "/", "a\u0000b", "a.b\u007f",
    # addresses
    "10.0.0.1", "10.0.0.0/8", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/", "0.0.0.0/0", "256.0.0.1", "10.0.0", "010.0.0.1", "::", "::1",
    "::/0", "2001:db8::/32", "2001:db8::/129", ":::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6::8", "::2:3:4:5:6:7:8",
    "1::3:4:5:6:7::8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::9", "::ffff:10.0.0.1", "1:2:3:4:5:6:1.2.3.4", "1::5:1.2.3.4",
    "1:2:3:4:5:6::1.2.3.4", "1.2.3.4::", "g::", "12345::", "fe80::1%eth0",
    # dates and times
    "2027-01-31", "2027-02-28", "2027-02-29", "2028-02-29", "2100-02-29", "2400-02-29", "2027-02-30", "2027-04-31", "2027-13-01",
    "2027-00-10", "1999-12-31", "3000-01-01", "2027-1-31", "2027-01-31T16:00", "2027-01-31T24:00", "2027-01-31T16:00:00",
    "2027-01-31 16:00", "08:00", "23:59", "24:00", "-1:30", "8:00", "08:60", "0a:00",
    # the rest
    "A", "a", "HTTPS", "ANY", "NOPE", "TYPE1", "TYPE65535", "TYPE65536", "TYPE", "type1", "mon", "Mon", "sinkhole", "redirect",
    "allow", "observe", "censored", "p/r", "p/", "/r", "P/r", "p/r/s", "a-b", "a_b", "-a", "_a", "1a", "domains", "rpz",
    "mailto:a@b", "mailto:@b", "mailto:a@", "mailto:a@b@c", "mailto:a b@c", "mailto:", "tel:+33", "tel:33-1", "tel:", "tel:+", "tel:a",
    "Mailto:a@b", "https://a.example/l", "https://", "https:///a", "https://a b", "https://a\tb", "http://a.example/", "http://127.0.0.1/l",
    "http://127.0.0.1:8080", "http://127.0.0.1:99999/", "http://127.0.0.1@a.example/", "http://[::1]:80/l", "http://[::2]/", "http://::1/",
    "ftp://a.example",
]


def schema(name):
    loaded = json.loads((ROOT / "rules" / name).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(loaded)
    return jsonschema.Draft7Validator(loaded)


SCHEMAS = {"pack": schema("rule-pack.schema.json"), "names": schema("name-set.schema.json")}


def loader_errors(files):
    """For each (kind, tree): the loader's errors that a schema could have found."""
    lines = "".join(f"{kind} {json.dumps(tree)}\n" for kind, tree in files)
    done = subprocess.run([LOADER], input=lines, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(files)
    return [[error for error in errors if not any(words in error for words in BEYOND)] for errors in told]


def places(tree, path=()):
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in items:
        yield from places(child, path + (key,))


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def changed(tree, chance):
    """The tree with one value replaced, taken out, put in or doubled."""
    tree = copy.deepcopy(tree)
    path = chance.choice([path for path in places(tree) if path])
    parent, key, value = at(tree, path[:-1]), path[-1], at(tree, path)
    kind = chance.randrange(10)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(value, dict):
        value[chance.choice(["zzz", "en", "types", "url", "role", "$schema"])] = chance.choice(VALUES + TEXTS)
    elif kind == 2 and isinstance(parent, list):
        parent.append(chance.choice(VALUES))
    elif isinstance(value, str) and kind < 8:
        parent[key] = chance.choice(TEXTS)
    else:
        parent[key] = chance.choice(VALUES)
    return tree


def corpus(folder):
    files = sorted(folder.glob("*.json"))
    assert files, folder
    return [(file, json.loads(file.read_text(encoding="utf-8"))) for file in files]


class Parity(unittest.TestCase):
    def agree(self, kind, tree, errors, what):
        told = [error.message for error in SCHEMAS[kind].iter_errors(tree)]
        if bool(told) != bool(errors):
            self.fail(f"{what}\n{json.dumps(tree)[:2000]}\nloader: {errors}\nschema: {[text[:300] for text in told]}")

    def test_corpus(self):
        for kind, folder in (("pack", PACKS), ("names", NAME_SETS)):
            for verdict in ("good", "bad"):
                files = corpus(folder / verdict)
                for (file, tree), errors in zip(files, loader_errors([(kind, tree) for _, tree in files])):
                    with self.subTest(file=file.name):
                        self.agree(kind, tree, errors, file.name)
                        if verdict == "good":
                            self.assertEqual(errors, [])

    def test_shipped_rules(self):
        files = [("pack", file) for file in corpus_files(ROOT / "rules")]
        files += [("names", file) for file in corpus_files(ROOT / "rules/names")]
        for kind, file in files:
            with self.subTest(file=file.name):
                self.agree(kind, json.loads(file.read_text(encoding="utf-8")), [], file.name)

    def test_changes_of_good_files(self):
        chance = random.Random(3)
        seeds = [("pack", tree) for _, tree in corpus(PACKS / "good")] + [("names", tree) for _, tree in corpus(NAME_SETS / "good")]
        files = []
        for _ in range(6000):
            kind, tree = chance.choice(seeds)
            files.append((kind, changed(tree, chance)))
        taken = 0
        for (kind, tree), errors in zip(files, loader_errors(files)):
            self.agree(kind, tree, errors, "a changed file")
            taken += not errors
        # Changes that nothing or everything refuses would prove little.
        self.assertGreater(taken, 500)
        self.assertLess(taken, 5500)


def corpus_files(folder):
    return [file for file in sorted(folder.glob("*.json")) if not file.name.endswith(".schema.json")]


if __name__ == "__main__":
    unittest.main()
