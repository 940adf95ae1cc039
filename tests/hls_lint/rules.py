"""Rules that emitted C++ must keep, beyond what a compiler checks, to be accepted by HLS: each is a function that gives
the faults it finds as (line, message). Text rules see a file's synthesised branch, without comments; see source.py."""
import re

# What the headers may use of the standard library: types and properties of types, resolved by the compiler.
STANDARD_NAMES = {"size_t", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
                  "conditional", "enable_if", "is_same", "is_integral", "integral_constant", "true_type", "false_type",
                  "make_unsigned", "numeric_limits", "remove_reference", "remove_const"}

# HLS directives and their options. Source: AMD UG1399, "HLS Pragmas"; RESOURCE and DATA_PACK are Vivado HLS's.
PRAGMAS = {
    "ALLOCATION": {"instances", "limit", "function", "operation"},
    "ARRAY_PARTITION": {"variable", "complete", "cyclic", "block", "type", "factor", "dim"},
    "ARRAY_RESHAPE": {"variable", "complete", "cyclic", "block", "type", "factor", "dim", "object"},
    "BIND_OP": {"variable", "op", "impl", "latency"},
    "BIND_STORAGE": {"variable", "type", "impl", "latency"},
    "DATAFLOW": {"disable_start_propagation"},
    "DATA_PACK": {"variable", "instance", "struct_level", "field_level"},
    "DEPENDENCE": {"variable", "class", "type", "direction", "distance", "dependent", "inter", "intra", "false", "true"},
    "FUNCTION_INSTANTIATE": {"variable"},
    "INLINE": {"off", "recursive", "region"},
    "INTERFACE": {"axis", "m_axi", "s_axilite", "ap_ctrl_none", "ap_ctrl_chain", "ap_ctrl_hs", "ap_vld", "ap_none", "mode", "port",
                  "bundle", "offset", "depth", "max_widen_bitwidth", "latency", "num_read_outstanding", "name"},
    "LOOP_FLATTEN": {"off"},
    "LOOP_MERGE": {"force"},
    "LOOP_TRIPCOUNT": {"min", "max", "avg"},
    "PIPELINE": {"II", "off", "rewind", "style", "enable_flush"},
    "RESET": {"variable", "off"},
    "RESOURCE": {"variable", "core", "latency", "metadata"},
    "STABLE": {"variable"},
    "STREAM": {"variable", "depth", "type", "dim", "off"},
    "UNROLL": {"factor", "region", "skip_exit_check", "off"},
}
NEEDED = {"ARRAY_PARTITION": {"variable"}, "ARRAY_RESHAPE": {"variable"}, "STREAM": {"variable", "depth"}, "RESET": {"variable"},
          "INTERFACE": {"port"}, "LOOP_TRIPCOUNT": {"max"}, "FUNCTION_INSTANTIATE": {"variable"}}


def matches(source, pattern, message):
    for number, line in source.lines:
        if line.lstrip().startswith("#"):
            continue
        for found in re.finditer(pattern, line):
            yield number, message.format(found.group(0).strip())


def no_dynamic_memory(source):
    yield from matches(source, r"\bnew\b|(?<!= )(?<!=)\bdelete\b|\b(?:malloc|calloc|realloc|alloca|free)\s*\(", "'{}': memory is made at run time")


def no_library_objects(source):
    for number, line in source.lines:
        for name in re.findall(r"\bstd::(\w+)", line):
            if name not in STANDARD_NAMES:
                yield number, f"std::{name} is not for synthesis"


def no_forbidden_words(source):
    yield from matches(source, r"\b(?:virtual|dynamic_cast|typeid|throw|try|catch|goto|asm|setjmp|longjmp|thread_local|co_await)\b",
                       "'{}' is not for synthesis")


def no_real_numbers(source):
    """Numbers of a network are fixed-point. Defaults of configurations that are always overridden may name the types."""
    for number, line in source.lines:
        if re.search(r"\b(?:float|double)\b", line) and not re.search(r"\btypedef (?:float|double) (?:bias|weight|accum|scale|norm)_t;", line):
            yield number, "a floating-point number in the datapath"


def no_pointers_to_pointers(source):
    yield from matches(source, r"\b[A-Za-z_]\w*(?:<[^<>;]*>)?\s*\*\s*(?:const\s*)?[*&]\s*\w", "'{}': a pointer to a pointer")


def loops_end(source):
    """A loop whose number of turns is not fixed says how many there are."""
    yield from matches(source, r"\bfor\s*\(\s*;\s*;|\bwhile\s*\(\s*(?:true|1)\s*\)", "'{}': a loop without end")
    lines = source.lines
    for i, (number, line) in enumerate(lines):
        if re.search(r"\bwhile\s*\(", line) and not re.search(r"\bLOOP_TRIPCOUNT\b", "\n".join(text for _, text in lines[i:i + 5])):
            yield number, "a while loop without LOOP_TRIPCOUNT"


def options_of(text):
    """Names in a directive: `variable = x dim=0 complete` -> {variable: x, dim: 0, complete: None}."""
    text = re.sub(r"\s*([=,])\s*", r"\1", text.strip())
    found = {}
    for word in re.findall(r"[A-Za-z_]\w*=(?:\([^)]*\)|[^\s=]+(?:\s*[*+/<>?:,-]+\s*[^\s=]+(?!\S*=))*)|\S+", text):
        name, equals, value = word.partition("=")
        found[name] = value if equals else None
    return found


def pragmas_are_known(source):
    for number, line in source.lines:
        found = re.match(r"\s*#\s*pragma\s+HLS\s+(\w+)(.*)", line, re.IGNORECASE)
        if not found:
            if re.match(r"\s*#\s*pragma\b(?!\s+(?:once|GCC|clang)\b)", line):
                yield number, f"'{line.strip()}' is no HLS directive"
            continue
        name, options = found.group(1).upper(), options_of(found.group(2))
        if name not in PRAGMAS:
            yield number, f"directive {name} does not exist"
            continue
        known = {option.lower() for option in PRAGMAS[name]}
        for option in options:
            if option.lower() not in known:
                yield number, f"{name} has no option '{option}'"
        for option in NEEDED.get(name, set()) - set(options):
            yield number, f"{name} without '{option}'"
        if name in ("ARRAY_PARTITION", "ARRAY_RESHAPE") and ("cyclic" in options or "block" in options) and "factor" not in options:
            yield number, f"{name} without 'factor'"


def no_packed_words(source):
    """Vitis HLS packs by itself and takes DATA_PACK for an error."""
    for number, line in source.lines:
        if re.match(r"\s*#\s*pragma\s+HLS\s+DATA_PACK\b", line, re.IGNORECASE):
            yield number, "DATA_PACK is Vivado HLS's"


def pragmas_name_variables(source):
    """What a directive names has been declared before, in the function that it stands in."""
    seen = []
    members = set(re.findall(r"\b(\w+_)(?:\[[^\]]*\])*;", "\n".join(line for _, line in source.lines)))
    for number, line in source.lines:
        found = re.match(r"\s*#\s*pragma\s+HLS\s+(\w+)(.*)", line, re.IGNORECASE)
        if not found:
            if re.match(r"}", line):
                seen = []
            seen.append(line)
            continue
        options = options_of(found.group(2))
        for name in (options.get("variable") or options.get("port") or "").split(","):
            base = name.split(".")[0].strip()
            if base and base != "return" and base not in members and not re.search(rf"\b{re.escape(base)}\b", "\n".join(seen)):
                yield number, f"{found.group(1).upper()} names '{base}', which is not declared before"


def words_fit(source):
    """No stream's word is wider than HLS's limit of 4,096 bits."""
    for number, line in source.lines:
        for width, count in re.findall(r"nnet::array<\s*ap_u?(?:fixed|int)<\s*(\d+)[^>]*>\s*,\s*(\d+)\s*>", line):
            if int(width) * int(count) > 4096:
                yield number, f"a stream word of {int(width) * int(count)} bits"


def body_of(text, start):
    """The braces' content that begins at or after `start`."""
    begin = text.index("{", start)
    depth = 0
    for i in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[begin + 1:i]
    return text[begin + 1:]


def functions(source):
    """Functions of a file with their line, name, parameters and body; definitions at the start of a line."""
    text = "\n".join(line for _, line in source.lines)
    for found in re.finditer(r"^(?:extern \"C\" )?(?:static )?(?:inline )?void (\w+)\(([^;{}]*?)\)\s*{", text, re.MULTILINE):
        line = source.lines[text[:found.start()].count("\n")][0]
        yield line, found.group(1), [p.strip() for p in found.group(2).split(",") if p.strip()], body_of(text, found.end() - 1)


def name_of(declaration):
    return re.search(r"(\w+)\s*(?:\[[^\]]*\])?$", declaration).group(1)


def dataflow_is_canonical(source):
    """A DATAFLOW region is declarations and calls; each channel has one writer and one reader, each argument one user."""
    for line, name, parameters, body in functions(source):
        if not re.search(r"#\s*pragma\s+HLS\s+DATAFLOW", body):
            continue
        statements = [s.strip() for s in re.sub(r"^\s*#.*$", "", body, flags=re.MULTILINE).split(";") if s.strip()]
        uses, channels, aliases = {}, set(), {}
        for statement in statements:
            alias = re.fullmatch(r"auto &(\w+) = (\w+)", statement)
            call = re.fullmatch(r"(?:[\w:]+(?:<.*>)?\s*)\((.*)\)", statement, re.DOTALL)
            if re.match(r"(?:if|else|for|while|do|switch|return)\b", statement):
                yield line, f"{name}: '{' '.join(statement.split())[:60]}' in a DATAFLOW region, which takes declarations and calls only"
                continue
            if re.match(r"typedef |\(void\)|(?:static )?const(?:expr)? unsigned ", statement):
                continue
            declared = re.fullmatch(r"(?:static )?[\w:]+(?:<.*>)?\s+(\w+)\s*(?:\[[^\]]*\]|\(\"[^\"]*\"\))?(?:\s*=.*)?", statement, re.DOTALL)
            if alias:
                aliases[alias.group(1)] = aliases.get(alias.group(2), alias.group(2))
            elif call:
                for argument in re.findall(r"\w+", call.group(1)):
                    argument = aliases.get(argument, argument)
                    uses[argument] = uses.get(argument, 0) + 1
            elif declared:
                channels.add(declared.group(1))
            else:
                yield line, f"{name}: '{' '.join(statement.split())[:60]}' is neither declaration nor call in a DATAFLOW region"
        for channel in sorted(channels):
            if uses.get(channel, 0) != 2:
                yield line, f"{name}: channel {channel} has {uses.get(channel, 0)} ends in a DATAFLOW region, not a writer and a reader"
        for parameter in parameters:
            if "hls::stream" in parameter or "[" in parameter:
                if uses.get(name_of(parameter), 0) != 1:
                    yield line, f"{name}: argument {name_of(parameter)} is used {uses.get(name_of(parameter), 0)} times in a DATAFLOW region"


def streams_have_depths(source):
    lines = source.lines
    for i, (number, line) in enumerate(lines):
        found = re.match(r"\s*hls::stream<.*>\s+(\w+)(?:\(\"[^\"]*\"\))?;", line)
        if found:
            rest = "\n".join(text for _, text in lines[i + 1:i + 8])
            if not re.search(rf"#\s*pragma\s+HLS\s+STREAM\s+variable\s*=\s*{found.group(1)}\b", rest):
                yield number, f"stream {found.group(1)} has no depth"


def ports_have_interfaces(source):
    """Every argument of a function that has INTERFACE directives has one; a kernel of its own says how it is started."""
    for line, name, parameters, body in functions(source):
        ports = {}
        for found in re.finditer(r"#\s*pragma\s+HLS\s+INTERFACE\s+(\w+)\s+port\s*=\s*([\w,]+)", body):
            for port in found.group(2).split(","):
                ports[port] = found.group(1)
        if not ports:
            continue
        for parameter in parameters:
            port = name_of(parameter)
            wanted = {"axis"} if "hls::stream" in parameter else {"ap_vld"} if "[" in parameter else {"m_axi"} if "*" in parameter else {"s_axilite"}
            if ports.pop(port, "none") not in wanted:
                yield line, f"{name}: argument {port} has no {' or '.join(sorted(wanted))} interface"
        for port in ports:
            if port != "return":
                yield line, f"{name}: INTERFACE of {port}, which is no argument"


TEXT_RULES = [no_dynamic_memory, no_library_objects, no_forbidden_words, no_real_numbers, no_pointers_to_pointers, loops_end,
              pragmas_are_known, pragmas_name_variables, words_fit, dataflow_is_canonical, streams_have_depths, ports_have_interfaces]
