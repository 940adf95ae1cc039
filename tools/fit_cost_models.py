#!/usr/bin/env python3
"""Fits the coefficients of cost_models/hls4ml.json and measures their errors.

    tools/fit_cost_models.py            compares with the file, says what differs (exit code 1)
    tools/fit_cost_models.py --write    writes the file

Rows come from cost_models/samples (free to be passed on) and, where it exists, from the folder of $BRAID_SHARED (default:
../shared beside the repository), whose rows are not. Entries whose rows are absent are kept as they are. Needs Python 3.9
and nothing else; same rows, same file.

Formulas and the meaning of each coefficient: cost_models/README.md.
"""
import argparse
import csv
import json
import math
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "cost_models" / "hls4ml.json"
SAMPLES = ROOT / "cost_models" / "samples" / "dense_csynth.csv"
SHARED = Path(os.environ.get("BRAID_SHARED", ROOT.parent / "shared")) / "data" / "synthesis"

# Widths (bits) and depths (words) of one RAMB18: AMD UG573.
BRAM18 = [(1, 16384), (2, 8192), (4, 4096), (9, 2048), (18, 1024), (36, 512)]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def log2_lines(value):
    """log2 with straight lines between powers of two, as the formulas have it."""
    place = value.bit_length() - 1
    return place + value / (1 << place) - 1


def bram18(width, depth):
    return min(-(-width // w) * -(-depth // d) for w, d in BRAM18)


def ceil_log2(value):
    return (value - 1).bit_length()


def solve(matrix, right):
    """Gaussian elimination with pivoting."""
    n = len(right)
    rows = [list(map(float, matrix[i])) + [float(right[i])] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(n):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def fit(features, targets):
    """Least squares of the relative error."""
    scaled = [[x / t for x in f] for f, t in zip(features, targets)]
    n = len(features[0])
    normal = [[sum(f[i] * f[j] for f in scaled) for j in range(n)] for i in range(n)]
    return solve(normal, [sum(f[i] for f in scaled) for i in range(n)])


def dot(coefficients, feature):
    return sum(c * x for c, x in zip(coefficients, feature))


def errors(pairs):
    """Mean and largest relative error of (predicted, true) with true > 0."""
    all_errors = [abs(p - t) / t for p, t in pairs]
    return {"mape": round(sum(all_errors) / len(all_errors), 4), "max": round(max(all_errors), 4)}


def left_out(features, targets, groups):
    """Errors of each group's rows, predicted from the rows of all other groups."""
    pairs = []
    for group in sorted(set(groups)):
        inside = [i for i, g in enumerate(groups) if g == group]
        outside = [i for i, g in enumerate(groups) if g != group]
        coefficients = fit([features[i] for i in outside], [targets[i] for i in outside])
        pairs += [(dot(coefficients, features[i]), targets[i]) for i in inside]
    return errors(pairs)


def rounded(names, values):
    return {name: round(value, 4) for name, value in zip(names, values)}


def sample_rows():
    rows = []
    for row in read(SAMPLES):
        if row["ok"] == "1":
            rows.append({key: value if key == "strategy" else int(value) for key, value in row.items()})
    return rows


def dense_resource_csynth():
    rows = [r for r in sample_rows() if r["strategy"] == "resource" and r["reuse"] > 1]
    features = {"LUT": [], "FF": []}
    for r in rows:
        products = -(-r["n_in"] * r["n_out"] // r["reuse"])
        has_mux = r["reuse"] > 2 * r["n_in"]
        by_dsp = r["weight_bits"] > 4
        ways = 1 << ceil_log2(r["n_out"])
        features["LUT"].append([1, r["n_in"], r["n_out"], products * ways * has_mux, products * (not has_mux),
                                products * (not by_dsp)])
        features["FF"].append([products * by_dsp, log2_lines(r["reuse"]), r["n_out"], products * r["weight_bits"] * by_dsp])
    names = {"LUT": ["lutBase", "lutPerInput", "lutPerOutput", "lutPerWay", "lutPerProduct", "lutPerNarrowProduct"],
             "FF": ["ffPerProduct", "ffPerLogReuse", "ffPerOutput", "ffPerWeightBit"]}
    shapes = sorted({(r["n_in"], r["n_out"]) for r in rows})
    fold = [shapes.index((r["n_in"], r["n_out"])) % 5 for r in rows]
    coefficients, error = {}, {}
    for resource, key in (("LUT", "lut"), ("FF", "ff")):
        targets = [r[key] for r in rows]
        coefficients.update(rounded(names[resource], fit(features[resource], targets)))
        error[resource] = left_out(features[resource], targets, fold)
    error["BRAM18"] = errors([(bram18(-(-r["n_in"] * r["n_out"] // r["reuse"]) * r["weight_bits"], r["reuse"]) +
                               (r["reuse"] > 2 * r["n_in"]), r["bram18"]) for r in rows])
    error["DSP"] = {"mape": 0, "max": 0}
    return {
        "name": "dense-resource-csynth", "stage": "csynth", "tool": "hls4ml 0.8.1, Vivado HLS 2020.1, 5 ns",
        "family": "alveo-ultrascale+ (xcu250)", "source": "wa-hls4ml-2024: cost_models/samples/dense_csynth.csv (Apache-2.0)",
        "samples": len(rows), "judged": "five folds by shape", "range": ranges(rows),
        "coefficients": coefficients, "error": error}


def ranges(rows):
    return {"weightBits": [min(r["weight_bits"] for r in rows), max(r["weight_bits"] for r in rows)],
            "inputs": [min(r["n_in"] for r in rows), max(r["n_in"] for r in rows)],
            "outputs": [min(r["n_out"] for r in rows), max(r["n_out"] for r in rows)],
            "reuse": [min(r["reuse"] for r in rows), max(r["reuse"] for r in rows)]}


def legal_reuse(n_in, n_out):
    return [d for d in range(1, n_in + 1) if n_in % d == 0] + [n_in * d for d in range(2, n_out + 1) if n_out % d == 0]


def mlp_rows():
    """Networks of wa-hls4ml 2025: every layer (inputs, outputs, reuse factor used, products per cycle)."""
    rows = []
    for r in read(SHARED / "mlp_vsynth.csv"):
        widths = [int(x) for x in r["model"].split("-")]
        layers = []
        for n_in, n_out in zip(widths, widths[1:]):
            reuse = min(legal_reuse(n_in, n_out), key=lambda x: (abs(x - int(r["rf"])), x))
            layers.append((n_in, n_out, reuse, n_in * n_out // reuse))
        rows.append((widths, int(r["prec"]), layers, r))
    return rows


def dense_resource_vsynth():
    rows = mlp_rows()
    lut = [[sum(w[1:]), sum(w[1:-1]), sum(m for *_, m in layers) * bits] for w, bits, layers, _ in rows]
    ff = [[sum(w[:-1]), sum(w[1:]), sum(w[1:-1])] for w, bits, layers, _ in rows]
    lut_true, ff_true = [int(r["LUT"]) for *_, r in rows], [int(r["FF"]) for *_, r in rows]
    coefficients = rounded(["lutPerOutput", "lutPerActivation", "lutPerWeightBit"], fit(lut, lut_true))
    coefficients.update(rounded(["ffPerInput", "ffPerOutput", "ffPerActivation"], fit(ff, ff_true)))
    each = list(range(len(rows)))
    error = {"LUT": left_out(lut, lut_true, each), "FF": left_out(ff, ff_true, each), "DSP": {"mape": 0, "max": 0}}
    bound = [(2 * float(r["BRAM_tile"]), sum(rom18(n_in, n_out, reuse, products, bits) for n_in, n_out, reuse, products in layers))
             for _, bits, layers, r in rows]
    error["BRAM18"] = {"boundHolds": f"{sum(true <= upper for true, upper in bound)} of {len(bound)}",
                       "largestExcess": round(max(true / upper for true, upper in bound), 4)}
    every = [layer for _, _, layers, _ in rows for layer in layers]
    return {
        "name": "dense-resource-vsynth", "stage": "vsynth", "tool": "hls4ml 1.x, Vitis HLS and Vivado 2023.2, 5 ns",
        "family": "alveo-ultrascale+ (xcu250)",
        "source": "wa-hls4ml 2025, two- and three-layer networks (rows CC-BY-NC-4.0, not kept here)",
        "samples": len(rows), "judged": "each network from all others",
        "range": {"weightBits": [min(r[1] for r in rows), max(r[1] for r in rows)],
                  "inputs": [min(x[0] for x in every), max(x[0] for x in every)],
                  "outputs": [min(x[1] for x in every), max(x[1] for x in every)],
                  "reuse": [min(x[2] for x in every), max(x[2] for x in every)]},
        "coefficients": coefficients, "error": error}


def rom18(n_in, n_out, reuse, products, bits):
    """Upper bound of the memory of one layer: a ROM per product and the ROM of output indices."""
    if reuse <= 64:
        return 0
    roms = products * bram18(bits, reuse) if reuse > 512 else bram18(products * bits, reuse)
    return roms + (bram18(ceil_log2(n_out), reuse) if reuse > 2 * n_in else 0)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


# Bits of the values and of the accumulator in the samples.
VALUE_BITS = 16


# Products of 16 x 16 bits in unrolled layers of trained networks, per weight that is not zero: means over harvested reports
# (xcu250, csynth; no licence stated, not kept here).
TRAINED_16 = {"lut": 28.0, "dsp": 0.79}


def dense_unrolled_csynth():
    rows = [r for r in sample_rows() if r["reuse"] == 1 and r["n_in"] * r["n_out"] < 4096]
    bits = sorted({r["weight_bits"] for r in rows})
    weights = lambda r: r["n_in"] * r["n_out"] * (1 - 2.0 ** -r["weight_bits"])  # random weights: how many are not zero
    per_bits = {b: [r for r in rows if r["weight_bits"] == b] for b in bits}
    lut = {b: mean(r["lut"] / weights(r) for r in per_bits[b]) for b in bits}
    # Weights of two bits are -2 to 1: next to nothing but adders.
    adder = lut[2] / VALUE_BITS
    trained = [r for r in read(SHARED / "layers_csynth.csv") if r["func"] == "dense_latency" and r["reuse_factor"] == "1"
               and int(r["n_nonzeros"]) >= 50]
    by_dsp = [r for r in trained if int(r["DSP"]) > 0]
    by_lut = [r for r in trained if int(r["DSP"]) == 0]
    coefficients = {
        "lutPerAccumBit": round(adder, 4),
        "lutPerBitProduct": round((mean(int(r["LUT"]) / int(r["n_nonzeros"]) for r in by_lut) - adder * VALUE_BITS) / 64, 4),
        "weightBits": bits,
        "lutPerProduct": [round(max(0, lut[b] - adder * VALUE_BITS), 3) for b in bits],
        "dspPerProduct": [round(mean(r["dsp"] / weights(r) for r in per_bits[b]), 3) for b in bits],
        "ffPerProduct": [round(mean(r["ff"] / weights(r) for r in per_bits[b] if r["strategy"] == "latency"), 3) if any(
            r["strategy"] == "latency" for r in per_bits[b]) else 0 for b in bits],
        "ffPerProductZynq7000": round(mean(int(r["FF"]) / int(r["n_nonzeros"]) for r in by_dsp), 3)}

    coefficients["weightBits"] = bits + [16]
    coefficients["lutPerProduct"].append(round(TRAINED_16["lut"] - adder * VALUE_BITS, 3))
    coefficients["dspPerProduct"].append(TRAINED_16["dsp"])
    coefficients["ffPerProduct"].append(coefficients["ffPerProduct"][-1])

    def predicted(r):
        i = bits.index(r["weight_bits"])
        return weights(r) * (coefficients["lutPerAccumBit"] * VALUE_BITS + coefficients["lutPerProduct"][i])

    def predicted_trained(r):  # 8-bit values: half the multiplier of 16 bits
        each = coefficients["lutPerAccumBit"] * VALUE_BITS + coefficients["lutPerProduct"][bits.index(8)] / 2
        return int(r["n_nonzeros"]) * each

    error = {"LUT": errors([(predicted(r), r["lut"]) for r in rows]),
             "LUT of trained networks": errors([(predicted_trained(r), int(r["LUT"])) for r in by_dsp]),
             "DSP": errors([(weights(r) * coefficients["dspPerProduct"][bits.index(r["weight_bits"])], r["dsp"]) for r in rows if r["dsp"]]),
             "FF": errors([(weights(r) * coefficients["ffPerProduct"][bits.index(r["weight_bits"])], r["ff"]) for r in rows
                           if r["strategy"] == "latency"])}
    return {
        "name": "dense-unrolled-csynth", "stage": "csynth",
        "tool": "hls4ml 0.8.1, Vivado HLS 2020.1, 5 ns; Zynq: Vitis HLS 2021.1, 3.3 and 5 ns",
        "family": "alveo-ultrascale+ (xcu250); adders and Zynq flip-flops: zynq-7000 (xc7z007s)",
        "source": "wa-hls4ml-2024 (Apache-2.0, samples); harvested reports of trained 8-bit networks and, for 16 bits, means over 16 x 16 layers (no licence stated, not kept here)",
        "samples": len(rows) + len(trained), "judged": "on the rows themselves", "range": {**ranges(rows), "weightBits": [2, 16]},
        "coefficients": coefficients, "error": error}


def others_csynth():
    rows = read(SHARED / "layers_csynth.csv")
    number = lambda r, key: int(r[key])
    relu = [r for r in rows if r["func"] == "relu"]
    softmax = [r for r in rows if r["func"] == "softmax_stable"]
    with_dsp = [r for r in softmax if number(r, "DSP") > 0]
    coefficients = {
        "reluLutPerElement": round(mean(number(r, "LUT") / number(r, "n_in") for r in relu), 3),
        "reluFfPerElement": round(mean(number(r, "FF") / number(r, "n_in") for r in relu), 3),
        "softmaxLutPerElement": round(mean(number(r, "LUT") / number(r, "n_in") for r in with_dsp), 3),
        "softmaxFfPerElement": round(mean(number(r, "FF") / number(r, "n_in") for r in with_dsp), 3),
        "softmaxDspPerElement": 1, "softmaxBramPerElement": 1, "softmaxLatency": 6, "softmaxLatencyPerLevel": 2.5}
    predicted = lambda r, what: coefficients[what] * number(r, "n_in")
    latency = lambda r: 6 + 2.5 * ceil_log2(number(r, "n_in"))
    error = {"relu LUT": errors([(predicted(r, "reluLutPerElement"), number(r, "LUT")) for r in relu]),
             "softmax LUT": errors([(predicted(r, "softmaxLutPerElement"), number(r, "LUT")) for r in with_dsp]),
             "softmax FF": errors([(predicted(r, "softmaxFfPerElement"), number(r, "FF")) for r in with_dsp]),
             "softmax BRAM18": errors([(number(r, "n_in"), number(r, "BRAM_18K")) for r in softmax]),
             "softmax DSP": errors([(number(r, "n_in"), number(r, "DSP")) for r in with_dsp]),
             "softmax latency": errors([(latency(r), number(r, "lat_max")) for r in with_dsp])}
    return {
        "name": "activations-csynth", "stage": "csynth", "tool": "Vitis HLS 2021.1, 3.3 and 5 ns", "family": "zynq-7000 (xc7z007s)",
        "source": "harvested reports of trained 8-bit networks (no licence stated, not kept here)",
        "samples": len(relu) + len(softmax), "judged": "on the rows themselves",
        "range": {"inputs": [min(number(r, "n_in") for r in relu + softmax), max(number(r, "n_in") for r in relu + softmax)]},
        "coefficients": coefficients, "error": error}


STAGE_RATIO = {
    "name": "stage-ratio", "stage": "vsynth", "tool": "Vivado 2018.2 to 2020.1",
    "family": "virtex-ultrascale+ (xcvu9p, xcu250)",
    "source": "medians over 20 convolutional networks synthesised at both stages (keb-l hls4ml fork; no licence stated, not kept here); the "
              "tutorial's two networks agree (LUT 2.0 and 2.2, FF 1.2 and 1.4, DSP 1.00)",
    "samples": 20, "judged": "smallest and largest ratio seen",
    "coefficients": {"lut": 2.24, "ff": 1.46, "dsp": 1.0},
    "error": {"LUT": {"smallest": 1.41, "largest": 5.79}, "FF": {"smallest": 1.16, "largest": 2.34},
              "DSP": {"smallest": 1.0, "largest": 1.01}}}


def build(old):
    """The whole table; entries whose rows are absent come from the old one."""
    kept = {entry["name"]: entry for entry in old.get("entries", [])}
    entries = [dense_resource_csynth()]
    for name, make in (("dense-resource-vsynth", dense_resource_vsynth), ("dense-unrolled-csynth", dense_unrolled_csynth),
                       ("activations-csynth", others_csynth)):
        if SHARED.is_dir():
            entries.append(make())
        elif name in kept:
            print(f"fit_cost_models: {SHARED} is absent, '{name}' is kept as it is", file=sys.stderr)
            entries.append(kept[name])
    entries.append(STAGE_RATIO)
    return {"schema": "braid-cost-model-1", "name": "hls4ml", "entries": entries}


def text_of(table):
    """JSON with short lists on one line."""
    import re
    text = json.dumps(table, indent=2, ensure_ascii=True)
    flat = lambda match: re.sub(r"\s*\n\s*", " ", match.group(0)).replace("[ ", "[").replace(" ]", "]").replace("{ ", "{").replace(" }", "}")
    text = re.sub(r"\[[^\[\]{}]*\]", flat, text)
    return re.sub(r'\{\s*"(?:mape|smallest|boundHolds)"[^{}]*\}', flat, text) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write cost_models/hls4ml.json")
    arguments = parser.parse_args()
    old = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    table = build(old)
    for entry in table["entries"]:
        print(f"{entry['name']}: {entry['samples']} samples, " + ", ".join(
            f"{key} " + " ".join(f"{k} {v}" for k, v in value.items()) for key, value in entry["error"].items()))
    if arguments.write:
        TABLE.write_bytes(text_of(table).encode("ascii"))
        return 0
    if table != old:
        print("fit_cost_models: cost_models/hls4ml.json differs; --write brings it up to date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
