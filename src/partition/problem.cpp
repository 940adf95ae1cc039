#include "braid/partition/problem.h"

#include "loads.h"

#include "braid/support/error.h"

#include <fmt/format.h>

#include <set>

namespace braid::partition {
namespace {

llvm::Error fault(std::string message) { return badInput("", std::move(message)); }

/// Sums of as many of these as a problem may have stay within 64 bits.
constexpr int64_t kMostNeeds = int64_t{1} << 40, kMostFs = int64_t{1} << 58;
constexpr int64_t kMostMembers = 4096;
constexpr size_t kMostItems = 100'000;

bool isNeeds(const Needs &needs) {
  return std::all_of(needs.begin(), needs.end(), [](int64_t n) { return n >= 0 && n <= kMostNeeds; });
}

/// Whether a walk's FPGAs may follow each other.
bool isWalk(const Problem &problem, const std::vector<Part> &parts) {
  std::set<int> used;
  int turns = 0;
  for (const Part &part : parts) {
    for (int fpga : part.fpgas)
      if (!used.insert(fpga).second)
        return false;
    if (const Kind &kind = problem.kind(part.kind); kind.takesTurns) {
      if (turns != 0 && turns != kind.members)
        return false;
      turns = kind.members;
    }
  }
  if (problem.walks.empty())
    return true;
  return std::any_of(problem.walks.begin(), problem.walks.end(), [&](const std::vector<int> &walk) {
    return std::search(walk.begin(), walk.end(), parts.begin(), parts.end(),
                       [](int fpga, const Part &part) { return fpga == part.fpgas[0]; }) != walk.end();
  });
}

/// Whether a part's FPGAs are what its kind says.
bool isOfItsKind(const Problem &problem, const Part &part) {
  if (part.kind < 0 || part.kind >= static_cast<int>(problem.kinds.size()))
    return false;
  const Kind &kind = problem.kind(part.kind);
  return part.fpgas.size() == static_cast<size_t>(kind.members) &&
         std::all_of(part.fpgas.begin(), part.fpgas.end(), [&](int fpga) {
           return fpga >= 0 && fpga < static_cast<int>(problem.fpgas.size()) &&
                  problem.fpgas[static_cast<size_t>(fpga)].kind == (kind.of < 0 ? part.kind : kind.of);
         });
}

/// The die of each layer of a part, or nothing where its ends are none.
std::vector<int> diesOf(const Problem &problem, const Part &part) {
  const Kind &kind = problem.kind(part.kind);
  if (part.ends.size() != kind.dies.size() || part.ends.back() != part.end ||
      !std::is_sorted(part.ends.begin(), part.ends.end()) || part.ends[0] < part.begin)
    return {};
  std::vector<int> dies;
  for (int layer = part.begin; layer < part.end; ++layer) {
    const auto step =
        static_cast<int>(std::upper_bound(part.ends.begin(), part.ends.end(), layer) - part.ends.begin());
    dies.push_back(part.fromLast ? static_cast<int>(kind.dies.size()) - 1 - step : step);
  }
  return dies;
}

/// Whether a kind is a team of what it says it is.
bool isTeam(const Problem &problem, size_t index) {
  const Kind &kind = problem.kinds[index];
  if (kind.of < 0 || kind.of >= static_cast<int>(index) || problem.kind(kind.of).of >= 0 ||
      kind.members < 2 || kind.members > kMostMembers || !problem.walks.empty() || problem.hops)
    return false;
  const Kind &own = problem.kind(kind.of);
  return kind.cycleFs == own.cycleFs && kind.wires == own.wires && kind.portDie == own.portDie &&
         kind.hostDie == own.hostDie && kind.stack == own.stack &&
         kind.hasPortPerSide == own.hasPortPerSide && kind.hostSharesPort == own.hostSharesPort &&
         kind.dies.size() == own.dies.size() &&
         std::equal(kind.dies.begin(), kind.dies.end(), own.dies.begin(),
                    [](const Die &a, const Die &b) { return a.name == b.name && a.capacity == b.capacity; });
}

/// Whether what a stream asks of a kind's members beside its ends is that of a team, or nothing.
bool isExchange(const Problem &problem, const Stream &stream, size_t index) {
  const Kind &kind = problem.kinds[index];
  const Stream::Ends &ends = stream.ends[index];
  const bool isNone = ends.made == Stream::Exchange() && ends.inside == Stream::Exchange();
  if (kind.of < 0)
    return isNone && ends.receiveFs == 0 && ends.hostFs == 0;
  const auto isTime = [](int64_t fs) { return fs >= 0 && fs <= kMostFs / 4096; };
  for (const Stream::Exchange &own : {ends.made, ends.inside})
    if (!isNeeds(own.needs) || !isTime(own.inFs) || !isTime(own.outFs))
      return false;
  return isTime(ends.receiveFs) && isTime(ends.hostFs) && (!kind.takesTurns || isNone) &&
         (kind.takesTurns ? 1 : kind.members) * ends.receiveFs >= stream.linkFs;
}

class Judge {
public:
  Judge(const Problem &problem, const Solution &solution)
      : problem_(problem), streams_(problem), solution_(solution) {}

  llvm::Expected<int64_t> run() {
    if (llvm::Error error = checkWalk())
      return error;
    for (const Part &part : solution_.parts)
      stretches_.push_back({part.kind, part.begin, part.end});
    for (const Part &part : solution_.parts)
      if (llvm::Error error = addPart(part))
        return error;
    for (size_t p = 0; p < solution_.parts.size(); ++p)
      if (llvm::Error error = addWires(solution_.parts[p]))
        return error;
    return fs_;
  }

private:
  llvm::Error checkWalk() const {
    int count = 0;
    for (const Part &part : solution_.parts)
      count += static_cast<int>(part.fpgas.size());
    if (count < problem_.fewestFpgas || count > problem_.mostFpgas)
      return fault(
          fmt::format("{} FPGAs; {} to {} are asked for", count, problem_.fewestFpgas, problem_.mostFpgas));
    if (solution_.choices.size() != problem_.layers.size())
      return fault(fmt::format("choices of {} layers; there are {}", solution_.choices.size(),
                               problem_.layers.size()));
    int cut = 0;
    for (const Part &part : solution_.parts) {
      if (!isOfItsKind(problem_, part))
        return fault(fmt::format("layers {} to {} are on FPGAs of another kind", part.begin, part.end));
      if (part.begin != cut || part.end <= cut || part.end > problem_.cuts() || !problem_.isCut(part.end))
        return fault(fmt::format("{} has layers {} to {}", nameOf(part), part.begin, part.end));
      cut = part.end;
    }
    if (cut != problem_.cuts())
      return fault(fmt::format("layers from {} on are nowhere", cut));
    if (!isWalk(problem_, solution_.parts))
      return fault("its FPGAs cannot follow each other");
    return llvm::Error::success();
  }

  llvm::Error addPart(const Part &part) {
    const Kind &kind = problem_.kind(part.kind);
    const std::vector<int> dies = diesOf(problem_, part);
    if (dies.empty())
      return fault(fmt::format("{}: its dies do not end one after the other", nameOf(part)));
    Loads loads = loadsOf(streams_, part.kind, part.begin, part.end, [&](const Stream &stream) {
      return othersOf(problem_, stream, part.begin, stretches_);
    });
    fs_ = std::max(fs_, loads.fs);
    const Choice *before = nullptr;
    for (int p = part.begin; p < part.end; ++p) {
      const Layer &layer = problem_.layers[static_cast<size_t>(p)];
      const auto die = static_cast<size_t>(dies[static_cast<size_t>(p - part.begin)]);
      const int32_t row = solution_.choices[static_cast<size_t>(p)];
      if (!problem_.mayBeOn(p, part.kind) || (layer.die >= 0 && layer.die != static_cast<int>(die)))
        return fault(fmt::format("layer '{}' may not be on {}", layer.name, nameOf(part)));
      const Table &table = problem_.table(p, part.kind);
      if (row < 0 || row >= static_cast<int32_t>(table.size()))
        return fault(fmt::format("layer '{}' has no choice {}", layer.name, row));
      const Choice &choice = table[static_cast<size_t>(row)];
      fs_ = std::max(fs_, periodOfCycles(kind, choice.cycles));
      loads.charges[die] = loads.charges[die] + choice.needs;
      const int32_t words = layer.words.empty() ? -1 : layer.words[static_cast<size_t>(part.kind)];
      if (before && words >= 0 && dies[static_cast<size_t>(p - 1 - part.begin)] == static_cast<int>(die))
        loads.charges[die] =
            loads.charges[die] + problem_.words[static_cast<size_t>(words)][static_cast<size_t>(before->out)]
                                               [static_cast<size_t>(choice.in)];
      before = &choice;
    }
    for (size_t die = 0; die < kind.dies.size(); ++die)
      if (!fitsIn(loads.charges[die], kind.dies[die].capacity))
        return fault(fmt::format("{} of {} is too full", kind.dies[die].name, nameOf(part)));
    return llvm::Error::success();
  }

  /// The shortest period, from that of all else on, at which words between dies are narrow enough.
  llvm::Error addWires(const Part &part) {
    const Kind &kind = problem_.kind(part.kind);
    if (kind.wires == 0)
      return llvm::Error::success();
    const auto fits = [&](int64_t fs) {
      for (size_t step = 0; step + 1 < kind.dies.size(); ++step)
        if (wiresAcross(streams_, part.kind, part.begin, part.end, {step, part.fromLast},
                        fs)[static_cast<size_t>(part.ends[step] - part.begin)] > kind.wires)
          return false;
      return true;
    };
    if (!fits(kMostFs))
      return fault(fmt::format("{}: more wires between its dies than there are", nameOf(part)));
    int64_t low = fs_ - 1, high = kMostFs;
    if (fits(fs_))
      high = fs_;
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (fits(middle) ? high : low) = middle;
    }
    fs_ = high;
    return llvm::Error::success();
  }

  const std::string &nameOf(const Part &part) const {
    return problem_.fpgas[static_cast<size_t>(part.fpgas[0])].name;
  }

  const Problem &problem_;
  const Streams streams_;
  const Solution &solution_;
  int64_t fs_ = 1;
  std::vector<Stretch> stretches_;
};

} // namespace

llvm::Error Problem::check() const {
  const auto kindCount = kinds.size();
  if (layers.empty() || fpgas.empty() || layers.size() > kMostItems || streams.size() > kMostItems)
    return fault("a problem has layers and FPGAs, not more than 100,000");
  if (fewestFpgas < 1 || mostFpgas < fewestFpgas || mostFpgas > static_cast<int>(fpgas.size()))
    return fault(fmt::format("{} to {} of {} FPGAs", fewestFpgas, mostFpgas, fpgas.size()));
  for (const Kind &kind : kinds) {
    const auto dies = static_cast<int>(kind.dies.size());
    if (kind.cycleFs < 1 || kind.cycleFs > kMostFs || dies < 1 || kind.portDie < 0 || kind.portDie >= dies ||
        kind.hostDie < 0 || kind.hostDie >= dies || kind.wires < 0 || !isNeeds(kind.stack))
      return fault(fmt::format("kind '{}' is out of range", kind.name));
    for (const Die &die : kind.dies)
      if (std::any_of(die.capacity.begin(), die.capacity.end(),
                      [](int64_t n) { return std::abs(n) > kMostNeeds; }))
        return fault(fmt::format("die '{}' of kind '{}' is out of range", die.name, kind.name));
  }
  for (size_t k = 0; k < kindCount; ++k)
    if (kinds[k].of >= 0 || kinds[k].members != 1 || kinds[k].takesTurns)
      if (!isTeam(*this, k))
        return fault(fmt::format("kind '{}' is no team of FPGAs", kinds[k].name));
  for (const Fpga &fpga : fpgas)
    if (fpga.kind < 0 || fpga.kind >= static_cast<int>(kindCount) || kind(fpga.kind).of >= 0)
      return fault(fmt::format("FPGA '{}' is of no kind", fpga.name));
  for (const std::vector<int> &walk : walks)
    for (int fpga : walk)
      if (fpga < 0 || fpga >= static_cast<int>(fpgas.size()))
        return fault(fmt::format("a walk leads to FPGA {}", fpga));
  int64_t longest = 1;
  for (const Kind &kind : kinds)
    longest = std::max(longest, kind.cycleFs);
  for (const Table &table : tables)
    for (const Choice &choice : table)
      if (choice.cycles < 1 || choice.cycles > kMostFs / longest || !isNeeds(choice.needs) || choice.in < 0 ||
          choice.out < 0)
        return fault("a choice is out of range");
  for (size_t p = 0; p < layers.size(); ++p) {
    const Layer &layer = layers[p];
    const auto isIndex = [](int32_t i, size_t count) { return i >= -1 && i < static_cast<int32_t>(count); };
    bool isFine =
        layer.tables.size() == kindCount && (layer.words.empty() || layer.words.size() == kindCount);
    for (int32_t table : layer.tables)
      isFine = isFine && isIndex(table, tables.size());
    for (int32_t own : layer.words)
      isFine = isFine && isIndex(own, words.size());
    if (!isFine)
      return fault(fmt::format("layer '{}' is out of range", layer.name));
    for (size_t k = 0; p > 0 && k < layer.words.size(); ++k) {
      if (layer.words[k] < 0 || layer.tables[k] < 0 || layers[p - 1].tables[k] < 0)
        continue;
      const Words &own = words[static_cast<size_t>(layer.words[k])];
      for (const Choice &before : table(static_cast<int>(p) - 1, static_cast<int>(k)))
        for (const Choice &choice : table(static_cast<int>(p), static_cast<int>(k)))
          if (static_cast<size_t>(before.out) >= own.size() ||
              static_cast<size_t>(choice.in) >= own[static_cast<size_t>(before.out)].size())
            return fault(fmt::format("layer '{}': a class of words has no converter", layer.name));
    }
  }
  for (const Words &own : words)
    for (const auto &row : own)
      if (!std::all_of(row.begin(), row.end(), isNeeds))
        return fault("a converter is out of range");
  int64_t members = 1;
  for (const Kind &kind : kinds)
    members = std::max<int64_t>(members, kind.members);
  double sum = 0; // of all times, of all members
  for (const Stream &stream : streams) {
    bool isFine = stream.from >= -1 && stream.from < cuts() && !stream.to.empty() &&
                  std::is_sorted(stream.to.begin(), stream.to.end()) && stream.to.front() > stream.from &&
                  stream.to.back() <= cuts() && stream.elements >= 1 && stream.elementBits >= 1 &&
                  stream.elements <= kMostNeeds && stream.elementBits <= 4096 && stream.linkFs >= 0 &&
                  stream.hostFs >= 0 && stream.linkFs <= kMostFs / 4096 && stream.hostFs <= kMostFs / 4096 &&
                  stream.ends.size() == kindCount;
    for (size_t k = 0; isFine && k < kindCount; ++k)
      isFine = isExchange(*this, stream, k);
    for (const Stream::Ends &ends : stream.ends)
      isFine = isFine && isNeeds(ends.send) && isNeeds(ends.receive) && isNeeds(ends.fromHost) &&
               isNeeds(ends.toHost) && ends.cycles >= 0 && ends.cycles <= kMostFs / longest;
    if (!isFine)
      return fault(fmt::format("stream '{}' is out of range", stream.name));
    for (const Stream::Ends &ends : stream.ends)
      sum += static_cast<double>(members) *
             static_cast<double>(
                 std::max({stream.linkFs, stream.hostFs, ends.receiveFs, ends.hostFs,
                           ends.made.inFs + ends.inside.inFs, ends.made.outFs + ends.inside.outFs}));
  }
  constexpr double kMostSum = 0x1p62;
  if (sum > kMostSum)
    return fault("all streams together take too long");
  return llvm::Error::success();
}

llvm::Expected<int64_t> periodOf(const Problem &problem, const Solution &solution) {
  return Judge(problem, solution).run();
}

} // namespace braid::partition
