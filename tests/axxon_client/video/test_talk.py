from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable

import miniaudio
import pytest

from axxon_client.video.microphone import Microphone, MicrophoneError
from axxon_client.video.talk import Talk
from tests.axxon_client.video.conftest import Bench

WAIT_S = 20.0
NULL = [miniaudio.Backend.NULL]


class Heard:
    def __init__(self, bench: Bench, camera: str) -> None:
        self.states: queue.Queue[tuple[bool, str]] = queue.Queue()
        self.talk = Talk(bench.network, bench.link, camera, NULL)
        self.talk.on_state = lambda speaking, trouble: self.states.put((speaking, trouble))


def test_what_is_said_reaches_the_camera_until_it_is_ended(bench: Bench) -> None:
    devices = bench.server.devices.devices
    heard = Heard(bench, "camera-1")
    heard.talk.start()
    assert heard.states.get(timeout=WAIT_S) == (True, "")
    assert devices.speaker == "admin"
    bench.server_thread.run(_until(lambda: len(devices.spoken) > 3)).result(WAIT_S)
    assert all(len(samples) % 2 == 0 for samples in devices.spoken)
    heard.talk.stop()
    assert heard.states.get(timeout=WAIT_S) == (False, "")
    bench.server_thread.run(_until(lambda: devices.speaker == "")).result(WAIT_S)


def test_a_camera_that_somebody_speaks_to_says_who(bench: Bench) -> None:
    devices = bench.server.devices.devices
    devices.speaker = "anna"
    heard = Heard(bench, "camera-1")
    heard.talk.start()
    assert heard.states.get(timeout=WAIT_S) == (False, "anna speaks there now")
    devices.speaker = ""
    heard.talk.stop()


def test_where_there_is_no_microphone_it_says_so() -> None:
    microphone = Microphone(8000, lambda samples, level: None, [miniaudio.Backend.DSOUND])
    with pytest.raises(MicrophoneError, match="No microphone"):
        microphone.start()


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - a fake tells nobody
        await asyncio.sleep(0.01)
