// A streamer of weights in simulation: what memstream.v does on the chip. Not for synthesis.
#pragma once
#ifndef __SYNTHESIS__

#include <ap_int.h>
#include <hls_stream.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace braid {
namespace finn {

/// The words of a memblock.dat: a hexadecimal number a line, `Depth` lines.
template <unsigned Width, unsigned Depth> std::vector<ap_uint<Width>> readMemory(const char *path) {
  std::ifstream file(path);
  std::vector<ap_uint<Width>> words;
  for (std::string line; std::getline(file, line);) {
    ap_uint<Width> word = 0;
    unsigned low = 0;
    for (std::size_t i = line.size(); i-- > 0 && low < Width; low += 4) {
      const char digit = line[i];
      const unsigned value = static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
      for (unsigned b = 0; b < 4 && low + b < Width; b++)
        word[static_cast<int>(low + b)] = (value >> b & 1) != 0;
    }
    words.push_back(word);
  }
  if (words.size() != Depth) {
    std::fprintf(stderr, "%s holds %zu words, not %u\n", path, words.size(), Depth);
    std::_Exit(3);
  }
  return words;
}

/// All words, `turns` times.
template <unsigned Width, unsigned Depth>
void streamMemory(const char *path, unsigned turns, hls::stream<ap_uint<Width>> &out) {
  static std::vector<std::pair<std::string, std::vector<ap_uint<Width>>>> read; // memories of this shape
  const std::vector<ap_uint<Width>> *words = 0;
  for (std::size_t i = 0; i < read.size(); i++)
    if (read[i].first == path)
      words = &read[i].second;
  if (!words) {
    read.push_back(std::make_pair(std::string(path), readMemory<Width, Depth>(path)));
    words = &read.back().second;
  }
  for (unsigned turn = 0; turn < turns; turn++)
    for (unsigned i = 0; i < Depth; i++)
      out.write((*words)[i]);
}

} // namespace finn
} // namespace braid

#endif
