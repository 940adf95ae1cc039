// Files in and out of an emulated FPGA; not for synthesis. Frames lie in `<argument>.in` and
// `<argument>.out`, word behind word, lowest byte first. Packets lie in `port<n>.in` and `port<n>.out`: row
// of the socket table (4 bytes), beats (4 bytes), beats of 64 bytes.
#pragma once

#include "ap_int.h"
#include "hls_stream.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace braid {
namespace emulation {

/// Exit code of a run whose inputs are not what it needs.
static const int kShortInput = 3;

inline void stop(const std::string &message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::fflush(stderr);
#ifdef BRAID_TRACE
  trace::finish();
#endif
  std::_Exit(kShortInput);
}

inline std::vector<char> readFile(const std::string &path) {
  std::ifstream file(path.c_str(), std::ios::binary);
  if (!file)
    stop(path + " cannot be read");
  return std::vector<char>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline void writeFile(const std::string &path, const std::vector<char> &bytes) {
  std::ofstream file(path.c_str(), std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file)
    stop(path + " cannot be written");
}

/// Little endian, whatever the machine.
inline std::uint64_t bytesAt(const char *bytes, int count) {
  std::uint64_t value = 0;
  for (int i = count - 1; i >= 0; i--)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
inline void appendBytes(std::vector<char> &bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; i++)
    bytes.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
}

template <int Bits> ap_uint<Bits> wordAt(const char *bytes) {
  ap_uint<Bits> word = 0;
  for (int b = 0; b < Bits; b += 64)
    word.range(b + 63, b) = ap_uint<64>(static_cast<unsigned long long>(bytesAt(bytes + b / 8, 8)));
  return word;
}
template <int Bits> void appendWord(std::vector<char> &bytes, const ap_uint<Bits> &word) {
  for (int b = 0; b < Bits; b += 64)
    appendBytes(bytes, ap_uint<64>(word.range(b + 63, b)).to_uint64(), 8);
}

/// One run: a folder and a number of frames.
class Run {
public:
  Run(int argc, char **argv) : frames_(0) {
    if (argc != 3)
      stop(std::string("usage: ") + argv[0] + " FOLDER FRAMES");
    folder_ = argv[1];
    frames_ = static_cast<unsigned>(std::strtoul(argv[2], 0, 10));
#ifdef BRAID_TRACE
    trace::begin(folder_);
#endif
  }
  unsigned frames() const { return frames_; }

  /// All frames of an input, as they lie in memory.
  template <int Bits>
  std::vector<ap_uint<Bits>> frameWords(const char *argument, unsigned wordsPerFrame) const {
    const std::vector<char> bytes = readFile(folder_ + "/" + argument + ".in");
    const std::size_t expected = static_cast<std::size_t>(frames_) * wordsPerFrame * (Bits / 8);
    if (bytes.size() != expected)
      stop(std::string(argument) + ".in holds " + std::to_string(bytes.size()) + " bytes; " +
           std::to_string(frames_) + " frames are " + std::to_string(expected));
    std::vector<ap_uint<Bits>> words;
    words.reserve(bytes.size() / (Bits / 8));
    for (std::size_t at = 0; at < bytes.size(); at += Bits / 8)
      words.push_back(wordAt<Bits>(bytes.data() + at));
    return words;
  }
  template <int Bits> void writeFrames(const char *argument, const std::vector<ap_uint<Bits>> &words) const {
    std::vector<char> bytes;
    bytes.reserve(words.size() * (Bits / 8));
    for (std::size_t w = 0; w < words.size(); w++)
      appendWord<Bits>(bytes, words[w]);
    writeFile(folder_ + "/" + argument + ".out", bytes);
  }

  /// Stops the run where the next frame of a stream has not come whole.
  template <class Stream>
  void need(Stream &stream, const char *argument, unsigned words, unsigned frame) const {
    if (stream.size() < words)
      stop(status_ + argument + ": frame " + std::to_string(frame) + " has " + std::to_string(stream.size()) +
           " of " + std::to_string(words) + " words");
  }

  /// A register of a free-running kernel: `settings` has a line `<kernel> <register> <value>` for each.
  unsigned setting(const std::string &kernel, const std::string &name) const {
    std::ifstream file((folder_ + "/settings").c_str());
    std::string of, what;
    for (unsigned value = 0; file >> of >> what >> value;)
      if (of == kernel && what == name)
        return value;
    stop("settings says nothing of " + kernel + " " + name);
    return 0;
  }

  /// What has come in at a network port.
  template <class Beat> void readPackets(unsigned port, hls::stream<Beat> &stream) const {
    const std::vector<char> bytes = readFile(folder_ + "/port" + std::to_string(port) + ".in");
    std::size_t at = 0;
    while (at + 8 <= bytes.size()) {
      const std::uint64_t row = bytesAt(&bytes[at], 4), beats = bytesAt(&bytes[at + 4], 4);
      at += 8;
      if (beats > (bytes.size() - at) / 64)
        break;
      for (std::uint64_t b = 0; b < beats; b++, at += 64) {
        Beat beat;
        beat.data = wordAt<512>(&bytes[at]);
        beat.keep = ~ap_uint<64>(0);
        beat.strb = ~ap_uint<64>(0);
        beat.user = 0;
        beat.dest = static_cast<unsigned>(row);
        beat.last = b + 1 == beats;
        stream.write(beat);
      }
    }
    if (at != bytes.size())
      stop("port" + std::to_string(port) + ".in ends within a packet");
  }
  template <class Beat> void writePackets(unsigned port, hls::stream<Beat> &stream) const {
    std::vector<char> bytes, packet;
    unsigned beats = 0, row = 0;
    while (!stream.empty()) {
      const Beat beat = stream.read();
      if (beats == 0) // the network layer takes the row from the first beat
        row = beat.dest.to_uint();
      appendWord<512>(packet, beat.data);
      beats++;
      if (!beat.last)
        continue;
      appendBytes(bytes, row, 4);
      appendBytes(bytes, beats, 4);
      bytes.insert(bytes.end(), packet.begin(), packet.end());
      packet.clear();
      beats = 0;
    }
    if (beats != 0)
      stop("port" + std::to_string(port) + ": the last packet has no end");
    writeFile(folder_ + "/port" + std::to_string(port) + ".out", bytes);
  }

  /// A line of `status`, for whoever started the run.
  void status(const std::string &line) { status_ += line + "\n"; }
  void finish() const { writeFile(folder_ + "/status", std::vector<char>(status_.begin(), status_.end())); }

private:
  std::string folder_, status_;
  unsigned frames_;
};

} // namespace emulation
} // namespace braid
