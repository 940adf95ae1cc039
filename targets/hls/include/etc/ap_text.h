#pragma once
// Numbers as text: to_string, the ostream form, and the string constructors. All on plain limb arrays
// (64-bit, least significant first), so that nothing here is compiled once per width.
#include "ap_native.h"
#include <cstring>
#include <string>
#include <vector>

namespace ap_detail {

typedef std::vector<std::uint64_t> Limbs;

inline bool isZero(const Limbs &v) {
  for (std::uint64_t w : v)
    if (w)
      return false;
  return true;
}
/// v = v * factor + add, modulo the array; returns what no longer fits.
inline std::uint64_t scaleUp(Limbs &v, std::uint64_t factor, std::uint64_t add) {
  U128 carry = add;
  for (std::uint64_t &w : v) {
    carry += static_cast<U128>(w) * factor;
    w = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return static_cast<std::uint64_t>(carry);
}
/// v = v / divisor; returns the remainder.
inline std::uint64_t scaleDown(Limbs &v, std::uint64_t divisor) {
  U128 rest = 0;
  for (std::size_t i = v.size(); i-- > 0;) {
    rest = rest << 64 | v[i];
    v[i] = static_cast<std::uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return static_cast<std::uint64_t>(rest);
}
inline void negate(Limbs &v) {
  for (std::uint64_t &w : v)
    w = ~w;
  scaleUp(v, 1, 1);
}
inline void keepBits(Limbs &v, int width) {
  v.resize(static_cast<std::size_t>((width + 63) / 64));
  if (width % 64)
    v.back() &= ~std::uint64_t(0) >> (64 - width % 64);
}
inline bool bitOf(const Limbs &v, int i) { return v[static_cast<std::size_t>(i / 64)] >> (i % 64) & 1; }

inline const char *radixPrefix(int radix) {
  return radix == 2 ? "0b" : radix == 8 ? "0o" : radix == 16 ? "0x" : "";
}

/// The integer in the low `width` bits of v. `asSigned`: as two's complement. Binary, octal and hexadecimal
/// digits carry a prefix, and a leading zero where the top digit could be taken for a sign. Like AMD's,
/// numbers above 64 bits print upper-case digits, always the leading zero, and zero without a prefix.
inline std::string textOfInt(Limbs v, int width, bool asSigned, int radix) {
  const bool negative = asSigned && bitOf(v, width - 1);
  if (negative)
    negate(v);
  keepBits(v, width);
  const bool big = width > 64;
  const char *digits = big ? "0123456789ABCDEF" : "0123456789abcdef";
  const int shift = radix == 16 ? 4 : radix == 8 ? 3 : radix == 2 ? 1 : 0;
  if (isZero(v))
    return (big ? std::string() : radixPrefix(radix)) + "0";
  std::string text;
  while (!isZero(v))
    text.insert(text.begin(), digits[scaleDown(v, static_cast<std::uint64_t>(radix))]);
  if (shift && !negative && static_cast<int>(text.size()) * shift < width) {
    const char top = text[0];
    const int value = top <= '9' ? top - '0' : (top | 32) - 'a' + 10;
    if (big || value >> (shift - 1))
      text.insert(text.begin(), '0');
  }
  return std::string(negative ? "-" : "") + radixPrefix(radix) + text;
}

/// The fixed-point number v * 2^-(width - iwidth); v is extended by one bit above `width`.
inline std::string textOfFixed(Limbs v, int width, int iwidth, bool asSigned, int radix) {
  const bool negative = asSigned && bitOf(v, width);
  if (negative)
    negate(v);
  const int frac = width - iwidth;
  const int shift = radix == 16 ? 4 : radix == 8 ? 3 : 1;
  std::string text = negative ? "-" : "";
  if (iwidth > 0) {
    Limbs whole(v.size() + 1, 0);
    for (int i = 0; i <= iwidth; ++i)
      if (frac + i >= 0 && frac + i <= width && bitOf(v, frac + i))
        whole[static_cast<std::size_t>(i / 64)] |= std::uint64_t(1) << (i % 64);
    text += textOfInt(whole, iwidth + 1, false, radix);
  } else {
    text += std::string(radixPrefix(radix)) + "0";
  }
  if (frac <= 0)
    return text;
  Limbs part(static_cast<std::size_t>(frac / 64 + 2), 0);
  for (int i = 0; i < frac; ++i)
    if (i <= width ? bitOf(v, i) : bitOf(v, width)) // above the number: its sign
      part[static_cast<std::size_t>(i / 64)] |= std::uint64_t(1) << (i % 64);
  if (isZero(part))
    return text;
  text += '.';
  if (radix == 10) {
    while (!isZero(part)) {
      scaleUp(part, 10, 0);
      unsigned digit = 0;
      for (int b = 3; b >= 0; --b)
        digit = digit << 1 | static_cast<unsigned>(bitOf(part, frac + b));
      keepBits(part, frac);
      part.resize(static_cast<std::size_t>(frac / 64 + 2), 0);
      text += static_cast<char>('0' + digit);
    }
    return text;
  }
  for (int top = frac - 1; top >= 0; top -= shift) {
    unsigned digit = 0;
    for (int b = 0; b < shift; ++b)
      digit = digit << 1 | static_cast<unsigned>(top - b >= 0 && bitOf(part, top - b));
    text += "0123456789abcdef"[digit];
  }
  return radix == 16 ? text + "p0" : text;
}

/// Scientific form of unsigned plain decimal text, with all its digits.
inline std::string scientific(const std::string &plain) {
  std::string digits;
  int exponent = 0, point = 0;
  const std::size_t dot = plain.find('.');
  for (char c : plain)
    if (c != '.')
      digits += c;
  point = static_cast<int>(dot == std::string::npos ? plain.size() : dot);
  const std::size_t first = digits.find_first_not_of('0'), last = digits.find_last_not_of('0');
  exponent = point - 1 - static_cast<int>(first);
  std::string text(1, digits[first]);
  if (last > first)
    text += "." + digits.substr(first + 1, last - first);
  if (exponent == 0)
    return text;
  const std::string e = std::to_string(exponent < 0 ? -exponent : exponent);
  return text + (exponent < 0 ? "e-" : "e+") + (e.size() < 2 ? "0" : "") + e;
}

/// Decimal text of `precision` significant digits at most, rounded half away from zero: what a stream prints.
inline std::string rounded(const std::string &text, int precision) {
  const bool negative = text[0] == '-';
  const std::string plain = text.substr(negative ? 1 : 0), sign = negative ? "-" : "";
  std::string digits = "0"; // room for a carry
  for (char c : plain)
    if (c != '.')
      digits += c;
  const std::size_t first = digits.find_first_not_of('0'), last = digits.find_last_not_of('0');
  if (first == std::string::npos)
    return "0";
  const std::size_t dot = plain.find('.');
  std::size_t point = (dot == std::string::npos ? plain.size() : dot) + 1;
  if (static_cast<int>(last - first) + 1 <= precision)
    return sign + (first >= point + 4 ? scientific(plain) : plain);
  std::size_t cut = first + static_cast<std::size_t>(precision);
  bool carry = digits[cut] >= '5';
  for (std::size_t i = cut; i < digits.size(); ++i)
    digits[i] = '0';
  while (carry) {
    carry = digits[--cut] == '9';
    digits[cut] = carry ? '0' : static_cast<char>(digits[cut] + 1);
  }
  if (digits[0] == '0') {
    digits.erase(0, 1);
    --point;
  }
  const std::size_t end = digits.find_last_not_of('0') + 1;
  if (end <= point) { // an integer
    const std::string whole = digits.substr(0, point);
    return sign + (static_cast<int>(whole.size()) <= precision ? whole : scientific(whole));
  }
  const std::string value = digits.substr(0, point) + "." + digits.substr(point, end - point);
  return sign + (digits.find_first_not_of('0', point) < point + 4 ? value : scientific(value));
}

/// Parsed text: magnitude * 2^-frac, rounded toward zero with the rest in its lowest bit.
struct Parsed {
  bool negative;
  Limbs magnitude;
};

/// Reads [-+][0b|0o|0x|0d]digits[.digits][exponent]. The exponent counts tens (e, in decimal) or twos (p).
/// Integer digits beyond `limbs` set the top bit, so that saturating casts see them.
inline Parsed parseNumber(const char *s, int radix, int frac, int limbs) {
  Parsed p = {false, Limbs(static_cast<std::size_t>(limbs), 0)};
  while (*s == ' ')
    ++s;
  if (*s == '-' || *s == '+')
    p.negative = *s++ == '-';
  if (s[0] == '0' && s[1]) {
    const char kind = static_cast<char>(s[1] | 32);
    const int named = kind == 'b' ? 2 : kind == 'o' ? 8 : kind == 'x' ? 16 : kind == 'd' ? 10 : 0;
    if (named && !(radix == 16 && (named == 2 || named == 10))) { // "0b12" in radix 16 is three digits
      radix = named;
      s += 2;
    }
  }
  if (radix == 0)
    radix = 10;
  std::vector<unsigned> digits;
  int point = -1, exponent = 0;
  for (; *s; ++s) {
    const char c = static_cast<char>(*s | 32);
    const int digit = *s >= '0' && *s <= '9' ? *s - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
    if (*s == '.' && point < 0)
      point = static_cast<int>(digits.size());
    else if (digit < radix)
      digits.push_back(static_cast<unsigned>(digit));
    else if ((radix == 10 && c == 'e') || (radix != 10 && c == 'p')) {
      exponent = std::atoi(s + 1);
      break;
    } else if (*s != ' ')
      fail((std::string("ap_int: '") + *s + "' is not a digit of a number of radix " + std::to_string(radix))
               .c_str());
  }
  if (point < 0)
    point = static_cast<int>(digits.size());
  if (radix == 10) {
    point += exponent;
    exponent = 0;
  }
  while (point > static_cast<int>(digits.size()))
    digits.push_back(0);
  const std::size_t wholeDigits = static_cast<std::size_t>(point > 0 ? point : 0);
  std::vector<unsigned> part(static_cast<std::size_t>(point < 0 ? -point : 0), 0);
  part.insert(part.end(), digits.begin() + static_cast<std::ptrdiff_t>(wholeDigits), digits.end());

  bool beyond = false, sticky = false;
  for (std::size_t i = 0; i < wholeDigits; ++i)
    beyond |= scaleUp(p.magnitude, static_cast<std::uint64_t>(radix), digits[i]) != 0;
  int bits = frac + exponent; // binary places still to append
  for (; bits < 0; ++bits)
    sticky |= scaleDown(p.magnitude, 2) != 0;
  for (; bits > 0; --bits) { // double the decimal fraction; its carry is the next binary place
    unsigned carry = 0;
    for (std::size_t i = part.size(); i-- > 0;) {
      const unsigned d = part[i] * 2 + carry;
      carry = d >= static_cast<unsigned>(radix);
      part[i] = carry ? d - static_cast<unsigned>(radix) : d;
    }
    beyond |= scaleUp(p.magnitude, 2, carry) != 0;
  }
  for (unsigned d : part)
    sticky |= d != 0;
  if (sticky)
    p.magnitude[0] |= 1;
  if (beyond)
    p.magnitude.back() |= std::uint64_t(1) << 62;
  return p;
}

} // namespace ap_detail
