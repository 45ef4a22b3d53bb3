"""A camera with a loudspeaker to test against: GStreamer's ONVIF server (`RTSPOnvifServer`).

Run by the system's Python:
    /usr/bin/python3 gst_onvif.py --heard FILE [--user U --password P]
prints one JSON line {"port": N} when ready and ends with its standard input.  What is said to the
mounts `pcmu` and `pcma` is written to FILE, as it was encoded.
"""

import argparse
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PICTURE = (
    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc"
    " tune=zerolatency key-int-max=25 speed-preset=ultrafast ! rtph264pay name=pay0 pt=96"
)
# The element `depay_backchannel` takes what the client sends.
EARS = {
    "pcmu": ("PCMU", 0, "rtppcmudepay"),
    "pcma": ("PCMA", 8, "rtppcmadepay"),
}


def factory(mount, path):
    encoding, payload_type, depay = EARS[mount]
    made = GstRtspServer.RTSPOnvifMediaFactory()
    made.set_launch(f"( {PICTURE} )")
    caps = f"application/x-rtp,media=audio,payload={payload_type},clock-rate=8000"
    caps += f",encoding-name={encoding}"
    made.set_backchannel_launch(
        f'( capsfilter caps="{caps}" name=depay_backchannel ! {depay}'
        f" ! filesink location={path} async=false buffer-mode=unbuffered )"
    )
    made.set_shared(False)
    made.set_media_gtype(GstRtspServer.RTSPOnvifMedia.__gtype__)
    return made


def login(server, factories, user, password):
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    for one in factories:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_role("viewer")
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", right, True)
        one.set_permissions(permissions)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--heard", required=True)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPOnvifServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    made = {mount: factory(mount, options.heard) for mount in EARS}
    for mount, one in made.items():
        server.get_mount_points().add_factory(f"/{mount}", one)
    if options.user:
        login(server, made.values(), options.user, options.password)
    if not server.attach(None):
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
