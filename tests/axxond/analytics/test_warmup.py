from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from axxond.analytics import kernels, warmup

WARM_UP = """
import asyncio, sys
from pathlib import Path
from axxond.analytics import warm_up, warmup
warmup.MODULES = ("scale",)  # all of them would take 10 s
assert "numba" not in sys.modules
seen = []
asyncio.run(warm_up(Path(sys.argv[1]), lambda *step: seen.append(step)))
total = seen[-1][1]
assert [done for done, _, _ in seen] == list(range(total + 1)), seen
assert all(name for _, _, name in seen[:-1]) and seen[-1][2] == "", seen
from axxond.analytics.kernels.compiler import kernels
assert len(kernels()) == total
print(sum(sum(kernel.cache_hits()) for kernel in kernels()), total)
"""


def warm_up_in_a_process(cache: Path) -> tuple[int, int]:
    """Kernels loaded from the cache, and how many there are."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WARM_UP, str(cache)],
        capture_output=True, text=True, timeout=55, check=False, env=environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    hits, total = ran.stdout.split()
    return int(hits), int(total)


def test_kernels_are_compiled_once_into_the_given_folder(tmp_path: Path) -> None:
    stale = tmp_path / "0123456789abcdef"
    stale.mkdir()
    (tmp_path / "notes").mkdir()
    hits, total = warm_up_in_a_process(tmp_path)
    assert (hits, total >= 1) == (0, True)
    assert warm_up_in_a_process(tmp_path) == (total, total)
    assert not stale.exists()
    assert (tmp_path / "notes").exists()


def test_every_module_with_a_kernel_is_warmed_up() -> None:
    folder = Path(kernels.__file__).parent
    holding = {path.stem for path in folder.glob("*.py") if "\n@kernel(" in path.read_text()}
    assert set(warmup.MODULES) == holding
