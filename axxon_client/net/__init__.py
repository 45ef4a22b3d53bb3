"""Servers over the wire, without Qt.

`thread` owns the one asyncio loop that all network code runs on; `states` says how a link may
change, `errors` are sentences for a person, `trust` pins certificates on first use, `dial` makes
one TLS connection, `channels` are the media streams of a link, and `link` joins them: one server,
logged in once, reconnected for ever.  Callbacks run on the network thread and must not block.
"""
