"""What the end-to-end tests share: the program that is tested, the folders, and how a test calls and skips."""
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else "braid"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("BRAID_SHARED", ROOT.parent / "shared"))
ORACLES = pathlib.Path(os.environ.get("BRAID_ORACLES", ROOT / ".oracles"))
MODELS = ROOT / "models"
DIGITS = ["--input", MODELS / "digits/images_28x28.npy", "--divide-by", "255"]
LABELS = ["--labels", MODELS / "digits/labels.npy"]


class Skip(Exception):
    pass


def braid(*words, code=0, cwd=None):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, errors="replace", cwd=cwd, timeout=600)
    assert done.returncode == code, f"braid {' '.join(map(str, words))}: exit {done.returncode}, not {code}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout if code == 0 else done.stderr


def oracle(program, *words):
    if not (ORACLES / "bin/python").exists():
        raise Skip("no oracles (tools/setup.sh --test installs them)")
    done = subprocess.run([ORACLES / "bin/python", program, *map(str, words)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def numbers(path):
    """Shape and values of a float32 .npy file, without numpy."""
    data = path.read_bytes()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    shape = [int(n) for n in re.search(r"'shape': \(([^)]*)\)", data[10:start].decode()).group(1).split(",") if n.strip()]
    return shape, struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])


def tree(folder):
    """Hash of every file below a folder, by path."""
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}
