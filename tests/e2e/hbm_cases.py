"""End-to-end tests of weights in the channels of a card's memory: chosen by the partitioner where nothing else will do, and only there."""
import json
import re
import subprocess
import sys

from flow import ROOT, braid, oracle


def wide_dense(tmp, inputs, outputs):
    oracle(ROOT / "tests/oracle/wide_dense.py", inputs, outputs, tmp / "wide.onnx")
    return [tmp / "wide.onnx", "--backend", "finn", "--cluster", "u50", "--fpgas", "1"]


def external(plan):
    return [row["layer"] for row in plan["layers"] if row.get("mem_mode") == "external"]


def channels(report):
    """Taken of each die, and of those that there are."""
    return [(die["used"]["HBM"], die["budget"]["HBM"]) for fpga in report["fpgas"] for die in fpga["dies"]]


def test_weights_in_hbm_by_choice(tmp):
    """1,024 x 512 weights of 8 bits are 4 Mbit: more than these limits leave, but for a channel. The bundle is exact, and says so of itself."""
    model, *flow = wide_dense(tmp, 1024, 512)
    tight = ["--limits", "bram18=30,uram=5"]  # the shell's share of UltraRAM
    out = tmp / "out"
    told = braid("compile", model, *flow, *tight, "-o", out)
    assert "assumed: area and start-up of readers of external weights: an allowance" in told and " external " in told, told
    assert external(json.loads((out / "plan.json").read_text())) == ["wide"]
    report = json.loads((out / "report/report.json").read_text())
    assert channels(report) == [(1, 31), (0, 0)], channels(report)
    assert "<th>HBM" in (out / "report/report.html").read_text()
    links = (out / "fpga0/link/connectivity.cfg").read_text()
    assert re.findall(r"sp=(\w+)\.m_axi_gmem:(.*)", links) == [
        ("fpga0_IODMA_hls_0_0", "HBM[1]"), ("mm2s_input0", "HBM[0]"), ("s2mm_output0", "HBM[0]")], links
    assert "slr=fpga0_IODMA_hls_0_0:SLR0\n" in links
    assert "verify: bit-exact (3 frames" in braid("verify", out, "--random", 3)
    assert "check: " in braid("check", out)
    done = subprocess.run([sys.executable, ROOT / "tools/check_certificate.py", out / "problem.json", out / "certificate.json"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "plan: legal" in done.stdout, done.stdout + done.stderr
    # Each of these takes the channel away.
    for more in (["--limits", tight[1] + ",hbm=0"], [*tight, "--reserve", "fpga0:hbm=31"], [*tight, "--pin", "wide=fpga0.SLR1"]):
        assert "no plan" in braid("plan", model, *flow, *more, code=3), more
    # Enough memory on the chip, and nothing is gained: none is taken.
    told = json.loads(braid("plan", model, *flow, "--json"))
    assert channels(told) == [(0, 31), (0, 0)] and told["frames_per_second"] >= report["frames_per_second"], channels(told)


def test_weights_outside_are_as_fast_as_a_channel(tmp):
    """A plan file may say what the partitioner would not; not more than the card has."""
    model, *flow = wide_dense(tmp, 1024, 512)
    braid("compile", model, *flow, "--limits", "bram18=30,uram=5", "-o", tmp / "out")
    plan = json.loads((tmp / "out/plan.json").read_text())
    row = plan["layers"][0]

    def told(code, *more, **changes):
        (tmp / "plan.json").write_text(json.dumps({**plan, "layers": [{**row, **changes}, *plan["layers"][1:]]}))
        return braid("plan", model, *flow[:4], *more, "--plan", tmp / "plan.json", code=code)

    told(0, PE=8, SIMD=4)
    assert "external weights of PE 16 and SIMD 4 are 102.4 Gb/s at 200 MHz; a channel of u50 gives 72.7" in told(3, PE=16, SIMD=4)
    told(0, "--clock", "100", PE=16, SIMD=4)
    assert "SLR1 of fpga0 needs 1 HBM; of 0 the limits leave 0 beside the shell's 0" in told(3, PE=8, SIMD=4, die="SLR1")


def test_weights_that_only_hbm_holds(tmp):
    """4,096 x 4,096 weights of 8 bits are 134 Mbit; a die of a U50 has 94 Mbit of UltraRAM, and 25 Mbit of block RAM."""
    model, *flow = wide_dense(tmp, 4096, 4096)
    report = json.loads(braid("plan", model, *flow, "--json"))
    assert channels(report) == [(1, 31), (0, 0)], channels(report)
    assert "no plan fits 1 FPGA" in braid("plan", model, *flow, "--limits", "hbm=0", code=3)
