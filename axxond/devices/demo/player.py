"""Sends tracks at their pace: one timer for all sessions, one write per access unit.

Everything here runs on the event loop.  All sessions share the simulator's clock: what a camera
shows depends on the time since its start alone, and a new session joins at the next key frame.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable

from attrs import Factory, asdict, define

from axxond.devices.demo import rtp
from axxond.devices.demo.track import Track
from protocol.types import MediaKind

# What a client may leave unread before it is taken for gone: two seconds at 16 Mbit/s.
MAX_UNSENT_BYTES = 4 << 20
# Wake-ups are gathered on this grid, so that 64 cameras at 25 fps cost 200 a second and not 1600.
_TICK_US = 5_000
_REPORT_INTERVAL_US = 5_000_000  # RFC 3550, 6.2: the recommended minimum between RTCP reports


@define
class StreamStats:
    """What was handed to the sockets of all sessions of one stream."""

    sessions: int = 0
    playing: int = 0
    video_units: int = 0
    audio_units: int = 0
    packets: int = 0
    bytes: int = 0
    overflows: int = 0  # sessions closed because the client did not read

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@define
class Outlet:
    """Where a session's bytes go."""

    write: Callable[[bytes], None]
    unsent_bytes: Callable[[], int]
    overflow: Callable[[], None]


@define(eq=False)
class TrackPlayer:
    """One track in one session; `place` is the number of its next unit, `start_us` the moment
    (monotonic) at which the stream's first loop began."""

    track: Track
    stats: StreamStats
    outlet: Outlet
    channel: int
    start_us: int
    place: int = 0
    sequence: int = Factory(lambda: random.getrandbits(16))
    base_ticks: int = Factory(lambda: random.getrandbits(32))
    ssrc: int = Factory(lambda: random.getrandbits(32))
    closed: bool = False
    _packets: int = 0
    _payload_bytes: int = 0
    _next_report_us: int = 0

    def begin(self, now_us: int) -> None:
        self.place = self.track.place_at(now_us - self.start_us)
        self._next_report_us = self.next_us()

    def next_us(self) -> int:
        return self.start_us + self.track.due_us(self.place)

    @property
    def next_timestamp(self) -> int:
        return (self.base_ticks + self.track.ticks(self.place)) & 0xFFFFFFFF

    def send_due(self, now_us: int, utc_us: int) -> None:
        """Send all units that are due, unless the client is too far behind."""
        while not self.closed and self.next_us() <= now_us:
            if self.outlet.unsent_bytes() > MAX_UNSENT_BYTES:
                self.stats.overflows += 1
                self.closed = True
                self.outlet.overflow()
                return
            self._send_unit()
        if now_us >= self._next_report_us and not self.closed:
            self._next_report_us = now_us + _REPORT_INTERVAL_US
            self._report(now_us, utc_us)

    def _send_unit(self) -> None:
        track = self.track
        unit = track.units[self.place % len(track.units)]
        self.outlet.write(
            rtp.interleaved(
                unit.payloads,
                channel=self.channel,
                payload_type=track.payload_type,
                sequence=self.sequence,
                timestamp=self.base_ticks + track.ticks(self.place),
                ssrc=self.ssrc,
            )
        )
        count = len(unit.payloads)
        self.place += 1
        self.sequence = (self.sequence + count) & 0xFFFF
        self._packets += count
        self._payload_bytes += unit.size_bytes
        self.stats.packets += count
        self.stats.bytes += unit.size_bytes
        if track.kind is MediaKind.VIDEO:
            self.stats.video_units += 1
        else:
            self.stats.audio_units += 1

    def _report(self, now_us: int, utc_us: int) -> None:
        elapsed_ticks = (now_us - self.start_us) * self.track.clock_hz // 1_000_000
        self.outlet.write(
            rtp.sender_report(
                channel=self.channel + 1,
                ssrc=self.ssrc,
                now_us=utc_us,
                timestamp=self.base_ticks + elapsed_ticks,
                packets=self._packets,
                payload_bytes=self._payload_bytes,
            )
        )


class Pacer:
    """Wakes when the earliest unit of any player is due."""

    def __init__(self, now_us: Callable[[], int], utc_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self._utc_us = utc_us
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[int, int, TrackPlayer]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def add(self, player: TrackPlayer) -> None:
        """Send the player's units from the place where it begins, for ever."""
        self._push(player)
        self._arm()

    def stop(self) -> None:
        """Send nothing any more; sessions stay connected, so that what is on its way arrives."""
        self._stopped = True
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _push(self, player: TrackPlayer) -> None:
        self._count += 1  # orders players that are due at the same time
        due_us = -(-player.next_us() // _TICK_US) * _TICK_US
        heapq.heappush(self._heap, (due_us, self._count, player))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap and not self._stopped:
            wait_us = max(0, self._heap[0][0] - self.now_us())
            self._timer = self._loop.call_later(wait_us / 1_000_000, self._tick)

    def _tick(self) -> None:
        now_us, utc_us = self.now_us(), self._utc_us()
        heap = self._heap
        while heap and heap[0][0] <= now_us:
            player = heapq.heappop(heap)[2]
            player.send_due(now_us, utc_us)
            if not player.closed:
                self._push(player)
        self._arm()
