"""A camera of the field to test against: IPyCam, on loopback in this process.

    python ipycam_run.py --video FILE --port N --rtsp-port M [--user U --password P]
prints one JSON line when it serves and ends with its standard input.
"""

import argparse
import json
import os
import tempfile
import threading
from pathlib import Path

import cv2
from ipycam import CameraConfig, IPCamera


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--video", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rtsp-port", type=int, required=True)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    video = str(Path(options.video).resolve())
    with tempfile.TemporaryDirectory() as folder:  # it keeps its presets where it is started
        os.chdir(folder)
        serve(options, video)
        os.chdir("/")


def serve(options, video):
    config = CameraConfig(
        local_ip="127.0.0.1",
        onvif_port=options.port,
        rtsp_port=options.rtsp_port,
        username=options.user,
        password=options.password,
        main_width=640,
        main_height=360,
        sub_width=320,
        sub_height=180,
        hw_accel="cpu",
    )
    camera = IPCamera(config)
    if not camera.start():
        raise SystemExit("IPyCam did not start")
    ended = threading.Event()
    threading.Thread(target=lambda: (input_end(), ended.set()), daemon=True).start()
    print(json.dumps({"url": f"onvif://127.0.0.1:{options.port}"}), flush=True)
    capture = cv2.VideoCapture(video)
    while not ended.is_set():
        found, frame = capture.read()
        if not found:
            capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            continue
        camera.stream(cv2.resize(frame, (640, 360)))
    camera.stop()


def input_end():
    try:
        while True:
            input()
    except EOFError:
        pass


if __name__ == "__main__":
    main()
