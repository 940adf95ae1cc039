// A plan with at most a given period: which cuts can be reached FPGA by FPGA, and the way back.
#pragma once

#include "fpga_fit.h"
#include "loose_reach.h"

namespace braid::partition {

class DieHops;

class Search {
public:
  Search(const Prepared &prepared, const States &states);

  /// A plan of the fewest FPGAs that this search can find; nothing where it finds none.
  std::optional<Solution> run();
  /// A plan, on any number of FPGAs, of parts each of which takes all it can; nothing where those make none.
  std::optional<Solution> runFurthest();
  /// The same as run() with the least hop cost of those that a limited number of steps finds; of at most so
  /// many FPGAs, and of at most that hop cost.
  std::optional<Solution> runFewestCrossings(int mostFpgas, int64_t mostHops);

private:
  struct Step {
    int state = 0, kind = -1, begin = 0, end = 0;
  };
  using Aim = std::optional<Solution> (Search::*)(int state, int cut);
  std::optional<Solution> run(Aim aim, int mostFpgas);
  std::optional<Solution> reach(Aim aim);
  /// Whether the layers from a cut on may fit as many FPGAs as a plan may have.
  bool mayFinish(int state, int cut) const { return loose_.fewestFpgas(state, cut) <= most_; }
  /// Whether layers [begin, end) fit a kind, streams that are sent counted once.
  bool fits(int kind, int begin, int end);
  int furthest(int begin, int kind, int next);
  void reachFrom(int state, int kind, int next);
  std::optional<Solution> back(int state, int cut);
  std::vector<int64_t> cutCosts() const;
  std::vector<std::vector<int64_t>> leastCosts(const DieHops &dies) const;
  int64_t leastOfDies(const DieHops &dies, int kind, int begin, int end) const;
  std::vector<std::pair<int64_t, int64_t>> takersOf(int cut) const;
  std::optional<Solution> cheapest(int state, int cut);
  Loads loadsBefore(int kind, int begin, int end, llvm::ArrayRef<Stretch> behind) const;
  std::optional<Solution> assembled() const;
  std::optional<Part> placed(const Step &step, std::vector<int> fpgas, llvm::ArrayRef<Stretch> parts,
                             std::vector<int32_t> &choices) const;

  const Prepared &prepared_;
  const Problem &problem_;
  const States &states_;
  const LooseReach loose_;
  mutable FpgaFitter fitter_;
  std::vector<std::vector<char>> fits_;                  ///< [kind][begin, end]: 0 not known, 1 yes, 2 no
  std::vector<std::vector<char>> reached_;               ///< [state][cut]
  std::vector<std::vector<std::pair<int, int>>> before_; ///< [state]: states before, and the kind added
  std::vector<int64_t> traffic_;                         ///< By cut
  std::vector<Step> way_;                                ///< Backwards
  bool hasFewestCrossings_ = false;                      ///< Dies of the way end where fewest streams are
  int most_ = 0;                                         ///< FPGAs of a plan
  int64_t mostHops_ = 0;                                 ///< Hop cost of a plan of least
  int tries_ = 0;
};

} // namespace braid::partition
