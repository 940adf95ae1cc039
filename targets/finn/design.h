// The units of one project with their names, and what is written for each.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/plan/floorplan.h"
#include "braid/plan/unit_graph.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid::targets::finn {

struct Design {
  const emit::Context &context;
  const emit::Project &project;
  const ir::Model &model; ///< Of the partition
  plan::UnitGraph graph;
  /// By unit: `MVAU_hls_0`, of later stages `MVAU_hls_0_s1`: all IPs of an FPGA are built into one design.
  std::vector<std::string> names;
  std::vector<std::string> fifoNames;       ///< By channel: `StreamingFIFO_rtl_0`, or empty
  std::optional<plan::Floorplan> floorplan; ///< Where dies count

  const ir::Layer *layerOf(const plan::Unit &unit) const {
    return unit.layer == ir::LayerId::None ? nullptr : &model.layer(unit.layer);
  }
  /// Whether its weights come from a streamer beside it, or from outside.
  static bool isStreamed(const plan::Unit &unit) {
    return (unit.kernel.kind == kernel::KernelKind::MatrixVector ||
            unit.kernel.kind == kernel::KernelKind::VectorVector) &&
           unit.kernel.implementation.folding.memMode != kernel::MemMode::Embedded;
  }
};

/// The units of a project of the plan; their names count up by operator, in dataflow order.
Design designOf(const emit::Context &context, size_t partition);

/// FINN's name of what a unit does: `MVAU`, `StreamingDataWidthConverter`, ...
const char *operatorOf(const plan::Unit &unit);

/// `ap_int<5>`, `ap_uint<4>`.
std::string integerType(const num::DataType &type);
std::string integerType(int64_t bits, bool isSigned);

/// Bits that ap_int takes without being told of more (AP_INT_MAX_W), and those of the widest word of a unit,
/// at least as many.
constexpr int64_t kUntoldWidth = 1024;
int64_t widestWord(const plan::Unit &unit);

/// Words of weights that a unit reads in one position: rows of its memory.
int64_t memoryDepth(const kernel::Kernel &kernel);
/// Whether weights are stored as one bit each, for -1 and 1.
bool storesBits(const Design &design, const plan::Unit &unit);

/// Files of a unit's memories: params.h, thresh.h, memblock.dat below `folder`; made when they are written.
void addMemories(emit::Emission &out, const std::string &folder, std::shared_ptr<const Design> design,
                 size_t unit);

/// What a unit's function does, statements in C++; reads in0_V, in1_V, ..., weights_V, writes out_V, out1_V,
/// ...
std::string bodyOf(const Design &design, const plan::Unit &unit);

/// `void MVAU_hls_0(hls::stream<ap_uint<8>> &in0_V, ...)`
std::string signatureOf(const Design &design, size_t unit);
/// Names of a unit's streams in the order of its arguments: inputs, weights, outputs.
std::vector<std::string> portsOf(const plan::Unit &unit);

/// What the project's C++ calls a channel: an argument of its function, or `stream4`.
std::string channelName(const Design &design, int channel);

/// Sources, scripts and memories of all units, below `units/`.
void addUnits(emit::Emission &out, const std::shared_ptr<const Design> &design);

/// The project as C++ for simulation: firmware/<project>.cpp and .h, defines.h, units in a few files.
void addFirmware(emit::Emission &out, const Design &design);

/// The block design that joins the units and becomes one IP, on cards also a kernel: `stitched/`, and
/// build.sh that makes units and IP.
void addStitching(emit::Emission &out, const Design &design);

/// A width as AXI4-Stream has it: whole bytes.
int64_t axisBits(int64_t bits);

/// A stream that the joined IP has outside.
struct StitchedEnd {
  std::string name; ///< `s_axis_0`, ..., `m_axis_0`, ...
  int64_t bits = 0; ///< Whole bytes
  bool isOutput = false;
};
/// In the order of the project's inputs, units whose weights come from outside, the project's outputs.
std::vector<StitchedEnd> stitchedEnds(const Design &design);

/// Units whose weights come from outside.
std::vector<size_t> externalUnits(const Design &design);
/// Whether its weights lie in a memory beside it.
bool hasMemory(const plan::Unit &unit);
/// The memory beside a unit in the block design: `MVAU_hls_0_weights`.
std::string memoryCell(const Design &design, size_t unit);

/// A memory that a host must write before the first frame: UltraRAM of the UltraScale+ families has no
/// initial contents (AMD UG573). Line i of the unit's memblock.dat, bits 32 k to 32 k + 31, are at byte
/// offset + 4 * (i * lanes + k) of the port s_axilite_0 (memstream_axilite.v).
struct RuntimeMemory {
  size_t unit = 0;
  std::string cell;
  int64_t offset = 0, bytes = 0, lanes = 1;
};
std::vector<RuntimeMemory> runtimeMemories(const Design &design);
/// Bytes of the addresses of that port: a power of two.
int64_t runtimeBytes(const std::vector<RuntimeMemory> &memories);

/// A cell of the block design and the die that the plan charges it to.
struct PlacedCell {
  std::string name;
  int die = 0;
};
/// Every unit, the memory beside it and every FIFO, once each; none where dies do not count.
std::vector<PlacedCell> placedCells(const Design &design);

/// FINN's estimate_*.json, the folding as final_hw_config.json and, where dies count, floorplan.json.
void addReports(emit::Emission &out, const Design &design);

} // namespace braid::targets::finn
