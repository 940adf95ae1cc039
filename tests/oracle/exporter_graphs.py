"""Graphs as exporters write them: PyTorch's shape arithmetic, tf2onnx's transposes, Keras' layouts, weights wherever
they may stand. Every function adds one to GRAPHS by its name; graphs end in the values that they return."""

import numpy as np
from onnx import TensorProto

from graph_builder import graph

I = np.array  # a list of integers


@graph(17)
def torch_view_by_shape(g):
    x = g.op("Conv", g.input("batch", 3, 12, 12), g.w(8, 3, 3, 3), g.w(8), pads=[1, 1, 1, 1])
    x = g.op("MaxPool", g.op("Relu", x), kernel_shape=[2, 2], strides=[2, 2])
    batch = g.op("Unsqueeze", g.op("Gather", g.op("Shape", x), g.node_const(I(0)), axis=0), g.node_const(I([0])))
    return g.op("Gemm", g.op("Reshape", x, g.op("Concat", batch, g.node_const(I([-1])), axis=0)), g.w(10, 288), g.w(10), transB=1)


@graph(11)
def torch_view_by_products(g):
    x = g.op("Conv", g.input("N", 4, 5, 5), g.w(6, 4, 3, 3))
    n, c, h, w = (g.op("Gather", g.op("Shape", x), g.node_const(I(i)), axis=0) for i in range(4))
    flat = g.op("Unsqueeze", g.op("Mul", g.op("Mul", c, h), w), axes=[0])
    return g.op("Reshape", x, g.op("Concat", g.op("Unsqueeze", n, axes=[0]), flat, axis=0))


@graph(11)
def torch_interpolate_by_sizes(g):
    x = g.input("N", 4, 6, 5)
    shape = g.op("Shape", x)
    size = g.op("Cast", g.op("Slice", shape, I([2]), I([4]), I([0])), to=TensorProto.FLOAT)
    size = g.op("Cast", g.op("Floor", g.op("Mul", size, np.float32([2, 3]))), to=TensorProto.INT64)
    sizes = g.op("Concat", g.op("Slice", shape, I([0]), I([2]), I([0])), size, axis=0)
    nothing = np.zeros(0, np.float32)
    return g.op("Resize", x, nothing, nothing, sizes, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")


@graph(tables=True)
def tf_conv_with_transposes(g):
    x = g.op("Transpose", g.input("unk__1", 10, 10, 3, name="input_1:0"), perm=[0, 3, 1, 2])
    x = g.op("Relu", g.op("Conv", x, g.w(8, 3, 3, 3), g.w(8), auto_pad="SAME_UPPER", strides=[2, 2], name="model/conv2d/Conv2D"))
    x = g.op("Reshape", g.op("Transpose", x, perm=[0, 2, 3, 1]), I([-1, 200]))
    return g.op("Softmax", g.op("Add", g.op("MatMul", x, g.w(200, 10)), g.w(10)), axis=-1)


@graph()
def tf_mobile_block(g):
    x = g.op("Transpose", g.input("b", 8, 8, 3), perm=[0, 3, 1, 2])
    x = g.norm(g.op("Conv", x, g.w(8, 3, 3, 3), pads=[0, 0, 1, 1], strides=[2, 2]), 8, epsilon=1e-3)
    x = g.op("Clip", x, np.float32(0), np.float32(6))
    x = g.op("Transpose", g.op("Conv", x, g.w(8, 1, 3, 3), group=8, auto_pad="SAME_UPPER"), perm=[0, 2, 3, 1])
    return g.op("MatMul", g.op("ReduceMean", x, axes=[1, 2], keepdims=0), g.w(8, 4))


@graph()
def keras_conv1d_as_2d(g):
    x = g.op("Unsqueeze", g.op("Transpose", g.input("b", 20, 3), perm=[0, 2, 1]), I([2]))
    x = g.op("Squeeze", g.op("Conv", x, g.w(5, 3, 1, 4), g.w(5), auto_pad="SAME_UPPER"), I([2]))
    x = g.op("Reshape", g.op("Relu", g.op("Transpose", x, perm=[0, 2, 1])), I([-1, 100]))
    return g.op("Gemm", x, g.w(100, 3), g.w(3))


@graph()
def weights_transposed_cast_and_computed(g):
    x = g.op("MatMul", g.input("N", 6), g.op("Transpose", g.node_const(g.w(5, 6)), perm=[1, 0]))
    x = g.op("MatMul", g.op("Relu", x), g.op("Cast", g.const(g.w(5, 5).astype(np.float16)), to=TensorProto.FLOAT))
    return g.op("MatMul", x, g.op("Mul", g.w(5, 4), g.op("Sqrt", np.abs(g.w(1, 4)) + 0.5)))


@graph(9, ir=3)
def weights_as_inputs_with_initializers(g):
    x = g.input(1, 6)
    weights, bias = g.const(g.w(6, 4), "w"), g.const(g.w(4), "b")
    for name, shape in (("w", [6, 4]), ("b", [4])):
        g.declare(name, shape)
    return g.op("Gemm", x, weights, bias)


@graph(9)
def pad_by_attribute(g):
    x = g.op("Pad", g.input("N", 3, 7, 7), pads=[0, 0, 1, 2, 0, 0, 2, 1], value=0.0)
    return g.op("Conv", x, g.w(4, 3, 3, 3), strides=[2, 2])


@graph()
def pad_with_a_value_before_a_padded_conv(g):
    x = g.op("Pad", g.input("N", 3, 7, 7), I([0, 0, 1, 2, 0, 0, 2, 1]), np.float32(1.25))
    return g.op("Conv", x, g.w(4, 3, 3, 3), g.w(4), pads=[1, 1, 1, 1])


@graph(18)
def pad_of_named_axes(g):
    return g.op("Conv", g.op("Pad", g.input("N", 3, 7, 7), I([1, 2, 2, 1]), "", I([2, 3])), g.w(4, 3, 3, 3))


@graph()
def norm_before_padded_and_grouped_convs(g):
    x = g.op("Conv", g.norm(g.input("N", 4, 7, 7), 4), g.w(4, 4, 3, 3), g.w(4), pads=[1, 1, 1, 1])
    return g.op("Conv", g.norm(x, 4), g.w(6, 2, 3, 3), g.w(6), group=2)


@graph()
def norm_between_flatten_and_gemm(g):
    return g.op("Gemm", g.norm(g.op("Flatten", g.input("N", 3, 4, 4)), 48), g.w(48, 4))


@graph()
def pixels_over_255(g):
    x = g.op("Mul", g.input("N", 3, 6, 6), np.float32(100))
    x = g.op("Div", g.op("Sub", x, g.w(1, 3, 1, 1)), np.float32(255))
    return g.op("Conv", x, g.w(4, 3, 3, 3), g.w(4))


@graph(6)
def clip_by_attributes(g):
    return g.op("Clip", g.input("N", 9), min=-0.25, max=0.5)


@graph(tables=True)
def activations(g):
    x = g.input("N", 40)
    ends = [g.op("Sigmoid", x), g.op("Tanh", x), g.op("HardSigmoid", x, alpha=0.2), g.op("Selu", x), g.op("Elu", x, alpha=0.7),
            g.op("LeakyRelu", x, alpha=0.1), g.op("Mul", x, g.op("Sigmoid", x))]
    return g.op("Concat", *ends, axis=1)


@graph(11)
def hard_swish_by_hand(g):
    x = g.input("N", 4, 5, 5)
    gate = g.op("Clip", g.op("Add", x, np.float32(3)), np.float32(0), np.float32(6))
    return g.op("Div", g.op("Mul", x, gate), np.float32(6))


@graph()
def prelu_channels_last_and_first(g):
    x = g.op("PRelu", g.input("N", 5, 5, 4), g.w(1, 1, 4))
    return g.op("PRelu", g.op("Transpose", x, perm=[0, 3, 1, 2]), g.w(4, 1, 1))


@graph(18)
def mean_by_axes_input(g):
    return g.op("Gemm", g.op("ReduceMean", g.input("N", 4, 5, 5), I([-1, -2]), keepdims=0), g.w(4, 3))


@graph()
def mean_in_two_steps(g):
    return g.op("ReduceMean", g.op("ReduceMean", g.input("N", 4, 5, 6), axes=[2], keepdims=0), axes=[2], keepdims=0)


@graph(19)
def resize_of_named_axes_by_half_pixels(g):
    return g.op("Resize", g.input("N", 4, 5, 6), "", np.float32([2, 2]), mode="nearest", axes=[2, 3],
                nearest_mode="round_prefer_floor", coordinate_transformation_mode="half_pixel")


@graph(7)
def upsample_by_attribute(g):
    return g.op("Upsample", g.input("N", 4, 5, 6), mode="nearest", scales=[1.0, 1.0, 2.0, 3.0])


@graph(12)
def dropout_with_a_mask(g):
    return g.op("Relu", g.op("Dropout", g.input("N", 9), np.float32(0.5), np.array(False), outputs=["kept", "mask"]))


@graph(11, tables=True)
def softmax_over_all_axes_behind(g):
    return g.op("Softmax", g.input(1, 3, 4), axis=1)


@graph(tables=True)
def softmax_over_channels(g):
    return g.op("Softmax", g.input("N", 5, 3, 3), axis=1)


@graph()
def gemm_of_all_attributes(g):
    x = g.op("Gemm", g.input(6, 1), g.w(4, 6), g.w(1, 4), transA=1, transB=1, alpha=0.3, beta=1.7)
    return g.op("Gemm", x, g.w(4, 3), np.float32(0.3))


@graph()
def matmul_at_positions_with_biases(g):
    x = g.op("Relu", g.op("Add", g.op("MatMul", g.input("N", 7, 6), g.w(6, 4)), g.w(4)))
    return g.op("Add", g.op("MatMul", x, g.w(1, 4, 5)), g.w(7, 5))


@graph()
def conv_grouped_dilated_and_one_sided(g):
    return g.op("Conv", g.input("N", 4, 11, 9), g.w(6, 2, 3, 2), g.w(6), group=2, dilations=[2, 3], pads=[1, 0, 3, 2], strides=[2, 1])


@graph()
def conv_and_pool_same_lower(g):
    x = g.op("Conv", g.input("N", 3, 7, 6), g.w(4, 3, 4, 3), auto_pad="SAME_LOWER", strides=[2, 2])
    return g.op("AveragePool", x, kernel_shape=[2, 2], auto_pad="SAME_LOWER")


@graph()
def conv1d_depthwise(g):
    x = g.op("Conv", g.input("N", 4, 21), g.w(8, 1, 5), g.w(8), group=4, strides=[2], pads=[2, 1])
    return g.op("Flatten", g.op("GlobalAveragePool", x))


@graph(19)
def average_in_ceil_mode(g):
    return g.op("AveragePool", g.input("N", 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)


@graph()
def maximum_in_ceil_mode_with_pads(g):
    return g.op("MaxPool", g.input("N", 3, 8, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)


@graph()
def padded_average(g):
    x = g.op("Pad", g.input("N", 3, 6, 6), I([0, 0, 1, 1, 0, 0, 1, 1]))
    return g.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2])


@graph()
def two_inputs_two_outputs_one_of_them_read(g):
    a = g.op("Gemm", g.input("N", 6, name="a"), g.w(6, 3))
    m = g.op("Relu", g.op("Add", a, g.op("Gemm", g.input("N", 4, name="b"), g.w(4, 3))))
    return m, g.op("Gemm", m, g.w(3, 2))


@graph()
def names_of_all_kinds(g):
    x = g.op("Gemm", g.input("N", 6, name="Eingang/größe"), g.const(g.w(6, 5), "gewichte_ß"), outputs=["出力"], name="層/一")
    x = g.op("Gemm", g.op("Relu", x, name=""), g.w(5, 5), name="")
    return g.op("Relu", x, outputs=["out; rm -rf $(x)"], name="a b\"c'd{")


@graph()
def sum_of_streams_and_constants(g):
    x = g.input("N", 4)
    return g.op("Sum", g.w(1), x, g.w(4), g.op("Relu", x))


@graph(tables=True)
def squeeze_and_excite(g):
    x = g.input("N", 4, 5, 5)
    return g.op("Mul", g.op("Sigmoid", g.op("Conv", g.op("GlobalAveragePool", x), g.w(4, 4, 1, 1))), x)


@graph()
def concat_of_branches_and_the_input(g):
    x = g.input("N", 4, 5, 5)
    return g.op("Concat", g.op("Conv", x, g.w(3, 4, 1, 1)), g.op("Conv", x, g.w(2, 4, 3, 3), pads=[1, 1, 1, 1]), x, axis=-3)


@graph()
def constants_per_element_and_per_row(g):
    return g.op("Add", g.op("Mul", g.input("N", 3, 4, 4), g.w(3, 4, 4)), g.w(4, 1))


@graph()
def pixel_shuffle_by_hand(g):
    x = g.op("Reshape", g.input("N", 8, 3, 3), I([-1, 2, 2, 2, 3, 3]))
    return g.op("Reshape", g.op("Transpose", x, perm=[0, 1, 4, 2, 5, 3]), I([-1, 2, 6, 6]))


@graph(21, ir=10, tables=True)
def newest_opset(g):
    x = g.op("Relu", g.op("Conv", g.input("N", 3, 6, 6), g.w(4, 3, 3, 3)))
    return g.op("Softmax", g.op("ReduceMean", x, I([2, 3]), keepdims=0), axis=1)


@graph()
def nodes_in_reverse_order(g):
    end = g.op("Relu", g.op("Gemm", g.input("N", 6), g.w(6, 4)))
    g.nodes.reverse()
    return end
