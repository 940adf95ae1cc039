// Reads damaged ONNX files. Whatever is in a file, reading it must end with a verified model or a message.
//
//   fuzz_frontend [MUTANTS [SEED [FILE...]]]
//
// Mutants are made of built-in files and of FILE..., the same for the same SEED. A model that is read is also
// printed, written and read again. tests/builds/clang.sh builds it with sanitizers, which see what a plain
// build would not.

#include "mutator.h"
#include "seeds.h"

#include "../unit/frontend_onnx_file.h"

#include "braid/frontend/onnx.h"

#include <chrono>
#include <cstdio>
#include <iterator>

using namespace braid;
using namespace braid::test;

namespace {

/// Reading a small file takes milliseconds: more than this is a hang, even under sanitizers on a busy
/// machine.
constexpr double kMostSeconds = 120;

std::string contents(const char *path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Whether the file is read; ends the program if that leads to anything but a model or a message.
bool isRead(const TemporaryFile &file, const std::string &mutant) {
  file.write("model.onnx", mutant);
  auto model = frontend::readOnnx(file.path());
  if (!model) {
    if (llvm::toString(model.takeError()).empty()) {
      std::puts("a fault without a message");
      std::exit(1);
    }
    return false;
  }
  if (auto error = ir::verify(*model)) {
    std::printf("a model that is at fault: %s\n", llvm::toString(std::move(error)).c_str());
    std::exit(1);
  }
  // Printing and writing run through every element; leave out what only claims to be huge.
  int64_t parameters = 0;
  for (const ir::Layer &layer : model->layers)
    parameters += ir::parameters(layer);
  if (parameters > 1 << 20)
    return true;
  // Written files have a batch in front, which may be one dimension more than is read.
  for (const ir::Port &port : model->inputs)
    if (port.onnxShape.size() > 5)
      return true;
  ir::print(*model);
  file.write("model.onnx", frontend::writeOnnx(*model));
  auto again = frontend::readOnnx(file.path());
  if (!again) {
    std::printf("a model that is not read again: %s\n", llvm::toString(again.takeError()).c_str());
    std::exit(1);
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  const unsigned long mutants = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  const unsigned long seed = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1;
  std::vector<std::string> files = seedFiles();
  for (int i = 3; i < argc; ++i)
    files.push_back(contents(argv[i]));
  const TemporaryFile file("");
  for (const std::string &original : seedFiles())
    if (!isRead(file, original)) {
      std::puts("a built-in file is not read");
      return 1;
    }

  unsigned long read = 0;
  for (unsigned long i = 0; i < mutants; ++i) {
    Random random(seed * 1000003 + i);
    const std::string mutant = mutated(files[random.below(files.size())], random);
    // Left behind if the program dies.
    file.write("mutant.onnx", mutant);
    const auto start = std::chrono::steady_clock::now();
    read += isRead(file, mutant);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (seconds.count() > kMostSeconds) {
      std::printf("mutant %lu of seed %lu took %.1f s\n", i, seed, seconds.count());
      return 1;
    }
  }
  std::printf("%lu mutants, %lu read, %lu refused\n", mutants, read, mutants - read);
  return 0;
}
