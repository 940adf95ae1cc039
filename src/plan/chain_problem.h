// The sequential-split problem, with every cost looked up once: what chain_dp.cpp searches.
#pragma once

#include "pareto.h"

#include "braid/plan/kernel_graph.h"
#include "braid/plan/solve.h"

#include <map>

namespace braid::plan {

/// One way to make a layer on one device.
struct LayerOption {
  kernel::Implementation implementation;
  device::Resources resources; ///< Its kernels, the FIFOs and copies of its output
  int64_t interval = 1;        ///< Cycles
  cost::TimeShare time;        ///< Its share of the sum law of io_parallel
};

/// Streams that would leave or enter a part.
struct Boundary {
  device::Resources resources; ///< Packetizers, depacketizers, network stack, DMA
  int64_t picoseconds = 0;     ///< Longest of port in, port out, host
  int64_t interval = 1;        ///< Cycles of the slowest transport kernel
};

class ChainProblem {
public:
  /// Fails where a layer has no kernel or an option names a layer or reuse factor that is not legal.
  static llvm::Expected<ChainProblem> make(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
                                           const Options &options);

  int64_t units() const { return static_cast<int64_t>(units_.size()); }
  const std::vector<ir::LayerId> &unit(int64_t u) const { return units_[static_cast<size_t>(u)]; }
  int fpgas() const { return static_cast<int>(cluster_->fpgas.size()); }
  kernel::IoMode io() const { return io_; }
  const ir::Model &model() const { return *model_; }
  const device::Cluster &cluster() const { return *cluster_; }

  const std::vector<LayerOption> &optionsOf(int fpga, ir::LayerId layer) const {
    return tables_.at(cluster_->fpgas[static_cast<size_t>(fpga)].device->name)[index(layer)];
  }
  device::Resources budgetOf(int fpga) const;
  int64_t picosecondsPerCycle(int fpga) const;
  /// What the part of units [begin, end) on this FPGA needs at its ends; nothing if its streams cannot be linked.
  std::optional<Boundary> boundaryOf(int fpga, int64_t begin, int64_t end) const;

private:
  llvm::Expected<std::vector<LayerOption>> optionsFor(const ir::Layer &layer, const device::Device &device) const;
  llvm::Expected<LayerOption> optionFor(const ir::Layer &layer, const kernel::Implementation &implementation,
                                        const device::Device &device) const;
  int outputsOf(ir::StreamId stream) const; ///< Outputs of the model that are this stream
  llvm::Error addFanOut(const ir::Layer &layer, const device::Device &device, device::Resources &sum) const;

  const ir::Model *model_ = nullptr;
  const device::Cluster *cluster_ = nullptr;
  const cost::CostModel *costs_ = nullptr;
  const Options *options_ = nullptr;
  kernel::IoMode io_ = kernel::IoMode::Parallel;
  std::vector<std::vector<ir::LayerId>> units_;
  std::vector<int64_t> unitOf_;                     ///< By layer
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  std::map<std::string, std::vector<std::vector<LayerOption>>> tables_; ///< By device, then layer
};

} // namespace braid::plan
