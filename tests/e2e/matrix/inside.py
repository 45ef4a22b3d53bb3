"""The matrix of what must not listen on this machine's own network: IPyCam.

    unshare -n sh tests/e2e/peers/loopback.sh python -m tests.e2e.matrix.inside
prints its lines as one JSON list.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from attrs import asdict

from tests.e2e.matrix import sources
from tests.e2e.matrix.table import Line, matrix


async def _run() -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        async with sources.ipycam() as found:
            return await matrix(found, Path(folder))


if __name__ == "__main__":
    lines = asyncio.run(_run())
    sys.stdout.write(json.dumps([asdict(line) for line in lines]) + "\n")
