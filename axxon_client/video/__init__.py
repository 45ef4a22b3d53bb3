"""From packets to pictures and sound.

`frame` is the decoded picture, `decode` turns packets into pictures and samples, `pool` has the
threads that do it.  `live` and `playback` feed one camera's pictures (`clock` keeps the playback
of several together), `picture` decodes single key frames, `meter` measures.  `surface` shows
pictures in a widget: `gl_surface` converts in a shader, `paint_surface` by swscale in the decode
threads (`convert`); only these three and `tick` import Qt.  `audio` plays sound.

Feeds hear the link on the network thread, decode in the pool's threads and call `on_picture`
there; surfaces take pictures from any thread and paint in the GUI thread.
"""
