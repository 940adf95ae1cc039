#include "coefficients.h"

#include "braid/support/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace braid::cost {

namespace {

using nlohmann::json;

const json &entryOf(const json &table, const char *name) {
  for (const json &entry : table.at("entries"))
    if (entry.at("name") == name)
      return entry;
  BRAID_CHECK(false, std::string("hls4ml.json lacks entry ") + name);
}

Range rangeOf(const json &entry, const char *key) {
  if (!entry.contains("range") || !entry["range"].contains(key))
    return {};
  return {entry["range"][key][0], entry["range"][key][1]};
}

void readFit(const json &entry, Fit &fit) {
  fit.name = entry.at("name");
  fit.weightBits = rangeOf(entry, "weightBits");
  fit.inputs = rangeOf(entry, "inputs");
  fit.outputs = rangeOf(entry, "outputs");
  fit.reuse = rangeOf(entry, "reuse");
  for (const auto &[what, error] : entry.at("error").items())
    if (what != "BRAM18" && error.contains("max"))
      fit.error = std::max(fit.error, error["max"].get<double>());
}

void read(const json &entry, Fit &fit, std::initializer_list<std::pair<const char *, double *>> fields) {
  readFit(entry, fit);
  for (const auto &[key, value] : fields)
    *value = entry.at("coefficients").at(key);
}

Coefficients parse() {
  BRAID_CHECK(embedded::costTables().size() == 1, "one table is embedded");
  const json table = json::parse(embedded::costTables()[0].text);
  Coefficients c;
  DenseResourceCsynth &cs = c.denseCsynth;
  read(entryOf(table, "dense-resource-csynth"), cs,
       {{"lutBase", &cs.lutBase},
        {"lutPerInput", &cs.lutPerInput},
        {"lutPerOutput", &cs.lutPerOutput},
        {"lutPerWay", &cs.lutPerWay},
        {"lutPerProduct", &cs.lutPerProduct},
        {"lutPerNarrowProduct", &cs.lutPerNarrowProduct},
        {"ffPerProduct", &cs.ffPerProduct},
        {"ffPerLogReuse", &cs.ffPerLogReuse},
        {"ffPerOutput", &cs.ffPerOutput},
        {"ffPerWeightBit", &cs.ffPerWeightBit}});
  DenseResourceVsynth &vs = c.denseVsynth;
  read(entryOf(table, "dense-resource-vsynth"), vs,
       {{"lutPerOutput", &vs.lutPerOutput},
        {"lutPerActivation", &vs.lutPerActivation},
        {"lutPerWeightBit", &vs.lutPerWeightBit},
        {"ffPerInput", &vs.ffPerInput},
        {"ffPerOutput", &vs.ffPerOutput},
        {"ffPerActivation", &vs.ffPerActivation}});
  DenseUnrolledCsynth &un = c.unrolled;
  const json &unrolled = entryOf(table, "dense-unrolled-csynth");
  read(unrolled, un,
       {{"lutPerAccumBit", &un.lutPerAccumBit},
        {"lutPerBitProduct", &un.lutPerBitProduct},
        {"ffPerProductZynq7000", &un.ffPerProductZynq7000}});
  un.weightBitsAt = unrolled.at("coefficients").at("weightBits").get<std::vector<int64_t>>();
  un.lutPerProduct = unrolled.at("coefficients").at("lutPerProduct").get<std::vector<double>>();
  un.dspPerProduct = unrolled.at("coefficients").at("dspPerProduct").get<std::vector<double>>();
  un.ffPerProduct = unrolled.at("coefficients").at("ffPerProduct").get<std::vector<double>>();
  ActivationsCsynth &ac = c.activations;
  read(entryOf(table, "activations-csynth"), ac,
       {{"reluLutPerElement", &ac.reluLutPerElement},
        {"reluFfPerElement", &ac.reluFfPerElement},
        {"softmaxLutPerElement", &ac.softmaxLutPerElement},
        {"softmaxFfPerElement", &ac.softmaxFfPerElement},
        {"softmaxDspPerElement", &ac.softmaxDspPerElement},
        {"softmaxBramPerElement", &ac.softmaxBramPerElement},
        {"softmaxLatency", &ac.softmaxLatency},
        {"softmaxLatencyPerLevel", &ac.softmaxLatencyPerLevel}});
  StageRatio &ratio = c.ratio;
  const json &stage = entryOf(table, "stage-ratio");
  read(stage, ratio, {{"lut", &ratio.lut}, {"ff", &ratio.ff}, {"dsp", &ratio.dsp}});
  // How far above the median's prediction a layer can lie.
  for (const char *what : {"LUT", "FF"})
    ratio.error = std::max(
        ratio.error,
        (what[0] == 'L' ? ratio.lut : ratio.ff) / stage["error"][what]["smallest"].get<double>() - 1);
  return c;
}

} // namespace

const Coefficients &coefficients() {
  static const Coefficients kCoefficients = parse();
  return kCoefficients;
}

} // namespace braid::cost
