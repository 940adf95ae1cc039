#!/usr/bin/env python3
"""Compares braid with onnxruntime on random networks, with the layouts mixed more than any exporter would.

    random_networks.py BRAID [COUNT [SEED]]

Writes COUNT networks (default 100) of up to 14 nodes, runs each by `BRAID run --float` and by onnxruntime on one
random sample, and compares the first output (rtol 1e-3, atol 1e-5). Network number n of a seed is always the same.
The exit code is 1 if a network is refused or differs. Networks that only hand their input on are left out. Ends with
`N passed, N failed`.
"""

import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

MOST_ELEMENTS = 4000


class Network:
    """A network that grows node by node; `values` are the names and shapes of its streams."""

    def __init__(self, seed):
        self.pick = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0
        shape = {2: lambda: [1, self.pick.choice([4, 6, 12])],
                 3: lambda: [1, self.pick.choice([1, 2, 4]), self.pick.choice([6, 8, 12])],
                 4: lambda: [1, self.pick.choice([1, 2, 3, 4]), self.pick.choice([4, 5, 6, 8]), self.pick.choice([1, 4, 6, 8])]}
        self.shape = shape[self.pick.choice([2, 3, 4, 4, 4])]()
        self.values = [("in", tuple(self.shape))]
        operators = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("op_")]
        wanted, tries = self.pick.randint(2, 14), 0
        while len(self.nodes) < wanted and tries < 200:
            tries += 1
            name, shape = self.pick.choice(self.values[-3:])
            self.pick.choice(operators)(name, shape)

    def add(self, op, inputs, shape, **attributes):
        if min(shape, default=1) < 1 or np.prod(shape) > MOST_ELEMENTS:
            return None
        self.count += 1
        name = f"t{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=self.pick.choice(["", f"node_{name}"]), **attributes))
        self.values.append((name, tuple(shape)))
        return self.values[-1]

    def constant(self, values):
        self.count += 1
        tensor = numpy_helper.from_array(np.asarray(values), f"c{self.count}")
        if self.pick.random() < 0.2:
            self.nodes.append(helper.make_node("Constant", [], [tensor.name], value=tensor))
        else:
            self.constants.append(tensor)
        return tensor.name

    def noise(self, *shape):
        return self.numbers.standard_normal(shape).astype(np.float32)

    def model(self):
        batch = ["N"] if self.pick.random() < 0.3 else [1]
        graph = helper.make_graph(
            self.nodes, "random", [helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, batch + self.shape[1:])],
            [helper.make_tensor_value_info(self.values[-1][0], onnx.TensorProto.FLOAT, None)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.pick.choice([14, 15, 17]))], ir_version=8)

    # Operators: each takes one stream, and does nothing where that does not fit.

    def op_conv(self, name, shape):
        if len(shape) not in (3, 4) or shape[0] != 1:
            return
        spatial = shape[2:]
        groups = self.pick.choice([1, 1, shape[1]] + [2] * (shape[1] % 2 == 0))
        outputs = groups * self.pick.choice([1, 2, 3])
        kernel = [self.pick.choice([1, 2, 3]) for _ in spatial]
        strides = [self.pick.choice([1, 1, 2]) for _ in spatial]
        pads = [self.pick.choice([0, 1]) for _ in spatial + spatial]
        attributes = {"group": groups, "strides": strides}
        auto = self.pick.choice(["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        dilations = [1 if "SAME" in auto else self.pick.choice([1, 1, 2]) for _ in spatial]
        attributes["dilations"] = dilations
        if auto == "NOTSET":
            attributes["pads"] = pads
        else:
            attributes["auto_pad"] = auto
            pads = [0] * len(pads)
        out = [-(-size // strides[i]) if "SAME" in auto
               else (size + pads[i] + pads[i + len(spatial)] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1
               for i, size in enumerate(spatial)]
        if min(out) < 1:
            return
        inputs = [name, self.constant(self.noise(outputs, shape[1] // groups, *kernel) * 0.5)]
        if self.pick.random() < 0.5:
            inputs.append(self.constant(self.noise(outputs)))
        self.add("Conv", inputs, [1, outputs] + out, **attributes)

    def op_conv_transpose(self, name, shape):
        if len(shape) not in (3, 4) or shape[0] != 1:
            return
        spatial = shape[2:]
        groups = self.pick.choice([1, 1, shape[1]] + [2] * (shape[1] % 2 == 0))
        outputs = self.pick.choice([1, 2, 3])
        kernel = [self.pick.choice([1, 2, 3, 4]) for _ in spatial]
        strides = [self.pick.choice([1, 2, 2, 3]) for _ in spatial]
        dilations = [self.pick.choice([1, 1, 2, 3]) for _ in spatial]
        extra = [self.pick.randrange(s) if self.pick.random() < 0.3 else 0 for s in strides]
        full = [s * (size - 1) + d * (k - 1) + 1 + e for s, size, d, k, e in zip(strides, spatial, dilations, kernel, extra)]
        attributes = {"group": groups, "strides": strides, "dilations": dilations}
        if any(extra):
            attributes["output_padding"] = extra
        how = self.pick.choice(["pads", "pads", "pads", "output_shape", "SAME_UPPER", "SAME_LOWER", "VALID"])
        reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel)]
        out = full
        if how == "pads":
            pads = [self.pick.randrange(min(r, 4)) for r in reach + reach]
            attributes["pads"] = pads
            out = [f - pads[i] - pads[i + len(full)] for i, f in enumerate(full)]
        elif how == "output_shape":
            out = [f - self.pick.randrange(min(r, 4)) for f, r in zip(full, reach)]
            attributes["output_shape"] = out
            if self.pick.random() < 0.5:
                attributes["auto_pad"] = "SAME_UPPER"
        else:
            attributes["auto_pad"] = how
            if how != "VALID":
                out = [s * size for s, size in zip(strides, spatial)]
                # Beyond what the inputs reach, onnxruntime's sizes and its results disagree.
                if any(f < o or f - o > r for f, o, r in zip(full, out, reach)):
                    return
        if min(out) < 1:
            return
        inputs = [name, self.constant(self.noise(shape[1], outputs, *kernel) * 0.5)]
        if self.pick.random() < 0.5:
            inputs.append(self.constant(self.noise(outputs * groups)))
        self.add("ConvTranspose", inputs, [1, outputs * groups] + out, **attributes)

    def op_pool(self, name, shape):
        if len(shape) not in (3, 4) or shape[0] != 1:
            return
        spatial = shape[2:]
        kernel = [self.pick.choice([1, 2, 3]) for _ in spatial]
        strides = [self.pick.choice([1, 2, 3]) for _ in spatial]
        pads = [min(self.pick.choice([0, 1]), size - 1) for size in kernel + kernel]
        op = self.pick.choice(["MaxPool", "AveragePool"])
        ceil = op == "MaxPool" and self.pick.random() < 0.3
        attributes = {"kernel_shape": kernel, "strides": strides, "pads": pads}
        attributes.update({"ceil_mode": int(ceil)} if op == "MaxPool" else {"count_include_pad": self.pick.choice([0, 1])})
        out = []
        for i, size in enumerate(spatial):
            room = size + pads[i] + pads[i + len(spatial)] - kernel[i]
            windows = (-(-room // strides[i]) if ceil else room // strides[i]) + 1
            # Where a window would start in the padding, onnxruntime's shape inference and its kernel disagree.
            dropped = ceil and (windows - 1) * strides[i] >= size + pads[i]
            out.append(0 if room < 0 or dropped else windows)
        self.add(op, [name], list(shape[:2]) + out, **attributes)

    def op_batch_norm(self, name, shape):
        if len(shape) >= 2:
            scales = [self.constant(self.noise(shape[1])) for _ in range(3)]
            variance = self.constant(np.abs(self.noise(shape[1])) + np.float32(0.5))
            self.add("BatchNormalization", [name] + scales + [variance], shape, epsilon=1e-3)

    def op_activation(self, name, shape):
        op = self.pick.choice(["Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "Selu", "Elu", "HardSwish", "Neg"])
        self.add(op, [name], shape)

    def op_clip(self, name, shape):
        low, high = self.constant(np.float32(-0.5)), self.constant(np.float32(0.7))
        op, inputs = self.pick.choice([("Clip", [low, high]), ("Clip", ["", high]), ("Max", [low]), ("Min", [high])])
        self.add(op, [name] + inputs, shape)

    def op_arithmetic(self, name, shape):
        op = self.pick.choice(["Add", "Sub", "Mul", "Div"])
        dims = [1] + [size if self.pick.random() < 0.5 else 1 for size in shape[1:]]
        values = self.noise(*dims[self.pick.randint(0, len(dims)):])
        if op == "Div":
            values = (np.sign(values) * (np.abs(values) + 0.5)).astype(np.float32)
        inputs = [name, self.constant(values)]
        if op != "Div" and self.pick.random() < 0.3:
            inputs.reverse()
        self.add(op, inputs, shape)

    def op_binary(self, name, shape):
        other, dims = self.pick.choice(self.values)
        try:
            out = np.broadcast_shapes(shape, dims)
        except ValueError:
            return
        self.add(self.pick.choice(["Add", "Sub", "Mul", "Sum"]), [name, other], out)

    def op_concat(self, name, shape):
        if len(shape) < 2:
            return
        axis = self.pick.randint(1, len(shape) - 1)
        fit = [v for v in self.values
               if len(v[1]) == len(shape) and v[1][:axis] + v[1][axis + 1:] == shape[:axis] + shape[axis + 1:]]
        parts = [(name, shape)] + [self.pick.choice(fit) for _ in range(self.pick.choice([1, 2]))]
        out = list(shape)
        out[axis] = sum(part[1][axis] for part in parts)
        self.add("Concat", [part[0] for part in parts], out, axis=self.pick.choice([axis, axis - len(shape)]))

    def op_transpose(self, name, shape):
        rest = list(range(1, len(shape)))
        self.pick.shuffle(rest)
        perm = [0] + rest
        self.add("Transpose", [name], [shape[i] for i in perm], perm=perm)

    def op_reshape(self, name, shape):
        left, target = int(np.prod(shape)), [1]
        for _ in range(self.pick.randint(0, 3)):
            target.append(self.pick.choice([size for size in (1, 2, 3, 4, 6, 8) if left % size == 0]))
            left //= target[-1]
        target.append(left)
        written = list(target)
        if self.pick.random() < 0.5:
            written[self.pick.randrange(1, len(written))] = -1
        self.add("Reshape", [name, self.constant(np.array(written, np.int64))], target)

    def op_flatten(self, name, shape):
        self.add("Flatten", [name], [shape[0], int(np.prod(shape[1:]))])

    def op_unsqueeze(self, name, shape):
        if len(shape) < 5:
            axis = self.pick.randint(1, len(shape))
            self.add("Unsqueeze", [name, self.constant(np.array([axis]))], list(shape[:axis]) + [1] + list(shape[axis:]))

    def op_squeeze(self, name, shape):
        ones = [i for i in range(1, len(shape)) if shape[i] == 1]
        if ones:
            axis = self.pick.choice(ones)
            self.add("Squeeze", [name, self.constant(np.array([axis]))], shape[:axis] + shape[axis + 1:])

    def op_matmul(self, name, shape):
        outputs = self.pick.choice([2, 3, 5])
        if 2 <= len(shape) <= 4:
            weights = self.constant(self.noise(shape[-1], outputs) * 0.5)
            self.add("MatMul", [name, weights], list(shape[:-1]) + [outputs])

    def op_matmul_from_left(self, name, shape):
        outputs = self.pick.choice([2, 3, 5])
        if 3 <= len(shape) <= 4:
            weights = self.constant(self.noise(outputs, shape[-2]) * 0.5)
            self.add("MatMul", [weights, name], list(shape[:-2]) + [outputs, shape[-1]])

    def op_gemm(self, name, shape):
        if len(shape) != 2:
            return
        outputs, flipped = self.pick.choice([2, 3, 5]), self.pick.choice([0, 1])
        weights = self.noise(*((outputs, shape[1]) if flipped else (shape[1], outputs))) * 0.5
        self.add("Gemm", [name, self.constant(weights), self.constant(self.noise(outputs))], [shape[0], outputs],
                 transB=flipped, alpha=self.pick.choice([1.0, 0.5]), beta=self.pick.choice([1.0, 2.0]))

    def op_softmax(self, name, shape):
        axis = self.pick.randint(1, max(len(shape) - 1, 1))
        if axis < len(shape) and shape[axis] > 1 and sum(size > 1 for size in shape) <= 3:
            self.add("Softmax", [name], shape, axis=axis)

    def op_global_pool(self, name, shape):
        if len(shape) in (3, 4) and shape[0] == 1:
            op = self.pick.choice(["GlobalAveragePool", "GlobalMaxPool"])
            self.add(op, [name], list(shape[:2]) + [1] * (len(shape) - 2))

    def op_reduce(self, name, shape):
        if len(shape) not in (3, 4):
            return
        kept = self.pick.randrange(1, len(shape))
        axes, keep = [i for i in range(1, len(shape)) if i != kept], self.pick.choice([0, 1])
        out = [1 if i in axes else size for i, size in enumerate(shape) if keep or i not in axes]
        self.add("ReduceMean", [name], out, axes=axes, keepdims=keep)

    def op_pad(self, name, shape):
        begin = [0] + [self.pick.choice([0, 0, 1]) for _ in shape[1:]]
        end = [0] + [self.pick.choice([0, 0, 2]) for _ in shape[1:]]
        value = self.constant(np.float32(self.pick.choice([0, 1.5])))
        self.add("Pad", [name, self.constant(np.array(begin + end)), value], [sum(s) for s in zip(shape, begin, end)])

    def op_resize(self, name, shape):
        if len(shape) in (3, 4) and shape[0] == 1:
            factors = [1, 1] + [self.pick.choice([1, 2, 3]) for _ in shape[2:]]
            self.add("Resize", [name, "", self.constant(np.array(factors, np.float32))],
                     [size * factor for size, factor in zip(shape, factors)], mode="nearest",
                     coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def op_depth_to_space(self, name, shape):
        if len(shape) == 4 and shape[1] % 4 == 0:
            self.add("DepthToSpace", [name], [1, shape[1] // 4, shape[2] * 2, shape[3] * 2], blocksize=2,
                     mode=self.pick.choice(["DCR", "CRD"]))

    def op_prelu(self, name, shape):
        if len(shape) >= 2:
            self.add("PRelu", [name, self.constant(self.noise(shape[1], *[1] * (len(shape) - 2)))], shape)

    def op_channel_shuffle(self, name, shape):
        if len(shape) != 4 or shape[0] != 1 or shape[1] % 2:
            return
        half, rest = shape[1] // 2, list(shape[2:])
        split = self.add("Reshape", [name, self.constant(np.array([1, 2, half] + rest))], [1, 2, half] + rest)
        moved = self.add("Transpose", [split[0]], [1, half, 2] + rest, perm=[0, 2, 1, 3, 4])
        self.add("Reshape", [moved[0], self.constant(np.array(shape))], shape)

    def op_squeeze_and_excite(self, name, shape):
        if len(shape) != 4 or shape[0] != 1:
            return
        c = shape[1]
        pooled = self.add("GlobalAveragePool", [name], [1, c, 1, 1])
        gate = self.add("Conv", [pooled[0], self.constant(self.noise(c, c, 1, 1))], [1, c, 1, 1])
        gate = self.add("Sigmoid", [gate[0]], gate[1])
        self.add("Mul", [name, gate[0]], shape)


def expected(path, sample):
    """Of the network's output; None where onnxruntime expects another shape than it computes (ConvTranspose with auto_pad and
    output_padding) and does not load what follows from that."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail as fault:
        if "ShapeInferenceError" in str(fault):
            return None
        raise
    return session.run(None, {"in": sample})[0]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    braid, count, seed = sys.argv[1], int((sys.argv[2:] or ["100"])[0]), int((sys.argv[3:] or ["1"])[0])
    equal = left_out = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        model, data, output = (pathlib.Path(folder) / name for name in ("model.onnx", "in.npy", "out.npy"))
        for number in range(count):
            network = Network(seed * 1000003 + number)
            sample = network.noise(*network.shape)
            onnx.save(network.model(), model)
            np.save(data, sample)
            want = expected(model, sample)
            if want is None or not np.isfinite(want).all() or np.abs(want).max() > 1e4:
                left_out += 1
                continue
            run = subprocess.run([braid, "run", "--float", str(model), "--input", str(data), "--output", str(output)],
                                 capture_output=True, text=True, check=False)
            if "there is nothing to compute" in run.stderr:
                left_out += 1
            elif run.returncode != 0:
                failed += 1
                print(f"network {number} of seed {seed}: {run.stderr.strip()}")
            elif not np.allclose(np.load(output).ravel(), want.ravel(), rtol=1e-3, atol=1e-5):
                failed += 1
                print(f"network {number} of seed {seed} differs by {np.abs(np.load(output).ravel() - want.ravel()).max()}")
            else:
                equal += 1
    print(f"{count} random networks: {equal} equal, {failed} failed, {left_out} left out")
    # Two thirds and more of the networks compute something that is not far too large.
    if equal * 3 < count * 2:
        failed += 1
        print("too few networks are compared")
    print(f"{equal} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
