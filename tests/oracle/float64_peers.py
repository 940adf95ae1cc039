"""What other programs compute for a model: every tensor as onnxruntime or qonnx has it."""

import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import helper


def ort_session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def exposed(model, hidden):
    """The model with every node's results among its outputs, but for the hidden ones."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    have = {o.name for o in copy.graph.output} | set(hidden)
    for node in copy.graph.node:
        for name in node.output:
            if name and name not in have:
                copy.graph.output.append(onnx.ValueInfoProto(name=name))
                have.add(name)
    return copy


def by_onnxruntime(model, inputs, hidden=()):
    """Every tensor by name, the graph computed as it is written."""
    session = ort_session(exposed(model, hidden))
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs)))


def _readable_by_onnxruntime():
    """qonnx hands single nodes to onnxruntime, in files of a newer IR version than that reads: lowers it."""
    from qonnx.core import onnx_exec
    from qonnx.custom_op.channels_last import base_wrapped_op

    def make_model(graph, **options):
        model = helper.make_model(graph, **options)
        model.ir_version = min(model.ir_version, 10)
        return model

    onnx_exec.qonnx_make_model = base_wrapped_op.qonnx_make_model = make_model


def by_qonnx(model, inputs):
    """Every tensor by name, computed node by node by qonnx."""
    _readable_by_onnxruntime()
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node:    # qonnx knows its own operators by their domain only
        if node.op_type in ("Quant", "IntQuant", "BipolarQuant", "Trunc", "MultiThreshold") and node.domain in ("", "finn.custom_op.general"):
            node.domain = "qonnx.custom_op.general"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapped = ModelWrapper(copy)
        for vi in list(wrapped.graph.output):    # symbolic extents that exporters leave on outputs
            if any(not d.dim_value for d in vi.type.tensor_type.shape.dim):
                vi.type.tensor_type.ClearField("shape")
        if not wrapped.check_all_tensor_shapes_specified():
            wrapped = wrapped.transform(InferShapes())
        everything = execute_onnx(wrapped, {k: np.asarray(v, dtype=np.float32) for k, v in inputs.items()}, True)
    produced = {name for node in model.graph.node for name in node.output}
    return {name: array for name, array in everything.items() if name in produced}


