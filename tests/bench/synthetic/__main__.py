"""Runs some of the rendered scenes and tells each one's misses and false events, then the table:
`python -m tests.bench.synthetic stop_in_area clouds/3 --jobs 2`."""

from __future__ import annotations

import argparse
import concurrent.futures
import sys
from collections.abc import Iterator, Sequence

from tests.bench.accuracy_synthetic import table
from tests.bench.synthetic.case import Expected
from tests.bench.synthetic.catalogue import DEVELOPMENT, HELD_OUT, Entry, entries
from tests.bench.synthetic.runner import Found, Outcome, outcome


def chosen(block: int, wanted: Sequence[str]) -> list[Entry]:
    """Those of the scenes' names, `name/number`, or the detectors (with every scene that asks
    them) that are wanted; all of them when none is.  ValueError when something wanted fits
    none."""
    all_entries = list(entries(block))
    found: list[Entry] = []
    for text in wanted:
        fits = [one for one in all_entries if text in (one.name, f"{one.name}/{one.number}")]
        fits = fits or [one for one in all_entries if text in dict(one.case().asked)]
        if not fits:
            raise ValueError(f"no scene or detector is called {text!r}")
        found += [one for one in fits if one not in found]
    return found if wanted else all_entries


def _told(entries_run: Sequence[Entry], jobs: int) -> Iterator[Outcome]:
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for one in pool.map(outcome, entries_run):
            wrong: list[tuple[str, Expected | Found]] = [("missed", each) for each in one.missed]
            wrong += [("false", each) for each in one.false]
            for verdict, each in wrong:
                what = " ".join(filter(None, (each.kind, each.reason, each.direction)))
                tags = ", ".join(one.tags)
                name = f"{one.name}/{one.number}"
                print(f"{name}: {verdict} {what} at {each.at_s:.2f} s ({tags})", flush=True)
            yield one


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.synthetic", description=__doc__)
    parser.add_argument("wanted", nargs="*", metavar="SCENE | SCENE/NUMBER | DETECTOR")
    parser.add_argument("--held-out", action="store_true", help="the block no detector is made by")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    block = HELD_OUT if options.held_out else DEVELOPMENT
    try:
        run = chosen(block, options.wanted)
    except ValueError as error:
        parser.error(str(error))
    print("\n".join(table(list(_told(run, options.jobs)), block)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
