#!/usr/bin/env python3
"""Writes the configurations of the differential tests: configs.py {int|fixed} [seed]."""
import random
import sys

BOUNDARY = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65]
WIDE = [100, 127, 128, 129, 200, 512, 1000, 2048]
ROUNDINGS = ["AP_RND", "AP_RND_ZERO", "AP_RND_MIN_INF", "AP_RND_INF", "AP_RND_CONV", "AP_TRN", "AP_TRN_ZERO"]
OVERFLOWS = ["AP_SAT", "AP_SAT_ZERO", "AP_SAT_SYM", "AP_WRAP", "AP_WRAP_SM"]


def sign(rng):
    return rng.choice(["true", "false"])


def cases(*widths):
    """Fewer random cases for wide numbers, which are slow."""
    return max(60, 4000 // (1 + max(widths) // 24))


def integers(rng):
    narrow = [(rng.choice(BOUNDARY), rng.choice(BOUNDARY)) for _ in range(10)]
    narrow += [(8, 8), (40, 40), (64, 64), (40, 48), (16, 40)]
    wide = [(rng.choice(WIDE), rng.choice(BOUNDARY + WIDE)) for _ in range(5)] + [(1024, 1024), (2000, 24)]
    for w1, w2 in narrow + wide:
        print(f"INT_PAIR({w1}, {sign(rng)}, {w2}, {sign(rng)}, {cases(w1, w2)})")
    for w1, w2 in [(8, 5), (16, 16), (33, 12), (64, 20), (65, 3), (128, 64), (512, 17), (300, 700)]:
        print(f"INT_REFERENCES({w1}, {sign(rng)}, {w2}, {sign(rng)}, {cases(w1, w2) // 2})")
    for w in [1, 2, 5, 8, 16, 24, 32, 47, 64, 65, 100, 128, 130, 512, 2048]:
        print(f"INT_ONE({w}, {sign(rng)}, {cases(w) // 2})")
    for w in [1, 8, 13, 32, 64, 96]:
        print(f"INT_NATIVE({w}, {sign(rng)}, {cases(w) // 8})")


def fixed_type(rng, widest):
    w = rng.choice([x for x in BOUNDARY + [6, 10, 12, 18, 24, 40] if x <= widest])
    return w, rng.randint(-3, w + 3)


def fixeds(rng):
    pairs = [((16, 6), (16, 6)), ((40, 20), (32, 12)), ((8, 8), (8, 0)), ((18, 8), (6, 1))]
    pairs += [(fixed_type(rng, 33), fixed_type(rng, 33)) for _ in range(6)]
    pairs += [((64, 32), (64, 20)), ((100, 50), (80, 10)), ((70, 66), (30, -5)), ((300, 150), (200, 100))]
    for (w1, i1), (w2, i2) in pairs:
        print(f"FIXED_PAIR({w1}, {i1}, {sign(rng)}, {w2}, {i2}, {sign(rng)}, {cases(w1, w2)})")
    sources = ["Finer", "Larger", "Coarser", "Tiny", "Integer"]
    turn = 0
    for q in ROUNDINGS:
        for o in OVERFLOWS:
            # Sign-magnitude wrapping of an unsigned type has no meaning: the vendor's types end the program.
            for signed in ["true"] if o == "AP_WRAP_SM" else ["true", "false"]:
                w, i = rng.choice([(8, 3), (7, 4), (16, 6), (40, 20), (5, 0), (33, 30)])
                print(f"FIXED_CAST({w}, {i}, {signed}, {q}, {o}, 0, {sources[turn % 5]}, 2500)")
                turn += 1
    for o, n in [("AP_WRAP", 1), ("AP_WRAP", 3), ("AP_WRAP_SM", 1), ("AP_WRAP_SM", 3)]:
        print(f"FIXED_CAST(9, 4, true, AP_TRN, {o}, {n}, Larger, 2500)")
    print("FIXED_CAST(9, 4, false, AP_TRN, AP_WRAP, 2, Finer, 2500)")
    for w, i in [(1, 1), (1, 0), (12, 15), (16, -2), (64, 33), (65, 5), (128, 64), (260, 100)]:
        q, o = rng.choice(ROUNDINGS), rng.choice(["AP_SAT", "AP_WRAP", "AP_SAT_SYM", "AP_SAT_ZERO"])
        print(f"FIXED_CAST({w}, {i}, {sign(rng)}, {q}, {o}, 0, Finer, {cases(w)})")
    for w, i in [(1, 1), (16, 6), (18, 18), (24, 0), (40, 20), (64, 30), (150, 70)]:
        print(f"FIXED_ONE({w}, {i}, {sign(rng)}, {cases(w) // 2})")
    for w, i in [(16, 6), (40, 20)]:
        print(f"FIXED_NATIVE({w}, {i}, {sign(rng)}, {cases(w) // 8})")


if __name__ == "__main__":
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    {"int": integers, "fixed": fixeds}[sys.argv[1]](random.Random(seed))
