// Numbers of every stream as files, for whoever compares layer by layer.
#include "braid/driver/data.h"

#include "braid/support/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>

namespace braid::driver {

using nlohmann::ordered_json;

namespace {

/// How the integers of a typed stream are numbers of the ONNX file; nothing where no tensor has them.
void addReading(const ir::Model &model, const ir::Stream &stream, ordered_json &row) {
  if (!stream.type.isFixed())
    return;
  row["type"] = num::toString(stream.type);
  if (!stream.realScale.empty())
    row["scale"] = stream.realScale, row["bias"] = stream.realBias;
  else if (!model.isInteger)
    row["scale"] = {std::ldexp(1.0, -stream.type.fixed().fracBits())}, row["bias"] = {0.0};
}

} // namespace

llvm::Error dumpStreams(const std::string &folder, const ir::Model &model, const exec::StreamValues &values) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return badInput(folder, fmt::format("cannot be made: {}", error.message()));
  ordered_json index = ordered_json::array();
  for (const auto &[id, batch] : values) {
    const ir::Stream &stream = model.stream(id);
    ordered_json row;
    row["stream"] = stream.name;
    row["layer"] = stream.producer == ir::LayerId::None ? "" : model.layer(stream.producer).name;
    row["file"] = fmt::format("{}.npy", ir::index(id));
    row["shape"] = std::vector<int64_t>(stream.shape.begin(), stream.shape.end());
    addReading(model, stream, row);
    std::vector<int64_t> dims = {batch.frames};
    dims.insert(dims.end(), stream.shape.begin(), stream.shape.end());
    const std::string bytes =
        std::visit([&](const auto &numbers) { return npyBytes(dims, numbers); }, batch.values);
    if (llvm::Error fault = writeWhole(folder + "/" + row["file"].get<std::string>(), bytes))
      return fault;
    index.push_back(std::move(row));
  }
  return writeWhole(folder + "/index.json",
                    index.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

} // namespace braid::driver
