"""Operator cases of libonnx-testdata as networks that a compiler can read.

A case is a folder with `model.onnx` and `test_data_set_0/{input,output}_<i>.pb` (TensorProto). In many of them
everything is a graph input, weights too, and the leading axis is an ordinary axis. `prepare` turns a case into a
network as users have it: parameters are initializers, the leading axis is a batch of one, shapes are fixed. It does
so by running sample by sample or, where the operator mixes samples, with one more axis in front (see lift.py);
what comes out has been run and gives the case's output. What cannot be turned has a reason, see `why_not`.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import lift

# The operators of braid's input language that have no quantised meaning of their own.
OPERATORS = frozenset("""
    Gemm MatMul Conv ConvTranspose BatchNormalization Relu LeakyRelu PRelu Clip Sigmoid Tanh HardSigmoid Selu Elu Softmax
    MaxPool AveragePool GlobalAveragePool GlobalMaxPool ReduceMean Add Sub Mul Div Sum Concat Flatten Reshape
    Transpose Squeeze Unsqueeze Pad Identity Dropout Constant ConstantOfShape Shape Gather Slice Cast Resize Upsample
    DepthToSpace
""".split())

# Operators all of whose inputs may be activations; of the others only the first is one.
JOINING = frozenset("Add Sub Mul Div Sum Concat".split())


class Case:
    """One case, read: model, inputs and outputs by position (None where they are no tensors)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        if self.folder.name == "test_data_set_0":
            self.folder = self.folder.parent
        self.model = onnx.load(self.folder / "model.onnx")
        graph = self.model.graph
        self.operators = sorted({node.op_type for node in graph.node})
        constants = {tensor.name for tensor in graph.initializer}
        # In models before IR 4 initializers are listed among the inputs; the data sets leave them out.
        self.input_infos = [value for value in graph.input if value.name not in constants]
        self.inputs = [self._read(f"input_{i}", v) for i, v in enumerate(self.input_infos)]
        self.outputs = [self._read(f"output_{i}", v) for i, v in enumerate(graph.output)]

    def _read(self, name, value):
        if not value.type.HasField("tensor_type"):
            return None
        tensor = TensorProto()
        tensor.ParseFromString((self.folder / "test_data_set_0" / f"{name}.pb").read_bytes())
        return numpy_helper.to_array(tensor)

    def named_inputs(self):
        return {value.name: array for value, array in zip(self.input_infos, self.inputs)}

    def activations(self):
        """Names of the inputs that stay inputs: the first operand of every node, and operands of a joining
        operator that have the shape of its first one up to the axis that is joined."""
        inputs = self.named_inputs()
        kept = set()
        for node in self.model.graph.node:
            operands = [name for name in node.input if name in inputs]
            if not operands or node.input[0] not in inputs:
                continue
            first = inputs[node.input[0]]
            kept.add(node.input[0])
            if node.op_type in JOINING:
                kept.update(name for name in operands if inputs[name].ndim == first.ndim and (
                    node.op_type == "Concat" or inputs[name].shape == first.shape))
        return [value.name for value in self.input_infos if value.name in kept]


def attribute(node, name, otherwise):
    for candidate in node.attribute:
        if candidate.name == name:
            value = helper.get_attribute_value(candidate)
            return value.decode() if isinstance(value, bytes) else value
    return otherwise


def constants_of(case):
    """Arrays that are known without the activations, by name."""
    kept = case.activations()
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in case.model.graph.initializer}
    known.update({name: array for name, array in case.named_inputs().items() if name not in kept})
    for node in case.model.graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
            known[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return known


def node_reason(node, constants):
    """Why this node is outside of braid's input language, or None."""
    def constant(index):
        return constants.get(node.input[index]) if len(node.input) > index and node.input[index] else None

    if node.op_type == "BatchNormalization" and (attribute(node, "training_mode", 0) or len(node.output) > 1):
        return "batch normalisation in training mode"
    if node.op_type == "Dropout" and constant(2) is not None and bool(constant(2)):
        return "dropout in training mode"
    if node.op_type == "Dropout" and len(node.output) > 1:
        return "dropout with a mask as second output"
    if node.op_type == "MaxPool" and len(node.output) > 1:
        return "pooling with indices as second output"
    if node.op_type == "MatMul" and constant(1) is not None and constant(1).ndim > 2:
        return f"product with a constant of rank {constant(1).ndim}; 2 is supported"
    if node.op_type in ("Resize", "Upsample"):
        mode = attribute(node, "mode", "nearest")
        if mode != "nearest":
            return f"{mode} resize; only nearest is supported"
        if attribute(node, "coordinate_transformation_mode", "") == "tf_crop_and_resize":
            return "resize that crops"
    if node.op_type == "Pad" and attribute(node, "mode", "constant") != "constant":
        return f"pad in mode {attribute(node, 'mode', '')}; only constant is supported"
    return None


def why_not(case):
    """Why the case is not a network braid could compile, or None."""
    if any(array is None for array in [*case.inputs, *case.outputs]):
        return "sequences or optionals instead of tensors"
    constants = constants_of(case)
    for node in case.model.graph.node:
        if reason := node_reason(node, constants):
            return reason
    inputs = case.named_inputs()
    kept = case.activations()
    if not kept:
        return "no input that is an activation"
    for array in (inputs[name] for name in kept):
        if array.dtype != np.float32:
            return f"{array.dtype} input"
        if array.ndim < 1:
            return "input of rank 0"
        if array.ndim > 4 and any(node.op_type in ("Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization",
                                                   "GlobalAveragePool", "GlobalMaxPool")
                                  for node in case.model.graph.node):
            return "three spatial dimensions; one or two are supported"
        if array.size == 0:
            return "input without elements"
    if len(case.outputs) > 1:
        return f"{len(case.outputs)} outputs"
    output = case.outputs[0]
    if output.dtype != np.float32:
        return f"{output.dtype} output"
    for node in case.model.graph.node:
        if node.op_type in ("Resize", "Upsample"):
            scales = np.array(output.shape) / np.array(inputs[kept[0]].shape)
            if np.any(scales < 1) or np.any(scales != np.rint(scales)):
                return "nearest resize by a factor that is not a whole number"
    if len({inputs[name].shape[0] for name in kept}) > 1:
        return "inputs with different batches"
    if prepare(case) is None:
        return "samples are not independent along the leading axis"
    return None


def with_parameters(case, lifted):
    """A copy of the model whose inputs are activations only, with a leading axis of one, and without the shapes of
    other tensors."""
    kept, inputs = case.activations(), case.named_inputs()
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    for name, array in inputs.items():
        if name not in kept:
            graph.initializer.append(numpy_helper.from_array(array, name))
    del graph.input[:]
    for name in kept:
        shape = inputs[name].shape if lifted else inputs[name].shape[1:]
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *shape]))
    # Only from IR 4 on may initializers be no inputs.
    model.ir_version = max(model.ir_version, 4)
    del graph.value_info[:]
    expected = case.outputs[0]
    name = graph.output[0].name
    del graph.output[:]
    shape = expected.shape if lifted else expected.shape[1:]
    graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *shape]))
    return model


def sample_by_sample(case):
    """(model, inputs, expected output) with the leading axis as the batch, or None."""
    arrays = {name: case.named_inputs()[name] for name in case.activations()}
    if case.outputs[0].ndim == 0 or any(array.ndim < 2 for array in arrays.values()):
        return None
    return with_parameters(case, lifted=False), arrays, case.outputs[0]


def one_axis_more(case):
    """(model, inputs, expected output) with an axis of one in front, or None."""
    if len(case.model.graph.node) != 1:
        return None
    arrays = {name: case.named_inputs()[name] for name in case.activations()}
    model = with_parameters(case, lifted=True)
    node = model.graph.node[0]
    opset = next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    if not lift.lift_node(node, lift.Parameters(model.graph), arrays[node.input[0]].shape, opset):
        return None
    return model, {name: array[np.newaxis] for name, array in arrays.items()}, case.outputs[0][np.newaxis]


def prepare(case):
    """(model with a batch of one, inputs by name, expected output) that agree, or None; samples lie along the
    leading axis of the arrays."""
    for attempt in (sample_by_sample, one_axis_more):
        prepared = attempt(case)
        if prepared and matches(*prepared):
            return prepared
    return None


def runner(model):
    """A function from inputs to outputs; the reference evaluator helps out where onnxruntime lacks an old operator."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return lambda feeds: session.run(None, feeds)
    except Exception:  # onnxruntime's own exceptions share no base class
        evaluator = ReferenceEvaluator(model)
        return lambda feeds: evaluator.run(None, feeds)


def matches(model, inputs, expected):
    """Whether the network, run sample by sample, gives the expected output."""
    count = next(iter(inputs.values())).shape[0]
    try:
        run = runner(model)
        rows = [run({name: array[i:i + 1] for name, array in inputs.items()})[0] for i in range(count)]
    except Exception:  # what cannot be run with a batch of one is not independent of it
        return False
    if count == 1:
        result = rows[0]
    elif any(row.ndim == 0 or row.shape[0] != 1 for row in rows):
        return False
    else:
        result = np.concatenate(rows)
    return result.shape == expected.shape and np.allclose(result, expected, rtol=1e-3, atol=1e-5)
