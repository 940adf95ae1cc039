// What a kernel costs on a device: a pure function of the two. "Don't know" is an error, never a zero.
#pragma once

#include "braid/device/device.h"
#include "braid/kernel/kernel.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace braid::cost {

/// Which tool's number is predicted: C synthesis, or Vivado synthesis (what the chip uses; plans are decided
/// on it).
enum class Stage : uint8_t { Csynth, Vsynth };
const char *name(Stage stage);

/// Where a number is from.
enum class Basis : uint8_t {
  Exact,        ///< A law that holds on every measured row
  Fitted,       ///< Coefficients fitted to synthesis results, inside their range
  Extrapolated, ///< The same, outside their range
  Structural,   ///< Counted from the structure; no measurement exists
  Assumed,      ///< An allowance: neither measured nor counted
};
const char *name(Basis basis);

struct Estimate {
  device::Resources resources;
  int64_t interval = 1;            ///< Cycles between frames of this kernel alone
  int64_t latency = 1;             ///< Cycles from the first input beat to the last output beat, at worst
  int64_t fill = 1;                ///< Cycles from the first input beat to the first output beat
  Basis basis = Basis::Structural; ///< The weakest among its parts
  double error = 1.0;              ///< Relative error bound of the resources, 0.05 = 5 %
  std::string model;               ///< Name of the formula set and row that answered
};

/// Half-block RAMs that hold `depth` words of `width` bits, in the shape that needs fewest (AMD UG573).
int64_t bram18For(int64_t width, int64_t depth);

/// DSP slices of one multiplier of a device family: none where the narrower operand is short enough for LUTs,
/// else the tiles of the slice's multiplier that cover it.
int64_t dspPerProduct(int64_t bitsA, int64_t bitsB, llvm::StringRef family, Stage stage);

/// A named set of formulas and coefficients (cost_models/*.json).
class CostModel {
public:
  virtual ~CostModel() = default;
  virtual std::string name() const = 0;
  virtual kernel::Style style() const = 0; ///< Whose kernels it knows
  virtual llvm::Expected<Estimate> estimate(const kernel::Kernel &kernel, const device::Device &device,
                                            Stage stage) const = 0;
};

/// The built-in models by name, and the one that is taken where none is asked for.
std::vector<std::string> costModelNames();
const char *defaultCostModel(kernel::Style style);
llvm::Expected<std::shared_ptr<const CostModel>> findCostModel(llvm::StringRef name);

/// Interval and latency of kernels that make up one FPGA's project, from their own estimates in dataflow
/// order: io_stream: the slowest kernel; io_parallel with a Resource layer: the measured sum law;
/// io_parallel, all Latency: the initiation interval of the pipeline.
struct PartTiming {
  int64_t interval = 1, latency = 1;
  int64_t bestLatency = 1; ///< The law's lower end; `latency` is its upper end
  int64_t fill = 1;        ///< Of `latency`: until the first of the output is there
};
PartTiming partTiming(const std::vector<std::pair<const kernel::Kernel *, Estimate>> &kernels,
                      kernel::IoMode io);

/// What one kernel adds to the sum law of io_parallel: with shares summed over a part, `cycles - anyDense` is
/// the interval as soon as one kernel makes the part a dataflow region; until then the slowest interval is.
struct TimeShare {
  int64_t cycles = 0;
  bool isDense = false;  ///< A dense layer whose cycles the measured law counts
  bool dataflow = false; ///< Makes the part a dataflow region instead of one pipeline
  TimeShare operator+(const TimeShare &other) const {
    return {cycles + other.cycles, isDense || other.isDense, dataflow || other.dataflow};
  }
};
TimeShare timeShare(const kernel::Kernel &kernel, const Estimate &estimate);

} // namespace braid::cost
