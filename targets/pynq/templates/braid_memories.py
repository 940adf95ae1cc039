"""Weights that are not in a board's bitstream: UltraRAM has no contents before the processor writes it.

A memory is `lanes` registers of 32 bits a word, the low bits first: bits 32 k to 32 k + 31 of line i of its memblock.dat are
at byte 4 * (i * lanes + k). Writing the last register of a word writes the word; before its last word is written a memory
gives nothing.
Another process writes them: a bus that refuses an access ends that process, one that never answers holds it up, and this one
lives to say so.
"""
import os
import select
import signal
import struct
import typing

from braid_wire import Failure

BUNDLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
ELSEWHERE = "is the bitstream of this bundle?"
AT_ONCE = 1024  # registers that are written between signs of life


class Memory(typing.NamedTuple):
    address: int  # byte, as the processor sees it
    lanes: int    # registers of a word
    file: str     # a memblock.dat, from the bundle's folder


def registers_of(path, lanes):
    """What the registers of a memory are to hold, in the order of their addresses, from a hexadecimal number a line."""
    with open(path, encoding="ascii") as file:
        words = b"".join(int(line, 16).to_bytes(4 * lanes, "little") for line in file)
    return struct.unpack(f"<{len(words) // 4}I", words)


def check_words(array, registers, lanes):
    """Reads the first, the middle and the last word back; returns what is wrong, if anything is."""
    words = len(registers) // lanes
    for at in (lanes * word + lane for word in sorted({0, words // 2, words - 1}) for lane in range(lanes)):
        read = int(array[at])
        if read != registers[at]:
            return f"byte {4 * at:#x} gives {read:#010x} where {registers[at]:#010x} was written"
    return None


def write_one(memory, lives):
    """Returns what is wrong, if anything is; calls `lives` again and again."""
    import pynq  # only boards have it
    registers = registers_of(os.path.join(BUNDLE, memory.file), memory.lanes)
    array = pynq.MMIO(memory.address, 4 * len(registers)).array
    # One by one: wider accesses must not be, where addresses are not aligned to their width.
    for at, register in enumerate(registers):
        if at % AT_ONCE == 0:
            lives()
        array[at] = register
    fault = check_words(array, registers, memory.lanes)
    return fault and f"is not as written: {fault}; {ELSEWHERE}"


class Memories:
    """All memories of a board that are written before its first frame."""

    def __init__(self, board, memories):
        self._board, self._memories = board, memories

    def write(self, timeout):
        """Fails where a file is not there, a word is not what was written, or the bus gives no answer for `timeout` seconds."""
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            self._run(theirs)
        os.close(theirs)
        told = b""
        while select.select([ours], [], [], timeout)[0]:
            more = os.read(ours, 4096)
            if not more:
                break
            told += more
        else:
            os.kill(child, signal.SIGKILL)
            raise self._failure(told, f"is not written: the bus has not answered for {timeout:g} s; {ELSEWHERE}")
        os.close(ours)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            raise self._failure(told, f"is not written: the bus refuses it ({signal.Signals(os.WTERMSIG(status)).name}); "
                                      f"{ELSEWHERE}")
        if status:
            raise self._failure(told, self._lines(told)[-1])

    @staticmethod
    def _lines(told):
        return told.decode("utf-8", "replace").splitlines() or [""]

    def _failure(self, told, what):
        """Of the memory that was at hand: lines that are numbers say which."""
        at = [int(line) for line in self._lines(told) if line.isdigit()]
        memory = self._memories[at[-1] if at else 0]
        return Failure(self._board, f"{self._board}: the memory at {memory.address:#x} for {memory.file} {what}")

    def _run(self, pipe):
        """The process that writes; says which memory it is at, again and again, and at the end what is wrong."""
        code = 1
        try:
            for number, memory in enumerate(self._memories):
                os.write(pipe, b"%d\n" % number)
                fault = write_one(memory, lambda: os.write(pipe, b"%d\n" % number))
                if fault:
                    os.write(pipe, f"{fault}\n".encode())
                    break
            else:
                code = 0
        except Exception as error:
            os.write(pipe, f"is not written: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)
