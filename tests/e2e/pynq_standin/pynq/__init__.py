"""A stand-in for PYNQ on a machine without an FPGA: the same calls, with the emitted C++ behind the DMA.

BRAID_STANDIN: folder with <name of the bitfile>.so, and <name>_s1.so, ... for the DMAs dma_s1, ...: each has
`void frame(const uint64_t *in, uint64_t *out)` and the words of both. BRAID_STANDIN_HANG=<name>:<frame>: that board's logic stops at that frame, as a deadlock would.
BRAID_STANDIN_DELAY=<seconds>: every frame takes so long.
"""
import ctypes
import os
import queue
import re
import threading
import time

import numpy


def allocate(shape, dtype="u4", target=None):
    """Memory that the DMA can reach."""
    return numpy.zeros(shape, dtype=dtype)


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
        for library in sorted(os.listdir(os.environ["BRAID_STANDIN"])):
            stem, extension = os.path.splitext(library)
            if extension == ".so" and re.fullmatch(re.escape(name) + r"(_s\d+)?", stem):
                logic = _Logic(os.path.join(os.environ["BRAID_STANDIN"], library), name)
                logic.start()
                setattr(self, "dma" + stem[len(name):], _Dma(logic))
