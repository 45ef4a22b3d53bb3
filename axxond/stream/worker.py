"""The process that decodes and analyses: `python -m axxond.stream.worker`, started by `workers`.

Orders come in by standard input and are done one after the other; answers go out by what was
standard output (all else that is printed goes to standard error).  It ends when its input does:
with the daemon, however that ends.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from axxond.base import log as base_log
from axxond.stream import hardware, parcel
from axxond.stream.stage import Desk

log = logging.getLogger(__name__)

_NICENESS = 5  # recording and clients come first
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_FIRST_TO_GO = "500"  # of 1000, see proc(5)


class Desks:
    """All streams that this process works on."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._desks: dict[int, Desk[Any]] = {}

    def do(self, order: parcel.Order) -> None:
        """Raises OSError when nobody takes the answer."""
        match order:
            case parcel.Work(seat, items):
                self._answer(seat, self._desks[seat].work(items))
            case parcel.Tell(seat, word):
                self._desks[seat].told(word)
            case parcel.TakeSeat(seat, name, recipe):
                self._desks[seat] = Desk(name, recipe)
            case parcel.Leave(seat, word):
                self._answer(seat, self._desks[seat].told(word) if word is not None else [])
                del self._desks[seat]
            case parcel.UseCard(choice):
                hardware.CARD.choose(choice)
            case parcel.Prepare():
                self._prepare(order)

    def _prepare(self, order: parcel.Prepare) -> None:
        base_log.set_up(order.log_level)
        if order.call is not None:
            order.call()
        # What is there now stays: the collector need not go through it again and again.
        gc.collect()
        gc.freeze()
        self._write(parcel.Ready())

    def _answer(self, seat: int, results: list[Any]) -> None:
        self._write(parcel.Done(seat, results, self._desks[seat].stats))

    def _write(self, answer: parcel.Answer) -> None:
        self._out.write(parcel.packed(answer))
        self._out.flush()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    inlet, outlet = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(inlet, "rb"), os.fdopen(outlet, "wb")


def _give_way() -> None:
    """Of the processor, and of memory when that runs out."""
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICENESS)
            _OOM_SCORE.write_text(_FIRST_TO_GO)


def _outlive_signals() -> None:
    """The daemon closes what is going on, and then the pipe; a signal to the whole group (Ctrl-C,
    the service's stop) is for it alone."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if (known := getattr(signal, name, None)) is not None:
            signal.signal(known, signal.SIG_IGN)


def main() -> None:
    _outlive_signals()
    _give_way()
    inlet, outlet = _pipes()
    desks = Desks(outlet)
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        while len(head := inlet.read(parcel.HEAD_BYTES)) == parcel.HEAD_BYTES:
            body = inlet.read(parcel.length(head))
            desks.do(parcel.opened(body))
    # At once: nothing here is worth keeping, and the pipe's buffer need not be flushed.
    os._exit(0)


if __name__ == "__main__":
    main()
