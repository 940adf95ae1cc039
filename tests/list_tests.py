#!/usr/bin/env python3
"""Prints the sources of the unit and property tests, sorted: paths below this folder."""
import pathlib

root = pathlib.Path(__file__).resolve().parent
for folder in ("support", "unit", "property"):
    for path in sorted((root / folder).glob("*.cpp")):
        if path.name != "main.cpp":
            print(path.relative_to(root).as_posix())
