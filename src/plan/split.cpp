// Pieces: each stream of the whole model is, in the split model, a set of streams that carry boxes of it. A
// slice asks for a box; the box is a piece, or part of one, or is put together from several.
#include "braid/plan/split.h"

#include "box_tree.h"
#include "layer_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace braid::plan {
namespace {

using kernel::Slice;

constexpr int kHost = -1;

struct Place {
  int fpga = kHost, die = 0;
};

/// A stream of the split model and the box of the whole stream that it carries.
struct Piece {
  Box box;
  ir::StreamId stream = ir::StreamId::None;
  Place at;
};

/// Boxes of one piece that one FPGA asks for.
using Wanted = std::map<std::pair<ir::StreamId, int>, std::set<Box>>; ///< By whole stream and FPGA

/// The rectangle that a region of a layer makes: neurons and rows, all inputs.
Slice regionOf(Slice slice, const Slice &whole) {
  slice.colBegin = whole.colBegin, slice.colEnd = whole.colEnd;
  return slice;
}

class Splitter {
public:
  Splitter(const ir::Model &whole, const Plan &plan)
      : whole_(whole), plan_(plan), pieces_(whole.streams.size()) {
    out_.model.name = whole.name, out_.model.isInteger = whole.isInteger;
    out_.plan.style = plan.style, out_.plan.io = plan.io;
    out_.plan.replicas = plan.replicas;
    out_.plan.solver = plan.solver, out_.plan.usesDies = plan.usesDies;
  }

  llvm::Expected<SplitModel> run() {
    if (llvm::Error error = findNeeds())
      return error;
    addInputs();
    for (const ir::Layer &layer : whole_.layers)
      if (llvm::Error error = addLayer(layer))
        return error;
    for (size_t i = 0; i < whole_.outputs.size(); ++i)
      if (llvm::Error error = addOutput(i))
        return error;
    assignStages(out_.model, out_.plan.placements);
    out_.plan.crossings = crossingsOf(out_.model, out_.plan.placements);
    return std::move(out_);
  }

private:
  std::vector<const Placement *> placementsOf(ir::LayerId layer) const {
    std::vector<const Placement *> found;
    const auto first = std::lower_bound(plan_.placements.begin(), plan_.placements.end(), layer,
                                        [](const Placement &p, ir::LayerId id) { return p.layer < id; });
    for (auto p = first; p != plan_.placements.end() && p->layer == layer; ++p)
      found.push_back(&*p);
    return found;
  }

  /// Which boxes of which streams are asked for where, before anything is built.
  llvm::Error findNeeds() {
    for (const ir::Layer &layer : whole_.layers) {
      std::vector<Slice> slices;
      for (const Placement *p : placementsOf(layer.id))
        slices.push_back(p->slice);
      if (llvm::Error error = checkTiling(whole_, layer, slices))
        return error;
      for (const Placement *p : placementsOf(layer.id))
        for (size_t i = 0; i < layer.inputs.size(); ++i) {
          auto box = inputBox(whole_, layer, p->slice, i);
          if (!box)
            return box.takeError();
          if (*box)
            wanted_[{layer.inputs[i], p->fpga}].insert(**box);
        }
    }
    for (const Gather &gather : plan_.gathers) {
      const ir::StreamId stream = whole_.outputs[static_cast<size_t>(gather.output)].stream;
      wanted_[{stream, gather.fpga}].insert(wholeBox(whole_.stream(stream).shape));
    }
    return llvm::Error::success();
  }

  ir::StreamId addStream(std::string name, const Box &box, const num::DataType &type, StreamOrigin origin) {
    const ir::StreamId id =
        out_.model.addStream(uniqueName(std::move(name), streamNames_), box.shape(), type);
    origin.box = box;
    out_.streams.push_back(std::move(origin));
    return id;
  }

  static std::string uniqueName(std::string base, std::set<std::string> &taken) {
    std::string name = base;
    for (int i = 1; !taken.insert(name).second; ++i)
      name = fmt::format("{}.{}", base, i);
    return name;
  }

  /// A layer of the split model that makes `output`.
  ir::StreamId add(std::string name, ir::Op op, llvm::ArrayRef<ir::StreamId> inputs, ir::StreamId output,
                   const ir::Layer *of, LayerOrigin origin, Place at,
                   const kernel::Implementation *implementation = nullptr) {
    ir::Layer layer;
    layer.name = uniqueName(std::move(name), layerNames_);
    layer.op = std::move(op);
    layer.inputs.assign(inputs.begin(), inputs.end());
    layer.output = output;
    if (of)
      layer.nodes = of->nodes;
    const ir::LayerId id = out_.model.addLayer(std::move(layer));
    out_.layers.push_back(origin);
    Placement placement;
    placement.layer = id;
    placement.slice = kernel::wholeSlice(out_.model, out_.model.layer(id));
    placement.fpga = at.fpga, placement.die = at.die;
    if (implementation)
      placement.implementation = *implementation;
    else if (plan_.style == kernel::Style::Finn)
      placement.implementation = kernel::movingFolding(out_.model, out_.model.layer(id));
    placement.implementation.style = plan_.style, placement.implementation.io = plan_.io;
    out_.plan.placements.push_back(placement);
    return output;
  }

  /// The model's inputs, cut by the host into what the FPGAs ask for.
  void addInputs() {
    for (size_t i = 0; i < whole_.inputs.size(); ++i) {
      const ir::Port &port = whole_.inputs[i];
      std::set<Box> boxes;
      for (const auto &[key, wanted] : wanted_)
        if (key.first == port.stream)
          for (const Box &box : sentBoxes(wholeBox(whole_.stream(port.stream).shape), wanted))
            boxes.insert(box);
      for (const Box &box : boxes) {
        const ir::Stream &stream = whole_.stream(port.stream);
        const bool isWhole = box == wholeBox(stream.shape);
        const ir::StreamId id = addStream(isWhole ? stream.name : stream.name + toString(box), box,
                                          stream.type, {port.stream, {}, {}});
        pieces_[index(port.stream)].push_back({box, id, {}});
        ir::Port part = port;
        part.stream = id;
        if (!isWhole) {
          part.name = port.name + toString(box);
          part.onnxShape = box.shape();
          part.perm.clear();
        }
        out_.model.inputs.push_back(std::move(part));
        out_.inputs.push_back(static_cast<int>(i));
      }
    }
  }

  /// What of a piece is sent to one FPGA that wants these boxes of its stream: each by itself, or all of them
  /// and what lies between, whichever is less.
  static std::set<Box> sentBoxes(const Box &piece, const std::set<Box> &wanted) {
    std::set<Box> each;
    std::optional<Box> all;
    int64_t sum = 0;
    for (const Box &box : wanted)
      if (const auto part = intersection(box, piece))
        if (each.insert(*part).second) {
          sum += part->elements();
          all = all ? hull(*all, *part) : *part;
        }
    return all && all->elements() < sum ? std::set<Box>{*all} : each;
  }

  /// The stream that carries `box` of `piece` to an FPGA; where only part of the piece is wanted, that alone
  /// is sent.
  ir::StreamId partOf(ir::StreamId stream, const Piece &piece, const Box &box, Place to) {
    if (piece.box == box)
      return piece.stream;
    if (piece.at.fpga != to.fpga && piece.at.fpga != kHost)
      for (const Box &sent : sentBoxes(piece.box, wanted_.at({stream, to.fpga})))
        if (intersection(sent, box) == std::optional(box)) {
          const Piece there = {sent, cropped(stream, piece, sent, piece.at), to};
          return cropped(stream, there, box, to);
        }
    return cropped(stream, piece, box, to);
  }

  ir::StreamId cropped(ir::StreamId stream, const Piece &piece, const Box &box, Place at) {
    if (piece.box == box)
      return piece.stream;
    auto [known, isNew] = crops_.try_emplace({piece.stream, box, at.fpga}, ir::StreamId::None);
    if (!isNew)
      return known->second;
    const ir::Stream &from = whole_.stream(stream);
    ir::Crop op;
    for (size_t d = 0; d < box.begin.size(); ++d) {
      op.begin.push_back(box.begin[d] - piece.box.begin[d]);
      op.end.push_back(box.end[d] - piece.box.begin[d]);
    }
    const ir::StreamId to = addStream(from.name + toString(box), box, from.type, {stream, {}, {}});
    add(from.name + ".crop", std::move(op), {piece.stream}, to, nullptr,
        {LayerOrigin::Role::Crop, from.producer, {}}, at);
    return known->second = to;
  }

  /// The stream that carries a box of a whole stream, at an FPGA.
  llvm::Expected<ir::StreamId> provide(ir::StreamId stream, const Box &box, Place at) {
    auto [known, isNew] = provided_.try_emplace({stream, box, at.fpga}, ir::StreamId::None);
    if (!isNew)
      return known->second;
    // Of equal pieces (inputs that the host cuts), one that is whole here is enough.
    const Piece *own = nullptr;
    for (const Piece &piece : pieces_[index(stream)])
      if (intersection(piece.box, box) == std::optional(box) &&
          (!own || piece.box.elements() < own->box.elements()))
        own = &piece;
    if (own)
      return provided_[{stream, box, at.fpga}] = partOf(stream, *own, box, at);
    std::vector<BoxTree::Leaf> leaves;
    std::vector<ir::StreamId> parts;
    for (const Piece &piece : pieces_[index(stream)])
      if (const auto part = intersection(piece.box, box)) {
        leaves.push_back({*part, static_cast<int>(parts.size())});
        parts.push_back(partOf(stream, piece, *part, at));
      }
    const auto tree = BoxTree::make(std::move(leaves));
    if (!tree)
      return layerFault(
          whole_.layer(whole_.stream(stream).producer),
          fmt::format("its parts cannot be put together by straight cuts into {}", toString(box)));
    return provided_[{stream, box, at.fpga}] = joined(stream, *tree, parts, at);
  }

  ir::StreamId joined(ir::StreamId stream, const BoxTree &tree, llvm::ArrayRef<ir::StreamId> parts,
                      Place at) {
    if (tree.children.empty())
      return parts[static_cast<size_t>(tree.leaf)];
    std::vector<ir::StreamId> inputs;
    for (const BoxTree &child : tree.children)
      inputs.push_back(joined(stream, child, parts, at));
    const ir::Stream &from = whole_.stream(stream);
    StreamOrigin origin = out_.streams[index(inputs[0])];
    if (origin.partial)
      origin.partial->rowBegin = tree.box.begin.back(), origin.partial->rowEnd = tree.box.end.back();
    const bool isWhole = tree.box == wholeBox(from.shape) && !origin.partial;
    const ir::StreamId to = addStream(from.name + (isWhole ? "" : toString(tree.box)), tree.box,
                                      out_.model.stream(inputs[0]).type, std::move(origin));
    return add(from.name + ".concat", ir::Concat{static_cast<int64_t>(tree.axis)}, inputs, to, nullptr,
               {LayerOrigin::Role::Concat, from.producer, {}}, at);
  }

  llvm::Error addLayer(const ir::Layer &layer) {
    const Slice whole = kernel::wholeSlice(whole_, layer);
    const auto placements = placementsOf(layer.id);
    std::map<Slice, std::vector<std::pair<const Placement *, ir::StreamId>>> partials; // by region
    for (const Placement *p : placements) {
      auto made = addSlice(layer, *p, placements.size() == 1);
      if (!made)
        return made.takeError();
      if (isPartial(whole_, layer, p->slice))
        partials[regionOf(p->slice, whole)].push_back({p, *made});
      else
        pieces_[index(layer.output)].push_back(
            {outputBox(whole_, layer, p->slice), *made, {p->fpga, p->die}});
    }
    return partials.empty() ? llvm::Error::success() : addSums(layer, partials);
  }

  llvm::Expected<ir::StreamId> addSlice(const ir::Layer &layer, const Placement &placement, bool isAlone) {
    const Place at = {placement.fpga, placement.die};
    std::vector<ir::StreamId> inputs;
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
      auto box = inputBox(whole_, layer, placement.slice, i);
      if (!box)
        return box.takeError();
      if (!*box)
        continue;
      auto input = provide(layer.inputs[i], **box, at);
      if (!input)
        return input.takeError();
      inputs.push_back(*input);
    }
    const ir::Stream &to = whole_.stream(layer.output);
    const Box box = outputBox(whole_, layer, placement.slice);
    StreamOrigin origin = {layer.output, {}, {}};
    num::DataType type = to.type;
    std::string suffix = isAlone ? "" : toString(box);
    if (isPartial(whole_, layer, placement.slice)) {
      origin.partial = placement.slice;
      suffix += fmt::format(".in[{}:{}]", placement.slice.colBegin, placement.slice.colEnd);
      auto accum = accumulator(layer);
      if (!accum)
        return accum.takeError();
      type = *accum;
    }
    const ir::StreamId output = addStream(to.name + suffix, box, type, std::move(origin));
    add(layer.name + suffix, slicedOp(whole_, layer, placement.slice), inputs, output, &layer,
        {LayerOrigin::Role::Slice, layer.id, placement.slice}, at, &placement.implementation);
    return output;
  }

  const ir::LinearTypes &typesOf(const ir::Layer &layer) const {
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
      return dense->types;
    return std::get<ir::Conv>(layer.op).types;
  }
  const ir::Weights &biasOf(const ir::Layer &layer) const {
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
      return dense->bias;
    return std::get<ir::Conv>(layer.op).bias;
  }

  /// The type of partial sums.
  llvm::Expected<num::DataType> accumulator(const ir::Layer &layer) const {
    const num::DataType &accum = typesOf(layer).accum;
    if (accum.isFixed() && accum.fixed().width > num::kMaxWidth)
      return layerFault(layer,
                        fmt::format("its accumulator has {} bits, and partial sums of at most {} travel; "
                                    "another cut, or a narrower input or weight type, would work",
                                    accum.fixed().width, num::kMaxWidth));
    return accum;
  }

  const Join *joinOf(const ir::Layer &layer, const Slice &region) const {
    for (const Join &join : plan_.joins)
      if (join.layer == layer.id && join.slice == region)
        return &join;
    return nullptr;
  }

  using Part = std::pair<const Placement *, ir::StreamId>;

  /// Regions whose slices have the same neurons and rows are summed by themselves; where inputs are cut into
  /// parts that are cut otherwise, each part is put together first.
  llvm::Error addSums(const ir::Layer &layer, const std::map<Slice, std::vector<Part>> &partials) {
    const Slice whole = kernel::wholeSlice(whole_, layer);
    const auto isFull = [&](const auto &entry) {
      int64_t columns = 0;
      for (const Part &part : entry.second)
        columns += part.first->slice.colEnd - part.first->slice.colBegin;
      return columns == whole.colEnd;
    };
    if (std::all_of(partials.begin(), partials.end(), isFull)) {
      for (const auto &[region, parts] : partials)
        if (llvm::Error error = addSum(layer, region, sumInputs(parts)))
          return error;
      return llvm::Error::success();
    }
    std::map<std::pair<int64_t, int64_t>, std::vector<Part>> byColumns;
    for (const auto &entry : partials)
      for (const Part &part : entry.second)
        byColumns[{part.first->slice.colBegin, part.first->slice.colEnd}].push_back(part);
    const Join *join = joinOf(layer, whole);
    BRAID_CHECK(join, "a complete plan says where sums stand");
    std::vector<std::pair<ir::StreamId, Place>> inputs;
    int64_t end = 0;
    for (const auto &[columns, parts] : byColumns) {
      std::vector<BoxTree::Leaf> leaves;
      std::vector<ir::StreamId> streams;
      int64_t elements = 0;
      for (const Part &part : parts) {
        leaves.push_back({outputBox(whole_, layer, part.first->slice), static_cast<int>(streams.size())});
        streams.push_back(part.second);
        elements += leaves.back().box.elements();
      }
      const auto tree = BoxTree::make(std::move(leaves));
      if (columns.first != end || !tree || elements != ir::elements(whole_.stream(layer.output).shape))
        return layerFault(
            layer, "its slices are cut along inputs within parts that are cut along neurons or rows, and the "
                   "other way round; cut each part of its "
                   "neurons and rows along inputs alike, or each part of its inputs along neurons and rows");
      end = columns.second;
      inputs.push_back(
          {joined(layer.output, *tree, streams, {join->fpga, join->die}), {join->fpga, join->die}});
    }
    return addSum(layer, whole, std::move(inputs));
  }

  static std::vector<std::pair<ir::StreamId, Place>> sumInputs(std::vector<Part> parts) {
    std::sort(parts.begin(), parts.end(),
              [](const Part &a, const Part &b) { return a.first->slice.colBegin < b.first->slice.colBegin; });
    std::vector<std::pair<ir::StreamId, Place>> inputs;
    for (const Part &part : parts)
      inputs.push_back({part.second, {part.first->fpga, part.first->die}});
    return inputs;
  }

  llvm::Error addSum(const ir::Layer &layer, const Slice &region,
                     std::vector<std::pair<ir::StreamId, Place>> parts) {
    const Join *join = joinOf(layer, region);
    BRAID_CHECK(join, "a complete plan says where sums stand");
    const ir::LinearTypes &types = typesOf(layer);
    const ir::Weights &bias = biasOf(layer);
    const Box box = outputBox(whole_, layer, region);
    const ir::Stream &to = whole_.stream(layer.output);
    const bool isWhole = box == wholeBox(to.shape);
    const LayerOrigin origin = {LayerOrigin::Role::Sum, layer.id, region};
    const std::string name = layer.name + (isWhole ? "" : toString(box)) + ".sum";
    std::vector<ir::StreamId> inputs = {parts[0].first};
    for (size_t i = 1; i < parts.size(); ++i) {
      inputs.push_back(parts[i].first);
      if (!join->chain || i + 1 == parts.size())
        continue;
      // What has been added so far goes on.
      StreamOrigin partial = out_.streams[index(parts[i].first)];
      partial.partial->colBegin = 0;
      const ir::StreamId so_far =
          addStream(fmt::format("{}.in[0:{}]", to.name, partial.partial->colEnd), box, types.accum, partial);
      inputs = {
          add(name, ir::Sum{{}, types.bias, types.accum}, inputs, so_far, &layer, origin, parts[i].second)};
    }
    const ir::StreamId sum =
        addStream(to.name + (isWhole ? "" : toString(box)), box, to.type, {layer.output, {}, {}});
    const Place at = {join->fpga, join->die};
    add(name,
        ir::Sum{bias.empty() ? bias : bias.rowSlice(region.rowBegin, region.rowEnd), types.bias, types.accum},
        inputs, sum, &layer, origin, at);
    pieces_[index(layer.output)].push_back({box, sum, at});
    return llvm::Error::success();
  }

  llvm::Error addOutput(size_t i) {
    ir::Port port = whole_.outputs[i];
    const Box box = wholeBox(whole_.stream(port.stream).shape);
    const auto gather = std::find_if(plan_.gathers.begin(), plan_.gathers.end(),
                                     [&](const Gather &g) { return g.output == static_cast<int>(i); });
    const Place at = gather == plan_.gathers.end() ? Place{} : Place{gather->fpga, gather->die};
    auto stream = provide(port.stream, box, at);
    if (!stream)
      return stream.takeError();
    port.stream = *stream;
    out_.model.outputs.push_back(std::move(port));
    return llvm::Error::success();
  }

  const ir::Model &whole_;
  const Plan &plan_;
  SplitModel out_;
  Wanted wanted_;
  std::vector<std::vector<Piece>> pieces_;                                      ///< By whole stream
  std::map<std::tuple<ir::StreamId, Box, int>, ir::StreamId> provided_, crops_; ///< By stream, box, FPGA
  std::set<std::string> streamNames_, layerNames_;
};

} // namespace

llvm::Expected<SplitModel> splitLayers(const ir::Model &model, const Plan &plan) {
  return Splitter(model, plan).run();
}

} // namespace braid::plan
