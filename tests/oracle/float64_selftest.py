"""What the evaluator says of itself: rounding modes, distances to ties, overrides, comparisons, refusals.

Expected numbers are QONNX's table of rounding modes and hand counts in comments.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

import float64
from float64.nearest import MODES, rounded
from float64.registry import Unsupported

TESTS = []


def test(function):
    """A test gives what is wrong; nothing where all is well."""
    TESTS.append((f"selftest-{function.__name__}", function))
    return function


def network(nodes, constants, shape, kind=TensorProto.FLOAT, output="y", opset=13):
    graph = helper.make_graph(nodes, "selftest", [helper.make_tensor_value_info("x", kind, shape)],
                              [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
                              [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("qonnx.custom_op.general", 1)], ir_version=8)


def quant(name, source, scale, result, **attributes):
    return helper.make_node("Quant", [source, scale, "zero", "bits"], [result], name=name, domain="qonnx.custom_op.general",
                            **{"signed": 1, "narrow": 0, **attributes})


QUANT = {"zero": np.float32(0), "bits": np.float32(4)}


def expect(found, wanted):
    return "" if np.array_equal(found, wanted) else f"{np.asarray(found).tolist()}, not {np.asarray(wanted).tolist()}"


@test
def rounding_table():
    numbers = np.asarray([5.5, 2.5, 1.6, 1.1, 1.0, -1.0, -1.1, -1.6, -2.5, -5.5])
    table = {    # docs/qonnx-custom-ops/intquant_v1.md
        "ROUND": [6, 2, 2, 1, 1, -1, -1, -2, -2, -6], "CEIL": [6, 3, 2, 2, 1, -1, -1, -1, -2, -5],
        "FLOOR": [5, 2, 1, 1, 1, -1, -2, -2, -3, -6], "UP": [6, 3, 2, 2, 1, -1, -2, -2, -3, -6],
        "DOWN": [5, 2, 1, 1, 1, -1, -1, -1, -2, -5], "HALF_UP": [6, 3, 2, 1, 1, -1, -1, -2, -3, -6],
        "HALF_DOWN": [5, 2, 2, 1, 1, -1, -1, -2, -2, -5]}
    return "; ".join(filter(None, (expect(MODES[mode](numbers), row) and f"{mode}: {MODES[mode](numbers)}" for mode, row in table.items())))


@test
def distances_are_where_results_change():
    """On a grid of 1/64, a result differs from its neighbour's exactly where a change lies between or on them."""
    x = np.arange(-20 * 64, 20 * 64 + 1) / 64
    for mode in MODES:
        for low, high in ((-8, 7), (-7, 7), (0, 15), (0, 14), (0, 1), (-1, 0), (-1, 1)):
            y, far, other = rounded(x, mode, low, high)
            changes = np.flatnonzero(np.diff(y))    # between x[i] and x[i + 1]
            # The change lies on one of the two: that one's distance is zero, and the other's is one grid step.
            near = np.minimum(far[changes], far[changes + 1])
            if near.any() or len(changes) != high - low:
                return f"{mode} [{low}, {high}]: {len(changes)} changes, distances there {near.tolist()}"
            if np.count_nonzero(far == 0) > high - low:
                return f"{mode} [{low}, {high}]: a tie where nothing changes"
            on_it = np.where(far[changes] == 0, changes, changes + 1)
            across = np.where(far[changes] == 0, y[changes + 1], y[changes])
            if not np.all((other[on_it] == across) | np.isnan(other[on_it])):
                return f"{mode} [{low}, {high}]: across the ties lie {other[on_it].tolist()}, not {across.tolist()}"
    return expect(rounded(np.asarray([0.3]), "ROUND", 0, 0)[1], [np.inf])


@test
def bits_per_channel():
    # 2, 3 and 4 bits, signed: -2..1, -4..3, -8..7
    model = network([quant("q", "x", "scale", "y")], {"scale": np.float32(0.5), "zero": np.float32(0), "bits": np.asarray([[[2], [3], [4]]], np.float32)},
                    (1, 3, 2))
    return expect(float64.evaluate(model, {"x": np.full((1, 3, 2), [100, -100])})["y"], [[[0.5, -1], [1.5, -2], [3.5, -4]]])


@test
def attributes_left_out():
    # signed, not narrow: -8..7; Trunc: FLOOR, signed, not narrow: 3 bits behind a division by 4: -4..3
    bare = helper.make_node("Quant", ["x", "one", "zero", "bits"], ["q"], domain="qonnx.custom_op.general")
    trunc = helper.make_node("Trunc", ["x", "one", "zero", "bits", "four", "three"], ["y"], domain="qonnx.custom_op.general")
    constants = {**QUANT, "one": np.float32(1), "four": np.float32(4), "three": np.float32(3)}
    values = float64.evaluate(network([bare, trunc], constants, (3,)), {"x": np.asarray([100, -100, 7])})
    return expect(values["q"], [7, -8, 7]) or expect(values["y"], [12, -16, 4])


@test
def two_steps_off_is_wrong_at_any_tie():
    trunc = helper.make_node("Trunc", ["x", "one", "zero", "bits", "four", "bits"], ["y"], domain="qonnx.custom_op.general")
    model = network([trunc], {**QUANT, "one": np.float32(1), "four": np.float32(4)}, (1,))
    x = {"x": np.asarray([3.5])}    # becomes 4 of the input's steps, and 1 of the output's; 3 would become 0
    found = [float64.compare(model, x, {"y": np.asarray([y])}) for y in (4.0, 0.0, -4.0)]
    return "" if [(r.ties, r.failed) for r in found] == [(0, 0), (1, 0), (0, 1)] else "; ".join(map(str, found))


@test
def ties_go_to_the_lowest_index():
    x = np.tile([1.0, 2.0, 0.0, 2.0], 100)    # 200 twos, the first at 1, 3, 5
    model = network([helper.make_node("TopK", ["x", "k"], ["values", "y"])], {"k": np.asarray([3])}, (400,))
    return expect(float64.evaluate(model, {"x": x})["y"], [1, 3, 5])


@test
def parity_of_ties_and_zero_points():
    """The same numbers: QONNX rounds x / scale + zero, QuantizeLinear x / scale; 0.5 + 1 = 1.5 becomes 2, but 0.5 becomes 0."""
    nodes = [quant("q", "x", "one", "y", signed=0), helper.make_node("QuantizeLinear", ["x", "one", "z"], ["l"]),
             helper.make_node("DequantizeLinear", ["l", "one", "z"], ["d"])]
    values = float64.evaluate(network(nodes, {"one": np.float32(1), "zero": np.float32(1), "bits": np.float32(8), "z": np.uint8(1)}, (2,)),
                              {"x": np.asarray([0.5, 1.5])})
    return expect(values["y"], [1, 1]) or expect(values["d"], [0, 2])


@test
def overrides_replace_values():
    nodes = [helper.make_node("Add", ["x", "one"], ["a"]), helper.make_node("Mul", ["a", "a"], ["y"])]
    model = network(nodes, {"one": np.float32(1)}, (2,))
    plain = float64.evaluate(model, {"x": np.asarray([1, 2])})
    changed = float64.evaluate(model, {"x": np.asarray([1, 2])}, {"a": np.asarray([5, 6])})
    return expect(plain["y"], [4, 9]) or expect(changed["y"], [25, 36]) or expect(changed["a"], [5, 6])


def chain():
    """x -> Quant a (step 0.5) -> Mul -> Quant y (step 0.1 as float32 has it)."""
    nodes = [quant("qa", "x", "half", "a"), helper.make_node("Mul", ["a", "third"], ["m"], name="mul"), quant("qy", "m", "tenth", "y")]
    return float64.Network(network(nodes, {**QUANT, "half": np.float32(0.5), "third": np.float32(0.3), "tenth": np.float32(0.1)}, (4,)))


@test
def comparison_feeds_the_others_inputs():
    net, x = chain(), {"x": np.asarray([0.25, 0.3, 1.0, -2.0])}
    own = float64.evaluate(net, x)
    if not float64.compare(net, x, own).ok:
        return "does not equal itself"
    # 0.25 is the tie between 0 and 0.5: the other may take 0.5 there, and goes on from it: 0.5 * 0.3 / 0.1 = 1.5 + a little
    other = {**own, "a": own["a"] + [0.5, 0, 0, 0], "m": own["m"] + [0.5 * np.float64(np.float32(0.3)), 0, 0, 0]}
    other["y"] = own["y"] + [2 * np.float64(np.float32(0.1)), 0, 0, 0]
    report = float64.compare(net, x, other)
    if not report.ok or report.ties != 1 or report.tensors[0].tie_elements[0].index != (0,):
        return f"one tie expected: {report}"
    return ""


@test
def comparison_finds_what_is_wrong():
    net, x = chain(), {"x": np.asarray([0.25, 0.3, 1.0, -2.0])}
    own = float64.evaluate(net, x)
    for name, change, where in (("a", [0, 0.5, 0, 0], (1,)),      # 0.3 is no tie
                                ("a", [-0.5, 0, 0, 0], (0,)),     # at the tie, but to the wrong side: 0.25 never becomes -0.5
                                ("a", [1.0, 0, 0, 0], (0,)),      # at the tie, two steps off
                                ("a", [0, 0, 0, 0.1], (3,)),      # between two steps
                                ("m", [0, 0, 1e-6, 0], (2,))):
        report = float64.compare(net, x, {**own, name: own[name] + np.asarray(change)})
        wrong = [t for t in report.tensors if t.failed]
        if report.ok or not wrong or wrong[0].tensor != name or wrong[0].worst.index != where:
            return f"{name} {change}: {report}"
    report = float64.compare(net, x, {"y": own["y"], "nothing": own["y"]})
    return "" if not report.ok and report.unknown == ["nothing"] and report.missing == ["a"] else f"unknown names: {report}"


@test
def noise_decides_what_is_a_tie():
    net = chain()
    x = {"x": np.asarray([0.25 + 1e-7, 0.25 - 1e-7, 1.0, -2.0])}    # 2e-7 steps behind and before the tie
    other = {"a": np.asarray([0.0, 0.5, 1.0, -2.0])}
    exact, loose = float64.compare(net, x, other), float64.compare(net, x, other, noise=1e-6)
    return "" if exact.failed == 2 and loose.ok and loose.ties == 2 else f"{exact}; {loose}"


@test
def ties_move_through_dequantisation():
    """The other has no QuantizeLinear result of its own, only what comes of it."""
    nodes = [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]), helper.make_node("Transpose", ["q"], ["t"]),
             helper.make_node("DequantizeLinear", ["t", "s", "z"], ["y"])]
    model = network(nodes, {"s": np.float32(0.5), "z": np.uint8(3)}, (2, 2))
    x = {"x": np.asarray([[0.25, 1.0], [2.0, 3.0]])}
    own = float64.evaluate(model, x)["y"]
    at_tie, elsewhere = own + [[0.5, 0], [0, 0]], own + [[0, 0.5], [0, 0]]
    good, bad = float64.compare(model, x, {"y": at_tie}), float64.compare(model, x, {"y": elsewhere})
    return "" if good.ok and good.ties == 1 and bad.failed == 1 else f"{good}; {bad}"


@test
def equal_scores_are_ties_of_arg_max():
    model = network([helper.make_node("ArgMax", ["x"], ["y"], axis=1, keepdims=0)], {}, (1, 4))
    x = {"x": np.asarray([[1.0, 3.0, 3.0, 2.0]])}
    first = float64.evaluate(model, x)["y"]
    return (expect(first, [1]) or ("" if float64.compare(model, x, {"y": np.asarray([2])}).ties == 1 else "index 2 is no tie")
            or ("" if float64.compare(model, x, {"y": np.asarray([3])}).failed == 1 else "index 3 is not wrong"))


@test
def what_cannot_be_computed_is_refused():
    def refused(nodes, constants, words):
        try:
            float64.evaluate(network(nodes, constants, (2,)), {"x": np.ones(2)})
        except Unsupported as problem:
            return "" if words in str(problem) else f"'{problem}' does not say '{words}'"
        return f"not refused: {words}"

    q = [quant("q", "x", "s", "y")]
    return "; ".join(filter(None, (
        refused(q, {**QUANT, "s": np.float32(0)}, "q (qonnx.custom_op.general:Quant): a scale is zero"),
        refused(q, {**QUANT, "s": np.float32("nan")}, "not finite"),
        refused(q, {**QUANT, "s": np.float32(1), "bits": np.float32(2.5)}, "bit width 2.5 is no positive integer"),
        refused([quant("q", "x", "s", "y", rounding_mode="STOCHASTIC")], {**QUANT, "s": np.float32(1)}, "rounding mode STOCHASTIC"),
        refused([helper.make_node("Nothing", ["x"], ["y"], name="n")], {}, "n (Nothing): no such operator is known"))))
