// Whether a range of layers fits one die, and how; or a proof that it does not.
#pragma once

#include "prepared.h"

#include "braid/partition/solve.h"

#include <map>
#include <optional>

namespace braid::partition {

class Fitter {
public:
  explicit Fitter(const Prepared &prepared)
      : prepared_(prepared), found_(prepared.problem().kinds.size()), missed_(found_.size()) {}

  /// Choices with which layers [begin, end) fit this room of a die; nothing where none was found.
  std::optional<std::vector<int32_t>> choices(int kind, int die, int begin, int end, const Needs &room) const;

  /// Whether layers [begin, end) fit this room of a die, as far as choices() finds out. What fits, fits more
  /// room and with fewer layers, too: what is known is not looked for again.
  bool fits(int kind, int die, int begin, int end, const Needs &room);

  /// The largest end for which layers fit; at least `begin`, and `atLeast` where that is known to
  /// be one.
  int end(int kind, int die, int begin, const Needs &room, int atLeast = 0);

  /// A proof that layers [begin, end) do not fit; null where none was found.
  std::shared_ptr<const Tree> prove(int kind, int die, int begin, int end, const Needs &room) const;

private:
  /// What was searched for.
  struct Fact {
    int begin = 0, end = 0;
    Needs room = {};
  };
  std::optional<std::vector<int32_t>> searched(int kind, int begin, int end, const Needs &room) const;
  bool isFound(int kind, int begin, int end, const Needs &room);

  const Prepared &prepared_;
  std::vector<std::vector<Fact>> found_, missed_; ///< By kind
  std::map<std::tuple<int, int, int, Needs>, int> ends_;
};

} // namespace braid::partition
