// The report as one self-contained page: no script, no file beside it.
#include "braid/driver/report.h"

#include "markup.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

constexpr const char *kStyle = R"(
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2530}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid #dde3ea;text-align:right;white-space:nowrap}
th:first-child,td:first-child,td.text,th.text{text-align:left}
th{background:#f2f5f8;font-weight:600}
.cards{display:flex;flex-wrap:wrap;gap:1rem}.card{background:#f2f5f8;border-radius:.5rem;padding:.6rem 1rem;min-width:9rem}
.card b{display:block;font-size:1.3rem}
.bar{background:#dde3ea;border-radius:3px;height:.6rem;width:8rem;display:inline-block;vertical-align:middle}
.bar i{background:#2f6fb0;border-radius:3px;height:.6rem;display:block}
.wide{overflow-x:auto}
)";

std::string textOf(const ordered_json &value) {
  if (value.is_string())
    return escaped(value.get<std::string>());
  if (value.is_number_integer())
    return withThousands(value.get<int64_t>());
  return value.dump();
}

std::string card(const std::string &name, const std::string &value) {
  return fmt::format("<div class=card>{}<b>{}</b></div>", escaped(name), escaped(value));
}

std::string resourceHead(const ordered_json &resources) {
  std::string out;
  for (const auto &[name, value] : resources.items())
    out += "<th>" + name;
  return out;
}

std::string resourceCells(const ordered_json &resources) {
  std::string out;
  for (const auto &[name, value] : resources.items())
    out += "<td>" + textOf(value);
  return out;
}

/// FIFOs and the network stack have none of their own.
std::string cyclesOf(const ordered_json &cycles) { return cycles == 0 ? "" : textOf(cycles); }

/// An FPGA and those that hold the same.
std::string namesOf(const ordered_json &fpga) {
  std::string out = textOf(fpga["name"]);
  for (const ordered_json &copy : fpga["copies"])
    out += ", " + textOf(copy);
  return out;
}

std::string fpgaSection(const ordered_json &fpga) {
  std::string out = fmt::format("<h2>{} <small>({}, {} MHz)</small></h2><p>One frame every {} cycles, {} "
                                "frames/s at {} MHz; latency {} cycles = {:.3f} µs.</p>",
                                namesOf(fpga), textOf(fpga["device"]), fpga["clock_mhz"].dump(),
                                textOf(fpga["interval_cycles"]),
                                withThousands(static_cast<int64_t>(fpga["clock_mhz"].get<double>() * 1e6 /
                                                                   fpga["interval_cycles"].get<double>())),
                                fpga["clock_mhz"].dump(), textOf(fpga["latency_cycles"]),
                                fpga["latency_cycles"].get<double>() / fpga["clock_mhz"].get<double>());
  out += "<table><tr><th>resource<th>used<th>budget<th>shell<th>reserved<th>on the device<th "
         "class=text>share of "
         "budget</tr>";
  for (const auto &[name, used] : fpga["used"].items()) {
    const int64_t budget = fpga["budget"][name];
    const double share = budget > 0 ? 100.0 * used.get<double>() / static_cast<double>(budget) : 0;
    out += fmt::format("<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td class=text><span class=bar><i "
                       "style=\"width:{:.0f}%\"></i></span> {:.0f}%</tr>",
                       name, textOf(used), textOf(fpga["budget"][name]), textOf(fpga["shell"][name]),
                       textOf(fpga["reserved"][name]), textOf(fpga["available"][name]),
                       std::min(share, 100.0), share);
  }
  out += "</table><div class=wide><table><tr><th>layer<th class=text>kind<th "
         "class=text>implementation<th>interval, cycles<th>latency, cycles" +
         resourceHead(fpga["used"]) + "<th class=text>basis</tr>";
  for (const ordered_json &layer : fpga["layers"])
    out += fmt::format("<tr><td>{}<td class=text>{}<td class=text>{}<td>{}<td>{}{}<td class=text>{}</tr>",
                       textOf(layer["name"]), textOf(layer["kind"]), textOf(layer["implementation"]),
                       cyclesOf(layer["interval_cycles"]), cyclesOf(layer["latency_cycles"]),
                       resourceCells(layer["used"]), textOf(layer["basis"]));
  return out + "</table></div>";
}

std::string share(const ordered_json &of) {
  const double value = 100 * of.get<double>();
  return fmt::format("<td class=text><span class=bar><i style=\"width:{:.0f}%\"></i></span> {:.0f}%",
                     std::min(value, 100.0), value);
}

/// The model's inputs, the streams between FPGAs, the model's outputs.
std::string movesSection(const ordered_json &report) {
  std::string out = "<h2>What moves per frame</h2><div class=wide><table><tr><th>stream<th "
                    "class=text>from<th class=text>to<th class=text>link<th>bits"
                    "<th>bytes on the wire<th>µs on the wire<th>latency µs<th class=text>of the period</tr>";
  const auto end = [&](const ordered_json &e, bool in) {
    const std::string fpga = textOf(e["fpga"]);
    const bool isKnown = e["microseconds"].get<double>() > 0;
    out += fmt::format(
        "<tr><td>{}<td class=text>{}<td class=text>{}<td class=text>{}<td>{}<td>{}<td>{}<td>{}</tr>",
        textOf(e["stream"]), in ? "host" : fpga, in ? fpga : "host", textOf(e["way"]),
        textOf(e["bits_per_frame"]), textOf(e["wire_bytes"]), isKnown ? e["microseconds"].dump() : "-",
        "-" + (isKnown ? share(e["share_of_period"]) : "<td class=text>-"));
  };
  for (const ordered_json &e : report["ends"])
    if (e["direction"] == "in")
      end(e, true);
  for (const ordered_json &c : report["crossings"])
    out += fmt::format(
        "<tr><td>{}<td class=text>{}<td class=text>{}<td class=text>{}<td>{}<td>{}<td>{}<td>{}{}{}</tr>",
        textOf(c["stream"]), textOf(c["from"]), textOf(c["to"]), textOf(c["link"]),
        textOf(c["bits_per_frame"]), textOf(c["wire_bytes"]), c["microseconds"].dump(),
        c["latency_us"].dump(), c["latency_basis"] == "assumed" ? " (assumed)" : "",
        share(c["share_of_period"]));
  for (const ordered_json &e : report["ends"])
    if (e["direction"] == "out")
      end(e, false);
  return out + "</table></div>";
}

} // namespace

std::string reportHtml(const pass::Design &design) {
  const ordered_json report = reportJson(design);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>{0} on {1}</title><style>{2}</style>\n<h1>{0} on {1}</h1>\n<div class=cards>",
      textOf(report["model"]), textOf(report["cluster"]), kStyle);
  out += card("frames/s at " + report["clocks_mhz"].get<std::string>() + " MHz",
              withThousands(static_cast<int64_t>(report["frames_per_second"].get<double>())));
  out += card("latency", fmt::format("{} µs", report["latency_us"].dump()));
  out += card("FPGAs", report["fpgas_used"].dump());
  out += card("precision", report["precision"]);
  out += card("io", report["io"]);
  out += fmt::format("</div>\n<p>Slowest: {}. Resources are those after {}; solver {}; cost model {}.</p>\n",
                     textOf(report["bottleneck"]), textOf(report["stage"]), textOf(report["solver"]),
                     textOf(report["cost_model"]));
  out += "<p>Basis: <i>exact</i>, a law that holds on every measured row; <i>fitted</i>, inside the measured "
         "range; <i>extrapolated</i>, outside it; "
         "<i>structural</i>, counted from what is built; <i>tabled</i>, a figure of a device's or link's "
         "table; <i>assumed</i>, an allowance without a source.</p>\n";
  std::string limits;
  for (const auto &[name, percent] : report["limits_percent"].items())
    limits += fmt::format("{}{} {} %", limits.empty() ? "" : ", ", name, percent.dump());
  out += fmt::format("<p>A budget is a share of the device ({}) less its shell and what is reserved.</p>\n",
                     limits);
  for (const ordered_json &fpga : report["fpgas"])
    out += fpgaSection(fpga) + "\n";
  out += movesSection(report);
  if (!report["assumptions"].empty()) {
    out += "<h2>Assumed</h2><ul>";
    for (const ordered_json &line : report["assumptions"])
      out += "<li>" + textOf(line);
    out += "</ul>";
  }
  for (const ordered_json &note : report["notes"])
    out += "<p>" + textOf(note) + "</p>";
  return out + "\n</html>\n";
}

} // namespace braid::driver
