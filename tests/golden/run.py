#!/usr/bin/env python3
"""Golden tests. A test is one text file:

    # what must hold
    $ braid inspect models/mnist_mlp_784_16_10.onnx
    --- exit 0
    expected standard output
    --- stderr
    expected standard error

Lines before the first `$` are comment. Several `$` blocks may follow each other; they run in one empty folder, where
`models`, `shared` and `tests` lead to the project's and the shared folders. `braid` is the program under test; a line
`<<FILE` ... `>>` before a `$` writes a file into the folder. A test whose text names a path below `shared/` that is
absent is skipped. With BRAID_GOLDEN_UPDATE=1 the expectations are rewritten to what came out.

Usage: run.py PROGRAM [TEST...]; ends with `N passed, N failed, N skipped`."""
import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("BRAID_SHARED", ROOT.parent / "shared"))
UPDATE = os.environ.get("BRAID_GOLDEN_UPDATE") == "1"


def blocks(text: str):
    """The head (comment) and the list of [prefix lines, command, expectation] of a test."""
    lines = text.splitlines(keepends=True)
    head, found, prefix = [], [], []
    in_file = False
    for line in lines:
        if in_file:
            prefix.append(line)
            in_file = line.rstrip("\n") != ">>"
        elif line.startswith("<<"):
            prefix.append(line)
            in_file = True
        elif line.startswith("$ "):
            found.append([prefix, line[2:].rstrip("\n"), []])
            prefix = []
        elif found:
            found[-1][2].append(line)
        else:
            head.append(line)
    return head, found


def write_files(prefix, folder):
    name, body = None, []
    for line in prefix:
        if name is None:
            name, body = line[2:].rstrip("\n"), []
        elif line.rstrip("\n") == ">>":
            (folder / name).write_text("".join(body))
            name = None
        else:
            body.append(line)


def run(program, command, folder):
    words = shlex.split(command)
    if words[0] == "braid":
        words[0] = program
    # Everything a message can show must be the same everywhere.
    done = subprocess.run(words, cwd=folder, capture_output=True, timeout=300, stdin=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": "C"})
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    text = f"--- exit {done.returncode}\n{out}"
    if out and not out.endswith("\n"):
        text += "\n"
    if err:
        text += f"--- stderr\n{err}"
    return text


def one(program, path):
    text = path.read_text()
    for need in re.findall(r"\bshared/[\w./-]+", text):
        if not (SHARED / need[len("shared/"):]).exists():
            return "skipped", f"{need} is absent"
    head, found = blocks(text)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, to in (("models", ROOT / "models"), ("shared", SHARED), ("tests", ROOT / "tests")):
            (folder / name).symlink_to(to)
        out = "".join(head)
        for prefix, command, _ in found:
            write_files(prefix, folder)
            out += "".join(prefix) + f"$ {command}\n" + run(program, command, folder)
    if out == text:
        return "passed", ""
    if UPDATE:
        path.write_text(out)
        return "passed", "rewritten"
    return "failed", "".join(difflib.unified_diff(text.splitlines(True), out.splitlines(True), "expected", "found"))


def main() -> int:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    tests = [pathlib.Path(t) for t in sys.argv[2:]] or sorted((ROOT / "tests/golden").rglob("*.test"))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in tests:
        result, why = one(program, path)
        counts[result] += 1
        if result != "passed" or why:
            print(f"{result}: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}{': ' if why else ''}{why}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
