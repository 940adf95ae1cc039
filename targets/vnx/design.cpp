#include "design.h"

#include "../finn/design.h"

#include "braid/plan/floorplan.h"
#include "braid/plan/surroundings.h"
#include "braid/support/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace braid::targets::vnx {
namespace {

using emit::Endpoint;

class CardBuilder {
public:
  CardBuilder(const emit::Context &context, const CardProjects &card)
      : context_(context), card_(card),
        device_(*context.cluster.fpgas[static_cast<size_t>(card.card.index)].device) {}

  CardDesign run() {
    for (const emit::Project *project : card_.projects)
      addCompute(*project);
    for (const emit::Project *project : card_.projects) {
      addMovers(*project);
      addLocals(*project);
    }
    for (const PortStreams &streams : streamsByPort(card_.card))
      addPort(streams);
    return std::move(out_);
  }

private:
  static std::string compute(const emit::Project &project) { return project.name + "_compute"; }
  static std::string portOf(const emit::Project &project, const std::string &argument) {
    if (!isStitched(project))
      return fmt::format("{}_0.{}", compute(project), argument);
    const bool isInput = std::any_of(project.inputs.begin(), project.inputs.end(),
                                     [&](const Endpoint &end) { return end.argument == argument; });
    return fmt::format("{}_{}_0.{}", project.name, isInput ? "take" : "give", argument);
  }
  /// The port of whoever computes with a stream of the network.
  std::string computePort(const StreamEnd &end) const {
    for (const emit::Project *project : card_.projects)
      for (const auto *side : {&project->inputs, &project->outputs})
        for (const Endpoint &e : *side)
          if (e.argument == end.argument)
            return portOf(*project, end.argument);
    BRAID_CHECK(false, "a stream of a card is one of its projects'");
  }

  /// Where a lane begins or ends: at who computes, or at the kernel that deals or collects its frames, which
  /// comes with the first of its lanes.
  std::string lanePort(const StreamEnd &end, const std::string &die) {
    if (end.lanes == 1)
      return computePort(end);
    const bool deals = end.kind == Endpoint::Kind::Send;
    const std::string turns = turnsName(end);
    if (std::none_of(out_.instances.begin(), out_.instances.end(),
                     [&](const Instance &i) { return i.kernel == turns; })) {
      std::vector<StreamPort> ports{{deals ? "data_in" : "data_out", !deals}};
      for (int lane = 0; lane < end.lanes; ++lane)
        ports.push_back({fmt::format("data_{}{}", deals ? "out" : "in", lane), deals});
      kernel(turns, ports);
      instance(turns, turns + "_0", die);
      if (deals)
        connect(computePort(end), turns + "_0.data_in");
      else
        connect(turns + "_0.data_out", computePort(end));
    }
    return fmt::format("{}_0.data_{}{}", turns, deals ? "out" : "in", end.lane);
  }

  void kernel(const std::string &name, std::vector<StreamPort> ports,
              KernelType::Source source = KernelType::Source::Link) {
    const bool known = std::any_of(out_.kernels.begin(), out_.kernels.end(),
                                   [&](const KernelType &k) { return k.name == name; });
    if (!known)
      out_.kernels.push_back({name, std::move(ports), source});
  }
  void instance(const std::string &kernelName, const std::string &name, const std::string &die = {},
                const std::string &bank = {}) {
    out_.instances.push_back({name, kernelName, die, bank});
  }
  void connect(const std::string &from, const std::string &to, int64_t depth = 0) {
    out_.connections.push_back({from, to, depth});
  }

  /// The die of a kernel that is placed as one: that of all it holds; empty where they are several, or do not
  /// count.
  std::string dieOfAll(const std::set<int> &dies) const {
    return dies.size() == 1 && plan::hasFloorplan(context_.plan, device_)
               ? device_.dies[static_cast<size_t>(*dies.begin())].name
               : std::string();
  }
  std::string dieOfEnds(const std::vector<Endpoint> &ends) const {
    std::set<int> dies;
    for (const Endpoint &end : ends)
      dies.insert(plan::dieOfEnd(end.crossing >= 0, device_));
    return dieOfAll(dies);
  }
  /// Of the project in Verilog; names its cells.
  std::string dieOfCells(const emit::Project &project) {
    const finn::Design design =
        finn::designOf(context_, static_cast<size_t>(&project - context_.projects.data()));
    PlacedInstance placed{project.name + "_0", {}};
    std::set<int> dies;
    for (const finn::PlacedCell &cell : finn::placedCells(design)) {
      placed.cells.emplace_back(cell.name, device_.dies[static_cast<size_t>(cell.die)].name);
      dies.insert(cell.die);
    }
    if (!placed.cells.empty())
      out_.placed.push_back(std::move(placed));
    return dieOfAll(dies);
  }

  void addCompute(const emit::Project &project) {
    if (isStitched(project))
      return addStitched(project);
    std::vector<StreamPort> ports;
    for (const Endpoint &end : project.inputs)
      ports.push_back({end.argument, false});
    for (const Endpoint &end : project.outputs)
      ports.push_back({end.argument, true});
    kernel(compute(project), ports);
    instance(compute(project), compute(project) + "_0"); // dies do not count in this style
  }

  void addStitched(const emit::Project &project) {
    const std::string &name = project.name, take = name + "_take", give = name + "_give";
    std::vector<StreamPort> taken, given;
    for (const Endpoint &end : project.inputs) {
      taken.push_back({end.argument, false});
      taken.push_back({end.argument + "_data", true});
    }
    for (const Endpoint &end : project.outputs) {
      taken.push_back({end.argument + "_mark", true});
      given.push_back({end.argument + "_data", false});
      given.push_back({end.argument + "_mark", false});
      given.push_back({end.argument, true});
    }
    kernel(take, taken);
    kernel(name, stitchedPorts(context_, project), KernelType::Source::Stitched);
    kernel(give, given);
    instance(take, take + "_0", dieOfEnds(project.inputs));
    instance(name, name + "_0", dieOfCells(project));
    instance(give, give + "_0", dieOfEnds(project.outputs));
    for (size_t i = 0; i < project.inputs.size(); ++i)
      connect(fmt::format("{}_0.{}_data", take, project.inputs[i].argument),
              fmt::format("{}_0.s_axis_{}", name, i));
    for (size_t i = 0; i < project.outputs.size(); ++i) {
      const std::string &argument = project.outputs[i].argument;
      connect(fmt::format("{}_0.m_axis_{}", name, i), fmt::format("{}_0.{}_data", give, argument));
      connect(fmt::format("{}_0.{}_mark", take, argument), fmt::format("{}_0.{}_mark", give, argument),
              plan::kMarksDepth);
    }
    size_t next = project.inputs.size();
    for (const WeightReader &reader : weightReaders(context_, project)) {
      kernel(reader.kernel, {{"weights", true}});
      instance(reader.kernel, reader.kernel + "_0", dieOfChannels(), nextBank());
      connect(reader.kernel + "_0.weights", fmt::format("{}_0.s_axis_{}", name, next++));
    }
  }

  /// Of a reader of weights: a channel of its own of high-bandwidth memory, behind that of the frames.
  std::string nextBank() {
    return device_.has(device::Resource::Hbm) ? fmt::format("HBM[{}]", ++readers_) : device_.memory;
  }

  /// The die beside the high-bandwidth memory, where a plan has the layers that take from it; empty: none.
  std::string dieOfChannels() const {
    for (const device::Die &die : device_.dies)
      if (die.capacity[device::Resource::Hbm] > 0)
        return die.name;
    return {};
  }

  void addMovers(const emit::Project &project) {
    for (const Endpoint &end : project.inputs)
      if (end.kind == Endpoint::Kind::ModelInput) {
        kernel("mm2s", {{"data_out", true}});
        instance("mm2s", "mm2s_" + end.argument, dieOfEnds({end}), device_.memory);
        connect(fmt::format("mm2s_{}.data_out", end.argument), portOf(project, end.argument));
      }
    for (const Endpoint &end : project.outputs)
      if (end.kind == Endpoint::Kind::ModelOutput) {
        kernel("s2mm", {{"data_in", false}});
        instance("s2mm", "s2mm_" + end.argument, dieOfEnds({end}), device_.memory);
        connect(portOf(project, end.argument), fmt::format("s2mm_{}.data_in", end.argument));
      }
  }

  /// Streams to later stages. Frames that come early wait in the later stage, as those of the network do.
  void addLocals(const emit::Project &project) {
    for (const Endpoint &end : project.outputs)
      if (end.isLocal)
        for (const emit::Project *later : card_.projects)
          for (const Endpoint &there : later->inputs)
            if (there.crossing == end.crossing)
              connect(portOf(project, end.argument), portOf(*later, there.argument));
  }

  void addPort(const PortStreams &streams) {
    const int port = streams.port->port;
    const device::NetworkPort &physical = device_.ports[static_cast<size_t>(port)];
    const std::string die =
        device_.dies.size() > 1 ? device_.dies[static_cast<size_t>(physical.die)].name : std::string();
    const std::string cmac = fmt::format("cmac_{}", port), layer = fmt::format("networklayer_{}", port);
    kernel(cmac, {{"S_AXIS", false}, {"M_AXIS", true}}, KernelType::Source::Vnx);
    kernel(
        "networklayer",
        {{"S_AXIS_eth2nl", false}, {"M_AXIS_nl2eth", true}, {"S_AXIS_sk2nl", false}, {"M_AXIS_nl2sk", true}},
        KernelType::Source::Vnx);
    instance(cmac, cmac, die);
    instance("networklayer", layer, die);
    connect(cmac + ".M_AXIS", layer + ".S_AXIS_eth2nl");
    connect(layer + ".M_AXIS_nl2eth", cmac + ".S_AXIS");
    addSends(streams, layer + ".S_AXIS_sk2nl", die);
    addReceives(streams, layer + ".M_AXIS_nl2sk", die);
  }

  void addSends(const PortStreams &streams, const std::string &network, const std::string &die) {
    const int port = streams.port->port;
    if (streams.sends.empty()) { // VNx's input must not hang in the air
      const std::string silent = fmt::format("silent_{}", port);
      kernel(silent, {{"data_out", true}});
      instance(silent, silent + "_0", die);
      return connect(silent + "_0.data_out", network);
    }
    const bool shared = streams.sends.size() > 1;
    const std::string arbiter = fmt::format("arbiter_{}", port);
    std::vector<StreamPort> ports;
    for (const PortStream &stream : streams.sends) {
      const std::string sender = (stream.end ? "packetizer_" : "forwarder_") + stream.name();
      kernel(sender, {{"data_in", false}, {"data_out", true}});
      if (stream.end) {
        instance(sender, sender + "_0", die);
        connect(lanePort(*stream.end, die), sender + "_0.data_in");
      }
      connect(sender + "_0.data_out",
              shared ? fmt::format("{}_0.data_in{}", arbiter, ports.size()) : network);
      ports.push_back({fmt::format("data_in{}", ports.size()), false});
    }
    if (!shared)
      return;
    ports.push_back({"data_out", true});
    kernel(arbiter, ports);
    instance(arbiter, arbiter + "_0", die);
    connect(arbiter + "_0.data_out", network);
  }

  void addReceives(const PortStreams &streams, const std::string &network, const std::string &die) {
    const int port = streams.port->port;
    if (streams.receives.empty()) {
      const std::string drain = fmt::format("drain_{}", port);
      kernel(drain, {{"data_in", false}});
      instance(drain, drain + "_0", die);
      return connect(network, drain + "_0.data_in");
    }
    const bool shared = streams.receives.size() > 1;
    const std::string demux = fmt::format("demux_{}", port);
    std::vector<StreamPort> ports{{"data_in", false}};
    if (shared)
      connect(network, demux + "_0.data_in", plan::kReceiveDepth);
    for (const PortStream &stream : streams.receives) {
      const StreamEnd *end = stream.end;
      const std::string receiver = (end ? "depacketizer_" : "forwarder_") + stream.name();
      const std::string out = fmt::format("data_out{}", ports.size() - 1);
      kernel(receiver, {{"data_in", false}, {"data_out", true}});
      instance(receiver, receiver + "_0", die); // a forwarder stands where its packets come in
      connect(shared ? fmt::format("{}_0.{}", demux, out) : network, receiver + "_0.data_in",
              shared ? 0 : plan::kReceiveDepth);
      if (end)
        connect(receiver + "_0.data_out", lanePort(*end, die), end->lanes > 1 ? end->words.words() : 0);
      ports.push_back({out, true});
    }
    if (!shared)
      return;
    kernel(demux, ports);
    instance(demux, demux + "_0", die);
  }

  const emit::Context &context_;
  const CardProjects &card_;
  const device::Device &device_;
  CardDesign out_;
  int readers_ = 0; ///< With a channel of their own
};

} // namespace

std::vector<PortStreams> streamsByPort(const FpgaSetup &card) {
  std::vector<PortStreams> out;
  for (const PortSetup &port : card.ports) {
    PortStreams streams;
    streams.port = &port;
    for (const StreamEnd *end : card.outputs())
      if (end->port == port.port)
        streams.sends.push_back({end, nullptr, end->row});
    for (const StreamEnd *end : card.inputs())
      if (end->port == port.port)
        streams.receives.push_back({end, nullptr, end->row});
    for (const Forward &forward : card.forwards) {
      if (forward.outPort == port.port)
        streams.sends.push_back({nullptr, &forward, forward.outRow});
      if (forward.inPort == port.port)
        streams.receives.push_back({nullptr, &forward, forward.inRow});
    }
    const auto byRow = [](const PortStream &a, const PortStream &b) { return a.row < b.row; };
    std::sort(streams.sends.begin(), streams.sends.end(), byRow);
    std::sort(streams.receives.begin(), streams.receives.end(), byRow);
    out.push_back(std::move(streams));
  }
  return out;
}

std::string turnsName(const StreamEnd &end) {
  return fmt::format("{}_{}", end.kind == Endpoint::Kind::Send ? "dealer" : "collector", end.stream);
}

bool isFirstLane(const FpgaSetup &card, const StreamEnd &end) {
  for (const auto &side : {card.inputs(), card.outputs()})
    for (const StreamEnd *other : side)
      if (other->argument == end.argument)
        return other == &end;
  return false;
}

std::string PortStream::name() const { return end ? laneName(*end) : std::to_string(forward->crossing); }

std::string PortStream::packets(bool sends) const {
  return end ? packetsName(*end) : fmt::format("forward{}_{}", forward->crossing, sends ? "out" : "in");
}

std::string packetsName(const StreamEnd &end) {
  return end.lanes > 1 ? fmt::format("{}_{}_packets", end.argument, end.lane) : end.argument + "_packets";
}

const PartSetup &CardProjects::partOf(const emit::Project &project) const {
  const auto at = std::find_if(card.parts.begin(), card.parts.end(),
                               [&](const PartSetup &part) { return part.project == project.name; });
  BRAID_CHECK(at != card.parts.end(), "the network knows every project");
  return *at;
}

CardProjects projectsOf(const emit::Context &context, const FpgaSetup &card) {
  CardProjects out{card, {}};
  for (const PartSetup &part : card.parts)
    for (const emit::Project &project : context.projects)
      if (project.name == part.project)
        out.projects.push_back(&project);
  return out;
}

CardDesign designCard(const emit::Context &context, const CardProjects &card) {
  return CardBuilder(context, card).run();
}

int64_t framesAhead(const emit::Context &context, const emit::Project &project, const Endpoint &end) {
  return plan::framesAhead(context.evaluation, context.cluster, {project.fpga, project.stage}, end.crossing);
}

int64_t wordsPerPacket(const emit::Context &context, int32_t id) {
  const plan::Crossing &crossing = context.plan.crossings[static_cast<size_t>(id)];
  const plan::Lane lane = context.plan.lanesOf(crossing)[0];
  const device::LinkType &link = *context.cluster.firstLink(lane.from, lane.to)->type;
  BRAID_CHECK(link.headerBytes == 64 && link.wordBits == 512, "packets of VNx have a header of one beat");
  return plan::wordsPerPacket(link);
}

} // namespace braid::targets::vnx
