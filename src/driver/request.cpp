#include "braid/driver/request.h"

#include "braid/frontend/onnx.h"
#include "braid/plan/constraints.h"
#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace braid::driver {

using nlohmann::ordered_json;

ordered_json toJson(const Request &request) {
  const plan::Options &o = request.options;
  ordered_json out;
  out["cluster"] = request.cluster;
  out["backend"] = kernel::name(o.style);
  out["cost_model"] = request.costModel.empty() ? cost::defaultCostModel(o.style) : request.costModel;
  out["clock_mhz"] = request.clockMhz;
  out["precision"] = request.precision;
  for (const auto &[name, shape] : request.inputShapes)
    out["input_shapes"][name] = shape;
  if (request.hlsTool != emit::HlsTool::Vitis)
    out["hls_tool"] = emit::dialectOf(request.hlsTool).name;
  out["weight_rounding"] = request.weightRounding;
  out["widen_accum"] = request.widenAccum;
  out["io"] = o.io ? ordered_json(kernel::name(*o.io)) : ordered_json(nullptr);
  out["fpgas"] = o.fpgas ? ordered_json(*o.fpgas) : ordered_json(nullptr);
  out["strategy"] = o.strategy ? ordered_json(kernel::name(*o.strategy)) : ordered_json(nullptr);
  out["split"] = o.split ? ordered_json(plan::name(*o.split)) : ordered_json(nullptr);
  out["split_layers"] = ordered_json::object();
  for (const auto &[layer, cut] : o.cuts)
    out["split_layers"][layer] = {{"along", plan::name(cut.along)}, {"shares", cut.shares}};
  out["objective"] = plan::name(o.objective);
  out["fps"] = o.fps ? ordered_json(*o.fps) : ordered_json(nullptr);
  out["solver"] = plan::name(o.solver);
  out["near_loss_percent"] = o.nearLoss;
  out["replicas"] = o.replicas ? ordered_json(*o.replicas) : ordered_json(nullptr);
  out["reuse"] = ordered_json::object();
  for (const auto &[layer, reuse] : o.reuse)
    out["reuse"][layer] = reuse;
  const device::Limits defaults;
  for (device::Resource r : device::kResources)
    if (const auto i = static_cast<size_t>(r);
        r != device::Resource::Hbm || o.limits.percent[i] != defaults.percent[i])
      out["limits_percent"][device::name(r)] = o.limits.percent[i];
  out["limits_percent"]["average"] = o.limits.average;
  out["reserve"] = out["pin"] = ordered_json::array();
  for (const device::Reservation &reservation : o.limits.reserved)
    out["reserve"].push_back(device::toString(reservation));
  for (const plan::Pin &pin : o.pins)
    out["pin"].push_back(plan::toString(pin));
  out["forbid"] = o.forbidden;
  return out;
}

namespace {

/// The value of an enumeration that a manifest names.
template <class Value, size_t N>
Value valueOf(const ordered_json &json, const char *key, const Value (&values)[N]) {
  const std::string text = json.at(key);
  for (Value value : values)
    if (text == plan::name(value))
      return value;
  throw ordered_json::other_error::create(501, fmt::format("{}: '{}' is not known", key, printable(text)),
                                          nullptr);
}

/// How layers are cut and planned.
void readPlanning(const ordered_json &json, plan::Options &o) {
  using plan::Objective, plan::Solver, plan::SplitMode;
  constexpr SplitMode kModes[] = {SplitMode::Sequential, SplitMode::Neuron, SplitMode::Input, SplitMode::Rows,
                                  SplitMode::Auto};
  constexpr Objective kObjectives[] = {Objective::Throughput, Objective::Latency, Objective::Fpgas,
                                       Objective::Area};
  constexpr Solver kSolvers[] = {Solver::Elastic, Solver::ChainDp, Solver::Milp};
  if (!json.at("split").is_null())
    o.split = valueOf(json, "split", kModes);
  for (const auto &[layer, cut] : json.at("split_layers").items())
    o.cuts[layer] = {valueOf(cut, "along", kModes), cut.at("shares")};
  o.objective = valueOf(json, "objective", kObjectives);
  if (json.contains("fps") && !json["fps"].is_null())
    o.fps = json["fps"].get<double>();
  o.nearLoss = json.value("near_loss_percent", o.nearLoss);
  if (json.contains("solver"))
    o.solver = valueOf(json, "solver", kSolvers);
  if (!json.at("replicas").is_null())
    o.replicas = json["replicas"].get<int>();
}

/// What plans may use, and where layers stand; bundles of before are held to what they were made for.
llvm::Error readPlaces(const ordered_json &json, plan::Options &o) {
  for (device::Resource r : device::kResources)
    if (r != device::Resource::Hbm || json.at("limits_percent").contains(device::name(r)))
      o.limits.percent[static_cast<size_t>(r)] = json.at("limits_percent").at(device::name(r));
  o.limits.average = json.at("limits_percent").value("average", int64_t{100});
  const ordered_json none = ordered_json::array();
  for (const std::string text : json.value("reserve", none)) {
    auto own = device::parseReservations(text);
    if (!own)
      return own.takeError();
    o.limits.reserved.insert(o.limits.reserved.end(), own->begin(), own->end());
  }
  for (const std::string text : json.value("pin", none)) {
    auto pin = plan::parsePin(text);
    if (!pin)
      return pin.takeError();
    o.pins.push_back(std::move(*pin));
  }
  o.forbidden = json.value("forbid", none);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<Request> requestFromJson(const ordered_json &json, llvm::StringRef file) {
  try {
    Request request;
    plan::Options &o = request.options;
    request.cluster = json.at("cluster");
    if (json.contains("backend") && json["backend"] == "finn")
      o.style = kernel::Style::Finn;
    request.costModel = json.at("cost_model");
    request.clockMhz = json.at("clock_mhz");
    request.precision = json.at("precision");
    if (json.contains("input_shapes"))
      request.inputShapes = json["input_shapes"];
    if (json.contains("hls_tool")) {
      auto tool = emit::parseHlsTool(json["hls_tool"]);
      if (!tool) {
        llvm::consumeError(tool.takeError());
        return badInput(file, "its options cannot be read: no HLS tool has the name that hls_tool gives");
      }
      request.hlsTool = *tool;
    }
    request.weightRounding = json.at("weight_rounding");
    request.widenAccum = json.at("widen_accum");
    if (!json.at("io").is_null())
      o.io = json["io"] == "io_stream" ? kernel::IoMode::Stream : kernel::IoMode::Parallel;
    if (!json.at("fpgas").is_null())
      o.fpgas = json["fpgas"].get<int>();
    if (!json.at("strategy").is_null())
      o.strategy = json["strategy"] == "Latency" ? kernel::Strategy::Latency : kernel::Strategy::Resource;
    for (const auto &[layer, reuse] : json.at("reuse").items())
      o.reuse[layer] = reuse;
    readPlanning(json, o);
    if (llvm::Error error = readPlaces(json, o))
      return badInput(file, "its options cannot be read: " + messageOf(std::move(error)));
    return request;
  } catch (const ordered_json::exception &fault) {
    // "[json.exception.type_error.302] type must be string, but is number"
    const llvm::StringRef what = fault.what();
    return badInput(
        file, fmt::format("its options cannot be read: {}", what.drop_front(what.find("] ") + 2).str()));
  }
}

namespace {

llvm::Error setPrecision(const Request &request, pass::Precision &precision) {
  auto base = num::parseFixedType(request.precision, 32);
  if (!base)
    return base.takeError();
  precision.base = *base;
  // The rounding mode is named as in a type.
  auto mode = num::parseFixedType(fmt::format("ap_fixed<16,6,{},AP_SAT>", request.weightRounding));
  if (!mode) {
    llvm::consumeError(mode.takeError());
    return badUsage(fmt::format("--weight-rounding {}: no rounding mode has this name; AP_RND_CONV, AP_RND, "
                                "AP_TRN and the other modes "
                                "of ap_fixed are known",
                                printable(request.weightRounding)));
  }
  precision.weightRounding = mode->rounding;
  precision.widenAccum = request.widenAccum;
  return request.precisionFile.empty() ? llvm::Error::success()
                                       : pass::readPrecisionFile(request.precisionFile, precision);
}

llvm::Error setCluster(const Request &request, pass::Design &design) {
  auto found = device::readCluster(request.cluster);
  if (!found)
    return found.takeError();
  design.cluster = std::move(*found);
  for (const device::Fpga &fpga : design.cluster.fpgas)
    if (request.hlsTool == emit::HlsTool::Vivado && !fpga.device->platform.empty())
      return badUsage(
          fmt::format("--hls-tool vivado: cards like {} ({}) are built with Vitis, and their network "
                      "kernels (VNx) need 2021.1 or later; Zynq boards can be built with Vivado HLS",
                      printable(fpga.name), fpga.device->name));
  const kernel::Style style = request.options.style;
  auto costs =
      cost::findCostModel(request.costModel.empty() ? cost::defaultCostModel(style) : request.costModel);
  if (!costs)
    return costs.takeError();
  if ((*costs)->style() != style)
    return badUsage(fmt::format("cost model '{}' is for the {} style; --backend {} would work with it",
                                (*costs)->name(), kernel::name((*costs)->style()),
                                kernel::name((*costs)->style())));
  design.costs = *costs;
  if (request.clockMhz != 0) {
    if (!std::isfinite(request.clockMhz) || request.clockMhz < 1 || request.clockMhz > 1000)
      return badUsage(fmt::format("--clock {}: a clock between 1 and 1000 MHz is meant", request.clockMhz));
    for (device::Fpga &fpga : design.cluster.fpgas)
      fpga.clockMhz = request.clockMhz;
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::unique_ptr<pass::Design>> buildDesign(const Request &request,
                                                          const pass::Pipeline &pipeline) {
  auto design = std::make_unique<pass::Design>();
  if (llvm::Error error = setPrecision(request, design->precision))
    return error;
  if (!request.cluster.empty())
    if (llvm::Error error = setCluster(request, *design))
      return error;
  design->options = request.options;
  design->planFile = request.planFile, design->foldingFile = request.foldingFile;
  design->nearFile = request.nearFile;
  auto model = frontend::readOnnx(request.model, request.inputShapes);
  if (!model)
    return model.takeError();
  design->source = std::move(*model);
  pass::Pipeline all = pipeline;
  if (request.cluster.empty() && all.stopAfter.empty())
    all.stopAfter = "verify-typed";
  if (llvm::Error error = pass::runPasses(*design, all))
    return inFile(std::move(error), request.model);
  return design;
}

} // namespace braid::driver
