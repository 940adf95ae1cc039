"""Seeded faults in a bundle for Vivado HLS, each of which the lint must find: what Vitis HLS has and Vivado HLS has not."""
import re
from pathlib import Path

import vivado
from source import synthesised

BOARD = "fpga0"
TOP, TEST, BRIDGE = f"hls/firmware/{BOARD}.cpp", f"hls/{BOARD}_test.cpp", f"hls/{BOARD}_bridge.cpp"
AXI, HEADER, WORDS, BUILD = f"hls/{BOARD}_axi.cpp", "hls/firmware/braid/braid_elements.h", "link/braid_words.h", "hls/build_prj.tcl"

# Rule that must find it, file, what is replaced (the first place; $ is the end), by what.
DIRECTIVES = [
    ("directives_are_old", TOP, r"(#pragma HLS DATAFLOW\n)", r"\1#pragma HLS BIND_STORAGE variable=w2 type=rom_np impl=bram\n"),
    ("directives_are_old", TOP, r"(#pragma HLS DATAFLOW\n)", r"\1#pragma HLS aggregate variable=layer2_out\n"),
    ("directives_are_old", TOP, r"(#pragma HLS STREAM variable=\w+ depth=\d+)", r"\1 type=fifo"),
    ("directives_are_old", TOP, r"INTERFACE axis port", "INTERFACE mode=axis port"),
    ("directives_are_old", AXI, r"(INTERFACE axis port=data_in)", r"\1 max_widen_bitwidth=64"),
    ("directives_are_old", HEADER, r"(#pragma HLS PIPELINE II = CONFIG_T::reuse_factor)", r"\1 style = flp"),
    ("directives_are_old", WORDS, r"ARRAY_PARTITION variable = waiting complete", "ARRAY_PARTITION variable = waiting type = complete"),
    ("words_are_packed", HEADER, r"#pragma HLS DATA_PACK variable = out\n", ""),
    ("words_are_packed", WORDS, r"#pragma HLS DATA_PACK variable = beat\n", ""),
    ("words_are_packed", "hls/firmware/nnet_utils/nnet_activation_stream.h", r" *PRAGMA_DATA_PACK\(out\)\n", ""),
    ("its_compiler_reads", HEADER, r"(\nvoid mapBeats)", r"\n[[gnu::always_inline]]\1"),
    ("its_compiler_reads", HEADER, "$", "struct A { A(int); };\nstruct B : A {\n  using A::A;\n};\n"),
]
NEWER = [
    (TEST, r"(int main\(\) \{\n)", r"\1  const unsigned many = 1'000;\n"),
    (TEST, r"(int main\(\) \{\n)", r"\1  const unsigned five = 0b101;\n"),
    (TEST, r"(int main\(\) \{\n)", r"\1  const auto twice = [](auto x) { return 2 * x; };\n"),
    (BRIDGE, "$", "auto twice(int x) { return 2 * x; }\n"),
    (BRIDGE, "$", "template <class T> constexpr T two = T(2);\n"),
    (BRIDGE, "$", "namespace a::b { int c; }\n"),
    (AXI, "$", "struct Pair { int a, b; };\nint sum(Pair p) {\n  auto [a, b] = p;\n  return a + b;\n}\n"),
    (TOP, "$", "template <int N> int sign() {\n  if constexpr (N < 0)\n    return -1;\n  return 1;\n}\n"),
    (TOP, "$", "#include <type_traits>\ntemplate <class T> std::enable_if_t<true, T> same(T x) { return x; }\n"),
    (HEADER, "$", "constexpr int count(int n) {\n  int sum = 0;\n  for (int i = 0; i < n; i++)\n    sum += i;\n  return sum;\n}\n"),
    (HEADER, "$", "inline const int kFour = 4;\ninline int kFive = 5;\n"),
    (WORDS, "$", "#include <memory>\ninline void keep() { std::make_unique<int>(1); }\n"),
    ("hls/firmware/ap_types/ap_shift_reg.h", "$", "template <class... T> int total(T... x) { return (x + ...); }\n"),
]
SCRIPTS = [
    (BUILD, r'open_solution "solution1"', 'open_solution -flow_target vivado "solution1"'),
    (BUILD, r"-std=c\+\+0x", "-std=c++14"),
    (BUILD, r"(create_clock)", r"config_interface -m_axi_auto_max_ports=1\n\1"),
    (f"link/ip_{BOARD}.tcl", r"-std=c\+\+0x", "-std=c++17"),
    ("link/Makefile", r"vivado_hls\n", "vitis_hls\n"),
    ("link/Makefile", r"\.srcs/", ".gen/"),
]


def changed(text, place, by):
    found = re.subn(r"\Z" if place == "$" else place, by.replace("\\n", "\n") if place == "$" else by, text, count=1)
    if not found[1]:
        raise RuntimeError(f"there is no '{place}' to change")
    return found[0]


def found_by_rule(rule, text):
    return [message for _, message in getattr(vivado, rule)(synthesised(text))]


def run(bundle):
    """Names of the mutants and whether each is found; the bundle is left as it was."""
    project = Path(bundle) / BOARD
    for rule, file, place, by in DIRECTIVES:
        text = (project / file).read_text()
        yield f"{rule} finds {by!r} in {file}", not found_by_rule(rule, text) and bool(found_by_rule(rule, changed(text, place, by)))
    for file, place, by in SCRIPTS:
        text = (project / file).read_text()
        yield f"{by!r} is found in {file}", not list(vivado.tcl_is_old(text)) and bool(list(vivado.tcl_is_old(changed(text, place, by))))
    for file, place, by in NEWER:
        text = (project / file).read_text()
        (project / file).write_text(changed(text, place, by))
        yield f"{by!r} is found in {file}", next(vivado.newer_than_cpp11(project), None) is not None
        (project / file).write_text(text)
    yield "the bundle without faults is C++11", not list(vivado.newer_than_cpp11(project))
