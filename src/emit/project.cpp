#include "braid/emit/project.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::emit {
namespace {

class Describer {
public:
  Describer(const ir::Model &whole, const plan::Plan &plan, const plan::Partition &partition)
      : whole_(whole), plan_(plan), model_(partition.model) {
    out_.fpga = partition.fpga;
    out_.stage = partition.stage;
    out_.name = fmt::format("fpga{}", partition.fpga) + stageSuffix(partition.stage);
    out_.style = plan.style, out_.io = plan.io;
  }

  Project run() {
    for (const ir::Port &port : model_.inputs)
      out_.inputs.push_back(end(Endpoint::Kind::ModelInput, port.stream, -1, indexOf(whole_.inputs, port)));
    for (const ir::Layer &layer : model_.layers)
      if (const auto *receive = std::get_if<ir::Receive>(&layer.op))
        out_.inputs.push_back(end(Endpoint::Kind::Receive, layer.output, receive->crossing, -1));
    for (const ir::Layer &layer : model_.layers)
      if (const auto *send = std::get_if<ir::Send>(&layer.op))
        out_.outputs.push_back(end(Endpoint::Kind::Send, layer.inputs[0], send->crossing, -1));
    for (const ir::Port &port : model_.outputs)
      out_.outputs.push_back(
          end(Endpoint::Kind::ModelOutput, port.stream, -1, indexOf(whole_.outputs, port)));
    return std::move(out_);
  }

private:
  static int indexOf(const std::vector<ir::Port> &ports, const ir::Port &port) {
    return static_cast<int>(
        std::find_if(ports.begin(), ports.end(), [&](const ir::Port &p) { return p.name == port.name; }) -
        ports.begin());
  }

  Endpoint end(Endpoint::Kind kind, ir::StreamId stream, int32_t crossing, int port) const {
    static constexpr const char *kNames[] = {"input", "receive", "send", "output"};
    const ir::Stream &of = model_.stream(stream);
    Endpoint out;
    out.kind = kind;
    out.argument = fmt::format("{}{}", kNames[static_cast<size_t>(kind)], crossing >= 0 ? crossing : port);
    out.typedefName = out.argument + "_t";
    out.type = of.type.fixed();
    out.stream = stream;
    out.crossing = crossing;
    out.port = port;
    if (crossing >= 0) {
      const plan::Crossing &c = plan_.crossings[static_cast<size_t>(crossing)];
      out.peer = kind == Endpoint::Kind::Send ? c.to : c.from;
      out.isLocal = c.isLocal();
    }
    out.elements = ir::elements(of.shape);
    out.perBeat = plan_.io == kernel::IoMode::Stream ? kernel::elementsPerBeat(of.shape, of.type, plan_.style)
                                                     : out.elements;
    return out;
  }

  const ir::Model &whole_;
  const plan::Plan &plan_;
  const ir::Model &model_;
  Project out_;
};

} // namespace

InputPart Context::partOf(int input) const {
  const auto i = static_cast<size_t>(input);
  return inputParts.empty() ? InputPart{input, plan::wholeBox(whole.stream(whole.inputs[i].stream).shape)}
                            : inputParts[i];
}

std::string stageSuffix(int stage) { return stage ? fmt::format("_s{}", stage) : ""; }

std::string projectFolder(const Project &project) { return "hls" + stageSuffix(project.stage); }

std::vector<Project> describeProjects(const ir::Model &whole, const plan::Plan &plan,
                                      const std::vector<plan::Partition> &partitions) {
  std::vector<Project> projects;
  for (const plan::Partition &partition : partitions)
    projects.push_back(Describer(whole, plan, partition).run());
  return projects;
}

} // namespace braid::emit
