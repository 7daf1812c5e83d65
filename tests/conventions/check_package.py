"""What ships beside the program keeps step with it. `check_package.py RULE` exits 1 and names each place that breaks RULE."""

import json
import os
import re
import shutil
import subprocess
import sys

import check
from check import ROOT, SKIPPED

PACKAGING = ROOT / "packaging"
EXPOSURE_LIMIT = 1.5


def run(*command, **options):
    return subprocess.run([*command], capture_output=True, text=True, check=False, **options)


def read(name):
    return (PACKAGING / name).read_text(encoding="utf-8")


def needed(program):
    """Where the program is; the test is skipped without it."""
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        print(f"{program} is not installed")
        sys.exit(SKIPPED)
    return found


def commands():
    """Each command of `aven --help` with its long options."""
    text = run(os.environ["AVEN"], "--help").stdout
    listed = text.split("Subcommands:\n", 1)[1]
    names = re.findall(r"^  (\w[\w-]*)", listed, re.M)
    return {name: set(re.findall(r"^ .*?(--[a-z][a-z-]*)", run(os.environ["AVEN"], name, "--help").stdout, re.M)) for name in names}


def manuals():
    """The manual pages are well formed, and hold every command, option and key."""
    mandoc = needed("mandoc")
    for page in sorted((PACKAGING / "man").iterdir()):
        said = run(mandoc, "-T", "lint", "-W", "warning", str(page)).stdout
        if said:
            yield said
    page = read("man/aven.1")
    for command, options in commands().items():
        if f".It Cm {command}" not in page:
            yield f"packaging/man/aven.1: the command {command} is not described"
        for option in options - {"--help"}:
            if f"Fl {option[1:]}" not in page and f"Fl c , Fl {option[1:]}" not in page:
                yield f"packaging/man/aven.1: {option} of {command} is not described"
    yield from missing_keys("aven.json.5", PACKAGING / "aven.schema.json")
    for schema in ("rule-pack", "name-set"):
        yield from missing_keys("aven-rules.5", ROOT / "rules" / f"{schema}.schema.json")


def all_keys(node):
    """The names of the keys of a schema, at any depth."""
    if isinstance(node, list):
        for child in node:
            yield from all_keys(child)
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from (properties or {}) if isinstance(properties, dict) else ()
        for child in node.values():
            yield from all_keys(child)


def missing_keys(page, schema):
    text = read(f"man/{page}")
    shown = set()
    for line in re.findall(r"^\.(?:It )?Ic (.*)$", text, re.M):
        shown.update(line.split())
    for key in sorted(set(all_keys(json.loads(schema.read_text(encoding="utf-8")))) - {"en", "fr"} - shown):
        yield f"packaging/man/{page}: the key {key} of {schema.name} is not described"


def completions():
    """bash offers exactly the commands and options of the program; zsh knows them all."""
    zsh = read("completions/zsh/_aven")
    every = commands()
    offered = {}
    for words in [("",), *((name, "--") for name in every)]:
        line = " ".join(f"'{word}'" for word in ("aven", *words))
        script = f'. {PACKAGING}/completions/bash/aven; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _aven; echo "${{COMPREPLY[@]}}"'
        offered[words[0]] = set(run("bash", "-c", script).stdout.split())
    if offered[""] != set(every) | {"--help"}:
        yield f"completions/bash/aven offers the commands {sorted(offered[''])}, the program has {sorted(every)}"
    for name, options in every.items():
        if offered[name] != options:
            yield f"completions/bash/aven offers {sorted(offered[name])} for {name}, the program has {sorted(options)}"
        if f"  '{name}:" not in zsh:
            yield f"completions/zsh/_aven does not know {name}"
        case = re.search(rf"^  {name}\)(.*?);;", zsh, re.M | re.S)
        known = (case.group(1) if case else "").replace("$daemon", "--socket --json $config").replace("$config", "--config --help")
        for option in options:
            if option not in known:
                yield f"completions/zsh/_aven does not know {option} of {name}"


def debian():
    """debian/ names the packages and the version that the rest of the repository names."""
    control = read("debian/control")
    build = re.search(r"^Build-Depends:\n((?: .*\n)+)", control, re.M).group(1)
    named = {word.strip(" ,") for word in build.splitlines()} - {"debhelper-compat (= 13)"}
    listed = re.search(r'build_packages="(.*?)"', read("dependencies.sh"), re.S).group(1).split()
    if named != set(listed):
        yield f"debian/control and dependencies.sh differ in what the build needs: {sorted(named ^ set(listed))}"
    version = re.search(r"project\(aven VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
    if not read("debian/changelog").startswith(f"aven ({version}-"):
        yield f"debian/changelog: the version is not {version}, that of CMakeLists.txt"


def service():
    """systemd's own judgement of the unit."""
    analyze = needed("systemd-analyze")
    unit = PACKAGING / "debian/aven.service"
    said = run(analyze, "security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
    if not found:
        yield f"systemd-analyze security says:\n{said.stdout}{said.stderr}"
    elif float(found.group(1)) > EXPOSURE_LIMIT:
        yield f"packaging/debian/aven.service: exposure {found.group(1)}, more than {EXPOSURE_LIMIT}"


RULES = {rule.__name__: rule for rule in (completions, debian, manuals, service)}


if __name__ == "__main__":
    sys.exit(check.main(RULES))
