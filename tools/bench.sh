#!/usr/bin/env bash
# Measures what README states under "Speed" and prints it as a table; needs build/braid (tools/quickstart.sh).
#
#   tools/bench.sh             braid alone, a minute or two
#   tools/bench.sh --hls4ml    beside hls4ml 1.3 on the same files and in the same run, a quarter of an hour
#
# BRAID=FILE          the program to measure (default: build/braid)
# BRAID_BENCH_VENV    virtual environment with hls4ml, made where it is absent (default: build/bench-venv)
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 tools/bench.py "$@"
