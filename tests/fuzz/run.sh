#!/bin/sh
# tests/fuzz/run.sh TARGET SECONDS [BUILD_FOLDER]: runs libFuzzer on TARGET (query, reply, ...), beginning with its seeds.
# What it finds stays in BUILD_FOLDER/fuzz/TARGET; a crash leaves its input there and ends with an error.
# To keep an input as a seed: xxd -p FILE > tests/fuzz/corpus/TARGET/what-it-shows.hex
set -eu
if [ $# -lt 2 ]; then
  echo "usage: $0 TARGET SECONDS [BUILD_FOLDER]" >&2
  exit 2
fi
target=$1
seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
build=${3:-$here/../../build/fuzz}
work=$build/fuzz/$target
mkdir -p "$work/seeds" "$work/found"
"$build/tests/fuzz/corpus_$target" "$here/corpus/$target" --export "$work/seeds"
cd "$work"
# Leaks are not looked for: ldns 1.8.3 leaks on packets that it refuses, and what we test does not allocate.
exec "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=5 -detect_leaks=0 -print_final_stats=1 found seeds
