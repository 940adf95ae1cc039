// Reads connectivity.cfg back as v++ would, and a whole bundle's deployment.
#include "braid/support/error.h"
#include "braid/targets/vnx.h"

#include "../host/sockets_file.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace braid::targets {
namespace {

using llvm::StringRef;

/// The property by which v++ runs floorplan.tcl.
constexpr const char *kFloorplanHook = "run.impl_1.STEPS.OPT_DESIGN.TCL.PRE=";

/// A configuration file's parts that matter here, and whether each stands as it must.
class ConnectivityCheck {
public:
  ConnectivityCheck(StringRef text, StringRef kernels, StringRef file) : text_(text), file_(file.str()) {
    // The JSON library reports by exceptions; they end here.
    try {
      const auto list = nlohmann::ordered_json::parse(kernels.begin(), kernels.end());
      for (const auto &kernel : list.at("kernels"))
        for (const char *side : {"inputs", "outputs"}) {
          kernels_[kernel.at("name")];
          for (const std::string port : kernel.at(side))
            kernels_[kernel.at("name")][port] = side == StringRef("outputs");
        }
    } catch (const std::exception &error) {
      fault(fmt::format("the list of kernels cannot be read: {}", error.what()));
    }
  }

  llvm::Error run() {
    llvm::SmallVector<StringRef, 64> lines;
    text_.split(lines, '\n');
    std::vector<StringRef> wires;
    StringRef section;
    for (StringRef line : lines) {
      line = line.split('#').first.trim();
      if (line.startswith("["))
        section = line;
      if (line.empty() || line.startswith("["))
        continue;
      const auto [key, value] = line.split('=');
      if (const char *own = sectionOf(key); !own)
        fault(fmt::format("'{}' is not understood", line));
      else if (section != own)
        fault(fmt::format("{} stands in '{}', not in {}", key, section, own));
      if (key == "nk")
        addInstances(value);
      else if (key == "stream_connect" || key == "sc")
        wires.push_back(value);
      else if (key == "slr" || key == "sp")
        addPlace(value, value.split(key == "slr" ? ':' : '.').first);
      else if (key == "param")
        hasOverlay_ = hasOverlay_ || value.startswith("compiler.userPostSysLinkOverlayTcl=");
      else if (key == "prop" && !value.startswith(kFloorplanHook))
        fault(fmt::format("prop={} is not understood", value));
    }
    for (StringRef wire : wires)
      addWire(wire);
    checkAllUsed();
    return faults_.take(ExitCode::CheckFailed);
  }

private:
  void fault(std::string message) {
    faults_.add({.file = file_, .node = {}, .op = {}, .message = std::move(message), .notes = {}});
  }

  /// Null: of none that matters here.
  static const char *sectionOf(StringRef key) {
    if (key == "nk" || key == "stream_connect" || key == "sc" || key == "slr" || key == "sp")
      return "[connectivity]";
    if (key == "param")
      return "[advanced]";
    return key == "prop" ? "[vivado]" : nullptr;
  }

  /// `kernel:count:name.name` (VNx) or with commas (AMD UG1393).
  void addInstances(StringRef value) {
    llvm::SmallVector<StringRef, 3> parts;
    value.split(parts, ':');
    unsigned count = 0;
    if (parts.size() != 3 || parts[1].getAsInteger(10, count))
      return fault(fmt::format("nk={} is not kernel:count:names", value));
    if (!kernels_.count(parts[0].str()))
      return fault(fmt::format("nk={}: there is no kernel {}", value, parts[0]));
    llvm::SmallVector<StringRef, 4> names;
    llvm::SplitString(parts[2], names, ".,");
    if (names.size() != count)
      fault(fmt::format("nk={} names {} instances", value, names.size()));
    for (StringRef name : names)
      if (!instances_.try_emplace(name.str(), parts[0].str()).second)
        fault(fmt::format("instance {} stands twice", name));
  }

  /// `instance:die`, or `instance.port:bank`. A channel of memory that gives weights gives nothing else.
  void addPlace(StringRef value, StringRef instance) {
    placed_.push_back(instance);
    const StringRef bank = value.split(':').second;
    if (!bank.startswith("HBM["))
      return;
    const auto [at, isNew] = banks_.try_emplace(bank.str(), instance.str());
    if (!isNew && at->second != instance && (isReader(instance) || isReader(at->second)))
      fault(fmt::format("{} and {} share {}; a reader of weights has a channel of its own", at->second,
                        instance, bank));
  }
  static bool isReader(StringRef instance) { return instance.contains("_IODMA_hls_"); }

  void addWire(StringRef value) {
    llvm::SmallVector<StringRef, 3> parts;
    value.split(parts, ':');
    unsigned depth = 0;
    if (parts.size() < 2 || parts.size() > 3 || (parts.size() == 3 && parts[2].getAsInteger(10, depth)))
      return fault(fmt::format("stream_connect={} is not from:to or from:to:depth", value));
    addEnd(parts[0], /*isOutput=*/true);
    addEnd(parts[1], /*isOutput=*/false);
  }

  void addEnd(StringRef end, bool isOutput) {
    const auto [instance, port] = end.split('.');
    const auto at = instances_.find(instance.str());
    if (at == instances_.end())
      return fault(fmt::format("{}: there is no instance {}", end, instance));
    const auto &ports = kernels_[at->second];
    const auto found = ports.find(port.str());
    if (found == ports.end())
      return fault(fmt::format("{}: kernel {} has no stream {}", end, at->second, port));
    if (found->second != isOutput)
      fault(fmt::format("{} is an {} and stands as an {}", end, found->second ? "output" : "input",
                        isOutput ? "output" : "input"));
    if (!used_.insert(end.str()).second)
      fault(fmt::format("{} is connected twice", end));
  }

  void checkAllUsed() {
    bool hasNetwork = false;
    for (const auto &[instance, kernel] : instances_) {
      hasNetwork = hasNetwork || StringRef(kernel).startswith("cmac_");
      for (const auto &port : kernels_[kernel])
        if (!used_.count(instance + "." + port.first))
          fault(fmt::format("{}.{} is not connected", instance, port.first));
    }
    for (StringRef name : placed_)
      if (!instances_.count(name.str()))
        fault(fmt::format("slr or sp: there is no instance {}", name));
    if (hasNetwork && !hasOverlay_)
      fault("param=compiler.userPostSysLinkOverlayTcl is missing; without it the transceivers are not wired");
  }

  StringRef text_;
  std::string file_;
  Diagnostics faults_;
  std::map<std::string, std::map<std::string, bool>> kernels_; ///< Ports of a kernel; true: an output
  std::map<std::string, std::string> instances_;
  std::vector<StringRef> placed_;
  std::map<std::string, std::string> banks_; ///< Of high-bandwidth memory: the first instance there
  std::set<std::string> used_;
  bool hasOverlay_ = false;
};

llvm::Expected<std::string> readText(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return userError(ExitCode::CheckFailed, {.file = path,
                                             .node = {},
                                             .op = {},
                                             .message = "cannot be read: " + buffer.getError().message(),
                                             .notes = {}});
  return (*buffer)->getBuffer().str();
}

llvm::Error checkCard(const std::string &folder, const FpgaSetup &card) {
  const std::string link = fmt::format("{}/{}/link/", folder, card.image);
  auto config = readText(link + "connectivity.cfg");
  auto kernels = readText(link + "kernels.json");
  if (!config || !kernels)
    return llvm::joinErrors(config.takeError(), kernels.takeError());
  if (llvm::Error error = checkConnectivity(*config, *kernels, link + "connectivity.cfg"))
    return error;
  const std::string plan = link + "floorplan.tcl";
  if (llvm::sys::fs::exists(plan) || StringRef(*config).contains(kFloorplanHook)) {
    auto floorplan = readText(plan);
    if (!floorplan)
      return floorplan.takeError();
    if (llvm::Error error = checkFloorplan(*floorplan, *config, plan))
      return error;
  }
  const std::string table = fmt::format("{}/network/{}.sockets", folder, card.name);
  auto sockets = readText(table);
  if (!sockets)
    return sockets.takeError();
  if (*sockets != host::socketsFile(card))
    return userError(
        ExitCode::CheckFailed,
        {.file = table, .node = {}, .op = {}, .message = "says otherwise than network.json", .notes = {}});
  return llvm::Error::success();
}

} // namespace

llvm::Error checkConnectivity(StringRef connectivity, StringRef kernels, StringRef file) {
  return ConnectivityCheck(connectivity, kernels, file).run();
}

llvm::Error checkFloorplan(StringRef floorplan, StringRef connectivity, StringRef file) {
  Diagnostics faults;
  const auto fault = [&](std::string message) {
    faults.add({.file = file.str(), .node = {}, .op = {}, .message = std::move(message), .notes = {}});
  };
  if (!connectivity.contains(std::string("\nprop=") + kFloorplanHook))
    fault(fmt::format("connectivity.cfg does not run it: there is no prop={}", kFloorplanHook));
  llvm::SmallVector<StringRef, 64> lines, words;
  floorplan.split(lines, '\n');
  std::set<std::string> placed;
  std::string instance; // whose cells the lines are
  for (StringRef line : lines) {
    words.clear();
    llvm::SplitString(line, words);
    if (words.size() == 3 && words[0] == "place" && words[2] == "{") {
      instance = words[1].str();
      if (!connectivity.contains(
              fmt::format("\nnk={}:1:{}\n", StringRef(instance).rsplit('_').first, instance)))
        fault(fmt::format("there is no instance {}", instance));
    } else if (line == "}") {
      instance.clear();
    } else if (!instance.empty()) {
      if (words.size() != 2)
        fault(fmt::format("'{}' is no cell and its die", line.trim()));
      else if (!placed.insert(fmt::format("{}/{}", instance, words[0])).second)
        fault(fmt::format("{}/{} is placed twice", instance, words[0]));
    }
  }
  if (placed.empty())
    fault("no cell is placed");
  return faults.take(ExitCode::CheckFailed);
}

llvm::Error checkDeployment(const std::string &bundleFolder) {
  const std::string file = bundleFolder + "/network/network.json";
  auto text = readText(file);
  if (!text)
    return text.takeError();
  auto network = networkFromJson(*text, file);
  if (!network)
    return network.takeError();
  if (llvm::Error error = checkNetwork(*network, file))
    return error;
  switch (network->transport) {
  case Transport::VnxUdp:
    for (const FpgaSetup &card : network->fpgas)
      if (llvm::Error error = checkCard(bundleFolder, card))
        return error;
    break;
  case Transport::HostTcp:
    break;
  }
  return llvm::Error::success();
}

} // namespace braid::targets
