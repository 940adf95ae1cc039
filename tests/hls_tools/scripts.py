"""The scripts of a project for Vivado HLS with stand-ins for the tools: which commands they give, and with what options."""
import os
import shutil
import subprocess

# Commands of vivado_hls with the options that its 2020.1 has (AMD UG902, "High-Level Synthesis Commands"): anything else ends the
# script with an error, as the tool's own Tcl does.
STAND_IN = r"""
set options {
    open_project -reset  set_top {}  add_files {-cflags -tb}  open_solution -reset  set_part {}  create_clock {-period -name}
    set_clock_uncertainty {}  config_compile -name_max_length  config_schedule -enable_dsp_full_reg  config_array_partition -maximum_size
    csim_design {}  csynth_design {}  cosim_design -trace_level  export_design {-format -version -vendor -library}
}
proc record {name allowed words} {
    foreach word $words {
        if {[string match {-[a-z]*} $word] && [lsearch -exact $allowed [lindex [split $word =] 0]] < 0 && ![string match {*std=*} $word]} {
            puts "no option $word of $name"
            exit 3
        }
    }
    puts "$name $words"
}
foreach {name allowed} $options { proc $name args "record $name {$allowed} \$args" }
"""


def run_tcl(script, folder, *arguments):
    """Lines that the stand-in prints, each one command; the exit code before them."""
    program = folder / "stand_in.tcl"
    program.write_text(STAND_IN + f"set argv [list -f {script.name} {' '.join('{' + a + '}' for a in arguments)}]\ncd {script.parent}\nsource {script}\n")
    done = subprocess.run(["tclsh", program], capture_output=True, text=True, timeout=60)
    return [str(done.returncode), *done.stdout.splitlines(), *done.stderr.splitlines()]


def commands(lines):
    return [line.split()[0] for line in lines[1:] if line.endswith("_design ") or "_design -" in line]


def script_cases(vivado, vitis, folder):
    """vivado, vitis: the folder of the same board in bundles of both flavours."""
    folder.mkdir()
    if not shutil.which("tclsh"):
        yield "scripts run with a stand-in", None
        return
    build = vivado / "hls/build_prj.tcl"
    lines = run_tcl(build, folder, "validation=0")
    yield "build_prj.tcl: steps by default", commands(lines) == ["csim_design", "csynth_design", "cosim_design"] or lines
    yield "build_prj.tcl: C++11, clock, uncertainty, part", all(
        any(wanted in line for line in lines) for wanted in ("-std=c++0x", "create_clock -period 10 ", "set_clock_uncertainty 12.5%", "set_part xc7z020clg400-1")) or lines
    yield "build_prj.tcl: a solution is opened without -flow_target", "open_solution solution1" in lines or lines
    # One word as hls4ml gives it, or several.
    lines = run_tcl(build, folder, "reset=1 csim=False synth=True cosim=0 validation=0 export=1")
    yield "build_prj.tcl: steps by one argument", (commands(lines) == ["csynth_design", "export_design"] and "open_project -reset fpga0_prj" in lines) or lines
    lines = run_tcl(build, folder, "csim=1", "synth=0", "cosim=0")
    yield "build_prj.tcl: steps by several arguments", commands(lines) == ["csim_design"] or lines
    lines = run_tcl(build, folder, "cosimulation=0")
    yield "build_prj.tcl: a step that does not exist", (lines[0] == "1" and "no step is named 'cosimulation'" in lines[1]) or lines
    lines = run_tcl(vivado / "link/ip_fpga0.tcl", folder)
    yield "the IP's script", (commands(lines) == ["csynth_design", "export_design"] and any("-std=c++0x" in line for line in lines)) or lines
    lines = run_tcl(vitis / "hls/build_prj.tcl", folder, "synth=0")
    yield "for Vitis HLS steps stand in build_opt.tcl", commands(lines)[:3] == ["csim_design", "csynth_design", "cosim_design"] or lines
    yield "the board's Makefile", makes_bitstream(vivado, folder)


def makes_bitstream(vivado, folder):
    """With stand-ins that leave what Vivado 2020.1 and vivado_hls leave."""
    tools = folder / "bin"
    tools.mkdir()
    products = "build/fpga0.runs/impl_1/design_1_wrapper.bit build/fpga0.srcs/sources_1/bd/design_1/hw_handoff/design_1.hwh"
    for name, script in (("vivado_hls", "mkdir -p build/ip/fpga0"), ("vivado", f'for f in {products}; do mkdir -p "$(dirname $f)"; echo made > $f; done')):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    done = subprocess.run(["make", "-C", vivado / "link"], env={**os.environ, "PATH": f"{tools}:/usr/bin:/bin"}, capture_output=True, text=True, timeout=60)
    host = vivado.parent / "host"
    return (done.returncode == 0 and all((host / f"fpga0.{end}").read_text() == "made\n" for end in ("bit", "hwh"))) or done.stderr[-300:]
