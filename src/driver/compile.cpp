#include "braid/driver/compile.h"

#include "braid/driver/report.h"
#include "braid/frontend/onnx.h"
#include "braid/support/error.h"
#include "braid/support/text.h"
#include "braid/targets/finn.h"
#include "braid/targets/hls4ml.h"
#include "braid/targets/pynq.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

constexpr const char *kModelCopy = "source/model.onnx";

} // namespace

std::string folderOf(const device::Cluster &cluster, int fpga) {
  return cluster.fpgas[static_cast<size_t>(fpga)].name;
}

emit::Context contextOf(const pass::Design &design, emit::HlsTool hlsTool) {
  const plan::SplitModel &split = design.split;
  std::vector<emit::InputPart> parts;
  for (size_t i = 0; i < split.inputs.size(); ++i)
    parts.push_back({split.inputs[i], split.streams[ir::index(split.model.inputs[i].stream)].box});
  return {split.model,
          design.cluster,
          split.plan,
          *design.evaluation,
          design.partitions,
          emit::describeProjects(split.model, split.plan, design.partitions),
          &design.typed,
          std::move(parts),
          hlsTool};
}

llvm::Expected<emit::Emission> emitBundle(const pass::Design &design, const emit::Context &context,
                                          const Request &request) {
  auto out = targets::emitDeployment(context);
  if (!out)
    return out.takeError();
  for (size_t i = 0; i < context.projects.size(); ++i) {
    const std::string folder = folderOf(design.cluster, context.projects[i].fpga);
    out->addBelow(folder + "/" + emit::projectFolder(context.projects[i]),
                  context.projects[i].style == kernel::Style::Finn ? targets::emitFinn(context, i)
                                                                   : targets::emitHls4ml(context, i));
    const ir::Model &source = design.sourcePartitions[i].model;
    int64_t parameters = 0;
    for (const ir::Layer &layer : source.layers)
      parameters += ir::parameters(layer);
    out->add(
        folder + "/model" + emit::stageSuffix(context.projects[i].stage) + ".onnx",
        [&source](llvm::raw_ostream &file) { file << frontend::writeOnnx(plan::withPlainPorts(source)); },
        parameters * static_cast<int64_t>(sizeof(float)));
  }
  out->addText("plan.json", plan::toJson(design.plan, design.typed, design.cluster));
  if (design.proof) {
    out->addText("problem.json", design.proof->problem);
    out->addText("certificate.json", design.proof->certificate);
  }
  out->addText("report/report.json",
               reportJson(design).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  out->addText("report/report.txt", reportText(design));
  out->addText("report/report.html", reportHtml(design));
  // What the bundle was made from, so that it can be verified on its own.
  auto keep = [&](const std::string &from, const char *to) -> llvm::Error {
    auto bytes = llvm::MemoryBuffer::getFile(from, false, /*RequiresNullTerminator=*/false);
    if (!bytes)
      return badInput(from, "cannot be read: " + bytes.getError().message());
    std::shared_ptr<llvm::MemoryBuffer> shared = std::move(*bytes);
    out->add(
        to, [shared](llvm::raw_ostream &file) { file << shared->getBuffer(); },
        static_cast<int64_t>(shared->getBufferSize()));
    return llvm::Error::success();
  };
  if (llvm::Error error = keep(request.model, kModelCopy))
    return error;
  if (!request.precisionFile.empty())
    if (llvm::Error error = keep(request.precisionFile, "source/precision.json"))
      return error;
  if (!request.foldingFile.empty())
    if (llvm::Error error = keep(request.foldingFile, "source/folding.json"))
      return error;
  if (llvm::StringRef(request.cluster).endswith(".json"))
    if (llvm::Error error = keep(request.cluster, "source/cluster.json"))
      return error;
  return out;
}

llvm::Expected<BundleResult> compileTo(const std::string &folder, const pass::Design &design,
                                       const Request &request) {
  const emit::Context context = contextOf(design, request.hlsTool);
  auto emission = emitBundle(design, context, request);
  if (!emission)
    return emission.takeError();
  ordered_json header;
  header["schema"] = "braid-bundle-1";
  header["version"] = BRAID_VERSION;
  header["options"] = toJson(request);
  // A cluster file is known by its copy: paths have no place in a bundle.
  if (llvm::StringRef(request.cluster).endswith(".json"))
    header["options"]["cluster"] = "source/cluster.json";
  if (!request.precisionFile.empty())
    header["options"]["precision_file"] = "source/precision.json";
  if (!request.foldingFile.empty())
    header["options"]["folding_file"] = "source/folding.json";
  std::set<std::string> devices;
  for (const device::Fpga &fpga : design.cluster.fpgas)
    devices.insert(fpga.device->name);
  header["devices"] = devices;
  header["cost_model"] = design.costs->name();
  return writeBundle(folder, *emission, [&](ordered_json files) {
    header["model_sha256"] = files.at(kModelCopy);
    header["files"] = std::move(files);
    return header;
  });
}

} // namespace braid::driver
