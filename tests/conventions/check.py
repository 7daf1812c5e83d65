"""The repository checks its own rules (STYLE: habit 18). `check.py RULE` exits 1 and names each place that breaks RULE."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77

# Who may include whom: the arrows between the layers of resolver/, as resolver/README.md shows them.
BASE = {"base"}
ARROWS = {
    "base": set(),
    "uv": BASE,
    "dns": BASE,
    "policy": BASE | {"dns"},
    "cache": BASE | {"dns"},
    "stats": BASE,
    "upstream": BASE | {"dns", "stats"},
    "pipeline": BASE | {"dns", "policy", "cache", "stats", "upstream"},
    "server": BASE | {"uv", "dns", "policy", "cache", "stats", "upstream", "pipeline"},
    "status": BASE | {"dns", "policy", "cache", "stats", "upstream", "pipeline", "server"},
    "app": BASE | {"uv", "dns", "policy", "cache", "stats", "upstream", "pipeline", "server", "status"},
}
WITHOUT_IO = {"base", "dns", "policy", "cache", "stats", "upstream", "pipeline"}

# (pattern, what to do instead, files that may)
BANNED = [
    (r"\bclock::now\b|_clock::now\b", "time comes in as an argument (base/tick.h)", ()),
    (r"\bread_tick\(|\bread_wall_(?:time|ms)\(", "only server/ and app/ read clocks", ("resolver/server/", "resolver/app/", "resolver/base/tick.")),
    (r"\b(?:std::)?s?rand\(|\bmt19937|\brandom_device", "RandomSource (base/random.h)", ()),
    (r"(?<![\w:])new\s+[A-Za-z_:]", "an owner: std::make_unique", ("resolver/uv/",)),
    (r"\bstd::c(?:out|err)\b", "only app/ writes to the terminal", ("resolver/app/",)),
    (r"\bprintf\(|\bputs\(", "the log (base/log.h)", ()),
]


def sources(*folders, endings=(".h", ".cpp")):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and path.is_file():
                yield path


def shown(path):
    return str(path.relative_to(ROOT))


def code_lines(path):
    """(number, line) without comments and without what stands in quotes."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'R"(\w*)\((.*?)\)\1"', lambda found: '""' + "\n" * found.group(0).count("\n"), text, flags=re.S)
    for number, line in enumerate(text.splitlines(), 1):
        line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line) if "#include" not in line else line
        yield number, re.sub(r"//.*", "", line)


def includes(path):
    for number, line in code_lines(path):
        found = re.match(r'\s*#include\s+([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(1), found.group(2)


def arrows():
    for path in sources("resolver"):
        layer = path.relative_to(ROOT / "resolver").parts[0]
        for number, kind, name in includes(path):
            target = name.split("/")[0]
            if kind == '"' and target != layer and target not in ARROWS.get(layer, set()):
                yield f"{shown(path)}:{number}: layer {layer} may not include {name}"
            if kind == "<" and name == "uv.h" and layer in WITHOUT_IO | {"app"}:
                yield f"{shown(path)}:{number}: layer {layer} does no I/O; uv.h belongs to uv/ and server/"
            if kind == "<" and name in ("fstream", "filesystem") and layer in WITHOUT_IO:
                yield f"{shown(path)}:{number}: layer {layer} opens no file"


def banned_calls():
    for path in sources("resolver"):
        for number, line in code_lines(path):
            if "NOLINT" in line:
                continue
            for pattern, instead, allowed in BANNED:
                if re.search(pattern, line) and not shown(path).startswith(tuple(allowed)):
                    yield f"{shown(path)}:{number}: {line.strip()}: use {instead}"


def compile_flags():
    """The flags of one source of each layer, to compile its headers with."""
    flags = {}
    for entry in json.loads(pathlib.Path(os.environ["COMMANDS"]).read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"])
        if not path.is_relative_to(ROOT / "resolver"):
            continue
        words = shlex.split(entry["command"])
        start = next(i for i, word in enumerate(words) if re.search(r"(g|clang)\+\+[-\d.]*$|/c\+\+$", word))
        kept = [word for word in words[start:] if not word.endswith((".o", ".cpp")) and word not in ("-o", "-c")]
        flags[path.relative_to(ROOT / "resolver").parts[0]] = (entry["directory"], kept)
    return flags


def header_stands_alone(path, directory, flags):
    """Compiled as a file of the build folder, so that a compiler cache knows it again."""
    name = path.relative_to(ROOT / "resolver")
    source = pathlib.Path(directory) / "headers" / f"{name}.cpp"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(f'#include "{name}"\n#include "{name}"\n', encoding="utf-8")
    cache = [program for program in (shutil.which("ccache"),) if program]
    done = subprocess.run(
        [*cache, *flags, "-c", str(source), "-o", f"{source}.o"],
        cwd=directory, capture_output=True, text=True, check=False,
    )
    return None if done.returncode == 0 else f"{shown(path)} does not stand alone:\n{done.stderr}"


def headers():
    flags = compile_flags()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = []
        for path in sources("resolver", endings=(".h",)):
            layer = path.relative_to(ROOT / "resolver").parts[0]
            if layer in flags and not path.name.endswith("_inl.h"):  # the end of another header
                tasks.append(pool.submit(header_stands_alone, path, *flags[layer]))
            if not path.read_text(encoding="utf-8").startswith("// "):
                yield f"{shown(path)}:1: a header opens with its contract"
        yield from filter(None, (task.result() for task in tasks))


def layout():
    program = shutil.which("clang-format-14")
    if not program:
        print("clang-format-14 is not installed")
        sys.exit(SKIPPED)
    files = [str(path) for path in sources("resolver", "tests")]
    done = subprocess.run(
        [program, "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for place in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stderr, re.M))):
        yield f"{shown(pathlib.Path(place))}: run clang-format-14 -i on it"


def tracked_texts():
    """Everything that is in the repository, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split("\n")
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path != pathlib.Path(__file__).resolve():
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def leftovers():
    rules = [
        (r"\b(TODO|FIXME|XXX|HACK)\b(?!.*#\d)", "no open ends without an issue number"),
        (r"(?<![\w.])/(?:home|root|work|Users)/\w", "no path of one machine"),
        (r"^(<<<<<<<|>>>>>>>) ", "a merge is not finished"),
    ]
    for path, text in tracked_texts():
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, why in rules:
                if re.search(pattern, line):
                    yield f"{shown(path)}:{number}: {why}: {line.strip()[:100]}"


def test_names():
    for path in sources("tests/unit", endings=(".cpp",)):
        layer, name = path.parent.name, path.name
        if not name.endswith("_test.cpp"):
            continue
        stem = name[: -len("_test.cpp")]
        if not any((ROOT / "resolver" / layer / (stem + ending)).exists() for ending in (".h", ".cpp")):
            yield f"{shown(path)}: there is no resolver/{layer}/{stem}"


def schema_keys(node, root, place=""):
    if "$ref" in node:
        node = root["definitions"][node["$ref"].rsplit("/", 1)[1]]
    for key, child in node.get("properties", {}).items():
        yield f"{place}/{key}", child
        yield from schema_keys(child, root, f"{place}/{key}")
    if isinstance(node.get("additionalProperties"), dict):
        yield from schema_keys(node["additionalProperties"], root, place + "/*")


def settings():
    """Each key of aven.json's schema (a unit test holds the loader to it) has a description and is in README.md's table."""
    schema = json.loads((ROOT / "packaging/aven.schema.json").read_text(encoding="utf-8"))
    documented = (ROOT / "README.md").read_text(encoding="utf-8")
    for key, node in schema_keys(schema, schema):
        if "description" not in node and "$ref" not in node:
            yield f"packaging/aven.schema.json {key}: no description"
        top = key.split("/")[1]
        if f"`{top}`" not in documented:
            yield f"README.md: the key `{top}` is not in the table of settings"


def counters():
    header = (ROOT / "resolver/stats/counters.h").read_text(encoding="utf-8")
    table = (ROOT / "resolver/README.md").read_text(encoding="utf-8")
    for name, help_ in re.findall(r"\bX\((\w+), \"([^\"]+)\"\)", header):
        if f"| `{name}` | {help_} |" not in table:
            yield f"resolver/README.md: the table of counters lacks `| \\`{name}\\` | {help_} |`"


def json_examples(text):
    """(kind, JSON) of fenced blocks; the line before a block may say which pack or configuration it is."""
    return re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)


def examples():
    """Every whole JSON example of README.md loads."""
    for number, example in enumerate(json_examples((ROOT / "README.md").read_text(encoding="utf-8")), 1):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copytree(ROOT / "rules", folder / "rules")
            if '"pack"' in example:
                (folder / "rules" / "example.json").write_text(example, encoding="utf-8")
            else:
                (folder / "aven.json").write_text(example, encoding="utf-8")
            done = subprocess.run([os.environ["AVEN"], "check"], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                yield f"README.md: JSON example {number} does not load:\n{done.stdout}{done.stderr}"


RULES = {rule.__name__: rule for rule in (
    arrows, banned_calls, counters, examples, headers, layout, leftovers, settings, test_names,
)}


def main(rules):
    if len(sys.argv) != 2 or sys.argv[1] not in rules:
        print(f"usage: {pathlib.Path(sys.argv[0]).name} RULE, one of: {' '.join(rules)}")
        return 2
    broken = list(rules[sys.argv[1]]())
    print("\n".join(broken) if broken else "kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(RULES))
