#!/usr/bin/env python3
"""Feeds frames to the boards and collects their results, in order.

    python3 run.py images.npy --output scores.npy

One .npy per input of the model, frames first, in the ONNX file's order of elements; numbers are rounded to the types of
the inputs as in the compiler. Results are float32, or mantissas (int64) with --raw.
"""
import argparse
import json
import secrets
import sys
import threading
import time

import numpy

from braid_wire import END, FRAME, HELLO, OUTPUTS, Failure, Heartbeats, HungUp, connect, ends_of, read_network


def rounded(scaled, mode):
    """Doubles to whole doubles; every step is exact."""
    low = numpy.floor(scaled)
    half = scaled - low  # exact: both are multiples of the last place of `scaled`
    up = {
        "AP_TRN": half < 0,
        "AP_TRN_ZERO": (half > 0) & (scaled < 0),
        "AP_RND": half >= 0.5,
        "AP_RND_MIN_INF": half > 0.5,
        "AP_RND_INF": numpy.where(scaled < 0, half > 0.5, half >= 0.5),
        "AP_RND_ZERO": numpy.where(scaled < 0, half >= 0.5, half > 0.5),
        "AP_RND_CONV": (half > 0.5) | ((half == 0.5) & (numpy.mod(low, 2) != 0)),
    }[mode]
    return low + up


def mantissas(values, end):
    """Numbers to mantissas of a type, as unsigned bits."""
    width, signed = end["width"], end["signed"]
    modes = [word for word in end["type"].replace("<", ",").replace(">", ",").replace(" ", "").split(",") if "_" in word]
    rounding = next((m for m in modes if m.startswith(("AP_TRN", "AP_RND"))), "AP_TRN")
    overflow = next((m for m in modes if m.startswith(("AP_SAT", "AP_WRAP"))), "AP_WRAP")
    lowest, highest = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    values = numpy.asarray(values, dtype=numpy.float64)
    values = numpy.where(numpy.isnan(values), 0.0, values)
    with numpy.errstate(over="ignore"):
        whole = rounded(numpy.clip(values * 2.0 ** end["fraction"], -1e300, 1e300), rounding)
    infinite = numpy.isinf(values)
    out = numpy.zeros(whole.shape, dtype=numpy.uint64)
    small = numpy.abs(whole) < 2.0 ** 62
    narrow = whole[small].astype(numpy.int64)
    if width < 63:  # else nothing small overflows
        outside = (narrow < lowest) | (narrow > highest)
        if overflow == "AP_SAT":
            narrow = numpy.clip(narrow, lowest, highest)
        elif overflow == "AP_SAT_ZERO":
            narrow = numpy.where(outside, 0, narrow)
        elif overflow == "AP_SAT_SYM":
            narrow = numpy.clip(narrow, -highest if signed else 0, highest)
    elif not signed and overflow != "AP_WRAP":
        narrow = numpy.maximum(narrow, 0)
    out[small] = narrow.astype(numpy.uint64)
    for at in zip(*numpy.nonzero(~small)):  # rare: whole numbers beyond 62 bits, exactly
        number = int(whole[at])
        if not lowest <= number <= highest:
            end_ = highest if number > 0 else lowest
            number = {"AP_SAT": end_, "AP_SAT_ZERO": 0, "AP_SAT_SYM": highest if number > 0 else (-highest if signed else 0),
                      "AP_WRAP": end_ if infinite[at] else number}[overflow]
        out[at] = number & 0xFFFFFFFFFFFFFFFF
    return out & numpy.uint64((1 << width) - 1)


def rounded_level(values, mode):
    """Doubles to whole doubles, as quantisers round (QONNX's names)."""
    low = numpy.floor(values)
    rest = values - low
    negative = values < 0
    up = {
        "ROUND": (rest > 0.5) | ((rest == 0.5) & (numpy.mod(low, 2) != 0)),
        "HALF_UP": (rest > 0.5) | ((rest == 0.5) & ~negative),
        "HALF_DOWN": (rest > 0.5) | ((rest == 0.5) & negative),
        "UP": (rest > 0) & ~negative,
        "DOWN": (rest > 0) & negative,
        "CEIL": rest > 0,
        "FLOOR": rest < 0,
    }[mode]
    return low + up


def host_steps(values, end):
    """What the host computes at an end of the model, [frames] + the stream's shape, channels last."""
    values = numpy.asarray(values, dtype=numpy.float64)
    for step in end.get("host", []):
        first, second = (numpy.array(step.get(key, [0.0])) for key in ("first", "second"))
        kind = step["step"]
        if kind == "affine":
            values = values * first + second
        elif kind == "quantize":
            level = rounded_level(values / first, step["rounding"]) + second if step["roundsFirst"] else \
                rounded_level(values / first + second, step["rounding"])
            values = numpy.clip(numpy.where(numpy.isnan(level), step["lo"], level), step["lo"], step["hi"])
        elif kind == "thresholds":
            ladders = first.reshape(int(second[0]), -1)
            values = step["lo"] + numpy.sum(values[..., None] >= ladders, axis=-1, dtype=numpy.float64)
        elif kind == "leaky_relu":
            values = numpy.where(values >= 0, values, first * values)
        elif kind == "at_least":
            values = numpy.maximum(values, first)
        elif kind == "at_most":
            values = numpy.minimum(values, first)
        elif kind == "sigmoid":
            values = 1.0 / (1.0 + numpy.exp(-values))
        elif kind == "tanh":
            values = numpy.tanh(values)
        elif kind == "elu":
            values = numpy.where(values >= 0, values, first * numpy.expm1(values))
        elif kind == "selu":
            values = second * numpy.where(values > 0, values, first * numpy.expm1(values))
        elif kind == "softmax":
            powers = numpy.exp(values - values.max(axis=-1, keepdims=True))
            values = powers / powers.sum(axis=-1, keepdims=True)
        else:
            raise ValueError(f"network.json names a step '{kind}' that this program does not know")
    return values


def packed(bits, end):
    """[frames, elements] to bytes per frame: whole elements per 64-bit word, first element lowest."""
    width, frames = end["elementBits"], bits.shape[0]
    per_word = end["wordBits"] // width
    words = end["bytes"] // 8
    padded = numpy.zeros((frames, words * per_word), dtype=numpy.uint64)
    padded[:, :end["elements"]] = bits
    shifts = (numpy.arange(per_word) * width).astype(numpy.uint64)
    joined = numpy.bitwise_or.reduce(padded.reshape(frames, words, per_word) << shifts, axis=2)
    return [row.astype("<u8").tobytes() for row in joined]


def unpacked(payload, end, signed):
    width = end["elementBits"]
    words = numpy.frombuffer(payload, dtype="<u8").astype(numpy.uint64)
    shifts = (numpy.arange(end["wordBits"] // width) * width).astype(numpy.uint64)
    bits = (words[:, None] >> shifts).reshape(-1)[:end["elements"]]
    spare = numpy.uint64(64 - width)
    raised = bits << spare
    return raised.view(numpy.int64) >> numpy.int64(spare) if signed else (raised >> spare).view(numpy.int64)


def to_stream_order(values, port):
    """ONNX order of elements to that of the stream, [frames] + its shape."""
    shape = port["shape"]
    frames = values.reshape([-1] + shape)
    if port["permutation"]:
        frames = frames.transpose([0] + [axis + 1 for axis in port["permutation"]])
    return frames.reshape([-1] + port["streamShape"])


def part_of(frames, end):
    """What of every frame goes to one FPGA, [frames, elements]."""
    box = tuple(slice(first, last) for first, last in zip(end["begin"], end["end"]))
    return frames[(slice(None),) + box].reshape(len(frames), -1)


def to_onnx_order(values, port):
    shape, permutation = port["shape"], port["permutation"]
    if not permutation:
        return values.reshape([-1] + shape)
    frames = values.reshape([-1] + [shape[axis] for axis in permutation])
    return frames.transpose([0] + [permutation.index(axis) + 1 for axis in range(len(shape))])


class Client:
    def __init__(self, network, timeout):
        self._network, self._timeout = network, timeout
        self._session = secrets.token_hex(8)
        self._failed, self._failure, self._lock = threading.Event(), None, threading.Lock()
        self._sent, self._received, self.most_in_flight = {}, {}, 0  # by board and stream
        self._links, self._ended, self._beats = [], set(), Heartbeats(timeout)

    def run(self, inputs, frames):
        """inputs: by stream, the bytes of each frame; returns bytes of each frame by output."""
        results = [[None] * frames for _ in self._network["outputs"]]
        threads = []
        self._beats.start()
        try:
            for board in self._network["fpgas"]:
                for end in ends_of(board):
                    if end["peer"] == "client":
                        link = self._connect(board, end)
                        threads += self._threads(board, link, end, inputs, range(board["replica"], frames, board["replicas"]),
                                                 results)
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive() and not self._failed.is_set():
                    thread.join(0.05)
        except Failure as failure:
            self._fail(failure)
        self._beats.stop()
        if self._failure:
            for link in self._links:
                link.tell(self._failure)
        for link in self._links:
            link.close()
        if self._failure:
            raise self._failure
        return results

    def _connect(self, board, end):
        link = connect(board["address"], board["listens"], board["name"], self._timeout)
        hello = json.dumps({"name": "client", "session": self._session}).encode("utf-8")
        link.send(HELLO, end["stream"], 0, hello)
        self._links.append(link)
        self._beats.add(link)
        return link

    def _threads(self, board, link, end, inputs, frames, results):
        """`frames`: those of all that go through this board, of copies its share."""
        stream = end["stream"]
        key = (board["replica"], link.peer, stream)
        if stream >= OUTPUTS:
            self._received[key] = 0
            jobs = [(self._collect, link, end, key, frames, results[stream - OUTPUTS])]
        else:
            self._sent[key] = 0
            jobs = [(self._feed, link, end, key, [inputs[stream][frame] for frame in frames])]
            threading.Thread(target=self._guard, args=(self._listen, link, key), daemon=True).start()
        return [threading.Thread(target=self._guard, args=job, daemon=True) for job in jobs]

    def _guard(self, body, *arguments):
        try:
            body(*arguments)
        except Failure as failure:
            self._fail(failure)

    def _fail(self, failure):
        with self._lock:
            if self._failure is None:
                self._failure = failure
        self._failed.set()

    def _feed(self, link, end, key, payloads):
        for frame, payload in enumerate(payloads):
            if self._failed.is_set():
                return
            link.send(FRAME, end["stream"], frame, payload)
            with self._lock:
                self._sent[key] += 1
                self.most_in_flight = max(self.most_in_flight, self._passed(self._sent, max) - self._passed(self._received, min))
        self._ended.add(key)
        link.send(END, end["stream"])

    @staticmethod
    def _passed(counts, of):
        """Frames of all replicas: of each, the most or the fewest of its streams."""
        by_replica = {}
        for (replica, _, _), count in counts.items():
            by_replica.setdefault(replica, []).append(count)
        return sum(of(one) for one in by_replica.values())

    def _listen(self, link, key):
        """The far ends of our streams speak only to complain, and hang up after the last frame."""
        try:
            while not self._failed.is_set():
                link.receive()
        except HungUp:
            if key not in self._ended:
                raise

    def _collect(self, link, end, key, frames, results):
        for expected, place in enumerate(frames):
            kind, stream, frame, payload = link.receive()
            if kind != FRAME or stream != end["stream"] or frame != expected or len(payload) != end["bytes"]:
                raise Failure(link.peer, f"{link.peer} gives frame {frame} of stream {stream} with {len(payload)} bytes; "
                                         f"frame {expected} of {end['stream']} with {end['bytes']} is due")
            results[place] = bytes(payload)
            with self._lock:
                self._received[key] += 1
        kind, _, _, _ = link.receive()
        if kind != END:
            raise Failure(link.peer, f"{link.peer} gives more than {len(frames)} frames")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", help=".npy, one per input of the model")
    parser.add_argument("--output", action="append", default=[], help=".npy to write, one per output of the model")
    parser.add_argument("--raw", action="store_true", help="write mantissas (int64) instead of float32")
    parser.add_argument("--frames", type=int, help="only the first so many frames")
    parser.add_argument("--network", help="network.json; default: BRAID_NETWORK, else the bundle's")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds of silence that are a fault")
    options = parser.parse_args()
    network = read_network(options.network)
    if len(options.inputs) != len(network["inputs"]):
        parser.error(f"the model has {len(network['inputs'])} inputs")
    if len(options.output) > len(network["outputs"]):
        parser.error(f"the model has {len(network['outputs'])} outputs")

    ends = {end["stream"]: end for board in network["fpgas"] for end in ends_of(board)}
    payloads, lengths = {}, set()
    for port, (path, model_end) in enumerate(zip(options.inputs, network["inputs"])):
        values = to_stream_order(numpy.load(path), model_end)[:options.frames]
        lengths.add(len(values))
        bits = mantissas(host_steps(values, model_end), model_end)
        payloads.update({stream: packed(part_of(bits, end), end) for stream, end in ends.items() if end.get("input") == port})
    if len(lengths) != 1:
        parser.error("the inputs have different numbers of frames")
    frames = lengths.pop()

    client = Client(network, options.timeout)
    start = time.monotonic()
    try:
        results = client.run(payloads, frames)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - start
    for port, (of_output, model_end) in enumerate(zip(results, network["outputs"])):
        if port >= len(options.output):
            break
        end = ends[OUTPUTS + port]
        numbers = numpy.stack([unpacked(payload, end, model_end["signed"]) for payload in of_output]) if frames else \
            numpy.zeros((0, end["elements"]), dtype=numpy.int64)
        if not options.raw:
            reals = (numbers * 2.0 ** -model_end["fraction"]).reshape([-1] + model_end["streamShape"])
            numbers = host_steps(reals, model_end).reshape(numbers.shape).astype(numpy.float32)
        numpy.save(options.output[port], to_onnx_order(numbers, model_end))
    print(f"{frames} frames in {seconds:.3f} s, at most {client.most_in_flight} under way")
    return 0


if __name__ == "__main__":
    sys.exit(main())
