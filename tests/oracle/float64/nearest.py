"""The rounding modes, how far a number lies from where each of them changes its result, and to what."""

import numpy as np


def half_even(x):
    return np.rint(x)


def _by_magnitude(x, up):
    """Rounds |x| to the next integer where up(fraction) holds, and puts the sign back."""
    magnitude = np.abs(x)
    below = np.floor(magnitude)
    return np.copysign(below + up(magnitude - below), x)


# QONNX's table of docs/qonnx-custom-ops/intquant_v1.md: UP and DOWN are away from zero and towards it, and so are
# HALF_UP and HALF_DOWN for halves. ROUND_TO_ZERO is Brevitas' name of DOWN, HALF_EVEN the table's other name of ROUND.
MODES = {
    "ROUND": half_even,
    "HALF_EVEN": half_even,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "UP": lambda x: _by_magnitude(x, lambda fraction: fraction > 0),
    "DOWN": np.trunc,
    "ROUND_TO_ZERO": np.trunc,
    "HALF_UP": lambda x: _by_magnitude(x, lambda fraction: fraction >= 0.5),
    "HALF_DOWN": lambda x: _by_magnitude(x, lambda fraction: fraction > 0.5),
}
_HALVES = ("ROUND", "HALF_EVEN", "HALF_UP", "HALF_DOWN")


def nearest_change(x, mode, low, high):
    """The number nearest to each x at which round(clip(x, low, high)) changes."""
    if mode in _HALVES:
        first, last, near = low + 0.5, high - 0.5, np.floor(x) + 0.5
    elif mode in ("DOWN", "ROUND_TO_ZERO"):
        first, last, near = np.where(low < 0, low, 1), np.where(high > 0, high, -1), np.rint(x)
        near = np.where(near == 0, np.where(x < 0, -1, 1), near)    # nothing changes at zero
    elif mode == "UP":
        first, last, near = np.where(low < 0, low + 1, 0), np.where(high > 0, high - 1, 0), np.rint(x)
    elif mode == "CEIL":
        first, last, near = low, high - 1, np.rint(x)
    else:
        first, last, near = low + 1, high, np.rint(x)
    return np.minimum(np.maximum(near, first), last)


def rounded(x, mode, low, high):
    """(levels, distances, levels on the other side of the nearest change) of round(clip(x, low, high)).

    Where low = high, distances are infinite. UP changes twice at zero: there the other side is NaN.
    """
    def level(at):
        return MODES[mode](np.minimum(np.maximum(at, low), high))

    own, near = level(x), nearest_change(x, mode, low, high)
    below, above = level(near - 0.25), level(near + 0.25)
    other = np.where(own == below, above, below)
    if mode == "UP":
        other = np.where(near == 0, np.nan, other)
    return own, np.where(np.asarray(high) > low, np.abs(x - near), np.inf), other
