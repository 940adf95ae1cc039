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
constexpr size_t kMostItems = 100'000;

bool isNeeds(const Needs &needs) {
  return std::all_of(needs.begin(), needs.end(), [](int64_t n) { return n >= 0 && n <= kMostNeeds; });
}

/// Whether a walk's FPGAs may follow each other.
bool isWalk(const Problem &problem, const std::vector<Part> &parts) {
  std::set<int> used;
  for (const Part &part : parts)
    if (!used.insert(part.fpga).second)
      return false;
  if (problem.walks.empty())
    return true;
  return std::any_of(problem.walks.begin(), problem.walks.end(), [&](const std::vector<int> &walk) {
    return std::search(walk.begin(), walk.end(), parts.begin(), parts.end(),
                       [](int fpga, const Part &part) { return fpga == part.fpga; }) != walk.end();
  });
}

/// The die of each layer of a part, or nothing where its ends are none.
std::vector<int> diesOf(const Problem &problem, const Part &part) {
  const Kind &kind = problem.kinds[static_cast<size_t>(problem.fpgas[static_cast<size_t>(part.fpga)].kind)];
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

class Judge {
public:
  Judge(const Problem &problem, const Solution &solution) : problem_(problem), solution_(solution) {}

  llvm::Expected<int64_t> run() {
    if (llvm::Error error = checkWalk())
      return error;
    for (const Part &part : solution_.parts)
      if (llvm::Error error = addPart(part))
        return error;
    for (size_t p = 0; p < solution_.parts.size(); ++p)
      if (llvm::Error error = addWires(solution_.parts[p], dies_[p]))
        return error;
    return fs_;
  }

private:
  llvm::Error checkWalk() const {
    const auto count = static_cast<int>(solution_.parts.size());
    if (count < problem_.fewestFpgas || count > problem_.mostFpgas)
      return fault(
          fmt::format("{} FPGAs; {} to {} are asked for", count, problem_.fewestFpgas, problem_.mostFpgas));
    if (solution_.choices.size() != problem_.layers.size())
      return fault(fmt::format("choices of {} layers; there are {}", solution_.choices.size(),
                               problem_.layers.size()));
    int cut = 0;
    for (const Part &part : solution_.parts) {
      if (part.fpga < 0 || part.fpga >= static_cast<int>(problem_.fpgas.size()))
        return fault(fmt::format("no FPGA has the number {}", part.fpga));
      if (part.begin != cut || part.end <= cut || part.end > problem_.cuts() || !problem_.isCut(part.end))
        return fault(fmt::format("{} has layers {} to {}",
                                 problem_.fpgas[static_cast<size_t>(part.fpga)].name, part.begin, part.end));
      cut = part.end;
    }
    if (cut != problem_.cuts())
      return fault(fmt::format("layers from {} on are nowhere", cut));
    if (!isWalk(problem_, solution_.parts))
      return fault("its FPGAs cannot follow each other");
    return llvm::Error::success();
  }

  /// How many other FPGAs have a layer that takes a stream.
  int64_t receiversOf(const Stream &stream) const {
    return std::count_if(solution_.parts.begin(), solution_.parts.end(), [&](const Part &part) {
      const bool made = stream.from >= part.begin && stream.from < part.end;
      return !made && std::any_of(stream.to.begin(), stream.to.end(),
                                  [&](int layer) { return layer >= part.begin && layer < part.end; });
    });
  }

  llvm::Error addPart(const Part &part) {
    const Place at = placeOf(part);
    const Kind &kind = problem_.kinds[static_cast<size_t>(at.kind)];
    const std::vector<int> dies = diesOf(problem_, part);
    if (dies.empty())
      return fault(fmt::format("{}: its dies do not end one after the other", at.name));
    Loads loads = loadsOf(problem_, at.kind, part.begin, part.end,
                          [this](const Stream &stream) { return receiversOf(stream); });
    fs_ = std::max(fs_, loads.fs);
    const Choice *before = nullptr;
    for (int p = part.begin; p < part.end; ++p) {
      const Layer &layer = problem_.layers[static_cast<size_t>(p)];
      const auto die = static_cast<size_t>(dies[static_cast<size_t>(p - part.begin)]);
      const int32_t row = solution_.choices[static_cast<size_t>(p)];
      if (!problem_.mayBeOn(p, at.kind) || (layer.die >= 0 && layer.die != static_cast<int>(die)))
        return fault(fmt::format("layer '{}' may not be on {}", layer.name, at.name));
      const Table &table = problem_.table(p, at.kind);
      if (row < 0 || row >= static_cast<int32_t>(table.size()))
        return fault(fmt::format("layer '{}' has no choice {}", layer.name, row));
      const Choice &choice = table[static_cast<size_t>(row)];
      fs_ = std::max(fs_, choice.cycles * kind.cycleFs);
      loads.charges[die] = loads.charges[die] + choice.needs;
      const int32_t words = layer.words.empty() ? -1 : layer.words[static_cast<size_t>(at.kind)];
      if (before && words >= 0 && dies[static_cast<size_t>(p - 1 - part.begin)] == static_cast<int>(die))
        loads.charges[die] =
            loads.charges[die] + problem_.words[static_cast<size_t>(words)][static_cast<size_t>(before->out)]
                                               [static_cast<size_t>(choice.in)];
      before = &choice;
    }
    for (size_t die = 0; die < kind.dies.size(); ++die)
      if (!fitsIn(loads.charges[die], kind.dies[die].capacity))
        return fault(fmt::format("{} of {} is too full", kind.dies[die].name, at.name));
    dies_.push_back(dies);
    return llvm::Error::success();
  }

  /// The shortest period, from that of all else on, at which words between dies are narrow enough.
  llvm::Error addWires(const Part &part, const std::vector<int> &dies) {
    const Place at = placeOf(part);
    const Kind &kind = problem_.kinds[static_cast<size_t>(at.kind)];
    if (kind.wires == 0)
      return llvm::Error::success();
    const auto fits = [&](int64_t fs) {
      for (int die = 0; die + 1 < static_cast<int>(kind.dies.size()); ++die)
        if (wiresAcross(problem_, at.kind, part.begin, part.end, die, fs, [&](int layer) {
              return dies[static_cast<size_t>(layer - part.begin)] <= die;
            }) > kind.wires)
          return false;
      return true;
    };
    if (!fits(kMostFs))
      return fault(fmt::format("{}: more wires between its dies than there are", at.name));
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

  struct Place {
    const std::string &name;
    int kind;
  };
  Place placeOf(const Part &part) const {
    const Fpga &fpga = problem_.fpgas[static_cast<size_t>(part.fpga)];
    return {fpga.name, fpga.kind};
  }

  const Problem &problem_;
  const Solution &solution_;
  int64_t fs_ = 1;
  std::vector<std::vector<int>> dies_;
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
  for (const Fpga &fpga : fpgas)
    if (fpga.kind < 0 || fpga.kind >= static_cast<int>(kindCount))
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
  for (const Stream &stream : streams) {
    bool isFine = stream.from >= -1 && stream.from < cuts() && !stream.to.empty() &&
                  std::is_sorted(stream.to.begin(), stream.to.end()) && stream.to.front() > stream.from &&
                  stream.to.back() <= cuts() && stream.elements >= 1 && stream.elementBits >= 1 &&
                  stream.elements <= kMostNeeds && stream.elementBits <= 4096 && stream.linkFs >= 0 &&
                  stream.hostFs >= 0 && stream.linkFs <= kMostFs / 4096 && stream.hostFs <= kMostFs / 4096 &&
                  stream.ends.size() == kindCount;
    for (const Stream::Ends &ends : stream.ends)
      isFine = isFine && isNeeds(ends.send) && isNeeds(ends.receive) && isNeeds(ends.fromHost) &&
               isNeeds(ends.toHost) && ends.cycles >= 0 && ends.cycles <= kMostFs / longest;
    if (!isFine)
      return fault(fmt::format("stream '{}' is out of range", stream.name));
  }
  return llvm::Error::success();
}

llvm::Expected<int64_t> periodOf(const Problem &problem, const Solution &solution) {
  return Judge(problem, solution).run();
}

} // namespace braid::partition
