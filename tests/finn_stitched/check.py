"""What a project's make_project.tcl joins, against the sources of its units, its C++ and its Verilog."""
import json
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

STUBS = Path(__file__).resolve().parent / "stubs.tcl"
RAM_STYLES = ("auto", "distributed", "block", "ultra")


def whole_bytes(bits):
    return (bits + 7) // 8 * 8


def commands_of(script, *more):
    """What the script asks of Vivado: [command, words...]."""
    done = subprocess.run(["tclsh", STUBS, script, *more], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise ValueError(f"{script}: {done.stderr.strip().splitlines()[0] if done.stderr else 'fails'}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def ports_of_unit(source):
    """{port: (bits, is an output)} of a unit's function."""
    text = source.read_text()
    name = source.stem[len("top_"):]
    signature = re.search(rf"void {name}\((.*)\) {{", text).group(1)
    ports = {port: (whole_bytes(int(bits)), port.startswith("out")) for bits, port in re.findall(r"hls::stream<ap_uint<(\d+)> > &(\w+)", signature)}
    assert set(re.findall(r"#pragma HLS INTERFACE axis port=(\w+)", text)) == set(ports), f"{source}: interfaces of all streams"
    return ports


def edges_of_firmware(folder, name):
    """From the C++ of the project: {(writer, reader): (bits, depth)}, ends of the project by their argument."""
    text = (folder / "firmware" / f"{name}.cpp").read_text()
    streams = {s: int(bits) for bits, s in re.findall(r"hls::stream<ap_uint<(\d+)> > (stream\d+)\(", text)}
    depths = {s: int(depth) for s, depth in re.findall(r"variable=(stream\d+) depth=(\d+)", text)}
    writers, readers = {}, {}
    for unit, arguments in re.findall(r"in_(\w+)::\1\(([^)]*)\);", text):
        ports = ports_of_unit(folder / "units" / unit / f"top_{unit}.cpp")
        for (port, (_, is_output)), argument in zip(ports.items(), arguments.split(", ")):
            (writers if is_output else readers)[argument] = f"{unit}/{port}"
    for reader, writer in re.findall(r"^    (\w+)\.write\((\w+)\.read\(\)\);", text, re.M):
        writers[reader], readers[writer] = f"@{writer}", f"@{reader}"  # an input that is an output
    edges = {}
    for stream in set(writers) | set(readers):
        if not stream.startswith("weights"):
            edges[writers.get(stream, f"@{stream}"), readers.get(stream, f"@{stream}")] = (streams.get(stream), depths.get(stream))
    return edges


def arguments_of(folder, name):
    """Inputs and outputs of the project: [(argument, bits)] each."""
    types = {of: int(bits) for bits, of in re.findall(r"typedef ap_uint<(\d+)> (\w+);", (folder / "firmware/defines.h").read_text())}
    sides = ([], [])
    for type_, argument in re.findall(r"hls::stream<(\w+)> &(\w+)", (folder / "firmware" / f"{name}.h").read_text()):
        sides[argument.startswith(("send", "output"))].append((argument, types[type_]))
    return sides


class Stitched:
    """The faults of one project, in its folder hls."""

    def __init__(self, folder, name):
        self.folder, self.name, self.faults = folder, name, []
        self.cells, self.settings, self.ports = {}, defaultdict(dict), {}
        self.ends, self.wires, self.nets, self.done = {}, [], Counter(), Counter()
        self.addresses, self.xo, self.bus_ports, self.packages = [], {}, [], []

    def fault(self, text):
        self.faults.append(text)

    def run(self):
        try:
            commands = commands_of(self.folder / "stitched/make_project.tcl")
        except ValueError as error:
            return [str(error)]
        for command, *words in commands:
            self.done[command] += 1
            getattr(self, f"do_{command}", lambda *_: None)(*words)
        self.check_steps()
        self.check_cells()
        self.check_wires()
        self.check_graph()
        self.check_registers()
        return self.faults

    def do_file(self, path, exists):
        if exists != "1":
            self.fault(f"{path} is not there")

    def do_cell(self, name, kind, of):
        if name in self.cells:
            self.fault(f"cell {name} stands twice")
        self.cells[name] = (kind, of)

    def do_set(self, of, key, value):
        self.settings[of][key] = value

    def do_net(self, source, pin):
        self.nets[source, pin] += 1

    def do_wire(self, source, to):
        self.wires.append((source, to))

    def do_end(self, name, pin):
        if name in self.ends:
            self.fault(f"end {name} stands twice")
        self.ends[name] = pin

    def do_bus_port(self, name, mode, vlnv):
        self.bus_ports.append(name)

    def do_address(self, space, offset, size, segment):
        self.addresses.append((space, int(offset, 0), int(size, 0), segment))

    def do_package(self, *words):
        self.packages.append(words)

    def do_xo_port(self, name, qualifier, index, port, size, offset, type_, memory):
        bits = re.fullmatch(r"ap_uint&lt;(\d+)>", type_)
        if (qualifier, index, port) != ("4", str(len(self.xo)), name) or not bits:
            self.fault(f"stream {name} of the kernel is not described as one")
        self.xo[name] = int(bits.group(1)) if bits else 0

    def check_steps(self):
        for step in ("project", "create_bd_design", "validate_bd_design", "save_bd_design", "make_wrapper", "package", "save_core", "exit"):
            if self.done[step] != 1:
                self.fault(f"{step} is done {self.done[step]} times")
        if self.packages != [("braid", "finn", self.name, "1.0", self.name)]:
            self.fault(f"packaged as {self.packages}")
        repositories = self.settings["project"].get("ip_repo_paths", "").split()
        for unit in self.units():
            if str(self.folder / "units" / unit / f"project_{unit}/sol1/impl/ip") not in repositories:
                self.fault(f"{unit}'s IP is in no repository")

    def units(self):
        return sorted(p.name for p in (self.folder / "units").iterdir())

    def check_cells(self):
        units = [name for name, (_, of) in self.cells.items() if of == f"braid:finn:{name}:1.0"]
        for unit in set(units) ^ set(self.units()):
            self.fault(f"unit {unit} is {'not instantiated' if unit not in units else 'not written'}")
        for name, (kind, of) in self.cells.items():
            clock, reset = ("aclk", "aresetn") if "smartconnect" in of else ("ap_clk", "ap_rst_n")
            for outside, pin in (("ap_clk", clock), ("ap_rst_n", reset)):
                if self.nets[f"outside:{outside}", f"pin:{name}/{pin}"] != 1:
                    self.fault(f"{name}/{pin} is not connected once")
            if name in units:
                self.add_ports(name, ports_of_unit(self.folder / "units" / name / f"top_{name}.cpp"))
            elif kind == "module":
                self.check_module(name, of)
            elif of == "xilinx.com:ip:smartconnect":
                count = int(self.settings[f"cell:{name}"]["CONFIG.NUM_MI"])
                if not 1 <= count <= 16:
                    self.fault(f"{name} has {count} ports")
                self.add_ports(name, {"S00_AXI": ("registers", False), **{f"M{i:02}_AXI": ("registers", True) for i in range(count)}})
            else:
                self.fault(f"{name} is a {of}")

    def add_ports(self, cell, ports):
        for port, of in ports.items():
            self.ports[f"bus:{cell}/{port}"] = of

    def check_module(self, name, module):
        """Parameters and streams of a module of ours."""
        source = (self.folder / "stitched/rtl" / f"{module}.v").read_text()
        settings = {key[len("CONFIG."):]: value for key, value in self.settings[f"cell:{name}"].items()}
        known = re.findall(r"^ +parameter (\w+)", source, re.M)
        for key in settings:
            if key not in known:
                self.fault(f"{name}: {module} has no parameter {key}")
        depth, width = int(settings["DEPTH"]), int(settings["WIDTH"])
        if settings["RAM_STYLE"] not in RAM_STYLES:
            self.fault(f"{name}: no RAM is of style {settings['RAM_STYLE']}")
        streams = {p: (whole_bytes(width), d == "output") for d, p in re.findall(r"(input|output)\s+(?:wire|reg)\s+(?:\[[^]]*\])?\s*(\w+?)_tdata\b", source, re.I)}
        if module == "fifo":
            if depth < 2 or width % 8:
                self.fault(f"{name} is {depth} deep and {width} bits wide")
        elif module == "memstream_axilite":
            if "s_axilite" not in source:
                self.fault("memstream_axilite has no s_axilite")
            if settings["RAM_STYLE"] == "ultra":
                streams["s_axilite"] = ("registers", False)
            image = Path(settings.get("INIT_FILE", "none"))
            lines = image.read_text().split("\n")[:-1] if image.is_file() else []
            if len(lines) != depth or any(len(line) != (width + 3) // 4 for line in lines):
                self.fault(f"{name}: {image} is not {depth} words of {width} bits")
            if name != f"{image.parent.name}_weights":
                self.fault(f"{name} has the weights of {image.parent.name}")
        else:
            self.fault(f"{name} is a {module}")
        self.add_ports(name, streams)

    def check_wires(self):
        used = Counter()
        for source, to in self.wires:
            if source.startswith("outside:"):
                self.ends[source[len("outside:"):]] = to
                continue
            for pin, is_output in ((source, True), (to, False)):
                used[pin] += 1
                if pin not in self.ports:
                    self.fault(f"{pin} is wired and not there")
                elif self.ports[pin][1] != is_output:
                    self.fault(f"{pin} is wired backwards")
            if source in self.ports and to in self.ports and self.ports[source][0] != self.ports[to][0]:
                self.fault(f"{source} has {self.ports[source][0]} bits, {to} {self.ports[to][0]}")
        for name, pin in self.ends.items():
            used[pin] += 1
            if pin not in self.ports:
                self.fault(f"{name} leads to {pin}, which is not there")
            elif self.ports[pin][1] != name.startswith("m_"):
                self.fault(f"{name} leads to {pin}, which is of the other side")
        for pin in self.ports:
            if used[pin] != 1:
                self.fault(f"{pin} is connected {used[pin]} times")

    def check_graph(self):
        """The wires, FIFOs and memories left out, are the streams of the C++, and ends are its arguments."""
        external = [f"{name}/weights_V" for name in self.units() if f"bus:{name}/weights_V" in self.ports and not (self.cells.get(f"{name}_weights"))]
        outside, widths = {}, {}
        inputs, outputs = arguments_of(self.folder, self.name)
        for side, arguments in (("s_axis", inputs), ("m_axis", outputs)):
            for i, (argument, bits) in enumerate(arguments):
                outside[f"{side}_{i}"], widths[f"{side}_{i}"] = f"@{argument}", whole_bytes(bits)
        readers = [name for name, pin in self.ends.items() if pin.endswith("/weights_V")]
        wanted = [f"s_axis_{len(inputs) + i}" for i in range(len(external))]
        if sorted(readers) != sorted(wanted):
            self.fault(f"weights come in at {readers}, not {wanted}")
        streams = {name for name in self.ends if not name.startswith("s_axilite")}
        if streams - set(readers) != set(outside):
            self.fault(f"ends {sorted(streams)}, not {sorted(outside)} and weights")
            return
        to = {source[len("bus:"):]: pin[len("bus:"):] for source, pin in self.wires if source.startswith("bus:")}
        for name, pin in self.ends.items():
            if name in readers or name not in streams:
                continue
            if pin in self.ports and self.ports[pin][0] != widths[name]:
                self.fault(f"{name} has {self.ports[pin][0]} bits, not {widths[name]}")
            if name.startswith("m_"):
                to[pin[len("bus:"):]] = outside[name]
            else:
                to[outside[name]] = pin[len("bus:"):]
        fifos = {name for name, (_, of) in self.cells.items() if of == "fifo"}
        edges = {}
        for source, pin in to.items():
            if source.split("/")[0] in fifos or source.endswith("_AXI") or source.endswith("/m_axis_0"):
                continue
            depth = 2
            if pin.split("/")[0] in fifos:
                fifo = pin.split("/")[0]
                depth, pin = int(self.settings[f"cell:{fifo}"]["CONFIG.DEPTH"]), to.get(f"{fifo}/out_V")
            edges[source, pin] = depth
        wanted = edges_of_firmware(self.folder, self.name)
        for edge in sorted(set(edges) ^ set(wanted), key=str):
            self.fault(f"{edge} is {'not in the C++' if edge in edges else 'not wired'}")
        for edge in set(edges) & set(wanted):
            if max(2, wanted[edge][1] or 0) != edges[edge]:  # up to 2: registers of the units
                self.fault(f"{edge} holds {edges[edge]} words, in the C++ {wanted[edge][1]}")
        if set(self.settings["outside:ap_clk"].get("CONFIG.ASSOCIATED_BUSIF", "").split(":")) != set(self.ends):
            self.fault("not all ends go by the clock")
        if self.done["xo"]:
            kernel = {name: self.ports.get(pin, (0,))[0] for name, pin in self.ends.items() if name in streams}
            if self.xo != kernel:
                self.fault(f"the kernel has {self.xo}, the IP {kernel}")

    def check_registers(self):
        """Memories that are written at run time have addresses of their own, enough for their words."""
        memories = {name: self.settings[f"cell:{name}"] for name, (_, of) in self.cells.items() if of == "memstream_axilite"}
        written = {name: s for name, s in memories.items() if s["CONFIG.RAM_STYLE"] == "ultra"}
        ports = [name for name in self.ends if name.startswith("s_axilite")]
        if ports != (["s_axilite_0"] if written else []) or ports != self.bus_ports:
            self.fault(f"registers at {ports} for {sorted(written)}")
            return
        if sorted(a[3] for a in self.addresses) != sorted(f"segment:{name}/s_axilite/*" for name in written):
            self.fault("addresses are not of the memories that are written")
            return
        end = 0
        for space, offset, size, segment in sorted(self.addresses, key=lambda a: a[1]):
            settings = written[segment[len("segment:"):].split("/")[0]]
            lanes = 1
            while 32 * lanes < int(settings["CONFIG.WIDTH"]):
                lanes *= 2
            if space != "/s_axilite_0" or offset < end or offset % size or size & (size - 1) or size < max(4096, 4 * lanes * int(settings["CONFIG.DEPTH"])):
                self.fault(f"{segment} is at {offset:#x}, {size} bytes")
            end = offset + size
        if written and int(self.settings["outside:s_axilite_0"]["CONFIG.ADDR_WIDTH"]) < (end - 1).bit_length():
            self.fault("the addresses of s_axilite_0 do not reach all memories")


def link_faults(folder, name):
    """Of a card: the kernels before and behind the project are joined to its ends in the order of its arguments."""
    link = folder.parent / "link"
    wires = re.findall(r"^stream_connect=([\w.]+):([\w.]+)", (link / "connectivity.cfg").read_text(), re.M)
    inputs, outputs = arguments_of(folder, name)
    wanted = [(f"{name}_take_0.{argument}_data", f"{name}_0.s_axis_{i}") for i, (argument, _) in enumerate(inputs)]
    wanted += [(f"{name}_0.m_axis_{i}", f"{name}_give_0.{argument}_data") for i, (argument, _) in enumerate(outputs)]
    wanted += [(f"{name}_take_0.{argument}_mark", f"{name}_give_0.{argument}_mark") for argument, _ in outputs]
    for number, reader in enumerate(sorted(link.glob(f"{name}_IODMA_hls_*.cpp"))):
        wanted.append((f"{reader.stem}_0.weights", f"{name}_0.s_axis_{len(inputs) + number}"))
    for source, to in wanted:
        if wires.count((source, to)) != 1:
            yield f"{source} is not joined to {to}"
    hosts = "".join(path.read_text() for path in (folder.parent.parent / "host").glob("*.cpp"))
    told = set(re.findall(rf'"{name}", (\d+), \d+, "\w+/{folder.name}/units/(\w+)/memblock.dat"', hosts))
    made = {(str(int(words[1], 0)), words[3][len("segment:"):].split("_weights/")[0]) for command, *words in commands_of(folder / "stitched/make_project.tcl") if command == "address"}
    if told != made:
        yield f"hosts write memories at {sorted(told)}, which are at {sorted(made)}"
    kernel = next((k for k in json.loads((link / "kernels.json").read_text())["kernels"] if k["name"] == name), {})
    ends = [words[0] for command, *words in commands_of(folder / "stitched/make_project.tcl") if command == "end"]
    if kernel.get("source") != "stitched" or sorted(kernel["inputs"] + kernel["outputs"]) != sorted(ends):
        yield f"kernel {name} has other streams than the IP: {ends}"


def board_commands(board, *more):
    """What a board's design.tcl asks of Vivado, where units have been synthesised."""
    made = [hls / "units/probe" for hls in board.glob("hls*")]
    for probe in made:
        (probe / "project/sol1/impl/ip").mkdir(parents=True)
    try:
        return commands_of(board / "link/design.tcl", *more)
    finally:
        for probe in made:
            shutil.rmtree(probe)


def memories_of(folder, name):
    """Of a project on a board, the memories that its program writes: [offset in its window, words, bits of a word, unit]."""
    settings, out = {}, []
    for command, *words in commands_of(folder / "stitched/make_project.tcl"):
        if command == "set":
            settings[words[0], words[1]] = words[2]
        elif command == "address":
            memory = words[3][len("segment:"):].split("/")[0]
            out.append((int(words[1], 0), *(int(settings[f"cell:{memory}", f"CONFIG.{key}"]) for key in ("DEPTH", "WIDTH")), memory[:-len("_weights")]))
    return out


def window_of(name, commands):
    """Where the processor sees those, by design.tcl: (address space, first byte, bytes), or None."""
    cell = accelerator_of(name)
    windows = {words[3]: (words[0], int(words[1], 0), int(words[2], 0)) for command, *words in commands if command == "address"}
    return windows.get(f"segment:{cell}/project/s_axilite_0/*")


def accelerator_of(name):
    stage = name.partition("_")[2]
    return f"accelerator_{stage}" if stage else "accelerator"


def memory_faults(folder, name, commands, is_smart):
    """Of a board: the processor reaches a project's memories through a port of its own, at the addresses that the board's program
    has, with the files and the layout of the memories."""
    cell, own, memories = accelerator_of(name), window_of(name, commands), memories_of(folder, name)
    bits = [int(words[2]) for command, *words in commands_of(folder / "stitched/make_project.tcl") if command == "set" and words[:2] == ["outside:s_axilite_0", "CONFIG.ADDR_WIDTH"]]
    ports = [words[0][len("bus:"):] for command, *words in commands if command == "wire" and words[1] == f"bus:{cell}/memories"]
    told = []
    for board in json.loads((folder.parent.parent / "network/network.json").read_text())["fpgas"]:
        if board["image"] == folder.parent.name:
            script = folder.parent.parent / "host" / f"{board['name']}.py"
            rows = re.findall(r'Memory\(0x(\w+), (\d+), "(\w+/(\w+)/units/(\w+)/memblock.dat)"\)', script.read_text())
            told.append(sorted((int(at, 16), int(lanes), unit) for at, lanes, file, hls, unit in rows if hls == folder.name))
            yield from (f"{script.name}: no {file}" for _, _, file, _, _ in rows if not (script.parent.parent / file).exists())
    if not bits:
        if own or ports or any(told):
            yield f"{cell} has no memories, and {own}, {ports}, {told}"
        return
    if own is None or own[0] != "ps/Data" or own[2] != 1 << bits[0] or own[1] % own[2] or not 0xA0000000 <= own[1] <= own[1] + own[2] <= 0xB0000000:
        yield f"the memories of {cell} are at {own}, not in {1 << bits[0]} bytes of the processor's"
        return
    for command, *words in commands:
        if command == "address" and not words[3].startswith(f"segment:{cell}/") and int(words[1], 0) < own[1] + own[2] and own[1] < int(words[1], 0) + int(words[2], 0):
            yield f"{words[3]} lies in the addresses of {cell}"
    wanted = sorted((own[1] + offset, 1 << (-(-width // 32) - 1).bit_length(), unit) for offset, _, width, unit in memories)
    for rows in told:
        if rows != wanted:
            yield f"the program writes {rows}, the memories are {wanted}"
    port = ports[0] if len(ports) == 1 else ""
    if not re.fullmatch(r"/joint/M\d\d_AXI", port) or sum(f"bus:{port}" in words for words in commands) != 1:
        yield f"the memories of {cell} are joined to {ports}"
    clocked = [["net", "pin:ps/pl_clk0", f"pin:{port[:-3]}ACLK"], ["net", "pin:reset", f"pin:{port[:-3]}ARESETN"]]
    if any((net in commands) == is_smart for net in clocked):
        yield f"{port} has {'a clock of its own' if is_smart else 'no clock'}"


def board_faults(folder, name):
    """Of a board: the IPs before and behind the project are joined to its ends, and to the DMA, once each; and so are memories
    that the board's program writes, with an interconnect of either sort."""
    cell = accelerator_of(name)
    dma = cell.replace("accelerator", "dma")
    try:
        commands, smart = (board_commands(folder.parent, *more) for more in ([], ["smart"]))
    except ValueError as error:
        return [str(error)]
    inputs, outputs = arguments_of(folder, name)
    wanted = [(f"{dma}/M_AXIS_MM2S", f"{cell}/data_in"), (f"{cell}/data_in", f"{cell}/take/data_in")]
    wanted += [(f"{cell}/take/{argument}_data", f"{cell}/project/s_axis_{i}") for i, (argument, _) in enumerate(inputs)]
    wanted += [(f"{cell}/project/m_axis_{i}", f"{cell}/give/{argument}_data") for i, (argument, _) in enumerate(outputs)]
    wanted += [(f"{cell}/give/data_out", f"{cell}/data_out"), (f"{cell}/data_out", f"{dma}/S_AXIS_S2MM")]
    if window_of(name, commands):
        wanted.append((f"{cell}/memories", f"{cell}/project/s_axilite_0"))
    wires = [tuple(pin[len("bus:"):] for pin in words) for command, *words in commands if command == "wire"]
    own = [wire for wire in wires if "joint" not in wire[0] and any(pin.split("/")[0] in (cell, dma) for pin in wire)]
    faults = [f"{source} to {to} is {'not wired' if (source, to) in wanted else 'one wire too many'}" for source, to in sorted((Counter(wanted) - Counter(own)) + (Counter(own) - Counter(wanted)))]
    cells = {words[0]: words[2] for command, *words in commands if command == "cell"}
    for part, of in (("take", f"braid:hls:{name}_take:1.0"), ("project", f"braid:finn:{name}:1.0"), ("give", f"braid:hls:{name}_give:1.0")):
        if cells.get(f"{cell}/{part}") != of:
            faults.append(f"{cell}/{part} is a {cells.get(f'{cell}/{part}')}")
        for pin in ("ap_clk", "ap_rst_n"):
            if ["net", f"pin:{cell}/{pin}", f"pin:{cell}/{part}/{pin}"] not in commands:
                faults.append(f"{cell}/{part}/{pin} is not connected")
    for side in ("take", "give"):
        ports = re.search(rf"void {name}_{side}\((.*)\) {{", (folder / f"{name}_{side}.cpp").read_text()).group(1)
        for port in re.findall(r"&(\w+)", ports):
            if sum(f"{cell}/{side}/{port}" in wire for wire in wires) != 1:
                faults.append(f"{cell}/{side}/{port} is not joined once")
    for done, is_smart in ((commands, False), (smart, True)):
        faults += memory_faults(folder, name, done, is_smart)
    return faults


def projects_of(bundle):
    for script in sorted(Path(bundle).glob("*/hls*/stitched/make_project.tcl")):
        folder = script.parent.parent
        yield folder, next(p.stem for p in (folder / "firmware").glob("fpga*.cpp"))


def faults_of(folder, name):
    faults = Stitched(folder, name).run()
    if faults:
        return faults
    return list(link_faults(folder, name)) if (folder.parent / "link/connectivity.cfg").exists() else board_faults(folder, name)
