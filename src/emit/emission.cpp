#include "braid/emit/emission.h"

#include "braid/support/error.h"

#include <set>

namespace braid::emit {

void Emission::add(std::string path, Writer writer, int64_t expectedBytes) {
  addFile(std::move(path), {std::move(writer), false, expectedBytes});
}

void Emission::addText(std::string path, std::string text, bool executable) {
  const auto bytes = static_cast<int64_t>(text.size());
  addFile(std::move(path),
          {[text = std::move(text)](llvm::raw_ostream &out) { out << text; }, executable, bytes});
}

void Emission::addFile(std::string path, File file) {
  const bool isNew = files_.try_emplace(path, std::move(file)).second;
  BRAID_CHECK(isNew, "two files have the path " + path);
}

void Emission::addBelow(const std::string &folder, Emission other) {
  for (auto &[path, file] : other.files_)
    addFile(folder + "/" + path, std::move(file));
}

std::string render(llvm::StringRef text, const std::map<std::string, std::string> &values) {
  std::string out;
  std::set<std::string> used;
  while (true) {
    const size_t at = text.find('@');
    out += text.take_front(at).str();
    if (at == llvm::StringRef::npos)
      break;
    text = text.drop_front(at + 1);
    const size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    if (end == 0 || end == llvm::StringRef::npos || text[end] != '@') {
      out += '@'; // no field: an address, a decorator
      continue;
    }
    const std::string name = text.take_front(end).str();
    const auto value = values.find(name);
    BRAID_CHECK(value != values.end(), "a template's field @" + name + "@ has no value");
    used.insert(name);
    out += value->second;
    text = text.drop_front(end + 1);
  }
  for (const auto &entry : values)
    BRAID_CHECK(used.count(entry.first), "a template has no field @" + entry.first + "@");
  return out;
}

} // namespace braid::emit
