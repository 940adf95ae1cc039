"""An evaluator of ONNX networks, quantised ones above all, in float64: written from the texts of ONNX and QONNX, for
comparisons layer by layer. `operators` has what ONNX defines, `quantisers` what rounds, `walk` goes through a graph."""
