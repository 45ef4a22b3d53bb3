"""The window, in rooms: `frame` (rail, top bar, the joints), `login`, `layouts` (tiles), `archive`
(time line), `alerts`, `journal`, `settings`; `widgets` and `theme` serve all of them.

Widgets ask models (`axxon_client.model`) and follow their signals; nothing here waits for a
server.  The GUI thread paints; decoding, converting and ending feeds happen elsewhere.
"""
