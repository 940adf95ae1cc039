#!/usr/bin/env python3
"""Projects for Vitis HLS and for Vivado HLS: the same results under every compiler and set of headers, and scripts that do what
they say. Usage: run.py PROGRAM; ends with `N passed, N failed[, N skipped]`. BRAID_ORACLES names the virtual environment with
hls4ml; without it what needs that is skipped, or fails where BRAID_REQUIRE_ORACLES=1."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import script_cases

ROOT = Path(__file__).resolve().parent.parent.parent
ORACLES = Path(os.environ.get("BRAID_ORACLES", ROOT / ".oracles"))
TEMPLATES = next(ORACLES.glob("lib/python3*/site-packages/hls4ml/templates"), None)
CLANG = shutil.which("clang++") or shutil.which("clang++-14")
# Streams, arrays, and what our own headers compute in both: residual sums, layers cut by neuron.
BUNDLES = {
    "cnn": ["mnist_cnn_73k", "--cluster", "pynq-z2x5", "--fpgas", "5"],
    "mlp": ["mnist_mlp_784_16_32_10", "--cluster", "pynq-z2x2", "--fpgas", "2", "--split", "input"],
    "residual": ["mnist_rescnn_gap", "--cluster", "zcu104x3", "--split", "neuron", "--replicas", "1"],
}
ADDED = r"#pragma HLS DATA_PACK .*\n|  static const ap_uint<\d+> pixels\[.*\n|const ap_uint<\d+> \w+::pixels\[.*\n\n"
OWN_FILES = ["braid.json", "hls*/build_*", "hls*/project.tcl", "link/Makefile", "link/ip_*.tcl"]


def compile_bundle(program, options, out, *more):
    subprocess.run([program, "compile", ROOT / f"models/{options[0]}.onnx", *options[1:], *more, "-o", out], check=True,
                   capture_output=True, timeout=300)


def write_frames(project, name):
    """Three rows of the numbers that the test bench wants, from a fixed sequence."""
    count = int(re.search(r"row\.size\(\) != (\d+)", (project / f"{name}_test.cpp").read_text()).group(1))
    state, rows = 1, []
    for _ in range(3):
        row = []
        for _ in range(count):
            state = (state * 1103515245 + 12345) % 2**31
            row.append(f"{(state >> 8) / 2**22 - 1:.4f}")
        rows.append(" ".join(row))
    (project / "tb_data/tb_input_features.dat").write_text("\n".join(rows) + "\n")


def results(project, name, compiler, standard):
    """What the test bench logs; why not, where it does not come to that."""
    (project / "tb_data/csim_results.log").unlink(missing_ok=True)
    for command in ([compiler, f"-std={standard}", "-O0", "-w", "-Ifirmware", "-Ifirmware/ap_types", "-Ifirmware/nnet_utils",
                     '-DWEIGHTS_DIR="firmware/weights"', f"{name}_test.cpp", f"firmware/{name}.cpp", "-o", "tb"], ["./tb"]):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=600)
        if done.returncode:
            return f"{command[0]} fails: {done.stderr[-400:]}"
    return (project / "tb_data/csim_results.log").read_text()


def with_upstream_headers(project, flavour, copy):
    shutil.copytree(project, copy)
    for overlay in ("vivado", "vitis")[:2 if flavour == "vitis" else 1]:
        for header in (TEMPLATES / overlay / "nnet_utils").glob("*.h"):
            if header.name != "nnet_code_gen.h":
                shutil.copy(header, copy / "firmware/nnet_utils" / header.name)
    shutil.rmtree(copy / "firmware/ap_types")
    shutil.copytree(TEMPLATES / "vivado/ap_types", copy / "firmware/ap_types")
    return copy


def equal_results(vitis, vivado, name, folder):
    """Ways to compile a project of both flavours, and whether each gives what the first gives."""
    for project in (vitis, vivado):
        write_frames(project, name)
    first = results(vitis, name, "g++", "c++17")
    yield "Vitis, g++ as C++17", len(first.split("\n")) == 4 and " fails: " not in first or first[:300]
    ways = [("Vivado, g++ as C++11", vivado, "g++", "c++11")]
    if CLANG:
        ways += [("Vivado, clang as C++11", vivado, CLANG, "c++11"), ("Vitis, clang as C++14", vitis, CLANG, "c++14")]
    if TEMPLATES:
        for flavour, project, standard in (("vivado", vivado, "c++11"), ("vitis", vitis, "c++17")):
            ways.append((f"{flavour} with hls4ml's headers and AMD's types, g++ as {standard}", with_upstream_headers(project, flavour, folder / flavour), "g++", standard))
    for label, project, compiler, standard in ways:
        other = results(project, name, compiler, standard)
        yield label, other == first or other[:300]


def only_own_files_differ(vitis, vivado):
    """Beside scripts, headers differ by lines with DATA_PACK, configs of convolutions by their pixels, and nothing else."""
    def files(root):
        return {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
    ours, theirs = files(vitis), files(vivado)
    for path in sorted(set(ours) | set(theirs)):
        if any(Path(path).match(own) for own in OWN_FILES):
            continue
        if path not in ours or path not in theirs:
            return f"{path} is in one of both"
        old = theirs[path].read_text(errors="replace")
        if ours[path].read_text(errors="replace") != re.sub(ADDED, "", old):
            return f"{path} differs"
        if old.count("#pragma HLS DATA_PACK") and not path.endswith(".h"):
            return f"{path} has DATA_PACK"
    return True


def cases(program, folder):
    for bundle, options in BUNDLES.items():
        roots = {tool: folder / f"{bundle}-{tool}" for tool in ("vitis", "vivado")}
        for tool, root in roots.items():
            compile_bundle(program, options, root, "--hls-tool", tool)
        for label, tool, *more in (("without the flag the bundle is that for Vitis HLS", "vitis"),
                                   ("another number of threads, the same bytes", "vivado", "--hls-tool", "vivado", "--threads", "1")):
            compile_bundle(program, options, folder / "again", *more)
            same = subprocess.run(["diff", "-rq", roots[tool], folder / "again"], capture_output=True, text=True)
            yield f"{bundle}: {label}", same.returncode == 0 or same.stdout[:300]
            shutil.rmtree(folder / "again")
        verified = subprocess.run([program, "verify", roots["vivado"], "--random", "2"], capture_output=True, text=True, timeout=600)
        yield f"{bundle}: verify, as C++11", verified.returncode == 0 or verified.stderr[:300]
        yield f"{bundle}: flavours differ where they should", only_own_files_differ(roots["vitis"], roots["vivado"])
        for board in sorted(p.name for p in roots["vitis"].glob("fpga*")):
            for label, holds in equal_results(*(root / board / "hls" for root in roots.values()), board, folder / f"{bundle}-{board}"):
                yield f"{bundle}: {board}: {label}", holds
    if not TEMPLATES:
        yield "hls4ml's headers and AMD's types", False if os.environ.get("BRAID_REQUIRE_ORACLES") == "1" else None
    for label, holds in script_cases(folder / "mlp-vivado" / "fpga0", folder / "mlp-vitis" / "fpga0", folder / "tools"):
        yield label, holds


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as folder:
        for name, holds in cases(str(Path(sys.argv[1]).resolve()), Path(folder)):
            verdict = "passed" if holds is True else "skipped" if holds is None else "failed"
            counts[verdict] += 1
            if verdict != "passed":
                print(f"{verdict}: {name}: {holds}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
