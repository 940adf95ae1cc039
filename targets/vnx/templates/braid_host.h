// Starts the cards of one host, feeds them frames and collects what comes out.
#pragma once

#include "braid_barrier.h"
#include "braid_frames.h"
#include "braid_vnx.h"

#include <xrt/xrt_bo.h>
#include <xrt/xrt_kernel.h>
#if __has_include(<xrt/experimental/xrt_xclbin.h>)
#include <xrt/experimental/xrt_xclbin.h>
#else
#include <experimental/xrt_xclbin.h>
#endif

#include <future>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

namespace braid::host {

/// A kernel that moves frames between memory and the network's part: input or output `port` of the model.
struct Mover {
  std::string instance;
  int port = 0;
  Words words;
  /// Of an input: the box of its stream that is moved; empty: all of it.
  std::vector<int64_t> begin = {}, end = {};
};
struct CardPlan {
  std::string name, platform;
  double clockMhz = 0;
  std::vector<int> ports; ///< QSFP ports in use
  std::vector<Mover> sources, sinks;
  std::vector<std::string> depacketizers;
  /// Of cards that are copies of one: frame n goes through number n mod replicas.
  int replica = 0, replicas = 1;
};
struct Design {
  std::string host;
  std::vector<std::string> hosts;
  double periodUs = 0; ///< Between frames, by the plan: the slowest part
  std::vector<ModelEnd> inputs, outputs;
  std::vector<CardPlan> cards; ///< Of this host
  int replicas = 1;            ///< Of those parts of the network, on whatever host, that have copies
};

struct Options {
  std::map<std::string, std::string> devices, binaries; ///< By card: PCIe address or index; .xclbin
  std::vector<std::string> inputs, outputs;
  std::string network, rendezvous;
  int64_t frames = -1;
  int seconds = 10;
  bool rsFec = false;
  double periodUs = 0;
};

inline Options parseOptions(const Design &design, int argc, char **argv) {
  Options out;
  out.network = "../network";
  out.periodUs = design.periodUs;
  const auto usage = [&](const std::string &fault) {
    std::string cards;
    for (const CardPlan &card : design.cards)
      cards += " --card " + card.name + "=DEVICE:FILE.xclbin";
    return std::runtime_error(
        fault + "\nusage: " + argv[0] + cards +
        " --input FILE.npy ... --output FILE.npy ... [--frames N] [--network FOLDER]"
        " [--rendezvous ADDRESS:PORT] [--timeout SECONDS] [--rs-fec] [--period-us US]\n"
        "--period-us: a frame starts so often; more, where packets are lost; default: " +
        std::to_string(design.periodUs) +
        ", the plan's\n"
        "DEVICE: PCIe address without function, as 0000-65-00.1 or 65-00.1, or an index");
  };
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--rs-fec") {
      out.rsFec = true;
      continue;
    }
    if (++i >= argc)
      throw usage(flag + " is no option or needs a value");
    const std::string value = argv[i];
    if (flag == "--card") {
      const size_t equals = value.find('='),
                   colon = value.find(':', equals == std::string::npos ? 0 : equals);
      if (equals == std::string::npos || colon == std::string::npos)
        throw usage("--card " + value + " is not NAME=DEVICE:FILE");
      const std::string name = value.substr(0, equals);
      out.devices[name] = value.substr(equals + 1, colon - equals - 1);
      std::replace(out.devices[name].begin(), out.devices[name].end(), '-', ':');
      out.binaries[name] = value.substr(colon + 1);
    } else if (flag == "--input")
      out.inputs.push_back(value);
    else if (flag == "--output")
      out.outputs.push_back(value);
    else if (flag == "--network")
      out.network = value;
    else if (flag == "--rendezvous")
      out.rendezvous = value;
    else if (flag == "--frames")
      out.frames = std::stoll(value);
    else if (flag == "--period-us")
      out.periodUs = std::stod(value);
    else if (flag == "--timeout")
      out.seconds = std::stoi(value);
    else
      throw usage(flag + " is no option");
  }
  for (const CardPlan &card : design.cards)
    if (!out.devices.count(card.name))
      throw usage("card " + card.name + " is not named");
  return out;
}

/// A card that is programmed and joined to the network.
class Card {
public:
  Card(const CardPlan &plan, const Options &options) : plan_(plan), options_(options) {
    const std::string &where = options.devices.at(plan.name);
    const bool isIndex = where.find_first_not_of("0123456789") == std::string::npos;
    device_ = isIndex ? xrt::device(static_cast<unsigned>(std::stoul(where))) : xrt::device(where);
    binary_ = xrt::xclbin(options.binaries.at(plan.name));
    if (binary_.get_xsa_name() != plan.platform)
      std::cerr << plan.name << ": the binary is for " << binary_.get_xsa_name() << ", the plan for "
                << plan.platform << "\n";
    uuid_ = device_.load_xclbin(binary_);
  }

  void joinNetwork() {
    const CardTable table = readSockets(options_.network + "/" + plan_.name + ".sockets");
    for (int port : plan_.ports) {
      Cmac cmac(device_, uuid_, port);
      cmac.setRsFec(options_.rsFec);
      if (!cmac.waitForLink(std::chrono::seconds(options_.seconds)))
        throw std::runtime_error(plan_.name + ": no link at qsfp" + std::to_string(port) + " for " +
                                 std::to_string(options_.seconds) +
                                 " s; both ends need the same RS-FEC, the cable, and power");
      layers_.emplace_back(port, std::make_unique<NetworkLayer>(device_, uuid_, port));
      try {
        layers_.back().second->configure(table.ports.at(port));
      } catch (const std::exception &fault) {
        throw std::runtime_error(plan_.name + " qsfp" + std::to_string(port) + ": " + fault.what());
      }
      layers_.back().second->clearCounters();
    }
    for (const Setting &setting : table.settings)
      if (!isSet(setting))
        throw std::runtime_error(plan_.name + ": " + options_.binaries.at(plan_.name) + " has no register " +
                                 setting.name + " of " + setting.kernel);
  }

  /// Those of a round's frames that go through this card.
  int64_t share(int64_t frames) const {
    return (frames - plan_.replica + plan_.replicas - 1) / plan_.replicas;
  }
  int64_t placeOf(int64_t own) const { return plan_.replica + own * plan_.replicas; }

  void startSinks(int64_t all) {
    const int64_t frames = share(all);
    if (frames == 0)
      return;
    for (const Mover &mover : plan_.sinks) {
      Running &sink = sinks_.emplace_back(device_, uuid_, "s2mm:{" + mover.instance + "}", mover);
      sink.memory =
          xrt::bo(device_, static_cast<size_t>(frames * mover.words.bytes()), sink.kernel.group_id(1));
      sink.marks = xrt::bo(device_, static_cast<size_t>(frames) * sizeof(uint32_t), sink.kernel.group_id(2));
      sink.run = xrt::run(sink.kernel);
      sink.run.set_arg(1, sink.memory);
      sink.run.set_arg(2, *sink.marks);
      sink.run.set_arg(3, static_cast<uint32_t>(mover.words.words()));
      sink.run.set_arg(4, static_cast<uint32_t>(frames));
      sink.run.start();
    }
  }

  /// `values`: per input of the model, all frames of this round in the ONNX file's order.
  void startSources(const std::vector<ModelEnd> &ends, const std::vector<const double *> &values,
                    int64_t all) {
    const int64_t frames = share(all);
    if (frames == 0)
      return;
    for (const Mover &mover : plan_.sources) {
      Running &source = sources_.emplace_back(device_, uuid_, "mm2s:{" + mover.instance + "}", mover);
      source.memory =
          xrt::bo(device_, static_cast<size_t>(frames * mover.words.bytes()), source.kernel.group_id(0));
      const ModelEnd &end = ends[static_cast<size_t>(mover.port)];
      const std::vector<int64_t> places = onnxPlaces(end, mover.begin, mover.end);
      auto *bytes = source.memory.map<uint8_t *>();
      for (int64_t f = 0; f < frames; ++f)
        packFrame(values[static_cast<size_t>(mover.port)] + placeOf(f) * end.elements(), end, mover.words,
                  places, bytes + f * mover.words.bytes());
      source.memory.sync(XCL_BO_SYNC_BO_TO_DEVICE);
      source.run = xrt::run(source.kernel);
      source.run.set_arg(0, source.memory);
      source.run.set_arg(1, static_cast<uint32_t>(mover.words.words()));
      source.run.set_arg(2, static_cast<uint32_t>(frames));
      source.run.set_arg(
          3, static_cast<uint32_t>(std::ceil(options_.periodUs * plan_.replicas * plan_.clockMhz)));
      source.run.start();
    }
  }

  /// Whether all that was started has ended in time. `values`: per output of the model; the round's frames
  /// are from `first`. Those that go through copies on other hosts are no numbers.
  bool finish(const std::vector<ModelEnd> &ends, std::vector<std::vector<float>> &values, int64_t first,
              int64_t all) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options_.seconds);
    bool inTime = true;
    for (std::vector<Running> *side : {&sinks_, &sources_})
      for (Running &running : *side) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        running.run.wait(std::max(left, std::chrono::milliseconds(1)));
        if (running.run.state() != ERT_CMD_STATE_COMPLETED) {
          std::cerr << plan_.name << ": " << running.mover.instance << " has not ended within "
                    << options_.seconds << " s\n";
          inTime = false;
        }
      }
    if (inTime)
      for (Running &sink : sinks_)
        collect(sink, ends[static_cast<size_t>(sink.mover.port)],
                values[static_cast<size_t>(sink.mover.port)], first, all);
    sinks_.clear();
    sources_.clear();
    return inTime;
  }

  /// Packets at each port and what the receivers have met: equal numbers at both ends of a cable mean no
  /// loss.
  void printCounters(std::ostream &out) {
    for (auto &[port, layer] : layers_)
      out << plan_.name << " qsfp" << port << ": " << layer->packetsSent() << " packets sent, "
          << layer->packetsReceived() << " received\n";
    for (const std::string &name : plan_.depacketizers) {
      const auto [lost, refused] = errorsOf(name);
      out << plan_.name << " " << name << ": " << lost << " packets lost, " << refused << " refused\n";
    }
  }
  bool hasErrors() {
    for (const std::string &name : plan_.depacketizers)
      if (errorsOf(name) != std::pair<uint32_t, uint32_t>(0, 0))
        return true;
    return marked_ > 0;
  }
  int64_t marked() const { return marked_; }

private:
  struct Running {
    Running(const xrt::device &device, const xrt::uuid &uuid, const std::string &name, const Mover &m)
        : kernel(device, uuid, name), mover(m) {}
    xrt::kernel kernel;
    Mover mover;
    xrt::bo memory;
    std::optional<xrt::bo> marks;
    xrt::run run;
  };

  void collect(Running &sink, const ModelEnd &end, std::vector<float> &values, int64_t first, int64_t all) {
    sink.memory.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    sink.marks->sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    const Words &words = sink.mover.words;
    const std::vector<int64_t> places = onnxPlaces(end, words.elements);
    const auto *bytes = sink.memory.map<uint8_t *>();
    const auto *marks = sink.marks->map<uint32_t *>();
    values.resize(static_cast<size_t>((first + all) * words.elements),
                  std::numeric_limits<float>::quiet_NaN());
    for (int64_t f = 0; f < share(all); ++f) {
      unpackFrame(bytes + f * words.bytes(), end, words, places,
                  values.data() + static_cast<size_t>((first + placeOf(f)) * words.elements));
      marked_ += marks[f] != 0;
    }
  }

  /// A free-running kernel's register, found by its name.
  std::optional<uint32_t> offsetOf(const std::string &kernelName, const std::string &registerName) {
    for (const xrt::xclbin::arg &argument : binary_.get_ip(kernelName + ":" + kernelName + "_0").get_args())
      if (argument.get_name() == registerName)
        return static_cast<uint32_t>(argument.get_offset());
    return std::nullopt;
  }
  xrt::ip freeRunning(const std::string &kernelName) {
    return xrt::ip(device_, uuid_, kernelName + ":{" + kernelName + "_0}");
  }
  std::pair<uint32_t, uint32_t> errorsOf(const std::string &kernelName) {
    uint32_t values[2] = {0, 0};
    xrt::ip ip = freeRunning(kernelName);
    for (int i = 0; i < 2; ++i)
      if (const auto offset = offsetOf(kernelName, i ? "refused" : "lost"))
        values[i] = ip.read_register(*offset);
    return {values[0], values[1]};
  }
  bool isSet(const Setting &setting) {
    const auto offset = offsetOf(setting.kernel, setting.name);
    if (offset)
      freeRunning(setting.kernel).write_register(*offset, setting.value);
    return offset.has_value();
  }

  CardPlan plan_;
  const Options &options_;
  xrt::device device_;
  xrt::xclbin binary_;
  xrt::uuid uuid_;
  std::vector<std::pair<int, std::unique_ptr<NetworkLayer>>> layers_;
  std::vector<Running> sinks_, sources_;
  int64_t marked_ = 0;
};

class Session {
public:
  Session(const Design &design, const Options &options)
      : design_(design), options_(options),
        barrier_(design.hosts, design.host, options.rendezvous, options.seconds),
        outputs_(design.outputs.size()) {}

  int run() {
    readInputs();
    // Programming takes seconds a card; all at once.
    std::vector<std::future<std::unique_ptr<Card>>> programmed;
    for (const CardPlan &plan : design_.cards)
      programmed.push_back(
          std::async(std::launch::async, [&] { return std::make_unique<Card>(plan, options_); }));
    for (auto &card : programmed)
      cards_.push_back(card.get());
    std::this_thread::sleep_for(std::chrono::seconds(1)); // transceivers settle
    barrier_.wait("programmed");
    for (auto &card : cards_)
      card->joinNetwork();
    barrier_.wait("network is up");

    const int64_t perRound = framesPerRound();
    for (int64_t first = 0; first < dealt_; first += perRound)
      if (!runRound(first, std::min(perRound, dealt_ - first)))
        return 1;
    writeOutputs();
    return report();
  }

private:
  void readInputs() {
    const size_t count = design_.inputs.size();
    values_.resize(count);
    frames_ = options_.frames;
    for (const CardPlan &card : design_.cards)
      for (const Mover &mover : card.sources) {
        const auto port = static_cast<size_t>(mover.port);
        if (!values_[port].empty())
          continue;
        if (port >= options_.inputs.size())
          throw std::runtime_error("input '" + design_.inputs[port].name + "' needs --input, the " +
                                   std::to_string(port + 1) + ". of them");
        values_[port] = readNpy(options_.inputs[port]);
        const auto size = static_cast<int64_t>(values_[port].size());
        const int64_t elements = design_.inputs[port].elements();
        if (size == 0 || size % elements != 0)
          throw std::runtime_error(options_.inputs[port] + ": " + std::to_string(size) +
                                   " numbers are no whole frames of " + std::to_string(elements));
        const int64_t frames = size / elements;
        frames_ = frames_ < 0 ? frames : std::min(frames_, frames);
      }
    if (frames_ < 0)
      throw std::runtime_error(design_.host +
                               " reads no input: say with --frames how many there will be, as on the others");
    // Whole turns through the copies, the last filled up with frames of zeros: kernels that deal or collect
    // begin the next run where this one ends.
    dealt_ = (frames_ + design_.replicas - 1) / design_.replicas * design_.replicas;
    for (size_t port = 0; port < count; ++port)
      if (!values_[port].empty())
        values_[port].resize(static_cast<size_t>(dealt_ * design_.inputs[port].elements()));
  }

  /// What fits in 64 MiB per mover.
  int64_t framesPerRound() const {
    int64_t largest = 64;
    for (const CardPlan &card : design_.cards)
      for (const auto *side : {&card.sources, &card.sinks})
        for (const Mover &mover : *side)
          largest = std::max(largest, mover.words.bytes());
    // Hosts must agree, and only sizes of the model's ends are known to all.
    for (const auto *ends : {&design_.inputs, &design_.outputs})
      for (const ModelEnd &end : *ends)
        largest = std::max(largest, Words{512, end.type.width, end.elements()}.bytes());
    // Whole turns, so that every round begins at the first copy.
    const int64_t turns = (int64_t(64) << 20) / largest / design_.replicas;
    return std::max<int64_t>(1, turns) * design_.replicas;
  }

  bool runRound(int64_t first, int64_t frames) {
    // Sinks before sources: nothing on the way can wait.
    for (auto card = cards_.rbegin(); card != cards_.rend(); ++card)
      (*card)->startSinks(frames);
    barrier_.wait("sinks wait");
    std::vector<const double *> values;
    for (size_t port = 0; port < values_.size(); ++port)
      values.push_back(values_[port].data() + first * design_.inputs[port].elements());
    for (auto &card : cards_)
      card->startSources(design_.inputs, values, frames);
    bool inTime = true;
    for (auto &card : cards_)
      inTime = card->finish(design_.outputs, outputs_, first, frames) && inTime;
    if (!inTime) {
      for (auto &card : cards_)
        card->printCounters(std::cerr);
      std::cerr << "packets are lost where one end has sent more than the other has received; a longer "
                   "--period-us gives the "
                   "slowest card time; reset the cards before the next run\n";
      return false;
    }
    barrier_.wait("frames are through");
    return true;
  }

  void writeOutputs() {
    for (size_t port = 0; port < options_.outputs.size() && port < outputs_.size(); ++port)
      if (!outputs_[port].empty()) {
        outputs_[port].resize(static_cast<size_t>(frames_ * design_.outputs[port].elements()));
        writeNpy(options_.outputs[port], frames_, design_.outputs[port].shape, outputs_[port]);
      }
  }

  int report() {
    bool errors = false;
    int64_t marked = 0;
    for (auto &card : cards_) {
      errors = card->hasErrors() || errors;
      marked += card->marked();
    }
    std::cout << frames_ << " frames, " << marked << " of them marked as damaged on the way\n";
    if (errors)
      for (auto &card : cards_)
        card->printCounters(std::cerr);
    return errors ? 1 : 0;
  }

  const Design &design_;
  const Options &options_;
  Barrier barrier_;
  int64_t frames_ = 0, dealt_ = 0;
  std::vector<std::vector<double>> values_;
  std::vector<std::vector<float>> outputs_;
  std::vector<std::unique_ptr<Card>> cards_;
};

inline int run(const Design &design, int argc, char **argv) {
  try {
    const Options options = parseOptions(design, argc, argv);
    return Session(design, options).run();
  } catch (const std::exception &fault) {
    std::cerr << design.host << ": error: " << fault.what() << "\n";
    return 1;
  }
}

} // namespace braid::host
