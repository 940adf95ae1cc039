#!/usr/bin/env python3
"""Plans networks over clusters, checks each certificate and says how much is proven: a table.

    tools/partition_suite.py BRAID SHARED [--quick] [--update FILE] [--jobs N] [--keep FOLDER]

SHARED holds `models`. Each plan is held to its row of tests/partition/suite.md: it fails where a plan is slower, a proof is
lost or tools/check_certificate.py rejects a certificate. --quick: small networks only. --update FILE writes the table instead.
--keep FOLDER: problem.json and certificate.json of each. Ends with `N passed, N failed`."""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import lzma
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests/partition/suite.md"
PATIENCE = 300  # seconds for one plan
FINN = ["--backend", "finn"]
STREAM = ["--io", "stream"]

# Networks that are read with the FINN style, and with the hls4ml style; small ones first.
DENSE = ["tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "unsw_nb15_mlp_w2a2", "finn_tfc_multithreshold", "ours_fcnn_relu_13k_qonnx_w4a4",
         "ours_fcnn_seq_784_16_32_10_int8qdq"]
CONVOLUTIONAL = ["ours_cnn_73k_qonnx_w4a4_pow2", "ours_cnn_73k_int8qdq", "gen_vgg10_radioml_w4a4", "gen_mobilenetv1_025_w4a4", "gen_cnv_w2a2"]
LARGE = ["gen_mobilenetv1_w4a4", "gen_resnet50_v15_w2a2"]
FLOAT = ["mnist_cntk_8", "convnet_maxpool", "ours_cnn_73k_float", "gen_cnn1d_cyber_73k_float", "kws_dscnn_float", "cifar_base_kw", "cifar_resnet_2b",
         "vww_mobilenet_float"]
FLOAT_DENSE = ["ours_fcnn_relu_13k_float", "acasxu_1_1", "mnist_relu_9_200"]


def chain(device, count, topology="chain"):
    return {"fpgas": [{"device": device}] * count, "topology": topology}


def hosted(device, count, cards):
    """A switch, and a host for every so many cards."""
    return {"fpgas": [{"device": device, "host": f"node{i // cards}"} for i in range(count)],
            "hosts": [{"name": f"node{i}", "ingestGbps": 80} for i in range(-(-count // cards))], "topology": "star"}


def fleet(*devices, topology="star"):
    return {"fpgas": [{"device": device} for device in devices], "topology": topology}


# Clusters that no name says.
WRITTEN = {"chain-u280x4": chain("u280", 4), "chain-u200x3": chain("u200", 3), "star-u50x4": chain("u50", 4, "star"),
           "hosts-u280x4": hosted("u280", 4, 2), "hosts-u200x4": hosted("u200", 4, 2),
           "fleet-alveo": fleet("u50", "u250", "u280"), "fleet-u280-u200": fleet("u280", "u280", "u200", "u200"),
           "fleet-zynq": fleet("pynq-z1", "pynq-z1", "zcu104"), "fleet-zcu": fleet("pynq-z2", "zcu102", "zcu104"),
           "chain-alveo": fleet("u280", "u200", "u250", topology="chain")}


@dataclasses.dataclass(frozen=True)
class Instance:
    network: str
    cluster: str
    options: tuple
    quick: bool = False
    verified: bool = False

    @property
    def key(self):
        return (self.network, self.cluster, " ".join(self.options))


def instances():
    auto, tight, two = ["--split", "auto"], ["--limits", "lut=60,bram18=60"], ["--fpgas", "2"]
    latency, fewest = ["--objective", "latency"], ["--objective", "fpgas"]
    seen = set()

    def each(networks, style, pairs, quick=False, verified=()):
        for network in networks:
            for cluster, *options in pairs:
                one = Instance(network, cluster, tuple(style + options), quick, network in verified and cluster.startswith("pynq"))
                if one.key not in seen:
                    seen.add(one.key)
                    yield one

    yield from each(DENSE[:4], FINN, [("pynq-z1x1",), ("pynq-z1x2", *auto), ("u280x2", *auto)], True, DENSE[:3])
    yield from each(CONVOLUTIONAL[:3], FINN, [("u280x1",), ("pynq-z2x3",), ("pynq-z2x3", *auto)], True)
    yield from each(FLOAT[:3], STREAM, [("pynq-z2x3",), ("u280x2", *auto)], True)
    yield from each(FLOAT_DENSE[:1], STREAM, [("pynq-z2x2",), ("zcu104x2", *auto)], True)
    yield from each(DENSE, FINN, [("pynq-z2x3", *two), ("zcu104x1",), ("fleet-zynq", *auto), ("u200x2", *tight), ("u280x4", *auto, *fewest), ("chain-u200x3", *two)])
    yield from each(CONVOLUTIONAL, FINN, [("u280x1",), ("u280x2", *two), ("u280x4", *auto), ("u200x2", *auto), ("u200x2", *tight), ("u250x2",), ("pynq-z1x5",),
                                          ("pynq-z1x5", *auto), ("zcu104x2", *auto), ("zcu104x2", *fewest), ("fleet-zynq",), ("fleet-zynq", *auto), ("fleet-zcu",), ("fleet-alveo", *auto),
                                          ("chain-u280x4", "--fpgas", "3"), ("star-u50x4", *latency), ("hosts-u280x4", *auto), ("u280x8", *auto)])
    yield from each(FLOAT, STREAM, [("u280x1",), ("u280x2", *two), ("u250x1",), ("zcu104x2",), ("chain-u280x4", "--fpgas", "3"), ("pynq-z2x5",)])
    yield from each(FLOAT[:-1], STREAM, [("u200x2", *auto), ("fleet-alveo", *auto), ("hosts-u200x4", *auto)])  # minutes for the last
    yield from each(FLOAT_DENSE, STREAM, [("pynq-z2x3",), ("zcu104x2",), ("u280x2", *auto), ("u50x2", *tight)])
    large = [("u280x1",), ("u280x2",), ("u280x3",), ("u280x4", "--fpgas", "4"), ("u200x2",), ("u200x4", "--fpgas", "4"), ("u250x2",), ("u250x2", *two), ("fleet-alveo",),
             ("fleet-u280-u200",), ("chain-u280x4",), ("chain-alveo",), ("hosts-u280x4", "--fpgas", "4"), ("u280x4", *tight), ("u280x2", *auto), ("u280x4", *auto),
             ("hosts-u280x4", *auto), ("u200x4", *auto), ("fleet-u280-u200", *auto), ("zcu104x5",)]
    yield from each(LARGE, FINN, large)


def model_file(shared, network, folder):
    """The ONNX file of a network, unpacked into `folder` where need be."""
    path = shared / "models" / network / "model.onnx"
    packed, unpacked = path.with_name("model.onnx.xz"), folder / f"{network}.onnx"
    if packed.exists():
        if not unpacked.exists():
            unpacked.write_bytes(lzma.open(packed).read())
        return unpacked
    return path


def cluster_argument(name, folder, clusters=WRITTEN):
    if name not in clusters:
        return name
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"schema": "braid-cluster-1", "name": name, **clusters[name]}))
    return path


def run(*words, patience=PATIENCE):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=patience)


def steps_between(problem, bound, period):
    """How many periods that some choice has are longer than `bound` and shorter than `period`."""
    found = set()
    for table, kind in {(layer["tables"][k], k) for layer in problem["layers"] for k in range(len(problem["kinds"])) if layer["tables"][k] >= 0}:
        own = problem["kinds"][kind]
        turns = own["members"] if own["takes_turns"] else 1
        found |= {-(-row[0] * own["cycle_fs"] // turns) for row in problem["tables"][table]}
    return sum(bound < fs < period for fs in found)


@dataclasses.dataclass
class Row:
    """What a plan reaches. Gaps in percent of its period; None: nothing is proven."""
    rate: int = 0
    fpgas: int = 0
    contiguous: float = None
    anywhere: float = None
    steps: int = None
    verdict: str = ""

    def cells(self):
        shown = lambda value, form="{}": "" if value is None else form.format(value)
        return [f"{self.rate:,}" if self.rate else "", str(self.fpgas or ""), shown(self.contiguous, "{:.2f}"), shown(self.anywhere, "{:.2f}"),
                shown(self.steps), self.verdict]


def gap(bound, period):
    return round(100 * max(0, period - bound - 1) / period, 2)


def judged(out, report, row):
    """Fills a row in from the files of the proof."""
    done = run(sys.executable, ROOT / "tools/check_certificate.py", out / "problem.json", out / "certificate.json")
    if done.returncode:
        row.verdict = "FAILED: " + (done.stdout + done.stderr).strip()[:200]
        return
    problem, certificate = (json.loads((out / f"{name}.json").read_text()) for name in ("problem", "certificate"))
    # What only a whole plan shows (converters' own pace) may make it slower than the problem's plan. Reports have six digits.
    reached = round(report["period_us"] * 1e9)
    planned = certificate["plan"]["period_fs"] if "plan" in certificate else reached  # of the simple solver
    if reached * (1 + 1e-5) <= certificate["infeasible_fs"]:
        row.verdict = f"FAILED: its period is {reached} fs, and of none up to {certificate['infeasible_fs']} fs there is a plan"
        return
    period = planned if reached <= planned * (1 + 1e-5) else reached
    row.contiguous = gap(certificate["infeasible_fs"], period)
    elsewhere = certificate.get("anywhere", {}).get("infeasible_fs", 0)
    if problem["most_fpgas"] == 1 and all(len(kind["dies"]) == 1 for kind in problem["kinds"]):
        elsewhere = max(elsewhere, certificate["infeasible_fs"])  # on one die every placement is contiguous
    row.anywhere, row.steps = gap(elsewhere, period), steps_between(problem, elsewhere, period)
    row.verdict = "accepted"


def planned(braid, one, shared, folder, keep):
    with tempfile.TemporaryDirectory(dir=folder) as own:
        out = pathlib.Path(own) / "out"
        words = [model_file(shared, one.network, folder), "--cluster", cluster_argument(one.cluster, pathlib.Path(own)), *one.options]
        try:
            done = run(braid, "compile", *words, "--json", "-o", out)
        except subprocess.TimeoutExpired:
            return Row(verdict="FAILED: took too long")
        if done.returncode == 3:
            return Row(verdict="no plan fits")
        if done.returncode:
            return Row(verdict=f"FAILED: {done.stderr.strip()[:200]}")
        report = json.loads(done.stdout)
        row = Row(int(1e6 / report["period_us"]), report["fpgas_used"], verdict="no certificate")
        if (out / "certificate.json").exists():
            judged(out, report, row)
            if keep:
                to = keep / re.sub(r"[^\w.=,-]+", "_", " ".join(one.key))
                to.mkdir(parents=True, exist_ok=True)
                for name in ("problem.json", "certificate.json"):
                    shutil.copy(out / name, to)
        for command in (["verify", out, "--random", "3"],) if one.verified else ():
            done = run(braid, *command)
            if done.returncode:
                row.verdict = f"FAILED: braid {command[0]}: {(done.stderr or done.stdout).strip()[:200]}"
            else:
                row.verdict += ", bit-exact"
        return row


def read_table(path):
    """{(network, cluster, options): (frames per second, contiguous gap)} as last written."""
    out = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        cells = [cell.strip(" `") for cell in line.split("|")[1:-1]]
        if len(cells) == 9 and cells[0] not in ("network", "---"):
            out[tuple(cells[:3])] = (int(cells[3].replace(",", "") or 0), cells[5])
    return out


def fault(row, before):
    """What is wrong with a row, or worse than before; empty if nothing."""
    if "FAILED" in row.verdict:
        return row.verdict
    if before and row.rate < before[0]:
        return f"slower: {row.rate:,} frames/s, {before[0]:,} in the table"
    if before and before[1] == "0.00" and row.contiguous != 0:
        return "its proof is lost"
    return "" if before else "it is not in the table (--update FILE)"


def summary(rows):
    proofs = [row for row in rows if row.contiguous is not None]
    proven = sum(row.contiguous == 0 for row in proofs)
    steps = [row.steps for row in proofs]
    gaps = [row.anywhere for row in proofs]
    told = collections.Counter(row.verdict.split(":")[0].removesuffix(", bit-exact") for row in rows)
    lines = [f"{len(rows)} instances: " + ", ".join(f"{count} {what}" for what, count in sorted(told.items()))]
    if proofs:
        lines += [f"contiguous plans proven to be fastest: {proven} of {len(proofs)} with a certificate ({100 * proven / len(proofs):.1f} %)",
                  f"any placement: gap {statistics.median(gaps):.2f} % in the median, {statistics.median(steps):g} steps of foldings; "
                  f"none in {sum(g == 0 for g in gaps)}, at most one step in {sum(s <= 1 for s in steps)} of {len(steps)}"]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("braid", type=pathlib.Path)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--update", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    braid, keep = asked.braid.resolve(), asked.keep and asked.keep.resolve()
    if not (asked.shared / "models").is_dir():
        print(f"skipped: there is no {asked.shared / 'models'}")
        return 77
    chosen = [one for one in instances() if one.quick or not asked.quick]
    table, rows, lines, failed = read_table(TABLE), [], [], 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for one in chosen:  # unpacked before two want it
            model_file(asked.shared, one.network, pathlib.Path(folder))
        for one, row in zip(chosen, pool.map(lambda one: planned(braid, one, asked.shared, pathlib.Path(folder), keep), chosen)):
            wrong = fault(row, (0, "") if asked.update else table.get(one.key))
            failed += bool(wrong)
            rows.append(row)
            lines.append(f"| {one.network} | `{one.cluster}` | `{' '.join(one.options)}` | {' | '.join(row.cells())} |")
            print(lines[-1] + (f" FAILED {wrong}" if wrong else ""), flush=True)
    told = summary(rows)
    if asked.update:
        asked.update.write_text("\n".join([
            "# Plans and proofs", "", "Written by `tools/partition_suite.py build/braid ../shared --update tests/partition/suite.md`. Clusters that are no names of "
            "braid's are in that file. Gaps in percent of the period: between the plan and what no plan of consecutive layers, or no placement of any kind, is as fast as; "
            "0.00 is proven. Steps: periods of foldings that are shorter than the plan's and not excluded.", "", *[f"- {line}" for line in told], "",
            "| network | cluster | options | frames/s | FPGAs | contiguous gap | any placement gap | steps | checker |", "|---|---|---|--:|--:|--:|--:|--:|---|",
            *lines]) + "\n")
    print("\n".join(told))
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
