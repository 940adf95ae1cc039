#!/usr/bin/env python3
"""Prints the HLS headers that projects carry, sorted: paths below this folder."""
import pathlib

root = pathlib.Path(__file__).resolve().parent
for path in sorted(p.relative_to(root).as_posix() for p in (root / "hls").rglob("*") if p.suffix in (".h", ".hpp")):
    print(path)
