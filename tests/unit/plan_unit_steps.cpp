// What units of the FINN style read before they write, against the headers that are emitted: these run here,
// with streams that write down what happens to them.
#include "support/unit_simulation.h"

#include "unit_steps.h"

#include <ap_axi_sdata.h>
#include <ap_int.h>
#include <hls_stream.h>

#include <catch2/catch.hpp>

#include <string>

namespace hls {
/// `r` and `w`, in the order in which words are read and written, of all streams.
inline std::string told;
template <class T> class Told {
public:
  T read() {
    told += 'r';
    return T(0);
  }
  void write(const T &) { told += 'w'; }
};
} // namespace hls

#define stream Told
#include "../../targets/hls/finn/braid_units.hpp"
#include "../../targets/hls/finn/maxpool.h"
#include "../../targets/hls/finn/slidingwindow.h"
#undef stream

using namespace braid;
using kernel::Kernel;
using kernel::KernelKind;

namespace {

typedef ap_uint<8> Word;

struct Measured {
  std::vector<int64_t> readBefore; ///< By word written: words read before it
  int64_t reads = 0;
};
template <class In, class Out, class Call> Measured measured(Call &&call) {
  hls::told.clear();
  hls::Told<In> in;
  hls::Told<Out> out;
  call(in, out);
  Measured all;
  for (char what : hls::told) {
    if (what == 'w')
      all.readBefore.push_back(all.reads);
    all.reads += what == 'r';
  }
  return all;
}

plan::Unit unitOf(KernelKind kind, int64_t taken, int64_t given) {
  plan::Unit unit;
  unit.kernel.kind = kind;
  unit.kernel.inputs = {{8, taken, 8}}, unit.kernel.outputs = {{8, given, 8}};
  unit.inputs = {0}, unit.outputs = {1};
  return unit;
}

/// The simulation's steps are those of the header: each word leaves in the step with the last word it needs,
/// or later. And the schedule's moves hold them: no word moves earlier or later than they say.
void check(const plan::Unit &unit, const Measured &header, int64_t cycles) {
  const std::vector<test::UnitStep> steps = test::unitSteps({}, unit);
  const plan::UnitSteps moves = plan::stepsOf(unit);
  CHECK(static_cast<int64_t>(steps.size()) == cycles);
  CHECK(moves.steps == cycles);
  int64_t reads = 0;
  size_t writes = 0;
  const auto isWithin = [&](const plan::Moves &of, int64_t word, int64_t step) {
    for (const plan::Run &run : of.runs) {
      if (word < run.words) {
        const int64_t place = run.from + word * (run.to - run.from) / run.words;
        return step >= place - of.early && step <= place + of.late;
      }
      word -= run.words;
    }
    return false;
  };
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t before = reads, step = static_cast<int64_t>(i) - moves.fill;
    if (steps[i].reads)
      CHECK(isWithin(moves.inputs[0], reads++, step));
    if (!steps[i].writes)
      continue;
    CHECK(isWithin(moves.outputs[0], static_cast<int64_t>(writes), step));
    REQUIRE(writes < header.readBefore.size());
    CHECK(header.readBefore[writes] >= before);
    CHECK(header.readBefore[writes++] <= reads);
  }
  CHECK(reads == header.reads);
  CHECK(writes == header.readBefore.size());
}

struct Axis {
  int64_t kernel, in, out, stride, dilation;
};
template <class A> Axis axisOf() { return {A::kernel, A::in, A::out, A::stride, A::dilation}; }

plan::Unit windowUnit(Axis y, Axis x, int64_t folds, int64_t taps, bool byChannel) {
  const int64_t all = y.kernel * x.kernel;
  plan::Unit unit = unitOf(KernelKind::Window, y.in * x.in * folds, y.out * x.out * all / taps * folds);
  Kernel &kernel = unit.kernel;
  kernel.simd = 2, kernel.pe = 2 * taps, kernel.inputChannels = 2 * folds, kernel.taps = all;
  kernel.byChannel = byChannel;
  for (int axis : {0, 1}) {
    const Axis &own = axis == 0 ? y : x;
    kernel.slide.kernel[axis] = own.kernel, kernel.slide.stride[axis] = own.stride;
    kernel.slide.dilation[axis] = own.dilation;
    kernel.inputSize[axis] = own.in, kernel.outputSize[axis] = own.out;
  }
  return unit;
}

template <class Y, class X, unsigned folds, bool byChannel> void checkWindow() {
  typedef braid::finn::Windows<Y, X, folds, byChannel> Windows;
  INFO(folds << " folds of " << X::kernel << " x " << Y::kernel << ", strides " << X::stride << ", "
             << Y::stride);
  check(windowUnit(axisOf<Y>(), axisOf<X>(), folds, 1, byChannel),
        measured<Word, Word>([](auto &in, auto &out) { Windows::run(in, out, 1, ap_resource_dflt()); }),
        Windows::cycles);
}

template <class Y, class X, unsigned folds, unsigned taps> void checkTaps() {
  typedef braid::finn::TapWindows<Y, X, folds, 8, taps> Windows;
  INFO(taps << " taps of " << X::kernel << " x " << Y::kernel << ", strides " << X::stride << ", "
            << Y::stride);
  check(windowUnit(axisOf<Y>(), axisOf<X>(), folds, taps, folds > 1),
        measured<Word, ap_uint<8 * taps>>([](auto &in, auto &out) { Windows::run(in, out); }),
        Windows::cycles);
}

template <unsigned... numbers> using AxisOf = braid::finn::WindowAxis<numbers...>;

} // namespace

TEST_CASE("windows read and write as their schedule says", "[finn]") {
  checkWindow<AxisOf<3, 7, 5, 1>, AxisOf<3, 7, 5, 1>, 2, false>();
  checkWindow<AxisOf<3, 7, 3, 2>, AxisOf<3, 8, 3, 2>, 3, false>();
  checkWindow<AxisOf<2, 9, 3, 3>, AxisOf<2, 8, 4, 2>, 1, false>(); // more comes in than is shown
  checkWindow<AxisOf<2, 7, 4, 1, 3>, AxisOf<3, 9, 3, 2, 2>, 2, true>();
  checkWindow<AxisOf<1, 5, 5, 1>, AxisOf<3, 9, 7, 1>, 2, true>();
}

TEST_CASE("windows of several taps read and write as their schedule says", "[finn]") {
  checkTaps<AxisOf<3, 7, 5, 1>, AxisOf<3, 7, 5, 1>, 1, 9>();
  checkTaps<AxisOf<3, 7, 5, 1>, AxisOf<3, 7, 5, 1>, 2, 3>();
  checkTaps<AxisOf<3, 7, 3, 2>, AxisOf<3, 8, 3, 2>, 2, 3>();
  checkTaps<AxisOf<2, 9, 3, 3>, AxisOf<2, 8, 3, 3>, 1, 4>();
  checkTaps<AxisOf<2, 9, 3, 3>, AxisOf<2, 8, 3, 3>, 3, 2>();
  checkTaps<AxisOf<2, 7, 4, 1, 3>, AxisOf<3, 9, 3, 2, 2>, 1, 3>();
  checkTaps<AxisOf<1, 1, 1, 1>, AxisOf<4, 11, 3, 3>, 1, 2>();
}

TEST_CASE("pixels that are left out, added, repeated or pooled move as their schedule says", "[finn]") {
  check(windowUnit({1, 6, 3, 2, 1}, {1, 6, 3, 2, 1}, 3, 1, false),
        measured<Word, Word>([](auto &in, auto &out) { braid::finn::keepEvery<2, 2, 6, 6, 3>(in, out, 1); }),
        108);

  plan::Unit pad = unitOf(KernelKind::ZeroPad, 4 * 5 * 2, 7 * 8 * 2);
  pad.kernel.inputChannels = 2, pad.kernel.slide.padBegin[0] = 1, pad.kernel.slide.padBegin[1] = 2;
  pad.kernel.inputSize[0] = 4, pad.kernel.inputSize[1] = 5, pad.kernel.outputSize[0] = 7,
  pad.kernel.outputSize[1] = 8;
  check(pad, measured<Word, Word>([](auto &in, auto &out) {
          FMPadding_nonsquare_Batch<8, 7, 2, 1, 1, 2, 2, 1, Word>(in, out, 1);
        }),
        112);

  plan::Unit up = unitOf(KernelKind::Upsample, 3 * 4 * 2, 6 * 12 * 2);
  up.kernel.channels = 2, up.kernel.inputSize[0] = 3, up.kernel.inputSize[1] = 4;
  up.kernel.outputSize[0] = 6, up.kernel.outputSize[1] = 12;
  const Measured repeated =
      measured<Word, Word>([](auto &in, auto &out) { braid::finn::repeatPixels<3, 4, 2, 2, 3>(in, out); });
  CHECK(repeated.reads == 24);
  CHECK(repeated.readBefore[12 * 2 - 1] == 8); // a row is read while it is given for the first time

  plan::Unit pool = unitOf(KernelKind::Pool, 36, 4);
  pool.kernel.slide.kernel[0] = pool.kernel.slide.kernel[1] = 3;
  pool.kernel.inputSize[0] = pool.kernel.inputSize[1] = 6,
  pool.kernel.outputSize[0] = pool.kernel.outputSize[1] = 2;
  check(pool, measured<Word, Word>([](auto &in, auto &out) {
          StreamingMaxPool_Precision<6, 3, 1, Word, 0, 8>(in, out);
        }),
        36);

  plan::Unit sums = unitOf(KernelKind::GlobalPool, 9 * 4, 4);
  sums.kernel.taps = 9;
  sums.kernel.pool = ir::PoolKind::Sum;
  check(sums, measured<Word, ap_uint<12>>([](auto &in, auto &out) {
          AccPool_Batch<3, 4, Word, 1, ap_uint<12>>(in, out, 1);
        }),
        40);
  sums.kernel.pool = ir::PoolKind::Max;
  check(sums, measured<Word, Word>([](auto &in, auto &out) {
          braid::finn::reduceMap<braid::finn::LargestOf, 9, 4, 1, Word, Word>(in, out);
        }),
        36);
}

TEST_CASE("words of other widths move as their schedule says", "[finn]") {
  const auto convert = [](int64_t taken, int64_t given, int64_t elements) {
    plan::Unit unit = unitOf(KernelKind::Convert, elements / taken, elements / given);
    unit.kernel.simd = taken, unit.kernel.pe = given;
    unit.kernel.inputChannels = unit.kernel.channels = unit.kernel.elements = elements;
    return unit;
  };
  check(convert(3, 5, 60), measured<ap_uint<12>, ap_uint<20>>([](auto &in, auto &out) {
          braid::finn::regroup<4, 3, 5, 60>(in, out);
        }),
        20);
  check(convert(5, 3, 60), measured<ap_uint<20>, ap_uint<12>>([](auto &in, auto &out) {
          braid::finn::regroup<4, 5, 3, 60>(in, out);
        }),
        20);
  check(convert(8, 6, 48), measured<ap_uint<32>, ap_uint<24>>([](auto &in, auto &out) {
          braid::finn::regroup<4, 8, 6, 48>(in, out);
        }),
        8);
  check(convert(8, 2, 48), measured<ap_uint<32>, ap_uint<8>>([](auto &in, auto &out) {
          StreamingDataWidthConverter_Batch<32, 8, 6>(in, out, 1);
        }),
        24);
  check(convert(2, 8, 48), measured<ap_uint<8>, ap_uint<32>>([](auto &in, auto &out) {
          StreamingDataWidthConverter_Batch<8, 32, 24>(in, out, 1);
        }),
        24);

  plan::Unit fill = unitOf(KernelKind::Convert, 5 * 3, 5 * 2);
  fill.kernel.simd = 2, fill.kernel.pe = 4, fill.kernel.inputChannels = 6, fill.kernel.channels = 8;
  fill.kernel.positions = 5;
  check(fill, measured<ap_uint<8>, ap_uint<16>>([](auto &in, auto &out) {
          braid::finn::fillChannels<4, 2, 4, 6, 8, 5>(in, out);
        }),
        20);
  plan::Unit drop = unitOf(KernelKind::Convert, 5 * 2, 5 * 3);
  drop.kernel.simd = 4, drop.kernel.pe = 2, drop.kernel.inputChannels = 8, drop.kernel.channels = 6;
  drop.kernel.positions = 5;
  check(drop, measured<ap_uint<16>, ap_uint<8>>([](auto &in, auto &out) {
          braid::finn::dropChannels<4, 4, 2, 8, 6, 5>(in, out);
        }),
        20);
}
