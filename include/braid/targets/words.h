// Frames as bytes on a link or in a DMA buffer: the host's side of targets/hls/link/braid_words.h.
#pragma once

#include "braid/emit/project.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace braid::targets {

/// How the frames of one stream lie in words: floor(wordBits / elementBits) elements per word, first element
/// in the lowest bits, none in two words, the rest zero.
struct FrameWords {
  int64_t wordBits = 512;
  int64_t elementBits = 16;
  int64_t elements = 0; ///< Per frame

  int64_t perWord() const { return wordBits / elementBits; }
  int64_t words() const { return (elements + perWord() - 1) / perWord(); }
  int64_t bytes() const { return words() * (wordBits / 8); } ///< Per frame
  auto operator<=>(const FrameWords &) const = default;
};
FrameWords wordsOf(const emit::Endpoint &end, int64_t wordBits);

/// Whole frames to bytes, little endian.
std::string packFrames(llvm::ArrayRef<int64_t> mantissas, const FrameWords &words);
/// And back; `bytes` holds whole frames.
std::vector<int64_t> unpackFrames(llvm::StringRef bytes, const FrameWords &words, bool isSigned);

} // namespace braid::targets
