#include "what_if.h"

#include "braid/driver/data.h"
#include "braid/driver/what_if.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace braid::cli {
namespace {

llvm::Error checkUse(const Common &common) {
  const pass::Pipeline &pipeline = common.pipeline;
  const std::pair<const char *, bool> kOfOnePlan[] = {{"--passes", !pipeline.names.empty()},
                                                      {"--print-after", !pipeline.printAfter.empty()},
                                                      {"--stop-after", !pipeline.stopAfter.empty()}};
  for (const auto &[flag, isGiven] : kOfOnePlan)
    if (isGiven)
      return badUsage(
          fmt::format("{}: --what-if makes many plans, by all passes; one of both is meant", flag));
  return llvm::Error::success();
}

/// What is wrong with a number of FPGAs, or nothing; empty where none is given.
std::string countFault(const std::string &text) {
  int most = 0;
  if (text.empty())
    return "";
  if (llvm::StringRef(text).getAsInteger(10, most))
    return fmt::format("'{}' is no number of FPGAs; the model stands before --what-if", printable(text));
  return most > 0 ? "" : fmt::format("'{}' is no whole number from 1 on", printable(text));
}

} // namespace

void addWhatIf(CLI::App &command, WhatIfArguments &arguments) {
  command
      .add_option_function<std::string>(
          "--what-if",
          [&arguments](const std::string &text) {
            arguments.isAsked = true;
            int most = 0;
            if (!text.empty() && !llvm::StringRef(text).getAsInteger(10, most))
              arguments.most = most;
          },
          "a table instead of a report: what up to 1, 2, ... N FPGAs give (default: all that are not "
          "forbidden)")
      ->expected(0, 1)
      ->type_name("[N]")
      ->check(countFault);
  command.add_option("--what-if-svg", arguments.svg, "with --what-if: write the table as a chart to FILE")
      ->type_name("FILE")
      ->check([](const std::string &text) { return text.empty() ? "its value is empty" : ""; });
}

llvm::Error planOrWhatIf(const Common &common, const WhatIfArguments &arguments) {
  if (!arguments.isAsked)
    return arguments.svg.empty()
               ? plan(common)
               : badUsage("--what-if-svg: this is a chart of what --what-if gives; both are meant");
  if (llvm::Error error = checkUse(common))
    return error;
  auto found = driver::whatIf(common.request, arguments.most, observedPipeline(common));
  if (!found)
    return found.takeError();
  if (!arguments.svg.empty())
    if (llvm::Error error = driver::writeWhole(arguments.svg, driver::whatIfSvg(*found)))
      return error;
  using nlohmann::ordered_json;
  if (common.json)
    llvm::outs() << driver::whatIfJson(*found).dump(2, ' ', false, ordered_json::error_handler_t::replace)
                 << "\n";
  else
    llvm::outs() << driver::whatIfText(*found);
  return llvm::Error::success();
}

} // namespace braid::cli
