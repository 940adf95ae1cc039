#include "braid/partition/milp.h"

#include "braid/support/error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

namespace braid::partition {

namespace {

/// A sum of variables and a number.
struct Sum {
  std::map<std::string, double> terms;
  double constant = 0;

  Sum &add(const Sum &other, double times = 1) {
    for (const auto &[name, factor] : other.terms)
      terms[name] += times * factor;
    constant += times * other.constant;
    return *this;
  }
};
Sum operator+(Sum a, const Sum &b) { return a.add(b); }
Sum operator-(Sum a, const Sum &b) { return a.add(b, -1); }
Sum operator*(double times, const Sum &a) { return Sum{}.add(a, times); }
Sum number(double value) { return {{}, value}; }
Sum variable(const std::string &name) { return {{{name, 1}}, 0}; }

/// Variables, all but the period from 0 to 1 unless said: x_l_c_q_d layer l is choice c on die d of FPGA
/// number q of the walk; turned_q its dies are filled from the last on. What is derived of those is no less
/// than it must be, which suffices since each only takes.
class Program {
public:
  Program(const Problem &problem, const std::vector<int> &walk)
      : p_(problem), walk_(walk), n_(problem.cuts()), m_(static_cast<int>(walk.size())) {}

  std::string text() {
    scale();
    place();
    for (int q = 0; q < m_; ++q)
      take(q);
    return write();
  }
  /// Femtoseconds of a unit of the period.
  double unitFs() {
    scale();
    return unit_;
  }

private:
  const Kind &kind(int q) const { return p_.kinds[kindOf(q)]; }
  size_t kindOf(int q) const {
    return static_cast<size_t>(p_.fpgas[static_cast<size_t>(walk_[static_cast<size_t>(q)])].kind);
  }
  int dies(int q) const { return static_cast<int>(kind(q).dies.size()); }
  const Layer &layer(int l) const { return p_.layers[static_cast<size_t>(l)]; }

  void scale();
  void place();
  void take(int q);
  void takeStreams(int q, std::vector<std::array<Sum, kResources>> &used);
  void takeConverters(int q, std::vector<std::array<Sum, kResources>> &used);
  std::string write() const;

  static std::string x(int l, size_t c, int q, int d) { return fmt::format("x_{}_{}_{}_{}", l, c, q, d); }
  /// Whether layer l is on that die, on that FPGA, on it or one before.
  Sum on(int l, int q, int d) const;
  Sum on(int l, int q) const;
  Sum upTo(int l, int q) const;

  /// a <= b
  void atMost(const Sum &a, const Sum &b) { rows_.push_back({a - b, "<="}); }
  void equal(const Sum &a, const Sum &b) { rows_.push_back({a - b, "="}); }
  /// A variable from 0 to `most` that is none of `sums` less than.
  Sum atLeast(const std::string &name, const std::vector<Sum> &sums, double most = 1) {
    const Sum result = variable(name);
    bounds_[name] = most;
    for (const Sum &sum : sums)
      atMost(sum, result);
    return result;
  }
  /// `fs` x `of` is no more than the period.
  void inPeriod(const Sum &of) { atMost((1 / unit_) * of, variable("period")); }

  const Problem &p_;
  const std::vector<int> &walk_;
  int n_, m_;
  double unit_ = 1;
  std::vector<std::pair<Sum, const char *>> rows_; // Against 0
  std::map<std::string, double> bounds_;
  std::set<std::string> binaries_;
};

/// The slowest choice takes 1000 units, or there are fewer units than femtoseconds.
void Program::scale() {
  double slowest = 1;
  for (int l = 0; l < n_; ++l)
    for (int q = 0; q < m_; ++q)
      if (p_.mayBeOn(l, static_cast<int>(kindOf(q))))
        for (const Choice &choice : p_.table(l, static_cast<int>(kindOf(q))))
          slowest =
              std::max(slowest, static_cast<double>(choice.cycles) * static_cast<double>(kind(q).cycleFs));
  unit_ = std::max(1.0, slowest / 1000);
}

Sum Program::on(int l, int q, int d) const {
  Sum sum;
  if (p_.mayBeOn(l, static_cast<int>(kindOf(q))) && (layer(l).die < 0 || layer(l).die == d))
    for (size_t c = 0; c < p_.table(l, static_cast<int>(kindOf(q))).size(); ++c)
      sum.add(variable(x(l, c, q, d)));
  return sum;
}
Sum Program::on(int l, int q) const {
  Sum sum;
  for (int d = 0; d < dies(q); ++d)
    sum.add(on(l, q, d));
  return sum;
}
Sum Program::upTo(int l, int q) const { return q < 0 ? Sum{} : variable(fmt::format("upto_{}_{}", l, q)); }

/// Each layer in one place, the places in order.
void Program::place() {
  for (int l = 0; l < n_; ++l) {
    Sum all;
    for (int q = 0; q < m_; ++q) {
      all.add(on(l, q));
      equal(upTo(l, q), upTo(l, q - 1) + on(l, q));
      bounds_[fmt::format("upto_{}_{}", l, q)] = 1;
      for (const auto &[name, factor] : on(l, q).terms)
        binaries_.insert(name);
      if (layer(l).staysWithLast && l > 0)
        equal(on(l, q), on(l - 1, q));
      if (l > 0)
        atMost(upTo(l, q), upTo(l - 1, q));
    }
    equal(all, number(1));
  }
  for (int q = 0; q < m_; ++q) {
    Sum layers;
    for (int l = 0; l < n_; ++l)
      layers.add(on(l, q));
    atMost(number(1), layers);
    const std::string turned = fmt::format("turned_{}", q);
    binaries_.insert(turned);
    for (int l = 0; l + 1 < n_; ++l) {
      // Up to a die from the first on, and from the last on: as the FPGAs, if dies are filled so.
      Sum first = upTo(l, q - 1), firstNext = upTo(l + 1, q - 1), last = first, lastNext = firstNext;
      for (int d = 0; d + 1 < dies(q); ++d) {
        first.add(on(l, q, d));
        firstNext.add(on(l + 1, q, d));
        last.add(on(l, q, dies(q) - 1 - d));
        lastNext.add(on(l + 1, q, dies(q) - 1 - d));
        atMost(firstNext - first, variable(turned));
        atMost(lastNext - last, number(1) - variable(turned));
      }
    }
  }
}

/// What an FPGA's layers, converters and streams take of its dies and of the period.
void Program::take(int q) {
  const int k = static_cast<int>(kindOf(q));
  std::vector<std::array<Sum, kResources>> used(kind(q).dies.size());
  for (int l = 0; l < n_; ++l) {
    Sum time;
    for (int d = 0; d < dies(q); ++d)
      for (size_t c = 0; c < on(l, q, d).terms.size(); ++c) {
        const Sum is = variable(x(l, c, q, d));
        const Choice &choice = p_.table(l, k)[c];
        time.add(is, static_cast<double>(choice.cycles) * static_cast<double>(kind(q).cycleFs));
        for (size_t r = 0; r < kResources; ++r)
          used[static_cast<size_t>(d)][r].add(is, static_cast<double>(choice.needs[r]));
      }
    inPeriod(time);
  }
  takeConverters(q, used);
  takeStreams(q, used);
  for (size_t d = 0; d < used.size(); ++d)
    for (size_t r = 0; r < kResources; ++r)
      atMost(used[d][r], number(static_cast<double>(kind(q).dies[d].capacity[r])));
}

/// Each pair of classes of words, where both layers are on the die.
void Program::takeConverters(int q, std::vector<std::array<Sum, kResources>> &used) {
  const int k = static_cast<int>(kindOf(q));
  for (int l = 1; l < n_; ++l) {
    const auto &converters = layer(l).words;
    if (converters.empty() || converters[static_cast<size_t>(k)] < 0 || !p_.mayBeOn(l, k) ||
        !p_.mayBeOn(l - 1, k))
      continue;
    const Words &words = p_.words[static_cast<size_t>(converters[static_cast<size_t>(k)])];
    for (int d = 0; d < dies(q); ++d) {
      if (on(l, q, d).terms.empty() || on(l - 1, q, d).terms.empty())
        continue;
      std::map<int32_t, Sum> gives, takes;
      for (size_t c = 0; c < p_.table(l - 1, k).size(); ++c)
        gives[p_.table(l - 1, k)[c].out].add(variable(x(l - 1, c, q, d)));
      for (size_t c = 0; c < p_.table(l, k).size(); ++c)
        takes[p_.table(l, k)[c].in].add(variable(x(l, c, q, d)));
      for (const auto &[out, given] : gives)
        for (const auto &[in, taken] : takes) {
          const Needs &needs = words[static_cast<size_t>(out)][static_cast<size_t>(in)];
          if (needs == Needs{})
            continue;
          const Sum both =
              atLeast(fmt::format("words_{}_{}_{}_{}_{}", l, q, d, out, in), {given + taken - number(1)});
          for (size_t r = 0; r < kResources; ++r)
            used[static_cast<size_t>(d)][r].add(both, static_cast<double>(needs[r]));
        }
    }
  }
}

void Program::takeStreams(int q, std::vector<std::array<Sum, kResources>> &used) {
  const Kind &k = kind(q);
  const auto charge = [&](int die, const Needs &needs, const Sum &times) {
    for (size_t r = 0; r < kResources; ++r)
      used[static_cast<size_t>(die)][r].add(times, static_cast<double>(needs[r]));
  };
  Sum in, out, hostIn, hostOut;
  std::vector<Sum> comes, goes;
  for (size_t i = 0; i < p_.streams.size(); ++i) {
    const Stream &s = p_.streams[i];
    const Stream::Ends &ends = s.ends[kindOf(q)];
    std::vector<int> readers = s.to;
    const bool givesToHost = s.from >= 0 && readers.back() == n_;
    if (readers.back() == n_)
      readers.pop_back();
    const auto moved = [&](const Sum &is) {
      inPeriod(static_cast<double>(ends.cycles) * static_cast<double>(k.cycleFs) * is);
    };
    if (givesToHost) {
      charge(k.hostDie, ends.toHost, on(s.from, q));
      hostOut.add(on(s.from, q), static_cast<double>(s.hostFs));
      moved(on(s.from, q));
    }
    if (readers.empty())
      continue;
    std::vector<Sum> here;
    for (int t : readers)
      here.push_back(s.from < 0 ? on(t, q) : on(t, q) - on(s.from, q));
    const std::string at = fmt::format("_{}_{}", i, q);
    if (s.from < 0) {
      const Sum taken = atLeast("fromhost" + at, here);
      charge(k.hostDie, ends.fromHost, taken);
      hostIn.add(taken, static_cast<double>(s.hostFs));
      moved(taken);
      continue;
    }
    const Sum behind = number(1) - upTo(readers.back(), q), before = upTo(s.from, q - 1);
    if (p_.hops)
      here.push_back(before + behind - number(1));
    const Sum received = atLeast("received" + at, here);
    charge(k.portDie, ends.receive, received);
    in.add(received, static_cast<double>(s.linkFs));
    comes.push_back(received);
    moved(received);
    // From here on, or handed on.
    std::vector<Sum> leaving{on(s.from, q) + behind - number(1)};
    if (p_.hops)
      leaving.push_back(before + behind - number(1));
    const Sum leaves = atLeast("leaves" + at, leaving);
    moved(leaves);
    goes.push_back(leaves);
    Sum copies = leaves;
    if (!p_.hops && q + 1 < m_) {
      // Receivers, if the layer is here.
      const double most = m_ - 1 - q;
      Sum receivers;
      for (int other = q + 1; other < m_; ++other)
        receivers.add(variable(fmt::format("received_{}_{}", i, other)));
      copies = atLeast("copies" + at, {leaves, receivers - most * (number(1) - on(s.from, q))}, most);
    }
    charge(k.portDie, ends.send, copies);
    out.add(copies, static_cast<double>(s.linkFs));
  }
  const Sum usesIn = atLeast(fmt::format("portin_{}", q), comes),
            usesOut = atLeast(fmt::format("portout_{}", q), goes);
  charge(k.portDie, k.stack,
         k.hasPortPerSide ? usesIn + usesOut : atLeast(fmt::format("port_{}", q), {usesIn, usesOut}));
  inPeriod(k.hostSharesPort ? in + hostIn : in);
  inPeriod(k.hostSharesPort ? out + hostOut : out);
  inPeriod(hostIn);
  inPeriod(hostOut);
}

std::string Program::write() const {
  std::string text = "Minimize\n objective: period\nSubject To\n";
  size_t index = 0;
  for (const auto &[sum, relation] : rows_) {
    std::string row;
    int inLine = 0;
    for (const auto &[name, factor] : sum.terms)
      if (factor != 0)
        row += fmt::format("{}{} {:.17g} {}", inLine++ % 6 == 5 ? "\n  " : " ", factor < 0 ? '-' : '+',
                           std::abs(factor), name);
    // A row without variables: it holds, or nothing does.
    if (row.empty() && (relation[0] == '<' ? sum.constant <= 0 : sum.constant == 0))
      continue;
    if (row.empty())
      row = " + 0 period";
    text += fmt::format(" r{}:{} {} {:.17g}\n", index++, row, relation, -sum.constant + 0.0);
  }
  text += "Bounds\n";
  for (const auto &[name, most] : bounds_)
    text += fmt::format(" 0 <= {} <= {}\n", name, most);
  text += "Binaries\n";
  for (const std::string &name : binaries_)
    text += " " + name + "\n";
  return text + "End\n";
}

/// The plan that the variables of one stand for.
Solution planOf(const Problem &problem, const std::vector<int> &walk, const std::set<std::string> &ones) {
  Solution plan;
  plan.choices.assign(problem.layers.size(), 0);
  std::vector<std::vector<int>> layersOn; // By die
  for (size_t q = 0; q < walk.size(); ++q) {
    const int kind = problem.fpgas[static_cast<size_t>(walk[q])].kind;
    const size_t dies = problem.kind(kind).dies.size();
    Part part{kind, {walk[q]}, plan.parts.empty() ? 0 : plan.parts.back().end, 0, false, {}};
    part.fromLast = ones.count(fmt::format("turned_{}", q)) > 0;
    part.end = part.begin;
    layersOn.assign(dies, {});
    for (const std::string &name : ones) {
      llvm::SmallVector<llvm::StringRef, 5> fields;
      llvm::StringRef(name).split(fields, '_');
      if (fields[0] != "x" || std::stoul(fields[3].str()) != q)
        continue;
      const int layer = std::stoi(fields[1].str());
      plan.choices[static_cast<size_t>(layer)] = std::stoi(fields[2].str());
      layersOn[std::stoul(fields[4].str())].push_back(layer);
      part.end = std::max(part.end, layer + 1);
    }
    for (size_t d = 0; d < dies; ++d) {
      int end = part.ends.empty() ? part.begin : part.ends.back();
      for (int layer : layersOn[part.fromLast ? dies - 1 - d : d])
        end = std::max(end, layer + 1);
      part.ends.push_back(end);
    }
    plan.parts.push_back(part);
  }
  return plan;
}

llvm::Error failed(const std::string &what) {
  return userError(ExitCode::Internal, {.message = "cbc: " + what});
}

/// The number behind `label` in cbc's report.
std::optional<double> reported(llvm::StringRef report, llvm::StringRef label) {
  const size_t at = report.rfind(label);
  double value = 0;
  if (at == llvm::StringRef::npos ||
      report.substr(at + label.size()).split('\n').first.trim().getAsDouble(value))
    return std::nullopt;
  return value;
}

llvm::Expected<MilpAnswer> readAnswer(const Problem &problem, const std::vector<int> &walk, double unit,
                                      llvm::StringRef solution, llvm::StringRef report) {
  const auto [status, lines] = solution.split('\n');
  MilpAnswer answer;
  if (status.contains_insensitive("infeasible"))
    return answer;
  const bool isOptimal = status.startswith("Optimal");
  if (!isOptimal && !status.startswith("Stopped"))
    return failed("'" + status.str() + "' is neither optimal, stopped nor infeasible");
  answer.status = isOptimal ? MilpAnswer::Status::Optimal : MilpAnswer::Status::Stopped;
  std::set<std::string> ones;
  double period = 0;
  llvm::SmallVector<llvm::StringRef> all;
  lines.split(all, '\n');
  for (llvm::StringRef line : all) {
    llvm::SmallVector<llvm::StringRef> fields;
    line.ltrim("* ").split(fields, ' ', -1, /*KeepEmpty=*/false);
    double value = 0;
    if (fields.size() < 3 || fields[2].getAsDouble(value))
      continue;
    if (fields[1] == "period")
      period = value;
    else if (value > 0.5)
      ones.insert(fields[1].str());
  }
  const auto isPlaced = [](const std::string &name) { return llvm::StringRef(name).startswith("x_"); };
  // Stopped before a plan was found, cbc writes what it has.
  if (static_cast<size_t>(std::count_if(ones.begin(), ones.end(), isPlaced)) == problem.layers.size() &&
      !report.contains("No feasible solution found")) {
    answer.solution = planOf(problem, walk, ones);
    answer.solution->periodFs = std::llround(period * unit);
  }
  answer.boundFs = (isOptimal ? period : reported(report, "Lower bound:").value_or(0)) * unit;
  return answer;
}

} // namespace

std::string milpText(const Problem &problem, const std::vector<int> &walk) {
  return Program(problem, walk).text();
}

llvm::Expected<MilpAnswer> solveMilp(const Problem &problem, const std::vector<int> &walk, int seconds) {
  const llvm::ErrorOr<std::string> cbc = llvm::sys::findProgramByName("cbc");
  if (!cbc)
    return failed("not installed (Debian: coinor-cbc)");
  llvm::SmallString<128> folder;
  if (const std::error_code error = llvm::sys::fs::createUniqueDirectory("braid-milp", folder))
    return failed(error.message());
  const std::string base = folder.str().str(), program = base + "/problem.lp",
                    solution = base + "/solution.txt", report = base + "/report.txt";
  std::error_code error;
  llvm::raw_fd_ostream(program, error) << milpText(problem, walk);
  const std::string limit = std::to_string(seconds);
  const llvm::StringRef arguments[] = {*cbc, program,  "-seconds",  limit,   "-ratioGap",
                                       "0",  "-solve", "-solution", solution};
  std::string message;
  const int code =
      error
          ? -1
          : llvm::sys::ExecuteAndWait(*cbc, arguments, llvm::None,
                                      {llvm::StringRef(""), llvm::StringRef(report), llvm::StringRef(report)},
                                      /*SecondsToWait=*/static_cast<unsigned>(seconds) + 60,
                                      /*MemoryLimit=*/0, &message);
  const auto solved = llvm::MemoryBuffer::getFile(solution), reportText = llvm::MemoryBuffer::getFile(report);
  llvm::sys::fs::remove_directories(folder);
  if (code != 0 || !solved || !reportText)
    return failed("ended with " + std::to_string(code) + " " + message);
  return readAnswer(problem, walk, Program(problem, walk).unitFs(), (*solved)->getBuffer(),
                    (*reportText)->getBuffer());
}

} // namespace braid::partition
