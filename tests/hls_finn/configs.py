#!/usr/bin/env python3
"""Draws the configurations that the programs of this folder run: configs.py FOLDER [SEED]. Writes FOLDER/NAME.inc."""
import math
import pathlib
import random
import sys

RESOURCES = ["ap_resource_dflt", "ap_resource_lut", "ap_resource_dsp"]
MEMORIES = ["ap_resource_dflt", "ap_resource_bram", "ap_resource_uram", "ap_resource_lutram"]


def divisor(rng, n, most=None):
    return rng.choice([d for d in range(1, n + 1) if n % d == 0 and (most is None or d <= most)])


def integer(width, signed):
    return f"ap_{'' if signed else 'u'}int<{width}>"


def lane(rng, kind):
    """Input or weight lanes: bipolar, ternary, or 2 to 8 bits."""
    if kind == "bipolar":
        return "Bipolar", 1
    if kind == "ternary":
        return "Ternary", 2
    width = rng.randint(2, 8)
    return f"Numbers<{integer(width, kind == 'signed')}>", width


def activation(rng, width, never_negative):
    """None, or thresholds: those of a sum of `width` bits and more."""
    signed = not (never_negative and rng.random() < 0.7)
    total = width + rng.randint(-2, 6)  # two bits short: sums wrap
    if rng.random() < 0.25:
        return f"NoActivation<{integer(max(total, 2), signed)}>"
    kind = rng.choice(["bipolar", "ternary", "unsigned", "signed", "wide"])
    bits = 8 if kind == "wide" else rng.randint(2, 4)
    out, count, first = {"bipolar": ("ap_uint<1>", 1, 0), "ternary": ("ap_int<2>", 2, -1),
                         "unsigned": (integer(bits, False), 2**bits - 1, 0), "wide": (integer(bits, False), 2**bits - 1, 0),
                         "signed": (integer(bits, True), 2**bits - 1, -2**(bits - 1))}[kind]
    how = rng.choice(["LessEqual"] * 5 + ["Less", "Greater", "GreaterEqual"])
    return f"Steps<{integer(max(total, 2), signed)}, {out}, {count}, {first}, {how}>"


# Inputs and weights as FINN combines them.
PAIRS = [("bipolar", "bipolar"), ("unsigned", "bipolar"), ("signed", "bipolar"), ("bipolar", "ternary"), ("bipolar", "signed"),
         ("unsigned", "ternary"), ("signed", "ternary"), ("unsigned", "signed"), ("signed", "signed"), ("unsigned", "unsigned")]


def matrix(rng, i):
    """Every pair with weights in the unit and from a stream, then at random."""
    source, weight = PAIRS[i % len(PAIRS)]
    x, x_bits = lane(rng, source)
    w, w_bits = lane(rng, weight)
    mw, mh = rng.choice([1, 2, 9, 16, 18, 27, 36, 50, 64, 72, 144]), rng.choice([1, 3, 4, 8, 10, 12, 16, 24])
    never_negative = (source, weight) in [("bipolar", "bipolar"), ("unsigned", "unsigned")]
    act = activation(rng, x_bits + w_bits + mw.bit_length(), never_negative)
    return (f"matrix<{mw}, {mh}, {divisor(rng, mw, 48)}, {divisor(rng, mh)}, {x}, {w}, {act}, {str(i // len(PAIRS) % 2 == 1).lower()}, "
            f"{RESOURCES[i % 3]}>")


def vectors(rng, i):
    source, weight = PAIRS[i % len(PAIRS)]
    x, x_bits = lane(rng, source)
    w, w_bits = lane(rng, weight)
    channels, kernel = rng.choice([1, 2, 4, 6, 8, 12]), rng.choice([1, 4, 9, 9, 9, 15, 25])
    never_negative = (source, weight) in [("bipolar", "bipolar"), ("unsigned", "unsigned")]
    act = activation(rng, x_bits + w_bits + kernel.bit_length(), never_negative)
    return (f"vectors<{channels}, {kernel}, {divisor(rng, kernel)}, {divisor(rng, channels)}, {x}, {w}, {act}, "
            f"{str(i // len(PAIRS) % 2 == 1).lower()}, {RESOURCES[i % 3]}>")


def image_lane(rng):
    return lane(rng, rng.choice(["bipolar", "unsigned", "signed"]))[0]


def shape(rng):
    channels = rng.choice([1, 2, 3, 4, 6, 8])
    return channels, divisor(rng, channels), image_lane(rng)


def fitting(rng, kernel, stride, most):
    """A length that whole windows fill: finn-hlslib leaves a remainder unread."""
    return kernel + stride * rng.randint(1, most)


def windows(rng, i):
    channels, simd, values = shape(rng)
    memory = MEMORIES[i // 8 % 3 + (i % 3 == 0)]
    kind = ["square", "square-dws", "non-square", "non-square-dws", "dilated", "line", "line-dws", "small"][i % 8]
    if kind in ("square", "square-dws"):
        kernel, stride = rng.choice([(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (5, 1), (5, 2), (4, 3)])
        size = fitting(rng, kernel, stride, 5)
        if kernel % stride == 0:
            size = max(stride * (size // stride), kernel)
        name = {"square": "Square", "square-dws": "SquareDws"}[kind]
        return f"square<{name}, {kernel}, {channels}, {values}, {size}, {simd}, {stride}, {memory}>"
    if kind in ("non-square", "non-square-dws"):
        kx, ky = rng.randint(1, 5), rng.randint(1, 4)
        return (f"nonSquare<{str(kind == 'non-square-dws').lower()}, {kx}, {ky}, {channels}, {values}, {kx + rng.randint(3, 8)}, "
                f"{ky + rng.randint(0, 4)}, {simd}, 1, 1, {memory}>")
    if kind == "dilated":
        kx, ky, dilation = rng.randint(2, 4), rng.randint(2, 3), rng.randint(1, 3)
        return (f"dilated<{kx}, {ky}, {channels}, {values}, {(kx - 1) * dilation + rng.randint(4, 8)}, {ky + rng.randint(0, 4)}, "
                f"{simd}, {dilation}, {memory}>")
    if kind == "line":
        kernel, stride = rng.randint(3, 6), rng.choice([1, 1, 2])
        return f"line<Plain, {kernel}, {channels}, {values}, {fitting(rng, kernel, stride, 8)}, {stride}, 1, {simd}, {memory}>"
    if kind == "line-dws":
        name, stride, dilation = [("Dws", 1, 1), ("DwsStride", 2, 1), ("DwsNaive", 3, 1), ("DwsNaive", 1, 2)][i // 8 % 4]
        kernel = rng.randint(stride + 1, 5)
        return (f"line<{name}, {kernel}, {channels}, {values}, {fitting(rng, (kernel - 1) * dilation + 1, stride, 6)}, {stride}, {dilation}, "
                f"{simd}, {memory}>")
    if i // 8 % 2:
        kernel = rng.randint(2, 5)
        return f"parallel<{kernel}, {channels}, {values}, {kernel + rng.randint(0, 6)}>"
    return f"downsample<{['true', 'false'][i // 16 % 2]}, {channels}, {values}, {rng.randint(3, 9)}, {simd}, {rng.randint(2, 3)}>"


def folded(rng, choices):
    channels = rng.choice(choices)
    return channels, divisor(rng, channels)


def numbers(rng):
    """A lane type with its width, sign and least value."""
    width, signed = rng.randint(2, 8), rng.random() < 0.5
    return f"Numbers<{integer(width, signed)}>", width, signed, -2**(width - 1) if signed else 0


def streams(rng, i):
    channels, simd, values = shape(rng)
    kind = ["pad", "pad-other", "pixels", "upsample", "convert", "convert", "copy", "memory"][i % 8]
    if kind == "pad":
        return f"padSquare<{rng.randint(1, 6)}, {rng.randint(0, 2)}, {rng.randint(0, 3)}, {channels}, {simd}, {values}>"
    if kind == "pad-other":
        sides = ", ".join(str(rng.randint(0, 3)) for _ in range(4))
        return f"padNonSquare<{rng.randint(1, 6)}, {rng.randint(1, 5)}, {sides}, {channels}, {simd}, {values}>"
    if kind == "pixels":
        return (f"padPixels<{rng.randint(1, 5)}, {rng.randint(1, 5)}, {rng.randint(1, 3)}, {rng.randint(1, 3)}, {channels}, {simd}, "
                f"{values}>")
    if kind == "upsample":
        return f"upsample<{['true', 'false'][i // 8 % 2]}, {rng.randint(1, 5)}, {rng.randint(2, 4)}, {channels}, {values}>"
    if kind == "convert":
        a, b = rng.choice([(1, 8), (8, 1), (3, 3), (2, 6), (12, 4), (4, 6), (6, 4), (5, 3), (32, 1), (3, 48)])
        middle = math.lcm(a, b)
        return f"convert<{a}, {b}, {middle}, {middle // a * rng.randint(1, 4)}, {values}>"
    if kind == "copy":
        name = ["duplicate", "limit", "cast"][i // 8 % 3]
        words = rng.randint(1, 9)
        if name == "cast":
            return f"cast<1, {words}, {integer(rng.randint(2, 9), True)}, {integer(rng.randint(2, 9), rng.random() < 0.5)}>"
        return f"{name}<{simd}, {words}{f', {rng.randint(1, words)}' if name == 'limit' else ''}, {values}>"
    return f"{['memory', 'qdma'][i // 8 % 2]}<{rng.choice([1, 4, 8, 16, 64])}, {rng.randint(1, 9)}>"


def steps(rng, width, signed):
    """Thresholds wide enough for inputs of this width: type, output, how many, and the first output."""
    bits = rng.randint(1, 4)
    below = rng.random() < 0.5
    return f"{integer(width + rng.randint(1, 3), True)}, {integer(bits, below)}, {2**bits - 1}, {-2**(bits - 1) if below else 0}"


def elements(rng, i):
    channels, pe = folded(rng, [1, 2, 4, 6, 12])
    a, width, signed, _ = numbers(rng)
    b, b_width, b_signed, _ = numbers(rng)
    pixels = rng.randint(1, 9)
    out = integer(rng.randint(3, 17), True)
    kind = ["thresholds", "streamed", "channelwise", "add", "eltwise"][i % 5]
    if kind == "thresholds":
        return f"thresholds<{pixels}, {channels}, {pe}, {a}, Steps<{steps(rng, width, signed)}>>"
    if kind == "streamed":
        return f"streamedThresholds<{pixels}, {channels}, {pe}, {a}, {steps(rng, width, signed)}>"
    if kind == "channelwise":
        what = ["AddTo", "MultiplyBy", "AtMost", "AtLeast"][i // 5 % 4]
        result = out if what in ("AddTo", "MultiplyBy") else "ap_uint<1>"
        if b_signed != signed:
            b = f"Numbers<{integer(b_width, signed)}>"  # FINN's operators compare in one sign
        return f"channelwise<{what}, {pixels}, {channels}, {pe}, {a}, {b}, {result}>"
    if kind == "add":
        return f"add<{pe}, {a}, {b}, {out}, {pixels}, {rng.choice([0, 0, 3, -5])}>"
    b = f"Numbers<{integer(b_width, signed)}>"
    return f"eltwise<{channels}, {pe}, {pixels}, {a}, {b}, {out}, {rng.choice(['SubtractCall', 'DistanceCall'])}>"


def pools(rng, i):
    channels, pe = folded(rng, [1, 2, 3, 4, 8, 12])
    values, width, signed, least = numbers(rng)
    size = rng.randint(1, 4)
    image = size * rng.randint(1, 4)
    kind = ["bits", "numbers", "folded", "line", "sums", "labels", "pool", "pool"][i % 8]
    if kind == "bits":
        return f"maxBits<{image}, {size}, {channels}>"
    if kind == "numbers":
        return f"maxNumbers<{image}, {size}, {channels}, {values}, {least}>"
    if kind == "folded":
        return f"maxFolded<{image}, {size}, {channels}, {values}, {least}, {pe}, {divisor(rng, channels)}>"
    if kind == "line":
        image = rng.randint(size, 4 * size + 3)
        return f"maxLine<{image}, {size}, {channels}, {pe}, {rng.choice([image // size, -(-image // size)])}, {values}, {least}>"
    if kind == "sums":
        return f"sums<{rng.randint(1, 6)}, {channels}, {pe}, {values}, {integer(width + rng.randint(0, 6), signed)}>"
    if kind == "labels":
        classes = rng.choice([2, 5, 10, 12, 35])
        return (f"labels<{classes}, {divisor(rng, classes)}, {min(rng.randint(1, 5), classes)}, {values}, "
                f"{integer(rng.randint(6, 16), False)}>")
    window = rng.choice([1, 4, 9, 16, 49])
    what = ["Largest", "Sum", "Mean", "Shifted"][(i // 8 * 2 + i % 2) % 4]
    if what == "Mean" and signed:
        values, signed = f"Numbers<{integer(width, False)}>", False  # it divides as if there were no sign
    total = integer(width + window.bit_length(), signed)
    out = {"Largest": integer(width, signed), "Sum": total, "Mean": integer(width, signed), "Shifted": integer(width, signed)}[what]
    divide = rng.randint(0, 6) if what == "Shifted" else window
    return f"pool<{what}, {channels}, {pe}, {window}, {values}, {total}, {out}, {divide}>"


def between(rng, size):
    """A range of [0, size), not empty."""
    begin = rng.randrange(size)
    return begin, rng.randint(begin + 1, size)


def moved(rng, i):
    """Units that move numbers and leave them as they are."""
    channels, pe, values = shape(rng)
    h, w = rng.randint(1, 5), rng.randint(1, 5)
    kind = i % 5
    if kind == 0:
        a, b = rng.choice([(3, 2), (2, 3), (5, 7), (1, 4), (4, 1), (6, 4), (3, 3), (32, 5)])
        return f"regroup<{values}, {a}, {b}, {math.lcm(a, b) * rng.randint(1, 4)}>"
    if kind == 1:
        few, lanes = rng.randint(1, 9), rng.randint(1, 6)
        many, other = -(-(few + rng.randint(0, 4)) // lanes) * lanes, math.gcd(few, lanes)
        if i // 5 % 2:
            return f"fill<{values}, {other}, {lanes}, {few}, {many}, {rng.randint(1, 5)}>"
        return f"drop<{values}, {lanes}, {other}, {many}, {few}, {rng.randint(1, 5)}>"
    if kind == 2:
        sides = [*between(rng, h), *between(rng, w), *(pe * fold for fold in between(rng, channels // pe))]
        return f"crop<{h}, {w}, {channels}, {pe}, {', '.join(map(str, sides))}, {values}>"
    if kind == 3:
        return f"repeat<{h}, {w}, {channels}, {pe}, {rng.randint(1, 3)}, {rng.randint(1, 3)}, {values}>"
    order = rng.sample(range(3), 3)
    return f"reorder<{h}, {w}, {channels}, {pe if order[2] == 2 else 1}, {', '.join(map(str, order))}, {values}>"


def computed(rng, i):
    channels, pe = folded(rng, [1, 2, 4, 6, 12])
    values, width, signed, least = numbers(rng)
    pixels, kind = rng.randint(1, 9), i % 6
    if kind == 0:
        if i // 6 % 2:
            out = integer(rng.randint(max(2, width - 1), width + 5), signed)  # it may wrap
            return f"reduce<braid::finn::SumOf, true, {pixels}, {channels}, {pe}, {values}, {out}>"
        return f"reduce<braid::finn::LargestOf, false, {pixels}, {channels}, {pe}, {values}, {integer(width + rng.randint(0, 2), signed)}>"
    if kind == 1:
        bits = rng.randint(2, 8)
        out, factor, offset = integer(bits, rng.random() < 0.6), rng.randint(2, 12), rng.randint(2, 30)
        flags = [str(flag).lower() for flag in (rng.random() < 0.5, rng.random() < 0.3)]
        return (f"requantise<{pixels}, {channels}, {pe}, {rng.randint(0, 12)}, {', '.join(flags)}, {values}, {out}, {integer(factor, True)}, "
                f"{integer(offset, True)}>")
    if kind == 2:
        low = rng.randint(least - 3, 2)
        return f"clamp<{pixels}, {pe}, {values}, {integer(16, True)}, {low}, {low + rng.randint(0, 300)}>"
    if kind == 3:
        other, _, _, _ = numbers(rng)
        what = ["braid::finn::Difference, false", "braid::finn::Product, true"][i // 6 % 2]
        return f"elementwise<{what}, {pixels}, {channels}, {pe}, {values}, {other}, {integer(18, True)}>"
    if kind == 4:
        accumulator = rng.randint(2, 24)
        return (f"sumOf<{['false', 'true'][i // 6 % 2]}, {pixels}, {channels}, {pe}, {integer(accumulator, True)}, "
                f"{integer(rng.randint(2, accumulator), rng.random() < 0.7)}>")
    h, w, top, left = rng.randint(1, 4), rng.randint(1, 4), rng.randint(0, 2), rng.randint(0, 3)
    return (f"pad<{h}, {w}, {h + top + rng.randint(0, 2)}, {w + left + rng.randint(0, 2)}, {top}, {left}, {channels}, {pe}, {values}, "
            f"{integer(12, True)}, {rng.randint(-9, 9)}>")


def units(rng, i):
    return (moved, computed)[i % 2](rng, i // 2)


def taps(rng, i):
    """Windows of any shape, a divisor of their taps at a time; several folds of the channels where they are depthwise."""
    channels, simd, values = shape(rng)
    kernel = [rng.randint(1, 4), rng.randint(1, 4)]
    if i % 4 == 0:
        kernel[0], simd = 1, channels
    dilation, stride = ([rng.choice([1, 1, 2, 3]) for _ in kernel], [rng.randint(1, 4) for _ in kernel]) if i % 2 else ([1, 1], [1, 1])
    size = [(k - 1) * d + rng.randint(1, 7) for k, d in zip(kernel, dilation)]
    if kernel[0] == 1 and i % 4 == 0:
        size[0] = 1
    elif size[1] == 1:
        size[1] = 2
    most = kernel[0] * kernel[1]
    at_a_time = [most, divisor(rng, most)][i // 4 % 2]
    return (f"taps<{kernel[0]}, {kernel[1]}, {channels}, {values}, {size[0]}, {size[1]}, {simd}, {at_a_time}, {stride[0]}, {stride[1]}, "
            f"{dilation[0]}, {dilation[1]}>")


PROGRAMS = {"units": (units, 132), "taps": (taps, 60), "matrix": (matrix, 60), "vectors": (vectors, 40), "windows": (windows, 80), "streams": (streams, 64),
            "elements": (elements, 60), "pools": (pools, 64)}


def main():
    folder, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for name, (draw, count) in PROGRAMS.items():
        rng = random.Random(f"{name} {seed}")
        calls = [draw(rng, i) for i in range(count)]
        text = "".join(f'{call}("{call.replace(" ", "")}", {i + 1});\n' for i, call in enumerate(calls))
        (folder / f"{name}.inc").write_text(text)


if __name__ == "__main__":
    main()
