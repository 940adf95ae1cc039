// Weights and thresholds in the order and the text of FINN: PE p holds rows p, p + PE, p + 2 PE, ...; a tile
// holds SIMD columns of one row for each PE; in a word lane 0 stands in the lowest bits, in a line of
// memblock.dat PE 0 does (FINN v0.10, matrixvectoractivation.py, get_hw_compatible_weight_tensor and
// make_weight_file).
#include "design.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::targets::finn {

namespace {

using kernel::Kernel;
using kernel::KernelKind;

/// A unit's matrix as its columns come: [rows, columns], zeros where rows or channels were added, or groups
/// of a convolution have nothing in common.
class Matrix {
public:
  Matrix(const ir::Layer &layer, const Kernel &kernel, bool asBits) : asBits_(asBits) {
    if (const auto *dense = std::get_if<ir::Dense>(&layer.op)) {
      weights_ = dense->weights;
    } else {
      const auto &conv = std::get<ir::Conv>(layer.op);
      weights_ = conv.weights;
      groups_ = kernel.kind == KernelKind::VectorVector ? 1 : conv.groups;
    }
    isDepthwise_ = kernel.kind == KernelKind::VectorVector;
    channels_ = isDepthwise_ ? 1 : kernel.mw / weights_.taps();
  }

  /// As it is stored.
  int64_t operator()(int64_t row, int64_t column) const {
    const int64_t value = at(row, column);
    return asBits_ ? (value + 1) / 2 : value;
  }

private:
  int64_t at(int64_t row, int64_t column) const {
    if (row >= weights_.rows())
      return asBits_ ? -1 : 0; // dropped behind the unit
    if (isDepthwise_)
      return weights_.integer(row, column, 0);
    const int64_t tap = column / channels_, channel = column % channels_;
    const int64_t own = weights_.channels(), group = row / (weights_.rows() / groups_);
    if (channel / own != group)
      return 0;
    return weights_.integer(row, tap, channel % own);
  }

  ir::Weights weights_;
  int64_t groups_ = 1, channels_ = 1;
  bool asBits_ = false, isDepthwise_ = false;
};

/// Bits written from the lowest on, read as hexadecimal digits from the highest.
class HexWord {
public:
  explicit HexWord(int64_t bits) : digits_(static_cast<size_t>(ceilDiv(bits, 4)), 0) {}
  void put(int64_t value, int64_t bits, int64_t at) {
    for (int64_t b = 0; b < bits; ++b)
      if (value >> b & 1)
        digits_[static_cast<size_t>((at + b) / 4)] |= static_cast<uint8_t>(1 << (at + b) % 4);
  }
  void write(llvm::raw_ostream &out) const {
    for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit)
      out << "0123456789abcdef"[*digit];
  }

private:
  std::vector<uint8_t> digits_;
};

/// One PE's SIMD weights of one tile; a depthwise unit takes its first tap from the last lane.
void putTile(HexWord &word, const Matrix &matrix, const Kernel &kernel, int64_t tile, int64_t pe,
             int64_t at) {
  const bool isDepthwise = kernel.kind == KernelKind::VectorVector;
  const int64_t steps = (isDepthwise ? kernel.taps : kernel.mw) / kernel.simd,
                row = tile / steps * kernel.pe + pe, first = tile % steps * kernel.simd;
  for (int64_t lane = 0; lane < kernel.simd; ++lane)
    word.put(matrix(row, first + (isDepthwise ? kernel.simd - 1 - lane : lane)), kernel.weightBits,
             at + lane * kernel.weightBits);
}

const ir::Threshold *thresholdsOf(const Design &design, const plan::Unit &unit) {
  const ir::LayerId id = unit.kernel.kind == KernelKind::Threshold ? unit.layer : unit.activation;
  return id == ir::LayerId::None ? nullptr : &std::get<ir::Threshold>(design.model.layer(id).op);
}

/// The type that is compared: that of the sums, one bit wider where a threshold is never reached.
num::FixedType comparedType(const Design &design, const plan::Unit &unit) {
  const ir::Layer &first = *design.layerOf(unit);
  num::FixedType type = unit.kernel.kind == KernelKind::Threshold
                            ? design.model.stream(first.inputs[0]).type.fixed()
                            : design.model.stream(first.output).type.fixed();
  const ir::Threshold *op = thresholdsOf(design, unit);
  if (op && op->thresholds.range().second > static_cast<double>(static_cast<int64_t>(num::maxMantissa(type))))
    ++type.width, ++type.intBits;
  return type;
}

std::string typeName(const num::FixedType &type) { return integerType(type.width, type.isSigned); }

void writeThresholds(llvm::raw_ostream &out, const Design &design, const plan::Unit &unit) {
  const ir::Threshold &op = *thresholdsOf(design, unit);
  const num::FixedType type = comparedType(design, unit);
  const auto least = static_cast<int64_t>(num::minMantissa(type)),
             most = static_cast<int64_t>(num::maxMantissa(type));
  const int64_t pe = unit.kernel.pe, rows = unit.kernel.channels / pe, steps = op.thresholds.channels();
  const ir::LayerId last = unit.kernel.kind == KernelKind::Threshold ? unit.layer : unit.activation;
  out << fmt::format("// base + the number of thresholds that a sum has reached, by channel nf * PE + pe: "
                     "[PE][NF][thresholds].\n"
                     "static const ThresholdsActivation<{}, {}, {}, {}, {}, {}, comp::less_equal<{}, {}> > "
                     "threshs = {{{{",
                     rows, pe, steps, typeName(type),
                     integerType(design.model.stream(design.model.layer(last).output).type), op.base,
                     typeName(type), typeName(type));
  for (int64_t p = 0; p < pe; ++p) {
    out << (p ? ",\n{" : "\n{");
    for (int64_t nf = 0; nf < rows; ++nf) {
      out << (nf ? ", {" : "{");
      const int64_t row = op.thresholds.rows() == 1 ? 0 : nf * pe + p;
      for (int64_t k = 0; k < steps; ++k)
        out << (k ? ", " : "") << std::clamp(op.thresholds.integer(row, 0, k), least, most);
      out << "}";
    }
    out << "}";
  }
  out << "\n}};\n";
}

void writeEmbedded(llvm::raw_ostream &out, const Design &design, const plan::Unit &unit) {
  const Kernel &kernel = unit.kernel;
  const bool bits = storesBits(design, unit);
  const Matrix matrix(*design.layerOf(unit), kernel, bits);
  const int64_t depth = memoryDepth(kernel), width = kernel.simd * kernel.weightBits;
  out << "// Tiles of SIMD weights, lane 0 lowest: [PE][tile].\n";
  if (bits)
    out << fmt::format("static const BinaryWeights<{}, {}, {}> weights = {{{{", kernel.simd, kernel.pe,
                       depth);
  else
    out << fmt::format("static const FixedPointWeights<{}, ap_int<{}>, {}, {}> weights = {{{{", kernel.simd,
                       kernel.weightBits, kernel.pe, depth);
  for (int64_t pe = 0; pe < kernel.pe; ++pe) {
    out << (pe ? ",\n{" : "\n{");
    for (int64_t tile = 0; tile < depth; ++tile) {
      HexWord word(width);
      putTile(word, matrix, kernel, tile, pe, 0);
      out << (tile ? ", " : "") << fmt::format("ap_uint<{}>(\"0x", width);
      word.write(out);
      out << "\", 16)";
    }
    out << "}";
  }
  out << "\n}};\n";
}

void writeMemblock(llvm::raw_ostream &out, const Design &design, const plan::Unit &unit) {
  const Kernel &kernel = unit.kernel;
  const Matrix matrix(*design.layerOf(unit), kernel, storesBits(design, unit));
  const int64_t depth = memoryDepth(kernel), each = kernel.simd * kernel.weightBits;
  for (int64_t tile = 0; tile < depth; ++tile) {
    HexWord word(kernel.pe * each);
    for (int64_t pe = 0; pe < kernel.pe; ++pe)
      putTile(word, matrix, kernel, tile, pe, pe * each);
    word.write(out);
    out << "\n";
  }
}

/// Of the narrowest signed type that holds them.
int64_t parameterBits(const ir::Weights &numbers) {
  int64_t lo = -1, hi = 0;
  for (int64_t value : numbers.integers())
    lo = std::min(lo, value), hi = std::max(hi, value);
  return num::narrowestFor(lo, hi, 0).width;
}

/// Factor and offset of every channel, brought to one binary point.
void writeAffine(llvm::raw_ostream &out, const Design &design, const plan::Unit &unit) {
  const auto &op = std::get<ir::Affine>(design.layerOf(unit)->op);
  const int scaleFrac = op.scaleType.fixed().fracBits(), biasFrac = op.biasType.fixed().fracBits(),
            fine = std::max(scaleFrac, biasFrac);
  const int64_t pe = unit.kernel.pe, rows = op.scale.rows() == 1 ? 1 : unit.kernel.channels / pe,
                lanes = op.scale.rows() == 1 ? 1 : pe;
  const auto write = [&](const char *name, const ir::Weights &numbers, int shift) {
    const std::string type = integerType(parameterBits(numbers) + shift, true);
    out << fmt::format("static const {} {}[{}][{}] = {{", type, name, lanes, rows);
    for (int64_t p = 0; p < lanes; ++p) {
      out << (p ? ", {" : "{");
      for (int64_t nf = 0; nf < rows; ++nf)
        out << (nf ? ", " : "")
            << fmt::format("{}({}LL){}", type, numbers.integer((nf * pe + p) % numbers.rows()),
                           shift ? fmt::format(" << {}", shift) : "");
      out << "}";
    }
    out << "};\n";
  };
  out << "// Factor and offset of channel nf * PE + pe: [PE][NF].\n";
  write("factors", op.scale, fine - scaleFrac);
  write("offsets", op.bias, fine - biasFrac);
}

void writeBias(llvm::raw_ostream &out, const Design &design, const plan::Unit &unit) {
  const auto &op = std::get<ir::Sum>(design.layerOf(unit)->op);
  const int64_t pe = unit.kernel.pe, rows = unit.kernel.channels / pe;
  out << fmt::format("// Bias of channel nf * PE + pe: [NF][PE].\nstatic const {} biases[{}][{}] = {{",
                     integerType(op.accum), rows, pe);
  for (int64_t nf = 0; nf < rows; ++nf) {
    out << (nf ? ", {" : "{");
    for (int64_t p = 0; p < pe; ++p) {
      const int64_t value =
          op.bias.empty()
              ? 0
              : static_cast<int64_t>(num::castMantissa(op.bias.integer(nf * pe + p),
                                                       op.biasType.fixed().fracBits(), op.accum.fixed()));
      out << (p ? ", " : "") << value << (value > INT32_MAX || value < INT32_MIN ? "LL" : "");
    }
    out << "}";
  }
  out << "};\n";
}

} // namespace

bool storesBits(const Design &design, const plan::Unit &unit) {
  return kernel::storesBits(*design.layerOf(unit));
}

void addMemories(emit::Emission &out, const std::string &folder, std::shared_ptr<const Design> of,
                 size_t index) {
  const Design &design = *of;
  const plan::Unit &unit = design.graph.units[index];
  using Write = void (*)(llvm::raw_ostream &, const Design &, const plan::Unit &);
  const auto add = [&](const char *name, Write write, int64_t bytes) {
    out.add(
        folder + name,
        [of, index, write](llvm::raw_ostream &file) { write(file, *of, of->graph.units[index]); }, bytes);
  };
  const Kernel &kernel = unit.kernel;
  if (kernel.kind == KernelKind::MatrixVector || kernel.kind == KernelKind::VectorVector) {
    const int64_t digits = kernel.weights * kernel.weightBits / 4;
    if (Design::isStreamed(unit))
      add("memblock.dat", writeMemblock, digits);
    else
      add("params.h", writeEmbedded, 8 * digits);
  }
  if (thresholdsOf(design, unit))
    add("thresh.h", writeThresholds, kernel.channels * kernel.steps * 6);
  if (kernel.kind == KernelKind::Affine)
    add("params.h", writeAffine, kernel.weights * 20);
  if (kernel.kind == KernelKind::Sum)
    add("params.h", writeBias, kernel.channels * 8);
}

} // namespace braid::targets::finn
