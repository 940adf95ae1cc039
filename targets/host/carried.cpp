#include "carried.h"

#include "braid/support/error.h"

namespace braid::targets::host {
namespace {

std::string_view find(std::span<const embedded::File> files, const std::string &name) {
  for (const embedded::File &file : files)
    if (file.name == name)
      return file.text;
  BRAID_CHECK(false, "no file " + name + " is embedded");
}

void addView(emit::Emission &emission, const std::string &path, std::string_view text, bool executable) {
  emission.add(
      path, [text](llvm::raw_ostream &out) { out << llvm::StringRef(text.data(), text.size()); }, executable);
}

} // namespace

void addLinkHeaders(emit::Emission &emission, const std::string &folder, emit::HlsTool tool,
                    std::initializer_list<const char *> headers) {
  for (const char *header : headers) {
    const std::string_view text = find(embedded::hlsHeaders(), std::string("link/") + header);
    emission.add(folder + "/" + header,
                 [text, tool](llvm::raw_ostream &out) { emit::writeHeader(out, text, tool); });
  }
}

std::string_view templateText(llvm::StringRef name) {
  return find(embedded::deploymentTemplates(), name.str());
}

void addTemplate(emit::Emission &emission, const std::string &path, const char *name, bool executable) {
  addView(emission, path, templateText(name), executable);
}

} // namespace braid::targets::host
