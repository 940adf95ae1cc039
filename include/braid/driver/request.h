// What a user asks of one compilation; stands in the bundle's manifest, so that the bundle can be checked
// later.
#pragma once

#include "braid/emit/hls_tool.h"
#include "braid/pass/pass.h"

#include <nlohmann/json_fwd.hpp>

namespace braid::driver {

struct Request {
  std::string model;   ///< Path of the ONNX file
  std::string cluster; ///< Name, `<device>x<N>` or path; empty: no planning
  std::map<std::string, std::vector<int64_t>> inputShapes; ///< Of inputs whose sizes the file leaves open
  std::string costModel;                                   ///< Empty: the style's own
  std::string planFile;                                    ///< A plan to take instead of solving
  std::string foldingFile;                                 ///< FINN style: foldings in FINN's schema
  std::string nearFile;                                    ///< An earlier plan to stay near to
  double clockMhz = 0;                                     ///< For every FPGA; 0: the devices' defaults
  std::string precision = "ap_fixed<16,6>";
  std::string precisionFile;
  std::string weightRounding = "AP_RND_CONV";
  bool widenAccum = false;
  emit::HlsTool hlsTool = emit::HlsTool::Vitis; ///< Whose projects are written
  plan::Options options;
};

nlohmann::ordered_json toJson(const Request &request);
llvm::Expected<Request> requestFromJson(const nlohmann::ordered_json &json, llvm::StringRef file);

/// Import, passes, plan: everything before files are written. Without a cluster it ends after typing.
llvm::Expected<std::unique_ptr<pass::Design>> buildDesign(const Request &request,
                                                          const pass::Pipeline &pipeline = {});

} // namespace braid::driver
