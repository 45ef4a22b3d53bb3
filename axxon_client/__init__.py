"""The client.

`net` (the network thread), `video` (decoding, surfaces, sound), `model` (what is known, for Qt),
`ui` (what one sees), and `cli` (all of it from a shell, with no Qt).
"""
