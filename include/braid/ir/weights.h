// Numbers of a layer: immutable, shared, seen through a slice that copies nothing.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace braid::ir {

/// A view [rows, taps, channels] of shared numbers: reals in a source model (floats, or doubles where floats
/// would round), mantissas in a typed one, held in the narrowest of 8, 16, 32 or 64 bits. Vectors are
/// [n, 1, 1].
class Weights {
public:
  Weights() = default; ///< No numbers: empty() holds.
  static Weights fromFloats(std::vector<float> values, int64_t rows, int64_t taps = 1, int64_t channels = 1);
  /// As floats if that loses nothing.
  static Weights fromReals(std::vector<double> values, int64_t rows, int64_t taps = 1, int64_t channels = 1);
  static Weights fromIntegers(llvm::ArrayRef<int64_t> values, int64_t rows, int64_t taps = 1,
                              int64_t channels = 1);

  bool empty() const { return rows_ == 0; }
  /// Of reals, not mantissas.
  bool isFloat() const {
    return std::holds_alternative<Buffer<float>>(data_) || std::holds_alternative<Buffer<double>>(data_);
  }
  int64_t rows() const { return rows_; }
  int64_t taps() const { return taps_; }
  int64_t channels() const { return channels_; }
  int64_t size() const { return rows_ * taps_ * channels_; }

  /// Element as a double or, of integers only, as it is.
  double real(int64_t row, int64_t tap = 0, int64_t channel = 0) const;
  int64_t integer(int64_t row, int64_t tap = 0, int64_t channel = 0) const;

  /// The part [begin, end) of the rows or the channels, over the same numbers.
  Weights rowSlice(int64_t begin, int64_t end) const;
  Weights channelSlice(int64_t begin, int64_t end) const;

  /// Calls f(const T *row) style access: f(pointer to the first channel of (row, tap)) with T one of
  /// float, double, int8_t, int16_t, int32_t, int64_t; the channels of one tap are contiguous.
  template <class F> decltype(auto) visitTap(int64_t row, int64_t tap, F &&f) const {
    const int64_t at = offset_ + row * rowStride_ + tap * tapStride_;
    return std::visit([&](const auto &buffer) -> decltype(auto) { return f(buffer->data() + at); }, data_);
  }
  /// All numbers in [rows][taps][channels] order.
  std::vector<float> floats() const;
  std::vector<double> reals() const;
  std::vector<int64_t> integers() const;

  /// Smallest and largest number (0, 0 if empty).
  std::pair<double, double> range() const;
  /// First 16 hex digits of the SHA-256 of the numbers in order (reals as bits, integers as 64-bit).
  std::string hash() const;

private:
  template <class T> using Buffer = std::shared_ptr<const std::vector<T>>;
  std::variant<Buffer<float>, Buffer<double>, Buffer<int8_t>, Buffer<int16_t>, Buffer<int32_t>,
               Buffer<int64_t>>
      data_;
  int64_t offset_ = 0, rows_ = 0, taps_ = 1, channels_ = 1, rowStride_ = 0, tapStride_ = 0;
};

} // namespace braid::ir
