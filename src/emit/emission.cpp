#include "braid/emit/emission.h"

#include "braid/support/error.h"

#include <set>

namespace braid::emit {

void Emission::add(std::string path, Writer writer, bool executable) {
  const bool isNew = files_.try_emplace(path, File{std::move(writer), executable}).second;
  BRAID_CHECK(isNew, "two files have the path " + path);
}

void Emission::addText(std::string path, std::string text, bool executable) {
  add(std::move(path), [text = std::move(text)](llvm::raw_ostream &out) { out << text; }, executable);
}

void Emission::addBelow(const std::string &folder, Emission other) {
  for (auto &[path, file] : other.files_)
    add(folder + "/" + path, std::move(file.write), file.executable);
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
