from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from axxond.analytics import kernels, warmup

ROOT = Path(__file__).resolve().parents[3]
WARM_UP = """
import asyncio, sys
from pathlib import Path
from axxond.analytics import warm_up, warmup
warmup.MODULES = ("scale",)  # all of them would take 10 s
assert "numba" not in sys.modules
seen = []
asyncio.run(warm_up(Path(sys.argv[1]), lambda *step: seen.append(step)))
assert all(name for _, _, name in seen[:-1]), seen
from axxond.analytics.kernels.compiler import kernels
assert [step[0] for step in seen] in ([], list(range(len(kernels()) + 1))), seen
hits = sum(sum(kernel.cache_hits()) for kernel in kernels())
assert hits == len(kernels()), "compiled here instead of aside"
print(len(seen))
"""


def warm_up_in_a_process(cache: Path, program: Path = ROOT) -> int:
    """How many steps of compiling were told."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(program)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WARM_UP, str(cache)],
        capture_output=True, text=True, timeout=55, check=False, env=environment, cwd=program,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def test_kernels_are_compiled_once_into_the_given_folder(tmp_path: Path) -> None:
    stale = tmp_path / "0123456789abcdef"
    stale.mkdir()
    (tmp_path / "notes").mkdir()
    assert warm_up_in_a_process(tmp_path) > 1
    assert warm_up_in_a_process(tmp_path) == 0
    assert not stale.exists()
    assert (tmp_path / "notes").exists()


def test_a_program_that_was_installed_again_compiles_again_and_aside(tmp_path: Path) -> None:
    program = tmp_path / "program"
    for package in ("axxond", "protocol"):
        shutil.copytree(ROOT / package, program / package, ignore=shutil.ignore_patterns("*.pyc"))
    assert warm_up_in_a_process(tmp_path / "cache", program) > 1
    os.utime(program / "axxond/analytics/kernels/scale.py")
    assert warm_up_in_a_process(tmp_path / "cache", program) > 1


async def test_a_cancel_ends_the_compiler_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.Event()
    compilers = []
    start = asyncio.create_subprocess_exec

    async def watched(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        compilers.append(await start(*arguments, **options))
        started.set()
        return compilers[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    monkeypatch.setattr(warmup, "_use_cache", lambda _: tmp_path)
    work = asyncio.ensure_future(warmup.warm_up(tmp_path))
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert compilers[0].returncode == -signal.SIGKILL


def test_every_module_with_a_kernel_is_warmed_up() -> None:
    folder = Path(kernels.__file__).parent
    holding = {path.stem for path in folder.glob("*.py") if "\n@kernel(" in path.read_text()}
    assert set(warmup.MODULES) == holding
