#include "braid/support/sha256.h"

#include "llvm/ADT/StringExtras.h"

#include <nettle/sha2.h> // uses the processor's SHA instructions where there are any

#include <array>

namespace braid {

struct Sha256::State {
  sha256_ctx context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { sha256_init(&state_->context); }
Sha256::~Sha256() = default;

Sha256 &Sha256::update(llvm::ArrayRef<uint8_t> bytes) {
  sha256_update(&state_->context, bytes.size(), bytes.data());
  return *this;
}

Sha256 &Sha256::update(llvm::StringRef bytes) { return update(llvm::arrayRefFromStringRef(bytes)); }

std::string Sha256::digest() {
  std::array<uint8_t, SHA256_DIGEST_SIZE> bytes;
  sha256_digest(&state_->context, bytes.size(), bytes.data());
  return llvm::toHex(bytes, /*LowerCase=*/true);
}

std::string sha256(llvm::StringRef bytes) { return Sha256().update(bytes).digest(); }

} // namespace braid
