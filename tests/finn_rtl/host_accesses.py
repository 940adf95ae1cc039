"""What a board's program does to the registers of a memory: `1 register value` a write, `0 register value` a read and what it
must give. Usage: host_accesses.py TEMPLATES MEMBLOCK LANES; TEMPLATES: the folder of braid_memories.py."""
import sys

sys.path[:0] = sys.argv[1].split(":")
sys.dont_write_bytecode = True

import braid_memories  # noqa: E402


class Registers(dict):
    def __setitem__(self, register, value):
        print(1, register, f"{value:08x}")
        super().__setitem__(register, value)

    def __getitem__(self, register):
        value = super().__getitem__(register)
        print(0, register, f"{value:08x}")
        return value


class Pynq:
    class MMIO:
        def __init__(self, address, length):
            self.array = Registers()


sys.modules["pynq"] = Pynq
fault = braid_memories.write_one(braid_memories.Memory(0, int(sys.argv[3]), sys.argv[2]), lambda: None)
sys.exit(fault)
