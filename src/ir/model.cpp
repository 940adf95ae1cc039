#include "braid/ir/model.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <queue>
#include <set>

namespace braid::ir {

StreamId Model::addStream(std::string streamName, Shape shape, num::DataType type) {
  streams.push_back({std::move(streamName), std::move(shape), type, LayerId::None});
  return static_cast<StreamId>(streams.size() - 1);
}

LayerId Model::addLayer(Layer layer) {
  layer.id = static_cast<LayerId>(layers.size());
  if (layer.output != StreamId::None)
    stream(layer.output).producer = layer.id;
  layers.push_back(std::move(layer));
  return layers.back().id;
}

bool Model::isTyped() const {
  return std::all_of(streams.begin(), streams.end(), [](const Stream &s) { return s.type.isFixed(); });
}

std::vector<llvm::SmallVector<LayerId, 2>> readersOf(const Model &model) {
  std::vector<llvm::SmallVector<LayerId, 2>> readers(model.streams.size());
  for (const Layer &layer : model.layers)
    for (StreamId input : layer.inputs)
      readers[index(input)].push_back(layer.id);
  return readers;
}

namespace {

std::vector<bool> liveLayers(const Model &model) {
  std::vector<bool> live(model.layers.size(), false);
  std::vector<LayerId> todo;
  auto reach = [&](StreamId id) {
    const LayerId producer = model.stream(id).producer;
    if (producer != LayerId::None && !live[index(producer)]) {
      live[index(producer)] = true;
      todo.push_back(producer);
    }
  };
  for (const Port &port : model.outputs)
    reach(port.stream);
  for (const Layer &layer : model.layers)
    if (layer.output == StreamId::None) {
      live[index(layer.id)] = true;
      todo.push_back(layer.id);
    }
  while (!todo.empty()) {
    const LayerId id = todo.back();
    todo.pop_back();
    for (StreamId input : model.layer(id).inputs)
      reach(input);
  }
  return live;
}

/// Kahn's algorithm; the lowest present index goes first.
std::vector<LayerId> topologicalOrder(const Model &model, const std::vector<bool> &live) {
  std::vector<int> waiting(model.layers.size(), 0);
  const auto readers = readersOf(model);
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (const Layer &layer : model.layers) {
    if (!live[index(layer.id)])
      continue;
    for (StreamId input : layer.inputs)
      waiting[index(layer.id)] += model.stream(input).producer != LayerId::None;
    if (waiting[index(layer.id)] == 0)
      ready.push(index(layer.id));
  }
  std::vector<LayerId> order;
  while (!ready.empty()) {
    const Layer &layer = model.layers[ready.top()];
    ready.pop();
    order.push_back(layer.id);
    if (layer.output == StreamId::None)
      continue;
    for (LayerId reader : readers[index(layer.output)])
      if (live[index(reader)] && --waiting[index(reader)] == 0)
        ready.push(index(reader));
  }
  return order;
}

} // namespace

void compact(Model &model) {
  for (Stream &stream : model.streams)
    stream.producer = LayerId::None;
  for (size_t i = 0; i < model.layers.size(); ++i) {
    model.layers[i].id = static_cast<LayerId>(i);
    if (model.layers[i].output != StreamId::None)
      model.stream(model.layers[i].output).producer = model.layers[i].id;
  }
  const std::vector<bool> live = liveLayers(model);
  const std::vector<LayerId> order = topologicalOrder(model, live);
  BRAID_CHECK(order.size() == static_cast<size_t>(std::count(live.begin(), live.end(), true)),
              "the model has a cycle");

  Model out;
  out.name = std::move(model.name);
  out.isInteger = model.isInteger;
  std::vector<StreamId> moved(model.streams.size(), StreamId::None);
  auto keep = [&](StreamId &id) {
    if (id == StreamId::None)
      return;
    StreamId &to = moved[index(id)];
    if (to == StreamId::None) {
      Stream &old = model.stream(id);
      to = out.addStream(std::move(old.name), old.shape, old.type);
      out.stream(to).realScale = std::move(old.realScale);
      out.stream(to).realBias = std::move(old.realBias);
    }
    id = to;
  };
  for (Port &port : model.inputs)
    keep(port.stream);
  for (LayerId id : order) {
    Layer layer = std::move(model.layer(id));
    for (StreamId &input : layer.inputs)
      keep(input);
    keep(layer.output);
    out.addLayer(std::move(layer));
  }
  for (Port &port : model.outputs)
    keep(port.stream);
  out.inputs = std::move(model.inputs);
  out.outputs = std::move(model.outputs);
  model = std::move(out);
}

llvm::Error verify(const Model &model) {
  Diagnostics found;
  auto fault = [&](const Layer *layer, std::string message) {
    found.add({.file = {},
               .node = layer ? printable(layer->name) : "",
               .op = layer ? kindName(layer->op) : "",
               .message = std::move(message),
               .notes = {}});
  };
  auto withoutOnes = [](llvm::ArrayRef<int64_t> shape) {
    Shape out;
    std::copy_if(shape.begin(), shape.end(), std::back_inserter(out), [](int64_t n) { return n != 1; });
    return out;
  };
  /// The ONNX tensor, transposed, must be the stream, whatever ones they have.
  auto checkPort = [&](const Port &port, const char *what) {
    const Shape &shape = model.stream(port.stream).shape;
    Shape moved = port.onnxShape;
    if (!port.perm.empty()) {
      std::vector<bool> seen(port.onnxShape.size(), false);
      bool isPermutation = port.perm.size() == port.onnxShape.size();
      for (size_t d = 0; d < port.perm.size() && isPermutation; ++d) {
        const int64_t from = port.perm[d];
        isPermutation =
            from >= 0 && static_cast<size_t>(from) < seen.size() && !seen[static_cast<size_t>(from)];
        if (isPermutation)
          seen[static_cast<size_t>(from)] = true, moved[d] = port.onnxShape[static_cast<size_t>(from)];
      }
      if (!isPermutation)
        return fault(nullptr,
                     fmt::format("{} '{}': {} is no order of the dimensions of {}", what,
                                 printable(port.name), toString(Shape(port.perm.begin(), port.perm.end())),
                                 toString(port.onnxShape)));
    }
    if (withoutOnes(moved) != withoutOnes(shape))
      fault(nullptr, fmt::format("{} '{}' has shape {}, its stream {}", what, printable(port.name),
                                 toString(moved), toString(shape)));
  };
  std::vector<bool> defined(model.streams.size(), false);
  std::set<std::string> names;
  for (const Stream &stream : model.streams)
    if (!names.insert(stream.name).second)
      fault(nullptr, fmt::format("two streams are named '{}'", printable(stream.name)));
  for (const Port &port : model.inputs) {
    defined[index(port.stream)] = true;
    checkPort(port, "input");
  }
  const bool typed = model.isTyped();
  names.clear();
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const Layer &layer = model.layers[i];
    if (layer.id != static_cast<LayerId>(i))
      fault(&layer, "its id is not its place");
    if (!names.insert(layer.name).second)
      fault(&layer, "two layers have this name");
    std::vector<Shape> shapes;
    bool ready = true;
    for (StreamId input : layer.inputs) {
      ready = ready && defined[index(input)];
      shapes.push_back(model.stream(input).shape);
    }
    if (!ready)
      fault(&layer, "it reads a stream before that is produced");
    if (layer.output != StreamId::None) {
      if (model.stream(layer.output).producer != layer.id || defined[index(layer.output)])
        fault(&layer, "its output has another producer");
      defined[index(layer.output)] = true;
      if (typed != model.stream(layer.output).type.isFixed())
        fault(&layer, "typed and untyped streams are mixed");
    }
    if (std::holds_alternative<Receive>(layer.op))
      continue;
    auto shape = inferShape(layer.op, shapes);
    if (!shape)
      fault(&layer, llvm::toString(shape.takeError()));
    else if (layer.output != StreamId::None && *shape != model.stream(layer.output).shape)
      fault(&layer, fmt::format("its output has shape {}, not {}", toString(model.stream(layer.output).shape),
                                toString(*shape)));
  }
  for (const Port &port : model.outputs) {
    if (!defined[index(port.stream)])
      fault(nullptr, fmt::format("output '{}' has no producer", printable(port.name)));
    checkPort(port, "output");
  }
  return found.take(ExitCode::Internal);
}

std::string print(const Model &model) {
  std::string out = fmt::format("model {}\n", printable(model.name));
  auto streamText = [&](StreamId id) {
    const Stream &s = model.stream(id);
    return fmt::format("%{} '{}' {} {}", index(id), printable(s.name), toString(s.shape),
                       num::toString(s.type));
  };
  for (const Port &port : model.inputs)
    out += fmt::format("  input {} (onnx {})\n", streamText(port.stream), toString(port.onnxShape));
  auto weightText = [](const char *what, const Weights &w) {
    if (w.empty())
      return std::string();
    auto [lo, hi] = w.range();
    return fmt::format(" {}=[{},{},{}] {}..{} #{}", what, w.rows(), w.taps(), w.channels(), lo, hi, w.hash());
  };
  for (const Layer &layer : model.layers) {
    out += fmt::format("  {} {} '{}' (", index(layer.id), kindName(layer.op), printable(layer.name));
    for (size_t i = 0; i < layer.inputs.size(); ++i)
      out += fmt::format("{}%{}", i ? ", " : "", index(layer.inputs[i]));
    out += ")";
    if (layer.output != StreamId::None)
      out += " -> " + streamText(layer.output);
    std::visit(
        Overloaded{
            [&](const Dense &op) {
              out += weightText("weights", op.weights) + weightText("bias", op.bias);
              if (op.types.accum.isFixed())
                out += " accum " + num::toString(op.types.accum);
            },
            [&](const Conv &op) {
              const Window &w = op.window;
              out += fmt::format(" kernel {}x{} stride {}x{} pads {},{},{},{} dilation {}x{} groups {}",
                                 w.kernel[0], w.kernel[1], w.stride[0], w.stride[1], w.padBegin[0],
                                 w.padBegin[1], w.padEnd[0], w.padEnd[1], w.dilation[0], w.dilation[1],
                                 op.groups);
              out += weightText("weights", op.weights) + weightText("bias", op.bias);
              if (op.types.accum.isFixed())
                out += " accum " + num::toString(op.types.accum);
            },
            [&](const Pool &op) {
              const Window &w = op.window;
              out += fmt::format(" kernel {}x{} stride {}x{} pads {},{},{},{}{}", w.kernel[0], w.kernel[1],
                                 w.stride[0], w.stride[1], w.padBegin[0], w.padBegin[1], w.padEnd[0],
                                 w.padEnd[1], op.countIncludePad ? " count_include_pad" : "");
            },
            [&](const Activation &op) {
              if (op.alpha != 0 || op.beta != 0)
                out += fmt::format(" alpha={} beta={}", op.alpha, op.beta);
              out += weightText("slopes", op.slopes);
              if (op.table.values)
                out += fmt::format(" table {} entries lo {} shift {}", op.table.values->size(), op.table.lo,
                                   op.table.shift);
            },
            [&](const Softmax &op) {
              if (op.expTable)
                out += fmt::format(" tables {}, {} shift {}", op.expTable->size(), op.invTable->size(),
                                   op.expShift);
            },
            [&](const Affine &op) { out += weightText("scale", op.scale) + weightText("bias", op.bias); },
            [&](const Quantize &op) {
              out += fmt::format(" levels {}..{} {}{}", op.lo, op.hi, num::name(op.rounding),
                                 op.roundsFirst ? " rounds first" : "");
              out += weightText("scale", op.scale) + weightText("zero_point", op.zeroPoint) +
                     weightText("thresholds", op.thresholds) + weightText("out_scale", op.outScale) +
                     weightText("out_bias", op.outBias);
            },
            [&](const Threshold &op) {
              out += fmt::format(" base {}", op.base) + weightText("thresholds", op.thresholds);
            },
            [&](const Requantize &op) {
              out += fmt::format(" shift {} to {}..{}", op.shift, op.lo, op.hi) +
                     weightText("factor", op.factor) + weightText("offset", op.offset);
            },
            [](const ArgMax &) {},
            [&](const Concat &op) { out += fmt::format(" axis {}", op.axis); },
            [&](const Transpose &op) { out += " perm " + toString(op.perm); },
            [&](const Pad &op) {
              out += fmt::format(" begin {} end {} value {}", toString(op.begin), toString(op.end), op.value);
            },
            [&](const Upsample &op) { out += fmt::format(" factor {}x{}", op.factor[0], op.factor[1]); },
            [&](const Sum &op) {
              out += weightText("bias", op.bias);
              if (op.accum.isFixed())
                out += " accum " + num::toString(op.accum);
            },
            [&](const Crop &op) {
              out += fmt::format(" from {} to {}", toString(op.begin), toString(op.end));
            },
            [&](const Send &op) { out += fmt::format(" crossing {}", op.crossing); },
            [&](const Receive &op) { out += fmt::format(" crossing {}", op.crossing); },
            [](const GlobalPool &) {},
            [](const Binary &) {},
            [](const Reshape &) {},
        },
        layer.op);
    out += "\n";
  }
  for (const Port &port : model.outputs)
    out += fmt::format("  output %{} '{}' (onnx {})\n", index(port.stream), printable(port.name),
                       toString(port.onnxShape));
  return out;
}

} // namespace braid::ir
