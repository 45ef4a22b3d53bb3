"""The Media2 service, whose answers are written by hand: zeep has no WSDL of it here."""

from __future__ import annotations

from lxml import etree

from axxond.devices.elements import Node
from tests.fakes.onvif import schemas
from tests.fakes.onvif.media1 import SIZES, Media1, profile_token
from tests.fakes.onvif.model import CHANNEL, PTZ_NODE, Camera, Encoder, FaultError

NAMESPACE = schemas.MEDIA2
_HEAD = f'xmlns:m="{NAMESPACE}" xmlns:t="http://www.onvif.org/ver10/schema"'


class Media2:
    def __init__(self, camera: Camera, first: Media1, streams: dict[str, str], snap: str) -> None:
        self._camera = camera
        self._first = first
        self._streams = streams
        self._snapshot = snap

    def get_profiles(self, request: Node) -> etree._Element:
        if not request.all("Type"):
            raise FaultError("Configurations are told on request only", "InvalidArgVal")
        profiles = "".join(self._profile(one) for one in self._camera.encoders.values())
        return _made("GetProfiles", profiles)

    def _profile(self, encoder: Encoder) -> str:
        ptz = (
            '<m:PTZ token="ptz-1"><t:Name>ptz</t:Name><t:UseCount>1</t:UseCount>'
            f"<t:NodeToken>{PTZ_NODE}</t:NodeToken></m:PTZ>"
        )
        token = profile_token(encoder.token)
        return (
            f'<m:Profiles token="{token}" fixed="true"><m:Name>{token}</m:Name><m:Configurations>'
            '<m:VideoSource token="vsc-1"><t:Name>source</t:Name><t:UseCount>1</t:UseCount>'
            f"<t:SourceToken>{CHANNEL}</t:SourceToken>"
            '<t:Bounds x="0" y="0" width="1920" height="1080"/></m:VideoSource>'
            f"{_encoder('m:VideoEncoder', encoder)}"
            '<m:AudioEncoder token="aec-1"><t:Name>sound</t:Name><t:UseCount>1</t:UseCount>'
            "<t:Encoding>PCMU</t:Encoding><t:Bitrate>64</t:Bitrate><t:SampleRate>8</t:SampleRate>"
            f"</m:AudioEncoder>{ptz if self._camera.has_ptz else ''}"
            "</m:Configurations></m:Profiles>"
        )

    def get_stream_uri(self, request: Node) -> etree._Element:
        if request.text("Protocol") not in ("RTSP", "RtspUnicast"):
            raise FaultError("No such protocol", "InvalidArgVal", "InvalidStreamSetup")
        encoder = self._first.encoder(request.text("ProfileToken"))
        return _made("GetStreamUri", f"<m:Uri>{self._streams[encoder.token]}</m:Uri>")

    def get_snapshot_uri(self, request: Node) -> etree._Element:
        self._first.encoder(request.text("ProfileToken"))
        return _made("GetSnapshotUri", f"<m:Uri>{self._snapshot}</m:Uri>")

    def get_video_encoder_configurations(self, request: Node) -> etree._Element:
        wanted = request.text("ConfigurationToken")
        found = [
            _encoder("m:Configurations", one)
            for one in self._camera.encoders.values()
            if wanted in ("", one.token)
        ]
        if not found:
            raise FaultError("No such configuration", "InvalidArgVal", "NoConfig")
        return _made("GetVideoEncoderConfigurations", "".join(found))

    def get_video_encoder_configuration_options(self, _request: Node) -> etree._Element:
        sizes = "".join(
            f"<t:ResolutionsAvailable><t:Width>{w}</t:Width><t:Height>{h}</t:Height>"
            "</t:ResolutionsAvailable>"
            for w, h in SIZES
        )
        options = "".join(
            '<m:Options GovLengthRange="1 300" FrameRatesSupported="30 25 12.5 5 1">'
            f"<t:Encoding>{encoding}</t:Encoding>"
            "<t:QualityRange><t:Min>1</t:Min><t:Max>10</t:Max></t:QualityRange>"
            f"{sizes}<t:BitrateRange><t:Min>64</t:Min><t:Max>8000</t:Max></t:BitrateRange>"
            "</m:Options>"
            for encoding in ("JPEG", "H264", "H265")
        )
        return _made("GetVideoEncoderConfigurationOptions", options)

    def set_video_encoder_configuration(self, request: Node) -> etree._Element:
        told = request.first("Configuration")
        assert told is not None
        self._first.set_video_encoder_configuration(request)
        encoder = self._camera.encoders[told.attribute("token")]
        encoder.gop = int(told.attribute("GovLength") or encoder.gop)
        return _made("SetVideoEncoderConfiguration", "")


def _made(operation: str, content: str) -> etree._Element:
    return schemas.parse(f"<m:{operation}Response {_HEAD}>{content}</m:{operation}Response>")


def _encoder(name: str, encoder: Encoder) -> str:
    return (
        f'<{name} token="{encoder.token}" GovLength="{encoder.gop}" Profile="Main">'
        f"<t:Name>{encoder.token}</t:Name><t:UseCount>{encoder.use_count}</t:UseCount>"
        f"<t:Encoding>{encoder.encoding}</t:Encoding><t:Resolution>"
        f"<t:Width>{encoder.width}</t:Width><t:Height>{encoder.height}</t:Height></t:Resolution>"
        f'<t:RateControl ConstantBitRate="false"><t:FrameRateLimit>{encoder.fps:g}'
        f"</t:FrameRateLimit><t:BitrateLimit>{encoder.kbps}</t:BitrateLimit></t:RateControl>"
        f"<t:Quality>{encoder.quality:g}</t:Quality></{name}>"
    )
