#!/usr/bin/env python3
"""Lints carried headers as HLS would refuse them, each a line `ok NAME` or its faults: lint.py FOLDER."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "hls_lint"))
from rules import TEXT_RULES  # noqa: E402
from source import synthesised  # noqa: E402

for path in sorted(Path(sys.argv[1]).iterdir()):
    source = synthesised(path.read_text(), str(path))
    faults = [f"{path.name}:{line}: {rule.__name__}: {message}" for rule in TEXT_RULES for line, message in rule(source)]
    print("\n".join(faults or [f"ok {path.name}"]))
