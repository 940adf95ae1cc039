"""End-to-end cases of what a user does with plans: checking a bundle, comparing numbers of FPGAs, planning again."""
import json
import lzma
import re
import shutil
import subprocess
import sys

from flow import MODELS, ROOT, SHARED, Skip, braid, tree


def compiled(tmp, *more, model="mnist_cnn_73k", cluster="u50x2", fpgas=2, out="out"):
    braid("compile", MODELS / f"{model}.onnx", "--cluster", cluster, "--fpgas", fpgas, "--io", "stream", *more, "-o", tmp / out)
    return tmp / out


def test_an_unchanged_bundle_passes_its_check(tmp):
    """Made with options of every kind: the manifest holds them all."""
    cluster = tmp / "pair.json"
    cluster.write_text(json.dumps({"schema": "braid-cluster-1", "name": "pair", "topology": "direct",
                                   "fpgas": [{"name": "left", "device": "u50"}, {"name": "right", "device": "u50"}]}))
    precision = tmp / "precision.json"
    precision.write_text(json.dumps({"layers": {"conv2": {"weight": "ap_fixed<8,2>"}}}))
    cases = [[], ["--solver", "chain-dp"], ["--objective", "latency", "--split", "auto"], ["--limits", "lut=40,dsp=60", "--clock", "150"],
             ["--split-layer", "fc3=neuron:3:1"], ["--precision-file", precision], ["--reuse", "conv2=18", "--strategy", "resource"],
             ["--pin", "conv1=fpga0", "--reserve", "*:lut=5%"]]
    for i, more in enumerate(cases):
        out = compiled(tmp, *more, cluster=cluster if i == 0 else "u50x2", out=f"out{i}")
        before = tree(out)
        told = braid("check", out)
        assert told.splitlines()[-1].startswith("check: what the model and the options give, byte for byte"), told
        assert ("proven: " in told) == (out / "certificate.json").exists() == (i not in (1, 4)), (more, told)
        assert tree(out) == before
    out = tmp / "pipelines"
    braid("compile", MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x4", "--replicas", 2, "-o", out)
    braid("check", out)


def test_a_bundle_of_a_given_folding_passes_its_check(tmp):
    model = SHARED / "models/tfc_2w2a/model.onnx"
    if not model.exists():
        raise Skip(f"{model} is absent")
    asked = [model, "--cluster", "pynq-z2x2", "--backend", "finn"]
    braid("compile", *asked, "-o", tmp / "free")
    folding = next((tmp / "free").glob("fpga0/hls*/report/final_hw_config.json"))
    braid("compile", *asked, "--folding", folding, "-o", tmp / "given")
    shutil.rmtree(tmp / "free")
    braid("check", tmp / "given")


def test_a_changed_bundle_fails_its_check(tmp):
    """Each change is named: file, place, what is there, what is right."""
    whole = compiled(tmp)

    def told(change, name):
        shutil.rmtree(tmp / "changed", ignore_errors=True)
        shutil.copytree(whole, tmp / "changed")
        file = tmp / "changed" / name
        value = json.loads(file.read_text()) if name.endswith(".json") else file.read_text()
        value = change(value) or value
        file.write_text(json.dumps(value) if name.endswith(".json") else value)
        return braid("check", tmp / "changed", code=1)

    def cost(problem):
        problem["tables"][1][0][1] += 1
    found = json.loads((whole / "problem.json").read_text())["tables"][1][0][1]
    assert f"problem.json: error: tables[1][0][1] is {found + 1}, not {found}\n" in told(cost, "problem.json")

    def layer(plan):
        row = next(row for row in plan["layers"] if row["layer"] == "conv2")
        row["reuse_factor"] *= 2
    assert re.search(r"plan.json: error: layers\[\d+\].reuse_factor \('conv2'\) is (\d+), not \d+\n", told(layer, "plan.json"))

    def weight(certificate):
        def first(tree):
            return tree["weights"] if "weights" in tree else first(tree["in"])
        weights = first(certificate["proofs"][0]["first"][0]["tree"])
        weights[0] += 1
    assert re.search(r"certificate.json: error: proofs\[0\].first\[0\].tree.*weights\[0\] is \d+, not \d+\n", told(weight, "certificate.json"))

    def rate(report):
        report["frames_per_second"] += 1
    assert "report.json: error: frames_per_second is " in told(rate, "report/report.json")

    def limit(manifest):
        manifest["options"]["limits_percent"]["LUT"] = 60
    assert "problem.json: error: kinds[0].dies[0].capacity[0] ('all dies') is " in told(limit, "braid.json")

    def solver(manifest):
        manifest["options"]["solver"] = "magic"
    assert "braid.json: error: its options cannot be read: solver: 'magic' is not known" in told(solver, "braid.json")

    def impossible(manifest):
        manifest["options"]["fpgas"] = 3
    assert "error: --fpgas 3: cluster u50x2 has 2 FPGAs" in told(impossible, "braid.json")
    assert re.search(r"firmware/fpga0.cpp: error: line \d+ is '.*ours.*', not '", told(lambda text: text.replace("hls-fpga-machine-learning insert", "ours", 1)
                     if "hls-fpga-machine-learning insert" in text else "// ours\n" + text, "fpga0/hls/firmware/fpga0.cpp"))
    (tmp / "changed/fpga0/hls/firmware/fpga0.cpp").unlink()
    assert "firmware/fpga0.cpp: error: cannot be read: No such file" in braid("check", tmp / "changed", code=1)
    with (whole / "source/model.onnx").open("ab") as file:
        file.write(b"\0")
    assert "source/model.onnx: error: its bytes are not those that braid.json states" in braid("check", whole, code=1)


def test_a_bundle_of_a_given_plan_passes_its_check(tmp):
    """A plan file that leaves choices open: the bundle keeps it, and says that nothing is proven of it."""
    plan = json.loads((compiled(tmp) / "plan.json").read_text())
    for row in plan["layers"]:
        row.pop("strategy", None), row.pop("reuse_factor", None)
    (tmp / "plan.json").write_text(json.dumps(plan))
    braid("compile", MODELS / "mnist_cnn_73k.onnx", "--cluster", "u50x2", "--plan", tmp / "plan.json", "-o", tmp / "given")
    told = braid("check", tmp / "given")
    assert "note: the plan was given (--plan): of a better one nothing is proven\n" in told, told
    assert (tmp / "given/source/plan.json").read_bytes() == (tmp / "plan.json").read_bytes()


def test_the_checker_in_a_bundle_accepts_its_proof(tmp):
    out = compiled(tmp)
    told = subprocess.run([out / "check_certificate.py", out / "problem.json", out / "certificate.json"], capture_output=True, text=True)
    assert told.returncode == 0 and "proven optimal" in told.stdout, told.stdout + told.stderr


def shared_model(name, tmp):
    """The ONNX file of a network of the shared folder, unpacked where need be."""
    path, packed = SHARED / "models" / name / "model.onnx", SHARED / "models" / name / "model.onnx.xz"
    if packed.exists():
        path = tmp / f"{name}.onnx"
        path.write_bytes(lzma.open(packed).read())
    if not path.exists():
        raise Skip(f"{path} is absent")
    return path


def planned(model, *more):
    return json.loads(braid("plan", model, "--backend", "finn", *more, "--json"))


def test_one_search_gives_copies_to_single_segments(tmp):
    """Proven, bit-exact, and faster than FPGAs one after the other."""
    out, model = tmp / "out", shared_model("gen_cnv_w2a2", tmp)
    tight = ["--cluster", "pynq-z1x4", "--limits", "bram18=60"]  # four copies of all would fit default limits
    braid("compile", model, *tight, "--backend", "finn", "--split", "auto", "-o", out)
    report = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["solver"] == "elastic" and report["frames_per_second"] > 1.3 * planned(
        model, *tight, "--fpgas", 4)["frames_per_second"], report["frames_per_second"]
    assert 1 < max(len(copies) for copies in json.loads((out / "plan.json").read_text(encoding="utf-8"))["replicas"].values()) + 1 < 4
    checked = subprocess.run([sys.executable, ROOT / "tools/check_certificate.py", out / "problem.json", out / "certificate.json"],
                             capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and checked.stdout.startswith("plan: legal"), checked
    assert "verify: bit-exact" in braid("verify", out, "--random", 2)


def test_one_search_cuts_layers(tmp):
    """Proven by the same search, on several FPGAs, bit-exact."""
    out, model = tmp / "out", shared_model("gen_cnv_w2a2", tmp)
    braid("compile", model, "--cluster", "pynq-z1x4", "--backend", "finn", "--split", "neuron", "-o", out)
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    places = {}
    for row in plan["layers"]:
        places.setdefault(row["layer"], set()).add(row["fpga"])
    assert plan["solver"] == "elastic" and max(len(fpgas) for fpgas in places.values()) > 1, (plan["solver"], places)
    assert "verify: bit-exact" in braid("verify", out, "--random", 2)


def test_copies_share_their_host(tmp):
    rates = {}
    for hosts in ("aaa", "abc"):
        cluster = tmp / f"{hosts}.json"
        cluster.write_text(json.dumps({"schema": "braid-cluster-1", "name": "three", "topology": "star",
                                       "fpgas": [{"device": "u280", "host": host} for host in hosts],
                                       "hosts": [{"name": host, "ingestGbps": 10} for host in sorted(set(hosts))]}))
        report = planned(shared_model("tfc_2w2a", tmp), "--cluster", cluster, "--split", "auto")
        rates[hosts] = report["frames_per_second"], report["bottleneck"]
    # 256 bytes a frame and 10 Gb/s: 4.88 million frames a second for each host.
    assert rates["aaa"][0] < 4.9e6 and rates["aaa"][1].startswith("host a"), rates
    assert rates["abc"][0] > 2 * rates["aaa"][0], rates
    asked = planned(shared_model("tfc_2w2a", tmp), "--cluster", tmp / "aaa.json", "--replicas", 3)
    assert asked["frames_per_second"] < 4.9e6 and asked["bottleneck"].startswith("host a"), asked["bottleneck"]


def test_least_latency_is_least(tmp):
    """No later than the fastest plan, whatever solver or memory wins that; sooner where there is room, or a slower plan makes some."""
    later, sooner = [], []
    cnv = shared_model("gen_cnv_w2a2", tmp)
    for model, *flags in ((MODELS / "mnist_cnn_73k.onnx",), (MODELS / "mnist_mlp_784_16_32_10.onnx",), (cnv, "--backend", "finn")):
        for cluster in ("pynq-z2x3", "zcu104x3", "u280x2"):
            for more in ([], ["--fpgas", 2], ["--split", "auto"]):
                fastest, least = (json.loads(braid("plan", model, "--cluster", cluster, *flags, *more, *objective, "--json"))
                                  for objective in ([], ["--objective", "latency"]))
                row = f"{model.stem} {cluster} {more}: {fastest['latency_us']} us, {least['latency_us']} us"
                later += [row] if least["latency_us"] > fastest["latency_us"] else []
                sooner += [row] if least["latency_us"] < 0.9 * fastest["latency_us"] else []
    assert not later, later
    assert len(sooner) >= 6, sooner


def test_least_latency_takes_more_fpgas_only_where_that_helps(tmp):
    deep, small = shared_model("gen_resnet50_v15_w2a2", tmp), shared_model("gen_cnv_w2a2", tmp)
    fewest, least = (planned(deep, "--cluster", "u280x2", "--limits", "lut=60,bram18=60", *more) for more in ([], ["--objective", "latency"]))
    assert least["latency_us"] < 0.9 * fewest["latency_us"], (least["latency_us"], fewest["latency_us"])
    least, fastest = (planned(small, "--cluster", "zcu104x2", *more) for more in (["--objective", "latency"], ["--fpgas", 2]))
    assert least["latency_us"] < fastest["latency_us"] and least["period_us"] > fastest["period_us"], (least["latency_us"], fastest["latency_us"])
