#include "split_flags.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/SmallVector.h"

#include <fmt/format.h>

#include <optional>

namespace braid::cli {
namespace {

using plan::SplitMode;

template <class Value, size_t N>
std::optional<Value> valueNamed(llvm::StringRef text, const Value (&values)[N]) {
  for (Value value : values)
    if (text == plan::name(value))
      return value;
  return std::nullopt;
}

/// `conv3=neuron:4` or `fc1=input:3:2:1`. A layer's name may hold '=': the last one counts.
llvm::Error addCut(llvm::StringRef item, plan::Options &options) {
  auto bad = [&](const char *what) {
    return badUsage(fmt::format("--split-layer {}: {}; conv3=neuron:4 or fc1=input:3:2:1 would work",
                                printable(item), what));
  };
  const auto [name, how] = item.rsplit('=');
  if (name.empty() || how.empty())
    return bad("a layer and a cut are meant");
  llvm::SmallVector<llvm::StringRef, 4> words;
  how.split(words, ':');
  constexpr SplitMode kAlong[] = {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows};
  const auto along = valueNamed(words[0], kAlong);
  if (!along)
    return bad("neuron, input and rows are known");
  plan::LayerCut cut{*along, {}};
  for (llvm::StringRef word : llvm::makeArrayRef(words).drop_front()) {
    int64_t share = 0;
    if (word.getAsInteger(10, share) || share < 1 || share > 1'000'000)
      return bad("a number of parts from 2, or a share from 1 for each, is meant");
    cut.shares.push_back(share);
  }
  constexpr int64_t kMostParts = 1024;
  if (cut.shares.size() == 1) { // a number of equal parts
    if (cut.shares[0] > kMostParts)
      return bad("more parts than any cluster has FPGAs");
    cut.shares.assign(static_cast<size_t>(cut.shares[0]), 1);
  }
  if (cut.shares.size() < 2)
    return bad("at least two parts are meant");
  if (!options.cuts.emplace(name.str(), std::move(cut)).second)
    return bad("the layer stands twice");
  return llvm::Error::success();
}

} // namespace

llvm::Error setRate(const std::string &fps, plan::Options &options) {
  if (fps.empty())
    return llvm::Error::success();
  double rate = 0;
  constexpr double kMost = 1e12; // more than any period can be short
  if (llvm::StringRef(fps).getAsDouble(rate) || !(rate > 0) || !(rate <= kMost))
    return badUsage(fmt::format("--fps {}: frames per second above 0 are meant, e.g. 3000", printable(fps)));
  options.fps = rate;
  return llvm::Error::success();
}

llvm::Error setSplit(const std::string &split, const std::string &splitLayer, const std::string &objective,
                     const std::string &solver, plan::Options &options) {
  if (!split.empty()) {
    constexpr SplitMode kModes[] = {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input,
                                    SplitMode::Rows, SplitMode::Auto};
    options.split = valueNamed(split, kModes);
    if (!options.split)
      return badUsage(fmt::format("--split {}: no such way{}", printable(split),
                                  suggestion(split, {"sequential", "neuron", "input", "rows", "auto"})));
  }
  llvm::SmallVector<llvm::StringRef, 4> items;
  if (!splitLayer.empty())
    llvm::StringRef(splitLayer).split(items, ',');
  for (llvm::StringRef item : items)
    if (llvm::Error error = addCut(item, options))
      return error;
  if (options.split && !options.cuts.empty())
    return badUsage("--split says how all layers are cut, --split-layer which; one of them is meant");
  if (!solver.empty()) {
    constexpr plan::Solver kSolvers[] = {plan::Solver::Elastic, plan::Solver::ChainDp, plan::Solver::Milp};
    const auto wanted = valueNamed(solver, kSolvers);
    if (!wanted)
      return badUsage(fmt::format("--solver {}: no such solver{}", printable(solver),
                                  suggestion(solver, {"elastic", "chain-dp", "milp"})));
    options.solver = *wanted;
  }
  if (objective.empty())
    return llvm::Error::success();
  constexpr plan::Objective kObjectives[] = {plan::Objective::Throughput, plan::Objective::Latency,
                                             plan::Objective::Fpgas, plan::Objective::Area};
  const auto wanted = valueNamed(objective, kObjectives);
  if (!wanted)
    return badUsage(fmt::format("--objective {}: no such objective{}", printable(objective),
                                suggestion(objective, {"throughput", "latency", "fpgas", "area"})));
  options.objective = *wanted;
  return llvm::Error::success();
}

} // namespace braid::cli
