// What a plan leaves open, decided so that the fewest bits move.
#include "braid/plan/split.h"

#include "layer_fault.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace braid::plan {
namespace {

using kernel::Slice;

/// A part of a stream and where it is.
struct Piece {
  Box box;
  int fpga = -1, die = 0; ///< -1: at the host
};

class Completer {
public:
  Completer(const ir::Model &model, Plan plan)
      : model_(model), plan_(std::move(plan)), pieces_(model.streams.size()), readers_(ir::readersOf(model)) {
    for (const Placement &p : plan_.placements)
      placed_[p.layer].push_back(p);
  }

  llvm::Expected<Plan> run() {
    for (const ir::Port &port : model_.inputs)
      pieces_[index(port.stream)].push_back({wholeBox(model_.stream(port.stream).shape), -1, 0});
    for (const ir::Layer &layer : model_.layers) {
      std::vector<Placement> &own = placed_[layer.id];
      if (own.empty())
        own = follow(layer);
      std::vector<Slice> slices;
      for (const Placement &p : own)
        slices.push_back(p.slice);
      if (llvm::Error error = checkTiling(model_, layer, slices))
        return error;
      std::sort(own.begin(), own.end(),
                [](const Placement &a, const Placement &b) { return a.slice < b.slice; });
      addPieces(layer, own);
    }
    plan_.placements.clear();
    for (const auto &entry : placed_)
      plan_.placements.insert(plan_.placements.end(), entry.second.begin(), entry.second.end());
    std::sort(plan_.joins.begin(), plan_.joins.end(), [](const Join &a, const Join &b) {
      return std::tie(a.layer, a.slice) < std::tie(b.layer, b.slice);
    });
    if (llvm::Error error = checkUsed())
      return error;
    addGathers();
    return std::move(plan_);
  }

private:
  Placement placement(const ir::Layer &layer, const Slice &slice, int fpga, int die) const {
    Placement out;
    out.layer = layer.id;
    out.slice = slice;
    out.implementation.style = plan_.style, out.implementation.io = plan_.io;
    const bool hasChoice = plan_.style == kernel::Style::Finn || ir::isLinear(layer.op);
    out.implementation.reuse = hasChoice ? 0 : 1; // 0: not chosen yet
    out.fpga = fpga, out.die = die;
    return out;
  }

  std::vector<Placement> follow(const ir::Layer &layer) const {
    std::vector<Placement> best = followed(layer, 0);
    // Of two inputs of one shape, the one is followed for which less of the other must come.
    if (const auto *binary = std::get_if<ir::Binary>(&layer.op);
        binary && model_.stream(layer.inputs[0]).shape == model_.stream(layer.inputs[1]).shape) {
      std::vector<Placement> second = followed(layer, 1);
      if (!second.empty() &&
          (best.empty() || elementsFetched(layer.inputs[0], second) < elementsFetched(layer.inputs[1], best)))
        best = std::move(second);
    }
    return best.empty() ? std::vector<Placement>{whole(layer)} : best;
  }

  /// Elements of a stream that slices of its shape do not find where they are.
  int64_t elementsFetched(ir::StreamId stream, const std::vector<Placement> &slices) const {
    int64_t fetched = 0;
    for (const Placement &p : slices)
      for (const Piece &piece : pieces_[index(stream)])
        if (piece.fpga != p.fpga)
          if (const auto part = intersection(piece.box, outputBox(model_, model_.layer(p.layer), p.slice)))
            fetched += part->elements();
    return fetched;
  }

  /// A slice beside each piece of an input; nothing where one of them cannot stand alone.
  std::vector<Placement> followed(const ir::Layer &layer, size_t input) const {
    std::vector<Placement> out;
    for (const Piece &piece : pieces_[index(layer.inputs[input])]) {
      if (piece.fpga < 0)
        return {};
      const std::optional<Slice> slice = followingSlice(model_, layer, piece.box);
      if (!slice)
        return {};
      if (slice->posBegin < slice->posEnd)
        out.push_back(placement(layer, *slice, piece.fpga, piece.die));
    }
    std::vector<Slice> slices;
    for (const Placement &p : out)
      slices.push_back(p.slice);
    if (llvm::Error error = checkTiling(model_, layer, slices)) {
      llvm::consumeError(std::move(error));
      return {};
    }
    return out;
  }

  /// The whole layer, where the fewest bits come to it and leave it.
  Placement whole(const ir::Layer &layer) const {
    std::map<int, int> places; // FPGA -> die
    for (ir::LayerId reader : readers_[index(layer.output)])
      if (const auto at = placed_.find(reader); at != placed_.end())
        for (const Placement &p : at->second)
          places.try_emplace(p.fpga, p.die);
    for (ir::StreamId input : layer.inputs)
      for (const Piece &piece : pieces_[index(input)])
        if (piece.fpga >= 0)
          places.try_emplace(piece.fpga, piece.die);
    if (places.empty())
      places[0] = 0;
    int best = places.begin()->first;
    int64_t fewest = -1;
    for (const auto &place : places) {
      const int64_t bits = bitsMoved(layer, place.first);
      if (fewest < 0 || bits < fewest)
        fewest = bits, best = place.first;
    }
    return placement(layer, kernel::wholeSlice(model_, layer), best, places.at(best));
  }

  int64_t bitsMoved(const ir::Layer &layer, int fpga) const {
    int64_t bits = 0;
    for (ir::StreamId input : layer.inputs)
      for (const Piece &piece : pieces_[index(input)])
        if (piece.fpga >= 0 && piece.fpga != fpga)
          bits += piece.box.elements() * model_.stream(input).type.bits();
    std::set<int> to;
    for (ir::LayerId reader : readers_[index(layer.output)])
      if (const auto at = placed_.find(reader); at != placed_.end())
        for (const Placement &p : at->second)
          to.insert(p.fpga);
    to.erase(fpga);
    const ir::Stream &out = model_.stream(layer.output);
    return bits + static_cast<int64_t>(to.size()) * ir::elements(out.shape) * out.type.bits();
  }

  /// What the placed slices of a layer leave where.
  void addPieces(const ir::Layer &layer, const std::vector<Placement> &own) {
    std::vector<Piece> &pieces = pieces_[index(layer.output)];
    std::map<Slice, std::vector<const Placement *>> regions; // of partial sums
    const Slice all = kernel::wholeSlice(model_, layer);
    for (const Placement &p : own) {
      if (!isPartial(model_, layer, p.slice)) {
        pieces.push_back({outputBox(model_, layer, p.slice), p.fpga, p.die});
        continue;
      }
      Slice region = p.slice;
      region.colBegin = all.colBegin, region.colEnd = all.colEnd;
      regions[region].push_back(&p);
    }
    if (regions.empty())
      return;
    // Slices of a region in order of their inputs; where regions differ between inputs, one sum makes all.
    const bool isOne = std::any_of(regions.begin(), regions.end(), [&](const auto &entry) {
      int64_t columns = 0;
      for (const Placement *p : entry.second)
        columns += p->slice.colEnd - p->slice.colBegin;
      return columns != all.colEnd;
    });
    if (isOne) {
      std::vector<const Placement *> parts;
      for (const Placement &p : own)
        parts.push_back(&p);
      regions = {{all, parts}};
    }
    for (auto &[region, parts] : regions) {
      std::sort(parts.begin(), parts.end(), [](const Placement *a, const Placement *b) {
        return std::tie(a->slice.colBegin, a->slice) < std::tie(b->slice.colBegin, b->slice);
      });
      const Slice key = region;
      summed_.insert({layer.id, key});
      auto join = std::find_if(plan_.joins.begin(), plan_.joins.end(),
                               [&](const Join &j) { return j.layer == layer.id && j.slice == key; });
      if (join == plan_.joins.end()) {
        plan_.joins.push_back({layer.id, region, false, parts.back()->fpga, parts.back()->die});
        join = plan_.joins.end() - 1;
      }
      pieces.push_back({outputBox(model_, layer, region), join->fpga, join->die});
    }
  }

  /// Sums and gathers that join nothing are a slip.
  llvm::Error checkUsed() const {
    for (const Join &join : plan_.joins) {
      const ir::Layer &layer = model_.layer(join.layer);
      const std::string what = describe(model_, layer, join.slice);
      if (!summed_.count({join.layer, join.slice}))
        return layerFault(
            layer, fmt::format("there is nothing to sum for {}: the plan cuts no such part by input", what));
      if (std::count_if(plan_.joins.begin(), plan_.joins.end(), [&](const Join &other) {
            return other.layer == join.layer && other.slice == join.slice;
          }) > 1)
        return layerFault(layer, fmt::format("the sum of {} is placed twice; once is right", what));
    }
    for (const Gather &gather : plan_.gathers) {
      const ir::Port &port = model_.outputs[static_cast<size_t>(gather.output)];
      if (pieces_[index(port.stream)].size() < 2)
        return badInput(
            "", fmt::format("output '{}' comes whole: there is nothing to gather", printable(port.name)));
    }
    return llvm::Error::success();
  }

  void addGathers() {
    for (size_t i = 0; i < model_.outputs.size(); ++i) {
      const std::vector<Piece> &pieces = pieces_[index(model_.outputs[i].stream)];
      const bool isKnown = std::any_of(plan_.gathers.begin(), plan_.gathers.end(),
                                       [&](const Gather &g) { return g.output == static_cast<int>(i); });
      if (pieces.size() < 2 || isKnown)
        continue;
      std::map<int, std::pair<int64_t, int>> elements; // FPGA -> elements there, die
      for (const Piece &piece : pieces) {
        auto &entry = elements[piece.fpga];
        entry = {entry.first + piece.box.elements(), piece.die};
      }
      const auto most = std::max_element(elements.begin(), elements.end(), [](const auto &a, const auto &b) {
        return a.second.first < b.second.first;
      });
      plan_.gathers.push_back({static_cast<int>(i), most->first, most->second.second});
    }
    std::sort(plan_.gathers.begin(), plan_.gathers.end(),
              [](const Gather &a, const Gather &b) { return a.output < b.output; });
  }

  const ir::Model &model_;
  Plan plan_;
  std::map<ir::LayerId, std::vector<Placement>> placed_;
  std::vector<std::vector<Piece>> pieces_; ///< By stream
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_;
  std::set<std::pair<ir::LayerId, Slice>> summed_; ///< Regions of partial sums
};

} // namespace

llvm::Expected<Plan> complete(const ir::Model &model, Plan plan) {
  return Completer(model, std::move(plan)).run();
}

} // namespace braid::plan
