#include "braid/driver/compile.h"

#include "braid/driver/report.h"
#include "braid/frontend/onnx.h"
#include "braid/partition/files.h"
#include "braid/support/embedded.h"
#include "braid/support/error.h"
#include "braid/support/text.h"
#include "braid/targets/finn.h"
#include "braid/targets/hls4ml.h"
#include "braid/targets/pynq.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

namespace braid::embedded {

/// tools/check_certificate.py.
std::span<const File> certificateChecker();

} // namespace braid::embedded

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

constexpr const char *kModelCopy = "source/model.onnx";

/// A file that a request may name, and its copy in the bundle. Paths have no place in a bundle: a file is
/// known by its copy.
struct SourceFile {
  const char *option; ///< In the manifest
  std::string Request::*path;
  const char *copy;
};
constexpr SourceFile kSources[] = {{"precision_file", &Request::precisionFile, "source/precision.json"},
                                   {"cluster", &Request::cluster, "source/cluster.json"},
                                   {"plan_file", &Request::planFile, "source/plan.json"},
                                   {"folding_file", &Request::foldingFile, "source/folding.json"},
                                   {"near_file", &Request::nearFile, "source/near.json"}};

bool isFile(const SourceFile &source, const Request &request) {
  const llvm::StringRef path = request.*source.path;
  return source.path == &Request::cluster ? path.endswith(".json") || path.contains('/') : !path.empty();
}

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
    const plan::Proof &proof = *design.proof;
    out->addText("problem.json", partition::toJson(proof.problem));
    out->addText("certificate.json",
                 partition::toJson(proof.solution ? &*proof.solution : nullptr, proof.certificate));
    // Whoever has the bundle can check the proof, without braid.
    const embedded::File &checker = embedded::certificateChecker()[0];
    out->addText(std::string(checker.name), std::string(checker.text), /*executable=*/true);
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
  for (const SourceFile &source : kSources)
    if (isFile(source, request))
      if (llvm::Error error = keep(request.*source.path, source.copy))
        return error;
  return out;
}

Manifest manifestOf(const pass::Design &design, const Request &request) {
  ordered_json header;
  header["schema"] = "braid-bundle-1";
  header["version"] = BRAID_VERSION;
  header["options"] = toJson(request);
  for (const SourceFile &source : kSources)
    if (isFile(source, request))
      header["options"][source.option] = source.copy;
  std::set<std::string> devices;
  for (const device::Fpga &fpga : design.cluster.fpgas)
    devices.insert(fpga.device->name);
  header["devices"] = devices;
  header["cost_model"] = design.costs->name();
  return [header](ordered_json files) {
    ordered_json out = header;
    out["model_sha256"] = files.at(kModelCopy);
    out["files"] = std::move(files);
    return out;
  };
}

llvm::Expected<Request> requestOfBundle(const std::string &folder, const ordered_json &manifest,
                                        const std::string &model) {
  const std::filesystem::path place = folder;
  const ordered_json options = manifest.contains("options") ? manifest["options"] : ordered_json();
  auto request = requestFromJson(options, (place / "braid.json").string());
  if (!request)
    return request;
  request->model = model.empty() ? (place / kModelCopy).string() : model;
  for (const SourceFile &source : kSources)
    if (options.contains(source.option) && options[source.option] == source.copy)
      (*request).*source.path = (place / source.copy).string();
  return request;
}

llvm::Expected<BundleResult> compileTo(const std::string &folder, const pass::Design &design,
                                       const Request &request) {
  const emit::Context context = contextOf(design, request.hlsTool);
  auto emission = emitBundle(design, context, request);
  if (!emission)
    return emission.takeError();
  return writeBundle(folder, *emission, manifestOf(design, request));
}

} // namespace braid::driver
