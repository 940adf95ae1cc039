#!/usr/bin/env python3
"""A frame's bytes on the wire as the board's Python sends them: one message, its header as targets/links says, cut into
segments. With a program and a model the crossings of its report must have exactly these bytes.

    tests/link/wire_bytes.py [BRAID MODEL CLUSTER FPGAS]
"""
import json
import pathlib
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "targets" / "pynq" / "templates"))
import braid_wire  # noqa: E402

LINK = json.loads((ROOT / "targets" / "links" / "zynq-tcp.json").read_text())


class Counting:
    """A socket that remembers what each call hands to TCP."""

    def __init__(self, inner):
        self._inner, self.calls = inner, []

    def sendmsg(self, parts):
        sent = self._inner.sendmsg(parts)
        self.calls.append(sent)
        return sent

    def setsockopt(self, level, option, value):
        pass  # TCP's own options do not exist between the ends of a pair

    def __getattr__(self, name):
        return getattr(self._inner, name)


def segments_of(payload_bytes):
    """Sizes of the TCP segments of one frame: every call's bytes, cut at the segment size."""
    ours, theirs = socket.socketpair()
    counting = Counting(ours)
    link = braid_wire.Link(counting, "peer", 10)
    payload = bytes(range(256)) * (payload_bytes // 256 + 1)
    link.send(braid_wire.FRAME, 3, 7, payload[:payload_bytes])
    received = bytearray()
    while len(received) < sum(counting.calls):
        received += theirs.recv(1 << 16)
    kind, stream, frame = braid_wire.FRAME, 3, 7
    assert received == braid_wire.HEADER.pack(braid_wire.MAGIC, kind, braid_wire.VERSION, stream, payload_bytes, frame) + payload[:payload_bytes]
    ours.close()
    theirs.close()
    sizes = []
    for call in counting.calls:
        sizes += [min(LINK["maxPayloadBytes"], call - at) for at in range(0, call, LINK["maxPayloadBytes"])]
    return sizes


def wire_bytes(payload_bytes):
    sizes = segments_of(payload_bytes)
    return sum(sizes) + len(sizes) * LINK["overheadBytes"]


def main():
    assert braid_wire.HEADER.size == LINK["frameHeaderBytes"], "the link's table has another header"
    for payload in (8, 1416, 1424, 1432, 2872, 5408, 50_000):
        header = LINK["frameHeaderBytes"]
        segments = -(-(payload + header) // LINK["maxPayloadBytes"])
        assert wire_bytes(payload) == payload + header + segments * LINK["overheadBytes"], payload
    if len(sys.argv) == 1:
        print("7 frames sent, bytes as tabled")
        return
    braid, model, cluster, fpgas = sys.argv[1:]
    report = json.loads(subprocess.run([braid, "plan", model, "--cluster", cluster, "--fpgas", fpgas, "--json"], check=True,
                                       capture_output=True, text=True).stdout)
    assert report["crossings"]
    for crossing in report["crossings"]:
        assert crossing["wire_bytes"] == wire_bytes(crossing["payload_bytes"]), crossing
    print(f"{len(report['crossings'])} crossings sent, bytes as reported")


main()
