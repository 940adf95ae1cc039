#include "braid/driver/verify.h"

#include "braid/driver/bundle.h"
#include "braid/driver/compile.h"
#include "braid/driver/data.h"
#include "braid/num/fixed.h"
#include "braid/sim/emulate.h"
#include "braid/support/error.h"
#include "braid/support/text.h"
#include "braid/targets/vnx.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace braid::driver {
namespace {

namespace fs = std::filesystem;
using exec::Batch;

/// Typed values at every crossing and output, from one way of computing them.
struct Values {
  std::map<int32_t, Batch> crossings;
  std::vector<Batch> outputs;
};

/// What every crossing and output must carry: boxes of the whole model's streams, and of partial sums, which
/// the whole model does not have, what the split model makes of them when it runs in one piece.
Values runWhole(const pass::Design &design, const std::vector<Batch> &inputs,
                const std::vector<Batch> &parts) {
  const plan::SplitModel &split = design.split;
  std::vector<ir::StreamId> keep, sums;
  for (const plan::Crossing &crossing : split.plan.crossings)
    if (split.streams[index(crossing.stream)].partial)
      sums.push_back(crossing.stream);
    else
      keep.push_back(split.streams[index(crossing.stream)].stream);
  const exec::StreamValues all = exec::Interpreter(design.typed).run(inputs, keep);
  exec::StreamValues partial;
  if (!sums.empty())
    partial = exec::Interpreter(split.model).run(parts, sums);
  Values out;
  for (const plan::Crossing &crossing : split.plan.crossings) {
    const plan::StreamOrigin &origin = split.streams[index(crossing.stream)];
    if (origin.partial)
      out.crossings[crossing.id] = partial.at(crossing.stream);
    else
      out.crossings[crossing.id] =
          exec::cropped(all.at(origin.stream), design.typed.stream(origin.stream).shape,
                        {origin.box.begin, origin.box.end});
  }
  for (const ir::Port &port : design.typed.outputs)
    out.outputs.push_back(all.at(port.stream));
  return out;
}

/// The inputs as the host cuts them.
std::vector<Batch> cutInputs(const pass::Design &design, const std::vector<Batch> &inputs) {
  const plan::SplitModel &split = design.split;
  std::vector<Batch> out;
  for (size_t i = 0; i < split.inputs.size(); ++i) {
    const auto from = static_cast<size_t>(split.inputs[i]);
    const plan::Box &box = split.streams[index(split.model.inputs[i].stream)].box;
    out.push_back(exec::cropped(inputs[from], design.typed.stream(design.typed.inputs[from].stream).shape,
                                {box.begin, box.end}));
  }
  return out;
}

size_t indexOf(const std::vector<ir::Port> &ports, const std::string &name) {
  return static_cast<size_t>(
      std::find_if(ports.begin(), ports.end(), [&](const ir::Port &p) { return p.name == name; }) -
      ports.begin());
}

/// Of the inputs that the host cuts, those of one part.
std::vector<Batch> inputsOf(const pass::Design &design, const plan::Partition &partition,
                            const std::vector<Batch> &parts) {
  std::vector<Batch> out;
  for (const ir::Port &port : partition.model.inputs)
    out.push_back(parts[indexOf(design.split.model.inputs, port.name)]);
  return out;
}

Values runSplit(const pass::Design &design, const std::vector<Batch> &inputs) {
  Values out;
  out.outputs.resize(design.typed.outputs.size());
  for (const plan::Partition &partition : design.partitions) {
    const std::vector<Batch> own = inputsOf(design, partition, inputs);
    std::vector<ir::StreamId> keep;
    for (const ir::Layer &layer : partition.model.layers)
      if (std::holds_alternative<ir::Send>(layer.op))
        keep.push_back(layer.inputs[0]);
    const exec::StreamValues values = exec::Interpreter(partition.model).run(own, keep, out.crossings);
    for (const ir::Layer &layer : partition.model.layers)
      if (const auto *send = std::get_if<ir::Send>(&layer.op))
        out.crossings[send->crossing] = values.at(layer.inputs[0]);
    for (const ir::Port &port : partition.model.outputs)
      out.outputs[indexOf(design.typed.outputs, port.name)] = values.at(port.stream);
  }
  return out;
}

/// The first place where two batches of a stream differ, as an error.
llvm::Error compare(const pass::Design &design, ir::StreamId id, const Batch &expected, const Batch &found,
                    const std::string &where, const char *way, VerifyResult &result) {
  const ir::Stream &stream = design.split.model.stream(id);
  const exec::Mantissas &a = expected.mantissas(), &b = found.mantissas();
  const int64_t size = ir::elements(stream.shape);
  auto fault = [&](std::string message) {
    const ir::LayerId producer = stream.producer;
    return userError(
        ExitCode::CheckFailed,
        {.file = {},
         .node = producer == ir::LayerId::None ? "" : printable(design.split.model.layer(producer).name),
         .op = producer == ir::LayerId::None ? "" : ir::kindName(design.split.model.layer(producer).op),
         .message = fmt::format("{}: {} {}", way, where, message),
         .notes = {}});
  };
  if (a.size() != b.size())
    return fault(fmt::format("has {} values, not {}", b.size(), a.size()));
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin());
  if (at != a.end()) {
    const int64_t place = at - a.begin(), frac = stream.type.fixed().fracBits();
    return fault(fmt::format("differs at frame {}, element {} of {}: expected {}, found {}", place / size,
                             place % size, ir::toString(stream.shape),
                             num::exactDecimal(*at, static_cast<int>(frac)),
                             num::exactDecimal(*other, static_cast<int>(frac))));
  }
  result.valuesCompared += static_cast<int64_t>(a.size());
  result.bitsCompared += static_cast<int64_t>(a.size()) * stream.type.bits();
  return llvm::Error::success();
}

llvm::Error compareAll(const pass::Design &design, const Values &expected, const Values &found,
                       const char *way, VerifyResult &result) {
  for (const plan::Crossing &crossing : design.split.plan.crossings) {
    const auto at = found.crossings.find(crossing.id);
    if (at == found.crossings.end())
      return userError(ExitCode::CheckFailed,
                       {.file = {},
                        .node = {},
                        .op = {},
                        .message = fmt::format("{}: crossing {} carried nothing", way, crossing.id),
                        .notes = {}});
    const std::string where =
        fmt::format("stream '{}' from {} to {}", printable(design.split.model.stream(crossing.stream).name),
                    folderOf(design.cluster, crossing.from), folderOf(design.cluster, crossing.to));
    if (llvm::Error error = compare(design, crossing.stream, expected.crossings.at(crossing.id), at->second,
                                    where, way, result))
      return error;
  }
  for (size_t i = 0; i < design.typed.outputs.size(); ++i)
    if (llvm::Error error =
            compare(design, design.split.model.outputs[i].stream, expected.outputs[i], found.outputs[i],
                    fmt::format("output '{}'", printable(design.typed.outputs[i].name)), way, result))
      return error;
  return llvm::Error::success();
}

/// Every stream between layers; what differs first is the error.
llvm::Error compareLayers(const pass::Design &design, const LayerCheck &check,
                          const std::vector<Batch> &parts, const Values &whole, llvm::Error emulation,
                          LayerReport &report) {
  std::vector<std::vector<Batch>> inputs;
  for (const plan::Partition &partition : design.partitions)
    inputs.push_back(inputsOf(design, partition, parts));
  report.tables = check.compare(inputs, whole.crossings);
  std::optional<Diagnostic> difference = report.firstDifference();
  if (!difference && !emulation) {
    const auto silent = std::find_if(report.tables.begin(), report.tables.end(),
                                     [](const LayerTable &table) { return !table.hasRun; });
    if (report.tables.empty() || silent != report.tables.end())
      return userError(
          ExitCode::CheckFailed,
          {.file = {},
           .node = {},
           .op = {},
           .message = fmt::format("{} recorded no stream: it is older than --per-layer; compile it again",
                                  report.tables.empty() ? "the bundle" : silent->title),
           .notes = {}});
  }
  if (!difference)
    return emulation;
  if (emulation)
    difference->notes.push_back(messageOf(std::move(emulation)));
  return userError(ExitCode::CheckFailed, std::move(*difference));
}

} // namespace

llvm::Expected<double> parseDivisor(const std::string &text) {
  const auto [over, under] = llvm::StringRef(text).split('/');
  double a = 0, b = 1;
  if (over.getAsDouble(a) || (!under.empty() && under.getAsDouble(b)) || !std::isnormal(a / b))
    return badUsage(fmt::format("--divide-by {}: a finite number other than zero is meant", printable(text)));
  return a / b;
}

llvm::Expected<std::vector<Batch>> realInputs(const ir::Model &model, const std::vector<std::string> &files,
                                              double divisor, int64_t frames, int64_t randomFrames) {
  std::vector<std::string> names;
  for (const ir::Port &port : model.inputs)
    names.push_back(port.name);
  auto paths = filesByName("--input", "input", names, files);
  if (!paths)
    return paths.takeError();
  std::vector<Batch> out;
  for (size_t i = 0; i < paths->size(); ++i) {
    if (files.empty()) {
      out.push_back(driver::randomFrames(model, model.inputs[i], frames > 0 ? frames : randomFrames, i + 1));
      continue;
    }
    const std::string &path = (*paths)[i];
    if (path.empty())
      return badUsage(fmt::format("no --input for '{}'; NAME=FILE names one", printable(names[i])));
    auto data = readData(path, divisor);
    if (!data)
      return data.takeError();
    auto batch = framesFor(model, model.inputs[i], *data, path, frames);
    if (!batch)
      return batch.takeError();
    if (!out.empty() && batch->frames != out[0].frames)
      return badInput(path,
                      fmt::format("it has {} frames, and the first input {}", batch->frames, out[0].frames));
    out.push_back(std::move(*batch));
  }
  return out;
}

int64_t classesOf(const ir::Model &model) {
  const ir::Port &port = model.outputs[0];
  const ir::LayerId producer = model.stream(port.stream).producer;
  const bool isPlace =
      producer != ir::LayerId::None && std::holds_alternative<ir::ArgMax>(model.layer(producer).op);
  return isPlace ? model.stream(model.layer(producer).inputs[0]).shape.back() : ir::elements(port.onnxShape);
}

double accuracyOf(const Batch &outputs, const std::vector<int64_t> &labels) {
  const auto frames = std::min<int64_t>(outputs.frames, static_cast<int64_t>(labels.size()));
  return frames == 0 ? 0
                     : std::visit(
                           [&](const auto &values) {
                             const int64_t size = static_cast<int64_t>(values.size()) / outputs.frames;
                             int64_t right = 0;
                             for (int64_t f = 0; f < frames; ++f) {
                               const auto begin = values.begin() + f * size;
                               const int64_t place = size == 1
                                                         ? static_cast<int64_t>(*begin)
                                                         : std::max_element(begin, begin + size) - begin;
                               right += place == labels[static_cast<size_t>(f)];
                             }
                             return 100.0 * static_cast<double>(right) / static_cast<double>(frames);
                           },
                           outputs.values);
}

llvm::Expected<VerifyResult> verifyBundle(const VerifyRequest &verify) {
  auto manifest = readManifest(verify.bundle);
  if (!manifest)
    return manifest.takeError();
  std::vector<std::string> *edited = verify.layers ? &verify.layers->edited : nullptr;
  if (llvm::Error error = checkBundle(verify.bundle, *manifest, edited))
    return error;
  auto request = requestOfBundle(verify.bundle, *manifest, verify.model);
  if (!request)
    return request.takeError();
  request->planFile = (fs::path(verify.bundle) / "plan.json").string();
  auto built = buildDesign(*request);
  if (!built)
    return built.takeError();
  const pass::Design &design = **built;

  auto reals = realInputs(design.typed, verify.inputs, verify.divisor, verify.frames, verify.randomFrames);
  if (!reals)
    return reals.takeError();
  std::vector<Batch> inputs;
  for (size_t i = 0; i < reals->size(); ++i)
    inputs.push_back(exec::fromHost(design.typed, design.typed.inputs[i], (*reals)[i]));

  VerifyResult result;
  result.frames = inputs.empty() ? 0 : inputs[0].frames;
  result.fpgas = static_cast<int64_t>(design.split.plan.fpgaCount());
  result.crossings = static_cast<int64_t>(design.split.plan.crossings.size());
  result.hasLabels = !verify.labels.empty();
  std::vector<int64_t> labels;
  if (result.hasLabels) {
    auto read = readLabels(verify.labels, result.frames, classesOf(design.typed), verify.frames > 0);
    if (!read)
      return read.takeError();
    labels = std::move(*read);
  }
  const std::vector<Batch> parts = cutInputs(design, inputs);
  const Values whole = runWhole(design, inputs, parts), split = runSplit(design, parts);
  if (llvm::Error error = compareAll(design, whole, split, "split model", result))
    return error;
  const emit::Context context = contextOf(design, request->hlsTool);
  sim::EmulationOptions options;
  options.cxx = verify.cxx;
  options.standard = context.dialect().hostStandard;
  if (llvm::Error error = targets::checkDeployment(verify.bundle))
    return error;
  std::optional<LayerCheck> check;
  if (verify.layers)
    options.trace = &check.emplace(context).trace();
  auto emulated = sim::emulate(verify.bundle, context, inputs, options);
  llvm::Error failure = emulated ? llvm::Error::success() : emulated.takeError();
  if (check)
    failure = compareLayers(design, *check, parts, whole, std::move(failure), *verify.layers);
  if (failure)
    return failure;
  for (const plan::CrossingCost &cost : design.evaluation->crossings) {
    const int64_t counted = emulated->wireBytes[cost.crossing.id];
    if (counted != cost.wireBytes)
      return userError(
          ExitCode::CheckFailed,
          {.file = {},
           .node = {},
           .op = {},
           .message = fmt::format("crossing {} carried {} bytes per frame, and the report says {}",
                                  cost.crossing.id, counted, cost.wireBytes),
           .notes = {}});
    result.wireBytes += counted;
  }
  const Values emitted{std::move(emulated->crossings), std::move(emulated->outputs)};
  if (llvm::Error error = compareAll(design, whole, emitted, "emitted C++", result))
    return error;
  if (result.hasLabels) {
    const ir::Model &floats = design.floatModel();
    const exec::StreamValues real = exec::Interpreter(floats).run(*reals);
    auto accuracy = [&](const Values &values) {
      return accuracyOf(exec::toHost(design.typed, design.typed.outputs[0], values.outputs[0]), labels);
    };
    result.accuracyWhole = accuracy(whole);
    result.accuracySplit = accuracy(split);
    result.accuracyEmitted = accuracy(emitted);
    result.accuracyFloat = accuracyOf(real.at(floats.outputs[0].stream), labels);
  }
  return result;
}

} // namespace braid::driver
