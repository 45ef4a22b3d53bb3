"""Runs benchmarks by name; see `scripts/bench`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import tests.bench
from tests.bench.table import Row, as_json, as_text

Run = Callable[[bool], list[Row]]


def known() -> dict[str, str]:
    """Names of benchmarks and their modules: those modules here that have a `run`."""
    found = {}
    for info in pkgutil.iter_modules(tests.bench.__path__):
        if info.ispkg:
            continue
        source = Path(tests.bench.__path__[0], f"{info.name}.py").read_text()
        if "\ndef run(quick: bool)" in source:
            found[info.name.replace("_", "-")] = f"tests.bench.{info.name}"
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    names = known()
    parser = argparse.ArgumentParser(prog="bench", description="Ours against the field's")
    parser.add_argument("name", nargs="?", choices=sorted(names), help="one alone; else all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--quick", action="store_true", help="under a minute each, less exact")
    options = parser.parse_args(arguments)
    chosen = [options.name] if options.name else sorted(names)
    results = []
    reached = True
    for name in chosen:
        began_s = time.monotonic()
        run: Run = importlib.import_module(names[name]).run
        rows = run(options.quick)
        print(as_text(name, rows))
        print(f"   ({time.monotonic() - began_s:.0f} s)\n", flush=True)
        results.append(as_json(name, rows))
        reached = reached and all(row.ok for row in rows)
    if options.json:
        found = results[0] if options.name else results
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
