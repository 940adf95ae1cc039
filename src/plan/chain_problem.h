// The sequential-split problem, with every cost looked up once: what chain_dp.cpp searches.
#pragma once

#include "fifo_depths.h"
#include "layer_options.h"
#include "pareto.h"

#include "braid/plan/solve.h"
#include "braid/plan/surroundings.h"

#include <map>
#include <tuple>

namespace braid::plan {

/// What a part needs beside its layers.
struct Boundary {
  device::Resources resources; ///< Copies and FIFOs of its streams, what stands at its ends, network stack
  int64_t picoseconds = 0;     ///< Longest of port in, port out, host
  int64_t interval = 1;        ///< Cycles of the slowest of these kernels
};

/// Streams of a part that go to more than one later part, and to how many; any other goes to one.
using Receivers = std::vector<std::pair<ir::StreamId, int>>;

class ChainProblem {
public:
  /// Fails where a layer has no kernel or an option names a layer or reuse factor that is not legal.
  static llvm::Expected<ChainProblem> make(const ir::Model &model, const device::Cluster &cluster,
                                           const cost::CostModel &costs, const Options &options);

  int64_t units() const { return static_cast<int64_t>(units_.size()); }
  const std::vector<ir::LayerId> &unit(int64_t u) const { return units_[static_cast<size_t>(u)]; }
  int fpgas() const { return static_cast<int>(cluster_->fpgas.size()); }
  kernel::Style style() const { return options_->style; }
  kernel::IoMode io() const { return io_; }
  kernel::Wiring wiring() const { return {style(), io_}; }
  const ir::Model &model() const { return *model_; }
  const device::Cluster &cluster() const { return *cluster_; }

  /// Part number `place` goes to FPGA order[place]; at the start 0, 1, ...
  void setOrder(std::vector<int> order);
  const std::vector<int> &order() const { return order_; }
  /// Orders worth trying for this many parts, the cluster's own first; at most kMostOrders.
  std::vector<std::vector<int>> orders(int parts) const;
  static constexpr size_t kMostOrders = 120;

  // Of the FPGA at a place.
  int fpgaAt(int place) const { return order_[static_cast<size_t>(place)]; }
  const device::Device &deviceAt(int place) const {
    return *cluster_->fpgas[static_cast<size_t>(fpgaAt(place))].device;
  }
  const std::vector<LayerOption> &optionsOf(int place, ir::LayerId layer) const {
    return tables_.at(deviceAt(place).name)[index(layer)];
  }
  device::Resources budgetOf(int place) const;
  /// Whether no pin forbids units [begin, end) there.
  bool mayHold(int place, int64_t begin, int64_t end) const;
  int64_t picosecondsPerCycle(int place) const;
  /// Places of one class are alike: same device, clock, budget, host and links.
  int classOf(int place) const { return classes_[static_cast<size_t>(place)]; }
  /// What the part of units [begin, end) at this place needs at its ends; nothing if its streams cannot be
  /// linked.
  const std::optional<Boundary> &boundaryOf(int place, int64_t begin, int64_t end,
                                            const Receivers &several = {}) const;

  /// Streams made in [begin, end) with readers in several units behind; the units that read a stream,
  /// ascending.
  const std::vector<ir::StreamId> &forkedBy(int64_t unit) const { return forked_[static_cast<size_t>(unit)]; }
  const std::vector<int64_t> &readingUnits(ir::StreamId stream) const { return readingUnits_[index(stream)]; }

  /// Room that must stay free on an FPGA, beside all else: what is known from a plan alone, as FIFOs of
  /// frames that come early.
  const device::Resources &reserved(int fpga) const { return reserved_[static_cast<size_t>(fpga)]; }
  void reserve(int fpga, const device::Resources &more) {
    reserved_[static_cast<size_t>(fpga)] += more;
    setOrder(order_);
  }

private:
  int outputsOf(ir::StreamId stream) const; ///< Outputs of the model that are this stream
  std::string likeness(int fpga) const;     ///< FPGAs of one are alike, but for their links
  llvm::Error setPins();
  class BoundaryBuilder;

  const ir::Model *model_ = nullptr;
  const device::Cluster *cluster_ = nullptr;
  const cost::CostModel *costs_ = nullptr;
  const Options *options_ = nullptr;
  kernel::IoMode io_ = kernel::IoMode::Parallel;
  bool uniform_ =
      false; ///< Every two FPGAs are joined, all alike, through a switch: any part can send to any later one
  std::vector<std::vector<ir::LayerId>> units_;
  std::vector<int64_t> unitOf_; ///< By layer
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  std::vector<llvm::SmallVector<HeldElements, 2>> held_; ///< FINN style, by layer: in FIFOs before it
  std::vector<std::vector<int64_t>> readingUnits_;       ///< By stream
  std::vector<std::vector<ir::StreamId>> forked_;        ///< By unit
  std::map<std::string, std::vector<std::vector<LayerOption>>> tables_; ///< By device, then layer
  std::vector<int> order_, classes_;
  std::vector<device::Resources> budgets_, reserved_; ///< By FPGA
  std::vector<int> pinned_;                           ///< By unit: the FPGA where it must be; -1: any
  mutable std::map<std::string, int> classNames_;
  mutable std::map<std::tuple<int, int64_t, int64_t, Receivers>, std::optional<Boundary>> boundaries_;
};

} // namespace braid::plan
