"""hls4ml's own way from an ONNX file to a written project, for tools/bench.py: MODEL OUT REUSE, prints the seconds of each
stage. The steps are those of hls4ml's documentation of its ONNX frontend; the settings are braid's defaults, as far as
hls4ml has them: io_stream, ap_fixed<16,6>, strategy Resource with one reuse factor for all layers, Vitis."""

import sys
import time

import hls4ml
import onnx
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
from qonnx.transformation.gemm_to_matmul import GemmToMatMul
from qonnx.util.cleanup import cleanup_model


def main():
    path, folder, reuse = sys.argv[1:]
    last = time.perf_counter()

    def stage(name):
        nonlocal last
        now = time.perf_counter()
        print(f"stage {name} {now - last:.3f}", flush=True)
        last = now

    file = onnx.load(path)
    for node in file.graph.node: # qonnx 1.0 does not know the default
        if node.op_type == "MaxPool" and not any(attribute.name == "pads" for attribute in node.attribute):
            node.attribute.append(onnx.helper.make_attribute("pads", [0, 0, 0, 0]))
    model = cleanup_model(ModelWrapper(file))
    model = model.transform(ConvertToChannelsLastAndClean()).transform(GemmToMatMul())
    model = cleanup_model(model)
    stage("cleanup")
    config = hls4ml.utils.config_from_onnx_model(model, granularity="name", backend="Vitis", default_precision="ap_fixed<16,6>",
                                                 default_reuse_factor=int(reuse))
    config["Model"]["Strategy"] = "Resource"
    for layer in config["LayerName"].values():
        layer["Strategy"] = "Resource"
    project = hls4ml.converters.convert_from_onnx_model(model, output_dir=folder, project_name="whole", io_type="io_stream",
                                                        backend="Vitis", hls_config=config)
    stage("convert")
    project.write()
    stage("write")


main()
