// Teams of FPGAs in a partitioning problem: kinds that cut layers along a mode, or take turns with frames.
#pragma once

#include "elastic_problem.h"
#include "elastic_tables.h"

namespace braid::plan {

/// Adds a kind for each team that the options allow, behind the kinds of single FPGAs: of a cluster in which
/// any FPGA may send to any other.
void addTeams(ElasticProblem &elastic, const ir::Model &model, const Options &options);

/// Tables of items and converters between them, of teams that cut layers.
class TeamTables {
public:
  TeamTables(const cost::CostModel &costs, const Options &options, ElasticProblem &elastic);

  /// The number of an item's table on a kind of teams; -1: no such team may have it.
  llvm::Expected<int32_t> tableOf(const ir::Model &model, const ElasticItem &item, int kind,
                                  const device::Fpga &fpga);
  /// As ElasticTables::wordsOf, of two items next to each other.
  llvm::Expected<int32_t> wordsOf(const ElasticItem &before, const ElasticItem &item, int32_t tableBefore,
                                  int32_t table, int kind, const device::Device &device);

private:
  partition::Needs needsOf(llvm::ArrayRef<ir::LayerId> joins, int kind, const device::Fpga &fpga) const;

  const cost::CostModel &costs_;
  Options options_; ///< Without those of single layers
  ElasticProblem &elastic_;
  std::vector<std::unique_ptr<ElasticTables>> tables_; ///< By kind; null where it cuts nothing
};

/// What a stream asks of a member of a team, `ends` of its kind's single FPGA given. `readers`: layers that
/// take it.
void addExchange(partition::Stream::Ends &ends, const ElasticProblem &elastic, int kind,
                 const ir::Model &model, ir::StreamId stream, llvm::ArrayRef<ir::LayerId> readers, int hosts,
                 llvm::function_ref<int64_t(const ir::Stream &)> linkFs,
                 llvm::function_ref<int64_t(const ir::Stream &)> hostFs);

} // namespace braid::plan
