"""Random small quantised networks for the FINN style, and random foldings for them."""
import re

import numpy as np
from onnx import TensorProto, compose, helper

from random_quantised import DOMAINS, Network

MODES = ["internal_embedded", "internal_decoupled", "external"]
WIDEST_WEIGHT, CHANNEL_BITS = 8, 512  # of weights that networks draw; a cycle of a memory channel gives that at least


class FinnNetwork(Network):
    """What random_quantised.py draws, with windows of any shape, groups, dilation, uneven padding, what moves pixels
    about, and labels at the end."""

    def conv(self):
        if self.chance(0.4):
            super().conv()
        else:
            self.conv_of_any_window()

    def conv_of_any_window(self):
        c, h, w = self.shape[1:]
        kernel = [int(self.draw.integers(1, min(size, 4) + 1)) for size in (h, w)]
        dilations = [2 if size > 2 * k - 2 and k > 1 and self.chance(0.3) else 1 for size, k in zip((h, w), kernel)]
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
        strides = [int(self.draw.integers(1, 4)) for _ in range(2)]
        pads = [int(self.draw.integers(0, k // 2 + 1)) if self.uniform and self.chance(0.5) else 0 for k in kernel * 2]
        group = int(self.draw.choice([g for g in (1, 2, 3, c) if c % g == 0]))
        channels = group * int(self.draw.integers(1, 4))
        weights = self.weights([channels, c // group] + kernel)
        bias = [self.constant(self.draw.normal(0, 0.5, channels).astype("float32"), "b")] if self.chance(0.3) else []
        self.features |= {"groups" if group > 1 else "one group", "dilated" if max(dilations) > 1 else "dense window",
                          "uneven" if kernel[0] != kernel[1] else "square", "padded" if any(pads) else "bare", f"stride {max(strides)}"}
        self.now = self.node("Conv", [self.now, weights] + bias, kernel_shape=kernel, pads=pads, strides=strides, dilations=dilations, group=group)
        self.shape = [1, channels] + [(size + pads[i] + pads[i + 2] - reach[i]) // strides[i] + 1 for i, size in enumerate((h, w))]

    def moved(self):
        """Pixels repeated, or moved to another place."""
        c, h, w = self.shape[1:]
        if self.chance(0.5):
            self.features.add("repeated")
            factors = [int(self.draw.integers(1, 3)) for _ in range(2)]
            scales = self.constant(np.asarray([1, 1] + factors, dtype=np.float32))
            self.now = self.node("Resize", [self.now, "", scales], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
            self.shape = [1, c, h * factors[0], w * factors[1]]
        else:
            self.features.add("transposed")
            self.now = self.node("Transpose", [self.now], perm=[0, 1, 3, 2])
            self.shape = [1, c, w, h]

    def pool(self):
        if self.chance(0.4):
            self.moved()
        elif self.chance(0.4):
            super().pool()
        else:
            self.pool_of_any_window()

    def pool_of_any_window(self):
        kernel = [int(self.draw.integers(1, min(size, 3) + 1)) for size in self.shape[2:]]
        strides = [int(self.draw.integers(1, 4)) for _ in range(2)]
        self.features.add("pool of any window")
        self.now = self.node("MaxPool", [self.now], kernel_shape=kernel, strides=strides)
        self.shape = self.shape[:2] + [(size - k) // s + 1 for size, k, s in zip(self.shape[2:], kernel, strides)]

    def build(self):
        """Some with the label of the largest number at the end."""
        model, inputs = super().build()
        if self.chance(0.25):
            self.features.add("labels")
            graph = model.graph
            graph.node.append(helper.make_node("ArgMax", [graph.output[0].name], ["label"], name="label", axis=1, keepdims=1))
            del graph.output[:]
            graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, [1, 1]))
        return model, inputs


def packed(models):
    """Networks side by side in one graph."""
    own = [compose.add_prefix(model, f"m{i}_") for i, model in enumerate(models)]
    parts = [[entry for model in own for entry in getattr(model.graph, field)] for field in ("node", "input", "output", "initializer")]
    opsets = [helper.make_opsetid("", 13)] + [helper.make_opsetid(domain, 1) for domain in DOMAINS]
    return helper.make_model(helper.make_graph(parts[0], "packed", *parts[1:]), opset_imports=opsets, ir_version=8)


class Layer:
    """A line of `braid inspect`: what decides which foldings are legal."""
    LINE = re.compile(r"^  \d+ (\w+) '(.*?)' \((.*?)\) -> %(\d+) '.*?' \[([\d, ]*)\]")

    def __init__(self, match, line, shapes):
        self.kind, self.name = match[1], match[2]
        self.inputs = [shapes[stream] for stream in match[3].split(", ")]
        self.shape = shapes["%" + match[4]] = [int(n) for n in match[5].split(", ")]
        weights = re.search(r"weights=\[(\d+),(\d+),(\d+)\]", line)
        self.weights = [int(n) for n in weights.groups()] if weights else None
        groups = re.search(r"groups (\d+)", line)
        self.groups = int(groups[1]) if groups else 1

    def is_depthwise(self):
        return self.kind == "Conv" and self.groups > 1 and self.groups == self.inputs[0][2] == self.shape[2]

    def folding(self, rng, before):
        """Keys of a row of a plan; `before`: the PE of the layer whose sums are compared here."""
        if not self.weights:
            if self.kind in ("Reshape", "Transpose", "Concat", "Crop"):
                return {"PE": 1}
            channels = self.inputs[0][-1] if self.kind == "ArgMax" else self.shape[-1]
            if before and channels % before == 0 and rng.random() < 0.5:
                return {"PE": before}
            return {"PE": rng.choice([d for d in range(1, channels + 1) if channels % d == 0])}
        rows, taps, columns = self.weights
        if self.is_depthwise():
            rows, simd = self.shape[2], rng.choice([d for d in range(1, taps + 1) if taps % d == 0])
        elif self.kind == "Dense":
            simd = rng.randint(1, columns)
        else:
            columns = self.inputs[0][2]
            whole = taps * columns
            pixels = [columns * d for d in range(2, taps + 1) if taps % d == 0]
            parts = [d for d in range(columns + 1, whole + 1) if whole % d == 0]
            simd = rng.choice(rng.choice([pixels, parts, []]) or range(1, columns + 1))
        mode, pe = rng.choice(MODES), rng.randint(1, rows)
        row = {"PE": pe, "SIMD": simd, "resType": rng.choice(["auto", "lut", "dsp"]), "mem_mode": mode,
               "ram_style": rng.choice(["auto", "block", "distributed", "ultra"]) if mode == "internal_decoupled" else "auto"}
        if mode == "external" and pe * simd * WIDEST_WEIGHT > CHANNEL_BITS:
            row["mem_mode"] = "internal_decoupled"
        return row

    def taps(self, row):
        """How many taps leave a window at a time."""
        columns = 1 if self.is_depthwise() else self.inputs[0][-1]
        return row["SIMD"] // columns if row["SIMD"] % columns == 0 else 1

    def divides(self, row):
        """Whether nothing is filled in or dropped."""
        if "SIMD" not in row:
            return True
        columns = row["SIMD"] if self.is_depthwise() else self.weights[1] * self.inputs[0][-1]
        return self.shape[-1] % row["PE"] == 0 and columns % row["SIMD"] == 0


def layers_of(inspected):
    shapes, out = {}, []
    for line in inspected.splitlines():
        if given := re.match(r"^  input (%\d+) '.*?' \[([\d, ]*)\]", line):
            shapes[given[1]] = [int(n) for n in given[2].split(", ")]
        elif match := Layer.LINE.match(line):
            out.append(Layer(match, line, shapes))
    return out


def random_plan(inspected, cluster, rng):
    """A plan of one FPGA with a random folding for every layer, and what of it is told of in counts."""
    layers, rows, told = layers_of(inspected), [], []
    for i, layer in enumerate(layers):
        before = rows[-1]["PE"] if i and layer.kind == "Threshold" and layers[i - 1].weights else None
        row = layer.folding(rng, before)
        told.append(layer.kind)
        if "SIMD" in row:
            told += [row["mem_mode"], "divides" if layer.divides(row) else "does not divide"]
            if layer.kind == "Conv":
                told.append("several taps" if layer.taps(row) > 1 else "one tap")
        rows.append({"layer": layer.name, "fpga": "fpga0", **row})
    plan = {"schema": "braid-plan-1", "cluster": cluster, "style": "finn", "io": "io_stream", "solver": "random", "layers": rows}
    return plan, told
