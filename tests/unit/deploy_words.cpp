// The host's side of words, against a layout made bit by bit.
#include "braid/targets/words.h"
#include "support/networks.h"

#include <catch2/catch.hpp>

using namespace braid;
using namespace braid::targets;

TEST_CASE("elements lie in words from the lowest bit on and never in two") {
  // Three elements of 20 bits per 64-bit word: 1, 2, -1, then 3 in the next word.
  const FrameWords words{64, 20, 4};
  const std::string bytes = packFrames({1, 2, -1, 3}, words);
  REQUIRE(bytes.size() == 16);
  const unsigned char expected[] = {0x01, 0x00, 0x20, 0x00, 0x00, 0xff, 0xff, 0x0f, 3, 0, 0, 0, 0, 0, 0, 0};
  CHECK(std::equal(bytes.begin(), bytes.end(), expected,
                   [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }));
  CHECK(unpackFrames(bytes, words, true) == std::vector<int64_t>{1, 2, -1, 3});
  CHECK(unpackFrames(bytes, words, false) == std::vector<int64_t>{1, 2, 0xfffff, 3});
}

TEST_CASE("frames of any width come back") {
  test::Random random(1);
  for (int64_t wordBits : {64, 512})
    for (int64_t bits = 1; bits <= 64; ++bits) {
      const FrameWords words{wordBits, bits, test::draw(random, 1, 70)};
      std::vector<int64_t> values;
      for (int64_t i = 0; i < 3 * words.elements; ++i)
        values.push_back(static_cast<int64_t>(random()) >> (64 - bits));
      INFO(bits);
      const std::string bytes = packFrames(values, words);
      CHECK(static_cast<int64_t>(bytes.size()) ==
            3 * ((words.elements + wordBits / bits - 1) / (wordBits / bits)) * wordBits / 8);
      CHECK(unpackFrames(bytes, words, true) == values);
    }
}
