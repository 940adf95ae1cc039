// The choices of an item on a device, with what each takes; equal items share them.
#pragma once

#include "elastic_problem.h"

#include <map>
#include <optional>

namespace braid::plan {

class ElasticTables {
public:
  ElasticTables(const ir::Model &model, const cost::CostModel &costs, const Options &options,
                ElasticProblem &out)
      : model_(model), costs_(costs), options_(options), out_(out) {}

  /// The number of its table.
  llvm::Expected<int32_t> tableOf(const ElasticItem &item, const device::Fpga &fpga);
  /// The same with the converters that a choice needs between it and words of the host, coming and going.
  llvm::Expected<int32_t> withEnds(int32_t table, const std::optional<kernel::KernelPort> &from,
                                   const std::optional<kernel::KernelPort> &to, const device::Device &device);
  /// The same with more for each choice.
  int32_t withMore(int32_t table, const partition::Needs &more);
  /// Converters between two items next to each other, of which the second reads the first as input number
  /// `input`; -1: none.
  llvm::Expected<int32_t> wordsOf(int32_t before, int32_t table, ir::StreamId stream,
                                  const device::Device &device);

private:
  struct Ends {
    std::vector<kernel::KernelPort> in, out; ///< By class
  };
  llvm::Error fill(const ElasticItem &item, const device::Fpga &fpga, int32_t table);
  llvm::Error addChoice(int32_t table, llvm::ArrayRef<kernel::Kernel> kernels,
                        llvm::SmallVector<kernel::Implementation, 2> made, const device::Device &device);
  int32_t copyOf(int32_t table);
  /// What a converter between words of two widths takes; nothing where none can stand there alone.
  llvm::Expected<std::optional<partition::Needs>> converterNeeds(const kernel::KernelPort &from,
                                                                 const kernel::KernelPort &to, int64_t bits,
                                                                 const device::Device &device) const;
  std::string keyOf(const ElasticItem &item, const device::Fpga &fpga) const;

  const ir::Model &model_;
  const cost::CostModel &costs_;
  const Options &options_;
  ElasticProblem &out_;
  std::map<std::string, int32_t> tables_;
  std::map<int32_t, Ends> ends_; ///< By table
  std::map<std::pair<int32_t, partition::Needs>, int32_t> withMore_;
  std::map<std::tuple<int32_t, int32_t, std::string>, int32_t> words_;
};

} // namespace braid::plan
