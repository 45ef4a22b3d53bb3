"""Rendered scenes for all detectors, as a part of `accuracy`; see `synthetic`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tests.bench.synthetic.catalogue import DEVELOPMENT, entries
from tests.bench.synthetic.runner import Outcome, Score, outcomes, scores
from tests.bench.table import Row

_QUICK_ACTIONS, _QUICK_QUIET = 2, 1
_LEAST_RECALL = 0.95
_MOST_FALSE_AN_HOUR = 1.0


def scored(block: int = DEVELOPMENT, quick: bool = False) -> tuple[str, list[Row]]:
    """The table, and what must be reached; `quick`: few scenes of each kind."""
    sample = (_QUICK_ACTIONS, _QUICK_QUIET) if quick else ()
    chosen = list(entries(block, *sample))
    found = outcomes(chosen, min(os.cpu_count() or 1, 2))
    rows = [row for kind, score in scores(found).items() for row in _rows(kind, score)]
    return "\n".join(table(found, block)), rows


def table(found: Sequence[Outcome], block: int) -> list[str]:
    """A line a detector."""
    hours = sum(one.seconds for one in found) / 3600
    head = (
        f"{'detector':<24}{'true':>6}{'missed':>8}{'recall':>8}{'false':>7}"
        f"{'false, quiet':>14}{'an hour':>9}{'delay s':>9}"
    )
    title = f"== accuracy, {len(found)} rendered scenes, {hours:.1f} h, block {block}"
    return [title, head, *(_line(kind, score) for kind, score in scores(found).items())]


def _line(kind: str, score: Score) -> str:
    return (
        f"{kind:<24}{score.true:>6}{score.missed:>8}{score.recall:>8.3f}{score.false:>7}"
        f"{score.false_quiet:>14}{score.false_an_hour:>9.2f}{score.delay_s:>9.2f}"
    )


def _rows(kind: str, score: Score) -> list[Row]:
    recall, false = score.recall, score.false_an_hour
    return [
        Row(f"rendered {kind}, recall", "", recall, goal=">= 0.95", ok=recall >= _LEAST_RECALL),
        Row(
            f"rendered {kind}, false in quiet scenes",
            "1/h",
            false,
            goal="<= 1",
            ok=false <= _MOST_FALSE_AN_HOUR,
        ),
    ]
