#include "braid/plan/unit_graph.h"

#include "fifo_depths.h"

#include "braid/plan/kernel_graph.h"
#include "braid/support/error.h"

#include <algorithm>
#include <deque>

namespace braid::plan {

using kernel::Kernel;
using kernel::KernelKind;
using kernel::KernelPort;

namespace {

/// Depth of what comes into a project and leaves it as it is.
constexpr int64_t kPassedDepth = 16;

const kernel::Wiring kWiring(kernel::Style::Finn, kernel::IoMode::Stream);

class Builder {
public:
  Builder(const ir::Model &model, ImplementationOf implementationOf)
      : model_(model), implementationOf_(implementationOf), ready_(model.streams.size()) {}

  llvm::Expected<UnitGraph> run(llvm::ArrayRef<ir::StreamId> inputs, llvm::ArrayRef<ir::StreamId> outputs) {
    countUses(outputs);
    for (ir::StreamId input : inputs) {
      const int channel = addChannel(beatsOf(input));
      graph_.inputs.push_back(channel);
      provide(input, channel);
    }
    for (const ir::Layer &layer : model_.layers)
      if (!std::holds_alternative<ir::Send>(layer.op) && !std::holds_alternative<ir::Receive>(layer.op))
        if (llvm::Error error = addLayer(layer))
          return error;
    for (ir::StreamId output : outputs)
      graph_.outputs.push_back(connect(take(output), beatsOf(output), output));
    for (Channel &channel : graph_.channels)
      if (channel.from < 0 && channel.to < 0)
        channel.depth = kPassedDepth;
    setDepths(graph_);
    return std::move(graph_);
  }

private:
  KernelPort beatsOf(ir::StreamId id) const { return portOf(model_.stream(id), kWiring); }

  int addChannel(const KernelPort &port) {
    graph_.channels.push_back({.port = port});
    return static_cast<int>(graph_.channels.size()) - 1;
  }
  Channel &channel(int id) { return graph_.channels[static_cast<size_t>(id)]; }

  /// Adds a unit between channels; those it gives are new.
  Unit &add(Unit unit) {
    const int id = static_cast<int>(graph_.units.size());
    for (int input : unit.inputs)
      channel(input).to = id;
    for (int output : unit.outputs)
      channel(output).from = id;
    graph_.units.push_back(std::move(unit));
    return graph_.units.back();
  }

  void countUses(llvm::ArrayRef<ir::StreamId> outputs) {
    uses_.assign(model_.streams.size(), 0);
    for (const ir::Layer &layer : model_.layers)
      if (!std::holds_alternative<ir::Send>(layer.op))
        for (ir::StreamId input : layer.inputs)
          ++uses_[index(input)];
    for (ir::StreamId output : outputs)
      ++uses_[index(output)];
  }

  /// A stream is there: as many channels as it has uses.
  void provide(ir::StreamId id, int from) {
    const int uses = uses_[index(id)];
    if (uses <= 1) {
      ready_[index(id)].push_back(from);
      return;
    }
    Unit copy;
    copy.stream = id;
    Kernel &kernel = copy.kernel;
    const KernelPort port = channel(from).port;
    kernel.kind = KernelKind::Clone;
    kernel.name = "clone";
    kernel.implementation = {.style = kernel::Style::Finn, .io = kernel::IoMode::Stream};
    kernel.copies = uses;
    kernel.elements = ir::elements(model_.stream(id).shape);
    kernel.inputBits = kernel.outputBits = port.elementBits;
    kernel.pe = kernel.simd = port.widthBits / port.elementBits;
    kernel.channels = model_.stream(id).shape.empty() ? 1 : model_.stream(id).shape.back();
    kernel.inputs = {port};
    kernel.outputs.assign(static_cast<size_t>(uses), port);
    copy.inputs = {from};
    for (int i = 0; i < uses; ++i) {
      copy.outputs.push_back(addChannel(port));
      ready_[index(id)].push_back(copy.outputs.back());
    }
    add(std::move(copy));
  }

  int take(ir::StreamId id) {
    BRAID_CHECK(!ready_[index(id)].empty(), "a stream is read more often than counted");
    const int channel = ready_[index(id)].front();
    ready_[index(id)].pop_front();
    return channel;
  }

  int connect(int from, const KernelPort &to, ir::StreamId stream) {
    const KernelPort port = channel(from).port;
    if (port.widthBits == to.widthBits)
      return from;
    Unit convert;
    convert.stream = stream;
    convert.kernel = converter(port, to);
    convert.inputs = {from};
    convert.outputs = {addChannel(to)};
    return add(std::move(convert)).outputs[0];
  }

  /// Whether a layer of thresholds is computed by the unit before it: no one else reads the sums, and as many
  /// are compared at a time as are made.
  bool joins(const ir::Layer &layer, int from) {
    const auto *threshold = std::get_if<ir::Threshold>(&layer.op);
    if (!threshold || uses_[index(layer.inputs[0])] != 1 || channel(from).from < 0)
      return false;
    const Kernel &sums = graph_.units[static_cast<size_t>(channel(from).from)].kernel;
    return takesThresholds(sums, implementationOf_(layer).folding.pe,
                           model_.stream(layer.output).shape.back());
  }

  llvm::Error addLayer(const ir::Layer &layer) {
    const kernel::Implementation &implementation = implementationOf_(layer);
    auto kernels = kernel::lowerLayer(model_, layer, kernel::wholeSlice(model_, layer), implementation);
    if (!kernels)
      return kernels.takeError();
    llvm::SmallVector<int, 2> from;
    for (ir::StreamId input : layer.inputs)
      from.push_back(take(input));
    if (joins(layer, from[0])) {
      Unit &sums = graph_.units[static_cast<size_t>(channel(from[0]).from)];
      const Kernel &own = kernels->front();
      sums.activation = layer.id;
      addThresholds(sums.kernel, own);
      channel(from[0]).port = own.outputs[0];
      provide(layer.output, from[0]);
      return llvm::Error::success();
    }
    for (size_t k = 0; k < kernels->size(); ++k) {
      Unit unit;
      unit.kernel = std::move((*kernels)[k]);
      unit.layer = layer.id;
      if (const auto *concat = std::get_if<ir::Concat>(&layer.op))
        unit.turns = ir::elements(llvm::ArrayRef<int64_t>(model_.stream(layer.output).shape)
                                      .take_front(static_cast<size_t>(concat->axis)));
      for (size_t i = 0; i < from.size(); ++i)
        unit.inputs.push_back(connect(from[i], unit.kernel.inputs[i], layer.inputs[i]));
      const KernelPort &out = unit.kernel.outputs[0];
      unit.outputs.push_back(addChannel(out));
      from = {add(std::move(unit)).outputs[0]};
    }
    provide(layer.output, from[0]);
    return llvm::Error::success();
  }

  const ir::Model &model_;
  ImplementationOf implementationOf_;
  std::vector<int> uses_;              ///< By stream
  std::vector<std::deque<int>> ready_; ///< By stream: channels not taken yet
  UnitGraph graph_;
};

} // namespace

Beside layersBeside(const ir::Model &model, const UnitGraph &graph) {
  Beside out;
  for (const Unit &unit : graph.units)
    out.units.push_back(unit.layer == ir::LayerId::None ? ir::LayerId::None : model.layer(unit.layer).origin);
  const auto take = [&](size_t unit, int other) {
    if (out.units[unit] == ir::LayerId::None && other >= 0)
      out.units[unit] = out.units[static_cast<size_t>(other)];
  };
  for (size_t u = graph.units.size(); u-- > 0;)
    for (int channel : graph.units[u].outputs)
      take(u, graph.channels[static_cast<size_t>(channel)].to);
  for (size_t u = 0; u < graph.units.size(); ++u)
    for (int channel : graph.units[u].inputs)
      take(u, graph.channels[static_cast<size_t>(channel)].from);
  for (const Channel &channel : graph.channels)
    out.fifos.push_back(channel.to < 0 ? ir::LayerId::None : out.units[static_cast<size_t>(channel.to)]);
  return out;
}

bool takesThresholds(const Kernel &sums, int64_t pe, int64_t channels) {
  return (sums.kind == KernelKind::MatrixVector || sums.kind == KernelKind::VectorVector) &&
         sums.steps == 0 && sums.pe == pe && sums.channels == channels;
}

void addThresholds(Kernel &sums, const Kernel &thresholds) {
  sums.steps = thresholds.steps;
  sums.outputBits = thresholds.outputBits;
  sums.outputs = thresholds.outputs;
}

Kernel converter(const KernelPort &from, const KernelPort &to) {
  BRAID_CHECK(from.elementBits == to.elementBits &&
                  from.widthBits * from.beatsPerFrame == to.widthBits * to.beatsPerFrame,
              "a converter changes neither elements nor their number");
  Kernel kernel;
  kernel.kind = KernelKind::Convert;
  kernel.name = "convert";
  kernel.implementation = {.style = kernel::Style::Finn, .io = kernel::IoMode::Stream};
  kernel.inputBits = kernel.outputBits = from.elementBits;
  kernel.simd = from.widthBits / from.elementBits, kernel.pe = to.widthBits / to.elementBits;
  kernel.elements = kernel.channels = kernel.inputChannels = to.beatsPerFrame * kernel.pe;
  kernel.inputs = {from}, kernel.outputs = {to};
  return kernel;
}

llvm::Expected<UnitGraph> unitGraph(const ir::Model &model, llvm::ArrayRef<ir::StreamId> inputs,
                                    llvm::ArrayRef<ir::StreamId> outputs, ImplementationOf implementationOf) {
  return Builder(model, implementationOf).run(inputs, outputs);
}

llvm::Expected<llvm::SmallVector<Kernel, 4>> unitsAlone(const ir::Model &model, const ir::Layer &layer,
                                                        const kernel::Implementation &implementation) {
  llvm::SmallVector<Kernel, 4> out;
  auto kernels = kernel::lowerLayer(model, layer, kernel::wholeSlice(model, layer), implementation);
  if (!kernels)
    return kernels.takeError();
  for (Kernel &kernel : *kernels) {
    if (!out.empty() && out.back().outputs[0].widthBits != kernel.inputs[0].widthBits)
      out.push_back(converter(out.back().outputs[0], kernel.inputs[0]));
    out.push_back(std::move(kernel));
  }
  return out;
}

} // namespace braid::plan
