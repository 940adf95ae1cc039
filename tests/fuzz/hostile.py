#!/usr/bin/env python3
"""Reads a folder of odd files, each with its expected fate, by `BRAID inspect`.

    hostile.py BRAID [FOLDER]

FOLDER (default $BRAID_HOSTILE_MODELS) holds MANIFEST.csv with columns file, expect (accept, reject or either) and why.
Refusing means exit code 1 and a message. Ends with `N passed, N failed`; the exit code is 77, skipped, where there is
no such folder.
"""

import csv
import os
import pathlib
import subprocess
import sys

SECONDS = 120  # a hang, even under sanitizers on a busy machine


def fault(braid, path, expect):
    """What is wrong with the way a file is read; None if nothing."""
    try:
        run = subprocess.run([braid, "inspect", str(path)], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"takes more than {SECONDS} s"
    if run.returncode not in (0, 1):
        return f"ends with exit code {run.returncode}"
    if run.returncode == 1 and b"error:" not in run.stderr:
        return "is refused without a message"
    if expect == "either" or (run.returncode == 0) == (expect == "accept"):
        return None
    return f"should be {expect}ed: {run.stderr.decode(errors='replace').strip()[:200]}"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("BRAID_HOSTILE_MODELS", ""))
    if not (folder / "MANIFEST.csv").is_file():
        print("no folder of hostile files; set BRAID_HOSTILE_MODELS")
        sys.exit(77)
    with open(folder / "MANIFEST.csv", newline="", encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest))
    failed = 0
    for row in rows:
        if message := fault(sys.argv[1], folder / row["file"], row["expect"].split()[0]):
            failed += 1
            print(f"{row['file']} ({row['why']}) {message}")
    print(f"{len(rows) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
