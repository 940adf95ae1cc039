"""Whole networks in the evaluator: node by node against qonnx or onnxruntime, stored results, accuracy, ONNX's own cases.

Networks lie outside the repository, in `models` of BRAID_SHARED (default: ../shared beside the repository); where they are
absent, tests are skipped.
"""

import os
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper

import float64
import float64_peers
from float64.graph import load

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("BRAID_SHARED") or HERE.parents[2] / "shared") / "models"
TESTDATA = pathlib.Path("/usr/share/libonnx-testdata/data")

QONNX = ("tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "jettagging_qkeras_w6a6", "unsw_nb15_mlp_w2a2", "espcn_subpixel_quant",
         "ours_fcnn_relu_13k_qonnx_w4a4", "ours_cnn_73k_qonnx_w4a4_pow2", "gen_vgg10_radioml_w4a4", "gen_mobilenetv1_025_w4a4", "gen_cnv_w2a2",
         "gen_mobilenetv1_w4a4", "gen_resnet50_v15_w2a2", "finn_tfc_multithreshold")
INTEGERS = ("ours_fcnn_seq_784_16_32_10_int8qdq", "ours_fcnn_relu_13k_int8qdq", "ours_cnn_73k_int8qdq", "qtdnn_qlinearconv")
FLOAT = ("mnist_cntk_8", "mnist_relu_9_200", "convnet_maxpool", "acasxu_1_1", "cifar_resnet_2b", "cifar_base_kw", "kws_dscnn_float", "vww_mobilenet_float",
         "light_squeezenet", "residual_block_clean", "conv2d_small_mp_keras", "ours_fcnn_seq_784_16_32_10_float", "ours_fcnn_neuron_256_46_10_float",
         "ours_fcnn_relu_13k_float", "ours_cnn_73k_float", "gen_cnn1d_cyber_73k_float", "light_resnet50")
LARGE = ("gen_mobilenetv1_w4a4", "gen_resnet50_v15_w2a2", "light_resnet50")

# Networks whose stored results are another's float32 all the way: one tie taken the other way goes on to the output.
# Node by node, fed the peer's own tensors, they agree as all others do.
CASCADES = {"espcn_subpixel_quant": 1e-3, "gen_resnet50_v15_w2a2": 1.0}    # share of the outputs that may differ

# Accuracy over the stored samples, as the networks' MANIFEST.csv or its publishers measured it, in samples.
ACCURACY = {"tfc_1w1a": (1000, 913), "tfc_2w2a": (1000, 966), "ours_fcnn_relu_13k_qonnx_w4a4": (1000, 912), "ours_cnn_73k_qonnx_w4a4_pow2": (1000, 982),
            "ours_cnn_73k_int8qdq": (1000, 979), "ours_fcnn_relu_13k_int8qdq": (1000, 911), "ours_fcnn_seq_784_16_32_10_int8qdq": (1000, 889),
            "kws_mlp_w3a3_mlperf": (500, 417)}
LONG = ("ours_cnn_73k_qonnx_w4a4_pow2", "ours_cnn_73k_int8qdq")


class Absent(Exception):
    """A network or data set is not on this machine."""


def found(path):
    if not path.exists():
        raise Absent(f"no {path}")
    return path


def model_of(name):
    folder = found(FOLDER / name)
    return load(next(folder.glob("model.onnx*")))


def tensor(path):
    proto = onnx.TensorProto()
    proto.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(proto)


def stored(name, network):
    """Input sets with their stored results."""
    folder = FOLDER / name
    if (folder / "io.npz").exists():
        # The stored result also has the two frames at the edges, which the graph as it is (VALID) does not give.
        data = np.load(folder / "io.npz")
        return {network.inputs[0]: data["input"]}, [data["output"][1:-1]]
    if (folder / "input.npy").exists():    # several samples, of which the network takes one
        return {network.inputs[0]: np.load(folder / "input.npy")[:1]}, [np.load(folder / "expected_output.npy")[:1]]
    data = folder / "test_data_set_0"
    return ({n: tensor(data / f"input_{i}.pb") for i, n in enumerate(network.inputs)},
            [tensor(data / f"output_{i}.pb") for i, _ in enumerate(network.outputs)])


def quantisers_only(model, tensors):
    """Only what quantising nodes give: the evaluator then computes from one quantiser to the next by itself."""
    kinds = ("Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold", "QuantizeLinear", "QLinearConv")
    names = {name for node in model.graph.node if node.op_type in kinds for name in node.output}
    return {name: array for name, array in tensors.items() if name in names}


def network_fault(name):
    model = model_of(name)
    network = float64.Network(model)
    inputs, results = stored(name, network)
    peer = float64_peers.by_qonnx if name in QONNX else float64_peers.by_onnxruntime
    theirs = peer(model, inputs)
    for tensors, what in ((theirs, "node by node"), (quantisers_only(model, theirs), "quantiser by quantiser")):
        report = float64.compare(network, inputs, tensors, noise=2e-3, relative=2e-5, floor=1, grid=1e-3)
        if not report.ok or report.ties > 2e-5 * report.elements + 8:
            return f"{what}: {report}"
    values = float64.evaluate(network, inputs)
    for output, result in zip(network.outputs, results):
        off = np.abs(values[output].reshape(result.shape) - result) > 1e-4 * np.abs(result).max()
        if off.mean() > CASCADES.get(name, 0):
            return f"stored result of {output}: {off.sum()} of {off.size} differ: {values[output]}, not {result}"
    return ""


def samples(name):
    """(samples, labels) of a network's data set."""
    data = found(FOLDER / "data")
    if name.startswith("kws"):
        frames = np.frombuffer((data / "kws_mfcc_int8_490.bin").read_bytes(), np.int8).reshape(-1, 490)
        return frames * np.float64(np.float32(0.33674246)), np.frombuffer((data / "kws_labels.u8").read_bytes(), np.uint8)
    images = np.frombuffer((data / "mnist-images-idx3-ubyte").read_bytes()[16:], np.uint8).reshape(-1, 784)
    return images.astype(np.float32) / np.float32(255), np.frombuffer((data / "mnist-labels-idx1-ubyte").read_bytes()[8:], np.uint8)


def accuracy_fault(name):
    network = float64.Network(model_of(name))
    frames, labels = samples(name)
    count, wanted = ACCURACY[name]
    right = 0
    for frame, label in zip(frames, labels):
        right += int(np.argmax(network.run({network.inputs[0]: frame})[network.outputs[0]])) == label
    # Theirs is float32: a sample or two may fall to the other side.
    return "" if len(frames) == count and abs(right - wanted) <= 2 else f"{right} of {len(frames)} right, not {wanted} of {count}"


def finn_fault():
    """FINN's own expected classes of its MultiThreshold network."""
    name = "finn_tfc_multithreshold"
    network = float64.Network(model_of(name))
    given, expected = np.load(FOLDER / name / "input.npy"), np.load(FOLDER / name / "expected_output.npy")
    classes = [int(network.run({network.inputs[0]: frame})[network.outputs[0]].item()) for frame in given]
    return "" if classes == expected.reshape(-1).tolist() else f"{classes}, not {expected.reshape(-1).tolist()}"


def operator_case_fault(name):
    """A case of ONNX's own tests, as it is stored."""
    folder = found(TESTDATA / name)
    network = float64.Network(folder / "model.onnx")
    data = folder / "test_data_set_0"
    inputs = {n: tensor(data / f"input_{i}.pb") for i, n in enumerate(network.inputs)}
    values = float64.evaluate(network, inputs)
    for i, output in enumerate(network.outputs):
        expected = tensor(data / f"output_{i}.pb")
        if values[output].shape != expected.shape or not np.allclose(values[output], expected, rtol=1e-3, atol=1e-5):
            return f"{output}: {values[output]}, not {expected}"
    return ""


# Quantised cases of ONNX's own tests, which testdata_cases.txt does not list.
QUANTISED_CASES = ("quantizelinear", "quantizelinear_axis", "dequantizelinear", "dequantizelinear_axis", "qlinearconv", "qlinearmatmul_2D",
                   "qlinearmatmul_3D", "matmulinteger", "basic_convinteger", "convinteger_with_padding", "convinteger_without_padding",
                   "convtranspose", "convtranspose_1d", "convtranspose_autopad_same", "convtranspose_dilations", "convtranspose_output_shape",
                   "convtranspose_pad", "convtranspose_pads", "convtranspose_kernel_shape", "depthtospace_crd_mode_example", "depthtospace_example",
                   "argmax_default_axis_example", "argmax_keepdims_example", "argmax_no_keepdims_example", "argmax_negative_axis_keepdims_random",
                   "top_k", "top_k_smallest", "top_k_negative_axis", "resize_upsample_scales_nearest", "resize_upsample_sizes_nearest",
                   "resize_upsample_sizes_nearest_ceil_half_pixel", "resize_upsample_sizes_nearest_floor_align_corners",
                   "resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric", "resize_downsample_scales_nearest")


def tests(full):
    """(name, function that gives what is wrong) of every test."""
    result = [(f"network-{name}", lambda name=name: network_fault(name)) for name in QONNX + INTEGERS + FLOAT if full or name not in LARGE]
    result.append(("network-finn-classes", finn_fault))
    result += [(f"accuracy-{name}", lambda name=name: accuracy_fault(name)) for name in ACCURACY if full or name not in LONG]
    lines = (HERE / "testdata_cases.txt").read_text(encoding="utf-8").splitlines()
    cases = [line.split("\t")[0] for line in lines if not line.startswith("#") and line.split("\t")[1] == "run"]
    cases += [f"node/test_{name}" for name in QUANTISED_CASES]
    return result + [(f"onnx-{case}", lambda case=case: operator_case_fault(case)) for case in cases]
