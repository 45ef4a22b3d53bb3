"""A strict ONVIF camera in this process: every request and every answer is checked against
ONVIF's own schemas, log-in by WS-Security (with a check of the clock) or HTTP Digest.

`model` (what the camera is, and the faults that can be switched on), `schemas` (the check),
`login`, one module a service (`device`, `media1`, `media2`, `ptz`, `imaging`, `ports`, `events`),
`emulator` (HTTP server), `rtsp` (streams), `hello` (WS-Discovery).  `python -m
tests.fakes.onvif` runs any number of them.
"""
