// Weights as text: every value is the exact decimal of the quantised number, so that reading it back changes nothing.
#include "firmware.h"

#include "braid/num/fixed.h"

#include <fmt/format.h>

namespace braid::targets::hls4ml {
namespace {

/// Decimals of many numbers with the same point: those of 16 bits and less are made once.
class Decimals {
public:
  Decimals(const num::FixedType &type, int64_t count) : frac_(type.fracBits()) {
    if (type.width > 16 || count < (int64_t{1} << type.width))
      return;
    lowest_ = static_cast<int64_t>(num::minMantissa(type));
    for (int64_t m = lowest_; m <= static_cast<int64_t>(num::maxMantissa(type)); ++m)
      made_.push_back(num::exactDecimal(m, frac_));
  }
  void write(llvm::raw_ostream &out, int64_t mantissa) const {
    const auto at = static_cast<size_t>(mantissa - lowest_);
    if (at < made_.size())
      out << made_[at];
    else
      out << num::exactDecimal(mantissa, frac_);
  }

private:
  int frac_;
  int64_t lowest_ = 0;
  std::vector<std::string> made_;
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
  emission.add(fmt::format("firmware/weights/{}.txt", file.name), [file](llvm::raw_ostream &out) {
    const Decimals decimals(file.type, file.weights.size());
    bool first = true;
    inOrder(file.weights, file.order, [&](int64_t mantissa) {
      if (!first)
        out << ", ";
      first = false;
      decimals.write(out, mantissa);
    });
    out << "\n";
  });
  std::string guard = file.name;
  for (char &c : guard)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  emission.addText(fmt::format("firmware/weights/{}.h", file.name),
                   fmt::format("// [{}, {}, {}] (rows, taps, channels); in synthesis the numbers stand here, in simulation they are read from {}.txt.\n"
                               "#ifndef {}_H_\n#define {}_H_\n\n#ifndef __SYNTHESIS__\nstatic {} {}[{}];\n#else\nstatic {} {}[{}] = {{\n#include \"{}.txt\"\n}};\n#endif\n\n#endif\n",
                               file.weights.rows(), file.weights.taps(), file.weights.channels(), file.name, guard, guard, file.typeName,
                               file.name, file.weights.size(), file.typeName, file.name, file.weights.size(), file.name));
}

} // namespace braid::targets::hls4ml
