"""Messages between boards and the client: frames over TCP, heartbeats, and the news of a failure.

A message is a header of 24 bytes, little endian, and a payload:
magic "BRD1" | kind 2 bytes | version 2 | stream 4 | payload length 4 | frame 8
Streams below 1,000,000 are crossings between boards; 1,000,000 + n is an input of the model or a part of one (network.json
says which), 2,000,000 + n output n.
Both ends of a connection send: frames go one way, heartbeats and failures both ways. Who is silent is late, who hangs
up is gone; the first to see it says so to all neighbours, so that everyone names the same board.
"""
import json
import os
import select
import socket
import struct
import threading
import time

HEADER = struct.Struct("<4sHHIIQ")
MAGIC, VERSION = b"BRD1", 1
HELLO, FRAME, END, BEAT, FAIL = 1, 2, 3, 4, 5
INPUTS, OUTPUTS = 1_000_000, 2_000_000
LONGEST = 1 << 26  # bytes of a payload: what the DMA's length register can say


class Failure(Exception):
    """The design cannot go on; `culprit` is the board at fault as far as known."""

    def __init__(self, culprit, message):
        super().__init__(message)
        self.culprit = culprit


class HungUp(Failure):
    """The other end has closed the connection; after the last frame that is as it should be."""


def read_network(path):
    """network.json; BRAID_NETWORK names another file than the bundle's."""
    path = path or os.environ.get("BRAID_NETWORK") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "network", "network.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def board_named(network, name):
    return next(board for board in network["fpgas"] if board["name"] == name)


def ends_of(board):
    """All streams of a board's stages."""
    return [end for part in board["parts"] for end in part["inputs"] + part["outputs"]]


def key_of(end):
    """What tells the connections of a board apart: lanes of one stream lead to copies of one board."""
    return end["stream"], end.get("lane", 0)


def leads_to(network, name, peer):
    """Whether frames of one board reach another, by whatever way."""
    seen, ahead = set(), [name]
    while ahead:
        for end in ends_of(board_named(network, ahead.pop())):
            if end["kind"] == "send" and end["peer"] not in seen:
                seen.add(end["peer"])
                ahead.append(end["peer"])
    return peer in seen


class Link:
    """One connection. `peer` is who is at the other end."""

    def __init__(self, connection, peer, timeout):
        self.peer, self.timeout = peer, timeout
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(timeout)
        self._sending = threading.Lock()

    def send(self, kind, stream=0, frame=0, payload=b""):
        header = HEADER.pack(MAGIC, kind, VERSION, stream, len(payload), frame)
        try:
            with self._sending:
                # A full buffer is not a fault: the other end may take long over a frame. Its silence would be one,
                # and that is for who listens to it to find.
                # Header and payload in one call: a packet less on the wire than if the header went alone.
                self._send_all([header, payload])
        except OSError as error:
            raise HungUp(self.peer, f"{self.peer} has hung up ({error.strerror or error})") from error

    def _send_all(self, parts):
        views = [memoryview(part).cast("B") for part in parts if len(part)]
        while views:
            try:
                sent = self._socket.sendmsg(views)
            except socket.timeout:
                continue
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def beat(self):
        """A heartbeat, unless something is under way anyway."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            if select.select([], [self._socket], [], 0)[1]:
                self._socket.sendall(HEADER.pack(MAGIC, BEAT, VERSION, 0, 0, 0))
        except (OSError, ValueError):
            pass  # whoever listens finds out why
        finally:
            self._sending.release()

    def receive(self):
        """The next message that is no heartbeat: kind, stream, frame, payload."""
        while True:
            magic, kind, version, stream, length, frame = HEADER.unpack(self._exactly(HEADER.size))
            if magic != MAGIC or version != VERSION or length > LONGEST:
                raise Failure(self.peer, f"{self.peer} sends what is no message of ours")
            payload = self._exactly(length)
            if kind == FAIL:
                told = json.loads(bytes(payload).decode("utf-8"))
                raise Failure(told["culprit"], told["message"])
            if kind != BEAT:
                return kind, stream, frame, payload

    def _exactly(self, count):
        data = bytearray(count)
        view, done = memoryview(data), 0
        while done < count:
            try:
                got = self._socket.recv_into(view[done:])
            except socket.timeout as error:
                raise Failure(self.peer, f"{self.peer} is late: nothing from it for {self.timeout:g} s") from error
            except OSError as error:
                raise HungUp(self.peer, f"{self.peer} has hung up ({error.strerror or error})") from error
            if got == 0:
                raise HungUp(self.peer, f"{self.peer} has hung up before the end")
            done += got
        return data

    def tell(self, failure):
        """The news of a failure, as well as can be done."""
        payload = json.dumps({"culprit": failure.culprit, "message": str(failure)}).encode("utf-8")
        if self._sending.acquire(timeout=0.5):
            try:
                self._socket.settimeout(0.5)
                self._socket.sendall(HEADER.pack(MAGIC, FAIL, VERSION, 0, len(payload), 0) + payload)
                self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            finally:
                self._sending.release()

    def finish(self):
        """Nothing more goes this way; heartbeats and complaints still come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def drain(self, until):
        """Reads on for a while: closing with unread data would take the last words from the other end."""
        try:
            while time.monotonic() < until:
                self._socket.settimeout(max(0.01, until - time.monotonic()))
                if not self._socket.recv(1 << 16):
                    return
        except OSError:
            pass

    def close(self):
        try:
            self._socket.close()
        except OSError:
            pass


def connect(address, port, peer, timeout):
    """A connection, tried again until `timeout` has passed: boards come up in any order."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return Link(socket.create_connection((address, port), max(0.05, deadline - time.monotonic())), peer, timeout)
        except OSError as error:
            if time.monotonic() >= deadline:
                raise Failure(peer, f"{peer} cannot be reached at {address}:{port} within {timeout:g} s "
                                    f"({error.strerror or error})") from error
            time.sleep(0.05)


class Heartbeats(threading.Thread):
    """Shows all neighbours that this process lives, also while it computes."""

    def __init__(self, timeout):
        super().__init__(daemon=True)
        self._interval = min(1.0, timeout / 4)
        self._links, self._stopped = [], threading.Event()

    def add(self, link):
        self._links.append(link)

    def run(self):
        while not self._stopped.wait(self._interval):
            for link in list(self._links):
                link.beat()

    def stop(self):
        self._stopped.set()
