// How a model lies over the members of a team that cut every layer along one mode, and what they exchange.
#pragma once

#include "braid/plan/split.h"

#include <optional>

namespace braid::plan {

/// The whole model over as many FPGAs as a team has members, numbered from 0 on. Of it, a team takes the
/// layers it has.
struct TeamCut {
  SplitMode along = SplitMode::Neuron;
  int members = 0;
  Plan plan;        ///< Complete; what is open (reuse factor 0) is all
  SplitModel split; ///< By that plan

  /// Whether each member has a slice of a layer.
  bool isShared(ir::LayerId layer) const;
  /// Whether a team may have a layer: each member has a slice of it, or, if it has no weights, one has all of
  /// it.
  bool isPossible(const ir::Model &model, ir::LayerId layer) const;
  /// The layer of the split model that is the largest slice of a layer.
  ir::LayerId largestSlice(ir::LayerId layer) const;
  /// An implementation of the largest slice, for another: no more at a time than that has,
  /// and a divisor of it where only that can be built.
  kernel::Implementation fitted(kernel::Implementation made, const Placement &slice) const;
  /// Layers of the split model that join or cut what a layer makes.
  std::vector<ir::LayerId> joinsOf(ir::LayerId layer) const;

  /// What members send to each other of a stream of the whole model: of the one that takes, and of the one
  /// that sends most.
  struct Traffic {
    std::vector<const ir::Stream *> in, out;
  };
  Traffic traffic(ir::StreamId stream, bool isPartial) const;

  /// The largest box of a stream that a member reads; nothing where none reads it.
  llvm::Expected<std::optional<Box>> largestRead(const ir::Model &model, ir::StreamId stream,
                                                 llvm::ArrayRef<ir::LayerId> readers) const;
};

/// Equal cuts, as near as sizes allow; nothing where no layer with weights can be cut so.
std::optional<TeamCut> cutForTeam(const ir::Model &model, SplitMode along, int members, kernel::Style style);

} // namespace braid::plan
