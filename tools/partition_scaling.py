#!/usr/bin/env python3
"""How frames per second grow with the number of FPGAs, by `braid plan --split auto`: prints a Markdown table.

    tools/partition_scaling.py BRAID SHARED [--seconds N] [--networks NAME...]

Ideal is linear from 4 FPGAs on. A plan that takes longer than --seconds is left out and named."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from partition_suite import FINN, cluster_argument, hosted, model_file

NETWORKS = ["gen_mobilenetv1_w4a4", "gen_resnet50_v15_w2a2"]
DEVICES = ["u280", "u200"]
COUNTS = [1, 2, 4, 8, 16, 64]
FROM = 4  # FPGAs that ideal growth begins at


def fullest(fpgas):
    """The resource of which most is taken of a die's budget, in words."""
    parts = [part for fpga in fpgas for part in fpga.get("dies") or [fpga]]
    share, name = max((100 * part["used"][name] / part["budget"][name], name) for part in parts for name in part["budget"] if part["budget"][name] > 0)
    return f"{name} {share:.0f} %"


def binding(report):
    """What the period is: a layer, a link, a host; and the host's share of it."""
    ends = max((end["share_of_period"] for end in report["ends"]), default=0)
    return f"{report['bottleneck'].replace('|', '/')}; host {100 * ends:.0f} %"


def memories(fpgas):
    """BRAM18 and URAM of one FPGA in the mean, copies counted: where the weights lie."""
    copies = [1 + len(fpga.get("copies", [])) for fpga in fpgas]
    mean = lambda name: sum(n * fpga["used"][name] for n, fpga in zip(copies, fpgas)) / sum(copies)
    return f"{mean('BRAM18'):,.0f} + {mean('URAM'):,.0f}"


def proven(report):
    proof = report["proof"]
    if not proof:
        return "no proof"
    period = report["period_us"] * 1e9
    if period * (1 + 1e-5) <= proof["contiguous_above_fs"]:  # reports have six digits
        sys.exit(f"a plan of {period:.0f} fs, and none has one of {proof['contiguous_above_fs']}")
    gap = lambda bound: max(0, 100 * (1 - bound / period))
    return f"{gap(proof['contiguous_above_fs']):.1f} / {gap(proof['any_placement_above_fs']):.1f} %"


def row(braid, model, cluster, seconds):
    try:
        done = subprocess.run([str(word) for word in (braid, "plan", model, "--cluster", cluster, *FINN, "--split", "auto", "--json")], capture_output=True, text=True,
                              timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, f"longer than {seconds} s"
    if done.returncode:
        return None, "no plan fits" if done.returncode == 3 else done.stderr.splitlines()[0]
    return json.loads(done.stdout), ""


def series(braid, network, model, device, is_many, seconds, folder):
    base = last = None
    for count in COUNTS:
        if is_many and count <= 2:
            continue  # one host all the same
        name = f"{network}-{count}"
        cluster = cluster_argument(name, folder, {name: hosted(device, count, 2)}) if is_many else f"{device}x{count}"
        report, why = row(braid, model, cluster, seconds)
        cells = [network.removeprefix("gen_"), device, "one for two cards" if is_many else "one", str(count)]
        if not report:
            print(f"| {' | '.join(cells)} | {why} | | | | | | | |", flush=True)
            continue
        rate = report["frames_per_second"]
        base = rate if count == FROM else base
        ideal = f"{100 * rate * FROM / (base * count):.0f} %" if base else ""
        cells += [f"{rate:,.0f}", str(report["fpgas_used"]), f"{rate / last:.2f}" if last else "", ideal, binding(report), fullest(report["fpgas"]),
                  memories(report["fpgas"]), proven(report)]
        print(f"| {' | '.join(cells)} |", flush=True)
        last = rate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("braid", type=pathlib.Path)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    asked = parser.parse_args()
    print("| network | card | hosts | cards | frames/s | FPGAs | x before | of ideal | slowest | fullest die | BRAM18 + URAM of an FPGA | gap, contiguous / any |\n"
          "|---|---|---|--:|--:|--:|--:|--:|---|---|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for network in asked.networks:
            model = model_file(asked.shared, network, pathlib.Path(folder))
            for device in DEVICES:
                for is_many in (False, True):
                    series(asked.braid.resolve(), network, model, device, is_many, asked.seconds, pathlib.Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
