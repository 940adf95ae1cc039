#!/usr/bin/env python3
"""Writes upstream_units.md: every unit of emitted projects compiled, as it is, against finn-hlslib's own headers.

upstream_units.py PROGRAM CHECKOUT REVISION: the table on standard output, what does not compile on standard error (exit 1).
Exit 77 where networks are absent. Only the carried types and braid_units.hpp, with what it includes, are in reach beside the checkout, so that a
call is of one or the other; which is looked up in their text."""
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import finn_grid  # noqa: E402

NETWORKS = ["tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "residual", "gen_cnv_w2a2", "gen_vgg10_radioml_w4a4", "gen_mobilenetv1_025_w4a4",
            "ours_cnn_73k_int8qdq"]
# Functions of ours that units call, and what they include.
OURS = ["braid_units.hpp", "braid_taps.hpp", "braid_axis.hpp"]
# What neither defines: the types of HLS.
TYPES = {"ap_uint", "ap_int", "stream"}


def defines(folder):
    """Names of functions and types that a folder's headers define."""
    text = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.h*")))
    return set(re.findall(r"\b(?:class|struct)\s+(\w+)", text)) | set(re.findall(r"^\s*(?:[\w:<>,* ]+[\s&*])?(\w+)\s*\(", text, re.MULTILINE))


def calls(unit):
    """Templates and function objects that a unit's sources name: the one that is called first, those of its tables of
    weights and thresholds last."""
    found = []
    top = (unit / f"top_{unit.name}.cpp").read_text()
    body = re.sub(r"^\s*#.*$", "", top[top.index("\nvoid "):].split("{", 1)[1], flags=re.MULTILINE)
    tables = "".join((unit / name).read_text() for name in ("params.h", "thresh.h") if (unit / name).exists())
    tables = "".join(re.findall(r"^static const .*?=", tables, re.MULTILINE | re.DOTALL))
    for name in re.findall(r"((?:\w+::)*\w+)[<(]", body + tables) + re.findall(r"\bcomp::\w+", tables):
        last = name.split("::")[-1]
        if last not in TYPES | {"for", "read", "write"} and not re.match(r"(?:in|out)\d*_V$", last) and name not in found:
            found.append(name)
    return found


def kind_of(unit):
    return re.sub(r"_(?:hls|rtl)_\d+$", "", unit.name)


def compiled(unit, includes):
    """The first error, or nothing."""
    done = subprocess.run(["g++", "-std=c++14", "-w", "-fsyntax-only", *includes, f"top_{unit.name}.cpp"], cwd=unit, capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return "" if done.returncode == 0 else re.sub(r"^.*?error: ", "", (errors or ["no word"])[0])


def units_of(program, name, folder):
    out, model = folder / name, finn_grid.model_file(name, folder)
    if model is None:
        print(f"skipped: the network {name} is absent")
        sys.exit(77)
    subprocess.run([program, "compile", model, "--backend", "finn", "--cluster", "u280x1", "-o", out], check=True, capture_output=True)
    units = sorted(out.glob("*/hls*/units/*"))
    assert units, f"{name} has no units"
    return units


def whose(name, theirs, ours):
    """finn-hlslib's or ours; None: nobody's."""
    last = name.split("::")[-1]
    return ("ours" if last in ours else None) if name.startswith("braid::") else "finn-hlslib's" if last in theirs else None


def row(name, kind, units, errors, theirs, ours):
    """A line of the table: units of one kind that call one template, and what is wrong with them."""
    first = calls(units[0])[:1]
    others = sorted({n for unit in units for n in calls(unit)[1:]})
    wrong = [e for e in errors if e] + [f"{n}: neither has it" for n in first + others if not whose(n, theirs, ours)]
    compile = f"{sum(not e for e in errors)} of {len(units)}"
    cell = ", ".join(f"`{n.replace('braid::finn::', '')}`{' (ours)' if n.startswith('braid::') else ''}" for n in others)
    call = [f"`{first[0].replace('braid::finn::', '')}`", str(whose(first[0], theirs, ours))] if first else ["a loop", "the unit's own"]
    return f"| {name} | {kind} | {compile} | {' | '.join(call)} | {cell} |", [f"{name}: {kind}: {e}" for e in wrong]


def main():
    program, checkout, revision = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve(), sys.argv[3]
    rows, faults, total = [], [], 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        folder, carried = Path(temporary), Path(temporary) / "carried"
        carried.mkdir()
        for header in OURS:
            shutil.copy(ROOT / "targets/hls/finn" / header, carried)
        includes = [f"-I{checkout}", f"-I{carried}", "-isystem", str(ROOT / "targets/hls/include")]
        theirs, ours = defines(checkout), defines(carried)
        for name in NETWORKS:
            units = units_of(program, name, folder)
            errors = dict(zip(units, pool.map(lambda unit: compiled(unit, includes), units)))
            groups = {}
            for unit in units:
                groups.setdefault((kind_of(unit), *calls(unit)[:1]), []).append(unit)
            for (kind, *_), same in sorted(groups.items()):
                line, wrong = row(name, kind, same, [errors[unit] for unit in same], theirs, ours)
                rows.append(line)
                faults += wrong
            total += len(units)
    print("# Units of emitted projects compiled against finn-hlslib\n")
    print(f"Revision {revision}. Written by `FINN_HLSLIB=<checkout> tests/hls_finn/run.sh --update`: `top_<unit>.cpp` of all units of each")
    print("network on one U280, unchanged, by g++ as C++14, with the checkout, the types of `targets/hls/include` and `braid_units.hpp`")
    print("to include from and nothing else. A unit that copies its stream to several is a loop.\n")
    print("| network | unit | compile | call | whose | with |\n|---|---|--:|---|---|---|")
    print("\n".join(rows))
    print(f"\n{total} units.")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
