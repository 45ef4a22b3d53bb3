"""Axis devices by VAPIX 3: HTTP for all that is asked and set, RTSP for pictures, sound, events.

Without I/O: `address` (what a device's address means), `params` (the parameter list), `events`
(documents of the event stream, and the catalogue of events), `profiles` (streams and their
settings).  I/O through `link` (one log-in): `ptz` with the lens, `ports`, `talk`, `clock`.
`control` joins them; `driver` has the pictures.
"""
