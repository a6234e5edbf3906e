"""What every Python driver shares: arguments, records on disk, and the runner's word to leave."""

import argparse
import base64
import json
import os
import sys
import threading


def read_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["produce", "consume", "copy", "admin"])
    for name in ("bootstrap", "topic", "codec", "input", "group", "output", "target", "transactional-id", "protocol"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--count", type=int, default=sys.maxsize)
    parser.add_argument("--abort-every", type=int, default=0)
    parser.add_argument("--session-ms", type=int, default=30000)
    parser.add_argument("--idempotent", action="store_true")
    parser.add_argument("--committed", action="store_true")
    options = parser.parse_args()
    options.topics = options.topic.split(",")
    return options


def _decode(text):
    return None if text is None else base64.b64decode(text)


def _encode(data):
    return None if data is None else base64.b64encode(data).decode()


def read_input(path):
    """Yields (key, value, headers) as bytes; headers is a list of (name, bytes)."""
    with open(path) as lines:
        for line in lines:
            record = json.loads(line)
            headers = [(name, _decode(data)) for name, data in record["headers"]]
            yield _decode(record["key"]), _decode(record["value"]), headers


class Work:
    """So many records, or until the runner closes the standard input."""

    def __init__(self, options):
        self._left = options.count
        self._told_to_leave = threading.Event()
        threading.Thread(target=self._wait_for_end_of_input, daemon=True).start()

    def _wait_for_end_of_input(self):
        while os.read(0, 4096):  # not sys.stdin: its lock would still be held at exit
            pass
        self._told_to_leave.set()

    @property
    def full(self):
        return self._left <= 0

    @property
    def finished(self):
        return self.full or self._told_to_leave.is_set()


class CopyPlan(Work):
    """Which records go into which transactions, and how these end."""

    def __init__(self, options):
        super().__init__(options)
        self._abort_every = options.abort_every
        self._number = 0

    @property
    def room(self):
        return min(self._left, 20)

    def ends(self):
        """Of the next records, False for each transaction that is to be aborted."""
        self._number += 1
        aborts = self._abort_every > 0 and self._number % self._abort_every == 0
        return [False, True] if aborts else [True]

    def committed(self, count):
        self._left -= count
        print("committed", count, flush=True)


class Output(Work):
    """Writes what a consumer was handed, at once, for the runner reads along."""

    def __init__(self, options):
        super().__init__(options)
        self._file = open(options.output, "a")

    def write(self, topic, partition, offset, key, value, headers):
        record = {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "key": _encode(key),
            "value": _encode(value),
            "headers": [(name, _encode(data)) for name, data in headers or []],
        }
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        self._left -= 1


def report_assigned(partitions):
    """Tells the runner which partitions this member owns."""
    print("assigned", *sorted(partitions), flush=True)


def report(result):
    print(json.dumps(result), flush=True)
