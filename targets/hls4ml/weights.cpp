// Weights as text: every value is the exact decimal of the quantised number, so that reading it back changes
// nothing.
#include "firmware.h"

#include "braid/num/fixed.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace braid::targets::hls4ml {
namespace {

/// Writes numbers with the same point as decimals, with a comma behind each but the last. A network has
/// millions of weights and few that differ: the text of each mantissa of 16 bits or less is made once.
class DecimalWriter {
public:
  DecimalWriter(llvm::raw_ostream &out, const num::FixedType &type, int64_t count)
      : out_(out), frac_(type.fracBits()) {
    if (type.width > 16 || count < (int64_t{1} << type.width))
      return;
    lowest_ = static_cast<int64_t>(num::minMantissa(type));
    for (int64_t m = lowest_; m <= static_cast<int64_t>(num::maxMantissa(type)); ++m) {
      const std::string text = num::exactDecimal(m, frac_) + kComma;
      if (text.size() > sizeof(Made::text)) {
        made_.clear();
        return;
      }
      Made &made = made_.emplace_back();
      text.copy(made.text, text.size());
      made.size = static_cast<uint8_t>(text.size());
    }
  }

  void write(int64_t mantissa) {
    const auto at = static_cast<size_t>(mantissa - lowest_);
    if (at >= made_.size()) {
      const std::string text = num::exactDecimal(mantissa, frac_) + kComma;
      flush(text.size());
      std::memcpy(block_.data() + used_, text.data(), text.size());
      used_ += text.size();
      return;
    }
    const Made &made = made_[at];
    flush(sizeof made.text);
    std::memcpy(block_.data() + used_, made.text, sizeof made.text); // of fixed size: two instructions
    used_ += made.size;
  }

  void finish() {
    out_.write(block_.data(), used_ > 0 ? used_ - std::strlen(kComma) : 0);
    out_ << "\n";
  }

private:
  static constexpr const char *kComma = ", ";
  struct Made {
    char text[31];
    uint8_t size;
  };

  /// Makes room for `size` bytes; the last comma stays, finish() may want to drop it.
  void flush(size_t size) {
    const size_t comma = std::strlen(kComma);
    if (used_ + size <= block_.size())
      return;
    out_.write(block_.data(), used_ - comma);
    std::memcpy(block_.data(), kComma, comma);
    used_ = comma;
  }

  llvm::raw_ostream &out_;
  int frac_;
  int64_t lowest_ = 0;
  std::vector<Made> made_;
  std::array<char, 1 << 14> block_;
  size_t used_ = 0;
};

template <class F> void inOrder(const ir::Weights &w, Order order, F &&f) {
  switch (order) {
  case Order::Rows:
    for (int64_t r = 0; r < w.rows(); ++r)
      for (int64_t t = 0; t < w.taps(); ++t)
        w.visitTap(r, t, [&](const auto *at) {
          for (int64_t c = 0; c < w.channels(); ++c)
            f(static_cast<int64_t>(at[c]));
        });
    return;
  case Order::Columns:
    for (int64_t t = 0; t < w.taps(); ++t)
      for (int64_t c = 0; c < w.channels(); ++c)
        for (int64_t r = 0; r < w.rows(); ++r)
          f(w.integer(r, t, c));
    return;
  case Order::Taps:
    for (int64_t t = 0; t < w.taps(); ++t)
      for (int64_t r = 0; r < w.rows(); ++r)
        f(w.integer(r, t, 0));
    return;
  }
}

} // namespace

void addWeights(emit::Emission &emission, const WeightsFile &file) {
  constexpr int64_t kBytesEach = 13; // of a decimal and its comma, as a guess
  emission.add(
      fmt::format("firmware/weights/{}.txt", file.name),
      [file](llvm::raw_ostream &out) {
        DecimalWriter decimals(out, file.type, file.weights.size());
        inOrder(file.weights, file.order, [&](int64_t mantissa) { decimals.write(mantissa); });
        decimals.finish();
      },
      file.weights.size() * kBytesEach);
  std::string guard = file.name;
  for (char &c : guard)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  emission.addText(
      fmt::format("firmware/weights/{}.h", file.name),
      fmt::format("// [{}, {}, {}] (rows, taps, channels); in synthesis the numbers stand here, in "
                  "simulation they are read from {}.txt.\n"
                  "#ifndef {}_H_\n#define {}_H_\n\n#ifndef __SYNTHESIS__\nstatic {} {}[{}];\n#else\nstatic "
                  "{} {}[{}] = {{\n#include \"{}.txt\"\n}};\n#endif\n\n#endif\n",
                  file.weights.rows(), file.weights.taps(), file.weights.channels(), file.name, guard, guard,
                  file.typeName, file.name, file.weights.size(), file.typeName, file.name,
                  file.weights.size(), file.name));
}

} // namespace braid::targets::hls4ml
