"""FINN's own figures for a grid of units and attributes, as tests/data/finn_estimates.json.

    finn_estimates.py [-o FILE]

Wants finn-plus 1.6.1 and what its units import:
    python3 -m venv .finnplus
    .finnplus/bin/pip install --no-deps finn-plus==1.6.1
    .finnplus/bin/pip install numpy onnx qonnx bitstring rich pyyaml mashumaro psutil pydantic click termcolor jinja2 scipy torch
    .finnplus/bin/python tests/oracle/finn_estimates.py

The grid is fixed: the same versions write the same file. Combinations that FINN refuses are left out.
"""
import argparse
import importlib
import importlib.metadata
import itertools
import json
import pathlib
import random

from onnx import helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ULTRASCALE, VERSAL = "xczu7ev-ffvc1156-2-e", "xcvc1902-vsva2197-2MP-e-S"
FIGURES = ["LUT", "BRAM_18K", "URAM", "DSP", "cycles", "BRAM_efficiency", "URAM_efficiency"]
STYLES = ["auto", "block", "distributed", "ultra"]


def grid(**axes):
    """Every combination of the axes' values, as dictionaries."""
    return [dict(zip(axes, values)) for values in itertools.product(*axes.values())]


def divisors(n):
    return [d for d in range(1, n + 1) if n % d == 0]


def matrices(rng):
    types = [("INT8", "INT8"), ("UINT2", "INT2"), ("UINT4", "INT4"), ("BIPOLAR", "BIPOLAR"), ("UINT8", "BIPOLAR"), ("INT4", "INT3")]
    shapes = [(4, 4), (31, 10), (63, 64), (147, 64), (576, 64), (1152, 128), (2304, 256), (8191, 1), (784, 64), (512, 1000)]
    for (mw, mh), (a, w) in itertools.product(shapes, types):
        for _ in range(3):
            yield dict(MW=mw, MH=mh, SIMD=rng.choice(divisors(mw)), PE=rng.choice(divisors(mh)), inputDataType=a, weightDataType=w,
                       outputDataType=rng.choice(["UINT2", "INT8", "BIPOLAR"]), accDataType=rng.choice(["INT32", "INT14"]),
                       numInputVectors=rng.choice([[1], [1, 7, 5]]), resType=rng.choice(["auto", "lut", "dsp"]),
                       mem_mode=rng.choice(["internal_embedded", "internal_decoupled", "internal_decoupled", "external"]),
                       ram_style=rng.choice(STYLES), ram_style_thresholds=rng.choice(["auto", "block", "distributed"]),
                       noActivation=rng.choice([0, 1]), TH=rng.choice([1, 1, 2]))


def rtl(attributes):
    return dict(attributes, noActivation=1, resType="dsp" if attributes["resType"] == "lut" else attributes["resType"])


def depthwise(rng):
    for (channels, kernel), (a, w) in itertools.product([(16, [3, 3]), (64, [3, 3]), (512, [3, 3]), (2048, [5, 5]), (96, [1, 7])],
                                                        [("INT8", "INT8"), ("UINT4", "INT4"), ("BIPOLAR", "BIPOLAR"), ("UINT2", "INT5")]):
        for _ in range(4):
            yield dict(Channels=channels, Kernel=kernel, Dim=rng.choice([[14, 14], [1, 30]]), PE=rng.choice(divisors(channels)),
                       SIMD=rng.choice(divisors(kernel[0] * kernel[1])), inputDataType=a, weightDataType=w,
                       outputDataType=rng.choice(["UINT4", "INT2"]), accDataType=rng.choice(["INT32", "INT12"]),
                       resType=rng.choice(["auto", "lut", "dsp"]), ram_style=rng.choice(STYLES), noActivation=rng.choice([0, 1]),
                       mem_mode=rng.choice(["internal_embedded", "internal_decoupled", "internal_decoupled", "external"]))


def thresholds(rng, own):
    for channels, out in itertools.product([1, 10, 64, 192, 2048], ["BIPOLAR", "UINT2", "INT4", "UINT8"]):
        for _ in range(4):
            bits = {"BIPOLAR": 1, "UINT2": 2, "INT4": 4, "UINT8": 8}[out]
            yield dict(NumChannels=channels, PE=rng.choice(divisors(channels)), numSteps=2 ** bits - 1, inputDataType=rng.choice(["INT16", "UINT8"]),
                       weightDataType=rng.choice(["INT17", "UINT9", "INT32"]), outputDataType=out,
                       numInputVectors=rng.choice([[1], [1, 28, 28]]), **own(rng))


def windows(rng):
    for channels, kernel, image, stride, dilation in [
            (3, [3, 3], [34, 34], [1, 1], [1, 1]), (3, [7, 7], [230, 230], [2, 2], [1, 1]), (64, [3, 3], [58, 58], [1, 1], [1, 1]),
            (64, [1, 1], [56, 56], [2, 2], [1, 1]), (512, [3, 3], [9, 9], [2, 2], [1, 1]), (16, [2, 2], [8, 12], [2, 2], [1, 1]),
            (16, [3, 2], [12, 20], [1, 3], [2, 1]), (8, [2, 2], [30, 30], [5, 6], [1, 1]), (24, [1, 9], [1, 120], [1, 2], [1, 1]),
            (24, [9, 1], [120, 1], [3, 1], [2, 1]), (64, [1, 3], [1, 1026], [1, 1], [1, 1]), (256, [5, 5], [229, 229], [1, 1], [1, 1])]:
        out = [(image[i] - (kernel[i] - 1) * dilation[i] - 1) // stride[i] + 1 for i in range(2)]
        for depth, parallel, style in itertools.product([0, 1], [0, 1], STYLES):
            simd = channels if parallel and not depth else rng.choice(divisors(channels))
            a = rng.choice(["UINT2", "INT8", "BIPOLAR"])
            yield dict(ConvKernelDim=kernel, IFMChannels=channels, IFMDim=image, OFMDim=out, SIMD=simd, Stride=stride, Dilation=dilation,
                       inputDataType=a, outputDataType=a, depthwise=depth, parallel_window=parallel, ram_style=style)


def fifos(rng):
    depths = [1, 2, 3, 5, 32, 33, 34, 64, 65, 129, 256, 257, 258, 512, 514, 600, 1025, 2028, 2029, 4112, 4200, 5000, 8300, 16384, 20000, 32768, 95924]
    for depth, style in itertools.product(depths, STYLES + ["srl"]):
        width = rng.choice([1, 4, 8, 9, 24, 32, 72, 100, 256, 576])
        yield dict(depth=depth, ram_style=style, dataType=f"UINT{width}" if width > 1 else "BINARY", folded_shape=[1, 4, 1], normal_shape=[1, 4])


def elementwise(rng):
    for left, right, pe in [([1, 28, 28, 64], [64], 16), ([1, 28, 28, 64], [1], 8), ([1, 5000], [5000], 5), ([1, 8, 8, 32], [1, 8, 8, 32], 4),
                            ([1, 16, 1], [1, 16, 12], 6), ([1, 1], [1, 1], 1)]:
        out = right if len(right) == len(left) and right[-1] > left[-1] else left
        for mode, style, constant in itertools.product(["internal_embedded", "internal_decoupled"], STYLES, [0, 1]):
            types = [rng.choice(["BINARY", "INT2", "INT4", "UINT9", "INT16"]) for _ in range(2)]
            yield dict(lhs_shape=left, rhs_shape=right, out_shape=out, PE=pe, lhs_dtype=types[0], rhs_dtype=types[1], out_dtype="INT17",
                       lhs_style="input", rhs_style="const" if constant else "input", mem_mode=mode, ram_style=style)


def units():
    """Name of the unit, its class, the parts it is asked for, the attributes."""
    rng = random.Random(1)
    both, one = [ULTRASCALE, VERSAL], [ULTRASCALE]
    vectors = grid(NumChannels=[64, 96], PE=[1, 32], inputDataType=["INT8"], numInputVectors=[[1], [1, 7, 7]])
    streams = grid(ChannelsPerStream=[[16, 48], [8, 24, 32]], SIMD=[1, 8], numInputVectors=[[1], [1, 5, 3]])
    return [
        ("MVAU_hls", "hls.matrixvectoractivation_hls.MVAU_hls", one, list(matrices(rng))),
        ("MVAU_rtl", "rtl.matrixvectoractivation_rtl.MVAU_rtl", both, [rtl(a) for a in itertools.islice(matrices(rng), 0, None, 4)]),
        ("VVAU_hls", "hls.vectorvectoractivation_hls.VVAU_hls", one, list(depthwise(rng))),
        ("VVAU_rtl", "rtl.vectorvectoractivation_rtl.VVAU_rtl", [VERSAL], [rtl(a) for a in itertools.islice(depthwise(rng), 0, None, 3)]),
        ("Thresholding_hls", "hls.thresholding_hls.Thresholding_hls", one, list(thresholds(rng, lambda r: dict(ram_style=r.choice(["distributed", "block", "ultra"]))))),
        ("Thresholding_rtl", "rtl.thresholding_rtl.Thresholding_rtl", one,
         list(thresholds(rng, lambda r: r.choice([dict(), dict(uniform_thres=1), dict(depth_trigger_bram=64, depth_trigger_uram=1024),
                                                  dict(depth_trigger_uram=256), dict(depth_trigger_bram=128)])))),
        ("ConvolutionInputGenerator_rtl", "rtl.convolutioninputgenerator_rtl.ConvolutionInputGenerator_rtl", one, list(windows(rng))),
        ("StreamingFIFO_rtl", "rtl.streamingfifo_rtl.StreamingFIFO_rtl", both, list(fifos(rng))),
        ("StreamingDataWidthConverter_rtl", "rtl.streamingdatawidthconverter_rtl.StreamingDataWidthConverter_rtl", one,
         [dict(inShape=[1, 1], outShape=[1, 1], inWidth=i, outWidth=o, dataType="BINARY")
          for i, o in itertools.product([1, 2, 6, 8, 24, 32, 36, 128], [2, 3, 8, 24, 64, 40, 1000])]),
        ("FMPadding_rtl", "rtl.fmpadding_rtl.FMPadding_rtl", one,
         grid(ImgDim=[[32, 32], [1, 30]], Padding=[[1, 1, 1, 1], [0, 1, 0, 2]], NumChannels=[64], SIMD=[1, 16], inputDataType=["INT8"], numInputVectors=[1, 3])),
        ("Pool_hls", "hls.pool_hls.Pool_hls", one,
         grid(Channels=[64], PE=[1, 8], KernelSize=[[2, 2], [1, 3], [7, 7]], Function=["MaxPool"], OutImgDims=[[5, 5], [1, 9]],
              InputDataType=["INT8"], OutputDataType=["INT8"], BatchSize=[1, 2])),
        ("DuplicateStreams_hls", "hls.duplicatestreams_hls.DuplicateStreams_hls", one, [dict(v, NumOutputStreams=2) for v in vectors]),
        ("GlobalAccPool_hls", "hls.globalaccpool_hls.GlobalAccPool_hls", one, [v for v in vectors if len(v["numInputVectors"]) == 3]),
        ("ElementwiseAdd_hls", "hls.elementwise_binary_hls.ElementwiseAdd_hls", one, list(elementwise(rng))),
        ("StreamingConcat_hls", "hls.concat_hls.StreamingConcat_hls", one, [dict(s, inputDataTypes=["INT8"] * len(s["ChannelsPerStream"])) for s in streams]),
        ("StreamingSplit_hls", "hls.split_hls.StreamingSplit_hls", one, [dict(s, inputDataType="INT8") for s in streams]),
        ("UpsampleNearestNeighbour_hls", "hls.upsampler_hls.UpsampleNearestNeighbour_hls", one,
         grid(HO=[8], WO=[8, 12], HI=[4], WI=[4], NumChannels=[24], SIMD=[1, 6], inputDataType=["INT4"], batchSize=[1, 2])),
        ("LabelSelect_hls", "hls.labelselect_hls.LabelSelect_hls", one, grid(Labels=[10, 1000], PE=[1, 5], K=[1], inputDataType=["INT8"])),
        ("Lookup_hls", "hls.lookup_hls.Lookup_hls", one,
         grid(NumEmbeddings=[16, 1025, 5000], EmbeddingDim=[7, 32], EmbeddingType=["INT4", "INT9"], InputType=["UINT16"], InputShape=[[1, 10]],
              mem_mode=["internal_embedded"], ram_style=STYLES)),
    ]


def figures(kind, part, attributes):
    node = helper.make_node(kind.__name__, ["a", "b"], ["c"], name=kind.__name__, domain="finn.custom_op.fpgadataflow", backend="fpgadataflow", **attributes)
    unit = kind(node)
    found = dict(unit.node_res_estimation(part), cycles=unit.get_exp_cycles())
    return [float(found[name]) if name.endswith("efficiency") else int(found[name]) for name in FIGURES]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "tests/data/finn_estimates.json")
    output = parser.parse_args().output
    version = importlib.metadata.version("finn-plus")
    blocks, total = [], 0
    for name, path, parts, all_attributes in units():
        module, _, kind = path.rpartition(".")
        kind = getattr(importlib.import_module(f"finn.custom_op.fpgadataflow.{module}"), kind)
        names = sorted({key for attributes in all_attributes for key in attributes})
        rows = []
        for attributes, part in itertools.product(all_attributes, parts):
            family = "versal" if part == VERSAL else "ultrascale"
            rows.append([family, [attributes.get(key) for key in names], figures(kind, part, attributes)])
        total += len(rows)
        lines = ",\n".join("   " + json.dumps(row, separators=(",", ":")) for row in rows)
        blocks.append(f'  {{"unit":{json.dumps(name)},"attributes":{json.dumps(names)},"rows":[\n{lines}]}}')
    output.parent.mkdir(parents=True, exist_ok=True)
    head = f'"source":"finn-plus {version}, by tests/oracle/finn_estimates.py","figures":{json.dumps(FIGURES)}'
    output.write_text("{" + head + ',"units":[\n' + ",\n".join(blocks) + "\n]}\n", encoding="utf-8")
    print(f"{total} parameter sets of {len(blocks)} units in {output}")


if __name__ == "__main__":
    main()
