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

import constraint_cases
import finn_cases
import finn_grid
import hbm_cases
import per_layer
import planner_cases
import target_cases
import what_if_cases
from flow import DIGITS, LABELS, MODELS, ORACLES, PROGRAM, ROOT, SHARED, Skip, braid, numbers, oracle, tree


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


def test_plans_come_with_a_proof(tmp):
    """The bundle's problem and certificate hold by the checker, and are those of the report; changed ones do not hold."""
    model = MODELS / "mnist_cnn_73k.onnx"
    told = braid("compile", model, "--cluster", "u50x2", "--fpgas", 2, "--io", "stream", "-o", tmp / "out")
    assert "proven: no plan of consecutive layers has a shorter period" in told, told
    report = json.loads((tmp / "out/report/report.json").read_text())
    certificate = json.loads((tmp / "out/certificate.json").read_text())
    assert report["proof"]["period_fs"] == certificate["plan"]["period_fs"]
    assert abs(report["proof"]["period_fs"] * 1e-9 / report["period_us"] - 1) < 1e-4

    def checked(text):
        (tmp / "certificate.json").write_text(text)
        return subprocess.run([sys.executable, ROOT / "tools/check_certificate.py", tmp / "out/problem.json", tmp / "certificate.json"],
                              capture_output=True, text=True)
    assert "proven optimal" in checked(json.dumps(certificate)).stdout
    assert checked("{").returncode == 1
    certificate["plan"]["period_fs"] += 1
    assert checked(json.dumps(certificate)).returncode == 4
    assert "did you mean 'elastic'" in braid("plan", model, "--cluster", "u50x2", "--solver", "elastc", code=2)
    assert "no_such.json" in braid("plan", model, "--cluster", tmp / "no_such.json", code=1)


def per_layer_case(case):
    def test(tmp):
        def model_of(name):
            path = MODELS / name if name.endswith(".onnx") else finn_grid.model_file(name, tmp)
            if path is None:
                raise Skip(f"{name} is absent")
            return path
        case(braid, model_of, tmp)
    return test


for _name, _case in per_layer.cases():
    globals()[f"test_{_name}"] = per_layer_case(_case)


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


def test_boards_that_write_weights_over_tcp(tmp):
    model = SHARED / "models/tfc_2w2a/model.onnx"
    if not model.exists():
        raise Skip("no shared models")
    if not shutil.which("tclsh"):
        raise Skip("no tclsh (tools/setup.sh --test installs it)")
    boards_over_tcp("--model", model, "--cluster", "zcu104x2", "--boards", "2", "--back", "2", "--ultra", "--divide-by", "255",
                    "--frames", "61")


def main() -> int:
    tests = {name[5:]: call for name, call in [*globals().items(), *vars(finn_cases).items(), *vars(constraint_cases).items(), *vars(planner_cases).items(),
                                         *vars(what_if_cases).items(), *vars(target_cases).items(), *vars(hbm_cases).items()] if name.startswith("test_")}
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


if __name__ == "__main__":
    sys.exit(main())
