#include "braid/sim/emulate.h"

#include "build.h"
#include "process.h"
#include "route.h"

#include "braid/support/error.h"
#include "braid/support/parallel.h"
#include "braid/targets/network.h"

#include "llvm/Support/FileSystem.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace braid::sim {
namespace {

namespace fs = std::filesystem;
using emit::Endpoint;
using targets::FpgaSetup;
using targets::PartSetup;
using targets::StreamEnd;

/// A part of an FPGA, as network.json has it; of a copy too.
struct Place {
  const FpgaSetup *fpga = nullptr;
  const PartSetup *part = nullptr;
  size_t project = 0;

  /// For messages: `fpga0`, of later stages `fpga0 stage 1`.
  std::string name() const {
    return part->stage ? fmt::format("{} stage {}", fpga->name, part->stage) : fpga->name;
  }
};

llvm::Error failed(std::string file, std::string message, std::vector<std::string> notes = {}) {
  return userError(ExitCode::CheckFailed, {.file = std::move(file),
                                           .node = {},
                                           .op = {},
                                           .message = std::move(message),
                                           .notes = std::move(notes)});
}

/// A folder of its own below the system's temporary one, gone at the end.
class WorkFolder {
public:
  llvm::Error make() {
    llvm::SmallString<128> path;
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory("braid-emulation", path))
      return failed({}, "no temporary folder can be made: " + error.message());
    path_ = path.str().str();
    return llvm::Error::success();
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!keep_ && !path_.empty())
      fs::remove_all(path_, ignored);
  }
  void keep() { keep_ = true; }
  const std::string &path() const { return path_; }

private:
  std::string path_;
  bool keep_ = false;
};

class Emulation {
public:
  Emulation(const std::string &bundle, const emit::Context &context, const std::vector<exec::Batch> &inputs,
            EmulationOptions options)
      : bundle_(fs::absolute(bundle).lexically_normal().string()), context_(context), inputs_(inputs),
        options_(std::move(options)) {
    if (options_.trace)
      options_.flags.emplace_back("-DBRAID_TRACE");
    if (options_.jobs == 0)
      options_.jobs = threads();
    frames_ = inputs.empty() ? 0 : inputs[0].frames;
  }

  llvm::Expected<EmulationResult> run() {
    if (llvm::Error error = work_.make())
      return error;
    if (options_.keep)
      work_.keep();
    if (llvm::Error error = readNetwork())
      return error;
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::string> programs = options_.programs;
    if (programs.empty())
      if (llvm::Error error =
              buildPrograms(programFiles(), options_, work_.path(), result_).moveInto(programs))
        return error;
    BRAID_CHECK(programs.size() == context_.projects.size(), "each project has a program");
    const auto built = std::chrono::steady_clock::now();
    if (llvm::Error error = runAll(programs))
      return error;
    if (llvm::Error error = collect())
      return error;
    const auto end = std::chrono::steady_clock::now();
    result_.compileSeconds = std::chrono::duration<double>(built - start).count();
    result_.runSeconds = std::chrono::duration<double>(end - built).count();
    result_.folder = options_.keep ? work_.path() : std::string();
    return std::move(result_);
  }

private:
  llvm::Error readNetwork() {
    const std::string file = bundle_ + "/network/network.json";
    auto text = readBytes(file, "the compiler");
    if (!text)
      return text.takeError();
    auto network = targets::networkFromJson(*text, file);
    if (!network)
      return network.takeError();
    network_ = std::move(*network);
    for (size_t p = 0; p < context_.projects.size(); ++p) {
      const std::string &name = context_.projects[p].name;
      const size_t before = places_.size();
      for (const FpgaSetup &fpga : network_.fpgas)
        for (const PartSetup &part : fpga.parts)
          if (part.project == name && fpga.replicas > 0)
            places_.push_back({&fpga, &part, p});
      if (std::none_of(places_.begin() + static_cast<std::ptrdiff_t>(before), places_.end(),
                       [](const Place &place) { return !place.fpga->isCopy(); }))
        return failed(file, fmt::format("has no FPGA for project {}", name));
    }
    return llvm::Error::success();
  }

  /// Where the image of a project is: not a copy.
  const Place &placeOf(size_t project) const {
    return *std::find_if(places_.begin(), places_.end(), [&](const Place &place) {
      return place.project == project && !place.fpga->isCopy();
    });
  }
  std::vector<const Place *> placesOf(size_t project) const {
    std::vector<const Place *> out;
    for (const Place &place : places_)
      if (place.project == project)
        out.push_back(&place);
    std::sort(out.begin(), out.end(),
              [](const Place *a, const Place *b) { return a->fpga->replica < b->fpga->replica; });
    return out;
  }

  /// Those of all frames that a copy is given.
  int64_t framesOf(const FpgaSetup &fpga) const {
    return (frames_ - fpga.replica + fpga.replicas - 1) / fpga.replicas;
  }

  /// Of a project in the bundle.
  std::string hlsFolder(const emit::Project &project) const {
    const auto p = static_cast<size_t>(&project - context_.projects.data());
    return fmt::format("{}/{}/{}", bundle_, placeOf(p).fpga->name, emit::projectFolder(project));
  }
  std::string emulationFile(const emit::Project &project) const {
    return fmt::format("{}/{}_emu.cpp", hlsFolder(project), project.name);
  }

  std::vector<ProgramFiles> programFiles() const {
    std::vector<ProgramFiles> out;
    for (size_t p = 0; p < context_.projects.size(); ++p) {
      const std::string &name = context_.projects[p].name;
      const Place place = placeOf(p);
      ProgramFiles files;
      files.fpga = place.name();
      files.folder = bundle_ + "/" + place.fpga->name;
      const std::string hls = hlsFolder(context_.projects[p]), firmware = hls + "/firmware",
                        link = files.folder + "/link";
      files.sources = {{fmt::format("{}/{}.cpp", firmware, name), {firmware}},
                       {fmt::format("{}/{}_emu.cpp", hls, name), {}}};
      if (options_.trace) {
        files.sources[0].statements = traceStatements((*options_.trace)[p]);
        files.sources[0].function = name;
      }
      addUnits(files, hls);
      // The wrappers see the firmware's types only; a change of weights or layers leaves them as they are.
      Source &wrappers = files.sources[1];
      wrappers.reads = {link, firmware + "/defines.h", fmt::format("{}/{}.h", firmware, name),
                        firmware + "/ap_types"};
      if (const std::string types = firmware + "/nnet_utils/nnet_types.h"; fs::exists(types))
        wrappers.reads.push_back(types);
      for (const char *suffix : {"_axi.cpp", "_axi.h", "_take.cpp", "_give.cpp"})
        if (fs::exists(hls + "/" + name + suffix))
          wrappers.reads.push_back(hls + "/" + name + suffix);
      files.includes = {hls, firmware, firmware + "/ap_types", firmware + "/nnet_utils", firmware + "/finn"};
      out.push_back(std::move(files));
    }
    return out;
  }

  /// FINN style: the files of units.
  static void addUnits(ProgramFiles &files, const std::string &hls) {
    const auto file = [&](size_t i) { return fmt::format("{}/firmware/units_{}.cpp", hls, i); };
    for (size_t i = 0; fs::exists(file(i)); ++i)
      files.sources.push_back({file(i), {hls + "/units", hls + "/firmware"}});
  }

  /// In dataflow order; FPGAs that wait for nobody else run side by side.
  llvm::Error runAll(const std::vector<std::string> &programs) {
    Router router(network_, context_, frames_);
    std::vector<bool> done(programs.size(), false);
    for (size_t left = places_.size(); left > 0;) {
      std::vector<const Place *> ready;
      for (const Place &place : places_)
        if (!done[place.project] && isReady(place.project, done))
          ready.push_back(&place);
      BRAID_CHECK(!ready.empty(), "FPGAs wait for each other in a circle");
      for (const Place *place : ready)
        if (llvm::Error error = provide(*place, router.inbox(*place->fpga, *place->part), folderOf(*place),
                                        framesOf(*place->fpga)))
          return error;
      llvm::Error crash = forEachJob(ready.size(), options_.jobs, [&](size_t i) {
        return runOne(*ready[i], programs[ready[i]->project], folderOf(*ready[i]), framesOf(*ready[i]->fpga));
      });
      for (const Place *place : ready)
        keepTrace(*place);
      if (crash)
        return crash;
      for (const Place *place : ready) {
        if (llvm::Error error = router.route(*place->fpga, *place->part, folderOf(*place)))
          return error;
        done[place->project] = true;
        --left;
      }
      if (llvm::Error error = runForwards(router, programs))
        return error;
    }
    carried_ = router.carried();
    return llvm::Error::success();
  }

  /// The program of an FPGA's first part forwards what comes in at its ports when it is given no frame.
  llvm::Error runForwards(Router &router, const std::vector<std::string> &programs) {
    size_t hops = 0;
    for (auto waiting = router.takeForwards(); !waiting.empty(); waiting = router.takeForwards()) {
      if (++hops > network_.fpgas.size())
        return failed(bundle_ + "/network/network.json", "packets are forwarded in a circle");
      for (auto &[name, inbox] : waiting) {
        const Place &place = *std::find_if(places_.begin(), places_.end(), [&, &fpga = name](const Place &p) {
          return p.fpga->name == fpga;
        });
        const std::string folder = fmt::format("{}/{}_forward{}", work_.path(), name, forwardRuns_++);
        if (llvm::Error error = provide(place, inbox, folder, 0))
          return error;
        if (llvm::Error error = runOne(place, programs[place.project], folder, 0))
          return error;
        if (llvm::Error error = router.routeForwarded(*place.fpga, folder))
          return error;
      }
    }
    return llvm::Error::success();
  }

  /// What a run recorded, be it that it crashed.
  void keepTrace(const Place &place) const {
    if (!options_.trace)
      return;
    TracedProject &project = (*options_.trace)[place.project];
    project.runs.resize(static_cast<size_t>(place.fpga->replicas));
    TracedRun &run = project.runs[static_cast<size_t>(place.fpga->replica)];
    run.fpga = place.name();
    auto bytes = readBytes(folderOf(place) + "/trace", run.fpga);
    run.began = static_cast<bool>(bytes);
    if (bytes)
      run.recorded = recordingsOf(project, *bytes);
    else
      llvm::consumeError(bytes.takeError());
  }

  bool isReady(size_t p, const std::vector<bool> &done) const {
    const emit::Project &project = context_.projects[p];
    for (const Endpoint &end : project.inputs)
      for (size_t q = 0; q < context_.projects.size(); ++q)
        for (const Endpoint &other : context_.projects[q].outputs)
          if (end.crossing >= 0 && other.crossing == end.crossing && !done[q])
            return false;
    return true;
  }

  std::string folderOf(const Place &place) const {
    return fmt::format("{}/{}{}", work_.path(), place.fpga->name, emit::stageSuffix(place.part->stage));
  }

  /// The files a part reads: the model's inputs, and what has come over the network and from other stages.
  llvm::Error provide(const Place &place, Inbox &inbox, const std::string &folder, int64_t frames) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (options_.trace && frames > 0)
      if (llvm::Error e = writeBytes(folder + "/trace.names", traceNames((*options_.trace)[place.project])))
        return e;
    std::string settings;
    for (const targets::KernelSetting &setting : targets::settingsOf(*place.fpga))
      settings += fmt::format("{} {} {}\n", setting.kernel, setting.name, setting.value);
    if (llvm::Error e = writeBytes(folder + "/settings", settings))
      return e;
    for (const StreamEnd &end : place.part->inputs) {
      const std::string file = end.argument + ".in";
      if (end.kind == Endpoint::Kind::ModelInput) {
        if (frames == 0) {
          if (llvm::Error e = writeBytes(folder + "/" + file, ""))
            return e;
          continue;
        }
        auto batch = inputFor(place, end);
        if (!batch)
          return batch.takeError();
        if (llvm::Error e =
                writeBytes(folder + "/" + file, targets::packFrames(batch->mantissas(), end.words)))
          return e;
      } else if (end.isLocal || network_.transport == targets::Transport::HostTcp) {
        std::vector<std::string> lanes;
        for (const auto &lane : inbox.streams[end.argument])
          lanes.push_back(lane.second);
        if (lanes.empty())
          lanes.emplace_back();
        if (llvm::Error e = writeBytes(folder + "/" + file, interleaved(lanes, end.words.bytes())))
          return e;
      }
    }
    for (const targets::PortSetup &port : place.fpga->ports)
      if (llvm::Error e = writeBytes(fmt::format("{}/port{}.in", folder, port.port), inbox.ports[port.port]))
        return e;
    return llvm::Error::success();
  }

  /// What the host cuts of the model's inputs for a part.
  llvm::Expected<exec::Batch> inputFor(const Place &place, const StreamEnd &end) const {
    const auto input = static_cast<size_t>(end.input);
    const std::string file = bundle_ + "/network/network.json";
    if (end.input < 0 || input >= inputs_.size())
      return failed(
          file, fmt::format("{} takes input {} of a model with {}", place.name(), end.input, inputs_.size()));
    const ir::Model &model = context_.hostModel();
    const ir::Shape &shape = model.stream(model.inputs[input].stream).shape;
    const ir::Shape begin(end.begin.begin(), end.begin.end()), last(end.end.begin(), end.end.end());
    const exec::Batch frames = exec::everyNth(inputs_[input], place.fpga->replica, place.fpga->replicas);
    if (begin == ir::Shape(shape.size(), 0) && last == shape)
      return frames;
    bool inside = begin.size() == shape.size() && last.size() == shape.size();
    for (size_t d = 0; inside && d < shape.size(); ++d)
      inside = begin[d] >= 0 && begin[d] < last[d] && last[d] <= shape[d];
    if (!inside)
      return failed(file, fmt::format("{}: the box of {} does not lie in input {}", place.name(),
                                      end.argument, end.input));
    return exec::cropped(frames, shape, {begin, last});
  }

  llvm::Error runOne(const Place &place, const std::string &program, const std::string &folder,
                     int64_t frames) {
    const std::string who = place.name(), log = folder + "/log";
    const emit::Project &project = context_.projects[place.project];
    const std::string source = emulationFile(project);
    // Weights are read from `weights` below the folder the program runs in.
    auto done = runProcess({program, folder, std::to_string(frames)}, hlsFolder(project) + "/firmware", log);
    if (!done)
      return failed(source, fmt::format("{} does not start: {}", who, llvm::toString(done.takeError())));
    if (!done->ok())
      return failed(source, fmt::format("{} ended with {}", who, done->text()), lastLines(log, 5));
    // No packet is lost on the way we take: what a receiver complains of is a fault of headers or tables.
    auto status = readBytes(folder + "/status", who);
    if (!status)
      return status.takeError();
    llvm::SmallVector<llvm::StringRef, 8> lines;
    llvm::StringRef(*status).split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef line : lines)
      if (!line.endswith(" lost 0 refused 0"))
        return failed(source, fmt::format("{}: {}", who, line));
    return llvm::Error::success();
  }

  llvm::Error collect() {
    for (size_t p = 0; p < context_.projects.size(); ++p) {
      const Place &place = placeOf(p);
      for (const Endpoint &end : context_.projects[p].outputs) {
        const std::vector<StreamEnd> &streams = place.part->outputs;
        const auto at = std::find_if(streams.begin(), streams.end(),
                                     [&](const StreamEnd &s) { return s.argument == end.argument; });
        if (at == streams.end())
          return failed(bundle_ + "/network/network.json",
                        fmt::format("{} has no output {}", place.name(), end.argument));
        if (llvm::Error error =
                end.kind == Endpoint::Kind::Send ? collectCrossing(p, end, *at) : collectOutput(p, end, *at))
          return error;
      }
    }
    return llvm::Error::success();
  }

  llvm::Expected<exec::Batch> batchOf(size_t p, const Endpoint &end, const StreamEnd &stream,
                                      llvm::StringRef bytes) const {
    if (static_cast<int64_t>(bytes.size()) != frames_ * stream.words.bytes())
      return failed(emulationFile(context_.projects[p]),
                    fmt::format("{} gave {} bytes of {}; {} frames are {}", placeOf(p).name(), bytes.size(),
                                end.argument, frames_, frames_ * stream.words.bytes()));
    return exec::Batch{frames_, targets::unpackFrames(bytes, stream.words, end.type.isSigned)};
  }

  llvm::Error collectCrossing(size_t p, const Endpoint &end, const StreamEnd &stream) {
    std::vector<std::string> lanes;
    int64_t wireBytes = 0;
    for (const auto &[lane, carried] : carried_[end.crossing]) {
      lanes.push_back(carried.frames);
      wireBytes += carried.wireBytes;
    }
    auto batch =
        batchOf(p, end, stream, lanes.empty() ? std::string() : interleaved(lanes, stream.words.bytes()));
    if (!batch)
      return batch.takeError();
    result_.crossings[end.crossing] = std::move(*batch);
    result_.wireBytes[end.crossing] = frames_ ? wireBytes / frames_ : 0;
    return llvm::Error::success();
  }

  llvm::Error collectOutput(size_t p, const Endpoint &end, const StreamEnd &stream) {
    std::vector<std::string> copies;
    for (const Place *place : placesOf(p)) {
      auto bytes = readBytes(fmt::format("{}/{}.out", folderOf(*place), end.argument), place->name());
      if (!bytes)
        return bytes.takeError();
      copies.push_back(std::move(*bytes));
    }
    auto batch = batchOf(p, end, stream, interleaved(copies, stream.words.bytes()));
    if (!batch)
      return batch.takeError();
    result_.outputs.resize(context_.whole.outputs.size());
    result_.outputs[static_cast<size_t>(end.port)] = std::move(*batch);
    return llvm::Error::success();
  }

  std::string bundle_;
  const emit::Context &context_;
  const std::vector<exec::Batch> &inputs_;
  EmulationOptions options_;
  int64_t frames_ = 0;
  WorkFolder work_;
  targets::Network network_;
  std::vector<Place> places_; ///< By project, then FPGA
  int forwardRuns_ = 0;
  std::map<int32_t, std::map<int, Carried>> carried_;
  EmulationResult result_;
};

} // namespace

llvm::Expected<EmulationResult> emulate(const std::string &bundleFolder, const emit::Context &context,
                                        const std::vector<exec::Batch> &inputs,
                                        const EmulationOptions &options) {
  return Emulation(bundleFolder, context, inputs, options).run();
}

} // namespace braid::sim
