// Whether a range of layers fits one FPGA, die by die, beside what its streams take.
#pragma once

#include "fit.h"

namespace braid::partition {

/// How dies are filled.
struct Filling {
  bool fromLast = false;
  std::vector<int> ends;
  Crossed crossings; ///< Of fewestCrossings() only
};

class FpgaFitter {
public:
  FpgaFitter(const Prepared &prepared) : prepared_(prepared), fitter_(prepared) {}

  const Prepared &prepared() const { return prepared_; }
  Fitter &fitter() { return fitter_; }
  /// Streams that are sent count once.
  const Loads &loadsOf(int kind, int begin, int end);
  /// How layers [begin, end) fit a kind in the period, with these loads; nothing where no way was found.
  std::optional<Filling> fit(int kind, int begin, int end, const Loads &loads);
  /// The same with the fewest streams over boundaries between dies; of as many, the fewest of the host.
  const std::optional<Filling> &fewestCrossings(int kind, int begin, int end, const Loads &loads);
  /// At least the largest end for which fit() finds a way.
  int mostEnd(int kind, int begin);

private:
  class Filler;
  bool hasRoom(int kind, const Loads &loads) const;

  const Prepared &prepared_;
  Fitter fitter_;
  std::map<std::tuple<int, int, int>, Loads> loads_;
  std::map<std::pair<int, int>, int> mostEnds_;
  std::map<std::tuple<int, int, Needs>, std::vector<int>> looseEnds_; ///< Of a die with such room, by begin
  std::map<std::tuple<int, int, int, std::vector<Needs>>, std::optional<Filling>> fewest_;
};

} // namespace braid::partition
