"""What the oracle programs share: one onnxruntime session without optimisations, fed with numpy arrays."""

import sys

import numpy as np
import onnxruntime


def fail(message):
    """Ends the program as a tool should: one line on stderr, exit code 1."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)


def load(path):
    """The array of a .npy file."""
    try:
        return np.load(path)
    except (OSError, ValueError) as problem:
        fail(f"{path}: not a readable .npy file: {problem}")


def session(path):
    """A session that computes the graph as it is written: one thread, nothing fused or reordered."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # onnxruntime's own exceptions share no base class
        fail(f"{path}: onnxruntime does not load it: {problem}")


# onnxruntime's names of element types, for the types a network's inputs may have
DTYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int8)": np.int8,
          "tensor(uint8)": np.uint8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
          "tensor(bool)": np.bool_}


def as_input(node, array):
    """`array` in the element type the graph input wants."""
    if node.type not in DTYPES:
        fail(f"input '{node.name}' is a {node.type}; known are {', '.join(DTYPES)}")
    return np.ascontiguousarray(array, dtype=DTYPES[node.type])


def samples(array, shape, name="input"):
    """Splits `array` into arrays of the declared `shape`.

    Where all dimensions are fixed, the array may hold any number of samples one after another, in any
    grouping of its axes: [1000, 1, 28, 28], [1000, 28, 28] and [1000, 784] are all 1,000 samples of
    [1, 1, 28, 28]. Where one is free, the array is one sample as it is.
    """
    if not all(isinstance(extent, int) and extent > 0 for extent in shape):
        return [array]
    size = int(np.prod(shape, dtype=np.int64))
    if array.size == 0 or array.size % size:
        fail(f"'{name}' has shape {list(shape)}, which {array.size} values of shape {list(array.shape)} do not fill")
    return list(array.reshape(-1, *shape))


def join(results):
    """One array from the results of several samples: along the leading axis where that is one per sample."""
    if len(results) == 1:
        return results[0]
    stacked = np.stack(results)
    return stacked[:, 0] if results[0].ndim and results[0].shape[0] == 1 else stacked
