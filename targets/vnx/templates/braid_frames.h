// Frames of the model as files and as words of the card: .npy in, fixed point, 512-bit words and back.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace braid::host {

/// ap_[u]fixed<width, width - fraction, rounding, overflow>: value = mantissa * 2^-fraction.
struct Type {
  int width = 16, fraction = 10;
  bool isSigned = true;
  std::string rounding = "AP_TRN", overflow = "AP_WRAP";
};

/// What the host computes element by element (softmax: over the channels) at an end of the model; lists hold
/// one number for all or one per channel. Kinds as in network/network.json.
struct HostStep {
  std::string kind;
  std::vector<double> first, second;
  double lo = 0, hi = 0;
  std::string rounding;
  bool roundsFirst = false;
};

/// An input or output of the model: its frame in the ONNX file, and how transposing that gives the stream's
/// order
/// (`permutation` empty: not at all).
struct ModelEnd {
  std::string name;
  std::vector<int64_t> shape, permutation;
  Type type;
  std::vector<int64_t> streamShape; ///< In the stream's order of dimensions
  std::vector<HostStep> host{};
  int64_t elements() const {
    int64_t product = 1;
    for (int64_t size : shape)
      product *= size;
    return product;
  }
};

/// How a frame lies in words: floor(wordBits / elementBits) elements each, first element in the lowest bits.
struct Words {
  int64_t wordBits = 512, elementBits = 16, elements = 0;
  int64_t perWord() const { return wordBits / elementBits; }
  int64_t words() const { return (elements + perWord() - 1) / perWord(); }
  int64_t bytes() const { return words() * wordBits / 8; }
};

/// The whole number that `scaled` rounds to (AMD UG1399, "Quantization modes"). Every step is exact.
inline double roundedWhole(double scaled, const std::string &mode) {
  const double low = std::floor(scaled), rest = scaled - low;
  bool up = false;
  if (mode == "AP_TRN_ZERO")
    up = rest > 0 && scaled < 0;
  else if (mode == "AP_RND")
    up = rest >= 0.5;
  else if (mode == "AP_RND_MIN_INF")
    up = rest > 0.5;
  else if (mode == "AP_RND_INF")
    up = scaled < 0 ? rest > 0.5 : rest >= 0.5;
  else if (mode == "AP_RND_ZERO")
    up = scaled < 0 ? rest >= 0.5 : rest > 0.5;
  else if (mode == "AP_RND_CONV")
    up = rest > 0.5 || (rest == 0.5 && std::fmod(low, 2.0) != 0);
  return low + (up ? 1 : 0);
}

/// The bits of a number's mantissa, in the low `width` bits.
inline uint64_t mantissaBits(double value, const Type &type) {
  const uint64_t mask = ~uint64_t(0) >> (64 - type.width);
  if (std::isnan(value))
    return 0;
  const double whole =
      std::isinf(value) ? value : roundedWhole(std::ldexp(value, type.fraction), type.rounding);
  const double above = std::ldexp(1.0, type.isSigned ? type.width - 1 : type.width);
  const bool tooHigh = whole >= above, tooLow = whole < (type.isSigned ? -above : 0.0);
  const uint64_t highest = type.isSigned ? mask >> 1 : mask, lowest = type.isSigned ? highest + 1 : 0;
  if (type.overflow == "AP_SAT_SYM" && type.isSigned && whole <= -above)
    return (lowest + 1) & mask;
  if ((tooHigh || tooLow) && (type.overflow != "AP_WRAP" || std::isinf(value)))
    return type.overflow == "AP_SAT_ZERO" ? 0 : tooHigh ? highest : lowest;
  // Modulo 2^64: of a large double only whole multiples of its last place are left.
  const double wrapped = std::fmod(whole, 18446744073709551616.0);
  const uint64_t magnitude = static_cast<uint64_t>(std::fabs(wrapped));
  return (wrapped < 0 ? ~magnitude + 1 : magnitude) & mask;
}

inline double valueOf(uint64_t bits, const Type &type) {
  const int spare = 64 - type.width;
  const uint64_t raised = bits << spare;
  const double mantissa = type.isSigned ? static_cast<double>(static_cast<int64_t>(raised) >> spare)
                                        : static_cast<double>(raised >> spare);
  return std::ldexp(mantissa, -type.fraction);
}

/// The level that a number rounds to, as quantisers do it (QONNX's names of the modes).
inline double roundedLevel(double value, const std::string &mode) {
  const double low = std::floor(value), rest = value - low;
  bool up = false; // FLOOR
  if (mode == "ROUND")
    up = rest > 0.5 || (rest == 0.5 && std::fmod(low, 2.0) != 0);
  else if (mode == "HALF_UP")
    up = rest > 0.5 || (rest == 0.5 && value >= 0);
  else if (mode == "HALF_DOWN")
    up = rest > 0.5 || (rest == 0.5 && value < 0);
  else if (mode == "UP")
    up = rest > 0 && value >= 0;
  else if (mode == "DOWN")
    up = rest > 0 && value < 0;
  else if (mode == "CEIL")
    up = rest > 0;
  return low + (up ? 1 : 0);
}

inline double hostStep(const HostStep &step, double x, size_t channel) {
  const auto number = [&](const std::vector<double> &list) {
    return list[list.size() == 1 ? 0 : channel % list.size()];
  };
  if (step.kind == "affine")
    return x * number(step.first) + number(step.second);
  if (step.kind == "quantize") {
    const double scaled = x / number(step.first), zero = number(step.second);
    const double level = step.roundsFirst ? roundedLevel(scaled, step.rounding) + zero
                                          : roundedLevel(scaled + zero, step.rounding);
    return std::isnan(level) ? step.lo : std::min(std::max(level, step.lo), step.hi);
  }
  if (step.kind == "thresholds") {
    const size_t rows = static_cast<size_t>(step.second[0]), steps = step.first.size() / rows;
    double level = step.lo;
    for (size_t i = 0; i < steps; ++i)
      level += x >= step.first[(rows == 1 ? 0 : channel) * steps + i] ? 1 : 0;
    return level;
  }
  if (step.kind == "leaky_relu")
    return x >= 0 ? x : number(step.first) * x;
  if (step.kind == "at_least")
    return std::max(x, step.first[0]);
  if (step.kind == "at_most")
    return std::min(x, step.first[0]);
  if (step.kind == "sigmoid")
    return 1.0 / (1.0 + std::exp(-x));
  if (step.kind == "tanh")
    return std::tanh(x);
  if (step.kind == "elu")
    return x >= 0 ? x : step.first[0] * std::expm1(x);
  if (step.kind == "selu")
    return step.second[0] * (x > 0 ? x : step.first[0] * std::expm1(x));
  throw std::runtime_error("no such step: " + step.kind);
}

/// All steps over one frame, given as its numbers in stream order.
inline void hostSteps(const ModelEnd &end, std::vector<double> &frame) {
  const size_t channels = end.streamShape.empty() ? 1 : static_cast<size_t>(end.streamShape.back());
  for (const HostStep &step : end.host) {
    if (step.kind != "softmax") {
      for (size_t i = 0; i < frame.size(); ++i)
        frame[i] = hostStep(step, frame[i], step.first.size() == frame.size() ? i : i % channels);
      continue;
    }
    for (size_t row = 0; row < frame.size(); row += channels) {
      const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(row),
                 last = begin + static_cast<std::ptrdiff_t>(channels);
      const double most = *std::max_element(begin, last);
      double sum = 0;
      for (auto at = begin; at != last; ++at)
        sum += *at = std::exp(*at - most);
      for (auto at = begin; at != last; ++at)
        *at /= sum;
    }
  }
}

/// For each element of a stream's frame, its place in the ONNX file's frame.
inline std::vector<int64_t> onnxPlaces(const ModelEnd &end, int64_t elements) {
  std::vector<int64_t> places(static_cast<size_t>(elements));
  const size_t rank = end.permutation.size();
  std::vector<int64_t> stride(rank, 1), index(rank, 0);
  for (size_t axis = rank; axis-- > 1;)
    stride[axis - 1] = stride[axis] * end.shape[axis];
  for (int64_t i = 0; i < elements; ++i) {
    int64_t at = rank ? 0 : i;
    for (size_t axis = 0; axis < rank; ++axis)
      at += index[axis] * stride[static_cast<size_t>(end.permutation[axis])];
    places[static_cast<size_t>(i)] = at;
    for (size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < end.shape[static_cast<size_t>(end.permutation[axis])])
        break;
      index[axis] = 0;
    }
  }
  return places;
}

/// The same for the box [from, to) of the stream's frame; without a box, for all of it.
inline std::vector<int64_t> onnxPlaces(const ModelEnd &end, const std::vector<int64_t> &from,
                                       const std::vector<int64_t> &to) {
  const std::vector<int64_t> all = onnxPlaces(end, end.elements());
  if (from.empty())
    return all;
  std::vector<int64_t> places, index = from;
  while (index[0] < to[0]) {
    int64_t at = 0;
    for (size_t axis = 0; axis < index.size(); ++axis)
      at = at * end.streamShape[axis] + index[axis];
    places.push_back(all[static_cast<size_t>(at)]);
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < to[axis] || axis == 0)
        break;
      index[axis] = from[axis];
    }
  }
  return places;
}

inline void setBits(uint8_t *bytes, int64_t at, int64_t count, uint64_t value) {
  for (int64_t done = 0; done < count;) {
    const int64_t bit = (at + done) % 8, here = std::min<int64_t>(8 - bit, count - done);
    const unsigned part = static_cast<unsigned>(value >> done) & ((1u << here) - 1);
    bytes[(at + done) / 8] = static_cast<uint8_t>(bytes[(at + done) / 8] | part << bit);
    done += here;
  }
}
inline uint64_t bitsAt(const uint8_t *bytes, int64_t at, int64_t count) {
  uint64_t value = 0;
  for (int64_t done = 0; done < count;) {
    const int64_t bit = (at + done) % 8, here = std::min<int64_t>(8 - bit, count - done);
    value |= static_cast<uint64_t>((bytes[(at + done) / 8] >> bit) & ((1u << here) - 1)) << done;
    done += here;
  }
  return value;
}

/// One frame in the ONNX file's order to words, and back.
inline void packFrame(const double *frame, const ModelEnd &end, const Words &words,
                      const std::vector<int64_t> &places, uint8_t *bytes) {
  std::vector<double> levels; // of the whole frame, at the places of the file
  if (!end.host.empty()) {
    const std::vector<int64_t> all = onnxPlaces(end, end.elements());
    std::vector<double> inOrder(all.size());
    for (size_t i = 0; i < all.size(); ++i)
      inOrder[i] = frame[all[i]];
    hostSteps(end, inOrder);
    levels.resize(all.size());
    for (size_t i = 0; i < all.size(); ++i)
      levels[static_cast<size_t>(all[i])] = inOrder[i];
    frame = levels.data();
  }
  std::memset(bytes, 0, static_cast<size_t>(words.bytes()));
  for (int64_t i = 0; i < words.elements; ++i)
    setBits(bytes, i / words.perWord() * words.wordBits + i % words.perWord() * words.elementBits,
            words.elementBits, mantissaBits(frame[places[static_cast<size_t>(i)]], end.type));
}
inline void unpackFrame(const uint8_t *bytes, const ModelEnd &end, const Words &words,
                        const std::vector<int64_t> &places, float *frame) {
  std::vector<double> values(static_cast<size_t>(words.elements));
  for (int64_t i = 0; i < words.elements; ++i)
    values[static_cast<size_t>(i)] =
        valueOf(bitsAt(bytes, i / words.perWord() * words.wordBits + i % words.perWord() * words.elementBits,
                       words.elementBits),
                end.type);
  hostSteps(end, values); // outputs come whole
  for (size_t i = 0; i < values.size(); ++i)
    frame[places[i]] = static_cast<float>(values[i]);
}

/// A .npy file (NumPy format 1 to 3) of numbers in C order; values as doubles.
inline std::vector<double> readNpy(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string data((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto fault = [&](const char *what) { return std::runtime_error(path + ": " + what); };
  if (data.size() < 12 || data.compare(0, 6, "\x93NUMPY") != 0)
    throw fault("cannot be read as a .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(data[i])); };
  const bool isLong = data[6] >= 2;
  const size_t start = isLong ? 12 : 10;
  const size_t length =
      isLong ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
  if (length > data.size() - start)
    throw fault("ends within its header");
  const std::string header = data.substr(start, length);
  const size_t descr = header.find("'descr'");
  const size_t open = descr == std::string::npos ? descr : header.find('\'', descr + 7);
  if (open == std::string::npos || header.find("'fortran_order': False") == std::string::npos)
    throw fault("only plain arrays in C order can be read");
  const std::string type = header.substr(open + 1, 3);
  const char *at = data.data() + start + length;
  const size_t bytes = data.size() - start - length;
  std::vector<double> values;
  const auto read = [&](auto zero) {
    using T = decltype(zero);
    for (size_t i = 0; i + sizeof(T) <= bytes; i += sizeof(T)) {
      T value;
      std::memcpy(&value, at + i, sizeof(T));
      values.push_back(static_cast<double>(value));
    }
  };
  if (type == "<f4")
    read(float());
  else if (type == "<f8")
    read(double());
  else if (type == "|u1")
    read(uint8_t());
  else if (type == "|i1")
    read(int8_t());
  else if (type == "<i4")
    read(int32_t());
  else if (type == "<i8")
    read(int64_t());
  else
    throw fault(
        "holds numbers of a kind that is not read; float32, float64, int8, uint8, int32 and int64 are");
  return values;
}

/// float32, frames first.
inline void writeNpy(const std::string &path, int64_t frames, const std::vector<int64_t> &shape,
                     const std::vector<float> &values) {
  std::string dims = std::to_string(frames) + ",";
  for (int64_t size : shape)
    dims += " " + std::to_string(size) + ",";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims + "), }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file.write("\x93NUMPY\x01\x00", 8);
  const char length[2] = {static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  file.write(length, 2);
  file << header;
  file.write(reinterpret_cast<const char *>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file)
    throw std::runtime_error(path + ": cannot be written");
}

} // namespace braid::host
