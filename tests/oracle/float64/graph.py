"""Reading a model, computing its constants once, and walking its nodes in float64.

Floats become float64, integers int64, whatever their type in the file; the ONNX element types are kept beside, as
zero points say what a quantiser saturates to.
"""

import lzma
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from .registry import FLOATS, OPERATORS, Node, Rounded, Unsupported, widened


def load(source):
    """A ModelProto from a model, or from a file, which may be packed by xz."""
    if isinstance(source, onnx.ModelProto):
        return source
    path = pathlib.Path(source)
    if path.suffix == ".xz":
        return onnx.load_from_string(lzma.decompress(path.read_bytes()))
    return onnx.load(str(path))


def _natural_type(array):
    if array.dtype == np.bool_:
        return TensorProto.BOOL
    return TensorProto.INT64 if array.dtype == np.int64 else TensorProto.FLOAT


def _same_kind(array, element_type):
    return (array.dtype == np.float64) == (element_type in FLOATS) and (array.dtype == np.bool_) == (element_type == TensorProto.BOOL)


def _node(proto, index, opsets):
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}
    name = proto.name or f"{proto.op_type}#{index}"
    if any(isinstance(v, onnx.GraphProto) for v in attributes.values()):
        raise Unsupported(f"{name} ({proto.op_type}): subgraphs are not computed")
    return Node(name, proto.op_type, proto.domain, list(proto.input), list(proto.output), attributes,
                opsets.get(proto.domain, opsets.get("", 1)))


class Network:
    """A model whose constants have been computed; it can be run any number of times."""

    def __init__(self, source):
        model = load(source)
        opsets = {"" if o.domain == "ai.onnx" else o.domain: o.version for o in model.opset_import}
        self.raw = {t.name: t for t in model.graph.initializer}
        self.inputs = [i.name for i in model.graph.input if i.name not in self.raw]
        self.outputs = [o.name for o in model.graph.output]
        self.types = {i.name: i.type.tensor_type.elem_type for i in model.graph.input}
        self.types.update({name: t.data_type for name, t in self.raw.items()})
        self.shapes = {i.name: [d.dim_value if d.HasField("dim_value") else None for d in i.type.tensor_type.shape.dim]
                       for i in model.graph.input if i.type.tensor_type.HasField("shape")}
        self.nodes = _sorted([_node(n, i, opsets) for i, n in enumerate(model.graph.node)], set(self.raw) | set(self.inputs))
        self.constants = {}
        self.constant_nodes = []
        self._fold()

    def _fold(self):
        """Computes what depends on constants only, and keeps what other nodes read."""
        known, live = set(self.raw), []
        for node in self.nodes:
            if all(not name or name in known for name in node.inputs):
                known.update(node.outputs)
                self.constant_nodes.append(node)
            else:
                live.append(node)
        read = {name for node in live for name in node.inputs} | set(self.outputs)
        last = {name: i for i, node in enumerate(self.constant_nodes) for name in node.inputs}
        values = {}
        for i, node in enumerate(self.constant_nodes):
            for name, result in zip(node.outputs, self.results(node, values)):
                values[name] = result.values if isinstance(result, Rounded) else result
            for name in node.inputs:
                if last[name] == i and name not in read:
                    values.pop(name, None)
        self.constants = {name: values[name] for name in values if name in read}
        self.nodes = live

    def value(self, values, name):
        """The tensor of that name: computed, constant, or None where the name is empty."""
        if not name:
            return None
        if name in values:
            return values[name]
        if name in self.constants:
            return self.constants[name]
        if name in self.raw:
            array = widened(numpy_helper.to_array(self.raw[name]))
            if array.size < 1 << 16:
                self.constants[name] = array
            return array
        raise Unsupported(f"nothing gives '{name}'")

    def results(self, node, values):
        """What the node gives from `values`: an array or a `Rounded` per output."""
        function = OPERATORS.get((node.domain, node.kind))
        if function is None:
            node.refuse("no such operator is known")
        node.types = [self.types.get(name, TensorProto.FLOAT) if name else None for name in node.inputs]
        arrays = [self.value(values, name) for name in node.inputs]
        with np.errstate(all="ignore"):
            try:
                given = function(node, *arrays)
            except Unsupported as problem:
                raise problem if node.name in str(problem) else Unsupported(f"{node.name} ({node.kind}): {problem}") from problem
            except Exception as problem:
                raise RuntimeError(f"{node.name} ({node.kind}): {problem}") from problem
        given = given if isinstance(given, tuple) else (given,)
        first = next((t for t in node.types if t), TensorProto.FLOAT)
        for name, result in zip(node.outputs, given):
            array = result.values if isinstance(result, Rounded) else result
            if isinstance(result, Rounded):
                self.types[name] = result.type
            elif node.kind == "Cast":
                self.types[name] = node.get("to")
            else:
                self.types[name] = first if node.inputs and _same_kind(array, first) else _natural_type(array)
        return given

    def feed(self, inputs):
        """The inputs as the evaluator keeps them, with nothing missing, in the shapes that the file fixes."""
        missing = [name for name in self.inputs if name not in inputs]
        unknown = [name for name in inputs if name not in self.inputs and name not in self.raw]
        if missing or unknown:
            raise ValueError(f"inputs missing: {missing}; unknown: {unknown}")
        fed = {}
        for name, array in inputs.items():
            array, shape = widened(array), self.shapes.get(name)
            if shape and None not in shape and 0 not in shape and array.size == np.prod(shape, dtype=np.int64):
                array = array.reshape(shape)
            fed[name] = array.astype(np.float64) if self.types.get(name) in FLOATS else array
        return fed

    def run(self, inputs, overrides=None):
        """Every tensor that depends on the inputs, and the constants other nodes read, in the evaluator's own types.

        `overrides` replace a computed value before later nodes read it; so they stand in the result.
        """
        values = dict(self.feed(inputs))
        for name, array in (overrides or {}).items():
            values[name] = widened(array)
        for node in self.nodes:
            for name, result in zip(node.outputs, self.results(node, values)):
                if name and name not in (overrides or {}):
                    values[name] = result.values if isinstance(result, Rounded) else result
        return values


def _sorted(nodes, known):
    """The nodes so that each follows what it reads, otherwise in the file's order."""
    known, order, waiting = set(known) | {""}, [], list(nodes)
    while waiting:
        rest = []
        for node in waiting:
            if all(name in known for name in node.inputs):
                order.append(node)
                known.update(node.outputs)
            else:
                rest.append(node)
        if len(rest) == len(waiting):
            raise Unsupported(f"{rest[0].name} reads {[n for n in rest[0].inputs if n not in known]}, which nothing gives")
        waiting = rest
    return order


def evaluate(model, inputs, overrides=None):
    """Every tensor of the graph as a float64 array, by name: inputs, results of nodes, folded constants.

    `model`: a `Network`, a ModelProto, or a file (packed by xz where it ends in .xz). Quantised tensors (uint8, ...)
    hold their integers, as in the file. `overrides`: arrays that replace computed tensors before later nodes read them.
    """
    network = model if isinstance(model, Network) else Network(model)
    values = {**network.constants, **network.run(inputs, overrides)}
    return {name: np.asarray(array, dtype=np.float64) for name, array in values.items()}
