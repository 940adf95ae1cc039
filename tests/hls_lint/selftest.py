"""Every rule of the lint finds what it is there for, and lets pass what is right."""
import rules
import vivado
from lint import call_faults, tcl_faults
from source import calls, synthesised

# Rule, code with the fault, code without.
CASES = [
    (rules.no_dynamic_memory, "int *p = new int[4];", "int a[4]; Window(const Window &) = delete;"),
    (rules.no_dynamic_memory, "void *p = malloc (4);", "free_slots(4);"),
    (rules.no_library_objects, "std::vector<int> v;", "std::size_t n = 0; typename std::conditional<true, int, char>::type c;"),
    (rules.no_forbidden_words, "try { f(); }", "retry(); // throw"),
    (rules.no_real_numbers, "float x = data[0];", "typedef float bias_t; ap_fixed<16,6> x = data[0];"),
    (rules.no_pointers_to_pointers, "void f(data_T **rows);", "x = a * b; void f(data_T *row);"),
    (rules.loops_end, "while (open) {\n  f();\n}", "while (open) {\n#pragma HLS PIPELINE II = 1\n#pragma HLS LOOP_TRIPCOUNT min = 1 max = 9\n}"),
    (rules.loops_end, "for (;;)\n  f();", "for (unsigned i = 0; i < 4; i++)\n  f();"),
    (rules.pragmas_are_known, "#pragma HLS PIPLINE II=1", "#pragma HLS PIPELINE II = CONFIG_T::reuse_factor"),
    (rules.pragmas_are_known, "#pragma HLS PIPELINE ii2=1", "#pragma HLS ARRAY_PARTITION variable = acc complete dim = 0"),
    (rules.pragmas_are_known, "#pragma HLS ARRAY_RESHAPE variable=x block", "#pragma HLS ARRAY_RESHAPE variable=x block factor=in"),
    (rules.pragmas_are_known, "#pragma HLS STREAM variable=x", "#pragma HLS STREAM variable=x depth=3*input0_words::words"),
    (rules.pragmas_are_known, "#pragma unroll", "#pragma once"),
    (rules.pragmas_name_variables, "int acc[4];\n#pragma HLS ARRAY_PARTITION variable=accu complete", "int acc[4];\n#pragma HLS ARRAY_PARTITION variable=acc complete"),
    (rules.no_packed_words, "#pragma HLS DATA_PACK variable = out", "#define DATA_PACK_TXT HLS DATA_PACK variable ="),
    (vivado.directives_are_old, "#pragma HLS BIND_OP variable=x op=mul impl=dsp", "#pragma HLS RESOURCE variable=x core=DSP48"),
    (vivado.directives_are_old, "#pragma HLS ARRAY_RESHAPE variable=x type=complete dim=0", "#pragma HLS ARRAY_RESHAPE variable=x complete dim=0"),
    (vivado.words_are_packed, "res_T out;\nout[0] = 1;\nres.write(out);", "res_T out;\n#pragma HLS DATA_PACK variable = out\nout[0] = 1;\nres.write(out);"),
    (vivado.words_are_packed, "Beat beat;\nbeat[i] = 1;\nreturn beat;", "unsigned fill;\nBeat beat = beats.read();\nx[0] = beat[1];"),
    (vivado.its_compiler_reads, "[[nodiscard]] int f();", "x[y[0]] = 1; using Base::value;"),
    (rules.words_fit, "typedef nnet::array<ap_fixed<16,6>, 257> layer2_t;", "typedef nnet::array<ap_fixed<16,6>, 256> layer2_t;"),
    (rules.streams_have_depths, 'hls::stream<T> a("a");\n  f(a);', 'hls::stream<T> a("a");\n#pragma HLS STREAM variable=a depth=1\n  f(a);'),
    (rules.ports_have_interfaces, "void f(hls::stream<T> &a, T b[4]) {\n#pragma HLS INTERFACE axis port=a\n}",
     "void f(hls::stream<T> &a, T b[4]) {\n#pragma HLS INTERFACE axis port=a\n#pragma HLS INTERFACE ap_vld port=b\n}"),
    (rules.ports_have_interfaces, "void f(hls::stream<T> &a) {\n#pragma HLS INTERFACE axis port=a,c\n}",
     "void f(hls::stream<T> &a) {\n#pragma HLS INTERFACE axis port=a\n#pragma HLS INTERFACE ap_ctrl_none port=return\n}"),
]

FLOW = """void f(hls::stream<T> &a, hls::stream<T> &b) {{
#pragma HLS DATAFLOW
  hls::stream<T> x("x");
#pragma HLS STREAM variable=x depth=4
{}
}}"""
RIGHT = FLOW.format("  nnet::relu<T, T, c>(a, x); // relu\n  auto &y = x;\n  nnet::relu<T, T, c>(y, b);")
for wrong in ("  nnet::relu<T, T, c>(a, x);\n  nnet::relu<T, T, c>(x, b);\n  nnet::relu<T, T, c>(x, b);",  # x has two readers
              "  nnet::relu<T, T, c>(a, b);",  # x has no end
              "  if (on)\n    nnet::relu<T, T, c>(a, x);\n  nnet::relu<T, T, c>(x, b);",
              "  b.write(a.read());\n  nnet::relu<T, T, c>(x, x);"):
    CASES.append((rules.dataflow_is_canonical, FLOW.format(wrong), RIGHT))

CODE = """int leaf(int x) { return x + 1; }
int again(int x) { return x == 0 ? 0 : leaf(x) + again(x - 1); }
int pointed(int (*f)(int)) { return f(1); }
constexpr int atCompileTime(int x) { return x <= 1 ? 0 : 1 + atCompileTime(x / 2); }
template <int N> struct Size { static const int value = N; };
int top() { return leaf(Size<atCompileTime(8)>::value); }
"""


def run(folder):
    """Names of cases and whether each holds."""
    for rule, wrong, right in CASES:
        yield f"{rule.__name__} finds {wrong!r}", bool(list(rule(synthesised(wrong))))
        yield f"{rule.__name__} lets pass {right!r}", not list(rule(synthesised(right)))
    # What simulation alone reads does not count, and comments do not.
    guarded = "#ifndef __SYNTHESIS__\nstd::vector<int> v;\n#else\nint v[4];\n#endif\n// std::map\n"
    yield "the branch of simulation is not read", not list(rules.no_library_objects(synthesised(guarded)))
    yield "the branch of synthesis is read", "int v[4];" in [line for _, line in synthesised(guarded).lines]
    yield "lines keep their numbers", (4, "int v[4];") in synthesised(guarded).lines
    code = folder / "code.cpp"
    code.write_text(CODE)
    found = sorted(set(call_faults(*calls(code, folder))))
    yield "recursion and calls through pointers are found, and nothing else", \
        [fault.split(" calls ")[1] for fault in found] == ["itself", "through a pointer"] and "again" in found[0]
    code.write_text("int f(int n) { int a[n]; return sizeof(a); }\n")
    try:
        calls(code, folder)
        yield "arrays of variable length are refused", False
    except RuntimeError as fault:
        yield "arrays of variable length are refused", "vla" in str(fault)
    code.write_text("#include <cstdlib>\nint f(int n) { return std::rand() % n; }\n")
    yield "calls of a library are found", any("rand" in fault for fault in call_faults(*calls(code, folder)))
    yield "Tcl that does not close is found", bool(list(tcl_faults("if {1} {\n puts [list 1 2\n")))
    yield "a placeholder that was left is found", bool(list(tcl_faults("set part @PART@")))
    yield "Tcl that closes passes", not list(tcl_faults("# it's {\nif {1} { puts [list \"a\" \\{ b] }\n"))
