#!/usr/bin/env python3
"""End-to-end tests: the program as a user runs it. Usage: run.py PROGRAM [TEST...]; ends with
`N passed, N failed, N skipped`. A test that needs an oracle that is absent is skipped with its reason, and fails
where BRAID_REQUIRE_ORACLES=1."""
import csv
import hashlib
import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import finn_grid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("BRAID_SHARED", ROOT.parent / "shared"))
ORACLES = pathlib.Path(os.environ.get("BRAID_ORACLES", ROOT / ".oracles"))
MODELS = ROOT / "models"
DIGITS = ["--input", MODELS / "digits/images_28x28.npy", "--divide-by", "255"]
LABELS = ["--labels", MODELS / "digits/labels.npy"]


class Skip(Exception):
    pass


def braid(*words, code=0, cwd=None):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, errors="replace", cwd=cwd, timeout=600)
    assert done.returncode == code, f"braid {' '.join(map(str, words))}: exit {done.returncode}, not {code}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout if code == 0 else done.stderr


def oracle(program, *words):
    if not (ORACLES / "bin/python").exists():
        raise Skip("no oracles (tools/setup.sh --test installs them)")
    done = subprocess.run([ORACLES / "bin/python", program, *map(str, words)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def numbers(path):
    """Shape and values of a float32 .npy file, without numpy."""
    import struct
    data = path.read_bytes()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    shape = [int(n) for n in re.search(r"'shape': \(([^)]*)\)", data[10:start].decode()).group(1).split(",") if n.strip()]
    return shape, struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])


def tree(folder):
    """Hash of every file below a folder, by path."""
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def split_is_exact(model, cluster, fpgas, tmp, data=DIGITS + LABELS, more=()):
    braid("compile", MODELS / model, "--cluster", cluster, "--fpgas", fpgas, *more, "-o", tmp / "out")
    out = braid("verify", tmp / "out", *data)
    assert out.splitlines()[-1].startswith("verify: bit-exact"), out
    rates = re.search(r"whole ([\d.]+) %, split ([\d.]+) %, emitted ([\d.]+) %; float model ([\d.]+) %", out)
    whole, split, emitted, real = map(float, rates.groups())
    assert whole == split == emitted and abs(whole - real) <= 0.5, out


def test_cnn_over_five_boards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "pynq-z2x5", 5, tmp)


def test_mlp_over_three_boards(tmp):
    split_is_exact("mnist_mlp_784_16_32_10.onnx", "pynq-z2x5", 3, tmp)


def test_mlp_over_two_cards(tmp):
    split_is_exact("mnist_mlp_784_16_32_10.onnx", "u280x2", 2, tmp)


def test_cnn_over_two_cards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "u280x2", 2, tmp)


def test_residual_cnn_over_three_cards(tmp):
    split_is_exact("mnist_rescnn_gap.onnx", "u280x3", 3, tmp)


SMALL_DIGITS = ["--input", MODELS / "digits/images_16x16.npy", "--divide-by", "255"]


def test_published_network_by_input_over_two_boards(tmp):
    split_is_exact("mnist_mlp_784_16_10.onnx", "pynq-z2x2", 2, tmp, more=["--split", "input"])


def test_published_network_by_neuron_over_two_boards(tmp):
    split_is_exact("mnist_mlp_256_46_10.onnx", "pynq-z2x2", 2, tmp, SMALL_DIGITS + LABELS, ["--split", "neuron"])


def test_cnn_by_neuron_over_five_boards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "pynq-z2x5", 5, tmp, more=["--split", "neuron"])


def test_cnn_by_input_over_five_boards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "pynq-z2x5", 5, tmp, more=["--split", "input"])


def test_cnn_by_rows_over_five_boards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "pynq-z2x5", 5, tmp, more=["--split", "rows"])


def test_cnn_layers_cut_as_asked_over_cards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "u280x3", 3, tmp, more=["--split-layer", "conv2=input:3:1,fc3=neuron:2"])


def quantised_is_exact(name, tmp, *flags, frames=20):
    """A network of the shared folder over several FPGAs: whole = split = emitted, on frames of noise."""
    model = SHARED / "models" / name / "model.onnx"
    if model.with_name("model.onnx.xz").exists():
        model = tmp / "model.onnx"
        model.write_bytes(lzma.open(SHARED / "models" / name / "model.onnx.xz").read())
    if not model.exists():
        raise Skip(f"{model} is absent")
    braid("compile", model, *flags, "-o", tmp / "out")
    out = braid("verify", tmp / "out", "--random", frames)
    assert out.splitlines()[-1].startswith("verify: bit-exact"), out


def test_quantised_tfc_in_one_piece(tmp):
    quantised_is_exact("tfc_1w1a", tmp, "--cluster", "u280", "--fpgas", 1)


def test_quantised_tfc_by_neuron(tmp):
    quantised_is_exact("tfc_2w2a", tmp, "--cluster", "pynq-z2x3", "--fpgas", 3, "--split", "neuron")


def test_quantised_tfc_by_input(tmp):
    quantised_is_exact("tfc_2w2a", tmp, "--cluster", "u280x2", "--fpgas", 2, "--split-layer", "MatMul_20=input:2")


def test_quantised_kws_over_two_cards(tmp):
    quantised_is_exact("kws_mlp_w3a3_mlperf", tmp, "--cluster", "u280x2", "--fpgas", 2)


def test_quantised_cnn_by_rows(tmp):
    quantised_is_exact("ours_cnn_73k_qonnx_w4a4_pow2", tmp, "--cluster", "pynq-z2x3", "--fpgas", 3, "--split", "rows")


def test_quantised_cnn_in_eight_bits_by_neuron(tmp):
    quantised_is_exact("ours_cnn_73k_int8qdq", tmp, "--cluster", "u280x3", "--fpgas", 3, "--split", "neuron")


def test_quantised_cnv_over_two_cards(tmp):
    """Accumulators so wide that a pixel of them takes several beats, and levels of it one."""
    quantised_is_exact("gen_cnv_w2a2", tmp, "--cluster", "u280x2", "--fpgas", 2, frames=3)


def test_quantised_mobilenet_over_two_cards(tmp):
    quantised_is_exact("gen_mobilenetv1_025_w4a4", tmp, "--cluster", "u280x2", "--fpgas", 2, frames=3)


def finn_is_exact(case):
    """A test of a network as FINN-style projects: whole = split = emitted."""
    def test(tmp):
        if finn_grid.model_file(case[0], tmp) is None:
            raise Skip(f"the network {case[0]} is absent")
        cells, good = finn_grid.one(PROGRAM, *case)
        assert good and cells[-1] == "bit-exact", cells
    return test


for _name, _device, _fpgas, _split, _frames in finn_grid.QUICK:
    globals()[f"test_finn_{_name}_{_split if _fpgas > 1 else 'whole'}_on_{_device}x{_fpgas}"] = finn_is_exact((_name, _device, _fpgas, _split, _frames))


def test_finn_style_refuses_reals_and_options_of_the_other(tmp):
    model = MODELS / "mnist_mlp_784_16_10.onnx"
    told = braid("compile", model, "--backend", "finn", "--cluster", "u280", "-o", tmp / "out", code=1)
    assert "whole numbers only" in told and "the hls4ml style takes it" in told and told.count("error:") == 1, told
    assert not (tmp / "out").exists()
    for option in (["--io", "parallel"], ["--strategy", "latency"], ["--reuse", "4"]):
        assert f"{option[0]}" in braid("plan", model, "--backend", "finn", *option, "--cluster", "u280", code=2)
    assert "--backend hls4ml would work with it" in braid("plan", model, "--backend", "finn", "--cost-model", "hls4ml", "--cluster", "u280", code=2)
    assert "hls4ml and finn are known" in braid("plan", model, "--backend", "fin", "--cluster", "u280", code=2)


FOLDINGS = {  # network: cluster, FINN's configuration (below finn-examples), cycles of its slowest matrix unit (facts of FINN)
    "tfc_1w1a": ("pynq-z1x1", "bnn-pynq/folding_config/tfc-w1a1_folding_config.json", 64),
    "kws_mlp_w3a3_mlperf": ("pynq-z1x1", "kws/folding_config/kws_folding_config.json", 392),
    "gen_cnv_w2a2": ("pynq-z1x1", "bnn-pynq/folding_config/cnv-w2a2_folding_config.json", 115_200),
    "gen_mobilenetv1_w4a4": ("u250x1", "mobilenet-v1/folding_config/U250_folding_config.json", 112_896),
    "gen_resnet50_v15_w2a2": ("u250x4", "resnet50/folding_config/U250_folding_config.json", 903_168),
}
ALL_OF_IT = ["--limits", "lut=100,ff=100,bram18=100,uram=100,dsp=100"]


def folded_as_finn(name):
    """FINN's own folding runs through unchanged: its slowest unit, and the folding that comes out is the one that went in."""
    def test(tmp):
        cluster, config, cycles = FOLDINGS[name]
        config, model = SHARED / "data/finn/finn-examples" / config, finn_grid.model_file(name, tmp)
        if model is None or not config.exists():
            raise Skip(f"the network {name} or its folding is absent")
        flow = ["--backend", "finn", "--cluster", cluster, *ALL_OF_IT]
        told = braid("compile", model, *flow, "--folding", config, "-o", tmp / "out")
        assert "not used, because it follows from the rest" in told, told[-2000:]
        reports = sorted((tmp / "out").glob("*/hls/report"))
        slowest = max(c for r in reports for unit, c in json.loads((r / "estimate_layer_cycles.json").read_text()).items() if unit[:4] in ("MVAU", "VVAU"))
        assert slowest == cycles, slowest
        if name.startswith(("tfc", "kws")):  # all thresholds stand behind sums
            assert "Thresholding" not in (reports[0] / "estimate_layer_cycles.json").read_text()
        if len(reports) == 1:
            ours, plan = reports[0] / "final_hw_config.json", (tmp / "out/plan.json").read_text()
            braid("compile", model, *flow, "--folding", ours, "-o", tmp / "again")
            again = json.loads((tmp / "again/plan.json").read_text())
            matrices = lambda p: [row for row in p["layers"] if "SIMD" in row]
            assert matrices(again) == matrices(json.loads(plan))
            given = [v for k, v in json.loads(config.read_text()).items() if k.startswith("MVAU")]
            made = [v for k, v in json.loads(ours.read_text()).items() if k.startswith("MVAU")]
            assert [(g["PE"], g["SIMD"]) for g in given] == [(m["PE"], m["SIMD"]) for m in made]
    return test


for _name in FOLDINGS:
    globals()[f"test_folding_of_finn_for_{_name}"] = folded_as_finn(_name)


def test_finn_analytic_is_what_finn_reports(tmp):
    model = finn_grid.model_file("tfc_1w1a", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "pynq-z1x1", "--cost-model", "finn-analytic", *ALL_OF_IT]
    rows = json.loads(braid("plan", model, *flow, "--json"))["fpgas"][0]["layers"]
    braid("compile", model, *flow, "-o", tmp / "out")
    said = json.loads((tmp / "out/fpga0/hls/report/estimate_layer_resources.json").read_text())
    dense = [row for row in rows if row["kind"] == "Dense"]
    assert len(dense) == 4
    for i, row in enumerate(dense):
        unit = said[f"MVAU_hls_{i}"]
        assert (row["used"]["LUT"], row["used"]["BRAM18"], row["used"]["DSP"]) == (unit["LUT"], unit["BRAM_18K"], unit["DSP"]), (row, unit)
    # By hand from lut_estimation and bram_estimation of FINN's MVAU_hls, 784 x 64 in one bit each, sums of 10 bits:
    # 300 + 1.1 * 16 * (49 * 2 + 2 * 97 + 10) LUTs; 16 * 49 bits by 64 words, 36 bits to a block.
    (tmp / "folding.json").write_text('{"MVAU_hls_0": {"PE": 16, "SIMD": 49, "ram_style": "block", "resType": "lut"}}')
    rows = json.loads(braid("plan", model, *flow, "--folding", tmp / "folding.json", "--json"))["fpgas"][0]["layers"]
    assert (rows[0]["used"]["LUT"], rows[0]["used"]["BRAM18"]) == (5615, 22), rows[0]


def test_foldings_that_are_none(tmp):
    model = finn_grid.model_file("tfc_1w1a", tmp)
    if model is None:
        raise Skip("the network is absent")
    for text, fault in (('{"MVAU_hls_0": {"PE": 0}}', "'MVAU_hls_0': \"PE\" is not a number from 1"),
                        ('{"MVAU_hls_9": {"PE": 2}}', "the network has 4"),
                        ('{"MVAU_hls_0": {"PE": 3, "SIMD": 1000}}', "PE 3, SIMD 1000 are more than its 64 x 784 weights"),
                        ('{"Conv": {"PE": 2}}', "none of its entries is a unit of this network"),
                        ("{broken", "it is no folding configuration")):
        (tmp / "folding.json").write_text(text)
        told = braid("plan", model, "--backend", "finn", "--cluster", "pynq-z1x1", "--folding", tmp / "folding.json", code=1)
        assert fault in told and told.count("error:") == 1, told
    assert "--backend finn" in braid("plan", model, "--cluster", "pynq-z1x1", "--folding", tmp / "folding.json", code=2)


def test_finn_windows_of_several_taps(tmp):
    """From a plan and from a configuration as FINN writes it: the same units, bit-exact, and written as they came."""
    model = finn_grid.model_file("ours_cnn_73k_qonnx_w4a4_pow2", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "u280", *ALL_OF_IT]
    braid("compile", model, *flow, "-o", tmp / "chosen")
    plan = json.loads((tmp / "chosen/plan.json").read_text())
    for row in plan["layers"]:  # 3 x 3 over one channel, and over 16: a window, and a row of it
        row.update({"conv1": {"PE": 4, "SIMD": 9}, "conv2": {"PE": 8, "SIMD": 48}}.get(row["layer"], {}))
    (tmp / "plan.json").write_text(json.dumps(plan))
    (tmp / "folding.json").write_text(json.dumps({
        "Defaults": {}, "MVAU_rtl_0": {"PE": 4, "SIMD": 9}, "MVAU_rtl_1": {"PE": 8, "SIMD": 48},
        **{f"ConvolutionInputGenerator_rtl_{i}": {"SIMD": simd, "parallel_window": 1} for i, simd in enumerate([1, 16])}}))
    for name, how in (("planned", ["--plan", tmp / "plan.json"]), ("folded", ["--folding", tmp / "folding.json"])):
        braid("compile", model, *flow, *how, "-o", tmp / name)
        made = {row["layer"]: (row["PE"], row["SIMD"]) for row in json.loads((tmp / name / "plan.json").read_text())["layers"] if "SIMD" in row}
        assert (made["conv1"], made["conv2"]) == ((4, 9), (8, 48)), made
        written = json.loads((tmp / name / "fpga0/hls/report/final_hw_config.json").read_text())
        windows = [written[f"ConvolutionInputGenerator_hls_{i}"] for i in range(2)]
        assert windows == [{"SIMD": 1, "parallel_window": 1}, {"SIMD": 16, "parallel_window": 1}], windows
        units = tmp / name / "fpga0/hls/units"
        assert "windowTaps<8, 1, 1, 9, 3, 3, 28, 28, 26, 26, " in (units / "ConvolutionInputGenerator_hls_0/top_ConvolutionInputGenerator_hls_0.cpp").read_text()
    assert "verify: bit-exact (3 frames" in braid("verify", tmp / "folded", "--random", 3)
    told = braid("plan", model, *flow, "--folding", tmp / "folding.json")
    assert "ConvolutionInputGenerator_rtl (2 of them)" in told, told[-1500:]
    plan["layers"][0].update(SIMD=5)
    (tmp / "plan.json").write_text(json.dumps(plan))
    assert "SIMD 5 do not fold its 16 x (9 x 1) weights" in braid("plan", model, *flow, "--plan", tmp / "plan.json", code=1)


def test_quantised_boards_over_tcp(tmp):
    """The host quantises the images, the boards compute integers, the host makes class probabilities of them."""
    model = SHARED / "models/ours_fcnn_seq_784_16_32_10_int8qdq/model.onnx"
    if not model.exists():
        raise Skip(f"{model} is absent")
    boards_over_tcp("--model", model, "--cluster", "pynq-z2x2", "--boards", "2", "--frames", "61")


def test_pipelines_side_by_side_over_four_boards(tmp):
    split_is_exact("mnist_cnn_73k.onnx", "pynq-z2x5", 4, tmp, more=["--replicas", "2"])
    report = json.loads((tmp / "out/report/report.json").read_text())
    assert report["fpgas_used"] == 4 and [f["copies"] for f in report["fpgas"]] == [["fpga2"], ["fpga3"]]
    alone = json.loads(braid("plan", MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x2", "--fpgas", 2, "--json"))
    assert abs(report["frames_per_second"] - 2 * alone["frames_per_second"]) < 1e-3 * report["frames_per_second"]


def test_copies_of_a_segment_between_cards(tmp):
    """Dealt out by a kernel of the first card, collected by one of the last; images are those without copies."""
    model = MODELS / "mnist_mlp_784_16_32_10.onnx"
    braid("compile", model, "--cluster", "u280x5", "--fpgas", 3, "-o", tmp / "alone")
    plan = json.loads((tmp / "alone/plan.json").read_text())
    plan["replicas"] = {"fpga1": ["fpga3", "fpga4"]}
    (tmp / "plan.json").write_text(json.dumps(plan))
    braid("compile", model, "--cluster", "u280x5", "--plan", tmp / "plan.json", "-o", tmp / "copies")
    assert braid("verify", tmp / "copies", *DIGITS).splitlines()[-1].startswith("verify: bit-exact")
    alone, copies = tree(tmp / "alone"), tree(tmp / "copies")
    assert {p for p in alone if p.startswith("fpga1/hls/")} and not any(p.startswith(("fpga3/", "fpga4/")) for p in copies)
    assert all(copies[p] == h for p, h in alone.items() if p.startswith("fpga1/"))
    out = (tmp / "copies/report/report.txt").read_text()
    assert "fpga0 deals frames of" in out and "fpga2 collects frames of" in out and "to the 3 copies of fpga1" in out


def test_traffic_is_what_the_report_says(tmp):
    """verify fails unless each crossing carries the bytes that the report states; their sum is told."""
    for model, cluster, more in (("mnist_cnn_73k", "pynq-z2x5", ["--split", "rows"]), ("mnist_mlp_256_46_10", "u280x2", ["--split", "input"])):
        braid("compile", MODELS / f"{model}.onnx", "--cluster", cluster, *more, "-o", tmp / model)
        out = braid("verify", tmp / model, "--random", 2)
        stated = sum(c["wire_bytes"] for c in json.loads((tmp / model / "report/report.json").read_text())["crossings"])
        assert stated > 0 and f"traffic: {stated:,} bytes per frame on the links" in out, out


def test_relu_mlp_whole_on_one_board(tmp):
    split_is_exact("mnist_mlp_784_64_32_10.onnx", "pynq-z2", 1, tmp)


def test_arguments_of_maxima_equal_onnxruntime(tmp):
    for model, data in (("mnist_mlp_784_64_32_10", "mlp_784"), ("mnist_rescnn_gap", "cnn_28x28")):
        oracle(ROOT / "tests/oracle/make_input.py", 100, "1x784" if data == "mlp_784" else "1x1x28x28", tmp / "in.npy")
        oracle(ROOT / "tests/oracle/run_onnx.py", MODELS / f"{model}.onnx", tmp / "in.npy", tmp / "expected.npy")
        braid("run", MODELS / f"{model}.onnx", "--input", tmp / "in.npy", "--output", tmp / "found.npy")
        expected, found = numbers(tmp / "expected.npy")[1], numbers(tmp / "found.npy")[1]
        assert len(expected) == len(found) == 1000
        for i in range(0, 1000, 10):
            assert expected[i:i + 10].index(max(expected[i:i + 10])) == found[i:i + 10].index(max(found[i:i + 10])), (model, i)


def test_partition_models_chain_in_onnxruntime(tmp):
    for model, cluster, fpgas, shape in (("mnist_cnn_73k", "pynq-z2x5", 5, "1x1x28x28"), ("mnist_rescnn_gap", "pynq-z2x5", 4, "1x1x28x28")):
        braid("compile", MODELS / f"{model}.onnx", "--cluster", cluster, "--fpgas", fpgas, "-o", tmp / model)
        oracle(ROOT / "tests/oracle/make_input.py", 8, shape, tmp / "in.npy")
        oracle(ROOT / "tests/oracle/run_onnx.py", MODELS / f"{model}.onnx", tmp / "in.npy", tmp / "whole.npy")
        parts = [tmp / model / f"fpga{i}/model.onnx" for i in range(fpgas)]
        oracle(ROOT / "tests/oracle/chain_onnx.py", *parts, "--in", f"input={tmp / 'in.npy'}", "--out", f"output={tmp / 'chained.npy'}")
        whole, chained = numbers(tmp / "whole.npy")[1], numbers(tmp / "chained.npy")[1]
        most = max(map(abs, whole))
        assert max(abs(a - b) for a, b in zip(whole, chained)) <= 1e-4 * most


def test_same_bytes_from_anywhere_and_any_threads(tmp):
    for name, threads in (("one", 1), ("two", 2)):
        folder = tmp / name
        folder.mkdir()
        shutil.copy(MODELS / "mnist_cnn_73k.onnx", folder / f"{name}.onnx")
        braid("compile", f"{name}.onnx", "--cluster", "pynq-z2x5", "--fpgas", 3, "--threads", threads, "-o", "out", cwd=folder)
    assert tree(tmp / "one/out") == tree(tmp / "two/out")


def test_second_compilation_rewrites_nothing(tmp):
    for _ in range(2):
        braid("compile", MODELS / "mnist_mlp_784_16_10.onnx", "--cluster", "pynq-z2x2", "--fpgas", 2, "-o", tmp / "out")
        stamps = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in (tmp / "out").rglob("*")}
        if "before" in locals():
            assert stamps == before
        before = stamps
    # Another plan keeps the files whose bytes stay, and what the bundle does not own.
    (tmp / "out/fpga0/notes.txt").write_text("mine")
    braid("compile", MODELS / "mnist_mlp_784_16_10.onnx", "--cluster", "pynq-z2x2", "--fpgas", 1, "-o", tmp / "out")
    kept = tmp / "out/fpga0/hls/firmware/nnet_utils/nnet_dense.h"
    assert (kept.stat().st_mtime_ns, kept.stat().st_ino) == before[kept]
    assert (tmp / "out/fpga0/notes.txt").read_text() == "mine" and not (tmp / "out/fpga1").exists()


def test_kill_leaves_the_old_or_the_new_bundle(tmp):
    def command(precision):
        return [PROGRAM, "compile", str(MODELS / "mnist_cnn_73k.onnx"), "--cluster", "pynq-z2x5", "--fpgas", "5", "--precision", precision,
                "-o", str(tmp / "out")]
    subprocess.run(command("ap_fixed<16,6>"), check=True, capture_output=True)
    old = tree(tmp / "out")
    subprocess.run([*command("ap_fixed<18,6>")[:-1], str(tmp / "other")], check=True, capture_output=True)
    new = tree(tmp / "other")
    assert old != new
    seen = set()
    for step in range(12):
        process = subprocess.Popen(command("ap_fixed<18,6>" if step % 2 == 0 else "ap_fixed<16,6>"), stdout=subprocess.DEVNULL)
        time.sleep(0.012 * step)
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = tree(tmp / "out")
        assert now in (old, new)
        seen.add(now == old)
    assert seen  # whatever the machine's speed, never a mixture


def test_hostile_files_are_told_apart(tmp):
    manifest = SHARED / "models/hostile/MANIFEST.csv"
    if not manifest.exists():
        raise Skip("shared/models/hostile is absent")
    for row in csv.DictReader(manifest.open()):
        path = manifest.parent / row["file"]
        done = subprocess.run([PROGRAM, "inspect", path], capture_output=True, text=True, errors="replace", timeout=60)
        fits = {"reject": [1], "either": [0, 1]}.get(row["expect"], [0])
        assert done.returncode in fits, f"{row['file']} ({row['why']}): exit {done.returncode}, expected {row['expect']}\n{done.stderr[:500]}"
        if done.returncode == 1:
            assert "error: " in done.stderr and row["file"] in done.stderr, f"{row['file']}: {done.stderr[:300]}"
    before = sorted(tmp.iterdir())
    braid("compile", manifest.parent / "truncated_half.onnx", "--cluster", "pynq-z2x2", "-o", tmp / "out", code=1)
    assert sorted(tmp.iterdir()) == before


def test_errors_of_use(tmp):
    model = MODELS / "mnist_mlp_784_16_32_10.onnx"
    assert "at most 3 FPGAs" in braid("plan", model, "--cluster", "pynq-z2x5", "--fpgas", 5, code=3)
    assert "did you mean 'pynq-z2'" in braid("plan", model, "--cluster", "pynk-z2x5", code=2)
    assert "no network port" in braid("plan", model, "--cluster", "ultra96x2", "--fpgas", 2, code=3)
    assert "did you mean 'compile'" in braid("compil", model, code=2)
    assert "--fpgass" in braid("plan", model, "--cluster", "pynq-z2", "--fpgass", 2, code=2)
    assert "type 'ap_fixed<16>'" in braid("inspect", model, "--precision", "ap_fixed<16>", code=2)
    (tmp / "full").mkdir()
    (tmp / "full/file").write_text("not ours")
    assert "holds no bundle" in braid("compile", model, "--cluster", "pynq-z2", "-o", tmp / "full", code=1)
    assert sorted(p.name for p in (tmp / "full").iterdir()) == ["file"]
    assert "braid.json" in braid("verify", tmp / "nothing", code=1)


def test_a_changed_bundle_fails_verification(tmp):
    braid("compile", MODELS / "mnist_mlp_784_16_10.onnx", "--cluster", "pynq-z2x2", "--fpgas", 2, "-o", tmp / "out")
    weights = next((tmp / "out/fpga1/hls/firmware/weights").glob("w*.txt"))
    text = weights.read_text()
    weights.unlink()
    weights.write_text(re.sub(r"^[^,]+", "0.5", text, count=1))
    assert "not those the manifest states" in braid("verify", tmp / "out", code=4)
    # With a manifest that agrees, the wrong number itself is found: emitted and interpreted values differ.
    manifest = json.loads((tmp / "out/braid.json").read_text())
    manifest["files"][weights.relative_to(tmp / "out").as_posix()] = hashlib.sha256(weights.read_bytes()).hexdigest()
    (tmp / "out/braid.json").write_text(json.dumps(manifest))
    assert "emitted C++: output 'output' differs at frame " in braid("verify", tmp / "out", code=4)


def test_projects_compile_against_upstream_headers(tmp):
    """The emitted projects, unchanged, with hls4ml's own layer headers and AMD's types: equal results."""
    templates = next(ORACLES.glob("lib/python3*/site-packages/hls4ml/templates"), None)
    if templates is None:
        raise Skip("no hls4ml (tools/setup.sh --test installs it)")
    braid("compile", MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x5", "--fpgas", 5, "-o", tmp / "out")
    for fpga in (0, 1, 3, 4):
        ours = tmp / f"out/fpga{fpga}/hls"
        theirs = tmp / f"upstream{fpga}"
        shutil.copytree(ours, theirs)
        for flavour in ("vivado", "vitis"):
            for header in (templates / flavour / "nnet_utils").glob("*.h"):
                if header.name != "nnet_code_gen.h":
                    shutil.copy(header, theirs / "firmware/nnet_utils" / header.name)
        shutil.rmtree(theirs / "firmware/ap_types")
        shutil.copytree(templates / "vivado/ap_types", theirs / "firmware/ap_types")
        source = (ours / f"fpga{fpga}_test.cpp").read_text()
        count = int(re.search(r"row\.size\(\) != (\d+)", source).group(1))
        state, rows = 1, []
        for _ in range(3):
            row = []
            for _ in range(count):
                state = (state * 1103515245 + 12345) % 2**31
                row.append(f"{(state >> 8) / 2**22 - 1:.4f}")
            rows.append(" ".join(row))
        logs = []
        for folder in (ours, theirs):
            (folder / "tb_data/tb_input_features.dat").write_text("\n".join(rows) + "\n")
            subprocess.run(["g++", "-std=c++17", "-O1", "-w", "-Ifirmware", "-Ifirmware/ap_types", "-Ifirmware/nnet_utils",
                            '-DWEIGHTS_DIR="firmware/weights"', f"fpga{fpga}_test.cpp", f"firmware/fpga{fpga}.cpp", "-o", "tb"],
                           cwd=folder, check=True, timeout=300)
            subprocess.run(["./tb"], cwd=folder, check=True, capture_output=True, timeout=300)
            logs.append((folder / "tb_data/csim_results.log").read_text())
        assert logs[0] == logs[1] and len(logs[0]) > 20, f"fpga{fpga}"


def boards_over_tcp(*arguments):
    if not (ORACLES / "bin/python").exists():
        raise Skip("no numpy (tools/setup.sh --test installs it)")
    done = subprocess.run([ORACLES / "bin/python", ROOT / "tests/e2e/pynq_boards.py", "--braid", PROGRAM,
                           "--images", MODELS / "digits/images_28x28.npy", *arguments], capture_output=True, text=True, timeout=900)
    if done.returncode == 77:
        raise Skip(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_boards_over_tcp(tmp):
    boards_over_tcp("--model", MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x5", "--boards", "5")


def test_boards_that_send_back_over_tcp(tmp):
    boards_over_tcp("--model", MODELS / "mnist_mlp_784_16_32_10.onnx", "--cluster", "pynq-z2x2", "--boards", "2", "--back", "1")


def test_boards_that_take_turns_over_tcp(tmp):
    boards_over_tcp("--model", MODELS / "mnist_mlp_784_16_32_10.onnx", "--cluster", "pynq-z2x4", "--boards", "3",
                    "--copies", "fpga1:fpga3", "--frames", "61")


def main() -> int:
    tests = {name[5:]: call for name, call in globals().items() if name.startswith("test_")}
    wanted = sys.argv[2:] or list(tests)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name in wanted:
        start = time.time()
        result, why = "passed", ""
        with tempfile.TemporaryDirectory() as folder:
            try:
                tests[name](pathlib.Path(folder))
            except Skip as reason:
                result, why = ("failed" if os.environ.get("BRAID_REQUIRE_ORACLES") == "1" else "skipped"), str(reason)
            except Exception:
                result, why = "failed", traceback.format_exc()
        counts[result] += 1
        print(f"{result}: {name} ({time.time() - start:.1f} s) {why}", flush=True)
    print(", ".join(f"{n} {result}" for result, n in counts.items()))
    return 1 if counts["failed"] else 0


PROGRAM = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else "braid"
if __name__ == "__main__":
    sys.exit(main())
