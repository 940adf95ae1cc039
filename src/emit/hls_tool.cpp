#include "braid/emit/hls_tool.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>

namespace braid::emit {
namespace {

/// Sources: hls4ml 1.3, backends/vivado/vivado_backend.py, backends/vitis/vitis_backend.py and
/// templates/*/build_prj.tcl (options, clock uncertainty, C++ of Vivado HLS); AMD UG902 (2019.2), "Coding
/// Styles" (C++11), UG1399, "Migrating from Vivado HLS to Vitis HLS" (DATA_PACK); AMD UG994 (`.gen` from
/// 2020.2 on).
constexpr HlsDialect kDialects[] = {
    {.name = "vitis",
     .title = "Vitis HLS",
     .program = "vitis_hls",
     .makeVariable = "VITIS_HLS",
     .standard = "-std=c++14",
     .hostStandard = "-std=c++17",
     .clockUncertainty = "27%",
     .takesArguments = false,
     .readsPixels = false,
     .packsStructs = false,
     .generated = "gen"},
    {.name = "vivado",
     .title = "Vivado HLS",
     .program = "vivado_hls",
     .makeVariable = "VIVADO_HLS",
     .standard = "-std=c++0x",
     .hostStandard = "-std=c++11",
     .clockUncertainty = "12.5%",
     .takesArguments = true,
     .readsPixels = true,
     .packsStructs = true,
     .generated = "srcs"},
};

} // namespace

const HlsDialect &dialectOf(HlsTool tool) { return kDialects[static_cast<size_t>(tool)]; }

llvm::Expected<HlsTool> parseHlsTool(const std::string &name) {
  for (HlsTool tool : {HlsTool::Vitis, HlsTool::Vivado})
    if (name == dialectOf(tool).name)
      return tool;
  return badUsage(fmt::format("--hls-tool {}: vitis and vivado are known", printable(name)));
}

void writeHeader(llvm::raw_ostream &out, std::string_view text, HlsTool tool) {
  llvm::StringRef rest(text.data(), text.size());
  while (!dialectOf(tool).packsStructs) {
    const size_t line = rest.find("\n#pragma HLS DATA_PACK");
    if (line == llvm::StringRef::npos)
      break;
    out << rest.take_front(line);
    rest = rest.drop_front(rest.find('\n', line + 1));
  }
  out << rest;
}

} // namespace braid::emit
