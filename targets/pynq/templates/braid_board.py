"""What runs on each Zynq board: takes frames from its peers, moves them through the FPGA, passes them on.

One thread per incoming stream, one per stage of the board that feeds its DMA, one that empties it, one per outgoing
stream, with short queues between them: several frames are under way at once, and a slow board slows the others down
instead of losing frames. What one stage gives a later one goes from queue to queue, through no socket.
Where a stream leads to or from boards that are copies of one, each is a lane with a queue and a connection of its own;
this board deals its frames to them in turn, or collects them in turn.
"""
import argparse
import json
import queue
import socket
import sys
import threading
import time

import numpy

from braid_wire import (END, FRAME, HELLO, Failure, Heartbeats, HungUp, Link, board_named, connect, key_of, leads_to,
                        read_network)

DONE = object()  # end of a queue
POLL = 0.0005    # seconds between looks at the DMA


def by_argument(ends):
    """The lanes of each argument of a stage's top function."""
    arguments = {}
    for end in ends:
        arguments.setdefault(end["argument"], []).append(end)
    return list(arguments.values())


class Part:
    """""One stage of the board: a project of its own behind a DMA of its own."""

    def __init__(self, setup, depth):
        self.inputs, self.outputs = by_argument(setup["inputs"]), by_argument(setup["outputs"])  # lists of lanes
        self.stage = setup["stage"]
        self.fpga = None
        self.fed = queue.Queue(depth)
        self.taken = self.given = 0


class Session:
    """All frames between a client's first and last message."""

    def __init__(self, board, network, parts, options):
        self._board, self._network, self._parts, self._options = board, network, parts, options
        self._failed, self._failure, self._lock = threading.Event(), None, threading.Lock()
        self._links, self._token, self._ended = {}, None, set()
        self._beats = Heartbeats(options.timeout)
        name = board["name"]
        # A stream between two stages has one queue: filled by the one, emptied by the other.
        self._queues = {key_of(end): queue.Queue(options.depth)
                        for part in parts for lanes in part.inputs + part.outputs for end in lanes}
        self._inputs = [end for part in parts for lanes in part.inputs for end in lanes if end["peer"] != name]
        self._outputs = [end for part in parts for lanes in part.outputs for end in lanes if end["peer"] != name]
        self.most_in_flight = 0

    @property
    def frames(self):
        """Those that have left every stage."""
        return min(part.given for part in self._parts)

    def run(self, listener):
        self._beats.start()
        try:
            self._gather(listener)
            jobs = [(self._receive, end) for end in self._inputs] + [(self._send, end) for end in self._outputs]
            jobs += [(body, part) for part in self._parts for body in (self._feed, self._empty)]
            threads = [threading.Thread(target=self._guard, args=job, daemon=True) for job in jobs]
            # The far ends of outgoing streams speak only to complain.
            listeners = [threading.Thread(target=self._guard, args=(self._listen, end), daemon=True)
                         for end in self._outputs]
            for thread in threads + listeners:
                thread.start()
            self._join(threads)
            # Whoever takes our frames hangs up when all is through. Boards that send to each other and back would wait for
            # each other: they say at once that they have all.
            circles = [end for end in self._inputs if leads_to(self._network, self._board["name"], end["peer"])]
            for end in self._outputs + circles:
                self._links[key_of(end)].finish()
            self._join(listeners)
        except Failure as failure:
            self._fail(failure)
        self._beats.stop()
        if self._failure:
            links = list(self._links.values()) + self._callers(listener)
            for link in links:
                link.tell(self._failure)
            until = time.monotonic() + 1
            for link in links:
                link.drain(until)
        for link in self._links.values():
            link.close()
        if self._failure:
            raise self._failure

    def _join(self, threads):
        for thread in threads:
            while thread.is_alive() and not self._failed.is_set():
                thread.join(0.02)
        if self._failed.is_set():
            raise self._failure

    # Connections

    def _callers(self, listener):
        """Those who have called and were not answered yet."""
        links = []
        listener.setblocking(False)
        try:
            while True:
                links.append(Link(listener.accept()[0], "a caller", 0.5))
        except OSError:
            return links

    def _gather(self, listener):
        """Waits for everyone who calls, and calls everyone who waits."""
        expected = {key_of(end): end["peer"] for end in self._inputs}
        expected.update({key_of(end): "client" for end in self._outputs if end["peer"] == "client"})
        listener.settimeout(0.1)
        calls, deadline = [], None
        # Who calls in vain knows best who is missing; who waits is patient for longer.
        patience = 2 * self._options.timeout
        while expected:
            if self._failed.is_set():
                raise self._failure
            if deadline and time.monotonic() > deadline:
                (stream, _), peer = min(expected.items())
                raise Failure(peer, f"{peer} has not connected to {self._board['name']} for stream {stream} within "
                                    f"{patience:g} s")
            try:
                connection, _ = listener.accept()
            except socket.timeout:
                continue
            self._admit(Link(connection, "a caller", self._options.timeout), expected)
            if deadline is None and self._token:
                deadline = time.monotonic() + patience
                calls = [threading.Thread(target=self._guard, args=(self._call, end), daemon=True)
                         for end in self._outputs if end["peer"] != "client"]
                for call in calls:
                    call.start()
        self._join(calls)
        print(f"{self._board['name']}: session begins", flush=True)

    def _admit(self, link, expected):
        try:
            kind, stream, _, payload = link.receive()
            hello = json.loads(bytes(payload).decode("utf-8")) if kind == HELLO else {}
        except (Failure, ValueError):
            return link.close()  # a port scanner, or the rest of a session that failed
        key = (stream, hello.get("lane", 0))
        if key not in expected or hello.get("name") != expected[key] or \
                self._token not in (None, hello.get("session")):
            return link.close()
        self._token = hello["session"]
        link.peer = expected.pop(key)
        self._links[key] = link
        self._beats.add(link)

    def _call(self, end):
        peer = board_named(self._network, end["peer"])
        link = connect(peer["address"], peer["listens"], peer["name"], self._options.timeout)
        hello = {"name": self._board["name"], "session": self._token, "lane": key_of(end)[1]}
        link.send(HELLO, end["stream"], 0, json.dumps(hello).encode("utf-8"))
        self._links[key_of(end)] = link
        self._beats.add(link)

    # Threads

    def _guard(self, body, *arguments):
        try:
            body(*arguments)
        except Failure as failure:
            self._fail(failure)
        except Exception as error:  # a fault of this board is told like any other
            self._fail(Failure(self._board["name"], f"{self._board['name']}: {type(error).__name__}: {error}"))

    def _fail(self, failure):
        with self._lock:
            if self._failure is None:
                self._failure = failure
        self._failed.set()

    def _put(self, to, item):
        while not self._failed.is_set():
            try:
                return to.put(item, timeout=0.1)
            except queue.Full:
                pass

    def _get(self, from_):
        while not self._failed.is_set():
            try:
                return from_.get(timeout=0.1)
            except queue.Empty:
                pass
        return DONE

    def _receive(self, end):
        link, size, expected = self._links[key_of(end)], end["bytes"], 0
        while not self._failed.is_set():
            kind, stream, frame, payload = link.receive()
            if kind == END:
                return self._put(self._queues[key_of(end)], DONE)
            if kind != FRAME or stream != end["stream"] or frame != expected or len(payload) != size:
                raise Failure(link.peer, f"{link.peer} sends frame {frame} of stream {stream} with {len(payload)} bytes; "
                                         f"frame {expected} of {end['stream']} with {size} is due")
            expected += 1
            self._put(self._queues[key_of(end)], (frame, payload))

    def _listen(self, end):
        link = self._links[key_of(end)]
        try:
            while not self._failed.is_set():
                link.receive()
        except HungUp:
            if key_of(end) not in self._ended:
                raise

    def _feed(self, part):
        while not self._failed.is_set():
            turn = part.taken
            items = [self._get(self._queues[key_of(lanes[turn % len(lanes)])]) for lanes in part.inputs]
            if any(item is DONE for item in items):
                items += [self._get(self._queues[key_of(lanes[(turn + more) % len(lanes)])])
                          for lanes in part.inputs for more in range(1, len(lanes))]
                if not all(item is DONE for item in items) and not self._failed.is_set():
                    raise Failure(self._board["name"], f"{self._board['name']}: its inputs end at different frames")
                return self._put(part.fed, DONE)
            with self._lock:
                part.taken += 1
                self.most_in_flight = max(self.most_in_flight, part.taken - part.given)
            self._put(part.fed, turn)
            part.fpga.give([payload for _, payload in items], lambda channel, what: self._wait(part, channel, what))

    def _empty(self, part):
        sizes = [lanes[0]["bytes"] for lanes in part.outputs]
        # Counted where the last of them leaves the board, or at once where none does.
        leaves = any(end in self._outputs for lanes in part.outputs for end in lanes)
        while not self._failed.is_set():
            frame = self._get(part.fed)
            if frame is DONE:
                break
            payloads = part.fpga.take(sizes, lambda channel, what: self._wait(part, channel, what))
            for lanes, payload in zip(part.outputs, payloads):
                self._put(self._queues[key_of(lanes[frame % len(lanes)])], (frame // len(lanes), payload))
            if not leaves:
                with self._lock:
                    part.given += 1
        for lanes in part.outputs:
            for end in lanes:
                self._put(self._queues[key_of(end)], DONE)

    def _wait(self, part, channel, what):
        """Until a DMA channel is idle."""
        deadline = time.monotonic() + self._options.timeout
        while not channel.idle:
            if self._failed.is_set():
                raise self._failure
            if time.monotonic() > deadline:
                name = self._board["name"]
                raise Failure(name, f"{name} is late: its DMA has not {what} frame {part.given} for "
                                    f"{self._options.timeout:g} s")
            time.sleep(POLL)
        channel.wait()

    def _send(self, end):
        link, queued = self._links[key_of(end)], self._queues[key_of(end)]
        part = next(part for part in self._parts if any(end in lanes for lanes in part.outputs))
        is_last = end in [lanes for lanes in part.outputs if lanes[0] in self._outputs][-1]
        while True:
            item = self._get(queued)
            if item is DONE:
                break
            link.send(FRAME, end["stream"], *item)
            if is_last:
                with self._lock:
                    part.given += 1
        if not self._failed.is_set():
            self._ended.add(key_of(end))
            link.send(END, end["stream"])


class Accelerator:
    """A stage behind its DMA: frames of all inputs in, frames of all outputs out. Two buffers each way, so that one
    fills while the other moves."""

    def __init__(self, overlay, part):
        import pynq  # only boards have it
        self._dma = getattr(overlay, f"dma_s{part.stage}" if part.stage else "dma")
        words_in = sum(lanes[0]["bytes"] for lanes in part.inputs) // 8
        words_out = sum(lanes[0]["bytes"] for lanes in part.outputs) // 8
        self._in = [pynq.allocate(shape=(words_in,), dtype=numpy.uint64) for _ in range(2)]
        self._out = [pynq.allocate(shape=(words_out,), dtype=numpy.uint64) for _ in range(2)]
        self._given = self._taken = 0

    def give(self, payloads, wait):
        buffer = self._in[self._given % 2]
        at = 0
        for payload in payloads:
            words = numpy.frombuffer(payload, dtype="<u8")
            buffer[at:at + len(words)] = words
            at += len(words)
        if self._given:
            wait(self._dma.sendchannel, "taken")
        self._dma.sendchannel.transfer(buffer)
        self._given += 1

    def take(self, sizes, wait):
        buffer = self._out[self._taken % 2]
        self._dma.recvchannel.transfer(buffer)
        wait(self._dma.recvchannel, "given")
        self._taken += 1
        data, parts, at = memoryview(numpy.asarray(buffer).astype("<u8").tobytes()), [], 0
        for size in sizes:
            parts.append(data[at:at + size])
            at += size
        return parts


def programmed(bitfile, board, depth):
    """The stages of a board that has just been given its bitstream."""
    import pynq  # only boards have it
    overlay = pynq.Overlay(bitfile)
    parts = [Part(setup, depth) for setup in board["parts"]]
    for part in parts:
        part.fpga = Accelerator(overlay, part)
    return parts


def main(name, memories=None, arguments=None):
    """`memories`: what must be written before the first frame (braid_memories.Memories)."""
    parser = argparse.ArgumentParser(description=f"Host of {name}: takes frames, moves them through the FPGA, passes them on.")
    parser.add_argument("--bitfile", help="bitstream, with its .hwh beside it; default: that of network.json's image")
    parser.add_argument("--network", help="network.json; default: BRAID_NETWORK, else the bundle's")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds of silence that are a fault")
    parser.add_argument("--depth", type=int, default=4, help="frames that wait per queue")
    parser.add_argument("--once", action="store_true", help="end after one session instead of waiting for the next")
    parser.add_argument("--statistics", help="file for the counters of a session (JSON)")
    options = parser.parse_args(arguments)
    network = read_network(options.network)
    board = board_named(network, name)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((board["address"], board["listens"]))
    listener.listen(64)
    print(f"{name}: ready", flush=True)
    while True:
        # A failed session may leave half a frame in the FPGA: each begins with the bitstream.
        parts = programmed(options.bitfile or f"{board['image']}.bit", board, options.depth)
        if memories:
            try:
                memories.write(options.timeout)
            except Failure as failure:  # the next session would fare no better
                print(f"{name}: error: {failure}", file=sys.stderr, flush=True)
                return 1
        session = Session(board, network, parts, options)
        failure = None
        try:
            session.run(listener)
        except Failure as caught:
            failure = caught
            print(f"{name}: error: {failure}", file=sys.stderr, flush=True)
        if options.statistics:
            with open(options.statistics, "w", encoding="utf-8") as file:
                json.dump({"board": name, "frames": session.frames, "mostInFlight": session.most_in_flight}, file)
        if options.once:
            return 1 if failure else 0
