// What the command line asks for, and the functions that do it. Only main.cpp knows flags, only these print.
#pragma once

#include "braid/driver/request.h"

#include <optional>
#include <string>
#include <vector>

namespace braid::cli {

struct Common {
  driver::Request request;
  pass::Pipeline pipeline;
  bool json = false;
  bool timePasses = false;
};

struct CompileArguments {
  std::string out;
  bool verify = false;
};

struct RunArguments {
  std::vector<std::string> inputs; ///< Files, in the order of the model's inputs, or NAME=FILE
  std::string divisor = "1";
  std::string labels;
  std::vector<std::string> outputs; ///< Files, in the order of the model's outputs, or NAME=FILE
  int64_t frames = 0;
  bool isFloat = false;
  bool perLayer = false; ///< Prints the range of every stream
  std::string dump;      ///< Folder for the numbers of every stream
};

struct VerifyArguments {
  std::string bundle, model, cxx = "g++";
  std::vector<std::string> inputs;
  std::string divisor = "1";
  std::string labels;
  int64_t frames = 0;
  int64_t randomFrames = 10;
  bool perLayer = false; ///< Compares every stream between layers
};

/// The passes asked for, with what prints models and times between them.
pass::Pipeline observedPipeline(const Common &common);

llvm::Error compile(const Common &common, const CompileArguments &arguments);
llvm::Error plan(const Common &common);
llvm::Error inspect(const Common &common);
llvm::Error run(const Common &common, const RunArguments &arguments);
llvm::Error verify(const VerifyArguments &arguments);
llvm::Error check(const std::string &bundle, const std::string &model);
llvm::Error report(const std::string &bundle);
llvm::Error listDevices(bool json);
llvm::Error listLinks(bool json);
llvm::Error listPasses();
llvm::Error listBackends();

} // namespace braid::cli
