#include "support/partition_fleet.h"

#include "support/networks.h"
#include "support/partition_random.h"

#include <algorithm>

namespace braid::test {

using namespace partition;

namespace {

struct Card {
  const char *name;
  int portDie;             ///< The one of the QSFP ports
  bool hasChannels;        ///< Of memory, beside the first die
  std::vector<Needs> dies; ///< In hundredths of 400,000 LUT, 800,000 FF, 1,200 BRAM18, 320 URAM, 2,880 DSP
};

/// What FINN's platform table (src/finn/util/platforms.py) leaves to kernels, and its Ethernet SLRs.
const std::vector<Card> &alveoCards() {
  static const std::vector<Card> cards{
      {"u50", 1, true, {{94, 94, 94, 95, 90}, {92, 92, 94, 95, 96}}},
      {"u200", 2, false, {{96, 96, 119, 100, 79}, {50, 50, 70, 50, 46}, {96, 96, 119, 100, 79}}},
      {"u250", 3, false, std::vector<Needs>(4, {94, 94, 96, 100, 100})},
      {"u280", 2, true, {{100, 100, 100, 100, 95}, {96, 96, 96, 100, 100}, {95, 95, 96, 100, 100}}},
      {"u55c", 1, true, {{97, 97, 100, 100, 93}, {91, 91, 96, 100, 97}, {95, 95, 100, 100, 99}}}};
  return cards;
}

/// A card whose whole die has about `room` of each resource.
Kind kindOf(Random &random, const Card &card, int64_t room) {
  Kind kind{.name = card.name, .cycleFs = draw(random, 2, 7), .portDie = card.portDie};
  for (size_t d = 0; d < card.dies.size(); ++d) {
    Die die{"SLR" + std::to_string(d), card.dies[d]};
    for (size_t r = 0; r < kChannels; ++r)
      die.capacity[r] = die.capacity[r] * room * draw(random, 80, 120) / 10'000;
    if (d == 0 && card.hasChannels)
      die.capacity[kChannels] = room % 3; // none, one or two: few
    kind.dies.push_back(die);
  }
  kind.wires = draw(random, 1, 3) == 1 ? 0 : draw(random, 6, 24);
  if (draw(random, 1, 2) == 1)
    for (size_t r = 0; r < kChannels; ++r)
      kind.stack[r] = draw(random, 0, room / 3);
  kind.hasPortPerSide = draw(random, 1, 2) == 1;
  kind.hostSharesPort = draw(random, 1, 4) == 1;
  return kind;
}

bool isMixed(const Problem &problem) {
  return std::any_of(problem.fpgas.begin(), problem.fpgas.end(),
                     [&](const Fpga &fpga) { return fpga.kind != problem.fpgas[0].kind; });
}

} // namespace

Problem randomFleet(uint64_t seed) {
  for (uint64_t attempt = 0;; ++attempt) {
    Random random(seed * 1000 + attempt);
    std::vector<Card> cards = alveoCards();
    std::shuffle(cards.begin(), cards.end(), random);
    cards.resize(static_cast<size_t>(draw(random, 2, static_cast<int64_t>(cards.size()))));
    ProblemLimits limits{.layers = 7, .choices = 3, .fpgas = 6, .teams = false};
    const int64_t room = draw(random, 14, 36); // so that most problems have a plan, of several cards
    for (const Card &card : cards)
      limits.kinds.push_back(kindOf(random, card, room));
    Problem problem = randomProblem(random(), limits);
    if (problem.cuts() >= 4 && problem.fpgas.size() >= 3 && isMixed(problem))
      return problem;
  }
}

} // namespace braid::test
