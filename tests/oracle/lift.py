"""Puts an axis of one in front of an operator case, so that its leading axis is no longer the batch.

Many cases of libonnx-testdata treat all axes alike (transpose all of them, join along the first). With one more axis
in front they are networks with a batch of one that do the same to what lies behind it.
"""

import numpy as np
from onnx import helper, numpy_helper

# Nothing to change: they work element by element or on the last axes, and broadcast from the right.
UNCHANGED = frozenset("""
    Relu LeakyRelu PRelu Clip Sigmoid Tanh HardSigmoid Selu Elu Identity Dropout Add Sub Mul Div Sum
""".split())
AXIS_DEFAULTS = {"Concat": 0, "Gather": 0, "Softmax": -1}


def get(node, name, otherwise=None):
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), otherwise)


def put(node, name, value):
    kept = [a for a in node.attribute if a.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def behind(axes):
    """The same axes where one more stands in front; those counted from the end stay."""
    return [int(axis) + (axis >= 0) for axis in axes]


class Parameters:
    """Initializers by name, which a lifted operator may change or add."""

    def __init__(self, graph):
        self.graph = graph

    def find(self, node, index):
        if len(node.input) <= index or not node.input[index]:
            return None
        return next((t for t in self.graph.initializer if t.name == node.input[index]), None)

    def read(self, node, index):
        tensor = self.find(node, index)
        return None if tensor is None else numpy_helper.to_array(tensor)

    def write(self, node, index, values):
        """Sets operand `index`; operands left out before it become empty."""
        tensor = self.find(node, index)
        if tensor is not None:
            tensor.CopyFrom(numpy_helper.from_array(np.array(values, np.int64), tensor.name))
            return
        node.input.extend([""] * (index + 1 - len(node.input)))
        node.input[index] = f"lifted_{index}"
        self.graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), node.input[index]))


def lift_axes(node, parameters, index, otherwise, as_operand):
    """Moves the axes of an operator that has them as an attribute or, in newer opsets, as operand `index`."""
    operand = parameters.read(node, index)
    axes = get(node, "axes", otherwise) if operand is None else operand.tolist()
    if as_operand:
        parameters.write(node, index, behind(axes))
    else:
        put(node, "axes", behind(axes))


def lift_node(node, parameters, shape, opset):
    """Changes `node`, whose first input had `shape`; returns False where that is not possible."""
    rank = len(shape)
    operator = node.op_type
    if operator in UNCHANGED:
        return True
    if operator in AXIS_DEFAULTS:
        if operator == "Softmax" and opset < 13:
            return False  # before opset 13 the axis says where the input is flattened
        put(node, "axis", behind([get(node, "axis", AXIS_DEFAULTS[operator])])[0])
    elif operator == "Transpose":
        put(node, "perm", [0, *behind(get(node, "perm", list(range(rank))[::-1]))])
    elif operator == "Reshape":
        target = parameters.read(node, 1)
        if target is None or get(node, "allowzero", 0):
            return False
        parameters.write(node, 1, [1, *target.tolist()])
    elif operator == "ReduceMean":
        lift_axes(node, parameters, 1, list(range(rank)), as_operand=opset >= 18)
    elif operator in ("Squeeze", "Unsqueeze"):
        ones = [axis for axis in range(rank) if shape[axis] == 1]
        lift_axes(node, parameters, 1, ones, as_operand=opset >= 13)
    elif operator == "Slice":
        starts = parameters.read(node, 1) if opset >= 10 else get(node, "starts")
        lift_axes(node, parameters, 3, list(range(len(starts))), as_operand=opset >= 10)
    else:
        return False
    return True
