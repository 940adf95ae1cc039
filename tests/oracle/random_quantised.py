"""Random small quantised networks, in QONNX's words, as QDQ and in QOperator form."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MODES = ["ROUND", "HALF_EVEN", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN"]
DOMAINS = ["qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"]


class Network:
    """A graph under construction; `now` is the tensor at its end, with its shape."""

    def __init__(self, seed, dialect):
        self.draw = np.random.default_rng(seed)
        self.dialect, self.nodes, self.constants, self.features = dialect, [], [], set()
        self.exact = self.draw.random() < 0.4  # Scales that are powers of two
        self.now, self.shape, self.count = "input", None, 0

    def chance(self, p):
        return self.draw.random() < p

    def name(self, base):
        self.count += 1
        return f"{base}{self.count}"

    def constant(self, array, base="c"):
        name = self.name(base)
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, domain="", outputs=None, **attributes):
        outputs = outputs or [self.name("t")]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=self.name("n"), domain=domain, **attributes))
        return outputs[0]

    def scale(self, size=None):
        """About a tenth, as float32."""
        value = 2.0 ** self.draw.integers(-5, -1, size) if self.exact else np.exp(self.draw.uniform(-4, -1.5, size))
        return np.asarray(value, dtype=np.float32)

    # Quantisers of tensors in flow.

    def quantise(self):
        if self.dialect == "qonnx":
            self.qonnx_quant()
        else:
            self.qdq()

    def qonnx_quant(self):
        domain = DOMAINS[self.draw.integers(len(DOMAINS))]
        if self.chance(0.1):
            self.features.add("bipolar")
            self.now = self.node("BipolarQuant", [self.now, self.constant(self.scale())], domain)
            self.uniform = False  # 0, which padding needs, is none of its levels
            return
        bits, signed = float(self.draw.integers(2, 9)), int(self.chance(0.4))
        per_channel = self.chance(0.2)
        shape = [1, self.shape[1]] + [1] * (len(self.shape) - 2)
        zero = float(self.draw.integers(-2, 4)) if self.chance(0.3) else 0.0
        mode = MODES[self.draw.integers(len(MODES))] if self.chance(0.5) else "ROUND"
        self.features |= {f"mode {mode}", "per channel" if per_channel else "per tensor"} | ({"zero point"} if zero else set())
        scale = self.scale(shape) if per_channel else self.scale()
        # What a padded layer or a sum reads has one scale and a zero that is a level.
        self.now = self.node("Quant", [self.now, self.constant(scale), self.constant(np.float32(zero)), self.constant(np.float32(bits))],
                             domain, signed=signed, narrow=int(self.chance(0.3)), rounding_mode=mode)
        self.uniform = not per_channel

    def qdq(self):
        dtype = [np.uint8, np.int8][self.draw.integers(2)]
        low = 0 if dtype == np.uint8 else -128
        zero = dtype([low, low + 128, low + int(self.draw.integers(256))][self.draw.integers(3)])
        parameters = [self.constant(self.scale()), self.constant(zero)]
        self.now = self.node("DequantizeLinear", [self.node("QuantizeLinear", [self.now] + parameters)] + parameters)
        self.features.add(f"qdq {dtype.__name__}")
        self.uniform = True

    def weights(self, shape, axis=0):
        """Quantised weights, per tensor or per output channel."""
        per_channel = self.chance(0.5)
        if self.dialect == "qonnx":
            values = self.constant(self.draw.normal(0, 0.3, shape).astype(np.float32), "w")
            if self.chance(0.15):
                return self.node("BipolarQuant", [values, self.constant(self.scale())], DOMAINS[0])
            spread = [1] * len(shape)
            spread[axis] = shape[axis]
            scale = self.scale(spread) if per_channel else self.scale()
            return self.node("Quant", [values, self.constant(scale), self.constant(np.float32(0)),
                                       self.constant(np.float32(self.draw.integers(2, 9)))], DOMAINS[0], signed=1,
                             narrow=int(self.chance(0.5)), rounding_mode="ROUND")
        scale = self.scale([shape[axis]] if per_channel else None)
        zero = np.zeros_like(scale, dtype=np.int8)
        integers = self.constant(self.draw.integers(-127, 128, shape).astype(np.int8), "w")
        return self.node("DequantizeLinear", [integers, self.constant(scale), self.constant(zero)], axis=axis)

    # Layers.

    def conv(self):
        channels = int(self.draw.choice([2, 3, 4, 6]))
        c, h, w = self.shape[1:]
        kernel = int(self.draw.choice([1, 3])) if min(h, w) >= 3 else 1
        depthwise = self.chance(0.25)
        pads = int(kernel == 3 and self.uniform and self.chance(0.6))
        stride = int(self.draw.choice([1, 2])) if min(h, w) > 4 else 1
        channels = c if depthwise else channels
        weights = self.weights([channels, 1 if depthwise else c, kernel, kernel])
        bias = [self.constant(self.draw.normal(0, 0.5, channels).astype(np.float32), "b")] if self.chance(0.5) else []
        self.features |= {"depthwise" if depthwise else "conv"} | ({"padded"} if pads else set())
        self.now = self.node("Conv", [self.now, weights] + bias, kernel_shape=[kernel, kernel], pads=[pads] * 4,
                             strides=[stride, stride], group=c if depthwise else 1)
        self.shape = [1, channels] + [(size + 2 * pads - kernel) // stride + 1 for size in (h, w)]

    def conv_transpose(self):
        c, h, w = self.shape[1:]
        depthwise = self.chance(0.25)
        channels = c if depthwise else int(self.draw.integers(1, 5))
        stride = int(self.draw.choice([1, 2, 2, 3]))
        # Padding stands for 0; where that is no level of the input, each output sees one tap in full.
        kernel = int(self.draw.integers(1, 5)) if self.uniform else stride
        pads = int(self.draw.integers(0, kernel)) if self.uniform else 0
        size = [stride * (size - 1) + kernel - 2 * pads for size in (h, w)]
        if not 0 < min(size) or max(size) > 16:
            return False
        weights = self.weights([c, 1 if depthwise else channels, kernel, kernel], 0 if depthwise else 1)
        bias = [self.constant(self.draw.normal(0, 0.5, channels).astype(np.float32), "b")] if self.chance(0.5) else []
        self.features.add("conv transpose")
        self.now = self.node("ConvTranspose", [self.now, weights] + bias, kernel_shape=[kernel, kernel], pads=[pads] * 4,
                             strides=[stride, stride], group=c if depthwise else 1)
        self.shape = [1, channels] + size
        return True

    def dense(self):
        size = int(self.draw.integers(2, 9))
        weights = self.weights([self.shape[1], size], 1)
        self.now = self.node("MatMul", [self.now, weights])
        if self.chance(0.5):
            self.now = self.node("Add", [self.now, self.constant(self.draw.normal(0, 0.5, size).astype(np.float32))])
        self.features.add("dense")
        self.shape = [1, size]

    def between(self):
        """What floats stand between two quantised tensors."""
        shape = [1, self.shape[1]] + [1] * (len(self.shape) - 2)
        if self.chance(0.4):
            n = self.shape[1]
            parts = [self.draw.normal(0.5, 0.7, n), self.draw.normal(0, 0.5, n), self.draw.normal(0, 0.5, n), self.draw.uniform(0.1, 2, n)]
            self.now = self.node("BatchNormalization", [self.now] + [self.constant(p.astype(np.float32)) for p in parts])
            self.features.add("batch norm")
        if self.chance(0.3):
            op = ["Mul", "Add", "Sub", "Div"][self.draw.integers(4)]
            size = shape if self.chance(0.5) else None
            self.now = self.node(op, [self.now, self.constant(np.asarray(self.draw.uniform(0.3, 2, size), dtype=np.float32))])
            self.features.add(op)
        if self.chance(0.7):
            op, attributes = [("Relu", {}), ("LeakyRelu", {"alpha": 0.25}), ("Relu", {}), ("HardSigmoid", {}), ("Sigmoid", {}),
                              ("Tanh", {})][self.draw.integers(6)]
            self.now = self.node(op, [self.now], **attributes)
            self.features.add(op)

    def pool(self):
        if min(self.shape[2:]) < 2:
            return
        op = ["MaxPool", "AveragePool"][self.draw.integers(2)]
        self.now = self.node(op, [self.now], kernel_shape=[2, 2], strides=[2, 2])
        self.shape = self.shape[:2] + [size // 2 for size in self.shape[2:]]
        self.features.add(op)
        if op == "AveragePool":
            self.quantise()

    def branch(self):
        """Two ways from here, joined by a sum or side by side."""
        start, shape = self.now, list(self.shape)
        self.quantised_conv(shape[1])
        left, same = self.now, self.shape == shape
        uniform = self.uniform
        if same and self.chance(0.6):
            self.features.add("residual")
            self.now = self.node("Add", [left, start])
            if self.chance(0.5):
                self.now = self.node("Relu", [self.now])
        else:
            self.now, self.shape = start, list(shape)
            self.quantised_conv(self.draw.integers(2, 5))
            self.features.add("concat")
            self.now = self.node("Concat", [left, self.now], axis=1)
            self.shape = [1, shape[1] + self.shape[1]] + shape[2:]
            self.shape[1] = self.left_channels + self.shape[1] - shape[1]
        self.uniform = uniform
        self.quantise()

    def quantised_conv(self, channels):
        weights = self.weights([int(channels), self.shape[1], 1, 1])
        self.now = self.node("Conv", [self.now, weights], kernel_shape=[1, 1])
        self.left_channels = self.shape[1] if not hasattr(self, "left_channels") else self.left_channels
        self.shape = [1, int(channels)] + self.shape[2:]
        self.quantise()

    def build(self):
        maps = self.chance(0.7)
        self.shape = [1, int(self.draw.integers(1, 4)), int(self.draw.integers(4, 9)), int(self.draw.integers(4, 9))] if maps else \
            [1, int(self.draw.integers(3, 20))]
        shape = list(self.shape)
        self.quantise()
        for _ in range(int(self.draw.integers(1, 4))):
            if len(self.shape) == 4:
                if not (self.chance(0.25) and self.conv_transpose()):
                    self.conv()
                self.between()
                self.quantise()
                if self.chance(0.3):
                    self.pool()
                if self.chance(0.3):
                    self.left_channels = self.shape[1]
                    self.branch()
            else:
                self.dense()
                self.between()
                self.quantise()
        if len(self.shape) == 4:
            if self.chance(0.4):
                self.now = self.node("GlobalAveragePool", [self.now])
                self.shape[2:] = [1, 1]
                self.features.add("GlobalAveragePool")
            self.now = self.node("Flatten", [self.now])
            self.shape = [1, int(np.prod(self.shape))]
        self.dense()
        graph = helper.make_graph(self.nodes, f"random_{self.dialect}", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info(self.now, TensorProto.FLOAT, self.shape)], self.constants)
        opsets = [helper.make_opsetid("", 13)] + [helper.make_opsetid(d, 1) for d in DOMAINS]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        return model, {"input": self.draw.normal(0, 1.0, shape).astype(np.float32)}
