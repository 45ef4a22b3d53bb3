from __future__ import annotations

from axxon_client.ui.settings.status import state_chip, why
from protocol.types import DeviceState, FailureKind
from tests.fakes.requester import status


def test_who_records_is_green_and_who_waits_amber() -> None:
    tones = {state: state_chip(status("c", state=state))[1] for state in DeviceState}
    assert tones[DeviceState.ONLINE] == "green"
    assert tones[DeviceState.WAITING] == "amber"
    assert set(tones.values()) == {"green", "amber", ""}


def test_a_failure_is_told_with_its_remedy() -> None:
    failed = status("c", state=DeviceState.WAITING, failure=FailureKind.UNREACHABLE)
    first, rest = why(failed).split(". ", 1)
    assert first[0].isupper()
    assert rest
    assert why(status("c", state=DeviceState.WAITING)) == state_chip(failed)[0]
