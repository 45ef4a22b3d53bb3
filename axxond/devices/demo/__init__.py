"""The camera simulator: real RTSP cameras on loopback, for a demonstration and for load.

`python -m axxond.devices.demo` serves it.  Parts, bottom to top: `nal`, `rtp` (bytes in, RTP
payloads out), `track` (a clip as units ready to send), `requests` (RTSP requests and digest
log-in), `sdp` (descriptions), all pure; `yard` (the synthetic scene) and `sound` (what the cameras
hear) render with numpy; `clips` reads and encodes files by libav, before the server starts;
`player` paces and sends, `server` answers requests, both on the event loop; `catalog` says which
cameras there are.  Nothing of it runs inside the daemon: to it these are cameras like any other.

This module names the demo cameras and imports nothing heavy, so that the daemon can add them.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class DemoCamera:
    """A camera of the demo set: paths are those of its RTSP addresses."""

    name: str
    path: str
    low_path: str


ENTRANCE_HALL = DemoCamera("Entrance hall", "entrance-hall", "entrance-hall/low")
SHOP_SHELF = DemoCamera("Shop shelf", "shop-shelf", "shop-shelf/low")
SYNTHETIC_YARD = DemoCamera("Synthetic yard", "synthetic-yard", "synthetic-yard/low")

DEMO_CAMERAS = (ENTRANCE_HALL, SHOP_SHELF, SYNTHETIC_YARD)
