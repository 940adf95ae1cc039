// How a unit reads the lanes of a word, and writes them. A lane i of `width` bits is the bits [i * width,
// (i + 1) * width): lane 0 is the least significant. `word = I()(bits)` interprets, `word(i, 0)` is a lane's
// value, `word(i, 0, 1) = x` sets its bits.
#pragma once

#include "utils.hpp"

#include <ap_fixed.h>

/// A bit whose product with another bit counts their agreement: 1 where both are equal, else 0. The sum of n
/// such products is (n + s) / 2, where s is the sum of the products of the bits as -1 and 1.
class XnorMul {
  bool bit_;

public:
  XnorMul(const ap_uint<1> bit) : bit_(bit != 0) {
#pragma HLS INLINE
  }
  template <class B> friend int operator*(const XnorMul &a, const B &b) {
#pragma HLS INLINE
    return a.bit_ == static_cast<bool>(b) ? 1 : 0;
  }
  template <class B> friend int operator*(const B &b, const XnorMul &a) {
#pragma HLS INLINE
    return a.bit_ == static_cast<bool>(b) ? 1 : 0;
  }
};

/// A bit read as a number: 1 is 1, 0 is -1.
class Binary {
  bool bit_;

public:
  explicit Binary(const ap_uint<1> bit) : bit_(bit != 0) {
#pragma HLS INLINE
  }
  operator ap_int<2>() const {
#pragma HLS INLINE
    return bit_ ? ap_int<2>(1) : ap_int<2>(-1);
  }
  /// b or -b, one bit wider than b.
  template <class T> auto operator*(const T &b) const -> decltype(-b) {
#pragma HLS INLINE
    return bit_ ? static_cast<decltype(-b)>(b) : -b;
  }
  int operator*(const Binary &b) const {
#pragma HLS INLINE
    return bit_ == b.bit_ ? 1 : -1;
  }
};
template <class T> int operator*(const T &a, const Binary &b) {
#pragma HLS INLINE
  return static_cast<int>(b * a);
}

/// Words as they are.
struct Identity {
  static const unsigned width = 1;

  template <class T> const T &operator()(const T &word) const {
#pragma HLS INLINE
    return word;
  }
  template <class T> T operator()() const {
#pragma HLS INLINE
    return T();
  }
};

/// Bits as T, which is made from one of them: XnorMul or Binary. Words may be arrays of bits as well.
template <class T> class Recast {
public:
  static const unsigned width = 1;

private:
  template <class Word> class Container {
    Word word_;

  public:
    Container(const Word &word) : word_(word) {
#pragma HLS INLINE
    }
    T operator[](unsigned lane) const {
#pragma HLS INLINE
      return T(ap_uint<1>(word_[lane]));
    }
    T operator()(unsigned lane, unsigned) const {
#pragma HLS INLINE
      return T(ap_uint<1>(word_[lane]));
    }
    operator const Word &() const {
#pragma HLS INLINE
      return word_;
    }
  };

public:
  template <class Word> Container<Word> operator()(const Word &word) const {
#pragma HLS INLINE
    return Container<Word>(word);
  }
  template <class Word> Container<Word> operator()(const Word &word, unsigned) const {
#pragma HLS INLINE
    return Container<Word>(word);
  }
  template <class Word> Container<Word> operator()() const {
#pragma HLS INLINE
    return Container<Word>(Word());
  }
};

/// Lanes of STRIDE bits as T. A lane that is narrower than T extends its sign, whatever T is, as
/// finn-hlslib's does.
template <class T, unsigned STRIDE = T::width> class Slice {
public:
  static const unsigned width = STRIDE;

private:
  template <class Word> class Container {
    Word word_;

  public:
    Container() : word_() {
#pragma HLS INLINE
    }
    Container(const Word &word) : word_(word) {
#pragma HLS INLINE
    }
    T operator()(unsigned lane, unsigned) const {
#pragma HLS INLINE
      const ap_uint<STRIDE> bits = word_((lane + 1) * STRIDE - 1, lane * STRIDE);
      return T(ap_int<STRIDE>(bits));
    }
    /// The bits of a lane, to assign to.
    auto operator()(unsigned lane, unsigned, bool) -> decltype(this->word_(STRIDE, 0)) {
#pragma HLS INLINE
      return word_((lane + 1) * STRIDE - 1, lane * STRIDE);
    }
    const Word &operator[](unsigned) const {
#pragma HLS INLINE
      return word_;
    }
    operator const Word &() const {
#pragma HLS INLINE
      return word_;
    }
  };

public:
  template <class Word> Container<Word> operator()(const Word &word) const {
#pragma HLS INLINE
    return Container<Word>(word);
  }
  template <class Word> Container<Word> operator()(const Word &word, unsigned) const {
#pragma HLS INLINE
    return Container<Word>(word);
  }
  template <class Word> Container<Word> operator()() const {
#pragma HLS INLINE
    return Container<Word>();
  }
};
