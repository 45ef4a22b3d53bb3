"""The GStreamer RTSP server with films: each viewer sees a file from its beginning to its end.

Run by the system's Python: /usr/bin/python3 gst_clip.py FILE.mp4 ...  (H.264, with AAC or alone);
prints {"urls": [...]} when ready and ends with its standard input.
"""

import json
import sys
import threading
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

VIDEO = "film.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
AUDIO = "film.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"


def factory(path, with_sound):
    made = GstRtspServer.RTSPMediaFactory()
    sound = AUDIO if with_sound else ""
    made.set_launch(f'( filesrc location="{path}" ! qtdemux name=film {VIDEO} {sound} )')
    made.set_shared(False)
    return made


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    paths = [Path(one) for one in sys.argv[1:]]
    for number, path in enumerate(paths):
        with_sound = path.stem.endswith("-sound")
        server.get_mount_points().add_factory(f"/{number}", factory(path, with_sound))
    if not server.attach(None):
        sys.exit("no port is free")
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    port = server.get_bound_port()
    urls = [f"rtsp://127.0.0.1:{port}/{number}" for number in range(len(paths))]
    print(json.dumps({"urls": urls}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
