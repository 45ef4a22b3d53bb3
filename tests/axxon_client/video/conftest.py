from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import TrustStore, accept_all
from axxon_client.video.pool import DecodePool
from tests.fakes.server import FakeServer, running_server


@frozen
class Bench:
    """A client logged in at a fake server that runs in a thread of its own."""

    server: FakeServer
    server_thread: NetworkThread
    network: NetworkThread
    link: ServerLink
    pool: DecodePool


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    pins = tmp_path_factory.mktemp("trust") / "pins"
    network = NetworkThread()
    network.start()
    pool = DecodePool(2)
    with running_server(3) as (server, thread):
        link = ServerLink("127.0.0.1", server.port, TrustStore(pins, accept_all))
        network.run(link.open("admin", server.password)).result(10)
        yield Bench(server, thread, network, link, pool)
        network.run(link.close()).result(10)
    pool.close()
    network.stop()


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path
