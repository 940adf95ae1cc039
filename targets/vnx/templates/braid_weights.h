// Weights that are not in the cards' binaries: memories without initial contents are written before the first
// frame, and kernels that read weights from memory are started, and run for as long as the program does.
#pragma once

#include "braid_host.h"

namespace braid::host {

/// A memory of a kernel: line i of the file, bits 32 k to 32 k + 31, at byte offset + 4 * (i * lanes + k).
struct WeightMemory {
  std::string card, kernel;
  uint32_t offset = 0, lanes = 1;
  std::string file; ///< A memblock.dat, from the bundle's folder
};
/// A kernel that reads weights of so many bits, so many a line, from memory, over and over.
struct WeightReader {
  std::string card, kernel;
  int64_t weightBits = 0, perLine = 0;
  std::string file;
};

/// The lines of a memblock.dat as bytes, the lowest first, each line in a whole number of 32-bit words.
inline std::vector<std::vector<uint8_t>> readMemblock(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    throw std::runtime_error(path + ": cannot be read");
  std::vector<std::vector<uint8_t>> lines;
  for (std::string line; std::getline(file, line);) {
    std::vector<uint8_t> &bytes = lines.emplace_back((line.size() + 7) / 8 * 4);
    for (size_t digit = 0; digit < line.size(); ++digit) {
      const size_t value = std::string("0123456789abcdef").find(line[line.size() - 1 - digit]);
      if (value == std::string::npos)
        throw std::runtime_error(path + ": '" + line + "' is no hexadecimal number");
      setBits(bytes.data(), static_cast<int64_t>(4 * digit), 4, value);
    }
  }
  return lines;
}

class Weights {
public:
  explicit Weights(const Options &options) : options_(options) {}

  void write(const WeightMemory &memory) {
    const auto &[device, uuid] = opened(memory.card);
    xrt::ip ip(device, uuid, memory.kernel + ":{" + memory.kernel + "_0}");
    uint32_t address = memory.offset;
    for (const std::vector<uint8_t> &line : readMemblock(pathOf(memory.file)))
      for (uint32_t lane = 0; lane < memory.lanes; ++lane, address += 4) {
        const bool isThere = 4 * lane < line.size();
        ip.write_register(address,
                          isThere ? static_cast<uint32_t>(bitsAt(line.data(), 32 * int64_t(lane), 32)) : 0);
      }
  }

  void start(const WeightReader &reader) {
    const auto &[device, uuid] = opened(reader.card);
    const std::vector<std::vector<uint8_t>> lines = readMemblock(pathOf(reader.file));
    const Words words{512, static_cast<int>(reader.weightBits),
                      static_cast<int64_t>(lines.size()) * reader.perLine};
    Running &running = running_.emplace_back();
    running.kernel = xrt::kernel(device, uuid, reader.kernel + ":{" + reader.kernel + "_0}");
    running.memory = xrt::bo(device, static_cast<size_t>(words.bytes()), running.kernel.group_id(0));
    auto *bytes = running.memory.map<uint8_t *>();
    std::memset(bytes, 0, static_cast<size_t>(words.bytes()));
    for (int64_t i = 0; i < words.elements; ++i) {
      const auto &line = lines[static_cast<size_t>(i / reader.perLine)];
      setBits(bytes, i / words.perWord() * words.wordBits + i % words.perWord() * words.elementBits,
              reader.weightBits,
              bitsAt(line.data(), i % reader.perLine * reader.weightBits, reader.weightBits));
    }
    running.memory.sync(XCL_BO_SYNC_BO_TO_DEVICE);
    running.run = xrt::run(running.kernel);
    running.run.set_arg(0, running.memory);
    running.run.set_arg(1, uint32_t(0)); // without end
    running.run.start();
  }

private:
  struct Running {
    xrt::kernel kernel;
    xrt::bo memory;
    xrt::run run;
  };

  std::string pathOf(const std::string &file) const { return options_.network + "/../" + file; }

  /// Programmed here; whoever loads the same binary again finds it there.
  const std::pair<xrt::device, xrt::uuid> &opened(const std::string &card) {
    const auto at = opened_.find(card);
    if (at != opened_.end())
      return at->second;
    const std::string &where = options_.devices.at(card);
    const bool isIndex = where.find_first_not_of("0123456789") == std::string::npos;
    xrt::device device = isIndex ? xrt::device(static_cast<unsigned>(std::stoul(where))) : xrt::device(where);
    const xrt::uuid uuid = device.load_xclbin(xrt::xclbin(options_.binaries.at(card)));
    return opened_.emplace(card, std::make_pair(device, uuid)).first->second;
  }

  const Options &options_;
  std::map<std::string, std::pair<xrt::device, xrt::uuid>> opened_;
  std::vector<Running> running_;
};

inline int run(const Design &design, const std::vector<WeightMemory> &memories,
               const std::vector<WeightReader> &readers, int argc, char **argv) {
  try {
    const Options options = parseOptions(design, argc, argv);
    Weights weights(options);
    for (const WeightMemory &memory : memories)
      weights.write(memory);
    for (const WeightReader &reader : readers)
      weights.start(reader);
    return run(design, argc, argv);
  } catch (const std::exception &fault) {
    std::cerr << design.host << ": error: " << fault.what() << "\n";
    return 1;
  }
}

} // namespace braid::host
