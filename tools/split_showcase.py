#!/usr/bin/env python3
"""Networks that want one of their layers cut, planned with --split auto: prints a Markdown table.

    tools/split_showcase.py [PROGRAM]     fails where auto does not take the way that is meant

PROGRAM is build/braid if left out. Run it with the Python of the oracles (.oracles/bin/python): it needs numpy and onnx.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import gen_split_networks

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Network, cluster, and the way to cut that is meant.
CASES = [("wide_fc", "u50x3", "neuron"), ("many_inputs", "pynq-z2x3", "input"), ("first_conv", "u50x5", "rows"),
         ("conv_and_fc", "u50x5", "mixed"), ("small", "pynq-z2x5", "replicas")]
WAYS = ["sequential", "neuron", "input", "rows", "mixed", "replicas", "in one search"]


def plan(program, model, cluster):
    """The report of a plan, and the milliseconds the whole program took."""
    start = time.monotonic()
    done = subprocess.run([program, "plan", str(model), "--cluster", cluster, "--split", "auto", "--json"],
                          capture_output=True, text=True)
    took = (time.monotonic() - start) * 1000
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout), took


def rates(report):
    """{way: frames per second}; 0 where no plan fits."""
    found = dict.fromkeys(WAYS, 0)
    for note in report["notes"]:
        if told := re.match(r"split ([\w ]+)(, \d+ replicas)?: (?:([\d,]+) frames/s|no plan fits)", note):
            way = "replicas" if told[2] else told[1]
            found[way] = max(found.get(way, 0), int((told[3] or "0").replace(",", "")))
    return found


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build" / "braid")
    passed = failed = 0
    print(f"| network | cluster | auto takes | {' | '.join(WAYS)} | planning |")
    print(f"|---|---|---|{'--:|' * len(WAYS)}--:|")
    with tempfile.TemporaryDirectory() as folder:
        files = gen_split_networks.write(folder)
        for network, cluster, meant in CASES:
            report, took = plan(program, files[network], cluster)
            found = rates(report)
            best = max(found, key=lambda way: (found[way], way != "mixed"))
            how = "auto" if meant == "mixed" else meant
            good = best == "in one search" and found[best] >= found[meant] or best == meant and (report["replicas"] > 1 if meant == "replicas" else report["solver"] == f"split by {how}")
            passed, failed = passed + good, failed + (not good)
            cells = [f"{found[way]:,}" if found[way] else "-" for way in WAYS]
            print(f"| `{network}` | `{cluster}` | {best} | {' | '.join(cells)} | {took:.0f} ms |")
    print(f"{passed} passed, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
