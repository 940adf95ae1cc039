// What more FPGAs would give, as a chart: frames per second against FPGAs, and what linear growth would be.
#include "braid/driver/what_if.h"

#include "markup.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace braid::driver {
namespace {

// Of the picture, in pixels.
constexpr double kWidth = 760, kHeight = 470, kLeft = 100, kRight = 725, kTop = 78, kBottom = 375,
                 kInset = 35;
/// Rows from which on there is no room to write each row's numbers beside its mark.
constexpr size_t kManyRows = 13;

/// 1, 2 or 5 times a power of ten, no less than `least`.
double roundStep(double least) {
  double power = 1;
  while (power > least)
    power /= 10;
  while (power * 10 <= least)
    power *= 10;
  for (double digit : {1.0, 2.0, 5.0})
    if (digit * power >= least)
      return digit * power;
  return 10 * power;
}

std::string rate(double framesPerSecond) {
  return framesPerSecond >= 10 ? withThousands(static_cast<int64_t>(framesPerSecond))
                               : fmt::format("{:.3g}", framesPerSecond);
}

class Chart {
public:
  explicit Chart(const WhatIf &whatIf) : whatIf_(whatIf), rows_(whatIf.rows) {
    for (const WhatIfRow &row : rows_)
      if (const PlanFigures *best = whatIf.best(row)) {
        first_ = first_ ? first_ : &row;
        most_ = std::max(most_, best->framesPerSecond);
      }
    // Linear growth and bounds far above all plans would leave these a line at the bottom.
    double highest = linear(static_cast<double>(rows_.size()));
    for (const WhatIfRow &row : rows_)
      highest = std::max(highest, static_cast<double>(row.bound.value_or(0)));
    constexpr double kOfMost = 2, kTicks = 5;
    highest = std::max(most_, std::min(highest, kOfMost * most_));
    step_ = roundStep(highest / kTicks);
    top_ = step_ * std::ceil(highest / step_);
  }

  std::string run() {
    out_ = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
                       "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" font-family=\"system-ui,sans-serif\" "
                       "font-size=\"12\" fill=\"#1c2530\">\n",
                       kWidth, kHeight);
    addHead();
    addAxes();
    addLinear();
    addPlans();
    for (const WhatIfRow &row : rows_)
      addRow(row);
    addLegend();
    return out_ + "</svg>\n";
  }

private:
  double x(double fpgas) const {
    return rows_.size() == 1
               ? (kLeft + kRight) / 2
               : kLeft + kInset +
                     (fpgas - 1) * (kRight - kLeft - 2 * kInset) / static_cast<double>(rows_.size() - 1);
  }
  double y(double framesPerSecond) const { return kBottom - framesPerSecond / top_ * (kBottom - kTop); }
  /// Frames per second of so many FPGAs, were each as fast as those of the first row with a plan.
  double linear(double fpgas) const { return fpgas * whatIf_.best(*first_)->framesPerSecond / first_->fpgas; }
  bool isRoomy() const { return rows_.size() < kManyRows; }

  void addText(double x, double y, const char *more, llvm::StringRef text) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more, escaped(text));
  }
  void addLine(double x1, double y1, double x2, double y2, const char *stroke) {
    out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2,
                        y2, stroke);
  }

  void addHead() {
    const std::string title =
        fmt::format("{}: frames per second on FPGAs of {}", whatIf_.model, printable(whatIf_.cluster, 40));
    std::string under = fmt::format("best plans by {}", plan::name(whatIf_.objective));
    if (!whatIf_.constraints.empty())
      under += fmt::format(", within {}", fmt::join(whatIf_.constraints, " "));
    out_ += fmt::format("<title>{}</title>\n<rect width=\"{:.0f}\" height=\"{:.0f}\" fill=\"#fff\"/>\n",
                        escaped(title), kWidth, kHeight);
    addText(kLeft, 28, " font-size=\"16\" font-weight=\"600\"", title);
    addText(kLeft, 48, "", printable(under, 90));
  }

  void addAxes() {
    constexpr const char *kGrid = "stroke=\"#dde3ea\"", *kAxis = "stroke=\"#1c2530\"";
    for (int tick = 0; tick * step_ <= top_ * 1.0001; ++tick) {
      const double value = tick * step_;
      addLine(kLeft, y(value), kRight, y(value), tick ? kGrid : kAxis);
      addText(kLeft - 8, y(value) + 4, " text-anchor=\"end\"", rate(value));
    }
    constexpr size_t kMostTicks = 21;
    const auto each = static_cast<int>((rows_.size() + kMostTicks - 1) / kMostTicks);
    for (const WhatIfRow &row : rows_)
      if (row.fpgas == 1 || row.fpgas % each == 0) {
        addLine(x(row.fpgas), kBottom, x(row.fpgas), kBottom + 5, kAxis);
        addText(x(row.fpgas), kBottom + 20, " text-anchor=\"middle\"", std::to_string(row.fpgas));
      }
    addText((kLeft + kRight) / 2, kBottom + 40, " text-anchor=\"middle\"", "FPGAs, at most");
    addText(kLeft - 8, kTop - 12, " text-anchor=\"end\"", "frames/s");
  }

  /// As far as it is inside the axes.
  void addLinear() {
    const double last = std::min(static_cast<double>(rows_.size()),
                                 top_ * first_->fpgas / whatIf_.best(*first_)->framesPerSecond);
    if (last > first_->fpgas)
      addLine(x(first_->fpgas), y(linear(first_->fpgas)), x(last), y(linear(last)),
              "stroke=\"#6a7480\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\" class=\"linear\"");
  }

  void addPlans() {
    std::string points;
    for (const WhatIfRow &row : rows_)
      if (const PlanFigures *best = whatIf_.best(row))
        points +=
            fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", x(row.fpgas), y(best->framesPerSecond));
    out_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"#2f6fb0\" stroke-width=\"2\"/>\n",
                        points);
  }

  /// On a white edge, so that lines behind it leave it legible; the edge by itself, for viewers that know no
  /// paint-order.
  void addLabel(double x, double y, llvm::StringRef text) {
    addText(
        x, y,
        " text-anchor=\"middle\" font-size=\"11\" stroke=\"#fff\" stroke-width=\"3\" aria-hidden=\"true\"",
        text);
    addText(x, y, " text-anchor=\"middle\" font-size=\"11\"", text);
  }
  void addBound(double at, double bound) {
    if (bound <= top_)
      addLine(at - 11, y(bound), at + 11, y(bound), "stroke=\"#c05a00\" stroke-width=\"2\" class=\"bound\"");
  }
  void addPlan(double at, double height, bool isNew) {
    out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\" stroke=\"#2f6fb0\" "
                        "stroke-width=\"2\" class=\"{}\"/>\n",
                        at, height, isNew ? "#2f6fb0" : "#fff", isNew ? "plan" : "no-gain");
  }
  void addCross(double at, double height) {
    out_ += fmt::format("<path d=\"M{0:.1f} {2:.1f}L{1:.1f} {3:.1f}M{0:.1f} {3:.1f}L{1:.1f} {2:.1f}\" "
                        "stroke=\"#b03030\" stroke-width=\"2.5\" class=\"no-plan\"/>\n",
                        at - 5, at + 5, height - 5, height + 5);
  }

  void addRow(const WhatIfRow &row) {
    const PlanFigures *best = whatIf_.best(row);
    const double at = x(row.fpgas);
    const std::string fpgas = fmt::format("{} FPGA{}", row.fpgas, row.fpgas == 1 ? "" : "s");
    out_ +=
        fmt::format("<g><title>{}</title>\n",
                    escaped(best ? fmt::format("{}: {} frames/s, {:.3f} us; {}", fpgas,
                                               rate(best->framesPerSecond), best->latencyUs, best->bottleneck)
                                 : fmt::format("{}: {}", fpgas, row.why->message)));
    if (best) {
      const double height = y(best->framesPerSecond);
      if (row.bound)
        addBound(at, static_cast<double>(*row.bound));
      addPlan(at, height, row.best == row.fpgas);
      constexpr double kBelow = 20, kAbove = -12;
      if (isRoomy())
        addLabel(at, height + (height + kBelow > kBottom - 4 ? kAbove : kBelow), rate(best->framesPerSecond));
    } else {
      addCross(at, kBottom);
      if (isRoomy())
        addLabel(at, kBottom - 12, "no plan");
    }
    out_ += "</g>\n";
  }

  /// Of the marks that are there.
  void addLegend() {
    const double height = kHeight - 24;
    double at = kLeft;
    const auto add = [&](bool isThere, const char *what, double width, auto &&mark) {
      if (!isThere)
        return;
      mark();
      addText(at + 18, height + 4, "", what);
      at += width;
    };
    const auto any = [&](auto &&is) { return std::any_of(rows_.begin(), rows_.end(), is); };
    add(true, "best plan", 90, [&] { addPlan(at + 5, height, true); });
    add(any([](const WhatIfRow &row) { return row.best > 0 && row.best < row.fpgas; }),
        whatIf_.objective == plan::Objective::Latency ? "no sooner than fewer" : "no faster than fewer", 155,
        [&] { addPlan(at + 5, height, false); });
    add(any([](const WhatIfRow &row) { return row.best == 0; }), "no plan fits", 105,
        [&] { addCross(at + 5, height); });
    add(any([](const WhatIfRow &row) { return row.bound.has_value(); }), "proven bound", 125,
        [&] { addLine(at - 4, height, at + 14, height, "stroke=\"#c05a00\" stroke-width=\"2\""); });
    add(rows_.back().fpgas > first_->fpgas, "linear", 0, [&] {
      addLine(at - 6, height, at + 14, height,
              "stroke=\"#6a7480\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"");
    });
  }

  const WhatIf &whatIf_;
  const std::vector<WhatIfRow> &rows_;
  const WhatIfRow *first_ = nullptr; ///< With a plan
  double most_ = 0;                  ///< Frames per second of all plans
  double step_ = 1, top_ = 1;        ///< Frames per second between lines of the grid, and at its top
  std::string out_;
};

} // namespace

std::string whatIfSvg(const WhatIf &whatIf) { return Chart(whatIf).run(); }

} // namespace braid::driver
