// What a part of a chain has at its ends: streams, their movers and FIFOs, and the links' time.
#include "chain_problem.h"

#include "braid/plan/evaluate.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <cmath>

namespace braid::plan {
namespace {

using kernel::IoMode;

int64_t picoseconds(double bytes, double gbps) { return static_cast<int64_t>(std::ceil(bytes * 8e3 / gbps)); }

} // namespace

/// The kernels of one part that are no layers', as kernelGraph makes them for its partition.
class ChainProblem::BoundaryBuilder {
public:
  BoundaryBuilder(const ChainProblem &problem, int place, int64_t begin, int64_t end,
                  const Receivers &several)
      : problem_(problem), model_(*problem.model_), cluster_(*problem.cluster_),
        device_(problem.deviceAt(place)), place_(place), begin_(begin), end_(end), several_(several) {}

  std::optional<Boundary> run() {
    if (!findStreams())
      return std::nullopt;
    for (const Held &held : streams_)
      addStream(held);
    for (const Node &node : surroundings(device_, problem_.wiring(), ends_))
      charge(node.kernel);
    out_.resources += stackCost(ends_);
    addLoads();
    return ok_ ? std::optional(out_) : std::nullopt;
  }

private:
  /// A stream that the part has.
  struct Held {
    ir::StreamId id;
    bool isInput;
    int readers, sends, outputs;
  };

  const device::Link *linkTo(int place) const {
    if (problem_.uniform_) { // whichever it is
      for (const device::Link &link : cluster_.links)
        if (link.a == problem_.fpgaAt(place_) || link.b == problem_.fpgaAt(place_))
          return &link;
      return nullptr;
    }
    if (place < 0 || place >= static_cast<int>(problem_.order_.size()))
      return nullptr;
    return cluster_.link(problem_.fpgaAt(place_), problem_.fpgaAt(place));
  }

  int receiversOf(ir::StreamId id) const {
    for (const auto &[stream, count] : several_)
      if (stream == id)
        return count;
    return 1;
  }

  /// False where a stream has no way.
  bool findStreams() {
    const device::Link *previous = linkTo(place_ - 1), *next = linkTo(place_ + 1);
    for (size_t s = 0; s < model_.streams.size(); ++s) {
      const auto id = static_cast<ir::StreamId>(s);
      const ir::LayerId producer = model_.streams[s].producer;
      const int64_t made = producer == ir::LayerId::None ? -1 : problem_.unitOf_[index(producer)];
      if (made >= end_)
        continue;
      const std::vector<int64_t> &reading = problem_.readingUnits_[s];
      const bool readBehind = !reading.empty() && reading.back() >= end_;
      Held held{id, made < begin_, 0, 0, 0};
      for (ir::LayerId reader : problem_.readers_[s])
        held.readers += problem_.unitOf_[index(reader)] >= begin_ && problem_.unitOf_[index(reader)] < end_;
      if (made < begin_) {
        // Where only neighbours are joined, nothing passes over a part's head.
        if (made >= 0 && readBehind && !problem_.uniform_)
          return false;
        if (held.readers == 0)
          continue;
        if (made >= 0 && !previous)
          return false;
        ends_.inputs.push_back(endOf(id, made < 0 ? nullptr : previous));
      } else {
        held.sends = readBehind ? receiversOf(id) : 0;
        held.outputs = problem_.outputsOf(id);
        if (held.sends > 0 && !next)
          return false;
        for (int i = 0; i < held.sends; ++i)
          ends_.outputs.push_back(endOf(id, next));
        for (int i = 0; i < held.outputs; ++i)
          ends_.outputs.push_back(endOf(id, nullptr));
      }
      reconvergent_ = reconvergent_ || held.readers + held.sends > 1;
      streams_.push_back(held);
    }
    return true;
  }

  End endOf(ir::StreamId id, const device::Link *link) const {
    if (!link)
      return {&model_.stream(id), id};
    return {&model_.stream(id), id, -1, link->type.get(), {cluster_.portOf(*link, problem_.fpgaAt(place_))}};
  }

  void addStream(const Held &held) {
    const ir::Stream &stream = model_.stream(held.id);
    StreamUse use{held.isInput, false, held.readers, held.sends + held.outputs};
    if (!held.isInput)
      use.isName = isName(held);
    for (const kernel::Kernel &kernel : streamKernels(stream, problem_.wiring(), depthOf(held), use))
      charge(kernel);
  }

  /// Of each FIFO of a stream, in beats.
  int64_t depthOf(const Held &held) const {
    const ir::Stream &stream = model_.stream(held.id);
    const int64_t perBeat = portOf(stream, problem_.wiring()).widthBits / stream.type.bits();
    int64_t most = 0;
    bool merges = false;
    for (ir::LayerId reader : problem_.readers_[index(held.id)]) {
      const int64_t unit = problem_.unitOf_[index(reader)];
      if (unit < begin_ || unit >= end_)
        continue;
      merges = merges || model_.layer(reader).inputs.size() > 1;
      if (!problem_.held_.empty())
        for (const HeldElements &own : problem_.held_[index(reader)])
          most = std::max(most, own.elements);
    }
    if (problem_.style() == kernel::Style::Finn)
      return std::max<int64_t>(1, ceilDiv(most, perBeat));
    return FifoDepths::rule(stream, reconvergent_, held.readers + held.sends > 1, merges);
  }

  /// A reshape that is only a name in the whole model may have to be built where its stream leaves the part.
  bool isName(const Held &held) {
    const ir::Layer &layer = model_.layer(model_.stream(held.id).producer);
    if (!kernel::isNameOnly(model_, layer, problem_.io_))
      return false;
    if (problem_.io_ == IoMode::Parallel || held.sends == 0)
      return true;
    kernel::Kernel repack;
    repack.kind = kernel::KernelKind::Rename;
    repack.implementation.io = problem_.io_;
    repack.elements = ir::elements(model_.stream(held.id).shape);
    repack.inputs = {portOf(model_.stream(layer.inputs[0]), problem_.wiring())};
    repack.outputs = {portOf(model_.stream(held.id), problem_.wiring())};
    charge(repack);
    return false;
  }

  void charge(const kernel::Kernel &kernel) {
    auto estimate = problem_.costs_->estimate(kernel, device_, cost::Stage::Vsynth);
    if (!estimate) {
      llvm::consumeError(estimate.takeError());
      ok_ = false;
      return;
    }
    out_.resources += estimate->resources;
    if (kernel.kind != kernel::KernelKind::Fifo)
      out_.interval = std::max(out_.interval, estimate->interval);
  }

  /// Bytes per frame and direction over each cable or switch port, and between host and card; as evaluate()
  /// has them.
  void addLoads() {
    const device::LinkType *own = nullptr; // of the board's network, where its processor is the host
    if (!device_.ports.empty()) {
      if (auto type = device::findLink(device_.ports[0].link))
        own = type->get();
      else
        llvm::consumeError(type.takeError());
    }
    const double ingest =
        cluster_.hosts[static_cast<size_t>(cluster_.fpgas[static_cast<size_t>(problem_.fpgaAt(place_))].host)]
            .ingestGbps;
    for (const auto *side : {&ends_.inputs, &ends_.outputs}) {
      double link = 0, ends = 0, host = 0;
      const device::LinkType *type = nullptr;
      for (const End &end : *side) {
        if (end.link) {
          type = end.link;
          link += static_cast<double>(device::wireBytes(*end.link, payloadBytes(*end.stream, *end.link)));
        } else if (!own || ingest <= 0) {
          continue; // not modelled
        } else if (own->transport == "host-tcp") {
          ends += static_cast<double>(device::wireBytes(*own, payloadBytes(*end.stream, *own)));
        } else {
          host += static_cast<double>(payloadBytes(*end.stream, hostLink(device_)));
        }
      }
      // Behind a switch the ends of the model share the port.
      if (type && problem_.uniform_)
        link += ends, ends = 0;
      if (type)
        out_.picoseconds = std::max(out_.picoseconds, picoseconds(link, type->gbps));
      if (ends > 0)
        out_.picoseconds = std::max(out_.picoseconds, picoseconds(ends, own->gbps));
      if (host > 0)
        out_.picoseconds = std::max(out_.picoseconds, picoseconds(host, ingest));
    }
  }

  const ChainProblem &problem_;
  const ir::Model &model_;
  const device::Cluster &cluster_;
  const device::Device &device_;
  int place_;
  int64_t begin_, end_;
  const Receivers &several_;
  std::vector<Held> streams_;
  Ends ends_;
  bool reconvergent_ = false, ok_ = true;
  Boundary out_;
};

const std::optional<Boundary> &ChainProblem::boundaryOf(int place, int64_t begin, int64_t end,
                                                        const Receivers &several) const {
  auto [at, isNew] = boundaries_.try_emplace({classOf(place), begin, end, several});
  if (isNew)
    at->second = BoundaryBuilder(*this, place, begin, end, several).run();
  return at->second;
}

} // namespace braid::plan
