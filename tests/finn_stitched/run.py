#!/usr/bin/env python3
"""Block designs and floorplans of FINN-style projects under stand-ins for Vivado's commands, and mutants of them, each of which must be
seen. Usage: run.py PROGRAM; ends with `N passed, N failed`."""
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from check import faults_of, projects_of
from floorplan import floorplan_faults, spans_dies

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("BRAID_SHARED", ROOT.parent / "shared"))


def beside(rows, style):
    """Every matrix in memory of its own, whose words are narrower than those in a unit may be."""
    for row in rows:
        row["PE"] = min(row["PE"], 8)
        if "SIMD" in row:
            row["mem_mode"], row["ram_style"] = "internal_decoupled", style


def ultra(rows):
    """UltraRAM, but for the last, whose weights come from outside."""
    beside(rows, "ultra")
    last = [row for row in rows if "SIMD" in row][-1]
    last["mem_mode"], last["ram_style"], last["die"] = "external", "auto", "SLR0"  # beside the HBM


def ultra_in_stages(rows):
    """UltraRAM everywhere, and the end on the first board, which then has two stages with memories of their own."""
    beside(rows, "ultra")
    last = max(i for i, row in enumerate(rows) if "SIMD" in row)
    for row in rows[last:]:
        row["fpga"] = rows[0]["fpga"]


def blocks(rows):
    beside(rows, "block")


BUNDLES = {
    "mlp-over-two-cards": ("tfc_2w2a", ["--cluster", "u280x2", "--fpgas", "2"], None),
    "mlp-with-its-weights-in-ultraram-and-outside": ("tfc_2w2a", ["--cluster", "u280", "--fpgas", "1"], ultra),
    "cnn-over-three-boards": ("ours_cnn_73k_qonnx_w4a4_pow2", ["--cluster", "pynq-z2x3", "--fpgas", "3"], None),
    "mlp-with-its-weights-in-ultraram-on-boards": ("tfc_2w2a", ["--cluster", "zcu104x2", "--fpgas", "2"], ultra_in_stages),
    "mlp-with-its-weights-in-block-ram": ("kws_mlp_w3a3_mlperf", ["--cluster", "u280x2", "--fpgas", "2"], blocks),
    "cnn-over-two-cards": ("gen_cnv_w2a2", ["--cluster", "u280x2", "--fpgas", "2"], None),
}

def dealt(rows):
    """Every layer on another die than the one before it, so that FIFOs and converters stand between dies."""
    for at, row in enumerate(rows):
        row["die"] = f"SLR{at % 3}"


# Networks whose projects span dies: only their floorplans are looked at.
FLOORPLANS = {
    "resnet-on-one-card": ("gen_resnet50_v15_w2a2", ["--cluster", "u280x4"], None),
    "resnet-over-two-cards": ("gen_resnet50_v15_w2a2", ["--cluster", "u280x4", "--fpgas", "2"], None),
    "resnet-on-a-card-of-four-dies": ("gen_resnet50_v15_w2a2", ["--cluster", "u250x2"], None),
    "mobilenet-on-one-card": ("gen_mobilenetv1_w4a4", ["--cluster", "u280x2"], None),
    "mobilenet-with-its-layers-dealt-to-dies": ("gen_mobilenetv1_w4a4", ["--cluster", "u280x2"], dealt),
}
# Files of a card, what of them is replaced (a pattern, first place only), and by what.
FLOORPLAN_MUTANTS = [
    ("link/floorplan.tcl", r"\n    MVAU_hls_1 SLR\d", ""),
    ("link/floorplan.tcl", r"\n    MVAU_hls_1 SLR\d", r"\g<0>\g<0>"),
    ("link/floorplan.tcl", r"(\n    MVAU_hls_1) SLR\d", r"\1 SLR9"),
    ("link/floorplan.tcl", r"(\n    MVAU_hls_\d+_weights) SLR\d", r"\1 SLR9"),
    ("link/floorplan.tcl", r"(\n    StreamingFIFO_rtl_\d+) SLR\d", r"\1 SLR9"),
    ("link/floorplan.tcl", r"(\n    StreamingDataWidthConverter_hls_\d+) SLR\d", r"\1 SLR9"),
    ("link/floorplan.tcl", r"\nplace (\w+)_0 ", r"\nplace \1_1 "),
    ("link/floorplan.tcl", r"\*/\$instance", "level0_i/$instance"),
    ("link/floorplan.tcl", r"IS_PRIMITIVE == 0 && ", ""),
    ("link/floorplan.tcl", r"    error ", "    puts "),
    ("link/floorplan.tcl", r"USER_SLR_ASSIGNMENT \$", "SLR_ASSIGNMENT $"),
    ("link/connectivity.cfg", r"\nslr=\w+_take_0:SLR\d", ""),
    ("link/connectivity.cfg", r"(\nslr=\w+_give_0:)SLR\d", r"\1SLR1"),
    ("hls/report/floorplan.json", r'("MVAU_hls_1": {\s*"slr": )\d', r"\g<1>1"),
]

# In every project where it stands: what is replaced, first place only.
MUTANTS = [
    ("wire ", "# wire "),
    ("end s_axis_0 ", "end s_axis_1 "),
    ("end m_axis_0 ", "# end m_axis_0 "),
    ("/out_V MVAU_hls_0/in0_V", "/out_V MVAU_hls_1/in0_V"),
    ("unit MVAU_hls_0\n", ""),
    ("unit MVAU_hls_0\n", "unit MVAU_hls_0\nunit MVAU_hls_0\n"),
    ("    clocked $name\n}\nproc fifo", "}\nproc fifo"),
    ("CONFIG.WIDTH $width CONFIG.RAM_STYLE $style] $cell", "CONFIG.WIDTH [expr {$width + 1}] CONFIG.RAM_STYLE $style] $cell"),
    ("CONFIG.DEPTH $depth CONFIG.WIDTH $width CONFIG.RAM_STYLE $style] $cell", "CONFIG.DEPTH [expr {$depth + 1}] CONFIG.WIDTH $width CONFIG.RAM_STYLE $style] $cell"),
    ("CONFIG.DEPTH $depth CONFIG.WIDTH $width CONFIG.RAM_STYLE $style \\", "CONFIG.DEPTH [expr {$depth + 1}] CONFIG.WIDTH $width CONFIG.RAM_STYLE $style \\"),
    ("CONFIG.INIT_FILE", "CONFIG.INITFILE"),
    (" ultra\n", " block\n"),
    ("address s_axilite_0 ", "# address s_axilite_0 "),
    (" 0x0 ", " 0x800 "),
    ("control s_axilite_0 ", "control s_axilite_1 "),
    ("registers registers_0 ", "registers registers_1 "),
    ("lappend outside $name", ""),
    ("ap_uint&lt;", "ap_uint&lt;1"),
    ("save_bd_design\n", ""),
    ("-library finn", "-library hls"),
]


# The same of connectivity.cfg.
LINK_MUTANTS = [(".s_axis_0\n", ".s_axis_1\n"), (":fpga0_give_0.", ":fpga1_give_0."), ("_take_0.", "_give_0."), ("stream_connect=fpga0_0.", "# fpga0_0.")]
# And of design.tcl.
BOARD_MUTANTS = [
    ("project/s_axis_0", "project/s_axis_1"),
    ("project/m_axis_0", "project/s_axis_0"),
    ("set wires(fpga0) {\n", "set wires(fpga0) {\n    take/input0_data project/s_axis_0\n"),
    ("$accelerator/$part/ap_clk", "$accelerator/$part/ap_rst_n"),
    ("connect_bd_intf_net [get_bd_intf_pins $accelerator/give", "# connect_bd_intf_net [get_bd_intf_pins $accelerator/give"),
    ("braid:finn:${project}:1.0", "braid:hls:${project}:1.0"),
]
# And of the same where the host writes memories, and of its program.
MEMORY_MUTANTS = [
    ("set memories(fpga0) {0xa8000000 ", "set memories(fpga0) {0xa8001000 "),
    ("set memories(fpga0) {", "set memory(fpga0) {"),
    ("set memories(fpga0_s1) {0xa8", "set memories(fpga0_s1) {0xb8"),
    ("-offset $offset", "-offset 0xa8000000"),
    ("-range $range", "-range 4096"),
    ("-target_address_space ps/Data", "-target_address_space dma/Data"),
    ("set_property CONFIG.NUM_MI [expr {$count + 1}] $joint", ""),
    ("set port $joint/M[format %02d $count]", "set port $joint/M01"),
    ("connect_bd_net $reset [get_bd_pins ${port}_ARESETN]", ""),
    ("connect_bd_intf_net [get_bd_intf_pins $accelerator/memories]", "# "),
    ("if {[llength [get_bd_pins -quiet ${port}_ACLK]]}", "if {1}"),
]
HOST_MUTANTS = [("Memory(0xa8000000, ", "Memory(0xa8000004, "), ("Memory(0xa8000000, @, ", "Memory(0xa8000000, @@, "), ("    Memory(", "    # Memory 0x("), ("MVAU_hls_0/", "MVAU_hls_1/")]

# Stand-ins for the tools: each makes what it is asked to make.
TOOLS = {
    "v++": 'while [ $# -gt 0 ]; do [ "$1" = -o ] && { mkdir -p "$(dirname "$2")"; : > "$2"; }; shift; done',
    "vitis_hls": 'unit=$(basename "$PWD"); [ "$2" = "hls_syn_$unit.tcl" ] && mkdir -p "project_$unit/sol1/impl/ip" && : > "project_$unit/sol1/impl/ip/component.xml"',
    "vivado": 'for script; do :; done; for unit in units/*; do [ -f "$unit/project_$(basename "$unit")/sol1/impl/ip/component.xml" ] || exit 1; done\n'
              'name=$(sed -n "s/^create_bd_design //p" "$script"); [ -n "$name" ] && : > "stitched/$name.xo"',
}


def make_faults(card, folder):
    """A card's Makefile with stand-ins for the tools: it makes the binary once, and a unit again that has changed."""
    tools, vnx, link = folder / "tools", folder / "vnx", card / "link"
    for name, script in TOOLS.items():
        tools.mkdir(exist_ok=True)
        (tools / name).write_text(f"#!/bin/sh\necho {name} >> {folder}/calls\n{script}\n")
        (tools / name).chmod(0o755)
    for kernel in ("Ethernet/_x.{}/cmac_0.xo", "Ethernet/_x.{}/cmac_1.xo", "NetLayers/_x.{}/networklayer.xo"):
        made = vnx / kernel.format("xilinx_u280_gen3x16_xdma_1_202211_1")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.touch()

    def make():
        (folder / "calls").write_text("")
        done = subprocess.run(["make", f"VNX={vnx}"], cwd=link, capture_output=True, text=True, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        return done, (folder / "calls").read_text().split()

    done, calls = make()
    linked = link / "build/connectivity.cfg"
    hooks = re.findall(r"^prop=\S+\.TCL\.PRE=(.*)$", linked.read_text(), re.M) if linked.exists() else []
    if [Path(hook) for hook in hooks] != [(link / "floorplan.tcl").resolve()]:
        yield f"v++ runs {hooks}"
    units = list((card / "hls/units").iterdir())
    if done.returncode or not list(link.glob("build/*.xclbin")):
        yield f"make fails: {done.stderr[-500:]}"
    elif calls.count("vitis_hls") != len(units) or calls.count("vivado") != 1:
        yield f"{len(units)} units take {calls}"
    elif make()[1]:
        yield "nothing has changed, and something is made"
    else:
        os.utime(units[0] / f"top_{units[0].name}.cpp", (2e9, 2e9))
        calls = make()[1]
        if (calls.count("vitis_hls"), calls.count("vivado"), calls.count("v++")) != (1, 1, 1):
            yield f"one unit has changed, and {calls} are called"


def model_of(name, folder):
    packed = SHARED / "models" / name / "model.onnx.xz"
    if not packed.exists():
        return SHARED / "models" / name / "model.onnx"
    model = folder / f"{name}.onnx"
    model.write_bytes(lzma.open(packed).read())
    return model


def compile_bundle(program, model, flags, change, out):
    def compile_to(folder, *more):
        done = subprocess.run([program, "compile", model, *more, "-o", folder], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"{out.name}: {done.stderr}")

    if not change:
        return compile_to(out, "--backend", "finn", *flags)
    solved = out.with_name(out.name + "-solved")
    compile_to(solved, "--backend", "finn", *flags)
    plan = json.loads((solved / "plan.json").read_text())
    change(plan["layers"])
    changed = out.with_name(out.name + ".json")
    changed.write_text(json.dumps(plan))
    return compile_to(out, "--backend", "finn", "--cluster", flags[1], "--plan", changed)


class Results:
    passed = failed = skipped = 0

    def add(self, name, holds, told=""):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        if not holds:
            print(f"failed: {name}: {told}")


def mutate(results, bundle, seen):
    for folder, project in projects_of(bundle):
        script = folder / "stitched/make_project.tcl"
        good = script.read_text()
        for at, (old, new) in enumerate(MUTANTS):
            head, _, cells = good.partition("\nproc address")
            # The words of cells, not those of procedures; where only the latter have them, there.
            text = good.replace(old, new, 1) if old not in cells else head + "\nproc address" + cells.replace(old, new, 1)
            if text == good or seen[at] > 3 or ("CONFIG.DEPTH" in old or "CONFIG.WIDTH" in old) and not uses(old, cells):
                continue
            if old == "CONFIG.INIT_FILE" and "\nmemory " not in cells:
                continue
            seen[at] += 1
            script.write_text(text)
            results.add(f"{bundle.name} {project}: '{new}' in the place of '{old}'", faults_of(folder, project), "not seen")
        script.write_text(good)


def mutate_file(results, bundle, config, mutants):
    file = config.name
    good = config.read_text()
    for old, new in mutants:
        config.write_text(good.replace(old, new, 1))
        results.add(f"{bundle.name} {file}: '{new}'", good.count(old) and any(faults_of(*of) for of in projects_of(bundle)), "not seen")
    config.write_text(good)


def mutate_floorplan(results, bundle, seen):
    card = bundle / "fpga0"
    for at, (file, pattern, new) in enumerate(FLOORPLAN_MUTANTS):
        good = (card / file).read_text()
        text = re.sub(pattern, new, good, count=1)
        if text == good or seen[at] > 1:
            continue
        seen[at] += 1
        (card / file).write_text(text)
        results.add(f"{bundle.name} {file}: '{new}' in the place of '{pattern}'", list(floorplan_faults(bundle)), "not seen")
        (card / file).write_text(good)


def check_floorplans(results, program, folder):
    seen = [0] * len(FLOORPLAN_MUTANTS)
    skipped = results.skipped
    for name, (network, flags, change) in FLOORPLANS.items():
        model, bundle = model_of(network, folder), folder / name
        if not model.exists():
            print(f"skipped: {name}: {model} is absent")
            results.skipped += 1
            continue
        compile_bundle(program, model, flags, change, bundle)
        faults = list(floorplan_faults(bundle))
        results.add(f"{name}: floorplan", not faults, "; ".join(faults[:5]))
        results.add(f"{name}: dies", spans_dies(bundle), "no project spans dies")
        mutate_floorplan(results, bundle, seen)
    for (_, pattern, _), count in zip(FLOORPLAN_MUTANTS, seen):
        results.add("mutants of floorplans", count or results.skipped > skipped, f"'{pattern}' stands in no file")


def uses(old, cells):
    return f"\n{'memory' if old.endswith(chr(92)) else 'fifo'} " in cells


def main():
    program = str(Path(sys.argv[1]).resolve())
    results, seen = Results(), [0] * len(MUTANTS)
    if not shutil.which("tclsh"):
        print("skipped: tclsh is not there (tools/setup.sh --test installs it)")
        return 1 if os.environ.get("BRAID_REQUIRE_ORACLES") == "1" else 77
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, (network, flags, change) in BUNDLES.items():
            model = model_of(network, folder)
            if not model.exists():
                print(f"skipped: {name}: {model} is absent")
                results.skipped += 1
                continue
            bundle = folder / name
            compile_bundle(program, model, flags, change, bundle)
            projects = list(projects_of(bundle))
            results.add(name, projects, "no project is stitched")
            for hls, project in projects:
                faults = faults_of(hls, project)
                results.add(f"{name} {project}", not faults, "; ".join(faults))
            mutate(results, bundle, seen)
            if "u280" in flags[1]:
                mutate_file(results, bundle, projects[0][0].parent / "link/connectivity.cfg", LINK_MUTANTS)
                faults = list(floorplan_faults(bundle))
                results.add(f"{name}: floorplan", not faults, "; ".join(faults[:5]))
                faults = list(make_faults(projects[0][0].parent, folder))
                results.add(f"{name}: make", not faults, "; ".join(faults))
                hosts = ["g++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror", "-I", ROOT / "tests/link/xrt_stub"]
                done = subprocess.run([*hosts, *(bundle / "host").glob("*.cpp")], capture_output=True, text=True)
                results.add(f"{name}: host programs compile", done.returncode == 0, done.stderr[:500])
            else:
                design = projects[0][0].parent / "link/design.tcl"
                mutate_file(results, bundle, design, BOARD_MUTANTS)
                if change:
                    mutate_file(results, bundle, design, MEMORY_MUTANTS)
                    host = bundle / "host/fpga0.py"
                    lanes = re.search(r"Memory\(0xa8000000, (\d+), ", host.read_text())[1]
                    mutate_file(results, bundle, host, [[text.replace("@", lanes) for text in of] for of in HOST_MUTANTS])
        check_floorplans(results, program, folder)
    if not results.skipped:
        for (old, _), count in zip(MUTANTS, seen):
            results.add("mutants", count, f"'{old}' stands in no project")
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
