"""Send 20 kB packets to 1, 16 and 100 clients over loopback; peer: iperf3's sender.

Processor time for the same bytes; readers are processes of their own that read 20 kB at a time.
The goal is for both ends together: on loopback the kernel does the receiver's work in whichever
process happens to run, so a sender's own share (shown too) says little by itself.  iperf3 knows
no TLS: its plain figure stands beside ours over TLS.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.server.certificate import ensure_certificate
from tests.bench import measure
from tests.bench.table import Row, against

_PACKET_BYTES = 20_000
_PEER = "iperf3, plain"
_RATIO = 1.5
_AIM = 1.3
_CONNECT_S = 10.0


@frozen
class Case:
    clients: int
    packets: int  # to each client
    tls: bool = False

    @property
    def name(self) -> str:
        kind = "TLS" if self.tls else "plain"
        return f"{kind}, {self.clients} client{'s' * (self.clients > 1)}"


_CASES = (
    Case(1, 60_000),
    Case(16, 8_000),
    Case(100, 1_500),
    Case(1, 20_000, tls=True),
    Case(16, 2_500, tls=True),
    Case(100, 400, tls=True),
)


def run(quick: bool) -> list[Row]:
    rows = []
    for case in _CASES:
        ours, peer = [], []
        for _ in range(2 if quick else 5):
            peer.append(_iperf3(case))
            ours.append(_ours(case))
        rows += _rows(case, _medians(ours), _medians(peer))
    return rows


@frozen
class Cost:
    """Processor time in µs for 20 kB."""

    sender_us: float
    both_us: float


def _medians(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.sender_us for cost in costs),
        statistics.median(cost.both_us for cost in costs),
    )


def _rows(case: Case, ours: Cost, peer: Cost) -> list[Row]:
    unit = "CPU µs per 20 kB"
    rows = [Row(f"{case.name}, sender", unit, ours.sender_us, peer.sender_us, _PEER)]
    name = f"{case.name}, both ends"
    if case.tls or case.clients == 1:
        return [*rows, Row(name, unit, ours.both_us, peer.both_us, _PEER)]
    return [
        *rows,
        against(name, unit, ours.both_us, peer.both_us, _PEER, _RATIO),
        against(f"{name}, aim", unit, ours.both_us, peer.both_us, _PEER, _AIM),
    ]


def _cost(sender_cpu_s: float, reader_cpu_s: float, sent_bytes: int) -> Cost:
    packets = sent_bytes / _PACKET_BYTES
    return Cost(sender_cpu_s * 1e6 / packets, (sender_cpu_s + reader_cpu_s) * 1e6 / packets)


def _ours(case: Case) -> Cost:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sender = stack.enter_context(measure.module("tests.bench.wire_ours"))
        work: dict[str, Any] = {
            "clients": case.clients,
            "packets": case.packets,
            "payload_bytes": _PACKET_BYTES,
            "tls": case.tls,
        }
        if case.tls:
            files = ensure_certificate(Path(folder), "bench", time.time_ns() // 1000)
            work |= {"certificate": str(files.certificate), "key": str(files.key)}
        measure.tell(sender, json.dumps(work))
        work["port"] = measure.line(sender)["port"]
        readers = stack.enter_context(measure.module("tests.bench.wire_readers"))
        measure.tell(readers, json.dumps(work))
        measure.line(sender)
        measure.tell(sender, "go")
        found = measure.line(sender)
        return _cost(found["cpu_s"], measure.line(readers)["cpu_s"], found["bytes"])


def _iperf3(case: Case) -> Cost:
    port = _free_port()
    command = ["iperf3", "-p", str(port), "-B", "127.0.0.1"]
    reader = subprocess.Popen([*command, "-s", "-1"], stdout=subprocess.DEVNULL)
    _wait_for(port)
    total = case.clients * case.packets * _PACKET_BYTES
    options = ["-P", str(case.clients), "-n", str(total), "-l", str(_PACKET_BYTES), "-J"]
    sender = subprocess.Popen(
        [*command, "-c", "127.0.0.1", *options], stdout=subprocess.PIPE, text=True
    )
    assert sender.stdout is not None
    found = json.loads(sender.stdout.read())
    sender.stdout.close()
    sent = found["end"]["sum_sent"]["bytes"]
    return _cost(_cpu_s(sender), _cpu_s(reader), sent)


def _cpu_s(process: subprocess.Popen[Any]) -> float:
    """Of a process that ends by itself, once it has."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int) -> None:
    """Until someone listens, without connecting: the peer serves one client only."""
    end_s = time.monotonic() + _CONNECT_S
    while f":{port:04X} 00000000:0000 0A" not in Path("/proc/net/tcp").read_text():
        if time.monotonic() > end_s:
            raise RuntimeError("iperf3 does not listen")
        time.sleep(0.02)
