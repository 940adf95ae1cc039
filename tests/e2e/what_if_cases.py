"""End-to-end cases of `braid plan --what-if`: its rows against plans made one by one, and its chart."""
import json
import subprocess
import xml.etree.ElementTree as ElementTree

from flow import MODELS, PROGRAM, SHARED, Skip, braid

SVG = "{http://www.w3.org/2000/svg}"


def what_if(*words):
    return json.loads(braid("plan", *words, "--json", "--what-if"))


def exactly(fpgas, words):
    """The report of the plan on exactly so many FPGAs, or the message that says why there is none."""
    done = subprocess.run([PROGRAM, "plan", *map(str, words), "--fpgas", str(fpgas), "--json"], capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 3), done.stderr
    return json.loads(done.stdout) if done.returncode == 0 else None, done.stderr


def rows_are_plans(fpgas, *words, latency=False):
    """Holds every row to what `--fpgas` gives; gives the rows."""
    rows = what_if(*words)["rows"]
    assert [row["fpgas"] for row in rows] == list(range(1, fpgas + 1)), rows
    plans = {}
    bound, proven = 0, True
    for row in rows:
        n = row["fpgas"]
        report, told = exactly(n, words)
        if report is None:
            assert row["exactly"] is None and f"error: {row['why_not']['message']}\n" in told + "\n", (row, told)
            assert all(f"note: {note}\n" in told for note in row["why_not"]["notes"]), (row, told)
        else:
            above = report["proof"] and report["proof"]["contiguous_above_fs"]
            plans[n] = {key: report[key] for key in ("frames_per_second", "latency_us", "bottleneck")}
            assert report["fpgas_used"] == n and row["why_not"] is None
            assert row["exactly"] == {**plans[n], "contiguous_above_fs": above}, (row, report["proof"])
            proven = proven and above is not None
            bound = max(bound, 10**15 // above) if proven else 0
        if not plans:
            assert row["best_fpgas"] is row["frames_per_second"] is row["bound_frames_per_second"] is None, row
            continue
        best = min(plans, key=lambda k: (plans[k]["latency_us"] if latency else -plans[k]["frames_per_second"], k))
        first = min(plans)
        assert row["best_fpgas"] == best, (row, plans)
        assert {key: row[key] for key in ("frames_per_second", "latency_us")} == {key: plans[best][key] for key in ("frames_per_second", "latency_us")}
        linear = plans[first]["frames_per_second"] * n / first
        assert abs(row["share_of_linear"] * linear / row["frames_per_second"] - 1) < 1e-4, row
        assert row["bound_frames_per_second"] == (bound if proven else None), row
        if proven:
            assert bound >= int(row["frames_per_second"] * (1 - 1e-5)), row
    return rows


def test_rows_of_what_if_are_plans_of_boards(tmp):
    rows = rows_are_plans(5, MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x5", "--io", "stream")
    assert any(row["bound_frames_per_second"] for row in rows)


def test_rows_of_what_if_are_plans_that_cut_layers(tmp):
    rows = rows_are_plans(4, MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x4", "--split", "auto")
    assert rows[0]["best_fpgas"] is None and rows[3]["frames_per_second"] > rows[1]["frames_per_second"]


def test_rows_of_what_if_are_plans_within_places(tmp):
    rows = rows_are_plans(3, MODELS / "mnist_cnn_73k.onnx", "--cluster", "pynq-z2x5", "--forbid", "fpga0,fpga3", "--pin", "conv2=fpga2", "--limits", "lut=65",
                          "--reserve", "*:bram18=10%")
    assert any(row["exactly"] for row in rows)


def test_rows_of_what_if_are_plans_for_latency(tmp):
    rows_are_plans(4, MODELS / "mnist_cnn_73k.onnx", "--cluster", "u50x4", "--objective", "latency", latency=True)


def test_rows_of_what_if_are_pipelines_side_by_side(tmp):
    rows = rows_are_plans(5, MODELS / "mnist_mlp_784_16_32_10.onnx", "--cluster", "pynq-z2x5", "--replicas", 2)
    assert [row["best_fpgas"] for row in rows][:3] == [None, 2, 2]


def test_rows_of_what_if_are_plans_of_the_finn_style(tmp):
    model = SHARED / "models/tfc_2w2a/model.onnx"
    if not model.exists():
        raise Skip(f"{model} is absent")
    rows_are_plans(3, model, "--cluster", "u280x3", "--backend", "finn", "--split", "auto")


def test_more_fpgas_are_never_slower_in_what_if(tmp):
    """Nor of more use where fewer do as well; and the plan that takes as many as it likes is in the table."""
    fewer = 0
    for model, cluster, *options in (("mnist_cnn_73k", "pynq-z2x5", "--objective", "fpgas"), ("mnist_cnn_73k", "pynq-z2x5", "--split", "auto"),
                                     ("mnist_mlp_784_64_32_10", "pynq-z2x5", "--split", "auto"), ("mnist_rescnn_gap", "u50x4", "--split", "auto")):
        words = [MODELS / f"{model}.onnx", "--cluster", cluster, *options]
        rows = [row for row in what_if(*words)["rows"] if row["best_fpgas"]]
        rates = [row["frames_per_second"] for row in rows]
        assert rates == sorted(rates), rates
        fewer += sum(row["best_fpgas"] < row["fpgas"] for row in rows)
        free = json.loads(braid("plan", *words, "--json"))
        at = next(row for row in rows if row["fpgas"] == free["fpgas_used"])
        assert at["frames_per_second"] >= free["frames_per_second"], (at, free["frames_per_second"])
    assert fewer > 0


def chart_of(rows, file):
    """Holds a chart to the rows that it shows."""
    text = file.read_text()
    root = ElementTree.fromstring(text)
    width, height = float(root.get("width")), float(root.get("height"))
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in ("svg", "title", "rect", "text", "line", "polyline", "circle", "path", "g")}
    assert "href" not in text and "url(" not in text
    for element in root.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(key, 0)) <= width, element.attrib
        for key in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(key, 0)) <= height, element.attrib
    groups = root.findall(f"{SVG}g")
    assert len(groups) == len(rows)
    heights, places = [], []
    for row, group in zip(rows, groups):
        marks = [mark for mark in group if mark.get("class") not in (None, "bound")]
        wanted = "no-plan" if row["best_fpgas"] is None else "plan" if row["best_fpgas"] == row["fpgas"] else "no-gain"
        assert [mark.get("class") for mark in marks] == [wanted], row
        heights += [float(mark.get("cy")) for mark in marks if mark.get("cy")]
        places += [float(mark.get("cx")) for mark in marks if mark.get("cx")]
        assert group.find(f"{SVG}title").text.startswith(f"{row['fpgas']} FPGA"), row
    rates = [row["frames_per_second"] for row in rows if row["best_fpgas"]]
    bottom = max(float(line.get("y1")) for line in root.findall(f"{SVG}line") if line.get("y1") == line.get("y2") and line.get("stroke") == "#1c2530")
    scale = [(bottom - at) / rate for at, rate in zip(heights, rates)]  # pixels for a frame per second
    assert max(scale) - min(scale) < 0.1 / min(rates), (heights, rates)
    assert places == sorted(set(places))
    return "".join(root.itertext())


def test_the_chart_of_what_if_shows_its_rows(tmp):
    cluster = tmp / "named.json"
    cluster.write_text(json.dumps({"schema": "braid-cluster-1", "name": "a <b> & \"c\"", "topology": "star", "link": "zynq-tcp",
                                   "fpgas": [{"name": f"fpga{i}", "device": "pynq-z2"} for i in range(4)]}))
    words = [MODELS / "mnist_cnn_73k.onnx", "--cluster", cluster, "--io", "stream"]
    for name in ("one.svg", "two.svg"):
        braid("plan", *words, "--what-if", "--what-if-svg", tmp / name)
    assert (tmp / "one.svg").read_bytes() == (tmp / "two.svg").read_bytes()
    assert "a <b> & \"c\"" in chart_of(what_if(*words)["rows"], tmp / "one.svg")
    assert "cannot be written" in braid("plan", *words, "--what-if", "--what-if-svg", tmp / "none/chart.svg", code=1)
    small = [MODELS / "mnist_mlp_784_16_32_10.onnx", "--cluster", "pynq-z2x40"]
    for count in (1, 40):
        rows = json.loads(braid("plan", *small, "--json", "--what-if", count, "--what-if-svg", tmp / "chart.svg"))["rows"]
        assert len(rows) == count
        chart_of(rows, tmp / "chart.svg")
