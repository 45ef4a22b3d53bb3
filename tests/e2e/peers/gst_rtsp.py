"""A camera of the field to test against: the GStreamer RTSP server.

Run by the system's Python (it needs PyGObject, not our environment):
    /usr/bin/python3 gst_rtsp.py --port 0 --hashes FOLDER [--user U --password P]
prints one JSON line {"port": N} when ready and ends with its standard input.  Each mount writes
what its encoders gave to the payloaders: FOLDER/MOUNT.video and FOLDER/MOUNT.audio have one line
a unit (`canonical.digest`), FOLDER/MOUNT.sound has the bytes of sound that is cut at will.
"""

import argparse
import json
import sys
import threading
from pathlib import Path

import canonical  # beside this file
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PICTURE = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=25/1"
)
SOUND = (
    "audiotestsrc is-live=true wave=white-noise volume=0.2 ! audio/x-raw,rate={rate},channels=1"
)
X264 = "x264enc tune=zerolatency key-int-max=25 bitrate=800 speed-preset=ultrafast"
I420 = "video/x-raw,format=I420"
NALS = "video/x-{codec},stream-format=byte-stream,alignment=au"

EYE = "identity name=tap_video"
PAY = "name=pay0 pt=96"
VIDEO = {
    "h264": f"{X264} ! {NALS.format(codec='h264')} ! {EYE} ! rtph264pay {PAY} config-interval=0",
    "h264b": "x264enc bframes=2 b-adapt=false key-int-max=25 bitrate=800 speed-preset=superfast"
    f" ! {NALS.format(codec='h264')},profile=high ! {EYE} ! rtph264pay {PAY}",
    "h265": f"{I420} ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max=25 bitrate=800"
    f" ! h265parse ! {NALS.format(codec='h265')} ! {EYE} ! rtph265pay {PAY} config-interval=0",
    "mjpeg": f"{I420} ! jpegenc quality=80 ! {EYE} ! rtpjpegpay name=pay0 pt=26",
    "vp8": f"vp8enc deadline=1 ! {EYE} ! rtpvp8pay {PAY}",
}
RAW_AAC = "audioconvert ! avenc_aac bitrate=64000 ! aacparse ! audio/mpeg,stream-format=raw"
TAP = "identity name=tap_audio"
AUDIO = {
    "": (0, ""),
    "aac": (44100, f"{RAW_AAC} ! {TAP} ! rtpmp4gpay name=pay1 pt=97"),
    "latm": (44100, f"{RAW_AAC} ! {TAP} ! rtpmp4apay name=pay1 pt=97"),
    "pcmu": (8000, f"mulawenc ! {TAP} ! rtppcmupay name=pay1"),
    "pcma": (8000, f"alawenc ! {TAP} ! rtppcmapay name=pay1"),
    "l16": (16000, f"audioconvert ! audio/x-raw,format=S16BE ! {TAP} ! rtpL16pay name=pay1 pt=97"),
    "opus": (48000, f"opusenc ! {TAP} ! rtpopuspay name=pay1 pt=97"),
    "g726": (8000, f"avenc_g726 bitrate=32000 ! {TAP} ! rtpg726pay name=pay1 pt=97"),
}
MOUNTS = (
    "h264-aac",
    "h264-pcmu",
    "h264b",
    "h265",
    "h265-pcma",
    "mjpeg",
    "h264-latm",
    "h264-l16",
    "h264-opus",
    "h264-g726",
    "vp8",
)


UDP_ONLY = "h264-udp"


def launch(mount):
    video, _, audio = mount.removesuffix("-udp").partition("-")
    rate, sound = AUDIO[audio]
    parts = [f"{PICTURE} ! videoconvert ! {VIDEO[video]}"]
    if sound:
        parts.append(f"{SOUND.format(rate=rate)} ! {sound}")
    return "( " + "  ".join(parts) + " )"


class Tap:
    """Writes what passes an element: `form` makes the line or the bytes of a buffer."""

    def __init__(self, element, path, form):
        self._file = path.open("ab", buffering=0)
        self._form = form
        element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self._on_buffer)

    def _on_buffer(self, _pad, info):
        buffer = info.get_buffer()
        found, mapped = buffer.map(Gst.MapFlags.READ)
        if found:
            data = bytes(mapped.data)
            self._file.write(self._form(data))
            buffer.unmap(mapped)
        return Gst.PadProbeReturn.OK


class Factory(GstRtspServer.RTSPMediaFactory):
    def __init__(self, mount, folder):
        super().__init__()
        self._mount, self._folder, self._taps = mount, folder, []
        self.set_launch(launch(mount))
        self.set_shared(False)
        if mount == UDP_ONLY:
            self.set_protocols(GstRtsp.RTSPLowerTrans.UDP)

    def do_configure(self, media):
        for kind in ("video", "audio"):
            element = media.get_element().get_by_name(f"tap_{kind}")
            if element is not None and self._folder is not None:
                self._taps.append(self._tap(element, kind))
        GstRtspServer.RTSPMediaFactory.do_configure(self, media)

    def _tap(self, element, kind):
        video, _, audio = self._mount.partition("-")
        name, form = kind, lines(lambda data: [data])
        if kind == "video":
            mjpeg = canonical.jpeg_parts
            form = lines(mjpeg if video == "mjpeg" else canonical.nal_units_by_start_code)
        elif audio in ("pcmu", "pcma", "l16", "g726"):
            name, form = "sound", bytes
        return Tap(element, self._folder / f"{self._mount}.{name}", form)


def lines(split):
    return lambda data: f"{canonical.digest(split(data))}\n".encode()


def allow(factory):
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", right, True)
    factory.set_permissions(permissions)


def login(server, user, password, basic):
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if basic:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    server.set_auth(auth)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--hashes", type=Path)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--basic", action="store_true")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    for mount in (*MOUNTS, UDP_ONLY):
        factory = Factory(mount, options.hashes)
        if options.user:
            allow(factory)
        server.get_mount_points().add_factory(f"/{mount}", factory)
    if options.user:
        login(server, options.user, options.password, options.basic)
    if not server.attach(None):
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
