"""Devices: `port` (what a driver is), `supervisor` (keeps one source running for ever), and one
module or folder a driver: `rtsp/` (our own client, asyncio), `libav` (fall-back, a thread a
stream), `demo/` (the camera simulator: real RTSP cameras on loopback)."""
