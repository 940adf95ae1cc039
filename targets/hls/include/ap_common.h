#pragma once
// The names every arbitrary-precision type shares: modes, forward declarations, legacy macros.
// Spelled as in AMD's headers, because in synthesis AMD's own files of these names are found instead.

#ifdef __SYNTHESIS__
#error "These headers are the simulation model; put the vendor's include path first for synthesis."
#endif

// The vendor's headers bring these, and code written for them relies on it.
#include <assert.h>
#include <iostream>
#include <sstream>
#include <string>

#ifndef AP_INT_MAX_W
#define AP_INT_MAX_W 1024
#endif

#ifndef AP_MAX
#define AP_MAX(a, b) ((a) > (b) ? (a) : (b))
#define AP_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AP_ABS(a) ((a) >= 0 ? (a) : -(a))
#endif

/// How bits below the last kept one are dropped.
enum ap_q_mode {
  AP_RND,         ///< to nearest, half up
  AP_RND_ZERO,    ///< to nearest, half toward zero
  AP_RND_MIN_INF, ///< to nearest, half down
  AP_RND_INF,     ///< to nearest, half away from zero
  AP_RND_CONV,    ///< to nearest, half to even
  AP_TRN,         ///< floor
  AP_TRN_ZERO     ///< toward zero
};

/// What happens to a value beyond the range.
enum ap_o_mode {
  AP_SAT,      ///< nearest bound
  AP_SAT_ZERO, ///< zero
  AP_SAT_SYM,  ///< nearest bound of the symmetric range
  AP_WRAP,     ///< modulo 2^W (with N > 0 saturated bits)
  AP_WRAP_SM   ///< sign-magnitude wrap
};

/// Radix of to_string and of the string constructors.
enum BaseMode { AP_BIN = 2, AP_OCT = 8, AP_DEC = 10, AP_HEX = 16 };

#ifndef SYSTEMC_INCLUDED
#define SC_RND AP_RND
#define SC_RND_ZERO AP_RND_ZERO
#define SC_RND_MIN_INF AP_RND_MIN_INF
#define SC_RND_INF AP_RND_INF
#define SC_RND_CONV AP_RND_CONV
#define SC_TRN AP_TRN
#define SC_TRN_ZERO AP_TRN_ZERO
#define SC_SAT AP_SAT
#define SC_SAT_ZERO AP_SAT_ZERO
#define SC_SAT_SYM AP_SAT_SYM
#define SC_WRAP AP_WRAP
#define SC_WRAP_SM AP_WRAP_SM
#endif

typedef signed long long ap_slong;
typedef unsigned long long ap_ulong;

template <int W, bool S> struct ap_int_base;
template <int W> struct ap_int;
template <int W> struct ap_uint;
template <int W, int I, bool S = true, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0>
struct ap_fixed_base;
template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0> struct ap_fixed;
template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0> struct ap_ufixed;

#define ap_bigint ap_int
#define ap_biguint ap_uint
