#include "braid/ir/weights.h"

#include "braid/support/error.h"
#include "braid/support/sha256.h"

#include <algorithm>
#include <limits>

namespace braid::ir {
namespace {

template <class T> bool fits(int64_t lo, int64_t hi) {
  return lo >= std::numeric_limits<T>::min() && hi <= std::numeric_limits<T>::max();
}

template <class T> std::shared_ptr<const std::vector<T>> narrowed(llvm::ArrayRef<int64_t> values) {
  auto out = std::make_shared<std::vector<T>>(values.size());
  std::transform(values.begin(), values.end(), out->begin(), [](int64_t v) { return static_cast<T>(v); });
  return out;
}

} // namespace

Weights Weights::fromReals(std::vector<double> values, int64_t rows, int64_t taps, int64_t channels) {
  if (std::all_of(values.begin(), values.end(),
                  [](double v) { return static_cast<double>(static_cast<float>(v)) == v; }))
    return fromFloats({values.begin(), values.end()}, rows, taps, channels);
  Weights out = fromFloats(std::vector<float>(values.size()), rows, taps, channels);
  out.data_ = std::make_shared<const std::vector<double>>(std::move(values));
  return out;
}

Weights Weights::fromFloats(std::vector<float> values, int64_t rows, int64_t taps, int64_t channels) {
  BRAID_CHECK(static_cast<int64_t>(values.size()) == rows * taps * channels,
              "weights and their shape differ in size");
  Weights out;
  out.data_ = std::make_shared<const std::vector<float>>(std::move(values));
  out.rows_ = rows, out.taps_ = taps, out.channels_ = channels;
  out.rowStride_ = taps * channels, out.tapStride_ = channels;
  return out;
}

Weights Weights::fromIntegers(llvm::ArrayRef<int64_t> values, int64_t rows, int64_t taps, int64_t channels) {
  BRAID_CHECK(static_cast<int64_t>(values.size()) == rows * taps * channels,
              "weights and their shape differ in size");
  Weights out;
  int64_t lo = 0, hi = 0;
  for (int64_t v : values)
    lo = std::min(lo, v), hi = std::max(hi, v);
  if (fits<int8_t>(lo, hi))
    out.data_ = narrowed<int8_t>(values);
  else if (fits<int16_t>(lo, hi))
    out.data_ = narrowed<int16_t>(values);
  else if (fits<int32_t>(lo, hi))
    out.data_ = narrowed<int32_t>(values);
  else
    out.data_ = narrowed<int64_t>(values);
  out.rows_ = rows, out.taps_ = taps, out.channels_ = channels;
  out.rowStride_ = taps * channels, out.tapStride_ = channels;
  return out;
}

double Weights::real(int64_t row, int64_t tap, int64_t channel) const {
  return visitTap(row, tap, [&](const auto *at) { return static_cast<double>(at[channel]); });
}

int64_t Weights::integer(int64_t row, int64_t tap, int64_t channel) const {
  BRAID_CHECK(!isFloat(), "float weights have no mantissa");
  return visitTap(row, tap, [&](const auto *at) { return static_cast<int64_t>(at[channel]); });
}

Weights Weights::rowSlice(int64_t begin, int64_t end) const {
  BRAID_CHECK(0 <= begin && begin <= end && end <= rows_, "row slice outside the weights");
  Weights out = *this;
  out.offset_ += begin * rowStride_;
  out.rows_ = end - begin;
  return out;
}

Weights Weights::channelSlice(int64_t begin, int64_t end) const {
  BRAID_CHECK(0 <= begin && begin <= end && end <= channels_, "channel slice outside the weights");
  Weights out = *this;
  out.offset_ += begin;
  out.channels_ = end - begin;
  return out;
}

std::vector<float> Weights::floats() const {
  std::vector<float> out;
  out.reserve(static_cast<size_t>(size()));
  for (int64_t r = 0; r < rows_; ++r)
    for (int64_t t = 0; t < taps_; ++t)
      visitTap(r, t, [&](const auto *at) {
        for (int64_t c = 0; c < channels_; ++c)
          out.push_back(static_cast<float>(at[c]));
      });
  return out;
}

std::vector<double> Weights::reals() const {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(size()));
  for (int64_t r = 0; r < rows_; ++r)
    for (int64_t t = 0; t < taps_; ++t)
      visitTap(r, t, [&](const auto *at) {
        for (int64_t c = 0; c < channels_; ++c)
          out.push_back(static_cast<double>(at[c]));
      });
  return out;
}

std::vector<int64_t> Weights::integers() const {
  BRAID_CHECK(empty() || !isFloat(), "float weights have no mantissas");
  std::vector<int64_t> out;
  out.reserve(static_cast<size_t>(size()));
  for (int64_t r = 0; r < rows_; ++r)
    for (int64_t t = 0; t < taps_; ++t)
      visitTap(r, t, [&](const auto *at) {
        for (int64_t c = 0; c < channels_; ++c)
          out.push_back(static_cast<int64_t>(at[c]));
      });
  return out;
}

std::pair<double, double> Weights::range() const {
  if (empty() || size() == 0)
    return {0, 0};
  double lo = real(0), hi = lo;
  for (int64_t r = 0; r < rows_; ++r)
    for (int64_t t = 0; t < taps_; ++t)
      visitTap(r, t, [&](const auto *at) {
        for (int64_t c = 0; c < channels_; ++c)
          lo = std::min(lo, static_cast<double>(at[c])), hi = std::max(hi, static_cast<double>(at[c]));
      });
  return {lo, hi};
}

std::string Weights::hash() const {
  Sha256 sha;
  auto bytes = [](const auto &v) {
    return llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(v.data()), v.size() * sizeof(v[0]));
  };
  if (std::holds_alternative<Buffer<double>>(data_))
    sha.update(bytes(reals()));
  else if (empty() || isFloat())
    sha.update(bytes(floats()));
  else
    sha.update(bytes(integers()));
  return sha.digest().substr(0, 16);
}

} // namespace braid::ir
