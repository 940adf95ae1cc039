#include "braid/targets/words.h"

#include "braid/support/error.h"

#include <algorithm>
#include <cstring>

namespace braid::targets {
namespace {

/// Up to 64 bits at any place of a byte array, lowest first. A byte at a time: hosts need not be little
/// endian.
void setBits(char *bytes, int64_t at, int64_t count, uint64_t value) {
  for (int64_t done = 0; done < count;) {
    const int64_t bit = (at + done) % 8, here = std::min<int64_t>(8 - bit, count - done);
    const uint64_t part = (value >> done) & ((uint64_t{1} << here) - 1);
    char &byte = bytes[(at + done) / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | static_cast<unsigned char>(part << bit));
    done += here;
  }
}

uint64_t bitsAt(const char *bytes, int64_t at, int64_t count) {
  uint64_t value = 0;
  for (int64_t done = 0; done < count;) {
    const int64_t bit = (at + done) % 8, here = std::min<int64_t>(8 - bit, count - done);
    const auto byte = static_cast<uint64_t>(static_cast<unsigned char>(bytes[(at + done) / 8]));
    value |= ((byte >> bit) & ((uint64_t{1} << here) - 1)) << done;
    done += here;
  }
  return value;
}

/// First bit of an element in a frame.
int64_t bitOf(const FrameWords &words, int64_t element) {
  return element / words.perWord() * words.wordBits + element % words.perWord() * words.elementBits;
}

} // namespace

FrameWords wordsOf(const emit::Endpoint &end, int64_t wordBits) {
  BRAID_CHECK(end.type.width <= wordBits, "an element must fit in a word");
  return {wordBits, end.type.width, end.elements};
}

std::string packFrames(llvm::ArrayRef<int64_t> mantissas, const FrameWords &words) {
  const auto total = static_cast<int64_t>(mantissas.size());
  BRAID_CHECK(total % words.elements == 0, "only whole frames are packed");
  const int64_t frames = total / words.elements;
  std::string bytes(static_cast<size_t>(frames * words.bytes()), '\0');
  for (int64_t f = 0; f < frames; ++f)
    for (int64_t i = 0; i < words.elements; ++i)
      setBits(bytes.data() + f * words.bytes(), bitOf(words, i), words.elementBits,
              static_cast<uint64_t>(mantissas[static_cast<size_t>(f * words.elements + i)]));
  return bytes;
}

std::vector<int64_t> unpackFrames(llvm::StringRef bytes, const FrameWords &words, bool isSigned) {
  const auto total = static_cast<int64_t>(bytes.size());
  BRAID_CHECK(total % words.bytes() == 0, "only whole frames are unpacked");
  const int64_t frames = total / words.bytes();
  const auto spare = static_cast<unsigned>(64 - words.elementBits);
  std::vector<int64_t> mantissas;
  mantissas.reserve(static_cast<size_t>(frames * words.elements));
  for (int64_t f = 0; f < frames; ++f)
    for (int64_t i = 0; i < words.elements; ++i) {
      const uint64_t high = bitsAt(bytes.data() + f * words.bytes(), bitOf(words, i), words.elementBits)
                            << spare;
      mantissas.push_back(isSigned ? static_cast<int64_t>(high) >> spare
                                   : static_cast<int64_t>(high >> spare));
    }
  return mantissas;
}

} // namespace braid::targets
