// braid's thresholds, largest place, padding with a number, and sums over windows, in arrays and in beats of
// several sizes, against the reference.
#include "layers.h"

#include "nnet_utils/nnet_conv2d_stream.h"
#include "nnet_utils/nnet_pooling.h"

#include "braid/braid_pool.h"
#include "braid/braid_pool_stream.h"
#include "braid/braid_threshold.h"

#include <algorithm>

namespace {

Report report;

const unsigned kElements = 240, kChannels = 12, kRows = 6;

template <unsigned rows, unsigned steps, int first> struct ladder_config : braid::ThresholdConfig {
  static const unsigned n_in = kElements;
  static const unsigned n_filt = kChannels;
  static const unsigned n_rows = rows;
  static const unsigned n_steps = steps;
  static const int base = first;
};

struct row_config : braid::ArgMaxConfig {
  static const unsigned n_in = kRows * kChannels;
  static const unsigned n_chan = kChannels;
};

struct pad_config : braid::PadConfig {
  static const unsigned in_height = 4;
  static const unsigned in_width = 5;
  static const unsigned n_chan = kChannels;
  static const unsigned out_height = 4 + 1 + 2;
  static const unsigned out_width = 5 + 3 + 0;
  static const unsigned pad_top = 1;
  static const unsigned pad_left = 3;
};

struct window_config : nnet::pooling2d_config {
  static const unsigned in_height = 4, in_width = 5, n_filt = kChannels;
  static const unsigned pool_height = 3, pool_width = 2, stride_height = 2, stride_width = 1;
  static const unsigned pad_top = 1, pad_bottom = 1, pad_left = 0, pad_right = 1;
  static const unsigned out_height = 2, out_width = 5;
  static const bool count_pad = false;
};

template <class Step> std::vector<Step> &ladders() {
  static std::vector<Step> all;
  return all;
}

template <class Step, class CONFIG_T> struct Threshold {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::threshold<In, Step, Out, CONFIG_T>(in, ladders<Step>().data(), out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::threshold<In, Step, Out, CONFIG_T>(in, ladders<Step>().data(), out);
  }
};
struct ArgMax {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::argMax<In, Out, row_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::argMax<In, Out, row_config>(in, out);
  }
};
Wide padding;
struct Pad {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::padWith<In, Out, Out, pad_config>(in, fromBits<Out>(padding), out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    typedef typename Out::value_type Value;
    braid::padWith<In, Value, Out, pad_config>(in, fromBits<Value>(padding), out);
  }
};
struct SumPool {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::sumPool2d<In, Out, window_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::sumPool2d<In, Out, window_config>(in, out);
  }
};
struct GlobalSumPool {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::globalSumPool2d<In, Out, window_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::globalSumPool2d<In, Out, window_config>(in, out);
  }
};

/// Thresholds of another type than the numbers: compared as the rationals they are.
template <class In, class Step, class Out, unsigned rows, unsigned steps, int base>
void thresholds(uint64_t seed) {
  typedef Threshold<Step, ladder_config<rows, steps, base>> Layer;
  Generator generator(seed);
  const int inPlaces = TypeOf<In>::get().places, stepPlaces = TypeOf<Step>::get().places;
  Mantissas x = generator.many<In>(kElements), t = generator.many<Step>(rows * steps), want;
  for (unsigned r = 0; r < rows; r++)
    std::sort(t.begin() + r * steps, t.begin() + (r + 1) * steps);
  if (inPlaces == stepPlaces) // thresholds that are met exactly
    for (unsigned i = 0; i < kElements; i += 5) {
      const Wide step = t[i % t.size()];
      if (step >= TypeOf<In>::get().min() && step <= TypeOf<In>::get().max())
        x[i] = step;
    }
  ladders<Step>() = numbers<Step>(t);
  const int places = std::max(inPlaces, stepPlaces);
  for (unsigned i = 0; i < kElements; i++) {
    Wide level = base;
    for (unsigned k = 0; k < steps; k++)
      level += x[i] * (Wide(1) << (places - inPlaces)) >=
               t[(rows == 1 ? 0 : i % kChannels) * steps + k] * (Wide(1) << (places - stepPlaces));
    want.push_back(level);
  }
  const std::string name = std::to_string(steps) + " thresholds of " + std::to_string(rows) + " rows";
  report.expect(named<In, Out>(name + " arrays"), runArrays<Layer, In, Out>(x, kElements), want);
  report.expect(named<In, Out>(name + " beats of 1"), runStreams<Layer, In, Out, 1, 1>(x), want);
  report.expect(named<In, Out>(name + " beats of 4"), runStreams<Layer, In, Out, 4, 4>(x), want);
  report.expect(named<In, Out>(name + " beats of 12"), runStreams<Layer, In, Out, 12, 12>(x), want);
}

template <class In, class Out> void places(uint64_t seed) {
  Mantissas x = Generator(seed).many<In>(kRows * kChannels), want;
  for (unsigned i = 0; i < kChannels; i++) {
    x[i] = x[0];                                // all alike: the first
    x[kChannels + i] = TypeOf<In>::get().min(); // the smallest there is
    x[2 * kChannels + i] = i == 3 || i == 9 ? TypeOf<In>::get().max() : x[2 * kChannels + i];
  }
  for (unsigned r = 0; r < kRows; r++) {
    const auto row = x.begin() + r * kChannels;
    want.push_back(std::max_element(row, row + kChannels) - row);
  }
  report.expect(named<In, Out>("largest place arrays"), runArrays<ArgMax, In, Out>(x, kRows), want);
  report.expect(named<In, Out>("largest place beats of 1"), runStreams<ArgMax, In, Out, 1, 1>(x), want);
  report.expect(named<In, Out>("largest place beats of 4"), runStreams<ArgMax, In, Out, 4, 1>(x), want);
  report.expect(named<In, Out>("largest place beats of 12"), runStreams<ArgMax, In, Out, 12, 1>(x), want);
}

template <class In, class Out> void maps(uint64_t seed, Wide value) {
  typedef pad_config P;
  typedef window_config W;
  const Mantissas x = Generator(seed).many<In>(P::in_height * P::in_width * kChannels);
  Mantissas padded, sums, all;
  padding = value;
  auto at = [&](int row, int column, unsigned c) {
    const bool isInside = row >= 0 && row < static_cast<int>(P::in_height) && column >= 0 &&
                          column < static_cast<int>(P::in_width);
    return isInside
               ? &x[(static_cast<unsigned>(row) * P::in_width + static_cast<unsigned>(column)) * kChannels +
                    c]
               : nullptr;
  };
  const Type in = TypeOf<In>::get(), out = TypeOf<Out>::get();
  for (int row = 0; row < static_cast<int>(P::out_height); row++)
    for (int column = 0; column < static_cast<int>(P::out_width); column++)
      for (unsigned c = 0; c < kChannels; c++) {
        const Wide *cell = at(row - static_cast<int>(P::pad_top), column - static_cast<int>(P::pad_left), c);
        padded.push_back(cell ? cast(*cell, in.places, out) : value);
      }
  for (int row = 0; row < static_cast<int>(W::out_height); row++)
    for (int column = 0; column < static_cast<int>(W::out_width); column++)
      for (unsigned c = 0; c < kChannels; c++) {
        Wide sum = 0;
        for (int dy = 0; dy < 3; dy++)
          for (int dx = 0; dx < 2; dx++)
            if (const Wide *cell = at(row * 2 - 1 + dy, column + dx, c))
              sum += *cell;
        sums.push_back(cast(sum, in.places, out));
      }
  for (unsigned c = 0; c < kChannels; c++) {
    Wide sum = 0;
    for (unsigned i = c; i < x.size(); i += kChannels)
      sum += x[i];
    all.push_back(cast(sum, in.places, out));
  }
  report.expect(named<In, Out>("padding with a number arrays"),
                runArrays<Pad, In, Out>(x, static_cast<unsigned>(padded.size())), padded);
  report.expect(named<In, Out>("padding with a number beats of 4"), runStreams<Pad, In, Out, 4, 4>(x),
                padded);
  report.expect(named<In, Out>("padding with a number beats of 12"), runStreams<Pad, In, Out, 12, 12>(x),
                padded);
  report.expect(named<In, Out>("sums of windows arrays"),
                runArrays<SumPool, In, Out>(x, static_cast<unsigned>(sums.size())), sums);
  report.expect(named<In, Out>("sums of windows beats of 4"), runStreams<SumPool, In, Out, 4, 4>(x), sums);
  report.expect(named<In, Out>("sums of windows beats of 12"), runStreams<SumPool, In, Out, 12, 12>(x), sums);
  report.expect(named<In, Out>("sums of maps arrays"), runArrays<GlobalSumPool, In, Out>(x, kChannels), all);
  report.expect(named<In, Out>("sums of maps beats of 4"), runStreams<GlobalSumPool, In, Out, 4, 4>(x), all);
  report.expect(named<In, Out>("sums of maps beats of 12"), runStreams<GlobalSumPool, In, Out, 12, 12>(x),
                all);
}

} // namespace

int main() {
  thresholds<ap_fixed<6, 6>, ap_fixed<6, 6>, ap_ufixed<1, 1>, 12, 1, 0>(1);
  thresholds<ap_fixed<6, 6>, ap_fixed<7, 7>, ap_fixed<2, 2>, 12, 2, -1>(2);
  thresholds<ap_fixed<20, 20>, ap_fixed<21, 21>, ap_ufixed<4, 4>, 12, 15, 0>(3);
  thresholds<ap_ufixed<8, 8>, ap_ufixed<9, 9>, ap_fixed<8, 8>, 1, 200, -100>(4);
  thresholds<ap_fixed<58, 58>, ap_fixed<58, 58>, ap_ufixed<3, 3>, 1, 7, 0>(5);
  thresholds<ap_fixed<12, 4>, ap_fixed<9, 5>, ap_fixed<9, 9>, 12, 5, -200>(6);
  places<ap_fixed<9, 9>, ap_ufixed<4, 4>>(7);
  places<ap_ufixed<1, 1>, ap_ufixed<6, 6>>(8);
  places<ap_fixed<40, 12>, ap_ufixed<4, 4>>(9);
  maps<ap_ufixed<8, 8>, ap_ufixed<13, 13>>(10, 128);
  maps<ap_fixed<4, 4>, ap_fixed<10, 10>>(11, -3);
  maps<ap_fixed<30, 20>, ap_fixed<16, 12, AP_RND_CONV, AP_SAT>>(12, 77);
  return report.finish();
}
