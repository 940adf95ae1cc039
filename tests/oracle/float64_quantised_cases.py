"""Small seeded graphs of quantising operators: QONNX against qonnx, QDQ and QOperator against onnxruntime.

Inputs mix random numbers with exact ties: multiples of half a step, where scales are powers of two.
"""

import numpy as np
from onnx import TensorProto

from float64_cases import case

GENERAL = "qonnx.custom_op.general"
F = np.float32
MODES = ("ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "floor", "half_up")

# ---- QONNX

for _domain in (GENERAL, "onnx.brevitas"):
    for _kind in ("Quant", "IntQuant"):
        for _mode in MODES:
            for _signed, _narrow in ((1, 0), (1, 1), (0, 0), (0, 1)):
                @case(f"{_kind}-{_domain[:5]}-{_mode}-{_signed}{_narrow}", peer="qonnx", exact=True)
                def _(c, kind=_kind, domain=_domain, mode=_mode, signed=_signed, narrow=_narrow):
                    x = c.input(c.dyadic(4, 60, step=0.0625, most=96))
                    c.op(kind, x, F(0.25), F(0), F(4), domain=domain, signed=signed, narrow=narrow, rounding_mode=mode)

for _mode in MODES:
    @case(f"Quant-channels-zero-points-{_mode}", peer="qonnx", exact=True)
    def _(c, mode=_mode):
        x = c.input(c.dyadic(2, 3, 5, 6, step=0.0625, most=64))
        c.op("Quant", x, np.asarray([0.25, 0.5, 0.125], F).reshape(1, 3, 1, 1), np.asarray([3, 0, -2], F).reshape(1, 3, 1, 1), F(4),
             domain=GENERAL, signed=1, narrow=0, rounding_mode=mode)

    @case(f"Quant-fractional-zero-point-{_mode}", peer="qonnx", exact=True)
    def _(c, mode=_mode):
        c.op("Quant", c.input(c.dyadic(5, 30, step=0.0625, most=64)), F(0.5), F(1.25), F(3), domain=GENERAL, signed=0, narrow=0, rounding_mode=mode)

for _bits in (2, 3, 8, 16):    # qonnx computes in float32
    @case(f"Quant-random-scales-{_bits}", peer="qonnx", noise=2e-7 * 2 ** _bits, grid=2e-7 * 2 ** _bits)
    def _(c, bits=_bits):
        scale = (np.abs(c.floats(1, 5, 1)) + 0.01) * F(2.0 ** (3 - bits))
        c.op("Quant", c.input(c.floats(4, 5, 60)), scale, F(0), F(bits), domain=GENERAL, signed=1, narrow=1, rounding_mode="ROUND")


@case("Quant-negative-scale", peer="qonnx", exact=True)
def _(c):
    c.op("Quant", c.input(c.dyadic(4, 60, step=0.125, most=64)), F(-0.5), F(0), F(4), domain=GENERAL, signed=1, narrow=0, rounding_mode="ROUND")


@case("Quant-one-bit-signed", peer="qonnx", exact=True)
def _(c):
    c.op("Quant", c.input(c.dyadic(4, 60, step=0.125, most=64)), F(0.5), F(0), F(1), domain=GENERAL, signed=1, narrow=0, rounding_mode="ROUND")


@case("Quant-one-bit-unsigned", peer="qonnx", exact=True)
def _(c):
    c.op("Quant", c.input(c.dyadic(4, 60, step=0.125, most=64)), F(0.5), F(0), F(1), domain=GENERAL, signed=0, narrow=0, rounding_mode="ROUND")


@case("Quant-half-up-below-half", peer="qonnx", deviation="adds 0.5 in float32 and rounds there: the number below 0.5 becomes 1", most=0.5)
def _(c):
    c.op("Quant", c.input(np.nextafter(F([0.5, -0.5, 1.5, 0.25]), F(0))), F(1), F(0), F(4), domain=GENERAL, signed=1, narrow=0, rounding_mode="HALF_UP")


for _scale in (1.0, 0.375, -0.5):
    @case(f"BipolarQuant-{_scale}", peer="qonnx", exact=True)
    def _(c, scale=_scale):
        x = c.dyadic(3, 40, step=0.5, most=2)
        x[0, :4] = [0.0, -0.0, 1e-30, -1e-30]
        c.op("BipolarQuant", c.input(x), F(scale), domain=GENERAL)


@case("BipolarQuant-channels", peer="qonnx", exact=True)
def _(c):
    c.op("BipolarQuant", c.input(c.dyadic(2, 3, 20)), np.asarray([1, 0.5, 2], F).reshape(1, 3, 1), domain="onnx.brevitas")


for _mode in MODES:
    @case(f"Trunc-1-{_mode}", peer="qonnx", exact=True)
    def _(c, mode=_mode):
        c.domain_version = 1
        x = c.input(c.dyadic(4, 60, step=0.25, most=500))
        c.op("Trunc", x, F(0.5), F(0), F(8), F(5), domain=GENERAL, rounding_mode=mode)

    @case(f"Trunc-1-zero-point-{_mode}", peer="qonnx", exact=True)
    def _(c, mode=_mode):
        c.domain_version = 1
        c.op("Trunc", c.input(c.dyadic(4, 60, step=0.25, most=500)), F(0.5), F(3), F(8), F(6), domain=GENERAL, rounding_mode=mode)

    for _signed, _narrow in ((1, 0), (1, 1), (0, 0)):
        @case(f"Trunc-2-{_mode}-{_signed}{_narrow}", peer="qonnx", exact=True)
        def _(c, mode=_mode, signed=_signed, narrow=_narrow):
            c.domain_version = 2
            x = c.input(c.dyadic(4, 60, step=0.25, most=700))
            c.op("Trunc", x, F(0.5), F(4), F(9), F(4), F(5), domain=GENERAL, rounding_mode=mode, signed=signed, narrow=narrow)


@case("Trunc-2-scales-apart", peer="qonnx")
def _(c):
    c.domain_version = 2
    scale = F(0.0371)
    c.op("Trunc", c.input((c.dyadic(3, 50, step=1, most=200) * scale)), scale, F(0), F(9), F(scale * 8), F(6), domain=GENERAL, rounding_mode="ROUND")


def thresholds(name, shape, channels, layout=None, bias=-2.0, scale=0.5, **options):
    @case(f"MultiThreshold-{name}", peer="qonnx", exact=True, **options)
    def fill(c):
        t = np.sort(c.dyadic(channels, 7, step=0.5, most=10), axis=1)
        attributes = {} if layout is None else {"data_layout": layout}
        c.op("MultiThreshold", c.input(c.dyadic(*shape, step=0.5, most=12)), t, domain=GENERAL, out_dtype="INT4", out_scale=scale, out_bias=bias,
             **attributes)


thresholds("2d", (3, 6), 6)
thresholds("4d", (2, 5, 3, 4), 5)
thresholds("4d-one", (2, 5, 3, 4), 1)
thresholds("NCHW", (2, 5, 3, 4), 5, "NCHW")
thresholds("NHWC", (2, 3, 4, 5), 5, "NHWC")
thresholds("NHWC-square", (1, 5, 4, 5), 5, "NHWC")
thresholds("3d-NWC-guessed", (2, 4, 5), 5)
thresholds("NCW", (2, 5, 4), 5, "NCW")
thresholds("bipolar", (3, 6), 1, None, -1.0, 2.0)


LAST = "qonnx.custom_op.channels_last"


@case("ChannelsLast-Conv", peer="qonnx")
def _(c):
    c.domain_version, c.shape = 13, (1, 4, 9, 4)
    c.op("Conv", c.input(c.floats(1, 8, 9, 3)), c.floats(4, 3, 2, 3), domain=LAST, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1],
         dilations=[1, 1], group=1)


@case("ChannelsLast-Conv-1d", peer="qonnx")
def _(c):
    c.domain_version, c.shape = 13, (1, 6, 5)
    c.op("Conv", c.input(c.floats(1, 8, 3)), c.floats(5, 3, 3), domain=LAST, kernel_shape=[3], strides=[1], pads=[0, 0], dilations=[1], group=1)


@case("ChannelsLast-BatchNormalization", peer="qonnx")
def _(c):
    c.domain_version = 14    # the domain's versions are those of ai.onnx
    c.shape = (1, 4, 9, 4)
    c.op("BatchNormalization", c.input(c.floats(1, 4, 9, 4)), c.floats(4), c.floats(4), c.floats(4), np.abs(c.floats(4)) + 0.1, domain=LAST,
         epsilon=1e-3, momentum=0.9)


@case("ChannelsLast-MaxPool", peer="qonnx")
def _(c):
    c.domain_version, c.shape = 13, (1, 5, 4, 4)
    c.op("MaxPool", c.input(c.floats(1, 8, 7, 4)), domain=LAST, kernel_shape=[2, 3], strides=[2, 2], pads=[1, 1, 1, 1])


# ---- QDQ

TYPES = {"uint8": (TensorProto.UINT8, 7), "int8": (TensorProto.INT8, -3), "uint16": (TensorProto.UINT16, 7), "int16": (TensorProto.INT16, -3),
         "uint4": (TensorProto.UINT4, 7), "int4": (TensorProto.INT4, -3)}

FOUR_BITS = (TensorProto.UINT4, TensorProto.INT4)    # onnxruntime does not hand out such tensors: seen dequantised

for _name, (_type, _zero) in TYPES.items():
    @case(f"QuantizeLinear-{_name}", 21, exact=True)
    def _(c, element_type=_type, zero=_zero):
        c.hidden = {"y0_0"} if element_type in FOUR_BITS else set()
        x = c.input(c.dyadic(4, 80, step=0.125, most=2000))
        q = c.op("QuantizeLinear", x, F(0.25), c.const(zero, element_type))
        c.op("DequantizeLinear", q, F(0.25), c.const(zero, element_type))

    @case(f"QuantizeLinear-small-{_name}", 21, exact=True)
    def _(c, element_type=_type, zero=_zero):
        c.hidden = {"y0_0"} if element_type in FOUR_BITS else set()
        q = c.op("QuantizeLinear", c.input(c.dyadic(4, 80, step=0.125, most=30)), F(0.25), c.const(zero, element_type))
        c.op("DequantizeLinear", q, F(0.25), c.const(zero, element_type))

for _opset in (10, 13, 19, 21, 23):
    @case(f"QuantizeLinear-opset-{_opset}", _opset)
    def _(c):
        q = c.op("QuantizeLinear", c.input(c.floats(4, 80, spread=5)), F(0.0371), np.uint8(131))
        c.op("DequantizeLinear", q, F(0.0371), np.uint8(131))

for _axis in (0, 1, 2, -1):
    @case(f"QuantizeLinear-axis-{_axis}", 13, exact=True)
    def _(c, axis=_axis):
        x = c.dyadic(3, 4, 5, step=0.0625, most=500)
        n = x.shape[axis]
        scale, zero = (2.0 ** -(np.arange(n) % 4)).astype(F), (np.arange(n) * 3 - 4).astype(np.int8)
        q = c.op("QuantizeLinear", c.input(x), scale, zero, axis=axis)
        c.op("DequantizeLinear", q, scale, zero, axis=axis)


@case("QuantizeLinear-default-axis", 13, exact=True)
def _(c):
    q = c.op("QuantizeLinear", c.input(c.dyadic(3, 4, 5, step=0.0625, most=500)), np.asarray([1, 0.5, 0.25, 2], F), np.asarray([1, 2, 3, 4], np.uint8))
    c.op("DequantizeLinear", q, np.asarray([1, 0.5, 0.25, 2], F), np.asarray([1, 2, 3, 4], np.uint8))


@case("QuantizeLinear-no-zero-point", 13, exact=True)
def _(c):
    c.op("DequantizeLinear", c.op("QuantizeLinear", c.input(c.dyadic(4, 50, step=0.125, most=300)), F(0.25)), F(0.25))


@case("QuantizeLinear-output-dtype", 21, exact=True)
def _(c):
    c.op("QuantizeLinear", c.input(c.dyadic(4, 50, step=0.125, most=300)), F(0.25), output_dtype=TensorProto.INT8)


@case("QuantizeLinear-blocks", 21, exact=True)
def _(c):
    scale = (2.0 ** -np.arange(6).reshape(3, 2)).astype(F)
    q = c.op("QuantizeLinear", c.input(c.dyadic(3, 8, step=0.0625, most=100)), scale, axis=1, block_size=4)
    c.op("DequantizeLinear", q, scale, axis=1, block_size=4)


@case("DequantizeLinear-bias", 13, exact=True)
def _(c):
    b = c.input(c.random.integers(-5000, 5000, 6).astype(np.int32))
    c.op("DequantizeLinear", b, np.asarray([0.5, 0.25, 1, 2, 0.125, 4], F), axis=0)


@case("DequantizeLinear-int4-weights", 21, exact=True)
def _(c):
    w = c.const(c.random.integers(-8, 8, (3, 4)), TensorProto.INT4)
    w = c.op("DequantizeLinear", w, np.asarray([0.5, 0.25, 2], F), axis=0)
    c.op("MatMul", c.input(c.dyadic(2, 3)), w)


@case("QuantizeLinear-microsoft", 13, exact=True)
def _(c):
    q = c.op("QuantizeLinear", c.input(c.dyadic(4, 50, step=0.125, most=300)), F(0.25), np.int16(5), domain="com.microsoft")
    c.op("DequantizeLinear", q, F(0.25), np.int16(5), domain="com.microsoft")


# ---- QOperator

ZEROS = {np.uint8: (131, 117), np.int8: (-5, 9)}


def whole(c, *shape, kind=np.uint8):
    info = np.iinfo(kind)
    return c.random.integers(info.min, info.max + 1, shape).astype(kind)


def small(c, *shape, kind=np.int8, most=7):
    """Weights small enough that no 16-bit sum in between saturates on CPUs without dot-product instructions."""
    low = 0 if np.iinfo(kind).min == 0 else -most
    return c.random.integers(low, most + 1, shape).astype(kind)


for _tag, _xt, _wt in (("u8u8", np.uint8, np.uint8), ("u8s8", np.uint8, np.int8), ("s8s8", np.int8, np.int8)):
    for _where, _scales in (("tensor", F(0.0123)), ("channel", np.asarray([0.0123, 0.031, 0.0071, 0.02], F))):
        @case(f"QLinearConv-{_tag}-{_where}")
        def _(c, xt=_xt, wt=_wt, scales=_scales):
            zero = np.zeros(np.shape(scales), wt) if wt == np.int8 or np.ndim(scales) else wt(3)
            c.op("QLinearConv", c.input(whole(c, 2, 3, 8, 9, kind=xt)), F(0.021), xt(ZEROS[xt][0]), small(c, 4, 3, 3, 3, kind=wt), scales, zero,
                 F(0.031), xt(ZEROS[xt][1]), c.random.integers(-900, 900, 4).astype(np.int32), pads=[1, 0, 2, 1], strides=[1, 2])

    @case(f"QLinearConv-ties-{_tag}", exact=True)
    def _(c, xt=_xt, wt=_wt):
        c.op("QLinearConv", c.input(whole(c, 1, 3, 6, 6, kind=xt)), F(0.5), xt(ZEROS[xt][0]), small(c, 4, 3, 2, 2, kind=wt, most=2), F(0.25), wt(0),
             F(4), xt(ZEROS[xt][1]))

    @case(f"ConvInteger-{_tag}", exact=True,)
    def _(c, xt=_xt, wt=_wt):
        c.op("ConvInteger", c.input(whole(c, 1, 4, 7, 7, kind=xt)), small(c, 6, 2, 3, 3, kind=wt), xt(ZEROS[xt][0]), wt(2), group=2,
             pads=[1, 1, 0, 0], dilations=[1, 2])

    @case(f"MatMulInteger-{_tag}", exact=True)
    def _(c, xt=_xt, wt=_wt):
        c.op("MatMulInteger", c.input(whole(c, 5, 12, kind=xt)), small(c, 12, 4, kind=wt), xt(ZEROS[xt][0]), wt(2))

    @case(f"QLinearMatMul-{_tag}")
    def _(c, xt=_xt, wt=_wt):
        c.op("QLinearMatMul", c.input(whole(c, 2, 5, 12, kind=xt)), F(0.021), xt(ZEROS[xt][0]), small(c, 12, 7, kind=wt), F(0.13), wt(1), F(0.05),
             xt(ZEROS[xt][1]))

    @case(f"QLinearMatMul-ties-{_tag}", exact=True)
    def _(c, xt=_xt, wt=_wt):
        c.op("QLinearMatMul", c.input(whole(c, 5, 12, kind=xt)), F(0.5), xt(ZEROS[xt][0]), small(c, 12, 7, kind=wt, most=3), F(0.5), wt(0), F(2),
             xt(ZEROS[xt][1]))

    for _trans in (0, 1):
        @case(f"QGemm-{_tag}-{_trans}")
        def _(c, xt=_xt, wt=_wt, trans=_trans):
            b = small(c, *((7, 12) if trans else (12, 7)), kind=wt)
            c.op("QGemm", c.input(whole(c, 5, 12, kind=xt)), F(0.021), xt(ZEROS[xt][0]), b, F(0.13), wt(1),
                 c.random.integers(-900, 900, 7).astype(np.int32), F(0.05), xt(ZEROS[xt][1]), transB=trans, domain="com.microsoft")

    @case(f"QGemm-float-{_tag}", relative=1e-4)
    def _(c, xt=_xt, wt=_wt):
        c.op("QGemm", c.input(whole(c, 5, 12, kind=xt)), F(0.021), xt(ZEROS[xt][0]), small(c, 7, 12, kind=wt), np.abs(c.floats(7)) + F(0.01),
             np.zeros(7, wt), c.random.integers(-90, 90, 7).astype(np.int32), transB=1, alpha=1.0, domain="com.microsoft")


@case("QLinearConv-groups-depthwise")
def _(c):
    x = c.input(whole(c, 1, 6, 7, 7))
    y = c.op("QLinearConv", x, F(0.021), np.uint8(120), small(c, 6, 1, 3, 3), np.abs(c.floats(6)) + F(0.01), np.zeros(6, np.int8), F(0.09), np.uint8(130),
             group=6, auto_pad="SAME_LOWER", strides=[2, 2])
    c.op("QLinearConv", y, F(0.09), np.uint8(130), small(c, 4, 3, 1, 1), F(0.1), np.int8(0), F(0.2), np.uint8(100), group=2)


@case("MatMulInteger-rows", exact=True)
def _(c):
    c.op("MatMulInteger", c.input(whole(c, 5, 12)), small(c, 12, 4), np.uint8(17), np.asarray([1, 0, -2, 3], np.int8))


for _xt in (np.uint8, np.int8):
    _n = np.dtype(_xt).name
    for _kind in ("QLinearAdd", "QLinearMul"):
        @case(f"{_kind}-{_n}")
        def _(c, kind=_kind, xt=_xt):
            c.op(kind, c.input(whole(c, 3, 40, kind=xt)), F(0.031), xt(ZEROS[xt][0]), c.input(whole(c, 1, 40, kind=xt)), F(0.047), xt(ZEROS[xt][1]),
                 F(0.06), xt(11), domain="com.microsoft")

    @case(f"QLinearGlobalAveragePool-{_n}")
    def _(c, xt=_xt):
        x = c.input(whole(c, 2, 5, 6, 7, kind=xt))
        c.outputs = [c.op("QLinearGlobalAveragePool", x, F(0.031), xt(ZEROS[xt][0]), F(0.02), xt(11), domain="com.microsoft"),
                     c.op("QLinearGlobalAveragePool", x, F(0.031), xt(ZEROS[xt][0]), F(0.02), xt(11), domain="com.microsoft", channels_last=1)]

    @case(f"QLinearAveragePool-{_n}")
    def _(c, xt=_xt):
        x = c.input(whole(c, 1, 5, 8, 7, kind=xt))
        zeros = (F(0.031), xt(ZEROS[xt][0]), F(0.02), xt(11))
        c.outputs = [c.op("QLinearAveragePool", x, *zeros, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], domain="com.microsoft"),
                     c.op("QLinearAveragePool", x, *zeros, kernel_shape=[2, 3], pads=[1, 1, 0, 1], count_include_pad=1, domain="com.microsoft"),
                     c.op("QLinearAveragePool", x, *zeros, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, domain="com.microsoft"),
                     c.op("QLinearAveragePool", x, *zeros, kernel_shape=[2, 2], channels_last=1, domain="com.microsoft")]

    @case(f"QLinearConcat-{_n}")
    def _(c, xt=_xt):
        c.op("QLinearConcat", F(0.05), xt(7), c.input(whole(c, 2, 3, 4, kind=xt)), F(0.031), xt(ZEROS[xt][0]), c.input(whole(c, 2, 5, 4, kind=xt)), F(0.07),
             xt(ZEROS[xt][1]), c.input(whole(c, 2, 1, 4, kind=xt)), F(0.05), xt(7), axis=1, domain="com.microsoft")

    @case(f"QLinearSigmoid-{_n}")
    def _(c, xt=_xt):
        c.op("QLinearSigmoid", c.input(np.arange(np.iinfo(xt).min, np.iinfo(xt).max + 1).astype(xt)), F(0.05), xt(ZEROS[xt][0]), F(1 / 256),
             xt(np.iinfo(xt).min), domain="com.microsoft")

    @case(f"QLinearLeakyRelu-{_n}")
    def _(c, xt=_xt):
        c.op("QLinearLeakyRelu", c.input(np.arange(np.iinfo(xt).min, np.iinfo(xt).max + 1).astype(xt)), F(0.05), xt(ZEROS[xt][0]), F(0.031), xt(9),
             alpha=0.1, domain="com.microsoft")

    for _opset in (12, 13):
        @case(f"QLinearSoftmax-{_n}-{_opset}")
        def _(c, xt=_xt, opset=_opset):
            c.op("QLinearSoftmax", c.input(whole(c, 3, 4, 10, kind=xt)), F(0.04), xt(0), F(1 / 256), xt(np.iinfo(xt).min), axis=1 if opset == 12 else -1,
                 opset=opset, domain="com.microsoft")

    # Dyadic scales: half of the results lie on a tie, with an odd zero point.
    for _kind in ("QLinearAdd", "QLinearMul"):
        @case(f"{_kind}-ties-{_n}", exact=True)
        def _(c, kind=_kind, xt=_xt):
            c.op(kind, c.input(whole(c, 3, 40, kind=xt)), F(0.25), xt(ZEROS[xt][0]), c.input(small(c, 1, 40, kind=xt)), F(0.5), xt(1),
                 F(0.5) if kind == "QLinearAdd" else F(2), xt(11), domain="com.microsoft")

    @case(f"QLinearGlobalAveragePool-ties-{_n}", exact=True)
    def _(c, xt=_xt):
        c.op("QLinearGlobalAveragePool", c.input(whole(c, 1, 9, 4, 4, kind=xt)), F(0.5), xt(ZEROS[xt][0]), F(0.0625), xt(11), domain="com.microsoft")

    @case(f"QLinearAveragePool-ties-{_n}", exact=True, most=0.6,
          deviation="adds the zero point before it rounds; the text says pool, then Quantize, which adds it after")
    def _(c, xt=_xt):
        c.op("QLinearAveragePool", c.input(whole(c, 1, 5, 4, 4, kind=xt)), F(0.5), xt(ZEROS[xt][0]), F(0.25), xt(11), kernel_shape=[2, 2],
             domain="com.microsoft")

    @case(f"QLinearMaps-ties-{_n}", exact=True)
    def _(c, xt=_xt):
        x = c.input(np.arange(np.iinfo(xt).min, np.iinfo(xt).max + 1).astype(xt).reshape(1, -1))
        c.outputs = [c.op("QLinearLeakyRelu", x, F(0.5), xt(ZEROS[xt][0]), F(1), xt(11), alpha=0.25, domain="com.microsoft"),
                     c.op("QLinearConcat", F(1), xt(11), x, F(0.5), xt(ZEROS[xt][0]), x, F(0.25), xt(ZEROS[xt][1]), axis=0, domain="com.microsoft")]


# ---- fused float operators of onnxruntime

for _activation, _parameters in (("Relu", None), ("LeakyRelu", [0.1]), ("Clip", [-0.5, 1.0]), ("HardSigmoid", [0.3, 0.4]), ("Sigmoid", None), ("Tanh", None)):
    @case(f"FusedConv-{_activation}")
    def _(c, activation=_activation, parameters=_parameters):
        given = {} if parameters is None else {"activation_params": parameters}
        c.op("FusedConv", c.input(c.floats(1, 3, 7, 7)), c.floats(4, 3, 3, 3), c.floats(4), domain="com.microsoft", activation=activation,
             pads=[1, 1, 1, 1], **given)


@case("FusedConv-sum")
def _(c):
    c.op("FusedConv", c.input(c.floats(1, 3, 7, 7)), c.floats(4, 3, 3, 3), c.floats(4), c.input(c.floats(1, 4, 5, 5)), domain="com.microsoft", activation="Relu")


@case("FusedGemm", relative=1e-4)
def _(c):
    c.op("FusedGemm", c.input(c.floats(3, 4)), c.floats(5, 4), c.floats(5), transB=1, activation="LeakyRelu", activation_alpha=0.2, domain="com.microsoft")
