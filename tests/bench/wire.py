"""Send 20 kB packets to 1, 16 and 100 clients over loopback; peer: iperf3's sender.

Processor time of the sending process for the same bytes; readers are processes of their own.
iperf3 knows no TLS: its plain figure stands beside ours over TLS.
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
        rows += _rows(case, statistics.median(ours), statistics.median(peer))
    return rows


def _rows(case: Case, ours_us: float, peer_us: float) -> list[Row]:
    unit = "CPU µs per 20 kB"
    if case.tls or case.clients == 1:
        return [Row(case.name, unit, ours_us, peer_us, _PEER)]
    return [
        against(case.name, unit, ours_us, peer_us, _PEER, _RATIO),
        against(f"{case.name}, aim", unit, ours_us, peer_us, _PEER, _AIM),
    ]


def _us_per_packet(cpu_s: float, sent_bytes: int) -> float:
    return cpu_s * 1e6 * _PACKET_BYTES / sent_bytes


def _ours(case: Case) -> float:
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
        return _us_per_packet(found["cpu_s"], found["bytes"])


def _iperf3(case: Case) -> float:
    port = _free_port()
    command = ["iperf3", "-p", str(port), "-B", "127.0.0.1"]
    with measure.running(*command, "-s", "-1", stdout=subprocess.DEVNULL):
        _wait_for(port)
        total = case.clients * case.packets * _PACKET_BYTES
        options = ["-P", str(case.clients), "-n", str(total), "-l", str(_PACKET_BYTES), "-J"]
        sender = subprocess.Popen(
            [*command, "-c", "127.0.0.1", *options], stdout=subprocess.PIPE, text=True
        )
        assert sender.stdout is not None
        found = json.loads(sender.stdout.read())
        _, status, usage = os.wait4(sender.pid, 0)
        sender.returncode = os.waitstatus_to_exitcode(status)
        sender.stdout.close()
    sent = found["end"]["sum_sent"]["bytes"]
    return _us_per_packet(usage.ru_utime + usage.ru_stime, sent)


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
