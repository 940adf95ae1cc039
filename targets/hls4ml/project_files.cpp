// Scripts, testbench and bridge of a project: what knows its ends only.
#include "firmware.h"

#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace braid::targets::hls4ml {
namespace {

using emit::Endpoint;
using emit::Project;

constexpr const char *kSwitches = R"(array set opt {
    reset      0
    csim       1
    synth      1
    cosim      1
    validation 1
    export     0
    vsynth     0
    fifo_opt   0
}
)";

// How build_prj.tcl is started and learns which steps are wanted: by a file, or by arguments.
constexpr const char *kStartByFile =
    R"(#   vitis-run --mode hls --tcl build_prj.tcl          (or vitis_hls -f build_prj.tcl)
# Steps are switched in build_opt.tcl; part and clock stand in project.tcl.
)";
constexpr const char *kSwitchesByFile = "source [file join $tcldir build_opt.tcl]\n";
constexpr const char *kStartByArguments =
    R"(#   vivado_hls -f build_prj.tcl "reset=1 csim=1 synth=1 cosim=0 validation=0"          (of 2019.2 or 2020.1)
# Steps that no argument switches are as below; part and clock stand in project.tcl.
)";
constexpr const char *kSwitchesByArguments =
    R"(@SWITCHES@foreach {argument step value} [regexp -all -inline {(\w+)=(\w+)} $::argv] {
    if {![info exists opt($step)]} {
        puts "ERROR: no step is named '$step'; known are [lsort [array names opt]]"
        exit 1
    }
    set opt($step) $value
}
)";

constexpr const char *kProject = R"(# What build_prj.tcl builds.
variable project_name
set project_name "@NAME@"
variable backend
set backend "@BACKEND@"
variable part
set part "@PART@"
variable clock_period
set clock_period @PERIOD@
variable clock_uncertainty
set clock_uncertainty @UNCERTAINTY@
variable version
set version "1.0.0"
variable maximum_size
set maximum_size 4096
)";

constexpr const char *kBuild =
    R"(# C simulation, synthesis, co-simulation, export and logic synthesis of one FPGA's project:
@START@set tcldir [file dirname [info script]]
source [file join $tcldir project.tcl]
@STEPS@
proc timed {step body} {
    puts "***** $step *****"
    set start [clock seconds]
    uplevel 1 $body
    puts "***** $step took [expr {[clock seconds] - $start}] s *****"
}

# Both result logs, line by line, within the rounding of their decimal text.
proc same_results {one other} {
    set a [open $one r]; set left [split [read $a] "\n"]; close $a
    set b [open $other r]; set right [split [read $b] "\n"]; close $b
    return [expr {$left eq $right}]
}

set flags "@STANDARD@ -I firmware -I firmware/nnet_utils"
set project "${project_name}_prj"
if {$opt(reset)} { open_project -reset $project } else { open_project $project }
set_top ${project_name}
add_files firmware/${project_name}.cpp -cflags $flags
add_files -tb ${project_name}_test.cpp -cflags $flags
add_files -tb firmware/weights
add_files -tb tb_data
if {$opt(reset)} { open_solution -reset "solution1" } else { open_solution "solution1" }
catch { config_array_partition -maximum_size $maximum_size }
config_compile -name_max_length 80
config_schedule -enable_dsp_full_reg=false
set_part $part
create_clock -period $clock_period -name default
set_clock_uncertainty $clock_uncertainty default

if {$opt(csim)}   { timed "C simulation" { csim_design } }
if {$opt(synth)}  { timed "C synthesis" { csynth_design } }
if {$opt(cosim)}  {
    timed "C/RTL co-simulation" {
        add_files -tb ${project_name}_test.cpp -cflags "$flags -DRTL_SIM"
        cosim_design -trace_level none
    }
}
if {$opt(validation) && $opt(csim) && $opt(cosim)} {
    if {[same_results tb_data/csim_results.log tb_data/rtl_cosim_results.log]} {
        puts "C and RTL results are equal"
    } else {
        puts "ERROR: C and RTL results differ"
        exit 1
    }
}
if {$opt(export)} { timed "export" { export_design -format ip_catalog -version $version } }
if {$opt(vsynth)} {
    timed "logic synthesis" { exec vivado -mode batch -source vivado_synth.tcl >@ stdout }
}
exit
)";

constexpr const char *kVivado = R"(# Logic synthesis out of context: the numbers the chip uses.
set tcldir [file dirname [info script]]
source [file join $tcldir project.tcl]
add_files ${project_name}_prj/solution1/syn/verilog
synth_design -top ${project_name} -part $part -mode out_of_context
opt_design -retarget -propconst -sweep -bram_power_opt -shift_register_opt
report_utilization -file vivado_synth.rpt
)";

constexpr const char *kBuildLib = R"SH(#!/bin/sh
# Builds the bridge as a shared library for simulation: firmware/@NAME@.so
set -e
cd "$(dirname "$0")"
CXX=${CXX:-g++}
INCLUDES="-Ifirmware -Ifirmware/ap_types"
$CXX -O3 -fPIC @STANDARD@ -w $INCLUDES -DWEIGHTS_DIR="\"$PWD/firmware/weights\"" -c firmware/@NAME@.cpp -o @NAME@.o
$CXX -O3 -fPIC @STANDARD@ -w $INCLUDES -DWEIGHTS_DIR="\"$PWD/firmware/weights\"" -c @NAME@_bridge.cpp -o @NAME@_bridge.o
$CXX -shared -fPIC @NAME@.o @NAME@_bridge.o -o firmware/@NAME@.so
rm -f @NAME@.o @NAME@_bridge.o
)SH";

std::string joined(const std::vector<std::string> &parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Declarations of the top function's arguments as locals of a caller.
std::string locals(const Project &project) {
  std::string out;
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *ends)
      out += project.io == kernel::IoMode::Stream
                 ? fmt::format("  hls::stream<{}> {}(\"{}\");\n", end.typedefName, end.argument, end.argument)
                 : fmt::format("  {} {}[{}];\n", end.typedefName, end.argument, end.elements);
  return out;
}

std::string callTop(const Project &project) {
  std::vector<std::string> names;
  for (const auto *ends : {&project.inputs, &project.outputs})
    for (const Endpoint &end : *ends)
      names.push_back(end.argument);
  return fmt::format("  {}({});\n", project.name, joined(names));
}

std::string copyIn(const Project &project, const Endpoint &end, const std::string &source,
                   const std::string &type) {
  return fmt::format("  nnet::convert_data<{}, {}, {}>({}, {});\n", type, end.typedefName, end.elements,
                     source, project.io == kernel::IoMode::Stream ? end.argument : end.argument);
}

std::string copyOut(const Endpoint &end, const std::string &target, const std::string &type) {
  return fmt::format("  nnet::convert_data<{}, {}, {}>({}, {});\n", end.typedefName, type, end.elements,
                     end.argument, target);
}

/// `extern "C"` entry points for float and double, arrays in the order of the top function.
std::string bridge(const Project &project) {
  std::string out = fmt::format(
      "// C entry points of the simulation: plain arrays in and out, elements in the order of the streams.\n"
      "#include \"firmware/{}.h\"\n#include \"firmware/nnet_utils/nnet_helpers.h\"\n\nextern \"C\" {{\n",
      project.name);
  for (const char *type : {"float", "double"}) {
    std::vector<std::string> arguments;
    std::string body = locals(project);
    for (const Endpoint &end : project.inputs) {
      arguments.push_back(fmt::format("{} {}_values[{}]", type, end.argument, end.elements));
      body += copyIn(project, end, end.argument + "_values", type);
    }
    body += callTop(project);
    for (const Endpoint &end : project.outputs) {
      arguments.push_back(fmt::format("{} {}_values[{}]", type, end.argument, end.elements));
      body += copyOut(end, end.argument + "_values", type);
    }
    out += fmt::format("\nvoid {}_{}({}) {{\n{}}}\n", project.name, type, joined(arguments), body);
  }
  return out + "\n} // extern \"C\"\n";
}

/// Reads rows of decimal numbers, all inputs of a frame in a row; without the file, five frames of zeros.
std::string testbench(const Project &project) {
  int64_t inputs = 0;
  std::string in, outLines;
  for (const Endpoint &end : project.inputs) {
    in += fmt::format("    nnet::convert_data<float, {}, {}>(row.data() + {}, {});\n", end.typedefName,
                      end.elements, inputs, end.argument);
    inputs += end.elements;
  }
  for (const Endpoint &end : project.outputs)
    outLines +=
        fmt::format("    {{\n      float values[{}];\n      nnet::convert_data<{}, float, {}>({}, values);\n"
                    "      for (unsigned i = 0; i < {}; i++)\n        log << values[i] << \" \";\n    }}\n",
                    end.elements, end.typedefName, end.elements, end.argument, end.elements);
  return fmt::format(R"(// Testbench of C simulation and co-simulation.
#include "firmware/{0}.h"
#include "firmware/nnet_utils/nnet_helpers.h"

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#ifdef RTL_SIM
static const char *const kLog = "tb_data/rtl_cosim_results.log";
#else
static const char *const kLog = "tb_data/csim_results.log";
#endif

int main() {{
  std::ifstream input("tb_data/tb_input_features.dat");
  std::ofstream log(kLog);
  std::string line;
  const bool fromFile = input.is_open();
  for (unsigned frame = 0; fromFile ? static_cast<bool>(std::getline(input, line)) : frame < 5; frame++) {{
    std::vector<float> row;
    if (fromFile) {{
      std::istringstream numbers(line);
      for (float value; numbers >> value;)
        row.push_back(value);
      if (row.size() != {1}) {{
        std::cerr << "frame " << frame << " has " << row.size() << " numbers, not {1}\n";
        return 1;
      }}
    }} else {{
      row.assign({1}, 0.0f);
    }}
{2}{3}  {4}{5}    log << "\n";
  }}
  std::cout << "results in " << kLog << "\n";
  return 0;
}}
)",
                     project.name, inputs, locals(project), in, callTop(project), outLines);
}

void addBuildScript(emit::Emission &emission, const emit::HlsDialect &dialect) {
  const std::string steps = dialect.takesArguments
                                ? emit::render(kSwitchesByArguments, {{"SWITCHES", kSwitches}})
                                : std::string(kSwitchesByFile);
  emission.addText("build_prj.tcl",
                   emit::render(kBuild, {{"START", dialect.takesArguments ? kStartByArguments : kStartByFile},
                                         {"STEPS", steps},
                                         {"STANDARD", dialect.standard}}));
  if (!dialect.takesArguments)
    emission.addText("build_opt.tcl",
                     std::string("# What build_prj.tcl does; one switch a step.\n") + kSwitches);
}

} // namespace

void addProjectFiles(emit::Emission &emission, const emit::Context &context, const Project &project) {
  const device::Fpga &fpga = context.cluster.fpgas[static_cast<size_t>(project.fpga)];
  const emit::HlsDialect &dialect = context.dialect();
  emission.addText("project.tcl",
                   emit::render(kProject, {{"NAME", project.name},
                                           {"BACKEND", dialect.name},
                                           {"UNCERTAINTY", dialect.clockUncertainty},
                                           {"PART", fpga.device->part},
                                           {"PERIOD", fmt::format("{}", 1000.0 / fpga.clockMhz)}}));
  addBuildScript(emission, dialect);
  emission.addText("vivado_synth.tcl", kVivado);
  emission.addText("build_lib.sh",
                   emit::render(kBuildLib, {{"NAME", project.name}, {"STANDARD", dialect.hostStandard}}),
                   /*executable=*/true);
  emission.addText(project.name + "_bridge.cpp", bridge(project));
  emission.addText(project.name + "_test.cpp", testbench(project));
  // The folder must be there for the logs; inputs are added by whoever has some.
  emission.addText(
      "tb_data/README",
      "tb_input_features.dat: one frame a line, decimal numbers, inputs in the order of the top function.\n");
}

} // namespace braid::targets::hls4ml
