#include "support/deployed.h"

#include "braid/support/error.h"
#include "braid/targets/hls4ml.h"
#include "braid/targets/pynq.h"

#include "llvm/Support/FileSystem.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace braid::test {

namespace fs = std::filesystem;

namespace {

plan::Placement placementOf(const ir::Model &model, const ir::Layer &layer, int fpga, kernel::IoMode io) {
  plan::Placement placement;
  placement.layer = layer.id;
  placement.slice = kernel::wholeSlice(model, layer);
  placement.implementation.io = io;
  placement.fpga = fpga;
  return placement;
}

} // namespace

Deployed::Deployed(const ir::Model &source, const std::string &cluster, const std::vector<int> &fpgas,
                   kernel::IoMode io, const pass::Precision &precision, const plan::Replicas &replicas)
    : model_(typed(source, precision)), cluster_(llvm::cantFail(device::readCluster(cluster))) {
  plan_.io = io;
  for (const ir::Layer &layer : model_.layers)
    plan_.placements.push_back(placementOf(model_, layer, fpgas.at(ir::index(layer.id)), io));
  plan::assignStages(model_, plan_.placements);
  plan_.crossings = plan::crossingsOf(model_, plan_.placements);
  plan_.replicas = replicas;
  finish(model_);
}

Deployed::Deployed(const ir::Model &source, const std::string &cluster, const Slicer &slicer,
                   const pass::Precision &precision, const plan::Replicas &replicas)
    : model_(typed(source, precision)), cluster_(llvm::cantFail(device::readCluster(cluster))) {
  split_ = llvm::cantFail(plan::splitLayers(model_, llvm::cantFail(plan::complete(model_, slicer(model_)))));
  plan_ = split_->plan;
  plan_.replicas = replicas;
  finish(split_->model);
}

void Deployed::finish(const ir::Model &whole) {
  partitions_ = plan::realise(whole, plan_);
  std::vector<emit::InputPart> parts;
  if (split_)
    for (size_t i = 0; i < split_->inputs.size(); ++i)
      parts.push_back({split_->inputs[i], split_->streams[ir::index(split_->model.inputs[i].stream)].box});
  context_.reset(new emit::Context{whole, cluster_, plan_, evaluation_, partitions_,
                                   emit::describeProjects(whole, plan_, partitions_),
                                   split_ ? &model_ : nullptr, std::move(parts)});
}

std::vector<exec::Batch> Deployed::cut(const std::vector<exec::Batch> &inputs) const {
  std::vector<exec::Batch> out;
  for (size_t i = 0; i < placed().inputs.size(); ++i) {
    const emit::InputPart part = context_->partOf(static_cast<int>(i));
    const auto from = static_cast<size_t>(part.input);
    out.push_back(exec::cropped(inputs[from], model_.stream(model_.inputs[from].stream).shape,
                                {part.box.begin, part.box.end}));
  }
  return out;
}

void Deployed::write(const std::string &folder) const {
  emit::Emission all = llvm::cantFail(targets::emitDeployment(*context_));
  for (size_t i = 0; i < context_->projects.size(); ++i)
    all.addBelow(cluster_.fpgas[static_cast<size_t>(context_->projects[i].fpga)].name + "/" +
                     emit::projectFolder(context_->projects[i]),
                 targets::emitHls4ml(*context_, i));
  for (const auto &[path, file] : all.files()) {
    const fs::path to = fs::path(folder) / path;
    fs::create_directories(to.parent_path());
    std::error_code error;
    llvm::raw_fd_ostream out(to.string(), error);
    BRAID_CHECK(!error, to.string());
    file.write(out);
  }
}

std::vector<exec::Batch> Deployed::inputs(Random &random, int64_t frames) const {
  std::vector<exec::Batch> out;
  for (const ir::Port &port : model_.inputs) {
    const ir::Stream &stream = model_.stream(port.stream);
    const int64_t half = int64_t{1} << (stream.type.bits() - 1);
    exec::Mantissas values(static_cast<size_t>(frames * ir::elements(stream.shape)));
    for (int64_t &value : values)
      value = draw(random, -half, half - 1);
    out.push_back({frames, std::move(values)});
  }
  return out;
}

namespace {

ir::StreamId addDense(Builder &builder, Random &random, ir::StreamId input, int64_t rows, int64_t columns) {
  ir::Dense op;
  op.weights = randomWeights(random, rows, 1, columns, 0.5);
  op.bias = randomWeights(random, rows, 1, 1, 0.5);
  return builder.add(std::move(op), {input});
}

} // namespace

ir::Model diamond(Random &random) {
  Builder builder({12});
  const ir::StreamId a = builder.add(ir::Activation{}, {addDense(builder, random, builder.input(), 150, 12)});
  const ir::StreamId b = addDense(builder, random, a, 9, 150), c = addDense(builder, random, a, 9, 150);
  return builder.finish(builder.add(ir::Binary{}, {b, c}));
}

ir::Model sentOn(Random &random) {
  Builder builder({12});
  const ir::StreamId a = addDense(builder, random, builder.input(), 9, 12);
  const ir::StreamId c = builder.add(ir::Activation{}, {addDense(builder, random, a, 9, 9)});
  return builder.finish(builder.add(ir::Binary{}, {a, c}));
}

TemporaryFolder::TemporaryFolder() {
  llvm::SmallString<128> path;
  const std::error_code error = llvm::sys::fs::createUniqueDirectory("braid-test", path);
  BRAID_CHECK(!error, error.message());
  path_ = path.str().str();
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string readText(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
void writeText(const std::string &file, const std::string &text) {
  std::ofstream(file, std::ios::binary) << text;
}

void replaceIn(const std::string &file, const std::string &from, const std::string &to) {
  std::string text = readText(file);
  const size_t at = text.find(from);
  BRAID_CHECK(at != std::string::npos, file + " has no " + from);
  text.replace(at, from.size(), to);
  writeText(file, text);
}

} // namespace braid::test
