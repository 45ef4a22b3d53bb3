"""What a benchmark found: rows of ours beside the peer's, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

_HEADINGS = ("metric", "unit", "ours", "peer", "ratio", "goal", "ok", "peer is")


@frozen
class Row:
    """One figure.  `goal` is for reading, `ok` says whether it was reached; "" = no goal."""

    metric: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    goal: str = ""
    ok: bool = True

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's; None without a peer."""
        return self.ours / self.peer if self.peer else None


def against(
    metric: str, unit: str, ours: float, peer: float, peer_name: str, at_most: float
) -> Row:
    """A row whose goal is a ratio to the peer."""
    ok = peer > 0 and ours / peer <= at_most
    return Row(metric, unit, ours, peer, peer_name, f"≤ {at_most:g}×", ok)


def limited(
    metric: str, unit: str, ours: float, at_most: float, peer: float | None = None, name: str = ""
) -> Row:
    """A row whose goal is a value."""
    return Row(metric, unit, ours, peer, name, f"≤ {at_most:g}", ours <= at_most)


def as_json(bench: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "bench": bench,
        "rows": [
            {
                "metric": row.metric,
                "unit": row.unit,
                "ours": row.ours,
                "peer": row.peer,
                "peer_name": row.peer_name,
                "ratio": row.ratio,
                "goal": row.goal,
                "ok": row.ok,
            }
            for row in rows
        ],
    }


def as_text(bench: str, rows: Sequence[Row]) -> str:
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = ["  ".join(_aligned(line, widths)).rstrip() for line in cells]
    return "\n".join([f"== {bench}", *lines])


def _cells(row: Row) -> tuple[str, ...]:
    verdict = ("yes" if row.ok else "NO") if row.goal else ""
    return (
        row.metric,
        row.unit,
        _number(row.ours),
        _number(row.peer),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.goal,
        verdict,
        row.peer_name,
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Texts to the left, figures to the right."""
    return [
        cell.rjust(width) if 2 <= column <= 5 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
