// Files that bundles carry as they are: the link's HLS headers, and the templates of scripts and host
// programs.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/hls_tool.h"
#include "braid/support/embedded.h"

#include <initializer_list>
#include <map>
#include <string>

namespace braid::embedded {

/// targets/vnx/templates and targets/pynq/templates: `vnx/templates/Makefile.in`, ...
std::span<const File> deploymentTemplates();

} // namespace braid::embedded

namespace braid::targets::host {

/// Headers of targets/hls/link into a folder of the bundle, as the HLS tool takes them.
void addLinkHeaders(emit::Emission &emission, const std::string &folder, emit::HlsTool tool,
                    std::initializer_list<const char *> headers);

/// A template of deploymentTemplates() as it is.
std::string_view templateText(llvm::StringRef name);
void addTemplate(emit::Emission &emission, const std::string &path, const char *name,
                 bool executable = false);

} // namespace braid::targets::host
