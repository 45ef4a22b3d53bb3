"""One client of a fake server, and what its handlers may answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from protocol.messages import Message
from protocol.transport import WireConnection
from protocol.types import AudioFormat, Codec, Right, StreamRole

if TYPE_CHECKING:
    from tests.fakes.media import Pulled

SIZES = {StreamRole.HIGH: (640, 360), StreamRole.LOW: (320, 180)}
AUDIO = AudioFormat(Codec.PCMU, 8000, 1)
Answer = Message | tuple[Message, bytes]
Publish = Callable[[str, Message], None]


def now_us() -> int:
    return time.time_ns() // 1000


class Session:
    def __init__(self, connection: WireConnection) -> None:
        self.connection = connection
        self.user = ""
        self.rights: list[Right] = []
        self.topics: set[str] = set()
        self.live: dict[int, bool] = {}  # channel -> with sound
        self.opened: dict[int, int] = {}  # how often each live channel was opened
        self.pulled: dict[int, Pulled] = {}
