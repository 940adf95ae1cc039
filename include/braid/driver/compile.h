// From a design to a bundle.
#pragma once

#include "braid/driver/bundle.h"
#include "braid/driver/request.h"
#include "braid/emit/project.h"

namespace braid::driver {

/// The context backends read; refers to the design.
emit::Context contextOf(const pass::Design &design, emit::HlsTool hlsTool);

/// All files of a bundle: projects, links, hosts, network, partitions as ONNX, plan, report. Refers to the
/// design.
llvm::Expected<emit::Emission> emitBundle(const pass::Design &design, const emit::Context &context,
                                          const Request &request);

/// The manifest of these files.
Manifest manifestOf(const pass::Design &design, const Request &request);

/// What a bundle was made from: its manifest's options, and the copies in it. `model`: the ONNX file, where
/// the bundle's copy is not to be taken; else empty.
llvm::Expected<Request> requestOfBundle(const std::string &folder, const nlohmann::ordered_json &manifest,
                                        const std::string &model);

/// Emits and writes.
llvm::Expected<BundleResult> compileTo(const std::string &folder, const pass::Design &design,
                                       const Request &request);

/// Name of one FPGA's folder in the bundle.
std::string folderOf(const device::Cluster &cluster, int fpga);

} // namespace braid::driver
