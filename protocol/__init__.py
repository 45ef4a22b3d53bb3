"""The wire between servers and clients, with no I/O in it.

Parts, bottom to top: `errors` (codes), `types` (words both sides share), `messages` (the typed
catalogue), `codec` (msgpack <-> messages), `framing` (bytes <-> frames), `states` (what may be
said when), `connection` (the sans-I/O core), and `transport`, the one package that does I/O: a
connection on a TLS socket under asyncio.  README.md beside this file is the wire's specification.
"""
