#include "elastic_explain.h"

#include "braid/partition/solve.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::plan {
namespace {

using device::Resource;
using partition::Needs;
using partition::Problem;

class Explainer {
public:
  Explainer(const ElasticProblem &elastic, const device::Cluster &cluster, const Options &options)
      : elastic_(elastic), problem_(elastic.problem), cluster_(cluster), options_(options),
        atMostFs_(longestPeriodFs(options)) {}

  std::vector<std::string> run() {
    addSlow();
    const size_t slow = notes_.size();
    addSums();
    const size_t sums = notes_.size();
    addLayers();
    if ((slow > 0 || notes_.size() > sums) && !options_.split && cluster_.fpgas.size() > 1)
      notes_.push_back("--split auto may cut such a layer, or have copies take turns");
    if (notes_.size() == before_) // each by itself fits: together they do not
      addLimits();
    const auto &reserved = options_.limits.reserved;
    if (options_.pins.empty() && std::all_of(reserved.begin(), reserved.end(), [](const auto &r) {
          return r.fpga == "*";
        })) // else no other FPGA is like the first
      addCount();
    return std::move(notes_);
  }

private:
  const device::Device &deviceOf(int kind) const {
    return *cluster_.fpgas[static_cast<size_t>(elastic_.firstOf[static_cast<size_t>(kind)])].device;
  }
  /// That a layer may be on.
  std::vector<int> kindsOf(int layer) const {
    std::vector<int> kinds;
    for (int kind = 0; kind < static_cast<int>(problem_.kinds.size()); ++kind)
      if (problem_.mayBeOn(layer, kind))
        kinds.push_back(kind);
    return kinds;
  }
  int asked() const { return problem_.mostFpgas; }

  bool fits(const Problem &problem) const { return find(problem).solution.has_value(); }
  partition::Answer find(const Problem &problem) const {
    return partition::solve(problem, {.atMostFs = atMostFs_, .isAnyPeriod = true, .certify = false});
  }
  int64_t periodFs(int kind, const partition::Choice &choice) const {
    const partition::Kind &own = problem_.kind(kind);
    return ceilDiv(choice.cycles * own.cycleFs, int64_t{own.takesTurns ? own.members : 1});
  }
  bool isFast(int kind, const partition::Choice &choice) const { return periodFs(kind, choice) <= atMostFs_; }

  /// What is slower than the rate that is asked for, however it is made.
  void addSlow() {
    constexpr double kFsPerSecond = 1e15;
    const auto rate = [](int64_t fs) {
      return withThousands(static_cast<int64_t>(kFsPerSecond / static_cast<double>(fs)));
    };
    for (int p = 0; p < problem_.cuts(); ++p) {
      int64_t least = INT64_MAX;
      for (int kind : kindsOf(p))
        for (const partition::Choice &choice : problem_.table(p, kind))
          least = std::min(least, periodFs(kind, choice));
      if (least != INT64_MAX && least > atMostFs_)
        notes_.push_back(fmt::format("layer '{}' makes at most {} frames/s, in its fastest implementation",
                                     printable(problem_.layers[static_cast<size_t>(p)].name), rate(least)));
    }
    for (const partition::Stream &stream : problem_.streams) {
      int64_t least = INT64_MAX;
      for (int kind = 0; kind < static_cast<int>(problem_.kinds.size()); ++kind)
        least = std::min(least, problem_.hostFs(stream, kind));
      const bool isHosts = stream.from < 0 || stream.to.back() == problem_.cuts();
      if (isHosts && least > atMostFs_)
        notes_.push_back(fmt::format("the host's stream '{}' takes {} frames/s at most",
                                     printable(stream.name), rate(least)));
    }
  }

  void addSums() {
    for (Resource r : device::kResources) {
      const auto i = static_cast<size_t>(r);
      int64_t need = 0, have = 0;
      for (int p = 0; p < problem_.cuts(); ++p) {
        int64_t least = INT64_MAX;
        for (int kind : kindsOf(p))
          for (const partition::Choice &choice : problem_.table(p, kind))
            if (isFast(kind, choice))
              least = std::min(least, choice.needs[i]);
        need += least == INT64_MAX ? 0 : least;
      }
      std::vector<int64_t> each;
      for (const partition::Fpga &fpga : problem_.fpgas) {
        each.push_back(0);
        for (const partition::Die &die : problem_.kinds[static_cast<size_t>(fpga.kind)].dies)
          each.back() += die.capacity[i];
      }
      std::sort(each.rbegin(), each.rend());
      for (int f = 0; f < asked(); ++f)
        have += std::max<int64_t>(0, each[static_cast<size_t>(f)]);
      if (need > have)
        notes_.push_back(fmt::format("all layers together need at least {} {}{}; {} FPGA{} {} {} usable",
                                     withThousands(need), device::name(r),
                                     options_.fps ? " at that rate" : "", asked(), asked() == 1 ? "" : "s",
                                     asked() == 1 ? "has" : "have", withThousands(have)));
    }
    before_ = notes_.size();
  }

  /// By how much needs are above a room, as the largest share of it.
  static double overOf(const Needs &needs, const Needs &room) {
    double most = 0;
    for (size_t r = 0; r < partition::kResources; ++r)
      if (needs[r] > room[r])
        most = std::max(most,
                        static_cast<double>(needs[r]) / static_cast<double>(std::max<int64_t>(1, room[r])));
    return most;
  }

  void addLayers() {
    for (int p = 0; p < problem_.cuts(); ++p) {
      const partition::Choice *nearest = nullptr;
      const Needs *room = nullptr;
      int of = 0;
      for (int kind : kindsOf(p))
        for (const partition::Die &die : problem_.kinds[static_cast<size_t>(kind)].dies)
          for (const partition::Choice &choice : problem_.table(p, kind))
            if (isFast(kind, choice) &&
                (!nearest || overOf(choice.needs, die.capacity) < overOf(nearest->needs, *room)))
              nearest = &choice, room = &die.capacity, of = kind;
      if (!nearest || overOf(nearest->needs, *room) == 0)
        continue;
      std::vector<std::string> over;
      for (Resource r : device::kResources)
        if (const auto i = static_cast<size_t>(r); nearest->needs[i] > (*room)[i])
          over.push_back(fmt::format("{} {} where {} are usable", withThousands(nearest->needs[i]),
                                     device::name(r), withThousands((*room)[i])));
      const partition::Kind &kind = problem_.kinds[static_cast<size_t>(of)];
      notes_.push_back(fmt::format("layer '{}' alone fits no {}{}{}: its nearest implementation takes {}",
                                   printable(problem_.layers[static_cast<size_t>(p)].name),
                                   kind.dies.size() > 1 ? "die of " : "", deviceOf(of).name,
                                   options_.fps ? " at that rate" : "", fmt::join(over, ", ")));
    }
  }

  /// The least limit of one resource alone that would do.
  void addLimits() {
    for (Resource r : device::kResources) {
      const int64_t now = options_.limits.percent[static_cast<size_t>(r)];
      const auto with = [&](int64_t percent) {
        Problem more = problem_;
        for (size_t k = 0; k < more.kinds.size(); ++k) {
          const device::Device &device = deviceOf(static_cast<int>(k));
          for (size_t d = 0; d < more.kinds[k].dies.size(); ++d) {
            const int64_t capacity = more.kinds[k].dies.size() == device.dies.size()
                                         ? device.dies[d].capacity[r]
                                         : device.capacity()[r];
            more.kinds[k].dies[d].capacity[static_cast<size_t>(r)] +=
                capacity * percent / 100 - capacity * now / 100;
          }
        }
        return fits(more);
      };
      if (now >= 100 || !with(100))
        continue;
      int64_t low = now, high = 100;
      while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        (with(middle) ? high : low) = middle;
      }
      notes_.push_back(
          fmt::format("a limit of {} % {} instead of {} % would do", high, device::name(r), now));
    }
  }

  /// How many FPGAs like the first would do.
  void addCount() {
    Problem many = problem_;
    many.walks.clear();
    const auto most = std::min<size_t>(device::kMaxFpgas, problem_.layers.size());
    many.fpgas.assign(most, problem_.fpgas[0]);
    many.fewestFpgas = 1, many.mostFpgas = static_cast<int>(most);
    const auto answer = find(many);
    if (answer.solution && static_cast<int>(answer.solution->parts.size()) > asked())
      notes_.push_back(fmt::format("{} x {} would {}", answer.solution->parts.size(),
                                   deviceOf(many.fpgas[0].kind).name, options_.fps ? "do" : "fit"));
  }

  const ElasticProblem &elastic_;
  const Problem &problem_;
  const device::Cluster &cluster_;
  const Options &options_;
  const int64_t atMostFs_;
  std::vector<std::string> notes_;
  size_t before_ = 0;
};

} // namespace

std::vector<std::string> explainElastic(const ElasticProblem &elastic, const device::Cluster &cluster,
                                        const Options &options) {
  return Explainer(elastic, cluster, options).run();
}

} // namespace braid::plan
