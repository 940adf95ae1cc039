// The HLS tools that projects are written for, and all that is different between them.
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <string_view>

namespace braid::emit {

enum class HlsTool : uint8_t { Vitis, Vivado };

/// One tool's ways; emitters ask here and never for the tool. Of the old spellings that both tools read
/// (`ARRAY_PARTITION variable=x complete`, `INTERFACE axis port=x`, `RESOURCE variable=x core=...`) there is
/// one, in the code for both.
struct HlsDialect {
  const char *name;             ///< `vitis`: of the flag, and `backend` of project.tcl
  const char *title;            ///< `Vitis HLS`
  const char *program;          ///< `vitis_hls`
  const char *makeVariable;     ///< `VITIS_HLS`: what a Makefile calls the program by
  const char *standard;         ///< Flag of the C++ that the tool compiles
  const char *hostStandard;     ///< The same, of g++ and clang: the bridge, and `braid verify`
  const char *clockUncertainty; ///< hls4ml's default
  bool takesArguments;          ///< Whoever starts build_prj.tcl switches its steps there, not in a file
  bool readsPixels;             ///< hls4ml's headers want `pixels` in configs of convolutions on streams
  bool packsStructs;            ///< A word of a stream that is put together needs DATA_PACK
  const char *generated; ///< Vivado of the same release has block designs' products in <project>.<this>
};
const HlsDialect &dialectOf(HlsTool tool);

/// By the name of its dialect; bad usage where there is none.
llvm::Expected<HlsTool> parseHlsTool(const std::string &name);

/// A carried header as the tool takes it.
void writeHeader(llvm::raw_ostream &out, std::string_view text, HlsTool tool);

} // namespace braid::emit
