"""ARI as Asterisk 22.10.1 documents it, as far as we use it. Written by scripts/generate-ari.

Unknown fields are ignored; all that is not strictly reliable may be absent. Dates are text as it was sent.
"""

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

import msgspec

from callcenter.ari.transport import Operation, Transport, segment

ASTERISK_VERSION = "22.10.1"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    channel_ids: list[str] | None = None
    bridge_ids: list[str] | None = None
    endpoint_ids: list[str] | None = None
    device_names: list[str] | None = None
    events_allowed: list[dict[str, Any]] | None = None
    events_disallowed: list[dict[str, Any]] | None = None


class BuildInfo(msgspec.Struct, frozen=True, kw_only=True):
    os: str | None = None
    kernel: str | None = None
    options: str | None = None
    machine: str | None = None
    date: str | None = None
    user: str | None = None


class SystemInfo(msgspec.Struct, frozen=True, kw_only=True):
    version: str | None = None
    entity_id: str | None = None


class SetId(msgspec.Struct, frozen=True, kw_only=True):
    user: str | None = None
    group: str | None = None


class ConfigInfo(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    default_language: str | None = None
    max_channels: int | None = None
    max_open_files: int | None = None
    max_load: float | None = None
    setid: SetId | None = None


class StatusInfo(msgspec.Struct, frozen=True, kw_only=True):
    startup_time: str | None = None
    last_reload_time: str | None = None


class AsteriskInfo(msgspec.Struct, frozen=True, kw_only=True):
    build: BuildInfo | None = None
    system: SystemInfo | None = None
    config: ConfigInfo | None = None
    status: StatusInfo | None = None


class AsteriskPing(msgspec.Struct, frozen=True, kw_only=True):
    asterisk_id: str | None = None
    ping: str | None = None
    timestamp: str | None = None


class Bridge(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    technology: str | None = None
    bridge_type: str | None = None
    bridge_class: str | None = None
    creator: str | None = None
    name: str | None = None
    channels: list[str] | None = None
    video_mode: str | None = None
    video_source_id: str | None = None
    creationtime: str | None = None
    bridgevars: dict[str, Any] | None = None


class CallerID(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    number: str | None = None


class DialplanCEP(msgspec.Struct, frozen=True, kw_only=True):
    context: str | None = None
    exten: str | None = None
    priority: int | None = None
    app_name: str | None = None
    app_data: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    protocol_id: str | None = None
    name: str
    state: str
    caller: CallerID | None = None
    connected: CallerID | None = None
    accountcode: str | None = None
    dialplan: DialplanCEP | None = None
    creationtime: str | None = None
    language: str | None = None
    channelvars: dict[str, Any] | None = None
    caller_rdnis: str | None = None
    tenantid: str | None = None


class ConfigTuple(msgspec.Struct, frozen=True, kw_only=True):
    attribute: str
    value: str


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    technology: str
    resource: str
    state: str | None = None
    channel_ids: list[str] | None = None


class ContactInfo(msgspec.Struct, frozen=True, kw_only=True):
    uri: str
    contact_status: str
    aor: str | None = None
    roundtrip_usec: str | None = None


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    state: str


class LiveRecording(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    format: str | None = None
    target_uri: str | None = None
    state: str
    duration: int | None = None
    talking_duration: int | None = None
    silence_duration: int | None = None
    cause: str | None = None


class Module(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    description: str | None = None
    use_count: int | None = None
    status: str | None = None
    support_level: str | None = None


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    peer_status: str
    cause: str | None = None
    address: str | None = None
    port: str | None = None
    time: str | None = None


class Playback(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    media_uri: str | None = None
    next_media_uri: str | None = None
    target_uri: str | None = None
    language: str | None = None
    state: str


class RTPstat(msgspec.Struct, frozen=True, kw_only=True):
    txcount: int | None = None
    rxcount: int | None = None
    txjitter: float | None = None
    rxjitter: float | None = None
    remote_maxjitter: float | None = None
    remote_minjitter: float | None = None
    remote_normdevjitter: float | None = None
    remote_stdevjitter: float | None = None
    local_maxjitter: float | None = None
    local_minjitter: float | None = None
    local_normdevjitter: float | None = None
    local_stdevjitter: float | None = None
    txploss: int | None = None
    rxploss: int | None = None
    remote_maxrxploss: float | None = None
    remote_minrxploss: float | None = None
    remote_normdevrxploss: float | None = None
    remote_stdevrxploss: float | None = None
    local_maxrxploss: float | None = None
    local_minrxploss: float | None = None
    local_normdevrxploss: float | None = None
    local_stdevrxploss: float | None = None
    rtt: float | None = None
    maxrtt: float | None = None
    minrtt: float | None = None
    normdevrtt: float | None = None
    stdevrtt: float | None = None
    local_ssrc: int | None = None
    remote_ssrc: int | None = None
    txoctetcount: int | None = None
    rxoctetcount: int | None = None
    channel_uniqueid: str | None = None


class StoredRecording(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    format: str | None = None


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    value: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something Asterisk told. timestamp: its own clock, to the millisecond."""

    application: str | None = None
    timestamp: str | None = None
    asterisk_id: str | None = None


class ApplicationReplaced(Event, tag="ApplicationReplaced", tag_field="type", frozen=True, kw_only=True):
    pass


class BridgeCreated(Event, tag="BridgeCreated", tag_field="type", frozen=True, kw_only=True):
    bridge: Bridge


class BridgeDestroyed(Event, tag="BridgeDestroyed", tag_field="type", frozen=True, kw_only=True):
    bridge: Bridge


class ChannelCreated(Event, tag="ChannelCreated", tag_field="type", frozen=True, kw_only=True):
    channel: Channel


class ChannelDestroyed(Event, tag="ChannelDestroyed", tag_field="type", frozen=True, kw_only=True):
    cause: int | None = None
    cause_txt: str | None = None
    tech_cause: int | None = None
    channel: Channel


class ChannelDtmfReceived(Event, tag="ChannelDtmfReceived", tag_field="type", frozen=True, kw_only=True):
    digit: str
    duration_ms: int | None = None
    channel: Channel


class ChannelEnteredBridge(Event, tag="ChannelEnteredBridge", tag_field="type", frozen=True, kw_only=True):
    bridge: Bridge
    channel: Channel | None = None


class ChannelHangupRequest(Event, tag="ChannelHangupRequest", tag_field="type", frozen=True, kw_only=True):
    cause: int | None = None
    tech_cause: int | None = None
    soft: bool | None = None
    channel: Channel


class ChannelHold(Event, tag="ChannelHold", tag_field="type", frozen=True, kw_only=True):
    channel: Channel
    musicclass: str | None = None


class ChannelLeftBridge(Event, tag="ChannelLeftBridge", tag_field="type", frozen=True, kw_only=True):
    bridge: Bridge
    channel: Channel


class ChannelStateChange(Event, tag="ChannelStateChange", tag_field="type", frozen=True, kw_only=True):
    channel: Channel


class ChannelTalkingFinished(Event, tag="ChannelTalkingFinished", tag_field="type", frozen=True, kw_only=True):
    channel: Channel
    duration: int | None = None


class ChannelTalkingStarted(Event, tag="ChannelTalkingStarted", tag_field="type", frozen=True, kw_only=True):
    channel: Channel


class ChannelUnhold(Event, tag="ChannelUnhold", tag_field="type", frozen=True, kw_only=True):
    channel: Channel


class ContactStatusChange(Event, tag="ContactStatusChange", tag_field="type", frozen=True, kw_only=True):
    endpoint: Endpoint
    contact_info: ContactInfo


class DeviceStateChanged(Event, tag="DeviceStateChanged", tag_field="type", frozen=True, kw_only=True):
    device_state: DeviceState


class Dial(Event, tag="Dial", tag_field="type", frozen=True, kw_only=True):
    caller: Channel | None = None
    peer: Channel
    forward: str | None = None
    forwarded: Channel | None = None
    dialstring: str | None = None
    dialstatus: str


class EndpointStateChange(Event, tag="EndpointStateChange", tag_field="type", frozen=True, kw_only=True):
    endpoint: Endpoint


class PeerStatusChange(Event, tag="PeerStatusChange", tag_field="type", frozen=True, kw_only=True):
    endpoint: Endpoint
    peer: Peer


class PlaybackFinished(Event, tag="PlaybackFinished", tag_field="type", frozen=True, kw_only=True):
    playback: Playback


class PlaybackStarted(Event, tag="PlaybackStarted", tag_field="type", frozen=True, kw_only=True):
    playback: Playback


class RecordingFailed(Event, tag="RecordingFailed", tag_field="type", frozen=True, kw_only=True):
    recording: LiveRecording


class RecordingFinished(Event, tag="RecordingFinished", tag_field="type", frozen=True, kw_only=True):
    recording: LiveRecording


class RecordingStarted(Event, tag="RecordingStarted", tag_field="type", frozen=True, kw_only=True):
    recording: LiveRecording


class StasisEnd(Event, tag="StasisEnd", tag_field="type", frozen=True, kw_only=True):
    channel: Channel


class StasisStart(Event, tag="StasisStart", tag_field="type", frozen=True, kw_only=True):
    args: list[str] | None = None
    channel: Channel
    replace_channel: Channel | None = None


AnyEvent = (
    ApplicationReplaced
    | BridgeCreated
    | BridgeDestroyed
    | ChannelCreated
    | ChannelDestroyed
    | ChannelDtmfReceived
    | ChannelEnteredBridge
    | ChannelHangupRequest
    | ChannelHold
    | ChannelLeftBridge
    | ChannelStateChange
    | ChannelTalkingFinished
    | ChannelTalkingStarted
    | ChannelUnhold
    | ContactStatusChange
    | DeviceStateChanged
    | Dial
    | EndpointStateChange
    | PeerStatusChange
    | PlaybackFinished
    | PlaybackStarted
    | RecordingFailed
    | RecordingFinished
    | RecordingStarted
    | StasisEnd
    | StasisStart
)


class Applications:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list_all(self) -> list[Application]:
        """GET /applications"""
        return await self._transport.perform(
            Operation("applications.list_all", "GET", "/applications"), list[Application]
        )

    async def get(self, application_name: str) -> Application:
        """GET /applications/{applicationName}"""
        return await self._transport.perform(
            Operation("applications.get", "GET", f"/applications/{segment(application_name)}"), Application
        )

    async def subscribe(self, application_name: str, *, event_source: Sequence[str]) -> Application:
        """POST /applications/{applicationName}/subscription"""
        return await self._transport.perform(
            Operation(
                "applications.subscribe",
                "POST",
                f"/applications/{segment(application_name)}/subscription",
                {"eventSource": event_source},
            ),
            Application,
        )

    async def unsubscribe(self, application_name: str, *, event_source: Sequence[str]) -> Application:
        """DELETE /applications/{applicationName}/subscription"""
        return await self._transport.perform(
            Operation(
                "applications.unsubscribe",
                "DELETE",
                f"/applications/{segment(application_name)}/subscription",
                {"eventSource": event_source},
            ),
            Application,
        )

    async def set_filter(self, application_name: str, *, event_filter: Mapping[str, Any] | None = None) -> Application:
        """PUT /applications/{applicationName}/eventFilter"""
        return await self._transport.perform(
            Operation(
                "applications.set_filter",
                "PUT",
                f"/applications/{segment(application_name)}/eventFilter",
                whole=event_filter,
            ),
            Application,
        )


class Asterisk:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get_info(self, *, only: Sequence[str] | None = None) -> AsteriskInfo:
        """GET /asterisk/info"""
        return await self._transport.perform(
            Operation("asterisk.get_info", "GET", "/asterisk/info", {"only": only}), AsteriskInfo
        )

    async def ping(self) -> AsteriskPing:
        """GET /asterisk/ping"""
        return await self._transport.perform(Operation("asterisk.ping", "GET", "/asterisk/ping"), AsteriskPing)

    async def list_modules(self) -> list[Module]:
        """GET /asterisk/modules"""
        return await self._transport.perform(
            Operation("asterisk.list_modules", "GET", "/asterisk/modules"), list[Module]
        )

    async def get_object(self, config_class: str, object_type: str, id_: str) -> list[ConfigTuple]:
        """GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}"""
        return await self._transport.perform(
            Operation(
                "asterisk.get_object",
                "GET",
                f"/asterisk/config/dynamic/{segment(config_class)}/{segment(object_type)}/{segment(id_)}",
            ),
            list[ConfigTuple],
        )

    async def update_object(
        self, config_class: str, object_type: str, id_: str, *, fields: Sequence[Mapping[str, str]] | None = None
    ) -> list[ConfigTuple]:
        """PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}"""
        return await self._transport.perform(
            Operation(
                "asterisk.update_object",
                "PUT",
                f"/asterisk/config/dynamic/{segment(config_class)}/{segment(object_type)}/{segment(id_)}",
                {"fields": fields},
            ),
            list[ConfigTuple],
        )

    async def delete_object(self, config_class: str, object_type: str, id_: str) -> None:
        """DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}"""
        await self._transport.perform(
            Operation(
                "asterisk.delete_object",
                "DELETE",
                f"/asterisk/config/dynamic/{segment(config_class)}/{segment(object_type)}/{segment(id_)}",
            ),
            NoneType,
        )


class Bridges:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list_all(self) -> list[Bridge]:
        """GET /bridges"""
        return await self._transport.perform(Operation("bridges.list_all", "GET", "/bridges"), list[Bridge])

    async def get(self, bridge_id: str) -> Bridge:
        """GET /bridges/{bridgeId}"""
        return await self._transport.perform(Operation("bridges.get", "GET", f"/bridges/{segment(bridge_id)}"), Bridge)

    async def create_with_id(
        self,
        bridge_id: str,
        *,
        type_: str | None = None,
        name: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Bridge:
        """POST /bridges/{bridgeId}"""
        return await self._transport.perform(
            Operation(
                "bridges.create_with_id",
                "POST",
                f"/bridges/{segment(bridge_id)}",
                {"type": type_, "name": name, "variables": variables},
            ),
            Bridge,
        )

    async def add_channel(
        self,
        bridge_id: str,
        *,
        channel: Sequence[str],
        role: str | None = None,
        absorb_dtmf: bool | None = None,
        mute: bool | None = None,
        inhibit_connected_line_updates: bool | None = None,
    ) -> None:
        """POST /bridges/{bridgeId}/addChannel"""
        await self._transport.perform(
            Operation(
                "bridges.add_channel",
                "POST",
                f"/bridges/{segment(bridge_id)}/addChannel",
                {
                    "channel": channel,
                    "role": role,
                    "absorbDTMF": absorb_dtmf,
                    "mute": mute,
                    "inhibitConnectedLineUpdates": inhibit_connected_line_updates,
                },
            ),
            NoneType,
        )

    async def remove_channel(self, bridge_id: str, *, channel: Sequence[str]) -> None:
        """POST /bridges/{bridgeId}/removeChannel"""
        await self._transport.perform(
            Operation(
                "bridges.remove_channel", "POST", f"/bridges/{segment(bridge_id)}/removeChannel", {"channel": channel}
            ),
            NoneType,
        )

    async def destroy(self, bridge_id: str) -> None:
        """DELETE /bridges/{bridgeId}"""
        await self._transport.perform(
            Operation("bridges.destroy", "DELETE", f"/bridges/{segment(bridge_id)}"), NoneType
        )


class Channels:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list_all(self) -> list[Channel]:
        """GET /channels"""
        return await self._transport.perform(Operation("channels.list_all", "GET", "/channels"), list[Channel])

    async def get(self, channel_id: str) -> Channel:
        """GET /channels/{channelId}"""
        return await self._transport.perform(
            Operation("channels.get", "GET", f"/channels/{segment(channel_id)}"), Channel
        )

    async def originate_with_id(
        self,
        channel_id: str,
        *,
        endpoint: str,
        extension: str | None = None,
        context: str | None = None,
        priority: int | None = None,
        label: str | None = None,
        app: str | None = None,
        app_args: str | None = None,
        caller_id: str | None = None,
        timeout_seconds: int | None = None,
        variables: Mapping[str, str] | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
    ) -> Channel:
        """POST /channels/{channelId}"""
        return await self._transport.perform(
            Operation(
                "channels.originate_with_id",
                "POST",
                f"/channels/{segment(channel_id)}",
                {
                    "endpoint": endpoint,
                    "extension": extension,
                    "context": context,
                    "priority": priority,
                    "label": label,
                    "app": app,
                    "appArgs": app_args,
                    "callerId": caller_id,
                    "timeout": timeout_seconds,
                    "variables": variables,
                    "otherChannelId": other_channel_id,
                    "originator": originator,
                    "formats": formats,
                },
            ),
            Channel,
        )

    async def create(
        self,
        *,
        endpoint: str,
        app: str,
        app_args: str | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Channel:
        """POST /channels/create"""
        return await self._transport.perform(
            Operation(
                "channels.create",
                "POST",
                "/channels/create",
                {
                    "endpoint": endpoint,
                    "app": app,
                    "appArgs": app_args,
                    "channelId": channel_id,
                    "otherChannelId": other_channel_id,
                    "originator": originator,
                    "formats": formats,
                    "variables": variables,
                },
            ),
            Channel,
        )

    async def dial(self, channel_id: str, *, caller: str | None = None, timeout_seconds: int | None = None) -> None:
        """POST /channels/{channelId}/dial"""
        await self._transport.perform(
            Operation(
                "channels.dial",
                "POST",
                f"/channels/{segment(channel_id)}/dial",
                {"caller": caller, "timeout": timeout_seconds},
            ),
            NoneType,
        )

    async def answer(self, channel_id: str) -> None:
        """POST /channels/{channelId}/answer"""
        await self._transport.perform(
            Operation("channels.answer", "POST", f"/channels/{segment(channel_id)}/answer"), NoneType
        )

    async def hangup(self, channel_id: str, *, reason_code: str | None = None, reason: str | None = None) -> None:
        """DELETE /channels/{channelId}"""
        await self._transport.perform(
            Operation(
                "channels.hangup",
                "DELETE",
                f"/channels/{segment(channel_id)}",
                {"reason_code": reason_code, "reason": reason},
            ),
            NoneType,
        )

    async def snoop_channel_with_id(
        self,
        channel_id: str,
        snoop_id: str,
        *,
        app: str,
        spy: str | None = None,
        whisper: str | None = None,
        app_args: str | None = None,
    ) -> Channel:
        """POST /channels/{channelId}/snoop/{snoopId}"""
        return await self._transport.perform(
            Operation(
                "channels.snoop_channel_with_id",
                "POST",
                f"/channels/{segment(channel_id)}/snoop/{segment(snoop_id)}",
                {"spy": spy, "whisper": whisper, "app": app, "appArgs": app_args},
            ),
            Channel,
        )

    async def record(
        self,
        channel_id: str,
        *,
        name: str,
        format_: str,
        max_duration_seconds: int | None = None,
        max_silence_seconds: int | None = None,
        if_exists: str | None = None,
        beep: bool | None = None,
        terminate_on: str | None = None,
    ) -> LiveRecording:
        """POST /channels/{channelId}/record"""
        return await self._transport.perform(
            Operation(
                "channels.record",
                "POST",
                f"/channels/{segment(channel_id)}/record",
                {
                    "name": name,
                    "format": format_,
                    "maxDurationSeconds": max_duration_seconds,
                    "maxSilenceSeconds": max_silence_seconds,
                    "ifExists": if_exists,
                    "beep": beep,
                    "terminateOn": terminate_on,
                },
            ),
            LiveRecording,
        )

    async def get_channel_var(self, channel_id: str, *, variable: str) -> Variable:
        """GET /channels/{channelId}/variable"""
        return await self._transport.perform(
            Operation(
                "channels.get_channel_var", "GET", f"/channels/{segment(channel_id)}/variable", {"variable": variable}
            ),
            Variable,
        )

    async def set_channel_var(
        self, channel_id: str, *, variable: str, value: str | None = None, report_events: bool | None = None
    ) -> None:
        """POST /channels/{channelId}/variable"""
        await self._transport.perform(
            Operation(
                "channels.set_channel_var",
                "POST",
                f"/channels/{segment(channel_id)}/variable",
                {"variable": variable, "value": value, "report_events": report_events},
            ),
            NoneType,
        )

    async def mute(self, channel_id: str, *, direction: str | None = None) -> None:
        """POST /channels/{channelId}/mute"""
        await self._transport.perform(
            Operation("channels.mute", "POST", f"/channels/{segment(channel_id)}/mute", {"direction": direction}),
            NoneType,
        )

    async def unmute(self, channel_id: str, *, direction: str | None = None) -> None:
        """DELETE /channels/{channelId}/mute"""
        await self._transport.perform(
            Operation("channels.unmute", "DELETE", f"/channels/{segment(channel_id)}/mute", {"direction": direction}),
            NoneType,
        )

    async def play_with_id(
        self,
        channel_id: str,
        playback_id: str,
        *,
        media: Sequence[str],
        lang: str | None = None,
        offsetms: int | None = None,
        skipms: int | None = None,
    ) -> Playback:
        """POST /channels/{channelId}/play/{playbackId}"""
        return await self._transport.perform(
            Operation(
                "channels.play_with_id",
                "POST",
                f"/channels/{segment(channel_id)}/play/{segment(playback_id)}",
                {"media": media, "lang": lang, "offsetms": offsetms, "skipms": skipms},
            ),
            Playback,
        )

    async def rtpstatistics(self, channel_id: str) -> RTPstat:
        """GET /channels/{channelId}/rtp_statistics"""
        return await self._transport.perform(
            Operation("channels.rtpstatistics", "GET", f"/channels/{segment(channel_id)}/rtp_statistics"), RTPstat
        )


class Endpoints:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list_all(self) -> list[Endpoint]:
        """GET /endpoints"""
        return await self._transport.perform(Operation("endpoints.list_all", "GET", "/endpoints"), list[Endpoint])

    async def get(self, tech: str, resource: str) -> Endpoint:
        """GET /endpoints/{tech}/{resource}"""
        return await self._transport.perform(
            Operation("endpoints.get", "GET", f"/endpoints/{segment(tech)}/{segment(resource)}"), Endpoint
        )


class Playbacks:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, playback_id: str) -> Playback:
        """GET /playbacks/{playbackId}"""
        return await self._transport.perform(
            Operation("playbacks.get", "GET", f"/playbacks/{segment(playback_id)}"), Playback
        )

    async def stop(self, playback_id: str) -> None:
        """DELETE /playbacks/{playbackId}"""
        await self._transport.perform(
            Operation("playbacks.stop", "DELETE", f"/playbacks/{segment(playback_id)}"), NoneType
        )


class Recordings:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get_live(self, recording_name: str) -> LiveRecording:
        """GET /recordings/live/{recordingName}"""
        return await self._transport.perform(
            Operation("recordings.get_live", "GET", f"/recordings/live/{segment(recording_name)}"), LiveRecording
        )

    async def stop(self, recording_name: str) -> None:
        """POST /recordings/live/{recordingName}/stop"""
        await self._transport.perform(
            Operation("recordings.stop", "POST", f"/recordings/live/{segment(recording_name)}/stop"), NoneType
        )

    async def cancel(self, recording_name: str) -> None:
        """DELETE /recordings/live/{recordingName}"""
        await self._transport.perform(
            Operation("recordings.cancel", "DELETE", f"/recordings/live/{segment(recording_name)}"), NoneType
        )

    async def mute(self, recording_name: str) -> None:
        """POST /recordings/live/{recordingName}/mute"""
        await self._transport.perform(
            Operation("recordings.mute", "POST", f"/recordings/live/{segment(recording_name)}/mute"), NoneType
        )

    async def unmute(self, recording_name: str) -> None:
        """DELETE /recordings/live/{recordingName}/mute"""
        await self._transport.perform(
            Operation("recordings.unmute", "DELETE", f"/recordings/live/{segment(recording_name)}/mute"), NoneType
        )

    async def list_stored(self) -> list[StoredRecording]:
        """GET /recordings/stored"""
        return await self._transport.perform(
            Operation("recordings.list_stored", "GET", "/recordings/stored"), list[StoredRecording]
        )

    async def get_stored(self, recording_name: str) -> StoredRecording:
        """GET /recordings/stored/{recordingName}"""
        return await self._transport.perform(
            Operation("recordings.get_stored", "GET", f"/recordings/stored/{segment(recording_name)}"), StoredRecording
        )

    async def delete_stored(self, recording_name: str) -> None:
        """DELETE /recordings/stored/{recordingName}"""
        await self._transport.perform(
            Operation("recordings.delete_stored", "DELETE", f"/recordings/stored/{segment(recording_name)}"), NoneType
        )

    def get_stored_file(self, recording_name: str) -> Operation:
        """GET /recordings/stored/{recordingName}/file, to be streamed."""
        return Operation("recordings.get_stored_file", "GET", f"/recordings/stored/{segment(recording_name)}/file")
