// Which streams between units carry what layers compute.
#include "design.h"

#include "braid/support/error.h"
#include "braid/targets/finn.h"

#include <algorithm>
#include <map>

namespace braid::targets::finn {
namespace {

/// What the stream of a channel is told to be called, by the project's C++ or by its wrappers.
std::string recordedName(const Design &design, int channel) {
  const std::string name = channelName(design, channel);
  for (const auto *side : {&design.project.inputs, &design.project.outputs})
    for (const emit::Endpoint &end : *side)
      if (end.argument == name)
        return emit::dataName(end);
  return name;
}

class Finder {
public:
  explicit Finder(const Design &design) : design_(design) {
    for (size_t i = 0; i < design.project.inputs.size(); ++i)
      addChannel(design.graph.inputs[i], design.project.inputs[i].stream, {});
    const std::vector<plan::Unit> &units = design.graph.units;
    std::map<ir::LayerId, size_t> last; // of several units of a layer, that which makes its result
    for (size_t u = 0; u < units.size(); ++u)
      if (units[u].layer != ir::LayerId::None)
        last[units[u].layer] = u;
    for (size_t u = 0; u < units.size(); ++u) {
      const plan::Unit &unit = units[u];
      if (unit.layer == ir::LayerId::None) { // copies and converters pass on what they are given
        if (const auto from = carried_.find(unit.inputs[0]); from != carried_.end())
          for (const ir::StreamId stream = from->second; int output : unit.outputs)
            addChannel(output, stream, design.names[u]);
        else if (const auto inner = innerAt_.find(unit.inputs[0]); inner != innerAt_.end())
          addInner(unit.outputs[0], inner->second, design.names[u]);
        continue;
      }
      const bool joined = unit.activation != ir::LayerId::None;
      if (joined)
        inside_[design.model.layer(unit.layer).output] = design.names[u];
      if (last.at(unit.layer) != u) {
        inner_.push_back(innerOf(unit, design.names[u]));
        addInner(unit.outputs[0], inner_.size() - 1, design.names[u]);
        continue;
      }
      addChannel(unit.outputs[0], design.model.layer(joined ? unit.activation : unit.layer).output,
                 design.names[u]);
    }
  }

  emit::EmittedStream at(ir::StreamId stream) const {
    if (const auto unit = inside_.find(stream); unit != inside_.end())
      return {.stream = stream, .variables = {}, .inside = unit->second};
    if (const auto own = streams_.find(stream); own != streams_.end())
      return own->second;
    // A layer without units (a reshape) gives its input another name.
    emit::EmittedStream out = at(design_.model.layer(design_.model.stream(stream).producer).inputs[0]);
    out.stream = stream;
    out.variables.resize(std::min<size_t>(out.variables.size(), 1));
    return out;
  }

  /// Between the units of a layer.
  const std::vector<emit::EmittedStream> &inner() const { return inner_; }

private:
  void addInner(int channel, size_t inner, const std::string &unit) {
    innerAt_[channel] = inner;
    inner_[inner].variables.push_back({recordedName(design_, channel), unit});
  }

  /// What a unit gives that is not its layer's last.
  emit::EmittedStream innerOf(const plan::Unit &unit, const std::string &name) const {
    const ir::Layer &layer = design_.model.layer(unit.layer);
    const kernel::Kernel &kernel = unit.kernel;
    emit::EmittedStream out{
        .stream = layer.inputs[0], .variables = {}, .inner = emit::Inner{layer.id, {}, {}}};
    const auto from = innerAt_.find(unit.inputs[0]);
    const std::vector<int32_t> *before =
        from == innerAt_.end() ? nullptr : &inner_[from->second].inner->places;
    const auto add = [&](int64_t place) {
      out.inner->places.push_back(place < 0 || !before ? static_cast<int32_t>(place)
                                                       : (*before)[static_cast<size_t>(place)]);
    };
    switch (kernel.kind) {
    case kernel::KernelKind::Convert:
      fill(kernel, add);
      break;
    case kernel::KernelKind::ZeroPad:
      pad(kernel, add);
      break;
    case kernel::KernelKind::Window:
      slide(kernel, add);
      break;
    case kernel::KernelKind::MatrixVector:
    case kernel::KernelKind::VectorVector: { // rows that PE adds are dropped behind it
      out.stream = layer.output;
      const int64_t rows = design_.model.stream(layer.output).shape.back();
      for (int64_t i = 0; i < kernel.positions * kernel.channels; ++i)
        out.inner->places.push_back(
            i % kernel.channels < rows
                ? static_cast<int32_t>(i / kernel.channels * rows + i % kernel.channels)
                : emit::Inner::kAny);
      break;
    }
    default:
      BRAID_CHECK(false, "unknown unit before the last of a layer: " + name);
    }
    const int64_t pixel = kernel.channels * (kernel.kind == kernel::KernelKind::Window ? kernel.taps : 1);
    out.inner->shape = {static_cast<int64_t>(out.inner->places.size()) / pixel, pixel};
    return out;
  }

  using Add = llvm::function_ref<void(int64_t)>;

  static void fill(const kernel::Kernel &kernel, Add add) {
    for (int64_t p = 0; p < kernel.positions; ++p)
      for (int64_t c = 0; c < kernel.channels; ++c)
        add(c < kernel.inputChannels ? p * kernel.inputChannels + c : emit::Inner::kZero);
  }

  static void pad(const kernel::Kernel &kernel, Add add) {
    const int64_t *in = kernel.inputSize;
    for (int64_t row = 0; row < kernel.outputSize[0]; ++row)
      for (int64_t column = 0; column < kernel.outputSize[1]; ++column)
        for (int64_t c = 0; c < kernel.channels; ++c) {
          const int64_t y = row - kernel.slide.padBegin[0], x = column - kernel.slide.padBegin[1];
          const bool inside = y >= 0 && y < in[0] && x >= 0 && x < in[1];
          add(inside ? (y * in[1] + x) * kernel.channels + c : emit::Inner::kZero);
        }
  }

  /// Of each window pixel by pixel, or one beat of channels after the other, each pixel by pixel.
  static void slide(const kernel::Kernel &kernel, Add add) {
    const ir::Window &w = kernel.slide;
    const int64_t step = kernel.byChannel ? kernel.simd : kernel.channels;
    for (int64_t p = 0; p < kernel.positions; ++p)
      for (int64_t first = 0; first < kernel.channels; first += step)
        for (int64_t tap = 0; tap < w.taps(); ++tap) {
          const int64_t y = p / kernel.outputSize[1] * w.stride[0] + tap / w.kernel[1] * w.dilation[0],
                        x = p % kernel.outputSize[1] * w.stride[1] + tap % w.kernel[1] * w.dilation[1];
          for (int64_t c = first; c < first + step; ++c)
            add((y * kernel.inputSize[1] + x) * kernel.channels + c);
        }
  }

  void addChannel(int channel, ir::StreamId stream, const std::string &unit) {
    carried_[channel] = stream;
    streams_[stream].stream = stream;
    streams_[stream].variables.push_back({recordedName(design_, channel), unit});
  }

  const Design &design_;
  std::map<int, ir::StreamId> carried_; ///< By channel; none for those between the units of one layer
  std::map<ir::StreamId, emit::EmittedStream> streams_; ///< Those that channels carry
  std::vector<emit::EmittedStream> inner_;              ///< In dataflow order
  std::map<int, size_t> innerAt_;                       ///< By channel
  std::map<ir::StreamId, std::string> inside_; ///< Sums whose thresholds stand in the same unit, by unit
};

} // namespace
} // namespace braid::targets::finn

namespace braid::targets {

std::vector<emit::EmittedStream> finnStreams(const emit::Context &context, size_t partition) {
  const finn::Design design = finn::designOf(context, partition);
  const finn::Finder finder(design);
  std::vector<emit::EmittedStream> out;
  for (const emit::Endpoint &end : design.project.inputs)
    out.push_back(finder.at(end.stream));
  for (const ir::Layer &layer : design.model.layers)
    if (!std::holds_alternative<ir::Send>(layer.op) && !std::holds_alternative<ir::Receive>(layer.op)) {
      for (const emit::EmittedStream &inner : finder.inner())
        if (inner.inner->layer == layer.id)
          out.push_back(inner);
      out.push_back(finder.at(layer.output));
    }
  return out;
}

} // namespace braid::targets
