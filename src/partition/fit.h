// Whether a range of layers fits one die, and how; or a proof that it does not.
#pragma once

#include "prepared.h"

#include "braid/partition/solve.h"

#include <map>
#include <optional>

namespace braid::partition {

class Fitter {
public:
  explicit Fitter(const Prepared &prepared) : prepared_(prepared) {}

  /// Choices with which layers [begin, end) fit this room of a die; nothing where none was found.
  std::optional<std::vector<int32_t>> choices(int kind, int die, int begin, int end, const Needs &room) const;

  /// The largest end for which choices() finds some; at least `begin`.
  int end(int kind, int die, int begin, const Needs &room);

  /// A proof that layers [begin, end) do not fit; null where none was found.
  std::shared_ptr<const Tree> prove(int kind, int die, int begin, int end, const Needs &room) const;

private:
  const Prepared &prepared_;
  std::map<std::tuple<int, int, int, Needs>, int> ends_;
};

} // namespace braid::partition
