#include "elastic_parts.h"
#include "elastic_teams.h"

#include "braid/plan/surroundings.h"

#include <algorithm>

namespace braid::plan {
namespace {

using partition::Needs;

/// Femtoseconds of so many bytes at a rate, rounded down: bounds stay bounds.
int64_t femtoseconds(int64_t bytes, double gbps) {
  return gbps > 0 ? static_cast<int64_t>(static_cast<double>(bytes) * 8e6 / gbps) : 0;
}

/// Of a frame between host and FPGA.
int64_t hostFsOf(const ir::Stream &stream, const device::Device &device, double ingest) {
  const auto type = ownLink(device);
  if (!type || ingest <= 0)
    return 0;
  if (type->transport == "host-tcp")
    return femtoseconds(device::wireBytes(*type, payloadBytes(stream, *type)), type->gbps);
  return femtoseconds(payloadBytes(stream, hostLink(device)), ingest);
}

class StreamBuilder {
public:
  StreamBuilder(ElasticProblem &elastic, const ir::Model &model, const device::Cluster &cluster,
                const cost::CostModel &costs, const Options &options, const std::vector<int> &itemOf)
      : elastic_(elastic), problem_(elastic.problem), model_(model), cluster_(cluster),
        costs_(costs), wiring_{options.style, kernel::IoMode::Stream}, itemOf_(itemOf),
        link_(cluster.links.empty() ? nullptr : cluster.links[0].type.get()) {
    for (const device::Host &host : cluster.hosts)
      ingest_ = std::max(ingest_, host.ingestGbps);
  }

  void run() {
    const std::vector<llvm::SmallVector<ir::LayerId, 2>> readers = ir::readersOf(model_);
    for (size_t s = 0; s < model_.streams.size(); ++s) {
      const auto id = static_cast<ir::StreamId>(s);
      const ir::Stream &stream = model_.streams[s];
      partition::Stream own;
      own.name = stream.name;
      own.from = stream.producer == ir::LayerId::None ? -1 : itemOf_[index(stream.producer)];
      for (ir::LayerId reader : readers[s])
        if (const int to = itemOf_[index(reader)]; to != own.from)
          own.to.push_back(to);
      std::sort(own.to.begin(), own.to.end());
      own.to.erase(std::unique(own.to.begin(), own.to.end()), own.to.end());
      for (const ir::Port &port : model_.outputs)
        if (port.stream == id && own.from >= 0)
          own.to.push_back(problem_.cuts());
      if (own.to.empty())
        continue;
      own.elements = ir::elements(stream.shape);
      own.elementBits = stream.type.bits();
      own.linkFs = linkFsOf(stream);
      for (size_t kind = 0; kind < problem_.kinds.size(); ++kind) {
        const device::Device &device = *cluster_.fpgas[static_cast<size_t>(elastic_.firstOf[kind])].device;
        const int of = problem_.kinds[kind].of;
        if (of < 0) {
          own.ends.push_back(endsOf(id, device, own));
          continue;
        }
        own.ends.push_back(own.ends[static_cast<size_t>(of)]);
        addExchange(
            own.ends.back(), elastic_, static_cast<int>(kind), model_, id, readers[s],
            static_cast<int>(std::max<size_t>(1, cluster_.hosts.size())),
            [&](const ir::Stream &some) { return linkFsOf(some); },
            [&](const ir::Stream &some) { return hostFsOf(some, device, ingest_); });
      }
      problem_.streams.push_back(std::move(own));
    }
  }

private:
  int64_t linkFsOf(const ir::Stream &stream) const {
    return link_ ? femtoseconds(device::wireBytes(*link_, payloadBytes(stream, *link_)), link_->gbps) : 0;
  }

  /// What a stream takes at an end, beside what every project has.
  partition::Stream::Ends endsOf(ir::StreamId id, const device::Device &device, partition::Stream &of) const {
    const ir::Stream &stream = model_.stream(id);
    partition::Stream::Ends out;
    Needs base = {};
    for (const Node &node : projectSurroundings(device, wiring_, {}))
      addNeeds(base, node.kernel, device, costs_);
    const auto costOf = [&](const Ends &ends, int64_t &cycles) {
      Needs needs = {};
      for (const Node &node : projectSurroundings(device, wiring_, ends))
        cycles = std::max(cycles, addNeeds(needs, node.kernel, device, costs_));
      for (size_t r = 0; r < partition::kResources; ++r)
        needs[r] = std::max<int64_t>(0, needs[r] - base[r]);
      return needs;
    };
    int64_t fromHost = 0, toHost = 0, between = 0;
    const End host{&stream, id};
    out.fromHost = costOf({{host}, {}, {}}, fromHost);
    out.toHost = costOf({{}, {host}, {}}, toHost);
    if (link_) {
      const End end{&stream, id, -1, link_, {0}};
      out.receive = costOf({{end}, {}, {}}, between);
      out.send = costOf({{}, {end}, {}}, between);
    }
    // Of a stream that goes to layers and to the host what it takes at least.
    const bool isForHost = of.to.back() == problem_.cuts(), isForLayers = of.to.front() != problem_.cuts();
    out.cycles = of.from < 0                                ? fromHost
                 : !isForHost                               ? between
                 : isForLayers && link_ && between < toHost ? between
                                                            : toHost;
    of.hostFs = of.hostFs == 0 ? hostFsOf(stream, device, ingest_)
                               : std::min(of.hostFs, hostFsOf(stream, device, ingest_));
    return out;
  }

  ElasticProblem &elastic_;
  partition::Problem &problem_;
  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const kernel::Wiring wiring_;
  const std::vector<int> &itemOf_; ///< By layer
  const device::LinkType *link_;   ///< Between FPGAs; null: none
  double ingest_ = 0;              ///< Of the fastest host
};

} // namespace

void addStreams(ElasticProblem &elastic, const ir::Model &model, const device::Cluster &cluster,
                const cost::CostModel &costs, const Options &options, const std::vector<int> &itemOf) {
  StreamBuilder(elastic, model, cluster, costs, options, itemOf).run();
}

} // namespace braid::plan
