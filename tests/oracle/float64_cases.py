"""Small seeded graphs, one operator each: every attribute, and the opsets at which an operator's meaning changed."""

import zlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

CASES = []


class Case:
    """One graph with inputs. `exact`: all numbers are dyadic, so the peer must give the same bits, ties included.

    `deviation`: why the peer's answer is not the text's; then at most `most` of the elements may differ, by one step, or
    by more where `steps` says so. `noise`: how near a tie the peer's float32 may take the other side, in steps; `grid`: how far off a step it may be.
    """

    def __init__(self, name, opset, peer, exact=False, deviation="", most=0.0, steps=1, noise=1e-4, relative=2e-5, grid=1e-3):
        self.name, self.opset, self.peer, self.exact = name, opset, peer, exact
        self.deviation, self.most, self.steps, self.noise, self.relative, self.grid = deviation, most, steps, noise, relative, grid
        self.domain_version = 1          # of domains that are not ONNX's own
        self.hidden = set()              # tensors that the peer cannot hand out
        self.shape = None                # of the output, where the peer cannot infer it
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.inputs, self.infos, self.nodes, self.initializers, self.outputs = {}, [], [], [], []

    def input(self, array, name=None):
        name = name or f"x{len(self.inputs)}"
        self.inputs[name] = array
        self.infos.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape))
        return name

    def const(self, values, element_type=None):
        """An initializer; the element type where numpy has no such type (int4)."""
        name = f"c{len(self.initializers)}"
        if element_type is None:
            self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        else:
            values = np.asarray(values)
            self.initializers.append(helper.make_tensor(name, element_type, values.shape, values.astype(np.int32).reshape(-1).tolist()))
        return name

    def op(self, kind, *inputs, domain="", outputs=1, **attributes):
        inputs = [i if isinstance(i, str) else self.const(i) for i in inputs]
        names = [f"y{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}{len(self.nodes)}", domain=domain, **attributes))
        self.outputs = names
        return names[0]

    def model(self):
        outputs = [helper.make_tensor_value_info(o, TensorProto.FLOAT, self.shape) for o in self.outputs]
        if self.peer == "onnxruntime":
            for info in outputs:
                info.ClearField("type")
        graph = helper.make_graph(self.nodes, "case", self.infos, outputs, self.initializers)
        opsets = [helper.make_opsetid("", self.opset)]
        for domain in sorted({n.domain for n in self.nodes} - {""}):
            opsets.append(helper.make_opsetid(domain, self.domain_version))
        return helper.make_model(graph, opset_imports=opsets, ir_version=10 if self.opset >= 21 else 8)

    def floats(self, *shape, spread=1.0):
        return self.random.normal(0, spread, shape).astype(np.float32)

    def dyadic(self, *shape, step=0.5, most=8):
        """Multiples of `step`: with a step of half a quantiser's scale, half of them are ties."""
        return (self.random.integers(-most, most + 1, shape) * step).astype(np.float32)


def case(name, opset=13, peer="onnxruntime", **options):
    """Adds a case that the decorated function fills."""
    def add(fill):
        def make():
            made = Case(name, opset, peer, **options)
            fill(made)
            return made
        CASES.append((name, make))
        return fill
    return add


def unary(kind, opset=13, tag="", **attributes):
    @case(f"{kind}-{opset}{tag}", opset)
    def fill(c):
        c.op(kind, c.input(np.concatenate([c.floats(2, 3, 5, spread=3), c.dyadic(2, 3, 5)])), **attributes)


for _kind in ("Relu", "Sigmoid", "Tanh", "Elu", "Selu", "LeakyRelu", "HardSigmoid", "Softplus", "Softsign", "Abs", "Neg", "Floor",
              "Ceil", "Sign", "Exp", "Reciprocal"):
    unary(_kind)
unary("Round")
unary("HardSwish", 14)
unary("Elu", tag="-alpha", alpha=0.3)
unary("Selu", tag="-both", alpha=1.3, gamma=0.7)
unary("LeakyRelu", tag="-alpha", alpha=0.3)
unary("LeakyRelu", 16)
unary("HardSigmoid", tag="-both", alpha=0.4, beta=0.1)
unary("Clip", 10, "-attributes", min=-1.0, max=0.5)
unary("Clip", 10, "-low", min=-1.0)


@case("Clip-13-inputs", 13)
def _(c):
    c.op("Clip", c.input(c.floats(3, 7, spread=3)), np.float32(-1), np.float32(0.5))


@case("Clip-13-high-only", 13)
def _(c):
    c.op("Clip", c.input(c.floats(3, 7, spread=3)), "", np.float32(0.5))


for _kind in ("Add", "Sub", "Mul", "Div"):
    @case(f"{_kind}-broadcast", 13)
    def _(c, kind=_kind):
        c.op(kind, c.input(c.floats(2, 3, 4, 5)), c.floats(3, 1, 1))
        c.op(kind, c.input(c.floats(5)), c.outputs[0])

    @case(f"{_kind}-integers", 13)
    def _(c, kind=_kind):
        c.op(kind, c.input(np.arange(-8, 8, dtype=np.int64)), np.int64(3))


@case("Pow", 13)
def _(c):
    c.op("Pow", c.input(np.abs(c.floats(3, 4))), np.float32(1.5))


@case("Sum-Max-Min-Mean", 13)
def _(c):
    a, b = c.input(c.floats(3, 4)), c.input(c.floats(1, 4))
    made = [c.op(kind, a, b, c.const(c.floats(3, 1))) for kind in ("Sum", "Max", "Min", "Mean")]
    c.outputs = made


@case("PRelu-channels", 13)
def _(c):
    c.op("PRelu", c.input(c.floats(2, 3, 4, 4)), c.floats(3, 1, 1))


@case("PRelu-one", 13)
def _(c):
    c.op("PRelu", c.input(c.floats(2, 3, 4)), c.floats(1))


for _opset in (7, 9, 13, 15):
    @case(f"BatchNormalization-{_opset}", _opset)
    def _(c):
        c.op("BatchNormalization", c.input(c.floats(2, 5, 4, 3)), c.floats(5), c.floats(5), c.floats(5), np.abs(c.floats(5)) + 0.1, epsilon=1e-3)


@case("BatchNormalization-2d", 9)
def _(c):
    c.op("BatchNormalization", c.input(c.floats(4, 5)), c.floats(5), c.floats(5), c.floats(5), np.abs(c.floats(5)) + 0.1)


def convolution(name, x, w, bias=True, kind="Conv", opset=13, **attributes):
    @case(f"{kind}-{name}", opset)
    def fill(c):
        outputs = w[1] * attributes.get("group", 1) if kind == "ConvTranspose" else w[0]
        c.op(kind, c.input(c.floats(*x)), c.floats(*w), *[c.floats(outputs)] * bias, **attributes)


convolution("plain", (1, 3, 7, 8), (4, 3, 3, 3))
convolution("batch-no-bias", (2, 3, 7, 8), (4, 3, 3, 2), bias=False)
convolution("strides-pads", (1, 3, 9, 8), (4, 3, 3, 3), strides=[2, 3], pads=[1, 0, 2, 1])
convolution("dilations", (1, 2, 11, 12), (4, 2, 3, 2), dilations=[2, 3], pads=[2, 2, 2, 2])
convolution("groups", (1, 6, 7, 7), (4, 3, 3, 3), group=2)
convolution("depthwise", (2, 6, 7, 7), (6, 1, 3, 3), group=6, pads=[1, 1, 1, 1], strides=[2, 2])
convolution("depthwise-multiplier", (1, 3, 7, 7), (6, 1, 3, 3), group=3)
convolution("1d", (1, 3, 20), (5, 3, 4), strides=[2], pads=[1, 2], dilations=[2])
convolution("1x1-stride", (1, 3, 7, 7), (5, 3, 1, 1), strides=[2, 2])
for _auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
    convolution(_auto, (1, 3, 7, 8), (4, 3, 4, 3), auto_pad=_auto, strides=[2, 2])
    convolution(_auto, (1, 3, 5, 6), (3, 4, 3, 4), kind="ConvTranspose", auto_pad=_auto, strides=[2, 2])
convolution("plain", (1, 3, 5, 6), (3, 4, 3, 3), kind="ConvTranspose")
convolution("strides-pads", (2, 3, 5, 6), (3, 4, 3, 3), kind="ConvTranspose", strides=[2, 3], pads=[1, 0, 1, 2], output_padding=[1, 0])
convolution("groups-dilations", (1, 6, 5, 6), (6, 2, 3, 2), kind="ConvTranspose", group=3, dilations=[2, 2])
convolution("output-shape", (1, 3, 5, 5), (3, 4, 3, 3), kind="ConvTranspose", strides=[2, 2], output_shape=[10, 9])
convolution("1d", (1, 3, 9), (3, 4, 4), kind="ConvTranspose", strides=[2], pads=[1, 1])


def pool(name, kind, x, opset=13, deviation="", **attributes):
    @case(f"{kind}-{name}-{opset}", opset, deviation=deviation)
    def fill(c):
        c.op(kind, c.input(c.floats(*x)), **attributes)


for _kind in ("MaxPool", "AveragePool"):
    pool("plain", _kind, (1, 3, 8, 8), kernel_shape=[2, 2], strides=[2, 2])
    pool("overlapping", _kind, (2, 3, 8, 9), kernel_shape=[3, 2])
    pool("pads", _kind, (1, 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    pool("odd-pads", _kind, (1, 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 2, 1])
    pool("1d", _kind, (1, 3, 11), kernel_shape=[3], strides=[2])
    for _opset in (11, 19, 22):
        pool("ceil", _kind, (1, 3, 8, 9), _opset, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        pool("ceil-pads", _kind, (1, 3, 6, 7), _opset, kernel_shape=[3, 3], strides=[3, 2], pads=[1, 1, 1, 1], ceil_mode=1)
        pool("ceil-behind", _kind, (1, 1, 4, 4), _opset, kernel_shape=[1, 1], strides=[2, 2], pads=[0, 0, 0, 0], ceil_mode=1)
    for _auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        pool(_auto, _kind, (1, 3, 7, 8), kernel_shape=[3, 2], strides=[2, 2], auto_pad=_auto)
pool("dilations", "MaxPool", (1, 3, 9, 9), kernel_shape=[2, 3], dilations=[3, 2])
pool("dilations", "AveragePool", (1, 3, 9, 9), 19, kernel_shape=[2, 3], dilations=[3, 2])
pool("counted", "AveragePool", (1, 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
for _opset in (11, 19, 22):
    pool("counted-ceil", "AveragePool", (1, 3, 8, 8), _opset, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 0, 1],
         count_include_pad=1, ceil_mode=1)


@case("Global-pools", 13)
def _(c):
    x = c.input(c.floats(2, 3, 5, 4))
    c.outputs = [c.op("GlobalAveragePool", x), c.op("GlobalMaxPool", x)]


for _kind in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"):
    @case(f"{_kind}-axes", 11)
    def _(c, kind=_kind):
        x = c.input(c.floats(2, 3, 5, 4))
        c.outputs = [c.op(kind, x, axes=[2, 3]), c.op(kind, x, axes=[-1], keepdims=0), c.op(kind, x)]

    @case(f"{_kind}-18", 18)
    def _(c, kind=_kind):
        c.op(kind, c.input(c.floats(2, 3, 5, 4)), np.asarray([1, -1]), keepdims=0)


@case("MatMul-broadcast", 13)
def _(c):
    c.op("MatMul", c.input(c.floats(2, 1, 3, 4)), c.floats(5, 4, 6))


@case("MatMul-vector", 13)
def _(c):
    c.op("MatMul", c.input(c.floats(4)), c.floats(4, 6))


for _ta in (0, 1):
    for _tb in (0, 1):
        @case(f"Gemm-{_ta}{_tb}", 11)
        def _(c, ta=_ta, tb=_tb):
            c.op("Gemm", c.input(c.floats(*((4, 3) if ta else (3, 4)))), c.floats(*((5, 4) if tb else (4, 5))), c.floats(5), alpha=0.5,
                 beta=2.0, transA=ta, transB=tb)


@case("Gemm-no-bias", 13)
def _(c):
    c.op("Gemm", c.input(c.floats(3, 4)), c.floats(4, 5))


for _opset in (11, 13):
    for _axis in (None, 0, 1, 2, -1):
        @case(f"Softmax-{_opset}-{_axis}", _opset)
        def _(c, axis=_axis):
            c.op("Softmax", c.input(c.floats(2, 3, 4, spread=3)), **({} if axis is None else {"axis": axis}))


@case("Shapes", 13)
def _(c):
    x = c.input(c.floats(2, 3, 4, 5))
    c.outputs = [
        c.op("Flatten", x), c.op("Flatten", x, axis=0), c.op("Flatten", x, axis=-1), c.op("Transpose", x), c.op("Transpose", x, perm=[0, 2, 3, 1]),
        c.op("Reshape", x, np.asarray([0, -1, 10])), c.op("Unsqueeze", x, np.asarray([0, -1])), c.op("Squeeze", c.op("Unsqueeze", x, np.asarray([1]))),
        c.op("Slice", x, np.asarray([1, -3]), np.asarray([10, -1]), np.asarray([1, 3])),
        c.op("Slice", x, np.asarray([-1]), np.asarray([-100]), np.asarray([2]), np.asarray([-2])),
        c.op("Gather", x, np.asarray([[2, 0], [-1, 1]]), axis=1), c.op("Concat", x, x, axis=-2), c.op("Identity", x), c.op("Dropout", x),
        c.op("Pad", x, np.asarray([0, 1, 2, 0, 0, 0, 1, 3]), np.float32(0.5)), c.op("Pad", x, np.asarray([0, 0, 1, 2, 0, 0, 2, 1]), mode="reflect"),
        c.op("Pad", x, np.asarray([0, 0, 1, 2, 0, 0, 2, 1]), mode="edge"), c.op("Pad", x, np.asarray([0, 0, -1, 2, 0, 0, 0, -1])),
        c.op("Expand", c.op("ReduceMean", x, axes=[1]), np.asarray([3, 1, 1])), c.op("Tile", x, np.asarray([1, 2, 1, 3])),
    ]


@case("Split", 13)
def _(c):
    x = c.input(c.floats(2, 6, 4))
    c.op("Split", x, np.asarray([1, 2, 3]), axis=1, outputs=3)
    first = list(c.outputs)
    c.op("Split", x, axis=2, outputs=2)
    c.outputs = first + c.outputs


@case("Split-18", 18)
def _(c):
    c.op("Split", c.input(c.floats(2, 7, 4)), axis=1, num_outputs=3, outputs=3)


@case("Old-attributes", 9)
def _(c):
    x = c.input(c.floats(2, 1, 4, 5))
    c.outputs = [c.op("Squeeze", x, axes=[1]), c.op("Unsqueeze", x, axes=[0, 3]), c.op("Slice", x, axes=[2, 3], starts=[1, 0], ends=[4, -1]),
                 c.op("Pad", x, pads=[0, 0, 1, 1, 0, 0, 2, 0], value=0.25), c.op("Dropout", x, ratio=0.5)]


@case("Shape-arithmetic", 13)
def _(c):
    x = c.input(c.floats(2, 3, 4, 5))
    shape = c.op("Shape", x)
    batch = c.op("Unsqueeze", c.op("Gather", shape, np.int64(0), axis=0), np.asarray([0]))
    c.op("Reshape", x, c.op("Concat", batch, np.asarray([-1]), axis=0))
    flat = c.outputs[0]
    filled = c.op("ConstantOfShape", batch, value=numpy_helper.from_array(np.asarray([2.5], np.float32)))
    c.outputs = [flat, filled, c.op("Cast", batch, to=TensorProto.FLOAT), c.op("Cast", x, to=TensorProto.INT32)]


for _mode in ("DCR", "CRD"):
    @case(f"DepthToSpace-{_mode}", 13)
    def _(c, mode=_mode):
        c.op("DepthToSpace", c.input(c.floats(2, 12, 3, 2)), blocksize=2, mode=mode)


@case("SpaceToDepth", 13)
def _(c):
    c.op("SpaceToDepth", c.input(c.floats(2, 3, 4, 6)), blocksize=2)


@case("Upsample-9", 9)
def _(c):
    c.op("Upsample", c.input(c.floats(1, 2, 3, 4)), np.asarray([1, 1, 2, 3], np.float32), mode="nearest")


@case("Resize-10", 10)
def _(c):
    c.op("Resize", c.input(c.floats(1, 2, 3, 4)), np.asarray([1, 1, 2, 1.5], np.float32), mode="nearest")


for _transform in ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"):
    for _nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        @case(f"Resize-13-{_transform}-{_nearest}", 13)
        def _(c, transform=_transform, nearest=_nearest):
            c.op("Resize", c.input(c.floats(1, 2, 4, 6)), "", np.asarray([1, 1, 2, 0.5], np.float32), mode="nearest",
                 coordinate_transformation_mode=transform, nearest_mode=nearest)


@case("Resize-19-sizes-axes", 19)
def _(c):
    c.op("Resize", c.input(c.floats(1, 2, 4, 6)), "", "", np.asarray([12, 9]), mode="nearest", axes=[2, 3], nearest_mode="floor",
         coordinate_transformation_mode="asymmetric")


@case("ArgMax-ties", 13)
def _(c):
    x = c.input(c.dyadic(3, 6, 5, most=1))
    c.outputs = [c.op("ArgMax", x), c.op("ArgMax", x, axis=-1, keepdims=0), c.op("ArgMax", x, axis=1, select_last_index=1), c.op("ArgMin", x, axis=1)]


@case("TopK-ties", 13)
def _(c):
    x = c.input(c.dyadic(3, 9, most=2))
    c.op("TopK", x, np.asarray([4]), axis=1, outputs=2)
    largest = list(c.outputs)
    c.op("TopK", x, np.asarray([2]), axis=0, largest=0, outputs=2)
    c.outputs = largest + c.outputs
