from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.server import FakeServer


@pytest.fixture
async def fake_server() -> AsyncIterator[FakeServer]:
    server = FakeServer(cameras=3)
    await server.start()
    yield server
    await server.stop()
    server.close()
