// SHA-256 (FIPS 180-4): names files by what they hold.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>

namespace braid {

/// The hash of bytes that come in pieces.
class Sha256 {
public:
  Sha256();
  ~Sha256();
  Sha256 &update(llvm::StringRef bytes);
  Sha256 &update(llvm::ArrayRef<uint8_t> bytes);
  /// 64 hex digits, lower case; the object then begins anew.
  std::string digest();

private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(llvm::StringRef bytes);

} // namespace braid
