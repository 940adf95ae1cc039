#!/usr/bin/env python3
"""Casts, words and orders of elements of the client (targets/pynq/templates/run.py) against exact fractions."""
import os
import random
import sys
from fractions import Fraction
from math import floor

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "targets", "pynq", "templates"))
import run  # noqa: E402

ROUNDINGS = ["AP_RND", "AP_RND_ZERO", "AP_RND_MIN_INF", "AP_RND_INF", "AP_RND_CONV", "AP_TRN", "AP_TRN_ZERO"]
OVERFLOWS = ["AP_SAT", "AP_SAT_ZERO", "AP_SAT_SYM", "AP_WRAP"]


def cast(value, width, fraction, signed, rounding, overflow):
    """The tables of AMD UG1399, one number at a time."""
    exact = Fraction(value) * Fraction(2) ** fraction
    low = floor(exact)
    rest = exact - low
    half = Fraction(1, 2)
    up = {"AP_TRN": False, "AP_TRN_ZERO": rest > 0 and exact < 0, "AP_RND": rest >= half, "AP_RND_MIN_INF": rest > half,
          "AP_RND_INF": rest > half or (rest == half and exact > 0), "AP_RND_ZERO": rest > half or (rest == half and exact < 0),
          "AP_RND_CONV": rest > half or (rest == half and low % 2 == 1)}[rounding]
    whole = low + up
    lowest, highest = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if overflow == "AP_SAT_SYM" and signed:
        lowest = -highest
    if not lowest <= whole <= highest and overflow != "AP_WRAP":
        whole = 0 if overflow == "AP_SAT_ZERO" else highest if whole > highest else lowest
    return whole & ((1 << width) - 1)


def host_step_differs(draw):
    """A quantiser and thresholds against exact fractions; 1 where they differ."""
    channels, mode = draw.randint(1, 4), draw.choice(["ROUND", "HALF_UP", "HALF_DOWN", "UP", "DOWN", "CEIL", "FLOOR"])
    scale = [2.0 ** draw.randint(-3, 1) for _ in range(channels)]
    zero, first = [float(draw.randint(-2, 2)) for _ in range(channels)], draw.random() < 0.5
    ladder = sorted(draw.randint(-9, 9) / 2 for _ in range(3))
    values = numpy.array([[draw.randint(-20, 20) / 4 for _ in range(channels)] for _ in range(6)])
    quantize = {"step": "quantize", "first": scale, "second": zero, "lo": -4, "hi": 7, "rounding": mode, "roundsFirst": first}
    thresholds = {"step": "thresholds", "first": ladder, "second": [1.0], "lo": -1, "hi": 2}

    def whole(x):
        low, rest, half = floor(x), x - floor(x), Fraction(1, 2)
        return low + {"ROUND": rest > half or (rest == half and low % 2 == 1), "HALF_UP": rest > half or (rest == half and x > 0),
                      "HALF_DOWN": rest > half or (rest == half and x < 0), "UP": rest > 0 and x > 0, "DOWN": rest > 0 and x < 0,
                      "CEIL": rest > 0, "FLOOR": False}[mode]

    def level(x, c):
        scaled = Fraction(x) / Fraction(scale[c])
        return min(max(whole(scaled) + int(zero[c]) if first else whole(scaled + int(zero[c])), -4), 7)

    wanted = [[level(x, c) for c, x in enumerate(row)] for row in values]
    reached = [[-1 + sum(x >= t for t in ladder) for x in row] for row in values]
    same = numpy.array_equal(run.host_steps(values, {"host": [quantize]}), wanted) and \
        numpy.array_equal(run.host_steps(values, {"host": [thresholds]}), reached)
    if not same:
        print(f"FAILED host step {quantize}")
    return 0 if same else 1


def main():
    draw, failed, done = random.Random(4), 0, 0
    for case in range(1500):
        width, signed = draw.randint(2, 64), draw.random() < 0.7
        fraction = draw.randint(-2, width + 3)
        rounding, overflow = draw.choice(ROUNDINGS), draw.choice(OVERFLOWS)
        end = {"width": width, "fraction": fraction, "signed": signed,
               "type": f"ap_{'' if signed else 'u'}fixed<{width},{width - fraction},{rounding},{overflow}>"}
        values = [draw.choice([draw.uniform(-2, 2), draw.randint(-9, 9) / 2, draw.uniform(-1, 1) * 2.0 ** 70]) *
                  2.0 ** draw.randint(-fraction - 2, width - fraction + 1) for _ in range(20)]
        got = run.mantissas(numpy.array(values), end)
        for value, bits in zip(values, got):
            done += 1
            expected = cast(value, width, fraction, signed, rounding, overflow)
            if int(bits) != expected:
                failed += 1
                print(f"FAILED {end['type']} {value!r}: {int(bits):#x}, not {expected:#x}")
        elements = draw.randint(1, 50)
        layout = {"elementBits": width, "wordBits": 64, "elements": elements, "bytes": -(-elements // (64 // width)) * 8}
        numbers = numpy.array([[draw.getrandbits(width) for _ in range(elements)]], dtype=numpy.uint64)
        back = run.unpacked(run.packed(numbers, layout)[0], layout, signed)
        wanted = [int(n) - (1 << width if signed and int(n) >> width - 1 else 0) for n in numbers[0]]
        done += 1
        if [int(n) & 0xFFFFFFFFFFFFFFFF for n in back] != [n & 0xFFFFFFFFFFFFFFFF for n in wanted]:
            failed += 1
            print(f"FAILED words of {width} bits")
    port = {"shape": [3, 4, 5], "permutation": [1, 2, 0], "streamShape": [4, 5, 3]}
    image = numpy.arange(120).reshape(2, 3, 4, 5)
    stream = run.to_stream_order(image, port)
    part = run.part_of(stream, {"begin": [1, 0, 2], "end": [3, 5, 3]})
    done += 3
    failed += not numpy.array_equal(part, image[:, 2, 1:3, :].reshape(2, -1))
    failed += not numpy.array_equal(stream[1][2, 3], image[1, :, 2, 3])
    failed += not numpy.array_equal(run.to_onnx_order(stream, port), image)
    for case in range(400):
        done, failed = done + 1, failed + host_step_differs(draw)
    print(f"client_numbers: {done} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
