"""End-to-end tests of pins, forbidden FPGAs, reservations and limits: bundles keep them and are checked against them."""
import json
import subprocess
import sys

from flow import DIGITS, MODELS, ROOT, SHARED, Skip, braid

MLP = MODELS / "mnist_mlp_784_16_10.onnx"


def manifest_of(bundle):
    return json.loads((bundle / "braid.json").read_text())


def with_options(bundle, change):
    """The bundle's manifest with other options, put back afterwards."""
    text = (bundle / "braid.json").read_text()
    manifest = json.loads(text)
    change(manifest["options"])
    (bundle / "braid.json").write_text(json.dumps(manifest))
    return lambda: (bundle / "braid.json").write_text(text)


def test_bundle_keeps_its_constraints(tmp):
    braid("compile", MLP, "--cluster", "pynq-z2x4", "--solver", "chain-dp", "--objective", "latency", "--split", "sequential",
          "--forbid", "fpga0", "--pin", "fc1=fpga3,fc2=fpga1", "--reserve", "*:bram18=10%", "--reserve", "fpga1.PL:lut=1000,dsp=4",
          "--limits", "average=60,dsp=75", "-o", tmp / "out")
    options = manifest_of(tmp / "out")["options"]
    asked = {"solver": "chain-dp", "objective": "latency", "split": "sequential", "forbid": ["fpga0"], "pin": ["fc1=fpga3", "fc2=fpga1"],
             "reserve": ["*:bram18=10%", "fpga1.PL:lut=1000", "fpga1.PL:dsp=4"]}
    assert asked.items() <= options.items() and options["limits_percent"]["average"] == 60, options
    assert braid("verify", tmp / "out", *DIGITS, "--frames", 50).splitlines()[-1].startswith("verify: bit-exact")
    # What is checked is what stands there.
    for change, code, told in (
            (lambda o: o.update(pin=["fc1=fpga1"]), 3, "--pin fc1=fpga1: the plan places it on fpga3"),
            (lambda o: o.update(pin=[], forbid=["fpga1"]), 3, "--forbid fpga1: the plan places layers on it"),
            (lambda o: o.update(reserve=["fpga1:lut=35000"]), 3, "beside the shell's 0 and 35,000 reserved"),
            (lambda o: o["limits_percent"].update(average=14), 3, "the limit is 14 % (--limits average=)"),
            (lambda o: o.update(pin=["fc1"]), 1, "its options cannot be read: a layer and its place are meant"),
            (lambda o: o.update(solver="chain"), 1, "its options cannot be read: solver: 'chain' is not known")):
        restore = with_options(tmp / "out", change)
        found = braid("verify", tmp / "out", code=code)
        assert told in found and found.count("error:") == 1, found
        restore()


def test_bundle_of_before_there_were_constraints(tmp):
    braid("compile", MLP, "--cluster", "pynq-z2x2", "-o", tmp / "out")

    def older(options):
        for key in ("solver", "pin", "forbid", "reserve"):
            del options[key]
        del options["limits_percent"]["average"]

    with_options(tmp / "out", older)
    assert braid("verify", tmp / "out", *DIGITS, "--frames", 5).splitlines()[-1].startswith("verify: bit-exact")


def test_pins_to_dies_are_proven(tmp):
    model = SHARED / "models/tfc_2w2a/model.onnx"
    if not model.exists():
        raise Skip("the network tfc_2w2a is absent")
    (tmp / "folding.json").write_text('{"MVAU_hls_0": {"PE": 16, "SIMD": 49, "ram_style": "block", "resType": "lut"}}')
    told = braid("compile", model, "--cluster", "u280x3", "--backend", "finn", "--forbid", "fpga0", "--folding", tmp / "folding.json",
                 "--pin", "MatMul_20=fpga2.SLR1", "--pin", "MatMul_32=fpga2.SLR0", "--pin", "MatMul_56=fpga1.SLR2", "-o", tmp / "out")
    assert "proven: no plan of consecutive layers has a shorter period" in told, told
    rows = {row["layer"]: row for row in json.loads((tmp / "out/plan.json").read_text())["layers"]}
    # The unit of MatMul_20 computes Quant_25.
    for layer, fpga, die in (("MatMul_20", "fpga2", "SLR1"), ("Quant_25", "fpga2", "SLR1"), ("MatMul_32", "fpga2", "SLR0"), ("MatMul_56", "fpga1", "SLR2")):
        assert (rows[layer]["fpga"], rows[layer]["die"]) == (fpga, die), rows[layer]
    assert (rows["MatMul_20"]["PE"], rows["MatMul_20"]["SIMD"]) == (16, 49)
    problem = json.loads((tmp / "out/problem.json").read_text())
    assert [fpga["name"] for fpga in problem["fpgas"]] == ["fpga1", "fpga2"]
    pinned = next(layer for layer in problem["layers"] if layer["name"] == "MatMul_20")
    assert pinned["die"] == 1 and sorted(table >= 0 for table in pinned["tables"]) == [False, True], pinned
    done = subprocess.run([sys.executable, ROOT / "tools/check_certificate.py", tmp / "out/problem.json", tmp / "out/certificate.json"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # The bundle has the folding, and stands by itself.
    assert manifest_of(tmp / "out")["options"]["folding_file"] == "source/folding.json"
    (tmp / "folding.json").unlink()
    assert braid("verify", tmp / "out").splitlines()[-1].startswith("verify: bit-exact")
