// Prints the words of memblock.dat files as simulated projects read them, each memory twice, in the notation
// of memstream_dump.v: reader FOLDER. What memories there are stands in memories.inc: memory<WIDTH,
// DEPTH>(NAME);
#include "braid_memory.hpp"

static std::string folder;

template <unsigned width, unsigned depth> void memory(const std::string &name) {
  hls::stream<ap_uint<width>> words("words");
  braid::finn::streamMemory<width, depth>((folder + "/" + name + ".dat").c_str(), 2, words);
  std::ofstream out(folder + "/" + name + ".read");
  while (!words.empty()) {
    const ap_uint<width> word = words.read();
    for (unsigned digit = (width + 3) / 4; digit-- > 0;) {
      unsigned value = 0;
      for (unsigned b = 0; b < 4 && 4 * digit + b < width; b++)
        value |= static_cast<unsigned>(bool(word[static_cast<int>(4 * digit + b)])) << b;
      out << "0123456789abcdef"[value];
    }
    out << "\n";
  }
}

int main(int, char **arguments) {
  folder = arguments[1];
#include "memories.inc"
}
