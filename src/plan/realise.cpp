#include "braid/plan/realise.h"

#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace braid::plan {
namespace {

using namespace ir;

class Realiser {
public:
  Realiser(const Model &whole, const Plan &plan, Part part) : whole_(whole), plan_(plan), here_(part) {}

  Partition build() {
    part_.name = whole_.name, part_.isInteger = whole_.isInteger;
    for (const Port &port : whole_.inputs)
      if (firstStageReading(whole_, plan_.placements, port.stream, here_.fpga) == here_.stage)
        part_.inputs.push_back(moved(port));
    for (const Crossing &crossing : plan_.crossings)
      if (crossing.receiver() == here_)
        receive(crossing);
    for (const Layer &layer : whole_.layers)
      if (plan_.partOf(layer.id) == here_)
        add(layer);
    for (const Crossing &crossing : plan_.crossings)
      if (crossing.sender() == here_)
        send(crossing);
    for (const Port &port : whole_.outputs)
      if (const LayerId producer = whole_.stream(port.stream).producer;
          producer != LayerId::None && plan_.partOf(producer) == here_)
        part_.outputs.push_back(moved(port));
    return {here_.fpga, here_.stage, std::move(part_)};
  }

private:
  /// The stream of the partition that stands for one of the whole.
  StreamId here(StreamId id) {
    auto [at, isNew] = streams_.try_emplace(id);
    if (isNew) {
      const Stream &stream = whole_.stream(id);
      at->second = part_.addStream(stream.name, stream.shape, stream.type);
    }
    return at->second;
  }

  Port moved(Port port) {
    port.stream = here(port.stream);
    return port;
  }

  void add(Layer layer) {
    layer.origin = layer.id;
    for (StreamId &input : layer.inputs)
      input = here(input);
    layer.output = here(layer.output);
    part_.addLayer(std::move(layer));
  }

  void receive(const Crossing &crossing) {
    Layer layer;
    layer.name = fmt::format("receive {}", crossing.id);
    layer.op = Receive{crossing.id};
    layer.output = here(crossing.stream);
    part_.addLayer(std::move(layer));
  }

  void send(const Crossing &crossing) {
    Layer layer;
    layer.name = fmt::format("send {}", crossing.id);
    layer.op = Send{crossing.id};
    layer.inputs = {here(crossing.stream)};
    part_.addLayer(std::move(layer));
  }

  const Model &whole_;
  const Plan &plan_;
  Part here_;
  Model part_;
  std::map<StreamId, StreamId> streams_;
};

/// Parts so ordered that senders come before receivers; ties by FPGA, then stage.
std::vector<Part> dataflowOrder(const Plan &plan) {
  std::set<Part> waiting;
  for (const Part &part : plan.parts())
    waiting.insert(part);
  std::vector<Part> order;
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const Part &part) {
      return std::none_of(plan.crossings.begin(), plan.crossings.end(), [&](const Crossing &c) {
        return c.receiver() == part && waiting.count(c.sender());
      });
    });
    BRAID_CHECK(ready != waiting.end(), "parts wait for each other in a circle");
    order.push_back(*ready);
    waiting.erase(ready);
  }
  return order;
}

/// [C, H, W] for [H, W, C], as ONNX has it.
Port plainPort(const Model &model, StreamId id) {
  const Shape &shape = model.stream(id).shape;
  Port port;
  port.stream = id;
  port.name = model.stream(id).name;
  port.onnxShape = shape;
  if (shape.size() == 3) {
    port.onnxShape = {shape[2], shape[0], shape[1]};
    port.perm = {1, 2, 0};
  }
  return port;
}

bool isMadeHere(const Model &model, StreamId id) {
  const LayerId producer = model.stream(id).producer;
  return producer != LayerId::None && !std::holds_alternative<Receive>(model.layer(producer).op);
}

} // namespace

std::vector<Partition> realise(const Model &model, const Plan &plan) {
  std::vector<Partition> partitions;
  for (const Part &part : dataflowOrder(plan))
    partitions.push_back(Realiser(model, plan, part).build());
  return partitions;
}

Model withPlainPorts(const Model &partition) {
  Model out = partition;
  std::set<StreamId> sent;
  for (const Port &port : out.outputs)
    sent.insert(port.stream);
  for (Layer &layer : out.layers) {
    if (std::holds_alternative<Receive>(layer.op))
      out.inputs.push_back(plainPort(out, layer.output));
    // What only passes through is the file's that makes it.
    if (std::holds_alternative<Send>(layer.op) && isMadeHere(out, layer.inputs[0]) &&
        sent.insert(layer.inputs[0]).second)
      out.outputs.push_back(plainPort(out, layer.inputs[0]));
  }
  std::erase_if(out.layers, [](const Layer &layer) {
    return std::holds_alternative<Receive>(layer.op) || std::holds_alternative<Send>(layer.op);
  });
  compact(out);
  return out;
}

} // namespace braid::plan
