"""The rendered scenes that no detector was made by: run to report, not to look at."""

from __future__ import annotations

from tests.bench import accuracy_synthetic
from tests.bench.synthetic.catalogue import HELD_OUT
from tests.bench.table import Row


def run(quick: bool) -> list[Row]:
    """`quick`: few scenes of each kind."""
    table, rows = accuracy_synthetic.scored(HELD_OUT, quick)
    print(table)
    return rows
