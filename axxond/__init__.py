"""The server daemon: one per machine.

Rooms, bottom to top (each may import what stands before it): base, config, media, events, devices,
stream, archive, analytics, journal, responses, auth, server; `app` joins them, `__main__` is the
command line.  One event loop owns the state; threads do blocking C calls only.
"""
