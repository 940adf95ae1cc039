"""A stand-in for PYNQ on a machine without an FPGA: the same calls, with the emitted C++ behind the DMA.

BRAID_STANDIN: folder with <name of the bitfile>.so, and <name>_s1.so, ... for the DMAs dma_s1, ...: each has
`void frame(const uint64_t *in, uint64_t *out)` and the words of both. BRAID_STANDIN_HANG=<name>:<frame>: that board's logic stops at that frame, as a deadlock would.
BRAID_STANDIN_DELAY=<seconds>: every frame takes so long.

<name of the bitfile>.memories, where there is one: what the block design says of memories without contents, a JSON list of
[first byte in the processor's addresses, words, bits of a word, file], and of the windows that they lie in. The logic waits
for its memories, and writes their contents to those files, which the C++ reads. BRAID_STANDIN_BUS=<name>:<fault>: `refuses` or
`hangs` at every access, `forgets` what is written to bit 0.
"""
import ctypes
import json
import mmap
import os
import queue
import re
import signal
import threading
import time

import numpy


def allocate(shape, dtype="u4", target=None):
    """Memory that the DMA can reach."""
    return numpy.zeros(shape, dtype=dtype)


class _Memory:
    """What memstream_axilite.v does with its registers; seen by processes that are forked, too."""

    def __init__(self, base, words, width, file):
        self.base, self.words, self.width, self.file = base, words, width, file
        self.lanes = 1
        while 32 * self.lanes < width:
            self.lanes *= 2
        self.bytes = 4 * self.lanes * words
        self._held = numpy.frombuffer(mmap.mmap(-1, self.bytes), dtype="<u4")
        self._filled = mmap.mmap(-1, 1)
        self._written = [0] * self.lanes

    def write(self, register, value):
        word, lane = divmod(register, self.lanes)
        self._written[lane] = value
        if lane == self.lanes - 1:
            whole = sum(v << 32 * k for k, v in enumerate(self._written)) & ((1 << self.width) - 1)
            for k in range(self.lanes):
                self._held[word * self.lanes + k] = whole >> 32 * k & 0xFFFFFFFF
            if word == self.words - 1:
                self._filled[0] = 1

    def read(self, register):
        return self._held[register]

    @property
    def is_filled(self):
        return self._filled[0] == 1

    def dump(self):
        """Its words to the file."""
        os.makedirs(os.path.dirname(self.file), exist_ok=True)
        with open(self.file, "w", encoding="ascii") as file:
            for word in self._held.reshape(self.words, self.lanes):
                file.write(f"{sum(int(v) << 32 * k for k, v in enumerate(word)):0{(self.width + 3) // 4}x}\n")


class _Bus:
    """The processor's addresses of the board that is programmed."""
    name, memories, windows, dumping = "", [], [], threading.Lock()

    @classmethod
    def wait(cls):
        """Until all memories are written: before that they give nothing."""
        while not all(memory.is_filled for memory in cls.memories):
            time.sleep(0.01)
        with cls.dumping:
            for memory in cls.memories:
                memory.dump()
            cls.memories = []


class _Registers:
    def __init__(self, base, length):
        self._base, self._length = base, length

    def _at(self, index):
        address = self._base + 4 * index
        board, _, fault = os.environ.get("BRAID_STANDIN_BUS", ":").partition(":")
        fault = fault if board == _Bus.name else ""
        if fault == "hangs":
            while True:
                time.sleep(1)
        if fault == "refuses" or not any(first <= address < first + size for first, size in _Bus.windows):
            os.kill(os.getpid(), signal.SIGBUS)
        if not 0 <= 4 * index < self._length:
            raise IndexError(f"register {index} of {self._length} bytes")
        for memory in _Bus.memories:
            if memory.base <= address < memory.base + memory.bytes:
                return memory, (address - memory.base) // 4, fault
        return None, 0, fault

    def __setitem__(self, index, value):
        memory, register, fault = self._at(index)
        if memory:
            memory.write(register, int(numpy.uint32(value)) & (0xFFFFFFFE if fault == "forgets" else 0xFFFFFFFF))

    def __getitem__(self, index):
        memory, register, _ = self._at(index)
        return memory.read(register) if memory else numpy.uint32(0)


class MMIO:
    """Registers of the board, by their addresses."""

    def __init__(self, base_addr, length=4):
        self.array = _Registers(base_addr, length)


class _Logic(threading.Thread):
    """What is on the chip: takes frames in order, as long as there are any."""

    def __init__(self, library, name):
        super().__init__(daemon=True)
        self._library = ctypes.CDLL(library)
        self._library.words_in.restype = self._library.words_out.restype = ctypes.c_uint
        self.words_in, self.words_out = self._library.words_in(), self._library.words_out()
        # A little of the stream is on its way inside the logic: the next frame is taken while this one is computed.
        self.incoming, self.outgoing = queue.Queue(1), queue.Queue(1)
        hang = os.environ.get("BRAID_STANDIN_HANG", ":").split(":")
        self._hangs_at = int(hang[1]) if hang[0] == name else -1
        self._delay = float(os.environ.get("BRAID_STANDIN_DELAY", "0"))

    def run(self):
        frame = 0
        _Bus.wait()
        while True:
            words = self.incoming.get()
            while frame == self._hangs_at:
                time.sleep(1)
            time.sleep(self._delay)
            out = numpy.zeros(self.words_out, dtype=numpy.uint64)
            self._library.frame(words.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p))
            self.outgoing.put(out)
            frame += 1


class _Channel:
    """One direction of a DMA: at most one transfer at a time, idle when it is done."""

    def __init__(self, move, words):
        self._move, self._words, self._transfer = move, words, None

    def transfer(self, array, start=0, nbytes=0):
        if not self.idle:
            raise RuntimeError("DMA channel not idle")
        if array.nbytes != 8 * self._words:
            raise RuntimeError(f"a transfer of {array.nbytes} bytes; the logic takes {8 * self._words}")
        self._transfer = threading.Thread(target=self._move, args=(array,), daemon=True)
        self._transfer.start()

    @property
    def idle(self):
        return self._transfer is None or not self._transfer.is_alive()

    def wait(self):
        if self._transfer is None:
            raise RuntimeError("DMA channel not started")
        self._transfer.join()


class _Dma:
    def __init__(self, logic):
        def send(array):
            logic.incoming.put(array.copy())

        def receive(array):
            array[:] = logic.outgoing.get()

        self.sendchannel = _Channel(send, logic.words_in)
        self.recvchannel = _Channel(receive, logic.words_out)


class Overlay:
    def __init__(self, bitfile_name, download=True):
        name = os.path.splitext(os.path.basename(bitfile_name))[0]
        _Bus.name, _Bus.memories, _Bus.windows = name, [], []
        design = os.path.join(os.environ["BRAID_STANDIN"], name + ".memories")
        if os.path.exists(design):
            with open(design, encoding="utf-8") as file:
                said = json.load(file)
            _Bus.memories = [_Memory(*of) for of in said["memories"]]
            _Bus.windows = said["windows"]
        for library in sorted(os.listdir(os.environ["BRAID_STANDIN"])):
            stem, extension = os.path.splitext(library)
            if extension == ".so" and re.fullmatch(re.escape(name) + r"(_s\d+)?", stem):
                logic = _Logic(os.path.join(os.environ["BRAID_STANDIN"], library), name)
                logic.start()
                setattr(self, "dma" + stem[len(name):], _Dma(logic))
