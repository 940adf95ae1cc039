#include "support/sliced.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace braid::test {
namespace {

using kernel::Slice;

/// k parts of [0, n), cut at random multiples of `step`; fewer where it has not so many.
std::vector<std::pair<int64_t, int64_t>> shares(Random &random, int64_t n, int64_t k, int64_t step = 1) {
  std::set<int64_t> cuts;
  for (int64_t i = 0; i < 3 * k && static_cast<int64_t>(cuts.size()) < k - 1; ++i)
    if (n / step >= 2)
      cuts.insert(draw(random, 1, n / step - 1) * step);
  std::vector<std::pair<int64_t, int64_t>> out;
  int64_t begin = 0;
  cuts.insert(n);
  for (int64_t end : cuts) {
    out.emplace_back(begin, end);
    begin = end;
  }
  return out;
}

enum class Along { Neurons, Inputs, Rows };

std::vector<Slice> cut(const Slice &slice, Along along, Random &random, int64_t k, int64_t step) {
  std::vector<Slice> out;
  auto [begin, end] = along == Along::Neurons  ? std::pair(&Slice::rowBegin, &Slice::rowEnd)
                      : along == Along::Inputs ? std::pair(&Slice::colBegin, &Slice::colEnd)
                                               : std::pair(&Slice::posBegin, &Slice::posEnd);
  for (const auto &[from, to] :
       shares(random, slice.*end - slice.*begin, k, along == Along::Neurons ? step : 1)) {
    Slice part = slice;
    part.*begin = slice.*begin + from, part.*end = slice.*begin + to;
    out.push_back(part);
  }
  return out;
}

const char *name(Along along) {
  return along == Along::Neurons ? "neurons" : along == Along::Inputs ? "inputs" : "rows";
}

std::string kindOf(const ir::Model &model, const ir::Layer &layer) {
  if (const auto *conv = std::get_if<ir::Conv>(&layer.op);
      conv && conv->isDepthwise(model.stream(layer.inputs[0]).shape.back()))
    return "depthwise";
  // Those that are cut alike count as one.
  if (std::holds_alternative<ir::Activation>(layer.op))
    return "activation";
  if (std::holds_alternative<ir::Binary>(layer.op))
    return "merge";
  if (std::holds_alternative<ir::GlobalPool>(layer.op))
    return "global pool";
  return std::holds_alternative<ir::Pool>(layer.op) ? "pool" : ir::kindName(layer.op);
}

/// Slices of one layer: one cut, or cuts within cuts.
std::vector<Slice> randomSlicesOf(const ir::Model &model, const ir::Layer &layer, Random &random,
                                  Features &features) {
  const plan::Cuts cuts = plan::cutsOf(model, layer);
  std::vector<Along> ways;
  if (cuts.neurons)
    ways.push_back(Along::Neurons);
  if (cuts.inputs)
    ways.push_back(Along::Inputs), ways.push_back(Along::Inputs);
  if (cuts.rows)
    ways.push_back(Along::Rows);
  std::vector<Slice> slices = {kernel::wholeSlice(model, layer)};
  if (ways.empty())
    return slices;
  const std::string kind = kindOf(model, layer);
  const Along first = ways[random() % ways.size()], second = ways[random() % ways.size()];
  slices = cut(slices[0], first, random, draw(random, 2, 4), cuts.neuronStep);
  if (slices.size() < 2)
    return slices;
  ++features[fmt::format("{} {}", name(first), kind)];
  if (slices.size() >= 3)
    ++features[fmt::format("{} {}, k >= 3", name(first), kind)];
  if (second != first && random() % 2) {
    std::vector<Slice> inner;
    // The same cuts within each part, or within one of them only.
    const bool all = random() % 2;
    for (size_t i = 0; i < slices.size(); ++i)
      for (const Slice &part :
           all || i == 0 ? cut(slices[i], second, random, 2, cuts.neuronStep) : std::vector<Slice>{slices[i]})
        inner.push_back(part);
    if (inner.size() > slices.size())
      ++features[fmt::format("nested {}", kind)],
          ++features[fmt::format("{} in {}", name(second), name(first))];
    slices = std::move(inner);
  }
  return slices;
}

} // namespace

plan::Plan randomSlices(const ir::Model &model, Random &random, int fpgas, Features &features) {
  plan::Plan plan;
  plan.io = random() % 2 ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
  for (const ir::Layer &layer : model.layers) {
    if (random() % 3 == 0 && !(ir::isLinear(layer.op)))
      continue; // follows
    const bool isCut = random() % 3 != 0;
    std::vector<Slice> slices = {kernel::wholeSlice(model, layer)};
    if (isCut)
      slices = randomSlicesOf(model, layer, random, features);
    // Not every cut can be made; the whole layer always can.
    if (llvm::Error error = plan::checkTiling(model, layer, slices)) {
      llvm::consumeError(std::move(error));
      slices = {kernel::wholeSlice(model, layer)};
    }
    for (const Slice &slice : slices) {
      plan::Placement p;
      p.layer = layer.id;
      p.slice = slice;
      p.implementation.io = plan.io;
      p.fpga = static_cast<int>(draw(random, 0, fpgas - 1));
      plan.placements.push_back(p);
    }
  }
  auto complete = plan::complete(model, plan);
  if (!complete)
    BRAID_CHECK(false, llvm::toString(complete.takeError()));
  for (plan::Join &join : complete->joins) {
    join.chain = random() % 2;
    if (random() % 2)
      join.fpga = static_cast<int>(draw(random, 0, fpgas - 1));
    ++features[join.chain ? "chain" : "tree"];
  }
  return std::move(*complete);
}

void wrapSomeAccumulators(ir::Model &model, Random &random, Features &features) {
  for (ir::Layer &layer : model.layers) {
    ir::LinearTypes *types = nullptr;
    if (auto *dense = std::get_if<ir::Dense>(&layer.op))
      types = &dense->types;
    else if (auto *conv = std::get_if<ir::Conv>(&layer.op))
      types = &conv->types;
    if (!types || random() % 3)
      continue;
    num::FixedType accum = types->accum.fixed();
    const int width = static_cast<int>(draw(random, 4, std::max(4, accum.width - 1)));
    const int dropped = random() % 2 ? static_cast<int>(draw(random, 0, 3)) : 0; // places
    const int frac = accum.fracBits() - dropped;
    accum.width = width, accum.intBits = width - frac;
    accum.overflow = num::Overflow::Wrap;
    accum.rounding = static_cast<num::Rounding>(draw(random, 0, 6));
    types->accum = accum;
    ++features[fmt::format("wrap {}", ir::kindName(layer.op))];
  }
}

std::vector<exec::Batch> randomInputs(const ir::Model &model, Random &random, int64_t frames) {
  std::vector<exec::Batch> out;
  for (const ir::Port &port : model.inputs) {
    const num::FixedType type = model.stream(port.stream).type.fixed();
    exec::Mantissas values(static_cast<size_t>(frames * ir::elements(model.stream(port.stream).shape)));
    // A symmetric type never takes its lowest mantissa.
    const auto most = static_cast<int64_t>(num::maxMantissa(type));
    const auto least = type.isSigned && type.overflow == num::Overflow::SatSym
                           ? -most
                           : static_cast<int64_t>(num::minMantissa(type));
    for (int64_t &v : values)
      v = draw(random, least, most);
    out.push_back({frames, std::move(values)});
  }
  return out;
}

std::vector<exec::Batch> cutInputs(const plan::SplitModel &split, const ir::Model &whole,
                                   const std::vector<exec::Batch> &inputs) {
  std::vector<exec::Batch> out;
  for (size_t i = 0; i < split.inputs.size(); ++i) {
    const auto from = static_cast<size_t>(split.inputs[i]);
    const plan::Box &box = split.streams[index(split.model.inputs[i].stream)].box;
    out.push_back(
        exec::cropped(inputs[from], whole.stream(whole.inputs[from].stream).shape, {box.begin, box.end}));
  }
  return out;
}

std::vector<exec::Batch> runWhole(const ir::Model &model, const std::vector<exec::Batch> &inputs) {
  const exec::StreamValues all = exec::Interpreter(model).run(inputs);
  std::vector<exec::Batch> out;
  for (const ir::Port &port : model.outputs)
    out.push_back(all.at(port.stream));
  return out;
}

std::vector<exec::Batch> runParts(const plan::SplitModel &split, const std::vector<exec::Batch> &inputs) {
  std::map<int32_t, exec::Batch> crossings;
  std::vector<exec::Batch> out(split.model.outputs.size());
  auto indexOf = [](const std::vector<ir::Port> &ports, const std::string &wanted) {
    return static_cast<size_t>(
        std::find_if(ports.begin(), ports.end(), [&](const ir::Port &p) { return p.name == wanted; }) -
        ports.begin());
  };
  for (const plan::Partition &part : plan::realise(split.model, split.plan)) {
    if (llvm::Error error = ir::verify(part.model))
      FAIL(llvm::toString(std::move(error)));
    std::vector<exec::Batch> own;
    for (const ir::Port &port : part.model.inputs)
      own.push_back(inputs[indexOf(split.model.inputs, port.name)]);
    std::vector<ir::StreamId> keep;
    for (const ir::Layer &layer : part.model.layers)
      if (std::holds_alternative<ir::Send>(layer.op))
        keep.push_back(layer.inputs[0]);
    const exec::StreamValues values = exec::Interpreter(part.model).run(own, keep, crossings);
    for (const ir::Layer &layer : part.model.layers)
      if (const auto *send = std::get_if<ir::Send>(&layer.op))
        crossings[send->crossing] = values.at(layer.inputs[0]);
    for (const ir::Port &port : part.model.outputs)
      out[indexOf(split.model.outputs, port.name)] = values.at(port.stream);
  }
  return out;
}

} // namespace braid::test
