"""Waiting for what happens on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_STEP_S = 0.005


async def until(true: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Raises TimeoutError."""
    for _ in range(round(timeout_s / _STEP_S)):
        if true():
            return
        await asyncio.sleep(_STEP_S)
    raise TimeoutError(f"it did not happen within {timeout_s:g} s")
