"""Writes held-out digits of models/digits as input of a network.

    make_input.py COUNT SHAPE OUT.npy       e.g.  make_input.py 100 1x1x28x28 digits.npy

SHAPE is that of the network's input, with a batch of one: 784 pixels (28 x 28) or 256 (16 x 16) altogether. OUT is
float32 [COUNT, ...], pixel / 255; the labels are the first COUNT of models/digits/labels.npy.
"""

import argparse
import pathlib
import sys

import numpy as np

import oracle

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import gen_digits  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("shape")
    parser.add_argument("output")
    arguments = parser.parse_args()

    large, small, labels = gen_digits.load_held_out()
    if not 1 <= arguments.count <= len(labels):
        oracle.fail(f"{arguments.count} digits; there are 1 to {len(labels)}")
    extents = arguments.shape.split("x")
    if not all(extent.isdigit() for extent in extents):
        oracle.fail(f"shape '{arguments.shape}'; write it as 1x1x28x28")
    shape = [int(extent) for extent in extents]
    images = {784: large, 256: small}.get(int(np.prod(shape)))
    if images is None or shape[0] != 1:
        oracle.fail(f"shape {shape}; it has to begin with 1 and hold 784 or 256 values")
    np.save(arguments.output, gen_digits.to_float(images[:arguments.count]).reshape(-1, *shape[1:]))


if __name__ == "__main__":
    main()
