#!/usr/bin/env python3
"""Checks that the C++ files are laid out as `.clang-format` (clang-format 14) does it: check_format.py [--fix].

Prints the files that are not; `--fix` lays them out."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AREAS = ("include", "src", "passes", "cost_models", "targets", "tests")


def differing(files: list[pathlib.Path]) -> list[str]:
    """Names of the files that clang-format would change."""
    done = subprocess.run(["clang-format-14", "--dry-run", *map(str, files)], capture_output=True, text=True, check=True)
    names = {line.split(":")[0] for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line}
    return sorted(pathlib.Path(name).relative_to(ROOT).as_posix() for name in names)


def main() -> int:
    files = [p for area in AREAS for p in sorted((ROOT / area).rglob("*")) if p.suffix in (".h", ".hpp", ".cpp", ".inc")]
    if sys.argv[1:] == ["--fix"]:
        subprocess.run(["clang-format-14", "-i", *map(str, files)], check=True, cwd=ROOT)
    wrong = differing(files)
    for name in wrong:
        print(f"{name}: not laid out by .clang-format; tools/check_format.py --fix does it")
    print(f"{len(files)} files, {len(wrong)} to lay out")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
