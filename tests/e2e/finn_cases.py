"""End-to-end tests of the FINN style: networks split and verified, FINN's own foldings, reports and refusals."""
import json

import finn_grid
from flow import MODELS, SHARED, Skip, braid


def finn_is_exact(case):
    """A test of a network as FINN-style projects: whole = split = emitted."""
    def test(tmp):
        if finn_grid.model_file(case[0], tmp) is None:
            raise Skip(f"the network {case[0]} is absent")
        cells, good = finn_grid.one(*case)
        assert good and cells[-1] == "bit-exact", cells
    return test


for _case in finn_grid.QUICK:
    _name, _device, _fpgas, _split, _frames = _case
    globals()[f"test_finn_{_name}_{_split if _fpgas > 1 else 'whole'}_on_{_device}x{_fpgas}"] = finn_is_exact(_case)


def test_finn_style_refuses_reals_and_options_of_the_other(tmp):
    model = MODELS / "mnist_mlp_784_16_10.onnx"
    told = braid("compile", model, "--backend", "finn", "--cluster", "u280", "-o", tmp / "out", code=1)
    assert "whole numbers only" in told and "the hls4ml style takes it" in told and told.count("error:") == 1, told
    assert not (tmp / "out").exists()
    for option in (["--io", "parallel"], ["--strategy", "latency"], ["--reuse", "4"]):
        assert f"{option[0]}" in braid("plan", model, "--backend", "finn", *option, "--cluster", "u280", code=2)
    assert "--backend hls4ml would work with it" in braid("plan", model, "--backend", "finn", "--cost-model", "hls4ml", "--cluster", "u280", code=2)
    assert "hls4ml and finn are known" in braid("plan", model, "--backend", "fin", "--cluster", "u280", code=2)


# network: cluster, FINN's configuration (below finn-examples), cycles of its slowest matrix unit (facts of FINN), and the
# slowest unit of all with its cycles. That is another where the configuration makes a window as slow: 112 x 112 windows of 9
# words, behind 2 x 226 + 3 words of the first; 1,024 windows of VGG10. Its pools the file leaves open: FINN's are slower, 1,088.
FOLDINGS = {
    "tfc_1w1a": ("pynq-z1x1", "bnn-pynq/folding_config/tfc-w1a1_folding_config.json", 64, "MVAU_hls_0", 64),
    "kws_mlp_w3a3_mlperf": ("pynq-z1x1", "kws/folding_config/kws_folding_config.json", 392, "MVAU_hls_0", 392),
    "cnv_w1a1": ("pynq-z1x1", "bnn-pynq/folding_config/cnv-w1a1_folding_config.json", 32_768, "MVAU_hls_6", 32_768),
    "gen_cnv_w2a2": ("pynq-z1x1", "bnn-pynq/folding_config/cnv-w2a2_folding_config.json", 115_200, "MVAU_hls_3", 115_200),
    "vgg10_w4a4": ("zcu104x1", "vgg10-radioml/folding_config/ZCU104_folding_config.json", 1_024, "ConvolutionInputGenerator_hls_0", 1_028),
    "gen_mobilenetv1_w4a4": ("u250x1", "mobilenet-v1/folding_config/U250_folding_config.json", 112_896, "ConvolutionInputGenerator_hls_0", 113_351),
    "gen_resnet50_v15_w2a2": ("u250x4", "resnet50/folding_config/U250_folding_config.json", 903_168, "MVAU_hls", 903_168),
}
CHAINS = ("tfc_1w1a", "kws_mlp_w3a3_mlperf", "cnv_w1a1", "gen_cnv_w2a2", "vgg10_w4a4", "gen_mobilenetv1_w4a4")
ALL_OF_IT = ["--limits", "lut=100,ff=100,bram18=100,uram=100,dsp=100"]


def folded_as_finn(name):
    """FINN's own folding runs through unchanged: its slowest unit, and the folding that comes out is the one that went in."""
    def test(tmp):
        cluster, config, cycles, slowest_unit, most = FOLDINGS[name]
        config, model = SHARED / "data/finn/finn-examples" / config, finn_grid.model_file(name, tmp)
        if model is None or not config.exists():
            raise Skip(f"the network {name} or its folding is absent")
        flow = ["--backend", "finn", "--cluster", cluster, *ALL_OF_IT]
        told = braid("compile", model, *flow, "--folding", config, "-o", tmp / "out")
        assert "not used, because it follows from the rest" in told, told[-2000:]
        reports = sorted((tmp / "out").glob("*/hls/report"))
        units = [json.loads((r / "estimate_layer_cycles.json").read_text()) for r in reports]
        assert max(c for part in units for unit, c in part.items() if unit[:4] in ("MVAU", "VVAU")) == cycles, units
        network = [json.loads((r / "estimate_network_performance.json").read_text()) for r in reports]
        for part, told in zip(units, network):
            assert part[told["max_cycles_node_name"]] == told["max_cycles"] == max(part.values()), told
        slowest = max(network, key=lambda part: part["max_cycles"])
        assert slowest["max_cycles"] == most and slowest["max_cycles_node_name"].startswith(slowest_unit), slowest
        if name in CHAINS:  # one unit after the other: the path is all of them
            assert network[0]["critical_path_cycles"] == sum(units[0].values()), network
        if name.startswith(("tfc", "kws")):  # all thresholds stand behind sums
            assert "Thresholding" not in (reports[0] / "estimate_layer_cycles.json").read_text()
        if len(reports) == 1:
            ours, plan = reports[0] / "final_hw_config.json", (tmp / "out/plan.json").read_text()
            braid("compile", model, *flow, "--folding", ours, "-o", tmp / "again")
            again = json.loads((tmp / "again/plan.json").read_text())
            # How they are made; on which die may differ, where thresholds are given now that were chosen before.
            matrices = lambda p: [{key: row[key] for key in row if key != "die"} for row in p["layers"] if "SIMD" in row]
            assert matrices(again) == matrices(json.loads(plan))
            given = [v for k, v in json.loads(config.read_text()).items() if k.startswith("MVAU")]
            made = [v for k, v in json.loads(ours.read_text()).items() if k.startswith("MVAU")]
            assert [(g["PE"], g["SIMD"]) for g in given] == [(m["PE"], m["SIMD"]) for m in made]
    return test


for _name in FOLDINGS:
    globals()[f"test_folding_of_finn_for_{_name}"] = folded_as_finn(_name)


def test_finn_resnet50_fits_one_card(tmp):
    """Where paths part and meet again, FIFOs hold what comes early, not whole frames."""
    model = finn_grid.model_file("gen_resnet50_v15_w2a2", tmp)
    if model is None:
        raise Skip("the network is absent")
    told = json.loads(braid("plan", model, "--backend", "finn", "--cluster", "u280x2", "--json"))
    assert len(told["fpgas"]) == 1, told
    assert told["fpgas"][0]["interval_cycles"] == 112_896, told["fpgas"][0]


def test_finn_mobilenet_fits_a_board_with_ultraram(tmp):
    """As fast as FINN's published design on the same board (401,408 cycles), where block RAM alone would not do."""
    model = finn_grid.model_file("gen_mobilenetv1_w4a4", tmp)
    if model is None:
        raise Skip("the network is absent")
    report = json.loads(braid("plan", model, "--backend", "finn", "--cluster", "zcu104", "--json"))
    fpga = report["fpgas"][0]
    assert fpga["interval_cycles"] <= 401_408 and fpga["used"]["URAM"] > 0, fpga
    # FIFOs in UltraRAM, as FINN has them, are counted in the width that takes the least memory of both kinds.
    report = json.loads(braid("plan", model, "--backend", "finn", "--cluster", "zcu104", "--cost-model", "finn-analytic",
                              "--limits", "bram18=87,uram=93,average=100", "--json"))
    assert report["fpgas"][0]["interval_cycles"] <= 401_408, report["fpgas"][0]
    told = braid("plan", model, "--backend", "finn", "--cluster", "zcu104", "--limits", "uram=0", code=3)
    assert "no plan fits" in told, told
    told = braid("plan", model, "--backend", "finn", "--cluster", "zcu104", "--solver", "chain-dp", "--limits", "bram18=5,uram=5", code=3)
    # 31 x 18 Kbit and 4 x 288 Kbit
    assert "the usable block RAM and UltraRAM of 1 FPGA holds 1.8 Mbit, and what it does not hold takes LUTs\n" in told, told


def test_finn_weights_in_ultraram_on_a_board(tmp):
    """Every matrix in UltraRAM: bit-exact, and made again byte for byte; weights from outside are refused by node."""
    model = finn_grid.model_file("tfc_2w2a", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "zcu104x2"]
    braid("compile", model, *flow, "--fpgas", 2, "-o", tmp / "chosen")
    plan = json.loads((tmp / "chosen/plan.json").read_text())
    matrices = [row for row in plan["layers"] if "SIMD" in row]
    for row in matrices:
        row.update(PE=min(row["PE"], 8), mem_mode="internal_decoupled", ram_style="ultra")
    (tmp / "ultra.json").write_text(json.dumps(plan))
    told = braid("compile", model, *flow, "--plan", tmp / "ultra.json", "-o", tmp / "out")
    assert "error" not in told and (tmp / "out/host/braid_memories.py").exists() and not (tmp / "chosen/host/braid_memories.py").exists()
    hosts = "".join((tmp / f"out/host/fpga{i}.py").read_text() for i in range(2))
    assert hosts.count("    Memory(0x") == len(matrices), hosts
    assert "verify: bit-exact (20 frames, 2 FPGAs" in braid("verify", tmp / "out", "--random", 20)
    braid("check", tmp / "out")
    matrices[-1].update(mem_mode="external", ram_style="auto")
    (tmp / "external.json").write_text(json.dumps(plan))
    told = braid("compile", model, *flow, "--plan", tmp / "external.json", "-o", tmp / "refused", code=1)
    name = matrices[-1]["layer"]
    assert f"node '{name}'" in told and "mem_mode external: nothing on board fpga1 reads weights from memory" in told and told.count("error:") == 1, told
    assert not (tmp / "refused").exists()


def test_finn_analytic_is_what_finn_reports(tmp):
    model = finn_grid.model_file("tfc_1w1a", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "pynq-z1x1", "--cost-model", "finn-analytic", *ALL_OF_IT]
    rows = json.loads(braid("plan", model, *flow, "--json"))["fpgas"][0]["layers"]
    braid("compile", model, *flow, "-o", tmp / "out")
    said = json.loads((tmp / "out/fpga0/hls/report/estimate_layer_resources.json").read_text())
    dense = [row for row in rows if row["kind"] == "Dense"]
    assert len(dense) == 4
    for i, row in enumerate(dense):
        unit = said[f"MVAU_hls_{i}"]
        assert (row["used"]["LUT"], row["used"]["BRAM18"], row["used"]["DSP"]) == (unit["LUT"], unit["BRAM_18K"], unit["DSP"]), (row, unit)
    # By hand from lut_estimation and bram_estimation of FINN's MVAU_hls, 784 x 64 in one bit each, sums of 10 bits:
    # 300 + 1.1 * 16 * (49 * 2 + 2 * 97 + 10) LUTs; 16 * 49 bits by 64 words, 36 bits to a block.
    (tmp / "folding.json").write_text('{"MVAU_hls_0": {"PE": 16, "SIMD": 49, "ram_style": "block", "resType": "lut"}}')
    rows = json.loads(braid("plan", model, *flow, "--folding", tmp / "folding.json", "--json"))["fpgas"][0]["layers"]
    assert (rows[0]["used"]["LUT"], rows[0]["used"]["BRAM18"]) == (5615, 22), rows[0]


def test_foldings_that_are_none(tmp):
    model = finn_grid.model_file("tfc_1w1a", tmp)
    if model is None:
        raise Skip("the network is absent")
    for text, fault in (('{"MVAU_hls_0": {"PE": 0}}', "'MVAU_hls_0': \"PE\" is not a number from 1"),
                        ('{"MVAU_hls_9": {"PE": 2}}', "the network has 4"),
                        ('{"MVAU_hls_0": {"PE": 3, "SIMD": 1000}}', "PE 3, SIMD 1000 are more than its 64 x 784 weights"),
                        ('{"Conv": {"PE": 2}}', "none of its entries is a unit of this network"),
                        ("{broken", "it is no folding configuration")):
        (tmp / "folding.json").write_text(text)
        told = braid("plan", model, "--backend", "finn", "--cluster", "pynq-z1x1", "--folding", tmp / "folding.json", code=1)
        assert fault in told and told.count("error:") == 1, told
    assert "--backend finn" in braid("plan", model, "--cluster", "pynq-z1x1", "--folding", tmp / "folding.json", code=2)


def test_finn_windows_of_several_taps(tmp):
    """From a plan and from a configuration as FINN writes it: the same units, bit-exact, and written as they came."""
    model = finn_grid.model_file("ours_cnn_73k_qonnx_w4a4_pow2", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "u280", *ALL_OF_IT]
    braid("compile", model, *flow, "-o", tmp / "chosen")
    plan = json.loads((tmp / "chosen/plan.json").read_text())
    for row in plan["layers"]:  # 3 x 3 over one channel, and over 16: a window, and a row of it
        row.update({"conv1": {"PE": 4, "SIMD": 9}, "conv2": {"PE": 8, "SIMD": 48}}.get(row["layer"], {}))
    (tmp / "plan.json").write_text(json.dumps(plan))
    (tmp / "folding.json").write_text(json.dumps({
        "Defaults": {}, "MVAU_rtl_0": {"PE": 4, "SIMD": 9}, "MVAU_rtl_1": {"PE": 8, "SIMD": 48},
        **{f"ConvolutionInputGenerator_rtl_{i}": {"SIMD": simd, "parallel_window": 1} for i, simd in enumerate([1, 16])}}))
    for name, how in (("planned", ["--plan", tmp / "plan.json"]), ("folded", ["--folding", tmp / "folding.json"])):
        braid("compile", model, *flow, *how, "-o", tmp / name)
        made = {row["layer"]: (row["PE"], row["SIMD"]) for row in json.loads((tmp / name / "plan.json").read_text())["layers"] if "SIMD" in row}
        assert (made["conv1"], made["conv2"]) == ((4, 9), (8, 48)), made
        written = json.loads((tmp / name / "fpga0/hls/report/final_hw_config.json").read_text())
        windows = [written[f"ConvolutionInputGenerator_hls_{i}"] for i in range(2)]
        assert windows == [{"SIMD": 1, "parallel_window": 1}, {"SIMD": 16, "parallel_window": 1}], windows
        units = tmp / name / "fpga0/hls/units"
        assert "windowTaps<8, 1, 1, 9, 3, 3, 28, 28, 26, 26, " in (units / "ConvolutionInputGenerator_hls_0/top_ConvolutionInputGenerator_hls_0.cpp").read_text()
    assert "verify: bit-exact (3 frames" in braid("verify", tmp / "folded", "--random", 3)
    told = braid("plan", model, *flow, "--folding", tmp / "folding.json")
    assert "ConvolutionInputGenerator_rtl (2 of them)" in told, told[-1500:]
    plan["layers"][0].update(SIMD=5)
    (tmp / "plan.json").write_text(json.dumps(plan))
    assert "SIMD 5 do not fold its 16 x (9 x 1) weights" in braid("plan", model, *flow, "--plan", tmp / "plan.json", code=1)


def test_finn_channels_are_filled_up_where_that_is_faster(tmp):
    """17, 11 and 97 channels have no divisors between 1 and all: with others, of which the last fold is filled up, it is twice as fast."""
    model = finn_grid.model_file("odd", tmp)
    if model is None:
        raise Skip("the network is absent")
    flow = ["--backend", "finn", "--cluster", "pynq-z1x1", "--limits", "lut=20,dsp=0"]
    braid("compile", model, *flow, "-o", tmp / "out")
    rows = [row for row in json.loads((tmp / "out/plan.json").read_text())["layers"] if "SIMD" in row]
    filled = [row for row, channels in zip(rows, (17, 11, 97, 10)) if channels % row["PE"]]
    assert len(rows) == 4 and len(filled) >= 2, rows
    # Of those that divide, the fastest that fit are 11 x 1: a window of 17 x 9 x 9 words behind 2 x 8 + 8 pixels of 17.
    assert json.loads(braid("plan", model, *flow, "--json"))["fpgas"][0]["interval_cycles"] < 0.6 * 1_785
    assert "verify: bit-exact (3 frames" in braid("verify", tmp / "out", "--random", 3)


def test_finn_weights_stream_from_luts_where_block_ram_is_short(tmp):
    model = finn_grid.model_file("ours_fcnn_relu_13k_qonnx_w4a4", tmp)
    if model is None:
        raise Skip("the network is absent")
    braid("compile", model, "--backend", "finn", "--cluster", "pynq-z1x1", "--limits", "bram18=3", "-o", tmp / "out")
    rows = [row for row in json.loads((tmp / "out/plan.json").read_text())["layers"] if "SIMD" in row]
    streamed = [row["layer"] for row in rows if (row.get("mem_mode"), row.get("ram_style")) == ("internal_decoupled", "distributed")]
    assert streamed, rows
    written = json.loads((tmp / "out/fpga0/hls/report/final_hw_config.json").read_text())
    assert [unit for unit in written.values() if unit.get("ram_style") == "distributed"], written
    assert "verify: bit-exact (3 frames" in braid("verify", tmp / "out", "--random", 3)
