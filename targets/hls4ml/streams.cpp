// Where layers' results stand while the firmware runs.
#include "firmware.h"

#include "braid/kernel/kernel.h"
#include "braid/targets/hls4ml.h"

#include <algorithm>

namespace braid::targets::hls4ml {

emit::EmittedStream Firmware::emittedStream(ir::StreamId stream) const {
  const auto named = [&](const std::string &variable) {
    if (isStream())
      for (const auto *side : {&project_.inputs, &project_.outputs})
        for (const emit::Endpoint &end : *side)
          if (end.argument == variable)
            return emit::dataName(end);
    return variable;
  };
  // In io_stream another name for a stream is no stream of its own.
  ir::StreamId made = stream;
  for (ir::LayerId producer = model_.stream(made).producer;
       producer != ir::LayerId::None && isAlias(model_.layer(producer));
       producer = model_.stream(made).producer)
    made = model_.layer(producer).inputs[0];
  emit::EmittedStream out{stream, {{named(made_.at(made)), {}}}};
  if (const auto uses = uses_.find(stream); uses != uses_.end())
    for (const std::string &use : uses->second)
      if (const std::string name = named(use);
          name != named(made_.at(stream)) && name != out.variables[0].name)
        out.variables.push_back({name, {}});
  return out;
}

} // namespace braid::targets::hls4ml

namespace braid::targets {

std::vector<emit::EmittedStream> hls4mlStreams(const emit::Context &context, size_t partition) {
  const hls4ml::Firmware firmware(context, partition);
  std::vector<emit::EmittedStream> out;
  for (const emit::Endpoint &end : context.projects[partition].inputs)
    out.push_back(firmware.emittedStream(end.stream));
  for (const ir::Layer &layer : firmware.model().layers)
    if (!std::holds_alternative<ir::Send>(layer.op) && !std::holds_alternative<ir::Receive>(layer.op))
      out.push_back(firmware.emittedStream(layer.output));
  return out;
}

} // namespace braid::targets
