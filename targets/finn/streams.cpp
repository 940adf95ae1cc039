// Which streams between units carry what layers compute.
#include "design.h"

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
        continue;
      }
      const bool joined = unit.activation != ir::LayerId::None;
      if (joined)
        inside_[design.model.layer(unit.layer).output] = design.names[u];
      if (last.at(unit.layer) != u)
        continue;
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

private:
  void addChannel(int channel, ir::StreamId stream, const std::string &unit) {
    carried_[channel] = stream;
    streams_[stream].stream = stream;
    streams_[stream].variables.push_back({recordedName(design_, channel), unit});
  }

  const Design &design_;
  std::map<int, ir::StreamId> carried_; ///< By channel; none for those between the units of one layer
  std::map<ir::StreamId, emit::EmittedStream> streams_; ///< Those that channels carry
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
    if (!std::holds_alternative<ir::Send>(layer.op) && !std::holds_alternative<ir::Receive>(layer.op))
      out.push_back(finder.at(layer.output));
  return out;
}

} // namespace braid::targets
