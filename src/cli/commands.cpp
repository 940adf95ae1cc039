#include "commands.h"

#include "braid/driver/check.h"
#include "braid/driver/compile.h"
#include "braid/driver/data.h"
#include "braid/driver/report.h"
#include "braid/driver/verify.h"
#include "braid/support/error.h"
#include "braid/support/text.h"
#include "braid/targets/hls4ml.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace braid::cli {
namespace {

using driver::LayerRow;
using nlohmann::ordered_json;

llvm::raw_ostream &out() { return llvm::outs(); }

/// Runs import and passes, printing what was asked for.
llvm::Expected<std::unique_ptr<pass::Design>> build(const Common &common) {
  return driver::buildDesign(common.request, observedPipeline(common));
}

void printReport(const pass::Design &design, bool json) {
  if (!design.evaluation)
    return; // the pipeline stopped before there was a plan
  if (json)
    out() << driver::reportJson(design).dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
  else
    out() << driver::reportText(design);
}

/// `, 12 layer streams, 2 of them inside units`
std::string layerCount(const driver::LayerReport &layers) {
  const int64_t equal = layers.count(LayerRow::State::Equal), inside = layers.count(LayerRow::State::Inside);
  const std::string out = fmt::format(", {} layer streams", equal + inside);
  return inside ? out + fmt::format(", {} of them inside units", inside) : out;
}

/// What holds it in the emitted C++.
std::string streamOf(const LayerRow &row) {
  if (row.variable.name.empty())
    return "-";
  const std::string name = driver::text(row.variable);
  return row.copies == 0   ? name
         : row.copies == 1 ? name + ", a copy"
                           : fmt::format("{}, {} copies", name, row.copies);
}

void printVerified(const driver::VerifyResult &r, const driver::LayerReport *layers = nullptr) {
  if (r.hasLabels)
    out() << fmt::format(
        "accuracy on {} frames: whole {:.2f} %, split {:.2f} %, emitted {:.2f} %; float model {:.2f} %\n",
        r.frames, r.accuracyWhole, r.accuracySplit, r.accuracyEmitted, r.accuracyFloat);
  out() << fmt::format("traffic: {} bytes per frame on the links, as reported\n", withThousands(r.wireBytes));
  out() << fmt::format("verify: bit-exact ({} frames, {} FPGAs, {} crossings, {} values{}: whole = split = "
                       "emitted C++)\n",
                       r.frames, r.fpgas, r.crossings,
                       withThousands(r.valuesCompared + (layers ? layers->values() : 0)),
                       layers ? layerCount(*layers) : "");
}

std::string resultOf(const LayerRow &row) {
  const std::string result = row.state == LayerRow::State::Equal ? "equal" : row.difference;
  return row.note.empty() ? result : fmt::format("{} ({})", result, row.note);
}

void printLayers(const driver::LayerReport &report) {
  for (const std::string &file : report.edited)
    out() << fmt::format("edited since it was compiled: {}\n", file);
  for (const driver::LayerTable &table : report.tables) {
    if (!table.hasRun) {
      out() << fmt::format("{}: did not run\n", table.title);
      continue;
    }
    size_t layer = 5, kind = 4, stream = 6, shape = 5, type = 4;
    const auto kindOf = [](const LayerRow &row) { return row.isInner ? std::string("inner") : row.op; };
    for (const LayerRow &row : table.rows) {
      kind = std::max(kind, kindOf(row).size());
      layer = std::max(layer, row.layer.size()), stream = std::max(stream, streamOf(row).size());
      shape = std::max(shape, row.shape.size()), type = std::max(type, row.type.size());
    }
    const auto line = [&](const auto &...columns) {
      out() << fmt::format("  {:<{}}  {:<{}}  {:<{}}  {:<{}}  {:<{}}  {:>12}  {}\n", columns...);
    };
    out() << fmt::format("{}:\n", table.title);
    line("layer", layer, "kind", kind, "stream", stream, "shape", shape, "type", type, "values", "result");
    for (const LayerRow &row : table.rows)
      line(row.layer, layer, kindOf(row), kind, streamOf(row), stream, row.shape, shape, row.type, type,
           row.values ? withThousands(row.values) : "-", resultOf(row));
  }
  if (!report.tables.empty())
    out() << "\n";
}

} // namespace

pass::Pipeline observedPipeline(const Common &common) {
  pass::Pipeline pipeline = common.pipeline;
  pipeline.observe = [](llvm::StringRef name, const pass::Design &design) {
    out() << "// after " << name << "\n" << pass::print(design);
  };
  if (common.timePasses)
    pipeline.timed = [](llvm::StringRef name, double seconds) {
      llvm::errs() << fmt::format("{:>10.3f} ms  {}\n", seconds * 1e3, name.str());
    };
  return pipeline;
}

llvm::Error compile(const Common &common, const CompileArguments &arguments) {
  auto design = build(common);
  if (!design)
    return design.takeError();
  if (!(*design)->evaluation)
    return badUsage("the passes asked for make no plan, so there is no bundle to write");
  auto written = driver::compileTo(arguments.out, **design, common.request);
  if (!written)
    return written.takeError();
  printReport(**design, common.json);
  if (!common.json)
    out() << fmt::format("\n{}: {} files, {} bytes; {} new or changed\n", arguments.out,
                         withThousands(written->files), withThousands(written->bytes),
                         withThousands(written->written));
  if (!arguments.verify)
    return llvm::Error::success();
  driver::VerifyRequest request;
  request.bundle = arguments.out;
  auto verified = driver::verifyBundle(request);
  if (!verified)
    return verified.takeError();
  printVerified(*verified);
  return llvm::Error::success();
}

llvm::Error plan(const Common &common) {
  auto design = build(common);
  if (!design)
    return design.takeError();
  printReport(**design, common.json);
  return llvm::Error::success();
}

llvm::Error inspect(const Common &common) {
  auto design = build(common);
  if (!design)
    return design.takeError();
  if (!common.pipeline.printAfter.empty())
    return llvm::Error::success();
  const bool typed = !(*design)->typed.layers.empty();
  out() << ir::print(typed ? (*design)->typed : (*design)->source);
  int64_t macs = 0, parameters = 0;
  for (const ir::Layer &layer : (*design)->source.layers)
    macs += ir::macs((*design)->source, layer), parameters += ir::parameters(layer);
  out() << fmt::format("{} layers, {} parameters, {} multiply-accumulates per frame\n",
                       (*design)->source.layers.size(), withThousands(parameters), withThousands(macs));
  return llvm::Error::success();
}

namespace {

/// Where each output of the model goes; nothing for those that nobody asked for.
llvm::Expected<std::vector<std::string>> outputFiles(const ir::Model &model,
                                                     const std::vector<std::string> &arguments) {
  std::vector<std::string> names;
  for (const ir::Port &port : model.outputs)
    names.push_back(port.name);
  auto files = driver::filesByName("--output", "output", names, arguments);
  if (!files)
    return files.takeError();
  return std::move(*files);
}

void printFrames(const exec::Batch &batch, int64_t size) {
  for (int64_t f = 0; f < batch.frames; ++f) {
    for (int64_t i = 0; i < size; ++i)
      out() << (i ? " " : "") << shortest(batch.reals()[static_cast<size_t>(f * size + i)]);
    out() << "\n";
  }
}

void printRange(const ir::Model &model, ir::StreamId id, const exec::Reals &reals) {
  const auto [lo, hi] = std::minmax_element(reals.begin(), reals.end());
  out() << fmt::format("{:<28} {:<20} {:<22} {:>12.6g} .. {:<12.6g}\n",
                       printable(model.layer(model.stream(id).producer).name, 28),
                       ir::toString(model.stream(id).shape), num::toString(model.stream(id).type), *lo, *hi);
}

} // namespace

llvm::Error run(const Common &common, const RunArguments &arguments) {
  auto design = build(common);
  if (!design)
    return design.takeError();
  const ir::Model &model = arguments.isFloat ? (*design)->floatModel() : (*design)->typed;
  if (model.outputs.empty())
    return badUsage("the passes asked for make no typed model; --float runs the float one");
  auto divisor = driver::parseDivisor(arguments.divisor);
  if (!divisor)
    return divisor.takeError();
  auto files = outputFiles(model, arguments.outputs);
  if (!files)
    return files.takeError();
  auto inputs = driver::realInputs(model, arguments.inputs, *divisor, arguments.frames, 1);
  if (!inputs)
    return inputs.takeError();
  std::vector<int64_t> labels;
  if (!arguments.labels.empty()) {
    auto read = driver::readLabels(arguments.labels, (*inputs)[0].frames, driver::classesOf(model),
                                   arguments.frames > 0);
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  if (arguments.inputs.empty())
    llvm::errs() << "note: no --input is given: a frame of noise\n";
  if (!arguments.isFloat)
    for (size_t i = 0; i < inputs->size(); ++i)
      (*inputs)[i] = exec::fromHost(model, model.inputs[i], (*inputs)[i]);
  std::vector<ir::StreamId> keep;
  if (arguments.perLayer || !arguments.dump.empty())
    for (const ir::Layer &layer : model.layers)
      keep.push_back(layer.output);
  exec::StreamValues values = exec::Interpreter(model).run(*inputs, keep);
  if (!arguments.dump.empty())
    for (size_t i = 0; i < inputs->size(); ++i)
      values[model.inputs[i].stream] = (*inputs)[i];
  auto realsOf = [&](ir::StreamId id) {
    return arguments.isFloat ? values.at(id) : exec::toReals(values.at(id), model.stream(id).type.fixed());
  };
  if (!arguments.dump.empty())
    if (llvm::Error error = driver::dumpStreams(arguments.dump, model, values))
      return error;
  for (ir::StreamId id : arguments.perLayer ? keep : std::vector<ir::StreamId>())
    printRange(model, id, realsOf(id).reals());
  const bool prints =
      arguments.outputs.empty() && arguments.labels.empty() && !arguments.perLayer && arguments.dump.empty();
  for (size_t i = 0; i < model.outputs.size(); ++i) {
    const ir::Port &port = model.outputs[i];
    const exec::Batch reals =
        arguments.isFloat ? values.at(port.stream) : exec::toHost(model, port, values.at(port.stream));
    const exec::Batch result = exec::toOnnxOrder(model, port, reals);
    if (!(*files)[i].empty()) {
      std::vector<int64_t> dims = {result.frames};
      dims.insert(dims.end(), port.onnxShape.begin(), port.onnxShape.end());
      if (llvm::Error error = driver::writeWhole((*files)[i], driver::npyBytes(dims, result.reals())))
        return error;
    }
    if (prints && model.outputs.size() > 1)
      out() << printable(port.name) << ":\n";
    if (prints)
      printFrames(result, ir::elements(port.onnxShape));
    if (i == 0 && !labels.empty())
      out() << fmt::format("accuracy {:.2f} % on {} frames\n", driver::accuracyOf(result, labels),
                           result.frames);
  }
  return llvm::Error::success();
}

llvm::Error verify(const VerifyArguments &arguments) {
  auto divisor = driver::parseDivisor(arguments.divisor);
  if (!divisor)
    return divisor.takeError();
  driver::LayerReport layers;
  auto verified = driver::verifyBundle({.bundle = arguments.bundle,
                                        .model = arguments.model,
                                        .inputs = arguments.inputs,
                                        .divisor = *divisor,
                                        .labels = arguments.labels,
                                        .frames = arguments.frames,
                                        .randomFrames = arguments.randomFrames,
                                        .cxx = arguments.cxx,
                                        .layers = arguments.perLayer ? &layers : nullptr});
  printLayers(layers);
  if (!verified)
    return verified.takeError();
  printVerified(*verified, arguments.perLayer ? &layers : nullptr);
  return llvm::Error::success();
}

llvm::Error check(const std::string &bundle, const std::string &model) {
  auto checked = driver::checkContents(bundle, model);
  if (!checked)
    return checked.takeError();
  const pass::Design &design = *checked->design;
  const size_t fpgas = design.evaluation->fpgaCount();
  out() << fmt::format("plan: legal, {} frames/s on {} FPGA{}\n",
                       withThousands(static_cast<int64_t>(design.evaluation->framesPerSecond())), fpgas,
                       fpgas == 1 ? "" : "s");
  if (design.proof)
    out() << driver::proofText(design)
          << fmt::format(
                 "note: python3 {0}/check_certificate.py {0}/problem.json {0}/certificate.json checks "
                 "the proof by arithmetic of its own\n",
                 bundle);
  else if (checked->isPlanGiven)
    out() << "note: the plan was given (--plan): of a better one nothing is proven\n";
  else
    out() << fmt::format("note: the solver {} proves nothing of a better plan\n", design.plan.solver);
  out() << fmt::format("check: what the model and the options give, byte for byte ({} files, {} bytes)\n",
                       withThousands(checked->files), withThousands(checked->bytes));
  return llvm::Error::success();
}

llvm::Error report(const std::string &bundle) {
  auto manifest = driver::readManifest(bundle);
  if (!manifest)
    return manifest.takeError();
  auto text = llvm::MemoryBuffer::getFile(bundle + "/report/report.txt");
  if (!text)
    return badInput(bundle + "/report/report.txt", "cannot be read: " + text.getError().message());
  out() << (*text)->getBuffer();
  return llvm::Error::success();
}

llvm::Error listDevices(bool json) {
  ordered_json all = ordered_json::array();
  for (const std::string &name : device::deviceNames()) {
    auto device = device::findDevice(name);
    if (!device)
      return device.takeError();
    const device::Resources capacity = (*device)->capacity();
    if (json)
      all.push_back({{"name", name},
                     {"part", (*device)->part},
                     {"dies", (*device)->dies.size()},
                     {"clock_mhz", (*device)->clockMhz},
                     {"lut", capacity[device::Resource::Lut]},
                     {"ff", capacity[device::Resource::Ff]},
                     {"bram18", capacity[device::Resource::Bram18]},
                     {"uram", capacity[device::Resource::Uram]},
                     {"dsp", capacity[device::Resource::Dsp]},
                     {"hbm", capacity[device::Resource::Hbm]},
                     {"ports", (*device)->ports.size()}});
    else
      out() << fmt::format(
          "{:<10} {:<24} {} die{}  {:>4} MHz  LUT {:>9}  BRAM18 {:>5}  URAM {:>4}  DSP {:>6}  HBM {:>2}  "
          "{}\n",
          name, (*device)->part, (*device)->dies.size(), (*device)->dies.size() == 1 ? " " : "s",
          (*device)->clockMhz, withThousands(capacity[device::Resource::Lut]),
          withThousands(capacity[device::Resource::Bram18]), capacity[device::Resource::Uram],
          withThousands(capacity[device::Resource::Dsp]), capacity[device::Resource::Hbm],
          (*device)->ports.empty()
              ? "no network"
              : fmt::format("{} x {}", (*device)->ports.size(), (*device)->ports[0].link));
  }
  if (json)
    out() << all.dump(2) << "\n";
  return llvm::Error::success();
}

llvm::Error listLinks(bool json) {
  ordered_json all = ordered_json::array();
  for (const std::string &name : device::linkNames()) {
    auto link = device::findLink(name);
    if (!link)
      return link.takeError();
    if (json)
      all.push_back({{"name", name},
                     {"transport", (*link)->transport},
                     {"gbps", (*link)->gbps},
                     {"latency_us", (*link)->latencyUs},
                     {"lossless", (*link)->lossless},
                     {"max_payload_bytes", (*link)->maxPayloadBytes}});
    else
      out() << fmt::format("{:<10} {:<10} {:>6} Gb/s  {:>8} us  {}\n", name, (*link)->transport,
                           (*link)->gbps, (*link)->latencyUs, (*link)->lossless ? "lossless" : "lossy");
  }
  if (json)
    out() << all.dump(2) << "\n";
  return llvm::Error::success();
}

llvm::Error listPasses() {
  for (const pass::PassInfo &info : pass::allPasses())
    out() << fmt::format("{:<14} {}\n", info.name, info.summary);
  return llvm::Error::success();
}

llvm::Error listBackends() {
  out() << "hls4ml     hls4ml-style projects for Vitis HLS and Vivado HLS, io_parallel and io_stream\n\n";
  for (const targets::FunctionRow &row : targets::hls4mlFunctions())
    out() << fmt::format("  {:<46} {:<12} {:<28} {}\n", row.layer, row.io, row.name,
                         row.reason[0] ? std::string("ours: ") + row.reason : "upstream");
  out() << "\nfinn       FINN-style projects of quantised networks: a unit per layer and more, an HLS "
           "project each, "
           "calling finn-hlslib's templates\n";
  return llvm::Error::success();
}

} // namespace braid::cli
