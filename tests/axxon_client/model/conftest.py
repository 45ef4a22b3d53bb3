from __future__ import annotations

import pytest

from axxon_client.model.session import Session
from tests.fakes.requester import FakeRequester, make_session


@pytest.fixture
def requester() -> FakeRequester:
    return FakeRequester()


@pytest.fixture
def session(requester: FakeRequester) -> Session:
    return make_session(requester)
