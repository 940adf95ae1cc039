#!/usr/bin/env python3
"""FINN's published foldings beside braid's own on the same card: frames per second and area of both, under two cost models.

    tools/finn_comparison.py BRAID SHARED [--update FILE] [--quick]

SHARED holds data/finn and models. Both designs are priced by braid: FINN's by `--folding`, with no limits; braid's with its
default limits, or, of a resource of which FINN's design takes more, that much. The card alone counts: no link to its host.
A row is good where braid is at least as fast and takes of no resource more than the larger of FINN's use and the limit.
A design of FINN's that does not fit one card when our own units build it is laid over up to four of them, without links: its
pace is that of its slowest unit, its use that of its units and what joins them; braid has one card, and as much of it at most.
--quick: the small networks only. Exit code 1 where a row that both can build is not good."""
import argparse
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORACLES = pathlib.Path(os.environ.get("BRAID_ORACLES", ROOT / ".oracles"))
RESOURCES = {"LUT": 70, "FF": 50, "BRAM18": 80, "URAM": 80, "DSP": 80}  # default limits, in percent
# Network, model, card, its clock in the published design (MHz), folding configuration in data/finn/finn-examples.
CASES = [
    ("TFC w1a1", "tfc_1w1a", "pynq-z1", 100, "bnn-pynq/folding_config/tfc-w1a1_folding_config.json"),
    ("TFC w2a2", "tfc_2w2a", "pynq-z1", 100, "bnn-pynq/folding_config/tfc-w2a2_folding_config.json"),
    ("CNV w1a1", "cnv_w1a1", "pynq-z1", 100, "bnn-pynq/folding_config/cnv-w1a1_folding_config.json"),
    ("CNV w2a2", "gen_cnv_w2a2", "pynq-z1", 100, "bnn-pynq/folding_config/cnv-w2a2_folding_config.json"),
    ("KWS", "kws_mlp_w3a3_mlperf", "pynq-z1", 100, "kws/folding_config/kws_folding_config.json"),
    ("VGG10", "vgg10_w4a4", "zcu104", 250, "vgg10-radioml/folding_config/ZCU104_folding_config.json"),
    ("MobileNetV1", "gen_mobilenetv1_w4a4", "zcu104", 185, "mobilenet-v1/folding_config/ZCU104_folding_config.json"),
    ("MobileNetV1", "gen_mobilenetv1_w4a4", "u250", 333, "mobilenet-v1/folding_config/U250_folding_config.json"),
    ("ResNet-50", "gen_resnet50_v15_w2a2", "u250", 250, "resnet50/folding_config/U250_folding_config.json")]
QUICK = ("tfc_1w1a", "tfc_2w2a", "gen_cnv_w2a2")
WRITTEN = ("cnv_w1a1", "vgg10_w4a4")  # by tests/oracle/finn_topologies.py


def model_file(name, shared, folder):
    """The ONNX file, unpacked or written to `folder` where need be; None where it cannot be had."""
    own, packed, path = shared / "models" / name / "model.onnx", shared / "models" / name / "model.onnx.xz", folder / f"{name}.onnx"
    if name in WRITTEN and not path.exists():
        python = ORACLES / "bin/python"
        if not python.exists():
            return None
        subprocess.run([python, ROOT / "tests/oracle/finn_topologies.py", name, path], check=True)
    elif packed.exists() and not path.exists():
        path.write_bytes(lzma.open(packed).read())
    return path if path.exists() else own if own.exists() else None


ENDS = ("FIFOs at the ends", "memory movers", "words to streams")  # of each card, not of the design


def plan(program, model, card, clock, costs, limits, folder, folding=None, cards=1):
    """(frames per second, {resource: used}, {resource: capacity}), or why there is no plan."""
    cluster = f"{card}x{cards}" if cards > 1 else folder / f"{card}_{clock}.json"
    if cards == 1:
        cluster.write_text(json.dumps({"schema": "braid-cluster-1", "name": f"{card}x1", "fpgas": [{"device": card, "clockMhz": clock}],
                                       "hosts": [{"name": "host0", "ingestGbps": 0}]}), encoding="utf-8")
    words = [program, "plan", model, "--backend", "finn", "--cluster", cluster, "--cost-model", costs, "--json",
             "--limits", ",".join(f"{name.lower()}={percent}" for name, percent in limits.items())]
    done = subprocess.run(words + (["--folding", folding] if folding else []), capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[0].split("error: ")[-1]
    fpgas = json.loads(done.stdout)["fpgas"]
    capacity = {name: fpgas[0]["available"][name] for name in RESOURCES}
    if cards > 1:
        rate = clock * 1e6 / max(fpga["interval_cycles"] for fpga in fpgas)
        return round(rate), {name: sum(row["used"][name] for fpga in fpgas for row in fpga["layers"] if row["name"] not in ENDS) for name in RESOURCES}, capacity
    return round(fpgas[0]["frames_per_second"]), {name: fpgas[0]["used"][name] + fpgas[0]["shell"][name] for name in RESOURCES}, capacity


def rows(program, shared, folder, quick):
    """(cells of a table's row, good: True, False, or None where one of the two has no plan)."""
    for network, name, card, clock, config in CASES:
        if quick and name not in QUICK:
            continue
        model = model_file(name, shared, folder)
        if not model:
            continue
        for costs in ("finn-analytic", "finn"):
            every = {**dict.fromkeys(RESOURCES, 100), "average": 100}
            published = shared / "data/finn/finn-examples" / config
            theirs, cards = plan(program, model, card, clock, costs, every, folder, published), 1
            while isinstance(theirs, str) and cards < 4:
                cards *= 2
                theirs = plan(program, model, card, clock, costs, every, folder, published, cards)
            limits = {**RESOURCES, "average": 70}
            if not isinstance(theirs, str):
                for resource, limit in RESOURCES.items():
                    capacity = theirs[2][resource]
                    limits[resource] = min(100, max(limit, -(-100 * theirs[1][resource] // capacity) if capacity else 0))
                limits["average"] = 100 if limits != {**RESOURCES, "average": 70} else 70
            ours = plan(program, model, card, clock, costs, limits, folder)
            good, verdict = None, "-"
            if not isinstance(theirs, str) and not isinstance(ours, str):
                within = all(100 * ours[1][r] <= max(100 * theirs[1][r], limits[r] * ours[2][r]) for r in RESOURCES)
                good = ours[0] >= theirs[0] and within
                verdict = f"{ours[0] / theirs[0]:.2f} x" + ("" if within else ", more area") + ("" if cards == 1 else f", FINN's on {cards} cards")
            cells = [network, card, str(clock), costs]
            for of in (theirs, ours):
                cells += [of, *[""] * 5] if isinstance(of, str) else [f"{of[0]:,}", *(f"{of[1][r]:,}" for r in RESOURCES)]
            yield [*cells, verdict], good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program"), parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--update", type=pathlib.Path), parser.add_argument("--quick", action="store_true")
    words = parser.parse_args()
    if not (words.shared / "data/finn").exists():
        print(f"{words.shared} has no data/finn")
        return 77
    head = ["network", "card", "MHz", "cost model"] + [f"{who} {what}" for who in ("FINN", "braid") for what in ("frames/s", *RESOURCES)]
    lines, goods = ["| " + " | ".join([*head, "braid / FINN"]) + " |", "|---|---|--:|---|" + "--:|" * 13], []
    print("\n".join(lines))
    with tempfile.TemporaryDirectory() as folder:
        for cells, good in rows(words.program, words.shared, pathlib.Path(folder), words.quick):
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
            goods.append(good)
    if words.update:
        words.update.write_text("# FINN's published foldings beside braid's\n\n`tools/finn_comparison.py build/braid ../shared --update "
                                "tests/e2e/finn_comparison.md`: what is compared stands at the head of that program. Shell counted.\n\n"
                                + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{goods.count(True)} passed, {goods.count(False)} failed, {goods.count(None)} skipped")
    return 1 if False in goods else 0


if __name__ == "__main__":
    sys.exit(main())
