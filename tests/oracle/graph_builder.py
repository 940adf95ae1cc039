"""Builds ONNX graphs line by line, and collects the functions that do."""

import zlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

GRAPHS = {}


def graph(opset=13, ir=8, tables=False):
    """Marks a builder; `tables`: its fixed-point numbers come out of tables."""
    def mark(build):
        GRAPHS[build.__name__] = (build, opset, ir, tables)
        return build
    return mark


class Graph:
    """Collects nodes; every method gives the name of a value."""

    def __init__(self, name):
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.weights, self.inputs, self.declared = [], [], {}, []

    def name(self):
        return f"v{len(self.nodes) + len(self.weights)}"

    def input(self, *shape, name="x"):
        self.inputs[name] = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape), [1 if isinstance(d, str) else d for d in shape])
        return name

    def declare(self, name, shape):
        """An initializer that is an input, too."""
        self.declared.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def w(self, *shape):
        return self.random.normal(0, 0.5, shape).astype(np.float32)

    def const(self, values, name=None):
        self.weights.append(numpy_helper.from_array(np.asarray(values), name or self.name()))
        return self.weights[-1].name

    def node_const(self, values):
        return self.op("Constant", value=numpy_helper.from_array(np.asarray(values)))

    def op(self, kind, *inputs, outputs=None, name=None, **attributes):
        """Arrays among the inputs become initializers."""
        inputs = [i if isinstance(i, str) else self.const(i) for i in inputs]
        outputs = outputs or [self.name()]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=f"n{len(self.nodes)}" if name is None else name, **attributes))
        return outputs[0]

    def norm(self, value, channels, **attributes):
        w = self.w
        return self.op("BatchNormalization", value, w(channels), w(channels), w(channels), np.abs(w(channels)) + 0.1, **attributes)


def model(name):
    """(ModelProto, inputs by name, names of the outputs, whether there are tables)"""
    build, opset, ir, tables = GRAPHS[name]
    made = Graph(name)
    ends = build(made)
    ends = [ends] if isinstance(ends, str) else list(ends)
    outputs = [helper.make_tensor_value_info(end, TensorProto.FLOAT, None) for end in ends]
    proto = helper.make_graph(made.nodes, name, [info for info, _ in made.inputs.values()] + made.declared, outputs, made.weights)
    data = {key: made.random.uniform(-2, 2, shape).astype(np.float32) for key, (_, shape) in made.inputs.items()}
    return helper.make_model(proto, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir), data, ends, tables
