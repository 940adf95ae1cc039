// What stands where layers are cut: sums of partial sums with their bias, boxes of tensors, for beats of
// several sizes, against the reference.
#include "layers.h"

#include "braid/braid_split.h"

namespace {

Report report;

// Sums. The result is [pixels][channels]; the bias is that of a channel.

template <unsigned pixels, unsigned channels, class Accum, class Bias> struct sum_config : braid::SumConfig {
  static const unsigned n_elem = pixels * channels;
  static const unsigned n_chan = channels;
  typedef Accum accum_t;
  typedef Bias bias_t;
};

/// Of `parts` partial sums.
template <class CONFIG_T, class Part, class Out, unsigned size> class Sums {
public:
  typedef typename CONFIG_T::accum_t Accum;
  typedef typename CONFIG_T::bias_t Bias;

  explicit Sums(unsigned parts) {
    Generator generator(CONFIG_T::n_elem + parts);
    bias_ = generator.many<Bias>(CONFIG_T::n_chan);
    for (unsigned p = 0; p < parts; p++)
      parts_.push_back(generator.many<Part>(CONFIG_T::n_elem));
    name_ = std::to_string(parts) + " parts of " + std::to_string(CONFIG_T::n_elem / CONFIG_T::n_chan) +
            " x " + std::to_string(CONFIG_T::n_chan) + ", " + named<Part, Accum>("accumulators") + ", " +
            named<Bias, Out>("bias");
  }

  void run() {
    report.expect("sum arrays " + name_, arrays(), expected());
    report.expect("sum beats of " + std::to_string(size) + " " + name_, streams(), expected());
  }

private:
  static Mantissas casted(const Mantissas &values, const Type &from, const Type &to) {
    Mantissas out;
    for (Wide value : values)
      out.push_back(cast(value, from.places, to));
    return out;
  }

  /// Every part and the bias cast to the accumulator; it wraps; one cast to the result.
  Mantissas expected() const {
    const Type accum = TypeOf<Accum>::get(), part = TypeOf<Part>::get(), bias = TypeOf<Bias>::get();
    const Mantissas biases = casted(bias_, bias, accum);
    Mantissas out;
    for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
      Wide sum = biases[i % CONFIG_T::n_chan];
      for (const Mantissas &values : parts_)
        sum += cast(values[i], part.places, accum);
      out.push_back(cast(cast(sum, accum.places, accum), accum.places, TypeOf<Out>::get()));
    }
    return out;
  }

  Mantissas arrays() {
    std::vector<std::vector<Part>> x;
    for (const Mantissas &values : parts_)
      x.push_back(numbers<Part>(values));
    std::vector<Bias> bias = numbers<Bias>(bias_);
    std::vector<Out> out(CONFIG_T::n_elem);
    switch (x.size()) {
    case 2:
      braid::sum<Out, CONFIG_T>(out.data(), bias.data(), x[0].data(), x[1].data());
      break;
    case 3:
      braid::sum<Out, CONFIG_T>(out.data(), bias.data(), x[0].data(), x[1].data(), x[2].data());
      break;
    case 5:
      braid::sum<Out, CONFIG_T>(out.data(), bias.data(), x[0].data(), x[1].data(), x[2].data(), x[3].data(),
                                x[4].data());
      break;
    }
    return bitsOf(out);
  }

  Mantissas streams() {
    hls::stream<nnet::array<Part, size>> x[5];
    for (size_t p = 0; p < parts_.size(); p++)
      fill(x[p], parts_[p]);
    std::vector<Bias> bias = numbers<Bias>(bias_);
    hls::stream<nnet::array<Out, size>> out("out");
    switch (parts_.size()) {
    case 2:
      braid::sum<nnet::array<Out, size>, CONFIG_T>(out, bias.data(), x[0], x[1]);
      break;
    case 3:
      braid::sum<nnet::array<Out, size>, CONFIG_T>(out, bias.data(), x[0], x[1], x[2]);
      break;
    case 5:
      braid::sum<nnet::array<Out, size>, CONFIG_T>(out, bias.data(), x[0], x[1], x[2], x[3], x[4]);
      break;
    }
    Mantissas results = drain(out);
    for (hls::stream<nnet::array<Part, size>> &part : x)
      if (!part.empty())
        results.clear(); // not all was read
    return results;
  }

  Mantissas bias_;
  std::vector<Mantissas> parts_;
  std::string name_;
};

void sums() {
  typedef ap_fixed<20, 8> Wraps;
  typedef ap_fixed<12, 4, AP_RND_CONV, AP_SAT> Out;
  Sums<sum_config<1, 6, Wraps, ap_fixed<9, 3>>, Wraps, Out, 6>(2).run();
  Sums<sum_config<1, 6, Wraps, ap_fixed<9, 3>>, Wraps, Out, 2>(3).run();
  Sums<sum_config<1, 6, Wraps, ap_fixed<9, 3>>, Wraps, Out, 1>(5).run();
  Sums<sum_config<5, 4, Wraps, ap_fixed<30, 9>>, Wraps, ap_ufixed<6, 6>, 4>(3).run();
  Sums<sum_config<5, 4, Wraps, ap_fixed<30, 9>>, Wraps, ap_ufixed<6, 6>, 2>(2).run();
  // An accumulator that rounds what is added to it, and one as wide as they get.
  typedef ap_fixed<10, 6, AP_RND> Rounds;
  Sums<sum_config<3, 4, Rounds, ap_fixed<12, 4>>, Rounds, ap_fixed<8, 8, AP_TRN, AP_SAT_SYM>, 4>(5).run();
  typedef ap_fixed<60, 30> Long;
  Sums<sum_config<2, 3, Long, ap_fixed<16, 6>>, Long, Out, 3>(2).run();
  // Without a bias: zeros of two bits.
  typedef ap_ufixed<11, 7> Positive;
  Sums<sum_config<1, 8, Positive, ap_fixed<2, 2>>, Positive, Out, 8>(2).run();
}

// Boxes.

template <unsigned rows, unsigned columns, unsigned channels, unsigned y0, unsigned y1, unsigned x0,
          unsigned x1, unsigned c0, unsigned c1>
struct crop_config : braid::CropConfig {
  static const unsigned height = rows, width = columns, n_chan = channels;
  static const unsigned first_row = y0, last_row = y1, first_col = x0, last_col = x1, first_chan = c0,
                        last_chan = c1;
};

template <class CONFIG_T> struct Crop {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::crop<In, Out, CONFIG_T>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::crop<In, Out, CONFIG_T>(in, out);
  }
};

template <class CONFIG_T, unsigned inSize, unsigned outSize> void cropped(const std::string &name) {
  typedef ap_fixed<11, 4> T;
  const Mantissas in = Generator(inSize).many<T>(CONFIG_T::height * CONFIG_T::width * CONFIG_T::n_chan);
  Mantissas want;
  for (unsigned y = CONFIG_T::first_row; y < CONFIG_T::last_row; y++)
    for (unsigned x = CONFIG_T::first_col; x < CONFIG_T::last_col; x++)
      for (unsigned c = CONFIG_T::first_chan; c < CONFIG_T::last_chan; c++)
        want.push_back(in[(y * CONFIG_T::width + x) * CONFIG_T::n_chan + c]);
  report.expect("crop arrays " + name,
                runArrays<Crop<CONFIG_T>, T, T>(in, static_cast<unsigned>(want.size())), want);
  report.expect("crop beats of " + std::to_string(inSize) + " to " + std::to_string(outSize) + " " + name,
                runStreams<Crop<CONFIG_T>, T, T, inSize, outSize>(in), want);
}

void boxes() {
  cropped<crop_config<5, 4, 6, 1, 4, 0, 4, 0, 6>, 6, 6>("rows 1 to 4 of [5][4][6]");
  cropped<crop_config<5, 4, 6, 1, 4, 0, 4, 0, 6>, 3, 3>("rows 1 to 4 of [5][4][6]");
  cropped<crop_config<5, 4, 6, 0, 5, 0, 4, 2, 5>, 6, 3>("channels 2 to 5 of [5][4][6]");
  cropped<crop_config<5, 4, 6, 0, 5, 0, 4, 2, 6>, 2, 2>("channels 2 to 6 of [5][4][6]");
  cropped<crop_config<5, 4, 6, 0, 5, 0, 4, 3, 5>, 1, 1>("channels 3 to 5 of [5][4][6]");
  cropped<crop_config<5, 4, 6, 2, 5, 1, 3, 1, 6>, 6, 5>("a corner of [5][4][6]");
  cropped<crop_config<5, 4, 6, 0, 1, 3, 4, 0, 1>, 1, 1>("one element of [5][4][6]");
  cropped<crop_config<1, 1, 12, 0, 1, 0, 1, 4, 12>, 12, 8>("elements 4 to 12 of [12]");
  cropped<crop_config<1, 1, 12, 0, 1, 0, 1, 4, 12>, 4, 4>("elements 4 to 12 of [12]");
  cropped<crop_config<1, 1, 12, 0, 1, 0, 1, 0, 12>, 6, 6>("all of [12]");
}

} // namespace

int main() {
  sums();
  boxes();
  return report.finish();
}
