// Ways to spread layers over FPGAs by cutting them, ranked by an estimate.
#pragma once

#include "layer_options.h"
#include "relaxed.h"

#include "braid/plan/plan.h"

#include <map>
#include <tuple>
#include <vector>

namespace braid::plan {

/// Units [begin, end) on `fpgas` FPGAs, the layers with weights cut along `along` where there is more than
/// one.
struct Group {
  int64_t begin = 0, end = 0;
  int fpgas = 1;
  SplitMode along = SplitMode::Sequential;
  auto operator<=>(const Group &) const = default;
};

/// Groups of consecutive units, each on FPGAs of its own.
struct Way {
  std::vector<Group> groups;
  int fpgas = 0;
  double periodUs = 0; ///< Estimated

  bool isCut() const;
};

/// The slices of a layer cut along a mode, in proportion to shares; the whole where it cannot be.
std::vector<kernel::Slice> slicesOf(const ir::Model &model, const ir::Layer &layer, SplitMode along,
                                    llvm::ArrayRef<int64_t> shares);

/// Ranks ways by the longer of two times: what the layers of a group take on FPGAs that count as one larger
/// one (cut by rows: that divide the time), and what the streams that come and go take on their ports. All
/// ways are looked through with a bound for the first; those that come out best are worked out.
class WayRanking {
public:
  WayRanking(const ir::Model &model, const device::Cluster &cluster, const cost::CostModel &costs,
             const Options &options);
  /// Works out the ways to make each layer whole; the rest needs them.
  llvm::Error prepare();
  /// Ways over at most `fpgas` FPGAs that cut something along one of the modes, the best by the objective
  /// first.
  std::vector<Way> ways(llvm::ArrayRef<SplitMode> modes, int fpgas);
  llvm::ArrayRef<std::vector<ir::LayerId>> units() const { return units_; }

private:
  struct Partial;

  double relaxedOf(int64_t begin, int64_t end, int room) const;
  double periodOf(int64_t begin, int64_t end, int room);
  bool fits(int64_t begin, int64_t end, int64_t cycles, const device::Resources &budget) const;
  double portUs(const Group &group) const;
  /// Negative where the group has no room; `exactly`: worked out, else a bound.
  double estimate(const Group &group, bool exactly);
  /// Estimates by group, as far as asked for: by unit where it begins, unit where it ends, FPGAs, mode.
  double relaxedEstimate(const Group &group);
  bool canCut(ir::LayerId layer, SplitMode along, int parts) const;
  bool isPossible(const Group &group) const;
  void workOut(std::vector<Way> &ways);
  bool ranks(const Way &a, const Way &b) const;
  bool isCutByUser(const ir::Layer &layer) const { return options_.cuts.count(layer.name) > 0; }

  const ir::Model &model_;
  const device::Cluster &cluster_;
  const cost::CostModel &costs_;
  const Options &options_;
  kernel::IoMode io_;
  std::vector<std::vector<ir::LayerId>> units_;
  device::Resources budget_;                    ///< Of the first FPGA
  std::vector<std::vector<LayerOption>> table_; ///< By layer
  RelaxedNeeds relaxed_;
  std::map<std::tuple<int64_t, int64_t, int>, double> periods_;
  std::map<Group, double> estimates_;
  mutable std::map<std::tuple<ir::LayerId, SplitMode, int>, bool> canCut_;
};

} // namespace braid::plan
