"""Our own RTSP 1.0 client: media over the RTSP connection itself (RFC 2326 §10.12).

No I/O in: `messages` (requests and responses as bytes), `digest` (log-in), `sdp` (what the camera
offers), `session` (the conversation, as a state machine), `framer` (the receive buffer, parsed in
place), `rtp`, `rtcp`, `depay/` (one depacketizer a codec), `track` (RTP of one track to packets),
`metadata` (RTP to XML documents: events).
All I/O is in `client`: one asyncio connection, on the event loop, no thread; `rounds` has many
streams read together.
"""
