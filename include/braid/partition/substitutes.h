// Which choice of a layer may stand in place of another whatever its neighbours are, so that no plan needs
// the other.
#pragma once

#include "braid/partition/problem.h"

#include <array>
#include <optional>
#include <set>

namespace braid::partition {

class Substitutes {
public:
  /// Wherever tables are used on a kind; on any where there is none.
  explicit Substitutes(const Problem &problem, std::optional<size_t> kind = std::nullopt);

  bool isUsed(int table) const { return ends_[static_cast<size_t>(table)][0].isUsed; }

  /// Whether needs `a` with words of the classes in and out are no larger than those of `b`, the converters
  /// before and behind included. What covers one that covers a third covers the third, too.
  struct Side {
    const Needs &needs;
    int32_t in, out;
  };
  bool covers(int table, const Side &a, const Side &b);

  /// Rows of a table, ascending, of which none covers another that is as fast; of equal ones the first.
  std::vector<size_t> kept(int table);

private:
  /// Converters before the layers that have a table, or behind them.
  struct End {
    bool isUsed = false;
    std::set<int32_t> words;
    size_t classes = 0;                     ///< Of the table's choices
    std::vector<std::optional<Needs>> more; ///< [class instead][of class]: most that converters take more
  };
  const Needs &more(End &end, bool isTaken, int32_t a, int32_t b) const;

  const Problem *problem_;
  std::vector<std::array<End, 2>> ends_; ///< By table: before, behind
};

} // namespace braid::partition
