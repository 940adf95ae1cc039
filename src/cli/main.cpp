// Flags in, exit code out.
#include "commands.h"
#include "place_flags.h"
#include "split_flags.h"
#include "what_if.h"

#include "braid/support/error.h"
#include "braid/support/parallel.h"
#include "braid/support/text.h"

#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

namespace {

using namespace braid;

/// Everything the flags can set; callbacks run after parsing.
struct Arguments {
  cli::Common common;
  cli::CompileArguments compile;
  cli::RunArguments run;
  cli::VerifyArguments verify;
  cli::WhatIfArguments whatIf;
  std::string backend = "hls4ml", io, strategy, limits, bundle, split, splitLayer, objective, solver, fps,
              hlsTool;
  std::vector<std::string> reuse, pins, forbidden, reserved;
  int fpgas = 0, replicas = 0;
  std::vector<std::string> inputShapes;
  unsigned threads = 0;
};

llvm::Error setIo(Arguments &a) {
  auto &o = a.common.request.options;
  if (!a.io.empty() && a.io != "parallel" && a.io != "stream")
    return badUsage(fmt::format("--io {}: parallel and stream are known", printable(a.io)));
  if (!a.io.empty())
    o.io = a.io == "stream" ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
  if (!a.strategy.empty() && a.strategy != "latency" && a.strategy != "resource")
    return badUsage(fmt::format("--strategy {}: latency and resource are known", printable(a.strategy)));
  if (!a.strategy.empty())
    o.strategy = a.strategy == "latency" ? kernel::Strategy::Latency : kernel::Strategy::Resource;
  if (a.fpgas != 0)
    o.fpgas = a.fpgas;
  if (a.replicas != 0)
    o.replicas = a.replicas;
  return llvm::Error::success();
}

llvm::Error setBackend(Arguments &a) {
  if (a.backend != "hls4ml" && a.backend != "finn")
    return badUsage(fmt::format("--backend {}: hls4ml and finn are known", printable(a.backend)));
  if (a.backend == "hls4ml")
    return a.common.request.foldingFile.empty()
               ? llvm::Error::success()
               : badUsage(
                     "--folding: layers of the hls4ml style have reuse factors (--reuse); --backend finn is "
                     "folded by PE and SIMD");
  a.common.request.options.style = kernel::Style::Finn;
  // What that style has not.
  const std::pair<const char *, bool> kOthers[] = {{"--strategy", !a.strategy.empty()},
                                                   {"--reuse", !a.reuse.empty()},
                                                   {"--hls-tool vivado", a.hlsTool == "vivado"},
                                                   {"--io parallel", a.io == "parallel"}};
  for (const auto &[flag, isGiven] : kOthers)
    if (isGiven)
      return badUsage(
          fmt::format("{}: this is for the hls4ml style; layers of the finn style are folded by PE "
                      "and SIMD and joined by streams",
                      flag));
  return llvm::Error::success();
}

llvm::Error setHlsTool(Arguments &a) {
  if (a.hlsTool.empty())
    return llvm::Error::success();
  auto tool = emit::parseHlsTool(a.hlsTool);
  if (!tool)
    return tool.takeError();
  a.common.request.hlsTool = *tool;
  return llvm::Error::success();
}

llvm::Error setReuse(Arguments &a) {
  for (const std::string &item : a.reuse) {
    const size_t at = item.rfind('=');
    int64_t value = 0;
    const llvm::StringRef number =
        at == std::string::npos ? llvm::StringRef(item) : llvm::StringRef(item).drop_front(at + 1);
    if (number.getAsInteger(10, value) || value < 1)
      return badUsage(fmt::format("--reuse {}: a number, or LAYER=number, is meant", printable(item)));
    a.common.request.options.reuse[at == std::string::npos ? "*" : item.substr(0, at)] = value;
  }
  return llvm::Error::success();
}

llvm::Error setPlaces(Arguments &a) {
  if (llvm::Error error = cli::setLimits(a.limits, a.common.request.options.limits))
    return error;
  return cli::setPlaces(a.pins, a.forbidden, a.reserved, a.common.request.options);
}

llvm::Error setCuts(Arguments &a) {
  if (!a.common.request.planFile.empty()) {
    // What the file says itself, a flag does not say again.
    const std::pair<const char *, bool> kSaid[] = {{"--fpgas", a.fpgas != 0},
                                                   {"--replicas", a.replicas != 0},
                                                   {"--split", !a.split.empty()},
                                                   {"--split-layer", !a.splitLayer.empty()},
                                                   {"--objective", !a.objective.empty()},
                                                   {"--solver", !a.solver.empty()},
                                                   {"--fps", !a.fps.empty()},
                                                   {"--stay-near", !a.common.request.nearFile.empty()},
                                                   {"--io", a.common.request.options.io.has_value()}};
    for (const auto &[flag, isGiven] : kSaid)
      if (isGiven)
        return badUsage(fmt::format("{}: a plan file says this itself; one of both is meant", flag));
  }
  if (llvm::Error error = cli::setRate(a.fps, a.common.request.options))
    return error;
  return cli::setSplit(a.split, a.splitLayer, a.objective, a.solver, a.common.request.options);
}

llvm::Error setInputShapes(Arguments &a) {
  for (const std::string &item : a.inputShapes) {
    const auto [name, sizes] = llvm::StringRef(item).rsplit('=');
    std::vector<int64_t> shape;
    llvm::SmallVector<llvm::StringRef, 4> words;
    sizes.split(words, ',');
    for (llvm::StringRef word : words) {
      int64_t size = 0;
      if (word.getAsInteger(10, size) || size < 1 || size > (int64_t{1} << 24))
        return badUsage(
            fmt::format("--input-shape {}: a name and whole sizes from 1 on are meant, e.g. input=20,10",
                        printable(item)));
      shape.push_back(size);
    }
    if (!a.common.request.inputShapes.emplace(name.str(), std::move(shape)).second)
      return badUsage(fmt::format("--input-shape {}: the input stands twice", printable(item)));
  }
  return llvm::Error::success();
}

llvm::Error settle(Arguments &a) {
  setThreads(a.threads);
  for (auto *step : {setIo, setHlsTool, setBackend, setReuse, setPlaces, setCuts, setInputShapes})
    if (llvm::Error error = step(a))
      return error;
  return llvm::Error::success();
}

// CLI11's checks of values: what is wrong, or nothing.
std::string countFault(const std::string &text) {
  int64_t value = 0;
  return llvm::StringRef(text).getAsInteger(10, value) || value < 1
             ? fmt::format("'{}' is no whole number from 1 on", text)
             : "";
}
/// 0 is what stands for the device's own clock where the flag is left out.
std::string clockFault(const std::string &text) {
  double value = 0;
  return !llvm::StringRef(text).getAsDouble(value) && value == 0 ? "a clock between 1 and 1000 MHz is meant"
                                                                 : "";
}
std::string textFault(const std::string &text) { return text.empty() ? "its value is empty" : ""; }

/// What is wrong with a command line that holds an unknown command or flag, and what may have been meant;
/// empty for any other fault.
std::string unknownWord(const CLI::App &app, int argc, char **argv) {
  std::vector<std::string> commands, flags;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    commands.push_back(command->get_name());
  if (argc > 1 && argv[1][0] != '-' && std::find(commands.begin(), commands.end(), argv[1]) == commands.end())
    return fmt::format("no command is named '{}'{}", printable(argv[1]), suggestion(argv[1], commands));
  if (argc > 1 && argv[1][0] == '-')
    return fmt::format("'{}' stands before the command; a command's flags stand behind it",
                       printable(argv[1]));
  const std::vector<CLI::App *> chosen = app.get_subcommands();
  if (chosen.empty())
    return "";
  for (const CLI::Option *option : chosen[0]->get_options())
    for (const std::string &name : option->get_lnames())
      flags.push_back("--" + name);
  for (int i = 1; i < argc; ++i) {
    const std::string flag = llvm::StringRef(argv[i]).split('=').first.str();
    if (flag.rfind("--", 0) != 0 || flag == "--" ||
        std::find(flags.begin(), flags.end(), flag) != flags.end())
      continue;
    return fmt::format("no flag of 'braid {}' is named '{}'{}", chosen[0]->get_name(), printable(flag),
                       suggestion(flag, flags));
  }
  return "";
}

/// An exception that gets here is a fault of ours, or memory that ran out.
llvm::Error guarded(Arguments &a, const std::function<llvm::Error()> &action) {
  try {
    if (llvm::Error error = settle(a))
      return error;
    return action();
  } catch (const std::exception &fault) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), fault.what());
  }
}

void addModel(CLI::App &app, Arguments &a) {
  app.add_option("model", a.common.request.model, "ONNX file")->required()->check(textFault);
  app.add_option("--precision", a.common.request.precision,
                 "type of streams and weights, e.g. ap_fixed<16,6>")
      ->capture_default_str();
  app.add_option("--precision-file", a.common.request.precisionFile,
                 "JSON file with types of single layers and inputs");
  app.add_option("--input-shape", a.inputShapes,
                 "sizes of an input that the file leaves open: NAME=20,10; may stand several times")
      ->type_name("NAME=D0,D1,...")
      ->allow_extra_args(false);
  app.add_option("--weight-rounding", a.common.request.weightRounding,
                 "how weights are rounded to their type")
      ->capture_default_str();
  app.add_flag("--widen-accum", a.common.request.widenAccum,
               "replace accumulators of the precision file that could overflow by ones that cannot");
  app.add_option("--passes", a.common.pipeline.names, "run only these passes")->delimiter(',');
  app.add_option("--print-after", a.common.pipeline.printAfter, "print the model after a pass, or after all");
  app.add_option("--stop-after", a.common.pipeline.stopAfter, "stop after a pass");
  app.add_flag("--time-passes", a.common.timePasses, "print the time of each pass");
  app.add_option("--threads", a.threads, "threads to use (0: one per core); results do not depend on it");
}

void addPlanning(CLI::App &app, Arguments &a) {
  app.add_option("--cluster", a.common.request.cluster,
                 "cluster: a name, DEVICExN such as pynq-z2x5, or a JSON file")
      ->required()
      ->check(textFault);
  app.add_option("--backend", a.backend, "style of the projects: hls4ml, or finn for quantised networks")
      ->capture_default_str();
  app.add_option("--fpgas", a.fpgas, "use exactly this many FPGAs (default: the fewest that fit)")
      ->check(countFault);
  app.add_option("--io", a.io, "parallel or stream (default: stream for convolutional networks)");
  app.add_option("--strategy", a.strategy,
                 "latency or resource for all layers with weights (default: chosen per layer)");
  app.add_option(
      "--split", a.split,
      "sequential, neuron, input, rows or auto (default: sequential, where layers fit FPGAs whole)");
  app.add_option(
      "--split-layer", a.splitLayer,
      "cut single layers: conv3=neuron:4,fc1=input:3:2:1 (a number of parts, or a share for each)");
  app.add_option("--replicas", a.replicas,
                 "pipelines side by side that take turns with the frames, each on as many of the FPGAs")
      ->check(countFault);
  app.add_option("--solver", a.solver,
                 "elastic (default), chain-dp or milp: who plans layers that stay whole");
  app.add_option("--objective", a.objective, "throughput (default), latency, fpgas or area");
  app.add_option("--fps", a.fps,
                 "frames per second to be reached: on the fewest FPGAs, with little area (--objective area: "
                 "with the least, on any number of them)")
      ->type_name("FRAMES");
  app.add_option("--reuse", a.reuse, "reuse factor: N, or LAYER=N (repeatable)");
  app.add_option(
      "--limits", a.limits,
      "most of each resource to use, in percent: lut=70,ff=50,bram18=80,uram=80,dsp=80,hbm=100; and of the "
      "mean of BRAM18, URAM and DSP: average=70");
  const auto addPlaces = [&](const char *flag, std::vector<std::string> &to, const char *what,
                             const char *type) {
    app.add_option(flag, to, what)->type_name(type)->check(textFault)->allow_extra_args(false);
  };
  addPlaces("--pin", a.pins, "where a layer must stand: an FPGA, or a die of it (repeatable)",
            "LAYER=FPGA[.DIE],...");
  addPlaces("--forbid", a.forbidden, "FPGAs that nothing is placed on (repeatable)", "FPGA,...");
  addPlaces("--reserve", a.reserved,
            "area to leave free: fpga0.SLR1:lut=10000,bram18=40, or *:lut=5% (repeatable)",
            "FPGA[.DIE]:RESOURCE=N[%],...");
  app.add_option("--clock", a.common.request.clockMhz, "clock of every FPGA in MHz (default: the device's)")
      ->check(clockFault);
  app.add_option("--cost-model", a.common.request.costModel, "cost model (default: the style's own)");
  app.add_option("--folding", a.common.request.foldingFile,
                 "finn style: foldings of layers, a configuration file of FINN");
  app.add_option("--stay-near", a.common.request.nearFile,
                 "keep what FPGAs hold by this earlier plan (plan.json), as far as that costs little");
  app.add_option("--stay-loss", a.common.request.options.nearLoss,
                 "the most of the rate that staying near may cost, in percent")
      ->check(CLI::Range(0, 99))
      ->capture_default_str();
  app.add_option("--plan", a.common.request.planFile, "take this plan (plan.json) instead of solving");
  app.add_flag("--json", a.common.json, "report as JSON on standard output");
}

void addData(CLI::App &app, std::vector<std::string> &inputs, std::string &divisor, std::string &labels,
             int64_t &frames) {
  app.add_option("--input", inputs,
                 "data: .npy, .pb, idx (-ubyte) or float32 .raw; NAME=FILE for models with several inputs");
  app.add_option("--divide-by", divisor, "divide every input value by this, e.g. 255 for pixels")
      ->capture_default_str();
  app.add_option("--labels", labels, "class numbers, to report the accuracy");
  app.add_option("--frames", frames, "use only the first frames")->check(countFault);
}

} // namespace

int main(int argc, char **argv) {
  Arguments a;
  CLI::App app("braid: splits a neural network over several FPGAs and writes one HLS project for each",
               "braid");
  app.set_version_flag("--version", "braid " BRAID_VERSION);
  app.require_subcommand(1);
  std::function<llvm::Error()> action;

  auto *compile = app.add_subcommand(
      "compile", "plan, and write the bundle: projects, link configuration, hosts, report");
  addModel(*compile, a), addPlanning(*compile, a);
  compile->add_option("-o,--out", a.compile.out, "folder of the bundle")->required()->check(textFault);
  compile
      ->add_option("--hls-tool", a.hlsTool,
                   "vitis (default), or vivado: projects for Vivado HLS 2019.2 and 2020.1")
      ->check(textFault);
  compile->add_flag("--verify", a.compile.verify, "verify the bundle on random frames when it is written");
  compile->callback([&] { action = [&] { return cli::compile(a.common, a.compile); }; });

  auto *plan = app.add_subcommand("plan", "plan and print the partition report");
  addModel(*plan, a), addPlanning(*plan, a), cli::addWhatIf(*plan, a.whatIf);
  plan->callback([&] { action = [&] { return cli::planOrWhatIf(a.common, a.whatIf); }; });

  auto *estimate = app.add_subcommand("estimate", "the same as plan: what every layer costs on the cluster");
  addModel(*estimate, a), addPlanning(*estimate, a), cli::addWhatIf(*estimate, a.whatIf);
  estimate->callback([&] { action = [&] { return cli::planOrWhatIf(a.common, a.whatIf); }; });

  auto *inspect = app.add_subcommand("inspect", "print the model: layers, shapes, types");
  addModel(*inspect, a);
  inspect->callback([&] { action = [&] { return cli::inspect(a.common); }; });

  auto *run = app.add_subcommand("run", "run the typed model (or the float one) on data");
  addModel(*run, a);
  addData(*run, a.run.inputs, a.run.divisor, a.run.labels, a.run.frames);
  run->add_option("--output", a.run.outputs,
                  "write an output as .npy (repeatable, in the order of the outputs); NAME=FILE names one");
  run->add_flag("--float", a.run.isFloat, "run the float model");
  run->add_flag("--per-layer", a.run.perLayer, "print the range of every stream");
  run->add_option("--dump", a.run.dump,
                  "write the numbers of every stream to DIR, with an index.json that says what they are")
      ->type_name("DIR")
      ->check(textFault);
  run->callback([&] { action = [&] { return cli::run(a.common, a.run); }; });

  auto *verify = app.add_subcommand(
      "verify", "show that whole model, split model and emitted C++ compute the same bits");
  verify->add_option("bundle", a.verify.bundle, "folder written by compile")->required();
  verify->add_option("--model", a.verify.model, "the ONNX file, where the bundle holds no copy");
  verify->add_option("--cxx", a.verify.cxx, "compiler for the emitted C++")->capture_default_str();
  verify->add_option("--random", a.verify.randomFrames, "frames of noise where no input is given")
      ->check(countFault)
      ->capture_default_str();
  verify->add_flag(
      "--per-layer", a.verify.perLayer,
      "compare every stream between layers, and name the first that differs; projects may be edited");
  addData(*verify, a.verify.inputs, a.verify.divisor, a.verify.labels, a.verify.frames);
  verify->callback([&] { action = [&] { return cli::verify(a.verify); }; });

  auto *check = app.add_subcommand(
      "check",
      "show that a bundle is what its model and options give, and its plan legal, without simulation");
  check->add_option("bundle", a.bundle, "folder written by compile")->required();
  check->add_option("--model", a.verify.model, "the ONNX file, where the bundle's copy is not enough");
  check->callback([&] { action = [&] { return cli::check(a.bundle, a.verify.model); }; });

  auto *report = app.add_subcommand("report", "print the report of a bundle");
  report->add_option("bundle", a.bundle, "folder written by compile")->required();
  report->callback([&] { action = [&] { return cli::report(a.bundle); }; });

  auto *devices = app.add_subcommand("devices", "list the devices");
  devices->add_flag("--json", a.common.json, "as JSON");
  devices->callback([&] { action = [&] { return cli::listDevices(a.common.json); }; });
  auto *links = app.add_subcommand("links", "list the link types");
  links->add_flag("--json", a.common.json, "as JSON");
  links->callback([&] { action = [&] { return cli::listLinks(a.common.json); }; });
  app.add_subcommand("passes", "list the passes")->callback([&] { action = cli::listPasses; });
  app.add_subcommand("backends", "list the backends and the functions they call")->callback([&] {
    action = cli::listBackends;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &fault) {
    const std::string hint = unknownWord(app, argc, argv);
    llvm::errs() << "error: " << (hint.empty() ? fault.what() : hint)
                 << "\n  note: braid --help, or braid COMMAND --help, lists what is known\n";
    return static_cast<int>(ExitCode::BadUsage);
  }

  llvm::Error error = guarded(a, action);
  auto code = ExitCode::Ok;
  llvm::handleAllErrors(
      std::move(error),
      [&](const UserError &fault) {
        llvm::outs().flush();
        fault.log(llvm::errs());
        llvm::errs() << "\n";
        code = fault.code();
      },
      [&](const llvm::ErrorInfoBase &fault) {
        llvm::errs() << "braid: internal fault: " << fault.message() << "\n";
        code = ExitCode::Internal;
      });
  llvm::outs().flush();
  return static_cast<int>(code);
}
