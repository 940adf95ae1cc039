"""`braid verify --per-layer` on networks of both styles, whole and split, and on bundles that were edited: the layer that
is wrong must be the one that is named. run.py calls what `cases` gives."""
import json
import re

# Name: model, flags, layers that are there once whole, of them inside units.
WHOLE = {
    "arrays": ("mnist_mlp_784_16_10.onnx", ["--cluster", "pynq-z2"], 3, 0),
    "streams": ("mnist_cnn_73k.onnx", ["--cluster", "u280"], 11, 0),  # ten nodes, and a crop of the row that the second pool leaves
    # A reshape, four matrices, three quantisers: of three matrices the sums do not leave the unit.
    "finn": ("tfc_2w2a", ["--backend", "finn", "--cluster", "pynq-z1x1", "--solver", "chain-dp"], 8, 3),
}
SPLIT = {
    "arrays_by_input": ("mnist_mlp_784_16_10.onnx", ["--cluster", "pynq-z2x2", "--split-layer", "fc1=input:3:1"]),
    "arrays_by_neuron": ("mnist_mlp_256_46_10.onnx", ["--cluster", "u280x2", "--fpgas", 2, "--split", "neuron"]),
    "streams_by_rows": ("mnist_cnn_73k.onnx", ["--cluster", "pynq-z2x5", "--fpgas", 5, "--split", "rows"]),
    "streams_with_branches": ("mnist_rescnn_gap.onnx", ["--cluster", "u280x3", "--fpgas", 3]),
    "streams_for_vivado": ("mnist_cnn_73k.onnx", ["--cluster", "pynq-z2x5", "--fpgas", 5, "--hls-tool", "vivado"]),
    "copies": ("mnist_cnn_73k.onnx", ["--cluster", "pynq-z2x5", "--fpgas", 4, "--replicas", 2]),
    "stages": ("mnist_mlp_784_16_32_10.onnx", ["--cluster", "pynq-z2x2", "--split-layer", "fc2=neuron:2"]),
    "finn_by_input": ("tfc_2w2a", ["--backend", "finn", "--cluster", "u280x2", "--fpgas", 2, "--split-layer", "MatMul_56=input:2"]),
    "finn_by_neuron": ("tfc_2w2a", ["--backend", "finn", "--cluster", "pynq-z2x3", "--fpgas", 3, "--split", "neuron"]),
    "finn_maps_by_rows": ("ours_cnn_73k_qonnx_w4a4_pow2", ["--backend", "finn", "--cluster", "pynq-z2x3", "--fpgas", 3, "--split", "rows"]),
}


# Kinds of rows that are not what a layer makes: "inner" streams lie between the units of one.
NO_LAYERS = ("input", "Receive", "inner")


def tables(out):
    """Rows {heading: cell} by title."""
    found, title, columns = {}, None, None
    for line in out.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            title, columns = line[:-1], None
            found[title] = []
        elif not line:
            title = None
        elif title is not None and columns is None:
            columns = [(m.start(), m.group()) for m in re.finditer(r"\S+", line)]
        elif title is not None:
            cells = re.split(r"\s{2,}", line.strip())
            found[title].append(dict(zip([name for _, name in columns], cells)))
    return found


def layers_of(out):
    return [row for rows in tables(out).values() for row in rows if row["kind"] not in NO_LAYERS]


def check(out, layers, inside):
    last = out.splitlines()[-1]
    told = re.match(r"verify: bit-exact \(.*, ([\d,]+) values, (\d+) layer streams(?:, (\d+) of them inside units)?"
                    r": whole = split = emitted C\+\+\)$", last)
    assert told and (int(told.group(2)), int(told.group(3) or 0)) == (layers, inside), f"{layers} layers, {inside} inside: {last}"
    rows = layers_of(out)
    assert len(rows) == layers and sum(row["result"].startswith("inside ") for row in rows) == inside, out
    everything = [row for table in tables(out).values() for row in table]
    assert all(row["result"] == "equal" or row["result"].startswith("inside MVAU_hls_") for row in everything), out


def whole(braid, model, flags, layers, inside, tmp):
    braid("compile", model, *flags, "-o", tmp / "out")
    out = braid("verify", tmp / "out", "--per-layer", "--random", 5)
    check(out, layers, inside)
    # Each row counts the values of five frames.
    for row in layers_of(out):
        size = 5
        for n in re.findall(r"\d+", row["shape"]):
            size *= int(n)
        assert row["values"] == (f"{size:,}" if row["result"] == "equal" else "-"), row


def split(braid, model, flags, tmp):
    """The layers are those that the report counts, on the same FPGAs; all are equal."""
    braid("compile", model, *flags, "-o", tmp / "out")
    report = json.loads((tmp / "out/report/report.json").read_text())
    out = braid("verify", tmp / "out", "--per-layer", "--random", 5)
    rows = layers_of(out)
    check(out, len(rows), sum(row["result"].startswith("inside ") for row in rows))
    # The report counts no layer that has no unit of its own in the FINN style: thresholds behind sums, reshapes.
    joined = "--backend" in flags
    stated = sorted((f["name"], layer["name"]) for f in report["fpgas"] for layer in f["layers"] if layer["kind"] != "transport")
    found = [(re.match(r"\S+", title).group(), row["layer"], row["kind"]) for title, table in tables(out).items()
             for row in table if row["kind"] not in NO_LAYERS]
    more = [row for row in found if row[:2] not in stated]
    assert sorted(row[:2] for row in found if row not in more) == stated, f"{found}\nis not\n{stated}"
    assert all(joined and kind in ("Threshold", "Reshape") for _, _, kind in more), more
    assert sum(kind == "Threshold" for _, _, kind in more) == sum(row["result"].startswith("inside ") for row in rows), out


def edit(path, pattern, to):
    """A new file, as an editor writes it: bundles may share theirs."""
    text = path.read_text()
    changed = re.sub(pattern, to, text, count=1, flags=re.M)
    assert changed != text, f"{path} has no {pattern}"
    path.unlink()
    path.write_text(changed)


def blamed(braid, bundle, layer, *where):
    """The layer that is named first, and the table that shows it."""
    told = braid("verify", bundle, "--per-layer", "--random", 5, code=4)
    assert told.startswith(f"node '{layer}' ("), told
    for text in where:
        assert text in told, f"no '{text}' in: {told}"


def edited_arrays(braid, model_of, tmp):
    braid("compile", model_of("mnist_mlp_784_16_32_10.onnx"), "--cluster", "pynq-z2x5", "--fpgas", 3, "-o", tmp / "out")
    weights = next(p for p in sorted((tmp / "out").glob("fpga1/hls/firmware/weights/w*.txt")))
    edit(weights, r"^[^,]+", "7.5")
    layer = json.loads((tmp / "out/report/report.json").read_text())["fpgas"][1]["layers"][0]["name"]
    blamed(braid, tmp / "out", layer, "emitted C++ of fpga1: send1 is the first stream that differs: frame 0, [",
           "expected ", "found ", "later stream")


def edited_streams(braid, model_of, tmp):
    """A weight, a call with the wrong argument, a call that is gone: the rest waits for it, and the program ends."""
    braid("compile", model_of("mnist_cnn_73k.onnx"), "--cluster", "pynq-z2x5", "--fpgas", 5, "--io", "stream", "--solver", "chain-dp", "-o", tmp / "out")
    firmware = tmp / "out/fpga1/hls/firmware"
    kept = {p: p.read_text() for p in (firmware / "weights/w3.txt", firmware / "fpga1.cpp", firmware / "parameters.h")}

    def again():
        for path, text in kept.items():
            path.unlink()
            path.write_text(text)
    edit(firmware / "weights/w3.txt", r"^[^,]+", "7.5")
    blamed(braid, tmp / "out", "conv2", "emitted C++ of fpga1: layer3_out is the first stream that differs: frame 0, [0, 0, 0]:")
    again()
    edit(firmware / "fpga1.cpp", r"^.*nnet::relu.*$", "  for (int i = 0; i < 121; i++) layer4_out.write(layer3_out.read());")
    blamed(braid, tmp / "out", "conv2_relu", "layer4_out is the first stream that differs: frame 0, [", "found -", "later streams differ too")
    again()
    edit(firmware / "fpga1.cpp", r"^.*nnet::relu.*\n", "")
    blamed(braid, tmp / "out", "conv2_relu", "layer4_out is the first stream that differs: 0 values, not 3,872",
           "fpga1 ended with signal 6 (Aborted)")
    again()
    edit(firmware / "fpga1.cpp", r"layer4_out\); //", "layer5_out); //")
    told = braid("verify", tmp / "out", "--per-layer", code=4)
    assert "fpga1 does not compile" in told and "fpga1.cpp:" in told, told
    again()
    # What computes the same passes, and is told.
    edit(firmware / "fpga1.cpp", r"^.*nnet::relu.*$", r"  // by hand\n\g<0>")
    out = braid("verify", tmp / "out", "--per-layer", "--random", 2)
    assert out.startswith("edited since it was compiled: fpga1/hls/firmware/fpga1.cpp\n") and ": bit-exact (2 frames" in out, out
    # Without --per-layer such a bundle is refused; what is not of a project may not differ at all.
    assert "or verify it as it is, --per-layer" in braid("verify", tmp / "out", code=4)
    edit(tmp / "out/plan.json", "braid-plan-1", "braid-plan-2")
    assert "plan.json: error: its bytes are not those" in braid("verify", tmp / "out", "--per-layer", code=4)


def edited_finn(braid, model_of, tmp):
    """Thresholds, a memory beside its unit, a unit between two layers."""
    braid("compile", model_of("tfc_2w2a"), "--backend", "finn", "--solver", "chain-dp", "--cluster", "pynq-z1x1", "-o", tmp / "out")
    out = braid("verify", tmp / "out", "--per-layer", "--random", 5)
    first, second = [row["layer"] for row in layers_of(out) if " of MVAU_hls_" in row["stream"]][:2]
    hls = tmp / "out/fpga0/hls"
    thresholds, memory = hls / "units/MVAU_hls_1/thresh.h", hls / "units/MVAU_hls_0/memblock.dat"
    kept = thresholds.read_text()
    thresholds.unlink()
    thresholds.write_text(re.sub(r"\{(-?\d+), (-?\d+)\}", "{-64, -64}", kept))
    blamed(braid, tmp / "out", second, "of MVAU_hls_1 is the first stream that differs: frame 0, [")
    thresholds.write_text(kept)
    lines = memory.read_text().splitlines()
    memory.unlink()
    memory.write_text("\n".join(["f" * len(line) for line in lines]) + "\n")
    blamed(braid, tmp / "out", first, "of MVAU_hls_0 is the first stream that differs: frame 0, [")
    memory.unlink()
    memory.write_text("\n".join(lines) + "\n")
    edit(hls / "firmware/fpga0.cpp", r"^  in_StreamingDataWidthConverter_hls_2::.*\n", "  while (!stream4.empty()) stream4.read();\n")
    blamed(braid, tmp / "out", second, "stream5 of StreamingDataWidthConverter_hls_2 is the first stream that differs: 0 values")


def edited_finn_windows(braid, model_of, tmp):
    """What lies between the units of one layer is compared too: a window that is not the layer's, and the layer is named."""
    braid("compile", model_of("ours_cnn_73k_qonnx_w4a4_pow2"), "--backend", "finn", "--solver", "chain-dp", "--cluster", "pynq-z2x3",
          "--fpgas", 3, "--split", "rows", "-o", tmp / "out")
    unit = tmp / "out/fpga0/hls/units/ConvolutionInputGenerator_hls_1/top_ConvolutionInputGenerator_hls_1.cpp"
    edit(unit, r"^  ConvolutionInputGenerator.*$", r"\g<0>\n  out_V.write(out_V.read()); // the first word comes last")
    rows = next(row["slice"]["rows"] for row in json.loads((tmp / "out/plan.json").read_text())["layers"]
                if row["layer"] == "conv1_pool" and row["fpga"] == "fpga0")
    blamed(braid, tmp / "out", f"conv1_pool[{rows[0]}:{rows[1]}, 0:13, 0:16]", "of ConvolutionInputGenerator_hls_1 is the first stream that differs: frame ")


def older(braid, model_of, tmp):
    """A bundle whose programs record nothing: one error, not a table without numbers."""
    braid("compile", model_of("mnist_mlp_784_16_10.onnx"), "--cluster", "pynq-z2", "-o", tmp / "out")
    edit(tmp / "out/fpga0/link/braid_emulation.h", r"^ *trace::begin\(folder_\);\n", "")
    told = braid("verify", tmp / "out", "--per-layer", code=4)
    assert "the bundle recorded no stream" in told and told.count("error:") == 1, told


def cases():
    """Name, and what to call with (braid, the path of a network by name, a folder)."""
    for name, (model, flags, layers, inside) in WHOLE.items():
        yield f"per_layer_whole_{name}", lambda braid, of, tmp, w=(model, flags, layers, inside): whole(braid, of(w[0]), *w[1:], tmp)
    for name, (model, flags) in SPLIT.items():
        yield f"per_layer_split_{name}", lambda braid, of, tmp, s=(model, flags): split(braid, of(s[0]), s[1], tmp)
    for call in (edited_arrays, edited_streams, edited_finn, edited_finn_windows, older):
        yield f"per_layer_{call.__name__}", call
