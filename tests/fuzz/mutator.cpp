#include "mutator.h"

#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace braid::test {
namespace {

/// A field of a message; `parts` holds its content where that is itself a message.
struct Field {
  uint64_t tag = 0;
  uint64_t number = 0; ///< wire type 0
  std::string bytes;   ///< wire types 1, 2, 5
  std::vector<Field> parts;
  bool isMessage = false;
};

std::optional<uint64_t> readNumber(const std::string &bytes, size_t &at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return value;
  }
  return std::nullopt;
}

/// The fields of a message, or nothing if the bytes are none. Texts that happen to look like messages do no
/// harm.
std::optional<std::vector<Field>> parse(const std::string &bytes, int depth) {
  std::vector<Field> out;
  for (size_t at = 0; at < bytes.size();) {
    Field field;
    auto tag = readNumber(bytes, at);
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > 100)
      return std::nullopt;
    field.tag = *tag;
    size_t length = 0;
    switch (*tag & 7) {
    case 0: {
      auto number = readNumber(bytes, at);
      if (!number)
        return std::nullopt;
      field.number = *number;
      out.push_back(std::move(field));
      continue;
    }
    case 1:
      length = 8;
      break;
    case 5:
      length = 4;
      break;
    case 2: {
      auto size = readNumber(bytes, at);
      if (!size)
        return std::nullopt;
      length = static_cast<size_t>(*size);
      break;
    }
    default:
      return std::nullopt;
    }
    if (length > bytes.size() - at)
      return std::nullopt;
    field.bytes = bytes.substr(at, length);
    at += length;
    if ((field.tag & 7) == 2 && length > 1 && length < 100000 && depth < 12)
      if (auto parts = parse(field.bytes, depth + 1)) {
        field.parts = std::move(*parts);
        field.isMessage = true;
      }
    out.push_back(std::move(field));
  }
  return out;
}

void writeNumber(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::string write(const std::vector<Field> &fields) {
  std::string out;
  for (const Field &field : fields) {
    writeNumber(out, field.tag);
    if ((field.tag & 7) == 0) {
      writeNumber(out, field.number);
      continue;
    }
    const std::string content = field.isMessage ? write(field.parts) : field.bytes;
    if ((field.tag & 7) == 2)
      writeNumber(out, content.size());
    out += content;
  }
  return out;
}

void collect(std::vector<Field> &fields, std::vector<std::pair<std::vector<Field> *, size_t>> &out) {
  for (size_t i = 0; i < fields.size(); ++i) {
    out.emplace_back(&fields, i);
    collect(fields[i].parts, out);
  }
}

uint64_t tellingNumber(uint64_t old, Random &random) {
  const uint64_t numbers[] = {0,
                              1,
                              2,
                              3,
                              5,
                              7,
                              13,
                              16,
                              old + 1,
                              old - 1,
                              old * 2,
                              ~uint64_t{0},
                              1u << 24,
                              1ull << 31,
                              1ull << 32,
                              1ull << 40,
                              1ull << 62,
                              ~uint64_t{0} >> 1,
                              uint64_t{1} << 63,
                              ~uint64_t{0} - 1,
                              random.next()};
  return numbers[random.below(std::size(numbers))];
}

void flip(std::string &bytes, Random &random) {
  if (!bytes.empty())
    bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
}

void mutateOnce(std::vector<Field> &fields, Random &random) {
  std::vector<std::pair<std::vector<Field> *, size_t>> places;
  collect(fields, places);
  if (places.empty())
    return;
  auto [list, at] = places[random.below(places.size())];
  const auto other = places[random.below(places.size())];
  Field &field = (*list)[at];
  switch (random.below(7)) {
  case 0:
    list->erase(list->begin() + static_cast<long>(at));
    return;
  case 1: {
    Field copy = field;
    list->insert(list->begin() + static_cast<long>(random.below(list->size() + 1)), std::move(copy));
    return;
  }
  case 2:
    std::swap((*list)[at], (*list)[random.below(list->size())]);
    return;
  case 3:
    // Contents of one field in another, e.g. the name of a value or a whole attribute.
    if (const Field copy = (*other.first)[other.second]; (copy.tag & 7) == (field.tag & 7)) {
      const uint64_t tag = field.tag;
      field = copy;
      field.tag = tag;
    }
    return;
  case 4:
    if (!field.isMessage && !field.bytes.empty() && (field.tag & 7) == 2) {
      field.bytes.resize(random.below(2 * field.bytes.size() + 1));
      return;
    }
    [[fallthrough]];
  default:
    if ((field.tag & 7) == 0)
      field.number = tellingNumber(field.number, random);
    else if (!field.isMessage)
      flip(field.bytes, random);
  }
}

} // namespace

uint64_t Random::next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string mutated(const std::string &message, Random &random) {
  auto fields = parse(message, 0);
  if (fields)
    for (uint64_t left = 1 + random.below(4); left > 0; --left)
      mutateOnce(*fields, random);
  std::string out = fields ? write(*fields) : message;
  if (random.below(20) == 0)
    flip(out, random);
  if (random.below(40) == 0)
    out.resize(random.below(out.size() + 1));
  return out;
}

} // namespace braid::test
