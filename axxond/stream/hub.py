"""One stream of one camera, and those who read it.

The hub never waits for anyone.  Each subscriber has a queue bounded in bytes and packets and a
named policy for when it is full.  Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque

from attrs import frozen

from axxond.base.units import MIB, SECOND_US
from axxond.media.packet import Packet
from axxond.media.ring import GopRing
from protocol.types import Format, GapReason, MediaKind, StreamRole

# A full pre-event of 60 s at 4 Mbit/s.
_MAX_RING_BYTES = 32 * MIB
# Of all streams together that keep a pre-event.
PREROLL_BYTES = 512 * MIB
# However many streams share: the newest GOP of 16 Mbit/s fits.
_LEAST_RING_BYTES = 4 * MIB
# A live viewer starts with the newest GOP; nothing older is kept unless a recording asks for it.
_DEFAULT_RING_US = 2 * SECOND_US


class Policy(enum.Enum):
    """What a full queue loses."""

    GAP = "gap"  # recorder: all that is queued stays, the new is lost up to the next key frame
    SKIP_TO_KEYFRAME = "skip"  # live: the queue is emptied and filled from the next key frame on
    DROP_OLDEST = "drop-oldest"  # decoder: as skip, the newest GOP is what it wants


@frozen
class StreamKey:
    camera: str
    role: StreamRole


@frozen
class Gap:
    """The stream ended or was interrupted; stands in the queue between packets."""

    at_us: int
    reason: GapReason
    text: str = ""


Item = Packet | Gap


class Subscription:
    """A bounded queue of packets and gaps.  `dropped` counts packets lost to the bound.

    Two gaps never follow each other, so that the bound on packets bounds gaps too.  A packet that
    begins anew (a key frame; sound where there is no video) is taken into an emptied queue even
    when it alone is larger than `max_bytes`.
    """

    def __init__(self, hub: StreamHub, policy: Policy, max_bytes: int, max_items: int) -> None:
        self._hub = hub
        self.policy = policy
        self.max_bytes = max_bytes
        self.max_items = max_items
        self.dropped = 0
        self.closed = False
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._waiting_for_keyframe = False
        self._wake = asyncio.Event()

    def take(self) -> list[Item]:
        """All that is queued, oldest first, without waiting."""
        items = list(self._items)
        self._items.clear()
        self._bytes = 0
        self._wake.clear()
        return items

    async def wait(self) -> list[Item]:
        """All that is queued, as soon as there is anything; [] once closed."""
        if not self._items and not self.closed:
            self._wake.clear()
            await self._wake.wait()
        return self.take()

    def close(self) -> None:
        self.closed = True
        self._wake.set()
        self._hub.drop(self)

    def put(self, item: Item) -> None:
        """For the hub."""
        if isinstance(item, Packet):
            if not self._has_room(item):
                return
        elif self._items and isinstance(self._items[-1], Gap):
            return  # a camera that comes and goes fills no queue: the first reason stands
        self._items.append(item)
        if not self._wake.is_set():
            self._wake.set()

    def _has_room(self, packet: Packet) -> bool:
        starts = packet.keyframe and (packet.is_video or not self._hub.has_video)
        size = len(packet.data)
        full = self._bytes + size > self.max_bytes or len(self._items) >= self.max_items
        if full and self.policy is not Policy.GAP:
            self._empty()
            self._waiting_for_keyframe = not starts
        elif full:
            self._waiting_for_keyframe = True
        elif starts:
            self._waiting_for_keyframe = False
        if self._waiting_for_keyframe:
            self.dropped += 1
            return False
        self._bytes += size
        return True

    def _empty(self) -> None:
        """Forget queued packets (counted), keep the newest gap."""
        gaps = [item for item in self._items if isinstance(item, Gap)]
        self.dropped += len(self._items) - len(gaps)
        self._items = deque(gaps[-1:])
        self._bytes = 0


class PrerollBudget:
    """Bounds what pre-events cost a server in memory, however many cameras keep one.

    Each stream that keeps a pre-event gets an equal share of the whole, at most 32 MiB and at
    least 4 (beyond 128 streams that is the bound).  A stream that needs more than its share keeps
    a shorter pre-event, whole GOPs, the newest ones: every recording still begins, with less
    before it.
    """

    def __init__(self, total_bytes: int = PREROLL_BYTES) -> None:
        self._total_bytes = total_bytes
        self._rings: list[GopRing] = []

    @property
    def share_bytes(self) -> int:
        share = self._total_bytes // max(1, len(self._rings))
        return max(_LEAST_RING_BYTES, min(share, _MAX_RING_BYTES))

    def keep(self, ring: GopRing, on: bool) -> None:
        """This ring keeps a pre-event from here on, or no longer."""
        known = any(one is ring for one in self._rings)
        if on == known:
            return
        if on:
            self._rings.append(ring)
        else:
            self._rings = [one for one in self._rings if one is not ring]
            ring.max_bytes = _MAX_RING_BYTES
        for one in self._rings:
            one.max_bytes = self.share_bytes


class StreamHub:
    """Takes packets from the device's supervisor and hands them to every subscriber.

    `budget` is shared by all hubs of a server; None: this one stands alone.
    """

    def __init__(self, key: StreamKey, budget: PrerollBudget | None = None) -> None:
        self.key = key
        self._budget = budget
        self.ring = GopRing(_DEFAULT_RING_US, _MAX_RING_BYTES)
        self.formats: dict[MediaKind, Format] = {}
        self.online = False
        self.received_packets = 0
        self.received_bytes = 0
        self.video_packets = 0
        self.key_frames = 0
        self.lost_packets = 0  # on the network, from RTP sequence numbers
        self.last_video_us = 0
        self._subscribers: list[Subscription] = []
        self._preroll_us: dict[object, int] = {}
        self._closed = False

    @property
    def has_video(self) -> bool:
        """Since the stream began; a stream of sound alone has no key frames to wait for."""
        return MediaKind.VIDEO in self.formats

    def publish(self, packet: Packet) -> None:
        kind = packet.format.kind
        self.formats[kind] = packet.format
        self.online = True
        self.received_packets += 1
        self.received_bytes += len(packet.data)
        self.lost_packets += packet.lost_before
        if kind is MediaKind.VIDEO:
            self.video_packets += 1
            self.last_video_us = packet.pts_us
            self.key_frames += packet.keyframe
        self.ring.append(packet)
        for subscriber in self._subscribers:
            subscriber.put(packet)

    def interrupt(self, gap: Gap) -> None:
        """The device is gone or begins anew: readers learn why, the ring starts over."""
        self.online = False
        self.formats.clear()
        self.ring.clear()
        for subscriber in self._subscribers:
            subscriber.put(gap)

    def subscribe(
        self,
        policy: Policy,
        max_bytes: int,
        max_items: int,
        since_us: int | None = None,
        newest_gop: bool = False,
    ) -> Subscription:
        """A new reader; with `newest_gop` or `since_us` it starts with what the ring holds.

        On a closed hub it is closed at once.
        """
        subscription = Subscription(self, policy, max_bytes, max_items)
        start = (
            self.ring.newest_gop()
            if newest_gop
            else self.ring.since(since_us)
            if since_us is not None
            else []
        )
        for packet in start:
            subscription.put(packet)
        if self._closed:
            subscription.closed = True
        else:
            self._subscribers.append(subscription)
        return subscription

    def drop(self, subscription: Subscription) -> None:
        """For `Subscription.close`."""
        if subscription in self._subscribers:
            self._subscribers.remove(subscription)

    def keep(self, owner: object, preroll_us: int) -> None:
        """Ask the ring to hold that much for `owner` (a recording's pre-event); 0 = no more."""
        if preroll_us:
            self._preroll_us[owner] = preroll_us
        else:
            self._preroll_us.pop(owner, None)
        self.ring.span_us = max([_DEFAULT_RING_US, *self._preroll_us.values()])
        if self._budget is not None:
            self._budget.keep(self.ring, bool(self._preroll_us))

    def close(self) -> None:
        """The camera is gone for good: every reader's `wait` ends."""
        self._closed = True
        self.online = False
        if self._budget is not None:
            self._budget.keep(self.ring, False)
        for subscription in list(self._subscribers):
            subscription.close()
