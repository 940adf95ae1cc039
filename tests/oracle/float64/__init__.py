"""A float64 evaluator of float and quantised ONNX networks, written from the operators' texts alone.

    values = evaluate(model, {"input": array})                       every tensor of the graph, by name
    report = compare(model, {"input": array}, tensors_of_another)    node by node, each fed the other's own inputs

Sources: the ONNX operator texts, QONNX's docs/qonnx-custom-ops, and onnxruntime's docs/ContribOperators.md for
`com.microsoft`. Only numpy computes; onnx reads files.
"""

from . import arithmetic, integers, linear, nearest, quantisers, shapes, windows  # noqa: F401 (they register operators)
from .compare import compare
from .graph import Network, evaluate

__all__ = ["Network", "compare", "evaluate"]
