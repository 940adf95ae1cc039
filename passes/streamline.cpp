// Quantised model to integer model: the scales, biases, batch norms, zero points and activations between two
// integer tensors become one ladder of thresholds or one multiply-shift; what is left at the ends the hosts
// compute.
#include "streamline.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::pass {

using namespace ir;
using num::Rational;

llvm::Error faultAt(const Layer &layer, std::string message) {
  return userError(ExitCode::BadInput, {.file = {},
                                        .node = printable(layer.name),
                                        .op = kindName(layer.op),
                                        .message = std::move(message),
                                        .notes = {}});
}

namespace {

bool isQuantised(const Model &model) {
  return std::any_of(model.layers.begin(), model.layers.end(),
                     [](const Layer &layer) { return std::holds_alternative<Quantize>(layer.op); });
}

Weights doublesOf(const std::vector<Rational> &numbers) {
  std::vector<double> out;
  for (const Rational &number : numbers)
    out.push_back(number.nearly());
  const auto count = static_cast<int64_t>(out.size());
  return Weights::fromReals(std::move(out), count);
}

/// Scale -1 before a layer with weights, and nobody else reads it: the weights take the sign.
void foldSigns(Model &model) {
  const auto readers = readersOf(model);
  for (Layer &layer : model.layers) {
    const auto *affine = std::get_if<Affine>(&layer.op);
    if (!affine || affine->bias.range() != std::pair<double, double>{0, 0} ||
        affine->scale.range().first < -1 || affine->scale.range().second > 1)
      continue;
    const LayerId before = model.stream(layer.inputs[0]).producer;
    if (before == LayerId::None || readers[index(layer.inputs[0])].size() != 1)
      continue;
    Layer &made = model.layer(before);
    auto turn = [&](Weights &weights) {
      std::vector<int64_t> numbers = weights.integers();
      const int64_t perRow = weights.taps() * weights.channels();
      if (affine->scale.rows() != weights.rows())
        return false;
      for (int64_t r = 0; r < weights.rows(); ++r)
        if (affine->scale.integer(r) < 0)
          for (int64_t i = 0; i < perRow; ++i)
            numbers[static_cast<size_t>(r * perRow + i)] *= -1;
      weights = Weights::fromIntegers(numbers, weights.rows(), weights.taps(), weights.channels());
      return true;
    };
    auto *dense = std::get_if<Dense>(&made.op);
    auto *conv = std::get_if<Conv>(&made.op);
    if ((!dense && !conv) || !turn(dense ? dense->weights : conv->weights))
      continue;
    std::swap(made.output, layer.output); // the Affine layer is dead now
    layer.inputs[0] = made.output;
    model.stream(made.output).producer = made.id;
    model.stream(layer.output).producer = layer.id;
  }
}

} // namespace

std::vector<Op> hostSteps(const Chain &chain) {
  std::vector<Op> out;
  for (const Chain::Piece &piece : chain.pieces())
    std::visit(Overloaded{
                   [&](const AffinePiece &own) {
                     AffinePiece full = own; // as many of both
                     full.scale.resize(own.channels(), full.scale.front());
                     full.bias.resize(own.channels(), full.bias.front());
                     out.emplace_back(Affine{doublesOf(full.scale), doublesOf(full.bias), {}, {}});
                   },
                   [&](const Activation &own) { out.emplace_back(own); },
                   [&](const Quantize &own) { out.emplace_back(own); },
               },
               piece);
  return out;
}

std::string Streamliner::uniqueLayer(std::string base) {
  std::string name = base;
  for (int i = 2; !layerNames_.insert(name).second; ++i)
    name = fmt::format("{}_{}", base, i);
  return name;
}

std::string Streamliner::uniqueStream(std::string base) {
  std::string name = base;
  for (int i = 2; !streamNames_.insert(name).second; ++i)
    name = fmt::format("{}_{}", base, i);
  return name;
}

StreamId Streamliner::emit(const Layer &own, Op op, llvm::ArrayRef<StreamId> inputs, std::string stream,
                           std::string name, std::vector<std::string> nodes) {
  Layer layer;
  layer.name = uniqueLayer(std::move(name));
  layer.op = std::move(op);
  layer.inputs.assign(inputs.begin(), inputs.end());
  std::vector<Shape> shapes;
  for (StreamId input : inputs)
    shapes.push_back(out_.stream(input).shape);
  auto shape = inferShape(layer.op, shapes);
  BRAID_CHECK(static_cast<bool>(shape),
              "streamlining '" + own.name + "': " + llvm::toString(shape.takeError()));
  layer.output = out_.addStream(uniqueStream(std::move(stream)), *shape);
  layer.nodes = std::move(nodes);
  layer.nodes.insert(layer.nodes.end(), own.nodes.begin(), own.nodes.end());
  const StreamId made = layer.output;
  out_.addLayer(std::move(layer));
  return made;
}

llvm::Expected<Rep> Streamliner::lower(const Layer &layer) {
  auto pushed = [&](auto &&push) -> Result {
    Rep out = rep(layer);
    out.nodes.insert(out.nodes.end(), layer.nodes.begin(), layer.nodes.end());
    if (!out.tail.empty()) {
      out.tail.push_back(layer.op);
      return out;
    }
    if (llvm::Error error = push(out.chain))
      return faultAt(layer, messageOf(std::move(error)));
    return out;
  };
  return std::visit(
      Overloaded{
          [&](const Dense &op) { return linear(layer, op.weights, op.bias, nullptr); },
          [&](const Conv &op) { return linear(layer, op.weights, op.bias, &op); },
          [&](const Pool &op) { return pool(layer, op.kind, &op.window, op.countIncludePad); },
          [&](const GlobalPool &op) { return pool(layer, op.kind, nullptr, false); },
          [&](const Activation &op) { return pushed([&](Chain &chain) { return chain.push(op); }); },
          [&](const Softmax &op) -> Result {
            Rep out = rep(layer);
            out.tail.emplace_back(op);
            return out;
          },
          [&](const Affine &op) -> Result {
            const Shape &shape = shapeOf(layer.output);
            if (op.scale.rows() != shape.back() && op.scale.rows() != 1)
              return faultAt(layer, "factors or summands that differ from position to position stand between "
                                    "integers; per tensor and per channel work");
            return pushed([&](Chain &chain) {
              chain.push(AffinePiece{rationals(op.scale), rationals(op.bias)});
              return llvm::Error::success();
            });
          },
          [&](const Quantize &op) { return quantize(layer, op); },
          [&](const ArgMax &) { return argMax(layer); },
          [&](const Binary &op) { return binary(layer, op); },
          [&](const Concat &op) { return concat(layer, op); },
          [&](const Pad &op) { return padded(layer, op); },
          [&](const Transpose &) { return moved(layer); },
          [&](const Reshape &) { return moved(layer); },
          [&](const Upsample &) { return moved(layer); },
          [&](const Crop &) { return moved(layer); },
          [&](const auto &) -> Result { BRAID_CHECK(false, "no layer of an imported model"); },
      },
      layer.op);
}

llvm::Error Streamliner::visit(const Layer &layer) {
  for (StreamId input : layer.inputs) {
    const auto &known = reps_[index(input)];
    if (!known)
      return llvm::Error::success(); // its producer was reported
    if (!known->tail.empty() && !isElementwise(layer.op) && !std::holds_alternative<ArgMax>(layer.op))
      return faultAt(layer, "it reads what a Softmax made: between integers there is none; at the end of a "
                            "network the host computes it");
  }
  auto made = lower(layer);
  if (!made)
    return made.takeError();
  // Numbers of the source's tensor, where they are those of one integer tensor.
  if (!made->isHost && made->tail.empty() && made->chain.isAffine() &&
      out_.stream(made->stream).name == source_.stream(layer.output).name) {
    const AffinePiece affine = made->chain.affine();
    Stream &stream = out_.stream(made->stream);
    for (const Rational &scale : affine.scale)
      stream.realScale.push_back(scale.nearly());
    for (const Rational &bias : affine.bias)
      stream.realBias.push_back(bias.nearly());
  }
  reps_[index(layer.output)] = std::move(*made);
  return llvm::Error::success();
}

void Streamliner::noteEnds() {
  for (const Port &port : out_.inputs)
    if (!port.host.empty()) {
      const auto &levels = std::get<Quantize>(port.host.back());
      notes_.push_back(fmt::format("input '{}': the host rounds it to levels {} to {}{}",
                                   printable(port.name), levels.lo, levels.hi,
                                   port.host.size() > 1 ? ", after scales and biases" : ""));
    }
  for (const Port &port : out_.outputs) {
    const bool ranks = std::any_of(out_.layers.begin(), out_.layers.end(), [&](const Layer &layer) {
      return layer.output == port.stream && std::holds_alternative<ArgMax>(layer.op);
    });
    std::vector<std::string> steps;
    for (const Op &step : port.host)
      steps.push_back(std::holds_alternative<Affine>(step) ? "scale and bias" : kindName(step));
    notes_.push_back(fmt::format(
        "output '{}': {}{}", printable(port.name), ranks ? "the class, ranked on the card" : "integers",
        steps.empty() ? "" : fmt::format("; the host computes {}", fmt::join(steps, ", "))));
  }
}

llvm::Error Streamliner::finishOutputs() {
  for (const Port &port : source_.outputs) {
    const auto &end = reps_[index(port.stream)];
    if (!end)
      continue;
    Rep rep = *end;
    Layer owner; // for messages and names
    owner.name = printable(port.name);
    owner.op = Reshape{};
    owner.output = port.stream;
    const auto &pieces = rep.chain.pieces();
    if (std::any_of(pieces.begin(), pieces.end(),
                    [](const Chain::Piece &piece) { return std::holds_alternative<Quantize>(piece); })) {
      auto whole = lastLevels(owner, std::move(rep));
      if (!whole)
        return whole.takeError();
      rep = std::move(*whole);
    }
    Port out = port;
    out.stream = rep.stream;
    out.host = hostSteps(rep.chain);
    out.host.insert(out.host.end(), rep.tail.begin(), rep.tail.end());
    out_.outputs.push_back(std::move(out));
  }
  return llvm::Error::success();
}

llvm::Expected<Model> Streamliner::run() {
  out_.name = source_.name;
  quantisedInputs_.resize(source_.inputs.size());
  for (const Port &port : source_.inputs) {
    Rep rep;
    Port own = port;
    own.stream = rep.stream =
        out_.addStream(uniqueStream(source_.stream(port.stream).name), shapeOf(port.stream));
    rep.isHost = true;
    rep.input = rep.stream;
    out_.inputs.push_back(std::move(own));
    reps_[index(port.stream)] = std::move(rep);
  }
  for (const Layer &layer : source_.layers)
    if (llvm::Error error = visit(layer))
      found_.add(std::move(error));
  if (llvm::Error error = found_.take())
    return error;
  if (llvm::Error error = finishOutputs())
    return error;
  noteEnds();
  out_.isInteger = true;
  foldSigns(out_);
  compact(out_);
  return std::move(out_);
}

llvm::Error streamline(Design &design) {
  if (!isQuantised(design.source))
    return llvm::Error::success();
  Streamliner streamliner(design.source, design.precision);
  auto model = streamliner.run();
  if (!model)
    return model.takeError();
  for (const std::string &note : streamliner.notes())
    design.notes.push_back(note);
  design.imported = std::exchange(design.source, std::move(*model));
  return verify(design.source);
}

} // namespace braid::pass
