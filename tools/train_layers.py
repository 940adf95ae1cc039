"""Layers that can be trained with numpy alone and written as ONNX nodes.

Training works on float32 feature maps [n, h, w, c]; ONNX files get [n, c, h, w], as exporters write them.
A layer has `forward(x, training)`, `backward(dy)`, the parameters and gradients of its own as lists, and
`emit(graph, name, tensor)`, which adds its nodes and returns the name of the tensor it produces.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """ONNX nodes and initializers in the order in which layers add them."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def add(self, operator, name, inputs, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def constant(self, name, values):
        values = np.ascontiguousarray(values, dtype=np.float32)
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def model(self, name, input_shape, output_shape, producer, opset=13, ir_version=7):
        """The finished model; its input is called `input`, its output `output`."""
        self.nodes[-1].output[0] = "output"
        graph = helper.make_graph(
            self.nodes, name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, output_shape)],
            self.initializers)
        return helper.make_model(graph, producer_name=producer, ir_version=ir_version,
                                 opset_imports=[helper.make_opsetid("", opset)])


class Layer:
    parameters, gradients = (), ()


class Dense(Layer):
    """y = x w^T + b; w is [outputs, inputs]. `chw` is the shape a feature map had before Flatten: ONNX
    flattens channels first, training channels last, so the columns of w are reordered when written."""

    def __init__(self, rng, inputs, outputs, chw=None, gain=1.0):
        self.w = (rng.normal(size=(outputs, inputs)) * np.sqrt(gain / inputs)).astype(np.float32)
        self.b = np.zeros(outputs, np.float32)
        self.chw = chw
        self.parameters = [self.w, self.b]
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x, training):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, dy):
        self.gradients[0][...] = dy.T @ self.x
        self.gradients[1][...] = dy.sum(axis=0)
        return dy @ self.w

    def emit(self, graph, name, tensor):
        w = self.w
        if self.chw:
            c, h, wd = self.chw
            w = w.reshape(-1, h, wd, c).transpose(0, 3, 1, 2).reshape(len(w), -1)
        inputs = [tensor, graph.constant(f"{name}_w", w), graph.constant(f"{name}_b", self.b)]
        return graph.add("Gemm", name, inputs, transB=1)


class Relu(Layer):
    def forward(self, x, training):
        self.positive = x > 0
        return x * self.positive

    def backward(self, dy):
        return dy * self.positive

    def emit(self, graph, name, tensor):
        return graph.add("Relu", name, [tensor])


class Conv(Layer):
    """Square kernel, as one matrix product over the patches of the input; w is [outputs, k, k, inputs]."""

    def __init__(self, rng, inputs, outputs, kernel, pad=0, stride=1, bias=True):
        self.kernel, self.pad, self.stride = kernel, pad, stride
        fan_in = kernel * kernel * inputs
        self.w = (rng.normal(size=(outputs, kernel, kernel, inputs)) * np.sqrt(2 / fan_in)).astype(np.float32)
        self.b = np.zeros(outputs, np.float32) if bias else None
        self.parameters = [self.w] + ([self.b] if bias else [])
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x, training):
        k, p, s = self.kernel, self.pad, self.stride
        x = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::s, ::s]
        n, h, w, c = windows.shape[:4]
        self.padded_shape, self.out_shape = x.shape, (n, h, w, -1)
        self.patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * h * w, k * k * c)
        y = self.patches @ self.w.reshape(len(self.w), -1).T
        return (y if self.b is None else y + self.b).reshape(self.out_shape)

    def backward(self, dy):
        k, p, s = self.kernel, self.pad, self.stride
        n, h, w, c = dy.shape
        dy = dy.reshape(-1, c)
        self.gradients[0][...] = (dy.T @ self.patches).reshape(self.w.shape)
        if self.b is not None:
            self.gradients[1][...] = dy.sum(axis=0)
        patches = (dy @ self.w.reshape(c, -1)).reshape(n, h, w, k, k, -1)
        dx = np.zeros(self.padded_shape, np.float32)
        for row in range(k):
            for column in range(k):
                dx[:, row:row + s * h:s, column:column + s * w:s] += patches[:, :, :, row, column]
        return dx[:, p:dx.shape[1] - p, p:dx.shape[2] - p]

    def emit(self, graph, name, tensor):
        inputs = [tensor, graph.constant(f"{name}_w", self.w.transpose(0, 3, 1, 2))]
        if self.b is not None:
            inputs.append(graph.constant(f"{name}_b", self.b))
        return graph.add("Conv", name, inputs, dilations=[1, 1], group=1, kernel_shape=[self.kernel] * 2,
                         pads=[self.pad] * 4, strides=[self.stride] * 2)


class BatchNorm(Layer):
    """Normalises each channel over the batch; inference uses running averages."""

    EPSILON = 1e-5
    KEEP = 0.9

    def __init__(self, channels):
        self.scale, self.shift = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        self.mean, self.var = np.zeros(channels, np.float32), np.ones(channels, np.float32)
        self.parameters = [self.scale, self.shift]
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x, training):
        mean, var = self.mean, self.var
        if training:
            mean, var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
            self.mean += (1 - self.KEEP) * (mean - self.mean)
            self.var += (1 - self.KEEP) * (var - self.var)
        self.inverse = 1 / np.sqrt(var + np.float32(self.EPSILON))
        self.normal = (x - mean) * self.inverse
        return self.normal * self.scale + self.shift

    def backward(self, dy):
        axes, count = (0, 1, 2), dy[..., 0].size
        self.gradients[0][...] = (dy * self.normal).sum(axis=axes)
        self.gradients[1][...] = dy.sum(axis=axes)
        centred = dy - (self.gradients[1] + self.normal * self.gradients[0]) / np.float32(count)
        return centred * (self.scale * self.inverse)

    def emit(self, graph, name, tensor):
        values = {"scale": self.scale, "bias": self.shift, "mean": self.mean, "var": self.var}
        inputs = [tensor] + [graph.constant(f"{name}_{key}", value) for key, value in values.items()]
        return graph.add("BatchNormalization", name, inputs, epsilon=self.EPSILON)


class MaxPool2(Layer):
    """2 x 2, stride 2; an odd last row or column is dropped."""

    def forward(self, x, training):
        n, h, w, c = x.shape
        self.shape = x.shape
        cells = x[:, :h // 2 * 2, :w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c)
        y = cells.max(axis=(2, 4))
        # On a tie every winner gets the gradient's share, which keeps the step independent of order.
        self.winners = cells == y[:, :, None, :, None]
        self.winners = self.winners / self.winners.sum(axis=(2, 4), keepdims=True, dtype=np.float32)
        return y

    def backward(self, dy):
        n, h, w, c = self.shape
        dx = np.zeros(self.shape, np.float32)
        dx[:, :h // 2 * 2, :w // 2 * 2] = (self.winners * dy[:, :, None, :, None]).reshape(
            n, h // 2 * 2, w // 2 * 2, c)
        return dx

    def emit(self, graph, name, tensor):
        return graph.add("MaxPool", name, [tensor], kernel_shape=[2, 2], strides=[2, 2])


class Flatten(Layer):
    def forward(self, x, training):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self.shape)

    def emit(self, graph, name, tensor):
        return graph.add("Flatten", name, [tensor], axis=1)


class GlobalAverage(Layer):
    def forward(self, x, training):
        self.shape = x.shape
        return x.mean(axis=(1, 2), keepdims=True)

    def backward(self, dy):
        return np.broadcast_to(dy / np.float32(self.shape[1] * self.shape[2]), self.shape)

    def emit(self, graph, name, tensor):
        return graph.add("GlobalAveragePool", name, [tensor])


class Softmax(Layer):
    """Written to the file only: the loss that training uses contains the softmax."""

    def forward(self, x, training):
        return x

    def backward(self, dy):
        return dy

    def emit(self, graph, name, tensor):
        return graph.add("Softmax", name, [tensor], axis=1)


class Sequence(Layer):
    """Named layers, one after the other."""

    def __init__(self, **layers):
        self.layers = layers
        self.parameters = [p for layer in layers.values() for p in layer.parameters]
        self.gradients = [g for layer in layers.values() for g in layer.gradients]

    def forward(self, x, training):
        for layer in self.layers.values():
            x = layer.forward(x, training)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers.values()):
            dy = layer.backward(dy)
        return dy

    def emit(self, graph, name, tensor):
        for key, layer in self.layers.items():
            tensor = layer.emit(graph, f"{name}_{key}" if name else key, tensor)
        return tensor


class Residual(Layer):
    """Relu(main(x) + shortcut(x)); an empty shortcut passes x on."""

    def __init__(self, main, shortcut=None):
        self.main, self.shortcut, self.relu = main, shortcut or Sequence(), Relu()
        self.parameters = [*self.main.parameters, *self.shortcut.parameters]
        self.gradients = [*self.main.gradients, *self.shortcut.gradients]

    def forward(self, x, training):
        return self.relu.forward(self.main.forward(x, training) + self.shortcut.forward(x, training), training)

    def backward(self, dy):
        dy = self.relu.backward(dy)
        return self.main.backward(dy) + self.shortcut.backward(dy)

    def emit(self, graph, name, tensor):
        main = self.main.emit(graph, name, tensor)
        shortcut = self.shortcut.emit(graph, f"{name}_short", tensor)
        added = graph.add("Add", f"{name}_add", [main, shortcut])
        return self.relu.emit(graph, f"{name}_relu", added)
