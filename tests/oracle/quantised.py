"""Quantised networks: each layer as braid's integers have it against an evaluation in float64 of what stands in the file,
fed with braid's own integers; QDQ networks against onnxruntime, too; accuracies on stored sets against float64.

    quantised.py BRAID [--random N] [--big]

--big: the networks that take longer as well. Prints what was compared and ends with `N passed, N failed`."""
import argparse
import collections
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx

import dumped
import float64
import oracle
from float64 import compare, evaluate
from random_quantised import Network

SHARED = pathlib.Path(os.environ.get("BRAID_SHARED", pathlib.Path(__file__).resolve().parents[3] / "shared"))
NETWORKS = ["tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "jettagging_qkeras_w6a6", "unsw_nb15_mlp_w2a2", "finn_tfc_multithreshold",
            "espcn_subpixel_quant", "ours_fcnn_relu_13k_qonnx_w4a4", "ours_cnn_73k_qonnx_w4a4_pow2", "ours_fcnn_relu_13k_int8qdq",
            "ours_cnn_73k_int8qdq", "ours_fcnn_seq_784_16_32_10_int8qdq", "gen_vgg10_radioml_w4a4", "gen_mobilenetv1_025_w4a4",
            "gen_cnv_w2a2"]
OPEN = "qtdnn_qlinearconv"
BIG = ["gen_mobilenetv1_w4a4", "gen_resnet50_v15_w2a2"]
# Network, data, labels, divisor, samples
SETS = [("tfc_1w1a", "mnist-images-idx3-ubyte", "mnist-labels-idx1-ubyte", 255, 1000),
        ("tfc_2w2a", "mnist-images-idx3-ubyte", "mnist-labels-idx1-ubyte", 255, 1000),
        ("ours_fcnn_relu_13k_qonnx_w4a4", "mnist-images-idx3-ubyte", "mnist-labels-idx1-ubyte", 255, 1000),
        ("ours_cnn_73k_qonnx_w4a4_pow2", "mnist-images-idx3-ubyte", "mnist-labels-idx1-ubyte", 255, 500),
        ("ours_cnn_73k_int8qdq", "mnist-images-idx3-ubyte", "mnist-labels-idx1-ubyte", 255, 500),
        ("kws_mlp_w3a3_mlperf", "kws", "kws", 1, 500)]


def file_of(name, folder):
    path = SHARED / "models" / name / "model.onnx"
    if not path.exists():
        path = folder / f"{name}.onnx"
        path.write_bytes(lzma.open(SHARED / "models" / name / "model.onnx.xz").read())
    return path


def input_of(model):
    constants = {tensor.name for tensor in model.graph.initializer}
    info = next(i for i in model.graph.input if i.name not in constants)
    return info.name, [max(d.dim_value, 1) for d in info.type.tensor_type.shape.dim]


class Suite:
    def __init__(self, braid, folder):
        self.braid, self.folder, self.passed, self.failed = braid, folder, 0, 0

    def judge(self, fault, what):
        self.passed, self.failed = self.passed + (not fault), self.failed + bool(fault)
        print(("failed: " if fault else "ok ") + what + (f": {fault}" if fault else ""), flush=True)

    def run(self, path, array, *words):
        np.save(self.folder / "in.npy", array)
        done = subprocess.run([self.braid, "run", str(path), "--input", str(self.folder / "in.npy"), *words], capture_output=True,
                              text=True, errors="replace", timeout=600, check=False)
        return f"exit {done.returncode}: {done.stderr.strip()}" if done.returncode else ""

    def layers(self, path, model, inputs, what, *words):
        """Layer by layer; gives braid's outputs as well."""
        streams = self.folder / "streams"
        (name, array), = inputs.items()
        fault = self.run(path, array, "--dump", str(streams), *words)
        report = None
        if not fault:
            report = compare(model, inputs, dumped.tensors(streams, evaluate(model, inputs)))
            fault = "" if report.ok and report.tensors else str(report)
        for file in streams.glob("*"):
            file.unlink()
        more = f", {len(report.tensors)} tensors, {report.elements} values, {report.ties} ties" if report else ""
        self.judge(fault, what + more)
        return report

    def network(self, name):
        path = file_of(name, self.folder)
        model = onnx.load(path)
        key, shape = input_of(model)
        if name == OPEN:  # frames of any number
            array = np.random.default_rng(2).normal(0, 1, [20] + shape[1:]).astype(np.float32)
            return self.layers(path, model, {key: array}, name, "--input-shape", f"{key}={','.join(map(str, array.shape))}")
        stored = SHARED / "models" / name / "test_data_set_0" / "input_0.pb"
        if stored.exists():
            array = onnx.numpy_helper.to_array(onnx.load_tensor(str(stored)))
        else:
            array = np.random.default_rng(1).integers(0, 256, shape).astype(np.float32)
        return self.layers(path, model, {key: array}, name)

    def accuracy(self, name, data, labels, divisor, samples):
        path = file_of(name, self.folder)
        model = onnx.load(path)
        key, shape = input_of(model)
        folder = SHARED / "models/data"
        if data == "kws":
            frames = np.fromfile(folder / "kws_mfcc_int8_490.bin", dtype=np.int8).reshape([-1] + shape[1:]) * np.float32(0.33674246)
            wanted = np.fromfile(folder / "kws_labels.u8", dtype=np.uint8)
        else:
            frames = np.frombuffer((folder / data).read_bytes()[16:], dtype=np.uint8).reshape([-1] + shape[1:]) / np.float32(divisor)
            wanted = np.frombuffer((folder / labels).read_bytes()[8:], dtype=np.uint8)
        frames, wanted = frames[:samples].astype(np.float32), wanted[:samples]
        fault = self.run(path, frames, "--output", str(self.folder / "out.npy"))
        if fault:
            return self.judge(fault, name)
        found = np.load(self.folder / "out.npy").reshape(len(frames), -1)
        end = model.graph.output[0].name
        network = float64.Network(model)
        exact = np.stack([np.asarray(evaluate(network, {key: frame[None]})[end]).reshape(-1) for frame in frames])
        ours, theirs = found.argmax(axis=1), exact.argmax(axis=1)
        right, other = int((ours == wanted).sum()), int((theirs == wanted).sum())
        differs = int((ours != theirs).sum())
        self.judge("" if right == other and differs == 0 else f"float64 has {other} right, {differs} classes differ",
                   f"{name}: {right} of {len(frames)} right, as in float64")

    def random(self, count):
        features, refused, steps = collections.Counter(), collections.Counter(), collections.Counter()
        for seed in range(count):
            dialect = ["qonnx", "qdq"][seed % 2]
            network = Network(seed, dialect)
            model, inputs = network.build()
            path = self.folder / f"{dialect}{seed}.onnx"
            onnx.save(model, path)
            done = subprocess.run([self.braid, "inspect", str(path)], capture_output=True, text=True, check=False)
            if done.returncode == 1:
                refused[done.stderr.strip().split("error: ")[-1]] += 1
                path.unlink()
                continue
            counts = self.layers(path, model, inputs, f"random {dialect} network {seed}")
            features.update(network.features)
            if dialect == "qdq" and counts:
                self.against_onnxruntime(path, inputs, steps)
            path.unlink()
        print("features: " + ", ".join(f"{name} {n}" for name, n in sorted(features.items())))
        print(f"refused: {sum(refused.values())} of {count}")
        for reason, n in refused.most_common():
            print(f"  {n} times: {reason}")
        print(f"QDQ networks against onnxruntime: {steps['same']} equal, {steps['near']} with rounding ties of float32, "
              f"{steps['far']} apart")
        self.judge("" if sum(refused.values()) * 4 <= count else "too many are refused", "random networks are built")
        self.judge("" if steps["far"] * 20 <= sum(steps.values()) and steps["same"] * 2 > sum(steps.values()) else "too many differ",
                   "QDQ networks give what onnxruntime gives")

    def against_onnxruntime(self, path, inputs, steps):
        """Ties of float32 sums may flip a level and what follows from it: most outputs are equal all the same."""
        expected = oracle.session(path).run(None, inputs)[0]
        (_, array), = inputs.items()
        if self.run(path, array, "--output", str(self.folder / "out.npy")):
            return
        off = np.abs(np.load(self.folder / "out.npy").reshape(expected.shape) - expected).max() / max(np.abs(expected).max(), 1e-6)
        steps["same" if off < 1e-5 else "near" if off < 0.1 else "far"] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("braid")
    parser.add_argument("--random", type=int, default=100)
    parser.add_argument("--big", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(options.braid, pathlib.Path(folder))
        suite.random(options.random)
        if (SHARED / "models").exists():
            for name in NETWORKS + [OPEN] + (BIG if options.big else []):
                suite.network(name)
            for row in SETS:
                suite.accuracy(*row)
        else:
            print(f"skipped the shared networks: {SHARED} is absent")
            suite.failed += os.environ.get("BRAID_REQUIRE_ORACLES") == "1"
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
