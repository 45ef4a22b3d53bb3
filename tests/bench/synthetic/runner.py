"""Runs cases through the chain of detectors, as live and offline do, and scores them."""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from axxond.analytics.chain import Chain, Findings
from axxond.base.units import SECOND_US
from protocol.types import Phase
from tests.bench.synthetic.case import Case, Expected
from tests.bench.synthetic.catalogue import Entry
from tests.fakes.scenes.script import shots


@frozen
class Found:
    """The begin of an event."""

    kind: str
    at_s: float
    direction: str
    reason: str


@frozen
class Outcome:
    """Of one case.  `delays_s`: by the kind of detector, of what was found."""

    name: str
    number: int
    tags: tuple[str, ...]
    quiet: bool
    seconds: float
    asked: tuple[str, ...]
    true: dict[str, int]
    missed: tuple[Expected, ...]
    false: tuple[Found, ...]
    delays_s: dict[str, list[float]]


@define
class Score:
    """Of one kind of detector over many cases."""

    true: int = 0
    missed: int = 0
    false: int = 0
    false_quiet: int = 0
    quiet_s: float = 0.0
    delays_s: list[float] = field(factory=list)

    @property
    def recall(self) -> float:
        return self.true / (self.true + self.missed) if self.true + self.missed else 1.0

    @property
    def false_an_hour(self) -> float:
        """In scenes where nothing happens."""
        return self.false_quiet / (self.quiet_s / 3600) if self.quiet_s else 0.0

    @property
    def delay_s(self) -> float:
        return sum(self.delays_s) / len(self.delays_s) if self.delays_s else math.nan


def found(case: Case) -> list[Found]:
    """Begins of all events, in media seconds."""
    chain = Chain(case.detectors())
    told: list[Findings | None] = []
    silent = False
    for shot in shots(case.script):
        at_s = shot.time_us / SECOND_US
        if case.pause and case.pause[0] <= at_s < sum(case.pause):
            if not silent:
                told.append(chain.gap(round(case.pause[0] * SECOND_US)))
            silent = True
            continue
        told.append(chain.frame(shot.luma, shot.time_us, shot.chroma))
    told.append(chain.close(round(case.script.seconds * SECOND_US)))
    return [
        Found(event.kind, event.time_us / SECOND_US, event.direction, event.reason)
        for findings in told
        if findings is not None
        for event in findings.events
        if event.phase is not Phase.END
    ]


def outcome(entry: Entry) -> Outcome:
    """Made and run, one to one, the nearest in time first."""
    case = entry.case()
    begun = found(case)
    near = sorted(
        (abs(wanted.at_s - one.at_s), i, j)
        for i, wanted in enumerate(case.expected)
        for j, one in enumerate(begun)
        if _fits(wanted, one)
    )
    used: dict[int, int] = {}
    for _, i, j in near:
        if i not in used and j not in used.values():
            used[i] = j
    true: dict[str, int] = {}
    delays: dict[str, list[float]] = {}
    for i, j in used.items():
        kind = case.expected[i].kind
        true[kind] = true.get(kind, 0) + 1
        delays.setdefault(kind, []).append(begun[j].at_s - case.expected[i].at_s)
    missed = tuple(one for i, one in enumerate(case.expected) if i not in used)
    false = tuple(one for j, one in enumerate(begun) if j not in used.values())
    asked = tuple(kind for kind, _ in case.asked)
    return Outcome(
        entry.name, entry.number, case.tags, case.quiet, case.script.seconds, asked,
        true, missed, false, delays,
    )  # fmt: skip


def _fits(wanted: Expected, one: Found) -> bool:
    return (
        wanted.kind == one.kind
        and abs(wanted.at_s - one.at_s) <= wanted.within_s
        and wanted.direction == one.direction
        and wanted.reason == one.reason
    )


def outcomes(entries: Sequence[Entry], processes: int = 1) -> list[Outcome]:
    """In the order of the entries."""
    if processes == 1:
        return [outcome(entry) for entry in entries]
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        return list(pool.map(outcome, entries, chunksize=4))


def scores(all_outcomes: Iterable[Outcome]) -> dict[str, Score]:
    """By kind of detector."""
    made: dict[str, Score] = {}
    for one in all_outcomes:
        for kind in one.asked:
            score = made.setdefault(kind, Score())
            score.true += one.true.get(kind, 0)
            score.missed += sum(wanted.kind == kind for wanted in one.missed)
            false = sum(begun.kind == kind for begun in one.false)
            if one.quiet:
                score.false_quiet += false
                score.quiet_s += one.seconds
            else:
                score.false += false
            score.delays_s += one.delays_s.get(kind, [])
    return made
