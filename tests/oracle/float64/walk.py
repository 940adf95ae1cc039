"""Goes through a graph, node by node, in float64; each node may be fed what another implementation made."""
import numpy
import onnx
from onnx import helper, numpy_helper

from .operators import OPERATORS
from .quantisers import QUANTISERS, Quantised


def attributes_of(node):
    out = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in out.items()}


def constant_of(attributes):
    for key in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        if key in attributes:
            value = attributes[key]
            return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else numpy.array(value)
    raise ValueError("a Constant without a value")


def channels_last(run, node, inputs):
    """QONNX's channels_last domain: data, and weights of Conv, have their channels last."""
    moved = [numpy.moveaxis(x, -1, 1) if i == 0 or (i == 1 and node["op"] == "Conv") else x for i, x in enumerate(inputs)]
    return numpy.moveaxis(run(node, *moved), 1, -1)


class Walk:
    """visit(name, Quantised or array, node) is called for each output of a node; what it returns goes on."""

    def __init__(self, model, visit=lambda name, made, node: made.values if isinstance(made, Quantised) else made):
        self.graph, self.visit = model.graph, visit
        self.values, self.types = {}, {}
        for tensor in self.graph.initializer:
            self._set(tensor.name, numpy_helper.to_array(tensor))

    def _set(self, name, array):
        self.types[name] = str(array.dtype)
        self.values[name] = array.astype(numpy.float64)

    def run(self, inputs):
        for name, array in inputs.items():
            self._set(name, array)
        for proto in self.graph.node:
            node = attributes_of(proto)
            node["op"] = proto.op_type
            node["name"] = proto.name
            if proto.op_type == "Constant":
                self._set(proto.output[0], constant_of(node))
                continue
            node["types"] = [self.types.get(name) for name in proto.input]
            arguments = [self.values[name] if name else None for name in proto.input]
            node["first"] = proto.input[0] if proto.input else None
            node["before"] = arguments[0].shape if arguments and arguments[0] is not None else None
            run = QUANTISERS.get(proto.op_type) or OPERATORS.get(proto.op_type)
            if run is None:
                raise NotImplementedError(proto.op_type)
            made = channels_last(run, node, arguments) if proto.domain == "qonnx.custom_op.channels_last" else run(node, *arguments)
            for name, part in zip(proto.output, made if isinstance(made, tuple) else (made,)):
                if name:
                    self.values[name] = self.visit(name, part, node)
                    self.types[name] = self._type(proto, node)
        return [self.values[output.name] for output in self.graph.output]

    def _type(self, proto, node):
        """Of integers that go on: what the zero point says."""
        if proto.op_type == "QuantizeLinear":
            return node["types"][2] if len(node["types"]) > 2 and node["types"][2] else "uint8"
        return "float64"
