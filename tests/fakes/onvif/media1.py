"""The Media service (version 1)."""

from __future__ import annotations

from typing import Any

from axxond.devices.elements import Node
from tests.fakes.onvif.model import CHANNEL, PTZ_NODE, Camera, Encoder, FaultError

NAMESPACE = "http://www.onvif.org/ver10/media/wsdl"
BINDING = "MediaBinding"
SIZES = ((1920, 1080), (1280, 720), (640, 360), (320, 180), (160, 90))
_MULTICAST = {
    "Address": {"Type": "IPv4", "IPv4Address": "0.0.0.0"},
    "Port": 0,
    "TTL": 0,
    "AutoStart": False,
}


def profile_token(encoder: str) -> str:
    return encoder.replace("enc", "profile")


class Media1:
    def __init__(self, camera: Camera, streams: dict[str, str], snapshot: str) -> None:
        self._camera = camera
        self._streams = streams  # RTSP address by encoder
        self._snapshot = snapshot

    def get_profiles(self, _request: Node) -> dict[str, Any]:
        return {"Profiles": [self._profile(one) for one in self._camera.encoders.values()]}

    def _profile(self, encoder: Encoder) -> dict[str, Any]:
        made: dict[str, Any] = {
            "token": profile_token(encoder.token),
            "fixed": True,
            "Name": profile_token(encoder.token),
            "VideoSourceConfiguration": {
                "token": "vsc-1",
                "Name": "source",
                "UseCount": len(self._camera.encoders),
                "SourceToken": CHANNEL,
                "Bounds": {"x": 0, "y": 0, "width": 1920, "height": 1080},
            },
            "VideoEncoderConfiguration": configuration(encoder),
            "AudioEncoderConfiguration": {
                "token": "aec-1",
                "Name": "sound",
                "UseCount": 1,
                "Encoding": "G711",
                "Bitrate": 64,
                "SampleRate": 8,
                "Multicast": _MULTICAST,
                "SessionTimeout": "PT60S",
            },
        }
        if self._camera.has_ptz:
            made["PTZConfiguration"] = {
                "token": "ptz-1",
                "Name": "ptz",
                "UseCount": 1,
                "NodeToken": PTZ_NODE,
            }
        return made

    def get_stream_uri(self, request: Node) -> dict[str, Any]:
        if request.text("StreamSetup/Transport/Protocol") != "RTSP":
            raise FaultError("Only RTP over RTSP", "InvalidArgVal", "InvalidStreamSetup")
        return _uri(self._streams[self.encoder(request.text("ProfileToken")).token])

    def get_snapshot_uri(self, request: Node) -> dict[str, Any]:
        self.encoder(request.text("ProfileToken"))
        return _uri(self._snapshot)

    def get_audio_outputs(self, _request: Node) -> dict[str, Any]:
        return {"AudioOutputs": [{"token": "speaker-1"}] if self._camera.has_speaker else []}

    def get_video_encoder_configuration(self, request: Node) -> dict[str, Any]:
        return {"Configuration": configuration(self._of(request.text("ConfigurationToken")))}

    def get_video_encoder_configuration_options(self, _request: Node) -> dict[str, Any]:
        jpeg = {
            "ResolutionsAvailable": [{"Width": w, "Height": h} for w, h in SIZES],
            "FrameRateRange": {"Min": 1, "Max": 30},
            "EncodingIntervalRange": {"Min": 1, "Max": 1},
        }
        h264 = jpeg | {
            "GovLengthRange": {"Min": 1, "Max": 300},
            "H264ProfilesSupported": ["Main"],
        }
        rates = {"BitrateRange": {"Min": 64, "Max": 8000}}
        return {
            "Options": {
                "QualityRange": {"Min": 1, "Max": 10},
                "JPEG": jpeg,
                "H264": h264,
                "Extension": {"JPEG": jpeg | rates, "H264": h264 | rates},
            }
        }

    def set_video_encoder_configuration(self, request: Node) -> dict[str, Any]:
        told = request.first("Configuration")
        assert told is not None
        encoder = self._of(told.attribute("token"))
        width, height = told.integer("Resolution/Width"), told.integer("Resolution/Height")
        if (width, height) not in SIZES:
            raise FaultError("No such resolution", "InvalidArgVal", "ConfigModify")
        assert width is not None
        assert height is not None
        encoder.encoding = told.text("Encoding")
        encoder.width, encoder.height = width, height
        encoder.fps = min(30.0, told.number("RateControl/FrameRateLimit") or encoder.fps)
        encoder.kbps = told.integer("RateControl/BitrateLimit") or encoder.kbps
        encoder.gop = told.integer("H264/GovLength") or encoder.gop
        encoder.quality = told.number("Quality") or encoder.quality
        return {}

    def encoder(self, profile: str) -> Encoder:
        for encoder in self._camera.encoders.values():
            if profile_token(encoder.token) == profile:
                return encoder
        raise FaultError("No such profile", "InvalidArgVal", "NoProfile")

    def _of(self, token: str) -> Encoder:
        if token not in self._camera.encoders:
            raise FaultError("No such configuration", "InvalidArgVal", "NoConfig")
        return self._camera.encoders[token]


def configuration(encoder: Encoder) -> dict[str, Any]:
    made = {
        "token": encoder.token,
        "Name": encoder.token,
        "UseCount": encoder.use_count,
        "Encoding": "H264" if encoder.encoding == "H265" else encoder.encoding,
        "Resolution": {"Width": encoder.width, "Height": encoder.height},
        "Quality": encoder.quality,
        "RateControl": {
            "FrameRateLimit": int(encoder.fps),
            "EncodingInterval": 1,
            "BitrateLimit": encoder.kbps,
        },
        "Multicast": _MULTICAST,
        "SessionTimeout": "PT60S",
    }
    if encoder.encoding != "JPEG":
        made["H264"] = {"GovLength": encoder.gop, "H264Profile": "Main"}
    return made


def _uri(url: str) -> dict[str, Any]:
    return {
        "MediaUri": {
            "Uri": url,
            "InvalidAfterConnect": False,
            "InvalidAfterReboot": False,
            "Timeout": "PT0S",
        }
    }
