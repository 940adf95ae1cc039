"""Layer by layer: each node of a graph is computed in float64 from what another implementation made before it, so that
one tie does not run through the rest of the network, and its own output is compared."""
import dataclasses
import json
import pathlib

import numpy

from .quantisers import Quantised
from .walk import Walk

NOISE = 1e-9  # In levels: sums of float64 of whole numbers and scales are off by far less


@dataclasses.dataclass
class Counts:
    tensors: int = 0
    values: int = 0
    ties: int = 0  # One level apart, where the exact number lies within NOISE of the edge between them
    faults: list = dataclasses.field(default_factory=list)


def dumped(folder):
    """By tensor of the file: real numbers, [frames] + the stream's shape."""
    out = {}
    for row in json.loads((pathlib.Path(folder) / "index.json").read_text()):
        if "scale" in row:
            numbers = numpy.load(pathlib.Path(folder) / row["file"]).astype(numpy.float64)
            out[row["stream"]] = numbers * numpy.array(row["scale"]) + numpy.array(row["bias"])
    return out


def in_file_order(stream, shape, flattened):
    """The ways in which a stream [frames, ..., channels] can be the ONNX tensor of this shape: channels come first
    there; a flattened map (its shape before is `flattened`) may stand in either order."""
    frame = stream[0]
    if len(shape) >= 3:
        return [numpy.moveaxis(frame.reshape(list(shape[2:]) + [shape[1]]), -1, 0).reshape(shape), frame.reshape(shape)]
    ways = [frame.reshape(shape)]
    if flattened is not None and len(flattened) >= 3 and numpy.prod(flattened) == numpy.prod(shape):
        moved = frame.reshape(list(flattened[2:]) + [flattened[1]])
        ways.append(numpy.moveaxis(moved, -1, 0).reshape(shape))
    return ways


def compare(model, inputs, streams):
    counts = Counts()
    flattened = {}  # By tensor: the shape of the map that it was

    def check(made, other):
        values = made.values if isinstance(made, Quantised) else made
        if not isinstance(made, Quantised):
            off = numpy.abs(other - values) > NOISE * numpy.maximum(1, numpy.abs(values).max())
            return int(off.sum()), 0
        levels = numpy.round((other - values) / made.step)
        apart = numpy.abs(other - values - levels * made.step) > NOISE * numpy.abs(made.step)
        moved = (levels != 0) | apart
        if made.exact is None or apart.any():
            return int(moved.sum()), 0
        # A tie: halves are edges of the rounding modes to the nearest, whole numbers those of the others.
        edge = numpy.abs(made.exact * 2 - numpy.round(made.exact * 2)) / 2
        tie = moved & (numpy.abs(levels) == 1) & (edge <= NOISE * numpy.maximum(1, numpy.abs(made.exact)))
        return int((moved & ~tie).sum()), int(tie.sum())

    def visit(name, made, node):
        values = made.values if isinstance(made, Quantised) else made
        if node["op"] in ("Flatten", "Reshape"):
            flattened[name] = node["before"]
        elif values.ndim == 2 and node["before"] is not None and node["first"] in flattened and \
                numpy.prod(node["before"]) == values.size:
            flattened[name] = flattened[node["first"]]
        if name not in streams:
            return values
        best = min(((check(made, way), i) for i, way in enumerate(in_file_order(streams[name], values.shape, flattened.get(name)))),
                   key=lambda found: found[0])
        (bad, ties), which = best
        counts.tensors += 1
        counts.values += values.size
        counts.ties += ties
        if bad:
            counts.faults.append(f"{node['op']} '{node['name']}' -> '{name}': {bad} of {values.size} values differ")
        return in_file_order(streams[name], values.shape, flattened.get(name))[which]

    walk = Walk(model, visit)
    # An input that the file does not quantise: as the other implementation rounded it.
    given = {name: in_file_order(streams[name], array.shape, None)[0] if name in streams else array
             for name, array in inputs.items()}
    return walk.run(given), counts
