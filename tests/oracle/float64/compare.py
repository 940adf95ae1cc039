"""Comparing another implementation's tensors with this evaluator's, each node fed the other's own inputs."""

import dataclasses

import numpy as np

from .graph import Network
from .registry import Rounded, widened

# Operators that move or scale elements one by one: where the other has no tensor in between, the distances of the
# quantiser before them move along.
MOVING = ("Identity", "Dropout", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Relu")


@dataclasses.dataclass
class Difference:
    """One element that differs: `steps` is its error in steps (or relative), `distance` how far from a tie it was."""
    index: tuple
    expected: float
    found: float
    steps: float
    distance: float


@dataclasses.dataclass
class Compared:
    """One tensor: of `elements`, `equal` are equal, `ties` are one step off next to a tie, `failed` are wrong."""
    node: str
    kind: str
    tensor: str
    elements: int
    equal: int
    ties: int
    failed: int
    worst: Difference | None = None
    nearest: float = np.inf        # the smallest distance to a tie among all elements
    tie_elements: list = dataclasses.field(default_factory=list)    # the first few differences at ties

    def __str__(self):
        text = f"{self.node} ({self.kind}) -> {self.tensor}: {self.equal} of {self.elements} equal, {self.ties} at ties, "
        text += f"{self.failed} wrong"
        if self.worst:
            w = self.worst
            text += f"; worst at {list(w.index)}: {w.found!r}, not {w.expected!r} ({w.steps:.3g} steps off, {w.distance:.3g} from a tie)"
        return text


@dataclasses.dataclass
class Report:
    tensors: list
    unknown: list        # names the other has and the graph has not
    missing: list        # quantisers whose results the other does not have

    @property
    def ok(self):
        return not self.unknown and all(not t.failed for t in self.tensors)

    @property
    def ties(self):
        return sum(t.ties for t in self.tensors)

    @property
    def failed(self):
        return sum(t.failed for t in self.tensors)

    @property
    def elements(self):
        return sum(t.elements for t in self.tensors)

    def __str__(self):
        lines = [str(t) for t in self.tensors if t.failed or t.ties]
        lines += [f"no tensor of the graph is named '{name}'" for name in self.unknown]
        lines.append(f"{len(self.tensors)} tensors, {self.elements} values: {self.elements - self.ties - self.failed} equal, "
                     f"{self.ties} one step off at a tie, {self.failed} wrong")
        return "\n".join(lines)


def _rounded(node, tensor, made, found, noise, grid):
    """A quantiser's result: equal, or the value across a tie where the number that was rounded lies within noise of it."""
    expected = made.values.astype(np.float64)
    if made.behind is not None:
        equal, distance = found == expected, made.behind(found)
        return _compared(node, tensor, expected, found, equal, ~equal & (distance <= noise), np.where(equal, 0.0, 1.0), distance)

    def full(array):
        return np.broadcast_to(np.asarray(array, dtype=np.float64), expected.shape)

    step, distance = full(made.step), full(made.distance)
    steps = np.abs(found - expected) / step
    equal = steps <= grid
    across = np.abs(steps - 1) <= grid
    if made.neighbour is not None:
        other = full(made.neighbour)
        across &= np.isnan(other) | (np.abs(found - other) <= grid * step)
    tie = ~equal & across & (distance <= noise + full(made.size) * 1e-14)
    return _compared(node, tensor, expected, found, equal, tie, steps, distance)


def _plain(node, tensor, expected, found, relative, floor):
    expected = expected.astype(np.float64)
    finite = np.abs(expected[np.isfinite(expected)])
    with np.errstate(invalid="ignore"):
        off = np.abs(found - expected) / np.maximum(np.maximum(np.abs(expected), floor * finite.max(initial=0)), 1e-300)
    equal = (off <= relative) | (found == expected)
    return _compared(node, tensor, expected, found, equal, np.zeros_like(equal), off, np.full(expected.shape, np.inf))


def _compared(node, tensor, expected, found, equal, tie, steps, distance):
    wrong = ~equal & ~tie
    result = Compared(node.name, node.kind, tensor, expected.size, int(equal.sum()), int(tie.sum()), int(wrong.sum()),
                      nearest=float(np.min(distance, initial=np.inf)))

    def difference(flat):
        index = np.unravel_index(flat, expected.shape)
        numbers = (float(array[index]) for array in (expected, found, steps, distance))
        return Difference(tuple(int(i) for i in index), *numbers)

    if wrong.any():
        result.worst = difference(int(np.argmax(np.where(wrong, np.nan_to_num(steps, nan=np.inf), -1))))
    result.tie_elements = [difference(int(flat)) for flat in np.flatnonzero(tie)[:5]]
    return result


def _carried(network, node, made, values, pending):
    """What a node makes of a quantiser's unseen result: the same steps and distances, moved or scaled with the elements."""
    before = pending.get(node.inputs[0]) if node.inputs else None
    if isinstance(made, Rounded) or before is None or before.behind is not None:
        return made
    if node.kind != "DequantizeLinear" and node.kind not in MOVING:
        return made

    def through(array):
        full = np.array(np.broadcast_to(np.asarray(array, dtype=np.float64), before.values.shape))
        return network.results(node, {**values, node.inputs[0]: full})[0]

    neighbour = None if before.neighbour is None else through(before.neighbour)
    if node.kind != "DequantizeLinear":
        step, distance, size = map(through, (before.step, before.distance, before.size))
        return Rounded(made, step, distance, size, network.types[node.outputs[0]], neighbour)
    step = np.abs(through(before.values + before.step) - made)
    return Rounded(made, step, before.distance, before.size, neighbour=neighbour)


def compare(model, inputs, tensors, noise=1e-9, relative=1e-9, floor=1e-3, grid=1e-6):
    """Compares `tensors` (name -> values, as the ONNX file means them: integers where the tensor is of an integer type).

    Walks the graph; each node is computed from the other's tensors where `tensors` has them, else from what was
    computed. Quantisers' results are compared in their own steps, of which `grid` is what the other's own rounding of
    products may be off: one step off counts as a tie where the number that was rounded lies within `noise` steps (and
    float64's own error) of one, and as wrong otherwise. Other results must agree to `relative`, where numbers below
    `floor` times the tensor's largest count as that large. Graph inputs, where `tensors` has them, take the place of
    `inputs`.
    """
    network = model if isinstance(model, Network) else Network(model)
    tensors = {name: widened(array) for name, array in tensors.items()}
    values = network.feed({name: tensors.get(name, inputs.get(name)) for name in network.inputs})
    produced = {name for node in network.nodes + network.constant_nodes for name in node.outputs}
    report = Report([], sorted(set(tensors) - produced - set(network.inputs) - set(network.raw)), [])
    pending = {}
    wanted_constants = set(tensors) & {name for node in network.constant_nodes for name in node.outputs}
    constant_nodes = network.constant_nodes if wanted_constants else []
    for node in [*constant_nodes, *network.nodes]:
        for name, made in zip(node.outputs, network.results(node, values)):
            if not name:
                continue
            made = _carried(network, node, made, values, pending)
            plain = made.values if isinstance(made, Rounded) else made
            if name not in tensors:
                values[name] = plain
                if isinstance(made, Rounded):
                    pending[name] = made
                    report.missing += [name] if node not in constant_nodes else []
                continue
            found = tensors[name].astype(np.float64)
            if found.size != plain.size:
                raise ValueError(f"'{name}' has shape {list(found.shape)}, not {list(plain.shape)}")
            found = found.reshape(plain.shape)
            report.tensors.append(_rounded(node, name, made, found, noise, grid) if isinstance(made, Rounded)
                                  else _plain(node, name, plain, found, relative, floor))
            values[name] = found.astype(plain.dtype) if plain.dtype != np.bool_ else found != 0
    return report
