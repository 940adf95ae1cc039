"""End-to-end cases of plans of a given rate, of little area, and near to an earlier plan."""
import json
import lzma
import subprocess
import sys

from flow import DIGITS, MODELS, ROOT, SHARED, Skip, braid, tree

CNN = MODELS / "mnist_cnn_73k.onnx"


def report_of(*words):
    return json.loads(braid("plan", *words, "--json"))


def area(report):
    return sum(fpga["used"][r] / fpga["budget"][r] for fpga in report["fpgas"] for r in fpga["used"] if fpga["budget"][r] > 0)


def cnv(tmp):
    stored = SHARED / "models/gen_cnv_w2a2/model.onnx.xz"
    if not stored.exists():
        raise Skip("no shared models")
    (tmp / "cnv.onnx").write_bytes(lzma.decompress(stored.read_bytes()))
    return tmp / "cnv.onnx"


def few_fpgas_and_little_area(counts, rates, *words):
    """Plans of rates against the fastest on each number of FPGAs: no more FPGAs than those need, no more area than they take."""
    fastest = {n: report_of(*words, "--fpgas", n) for n in counts}
    seen = set()
    for rate in rates:
        own = report_of(*words, "--fps", rate)
        assert own["frames_per_second"] >= rate, (rate, own["frames_per_second"])
        enough = [n for n in counts if fastest[n]["frames_per_second"] >= rate]
        assert own["fpgas_used"] <= min(enough), (rate, own["fpgas_used"], enough)
        if own["fpgas_used"] == min(enough):
            assert area(own) <= area(fastest[min(enough)]) * 1.001, (rate, area(own), area(fastest[min(enough)]))
        seen.add(own["fpgas_used"])
        if own["proof"] and own["fpgas_used"] > 1:
            assert own["proof"]["fewest_fpgas"] == own["fpgas_used"], own["proof"]
    return seen


def test_rate_of_boards(tmp):
    seen = few_fpgas_and_little_area((2, 3, 4), (500, 3000, 9000, 14000, 18000), CNN, "--cluster", "pynq-z2x4", "--io", "stream")
    assert len(seen) > 1, seen


def test_rate_of_cnv(tmp):
    seen = few_fpgas_and_little_area((1, 2, 4), (100, 1000, 1700, 2500, 3900), cnv(tmp), "--cluster", "pynq-z2x4", "--backend", "finn")
    assert len(seen) > 1, seen


def test_rate_is_kept_in_a_bundle(tmp):
    braid("compile", CNN, "--cluster", "pynq-z2x3", "--io", "stream", "--fps", 14000, "-o", tmp / "out")
    assert json.loads((tmp / "out/braid.json").read_text())["options"]["fps"] == 14000
    # The certificate is about one FPGA less, and of no plan.
    checked = subprocess.run([sys.executable, ROOT / "tools/check_certificate.py", *(tmp / "out" / f"{name}.json" for name in ("problem", "certificate"))],
                             capture_output=True, text=True)
    assert checked.returncode == 0 and "plan: none; contiguous plans: none at most 71428571428 fs" in checked.stdout, checked
    told = braid("check", tmp / "out")
    assert "proven: on fewer than 2 FPGAs no plan of consecutive layers makes 14000 frames/s" in told, told
    assert braid("verify", tmp / "out", *DIGITS, "--frames", 20).splitlines()[-1].startswith("verify: bit-exact")


def kept_of(notes):
    for note in notes:
        if " FPGAs stay as the earlier plan has them: " in note:
            return note.rpartition(": ")[2].split(", ")
    return []


def test_plans_stay_near(tmp):
    """A little less room: FPGAs stay as they were, byte for byte, and only what must give way does."""
    words = [cnv(tmp), "--cluster", "pynq-z2x4", "--backend", "finn", "--fpgas", "3"]
    braid("compile", *words, "-o", tmp / "before")
    less = [*words, "--reserve", "fpga0:bram18=60"]
    free = report_of(*less)
    near = json.loads(braid("plan", *less, "--stay-near", tmp / "before/plan.json", "--json"))
    assert near["frames_per_second"] >= free["frames_per_second"] * 0.95, (near["frames_per_second"], free["frames_per_second"])
    kept = kept_of(near["notes"])
    assert kept, near["notes"]
    braid("compile", *less, "--stay-near", tmp / "before/plan.json", "-o", tmp / "after")
    before, after = tree(tmp / "before"), tree(tmp / "after")
    for fpga in kept:
        own = {path: value for path, value in before.items() if path.startswith(f"{fpga}/")}
        assert own and own == {path: value for path, value in after.items() if path.startswith(f"{fpga}/")}, fpga
    assert braid("check", tmp / "after")
    # A rate besides: what is proven of fewer FPGAs is in the certificate still.
    braid("compile", *words[:5], "--fps", 2600, "-o", tmp / "faster")
    told = braid("compile", *words[:5], "--fps", 2500, "--stay-near", tmp / "faster/plan.json", "-o", tmp / "rate")
    assert "FPGAs stay as the earlier plan has them" in told, told
    proof, certificate = (json.loads((tmp / "rate" / name).read_text()) for name in ("report/report.json", "certificate.json"))
    assert certificate["infeasible_fs"] == proof["proof"]["fewer_above_fs"] == 10**15 // 2500, (proof["proof"], certificate["infeasible_fs"])
    # Nothing changed: nothing moves, though other plans are as good.
    same = json.loads(braid("plan", *words, "--stay-near", tmp / "before/plan.json", "--stay-loss", 0, "--json"))
    assert len(kept_of(same["notes"])) == 3, same["notes"]
