// What the partitioning solver takes, beside CBC on the same problem as a mixed integer program. Prints JSON.
//
//   partition_bench draw SEED LAYERS      a random problem of one walk, of half as many layers to so many
//   partition_bench large LAYERS FPGAS    a chain of them on FPGAs of four dies, wires and links that bind
//   partition_bench solve FILE            period, what is proven, CPU time with and without the proof
//   partition_bench plain FILE            the same without converters and links
//   partition_bench place FILE            the plan as in certificate.json; null where none fits
//   partition_bench cbc FILE SECONDS      solver and CBC on FPGAs alike or in the one walk, all, no wires
#include "support/networks.h"
#include "support/partition_json.h"
#include "support/partition_random.h"

#include "braid/partition/files.h"
#include "braid/partition/milp.h"
#include "braid/partition/solve.h"

#include <fmt/format.h>

#include <fstream>
#include <numeric>
#include <sys/resource.h>

using namespace braid;
using namespace braid::partition;
using nlohmann::json;

namespace {

double cpuSeconds(int who) {
  rusage usage = {};
  getrusage(who, &usage);
  const auto seconds = [](const timeval &time) { return double(time.tv_sec) + 1e-6 * double(time.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// An answer and its CPU seconds: the mean of so many runs that the clock is fine enough.
std::pair<Answer, double> timed(const Problem &problem, bool certify) {
  const double start = cpuSeconds(RUSAGE_SELF);
  double taken = 0;
  for (int runs = 1;; ++runs) {
    Answer answer = solve(problem, {.certify = certify});
    taken = cpuSeconds(RUSAGE_SELF) - start;
    if (taken > 0.1 || runs == 1000)
      return {std::move(answer), taken / runs};
  }
}

json told(const Problem &problem) {
  const auto [answer, seconds] = timed(problem, true);
  return {{"period_fs", answer.solution ? answer.solution->periodFs : 0},
          {"above_fs", answer.certificate.infeasibleFs},
          {"proven", answer.isProven()},
          {"layers", problem.cuts()},
          {"fpgas", problem.mostFpgas},
          {"seconds", seconds},
          {"plan_seconds", timed(problem, false).second}};
}

Problem plain(Problem problem) {
  for (Layer &layer : problem.layers)
    layer.words.clear();
  for (Kind &kind : problem.kinds) {
    kind.wires = 0;
    kind.stack = {};
  }
  for (Stream &stream : problem.streams) {
    stream.linkFs = stream.hostFs = 0;
    for (Stream::Ends &ends : stream.ends)
      ends = {};
  }
  return problem;
}

json placed(const Problem &problem) {
  const auto [answer, seconds] = timed(problem, false);
  json plan;
  if (answer.solution)
    plan = json::parse(toJson(&*answer.solution, {})).at("plan");
  return {{"plan", plan}, {"seconds", seconds}};
}

/// Solver and CBC on the walk of all FPGAs.
json compared(Problem problem, int seconds) {
  std::vector<int> walk(problem.mostFpgas);
  std::iota(walk.begin(), walk.end(), 0);
  if (!problem.walks.empty())
    walk = problem.walks[0];
  const bool isAlike = problem.kinds.size() == 1;
  if (!isAlike && problem.walks.size() != 1)
    throw std::runtime_error("FPGAs that are alike, or one walk, are meant");
  problem.fewestFpgas = problem.mostFpgas = static_cast<int>(walk.size());
  for (Kind &kind : problem.kinds)
    kind.wires = 0; // the program has none
  json out = told(problem);
  const double before = cpuSeconds(RUSAGE_CHILDREN);
  auto answer = solveMilp(problem, walk, seconds);
  out["cbc_seconds"] = cpuSeconds(RUSAGE_CHILDREN) - before;
  out["cbc_status"] = "stopped";
  if (!answer) {
    const std::string fault = llvm::toString(answer.takeError());
    if (fault.find("timed out") == std::string::npos) // it does not always keep to its time
      throw std::runtime_error(fault);
    return out;
  }
  out["cbc_status"] = answer->status == MilpAnswer::Status::Optimal   ? "optimal"
                      : answer->status == MilpAnswer::Status::Stopped ? "stopped"
                                                                      : "infeasible";
  out["cbc_period_fs"] = 0;
  if (answer->solution) {
    auto period = periodOf(problem, *answer->solution);
    out["cbc_period_fs"] = period ? *period : -1; // its tolerance let something through
    llvm::consumeError(period.takeError());
  }
  return out;
}

Problem drawn(uint64_t seed, int layers) {
  const test::ProblemLimits limits{
      .layers = layers, .choices = 8, .fpgas = 4, .dies = 2, .wires = false, .teams = false};
  for (uint64_t attempt = 0;; ++attempt) {
    Problem problem = test::randomProblem(seed * 1000 + attempt, limits);
    if (2 * problem.cuts() < layers || problem.fpgas.size() < 2)
      continue;
    if (problem.walks.empty()) {
      problem.walks.resize(1, std::vector<int>(problem.fpgas.size()));
      std::iota(problem.walks[0].begin(), problem.walks[0].end(), 0);
    }
    problem.walks.resize(1);
    if (problem.walks[0].size() > 1)
      return problem;
  }
}

Problem large(int layers, int fpgas) {
  test::Random random(1);
  Problem problem;
  Kind kind{.name = "large", .cycleFs = 5'000'000, .wires = 5000, .portDie = 1, .stack = {20000, 40000, 30}};
  for (int d = 0; d < 4; ++d)
    kind.dies.push_back({fmt::format("SLR{}", d), {300'000, 430'000, 1075, 256, 2457}});
  problem.kinds.push_back(kind);
  for (int f = 0; f < fpgas; ++f)
    problem.fpgas.push_back({fmt::format("fpga{}", f), 0});
  problem.mostFpgas = fpgas;
  for (int l = 0; l < layers; ++l) {
    Table table;
    const int64_t work = int64_t{1} << test::draw(random, 18, 23), weights = test::draw(random, 2, 60);
    for (int step = 0; step <= 10; ++step) {
      const int64_t units = int64_t{1} << step;
      table.push_back({work * 9 / units,
                       {2000 + 35 * units, 2500 + 40 * units, std::max(weights, units / 8), 0, units},
                       step / 3,
                       step / 3});
    }
    problem.tables.push_back(table);
    problem.layers.push_back({.name = fmt::format("layer{}", l), .tables = {l}, .words = {0}});
  }
  Words words(4, std::vector<Needs>(4));
  for (int64_t out = 0; out < 4; ++out)
    for (int64_t in = 0; in < 4; ++in)
      if (out != in)
        words[out][in] = {300 << std::max(out, in), 400 << std::max(out, in)};
  problem.words.push_back(words);
  for (int from = -1; from < layers; ++from) {
    const int64_t elements = test::draw(random, 10'000, 200'000), bits = test::draw(random, 1, 2) * 4;
    const bool isHost = from < 0 || from + 1 == layers;
    std::vector<int> to{from + 1};
    if (!isHost && from + 4 < layers && from % 4 == 0)
      to.push_back(from + 4); // a residual
    const int64_t fs = elements * bits * 10'000;
    Stream::Ends ends{.send = {2000, 3000, 8},
                      .receive = {2000, 3000, 8},
                      .fromHost = {4000, 6000, 15},
                      .toHost = {4000, 6000, 15},
                      .cycles = elements * bits / 512};
    problem.streams.push_back({fmt::format("stream{}", from + 1), from, to, elements, bits, fs, fs, {ends}});
  }
  return problem;
}

} // namespace

int main(int argc, char **argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](size_t i) { return std::stoi(words.at(i)); };
  const auto file = [&] {
    std::ifstream in(words.at(1));
    return test::problemOf(json::parse(in));
  };
  const std::string command = words.empty() ? "" : words[0];
  if (command == "draw")
    fmt::print("{}\n", test::problemJson(drawn(static_cast<uint64_t>(number(1)), number(2))).dump());
  else if (command == "large")
    fmt::print("{}\n", test::problemJson(large(number(1), number(2))).dump());
  else if (command == "solve")
    fmt::print("{}\n", told(file()).dump());
  else if (command == "plain")
    fmt::print("{}\n", told(plain(file())).dump());
  else if (command == "place")
    fmt::print("{}\n", placed(file()).dump());
  else if (command == "cbc")
    fmt::print("{}\n", compared(file(), number(2)).dump());
  else
    throw std::runtime_error("draw, large, solve, plain, place or cbc is meant");
  return 0;
} catch (const std::exception &fault) {
  fmt::print(stderr, "partition_bench: {}\n", fault.what());
  return 2;
}
