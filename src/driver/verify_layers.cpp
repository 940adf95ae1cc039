#include "braid/driver/verify_layers.h"

#include "braid/num/fixed.h"
#include "braid/support/math.h"
#include "braid/support/text.h"
#include "braid/targets/finn.h"
#include "braid/targets/hls4ml.h"
#include "braid/targets/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace braid::driver {
namespace {

using exec::Batch;
using exec::Mantissas;
using State = LayerRow::State;

/// Numbers of a stream from words that hold one each or, packed, several, the first lowest. Nothing where
/// words have no such size.
std::optional<Mantissas> numbersOf(const sim::Recording &recording, const num::FixedType &type, bool packed) {
  const int64_t bits = recording.bits, width = type.width, bytes = (bits + 7) / 8;
  if (recording.bytes.empty())
    return Mantissas();
  if (packed ? bits % width != 0 : bits != width)
    return std::nullopt;
  Mantissas out;
  out.reserve(recording.bytes.size() / static_cast<size_t>(bytes) * static_cast<size_t>(bits / width));
  const auto *word = reinterpret_cast<const unsigned char *>(recording.bytes.data());
  for (size_t left = recording.bytes.size() / static_cast<size_t>(bytes); left > 0; --left, word += bytes)
    for (int64_t low = 0; low < bits; low += width) {
      uint64_t value = 0;
      for (int64_t b = (low + width - 1) / 8; b >= low / 8; --b)
        if (const int64_t shift = 8 * b - low; shift >= 0)
          value |= static_cast<uint64_t>(word[b]) << shift;
        else
          value |= static_cast<uint64_t>(word[b]) >> -shift;
      if (width < 64)
        value &= (uint64_t{1} << width) - 1;
      if (type.isSigned && width < 64 && (value >> (width - 1)) != 0)
        value |= ~uint64_t{0} << width;
      out.push_back(static_cast<int64_t>(value));
    }
  return out;
}

std::string placeOf(int64_t element, const ir::Shape &shape) {
  std::vector<int64_t> at(shape.size());
  for (size_t d = shape.size(); d-- > 0; element /= shape[d])
    at[d] = element % shape[d];
  return fmt::format("[{}]", fmt::join(at, ", "));
}

/// Stands for any number: no stream is so wide that it is one of its.
constexpr int64_t kAnyNumber = std::numeric_limits<int64_t>::min();

/// What units of one layer give each other, of the frames of a stream with `size` elements.
Batch innerNumbers(const Batch &stream, int64_t size, const emit::Inner &inner) {
  Mantissas out;
  out.reserve(static_cast<size_t>(stream.frames) * inner.places.size());
  for (int64_t frame = 0; frame < stream.frames; ++frame)
    for (int32_t place : inner.places)
      out.push_back(place == emit::Inner::kAny ? kAnyNumber
                    : place == emit::Inner::kZero
                        ? 0
                        : stream.mantissas()[static_cast<size_t>(frame * size + place)]);
  return {stream.frames, std::move(out)};
}

const ir::Shape &shapeOf(const emit::EmittedStream &emitted, const ir::Stream &stream) {
  return emitted.inner ? emitted.inner->shape : stream.shape;
}

/// Of one copy of a project; `first` and `step` say which frames it was given.
std::string differenceOf(const Batch &expected, const Mantissas &found, const ir::Shape &shape,
                         const num::FixedType &type, int64_t first, int64_t step) {
  const Mantissas &values = expected.mantissas();
  const auto [at, other] = std::mismatch(values.begin(), values.end(), found.begin(), found.end(),
                                         [](int64_t a, int64_t b) { return a == b || a == kAnyNumber; });
  if (at == values.end() && other == found.end())
    return {};
  if (at == values.end() || other == found.end())
    return fmt::format("{} values, not {}", withThousands(static_cast<int64_t>(found.size())),
                       withThousands(static_cast<int64_t>(values.size())));
  const int64_t place = at - values.begin(), size = ir::elements(shape);
  const auto decimal = [&](int64_t value) {
    return num::exactDecimal(value, static_cast<int>(type.fracBits()));
  };
  return fmt::format("frame {}, {}: expected {}, found {}", first + place / size * step,
                     placeOf(place % size, shape), decimal(*at), decimal(*other));
}

std::string titleOf(const emit::Context &context, size_t project) {
  const emit::Project &of = context.projects[project];
  const std::string &name = targets::folderOf(context, of);
  return of.stage ? fmt::format("{} stage {}", name, of.stage) : name;
}

} // namespace

std::string text(const emit::Variable &variable) {
  return variable.name + (variable.unit.empty() ? "" : " of " + variable.unit);
}

int64_t LayerReport::count(State state) const {
  int64_t out = 0;
  for (const LayerTable &table : tables)
    out += std::count_if(table.rows.begin(), table.rows.end(),
                         [&](const LayerRow &row) { return row.isLayer && row.state == state; });
  return out;
}

int64_t LayerReport::values() const {
  int64_t out = 0;
  for (const LayerTable &table : tables)
    for (const LayerRow &row : table.rows)
      out += row.values;
  return out;
}

std::optional<Diagnostic> LayerReport::firstDifference() const {
  std::optional<Diagnostic> out;
  int64_t later = 0;
  for (const LayerTable &table : tables)
    for (const LayerRow &row : table.rows) {
      if (row.state != State::Differs)
        continue;
      if (out) {
        ++later;
        continue;
      }
      out = Diagnostic{.file = {},
                       .node = row.layer,
                       .op = row.op,
                       .message = fmt::format("emitted C++ of {}: {} is the first stream that differs: {}",
                                              table.title, text(row.variable), row.difference),
                       .notes = {}};
    }
  if (later > 0)
    out->notes.push_back(
        fmt::format("{} later {} too", later, later == 1 ? "stream differs" : "streams differ"));
  return out;
}

LayerCheck::LayerCheck(const emit::Context &context) : context_(context) {
  for (size_t p = 0; p < context.projects.size(); ++p) {
    const emit::Project &project = context.projects[p];
    streams_.push_back(project.style == kernel::Style::Finn ? targets::finnStreams(context, p)
                                                            : targets::hls4mlStreams(context, p));
    sim::TracedProject traced;
    std::map<std::string, int64_t> wanted; // streams with two names are recorded once
    for (const emit::EmittedStream &stream : streams_.back())
      for (const emit::Variable &variable : stream.variables)
        wanted[variable.name] = ir::elements(context.partitions[p].model.stream(stream.stream).shape);
    for (const auto &[variable, elements] : wanted)
      if (project.io == kernel::IoMode::Parallel)
        traced.arrays.emplace_back(variable, elements);
      else
        traced.streams.push_back(variable);
    trace_.push_back(std::move(traced));
  }
}

/// Frames that each run of a project began: all that it was given, unless it crashed.
std::vector<int64_t> LayerCheck::framesTaken(size_t p) const {
  const ir::Model &model = context_.partitions[p].model;
  std::vector<int64_t> out;
  for (const sim::TracedRun &run : trace_[p].runs) {
    int64_t most = 0;
    for (size_t i = 0; i < context_.projects[p].inputs.size(); ++i) {
      const emit::EmittedStream &input = streams_[p][i];
      const auto at = run.recorded.find(input.variables[0].name);
      if (at == run.recorded.end())
        continue;
      const ir::Stream &stream = model.stream(input.stream);
      if (const auto numbers = numbersOf(at->second, stream.type.fixed(), isPacked(p)))
        most = std::max(most, ceilDiv(static_cast<int64_t>(numbers->size()), ir::elements(stream.shape)));
    }
    out.push_back(most);
  }
  return out;
}

LayerRow LayerCheck::rowOf(size_t p, const emit::EmittedStream &emitted, const Batch &expected,
                           llvm::ArrayRef<int64_t> frames) const {
  const ir::Model &model = context_.partitions[p].model;
  const ir::Stream &stream = model.stream(emitted.stream);
  LayerRow row;
  row.layer = printable(stream.name);
  row.op = "input";
  row.isLayer = false;
  const ir::LayerId maker = emitted.inner ? emitted.inner->layer : stream.producer;
  if (maker != ir::LayerId::None) {
    const ir::Layer &layer = model.layer(maker);
    row.layer = printable(layer.name), row.op = ir::kindName(layer.op);
    row.isLayer = !emitted.inner && !std::holds_alternative<ir::Receive>(layer.op);
  }
  row.shape = ir::toString(shapeOf(emitted, stream)), row.type = num::toString(stream.type);
  row.isInner = emitted.inner.has_value();
  if (row.isInner)
    compareRow(row, p, emitted, innerNumbers(expected, ir::elements(stream.shape), *emitted.inner), frames);
  else if (emitted.inside.empty())
    compareRow(row, p, emitted, expected, frames);
  else
    row.state = State::Inside, row.difference = "inside " + emitted.inside;
  return row;
}

void LayerCheck::compareRow(LayerRow &row, size_t p, const emit::EmittedStream &emitted,
                            const Batch &expected, llvm::ArrayRef<int64_t> frames) const {
  const ir::Stream &stream = context_.partitions[p].model.stream(emitted.stream);
  const ir::Shape &shape = shapeOf(emitted, stream);
  const std::vector<sim::TracedRun> &runs = trace_[p].runs;
  row.variable = emitted.variables[0], row.copies = emitted.variables.size() - 1;
  for (const emit::Variable &variable : emitted.variables)
    for (size_t r = 0; r < runs.size(); ++r) {
      const auto at = runs[r].recorded.find(variable.name);
      const sim::Recording recording = at == runs[r].recorded.end() ? sim::Recording() : at->second;
      const auto found = numbersOf(recording, stream.type.fixed(), isPacked(p));
      if (found && &variable == &emitted.variables[0])
        row.values += static_cast<int64_t>(found->size());
      Batch wanted = exec::everyNth(expected, static_cast<int64_t>(r), static_cast<int64_t>(runs.size()));
      if (frames[r] < wanted.frames) {
        std::get<Mantissas>(wanted.values).resize(static_cast<size_t>(frames[r] * ir::elements(shape)));
        row.note = fmt::format("{} of {} frames", frames[r], wanted.frames);
      }
      const std::string difference =
          found ? differenceOf(wanted, *found, shape, stream.type.fixed(), static_cast<int64_t>(r),
                               static_cast<int64_t>(runs.size()))
                : fmt::format("words of {} bits, not of {}", recording.bits, stream.type.bits());
      if (difference.empty())
        continue;
      row.state = State::Differs, row.variable = variable, row.copies = 0;
      row.difference = runs.size() > 1 ? fmt::format("{}: {}", runs[r].fpga, difference) : difference;
      return;
    }
}

std::vector<LayerTable> LayerCheck::compare(const std::vector<std::vector<Batch>> &inputs,
                                            const std::map<int32_t, Batch> &crossings) const {
  std::vector<LayerTable> out;
  for (size_t p = 0; p < streams_.size(); ++p) {
    const ir::Model &model = context_.partitions[p].model;
    LayerTable table{titleOf(context_, p), false, {}};
    for (size_t r = 1; r < trace_[p].runs.size(); ++r)
      table.title += fmt::format("{} {}", r == 1 ? " and its copies" : ",", trace_[p].runs[r].fpga);
    for (const sim::TracedRun &run : trace_[p].runs)
      table.hasRun |= run.began;
    if (table.hasRun) {
      std::vector<ir::StreamId> keep;
      for (const emit::EmittedStream &stream : streams_[p])
        if (stream.inside.empty() && model.stream(stream.stream).producer != ir::LayerId::None)
          keep.push_back(stream.stream);
      exec::StreamValues values = exec::Interpreter(model).run(inputs[p], keep, crossings);
      for (size_t i = 0; i < model.inputs.size(); ++i)
        values[model.inputs[i].stream] = inputs[p][i];
      const std::vector<int64_t> frames = framesTaken(p);
      for (const emit::EmittedStream &stream : streams_[p])
        table.rows.push_back(rowOf(p, stream, values[stream.stream], frames));
    }
    out.push_back(std::move(table));
  }
  if (std::none_of(out.begin(), out.end(), [](const LayerTable &table) { return table.hasRun; }))
    out.clear();
  return out;
}

} // namespace braid::driver
