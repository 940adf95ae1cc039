// Pooling from its definition, and the shapes under test.
#pragma once

#include "reference.h"

/// A pooling over [height][width][channels]; ends are where the explicit padding ends.
struct Pool {
  int height, width, channels, high, wide, strideY, strideX, top, left, bottom, right, outHeight, outWidth;
  bool countPad;
};

template <class CONFIG_T> Pool poolOf2d() {
  return Pool{int(CONFIG_T::in_height),    int(CONFIG_T::in_width),   int(CONFIG_T::n_filt),
              int(CONFIG_T::pool_height),  int(CONFIG_T::pool_width), int(CONFIG_T::stride_height),
              int(CONFIG_T::stride_width), int(CONFIG_T::pad_top),    int(CONFIG_T::pad_left),
              int(CONFIG_T::pad_bottom),   int(CONFIG_T::pad_right),  int(CONFIG_T::out_height),
              int(CONFIG_T::out_width),    bool(CONFIG_T::count_pad)};
}

template <class CONFIG_T> Pool poolOf1d() {
  return Pool{1,
              int(CONFIG_T::n_in),
              int(CONFIG_T::n_filt),
              1,
              int(CONFIG_T::pool_width),
              1,
              int(CONFIG_T::stride_width),
              0,
              int(CONFIG_T::pad_left),
              0,
              int(CONFIG_T::pad_right),
              1,
              int(CONFIG_T::n_out),
              bool(CONFIG_T::count_pad)};
}

/// The exact quotient, cast: g more places than the input has, the last set where the division leaves
/// something.
inline Wide meanOf(Wide sum, Wide n, const Type &in, const Type &out) {
  const int gain = (out.places > in.places ? out.places - in.places : 0) + 2;
  const Wide scaled = sum * (Wide(1) << gain), quotient = floorDiv(scaled, n);
  return cast(quotient * n == scaled ? quotient : quotient | 1, in.places + gain, out);
}

inline Mantissas pooled(const Pool &p, bool isMax, const Mantissas &x, const Type &in, const Type &out) {
  Mantissas result;
  for (int oy = 0; oy < p.outHeight; oy++) {
    for (int ox = 0; ox < p.outWidth; ox++) {
      for (int c = 0; c < p.channels; c++) {
        Wide sum = 0, best = in.min(), cells = 0;
        for (int ky = 0; ky < p.high; ky++) {
          for (int kx = 0; kx < p.wide; kx++) {
            const int y = oy * p.strideY + ky - p.top, x0 = ox * p.strideX + kx - p.left;
            const bool inside = y >= 0 && y < p.height && x0 >= 0 && x0 < p.width;
            const bool padding = y < p.height + p.bottom && x0 < p.width + p.right;
            cells += inside || (p.countPad && padding);
            if (!inside)
              continue;
            const Wide value = x[static_cast<size_t>((y * p.width + x0) * p.channels + c)];
            sum += value;
            best = value > best ? value : best;
          }
        }
        result.push_back(isMax ? cast(best, in.places, out) : meanOf(sum, cells, in, out));
      }
    }
  }
  return result;
}
