"""An Axis camera in a process: `device` (what it is and does), `cgi` (VAPIX over HTTP), `stream`
(RTSP: pictures, sound, events), `emulator` (all of it on the network).

It is strict: a script, an argument or a value that VAPIX does not know is refused, and kept in
`AxisDevice.violations`.
"""
