"""Clients' way in: sessions, rights, live and playback streams.  All on the event loop.

`listener.Server` is what the composition root starts; `ports` is what it gives to it.

- `listener` accepts connections (TLS with `certificate`) and makes a `session` of each, which
  checks the right on every request and hands it to `handlers/`, one module a topic.
- `shared` is what sessions have in common: live relays by stream, channel numbers, limits.
- `live` packs each packet once for all viewers; `outbound` tells who is behind and must skip.
- `playback` and `export` are channels that send as far as the client's `credit` goes; `channels`
  keeps those of one session.
- `feeds` sends tree, events, alarms and status to whoever subscribed; `visibility` says what of
  the tree a role sees; `errors` maps the daemon's errors to the wire's.
"""
