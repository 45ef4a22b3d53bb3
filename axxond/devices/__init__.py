"""Devices: `port` (what a driver is), `control` (what a device can do beside sending pictures),
`supervisor` (keeps one source running for ever), `drivers` (by name, and driver packs), `probe`,
`choice` (which stream for what), `elements` (XML that devices send), `failures` (a sentence for
each way to fail), and one module or folder a driver: `rtsp/` (our own client, asyncio), `onvif/`,
`axis/` (VAPIX), `web/` (pictures over HTTP, asyncio), `capture/` (analogue cards), `file`, `libav`
with `libav_tracks` (fall-back, a thread a stream), `demo/` (the camera simulator: real RTSP
cameras on loopback). `discovery/` finds devices; `bitstream/` reads what is needed out of encoded
media, without I/O.
"""
