"""A scriptable Asterisk on loopback: ARI's REST and event socket, a telephone network by last digit, and faults.

It behaves as the real one was seen to behave; the tests that use it run on the real one too. Numbers as in the
simulated telephone network: 1 talks, 3 busy, 4 rings for ever, 5 unallocated after early media, 6 rejects, 7 off,
8 congestion, 9 answers and hangs up. agent-1901 never answers, agent-1999 has no phone, every other agent answers.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import unquote

import aiohttp
from aiohttp import WSMsgType, web

from callcenter.ari.client import Address
from fakes.asterisk_parts import App, Bridge, Channel, Faults, Json, Recording, Refuse, stamp

WAV_HEADER = b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 28
STEP = 0.01
"""Seconds between two things that happen by themselves."""

_ENDS = {"3": (17, 486), "5": (1, 404), "6": (21, 403), "7": (19, 480), "8": (34, 503)}


class FakeAsterisk:
    """Use as an async context manager."""

    def __init__(self) -> None:
        self.user, self.password = "tester", "right"
        self.version = "22.10.1"
        self.started_at = datetime.now(UTC).replace(microsecond=0)
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.live: dict[str, Recording] = {}
        self.stored: dict[str, bytes] = {}
        self.apps: dict[str, App] = {}
        self.faults = Faults()
        self.requests: list[tuple[str, str, Json]] = []
        self.pings = 0
        self.frames: list[str] = []
        self.docs: dict[str, Json] = {}
        self.offline = {"agent-1999"}
        self._conflicted = False
        self._rung_in = 0
        self.no_sounds = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._thaw = asyncio.Event()
        self._pinged = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def address(self) -> Address:
        return Address(f"http://127.0.0.1:{self._port}/ari", self.user, self.password)

    async def start(self) -> None:
        app = web.Application(middlewares=[self._edge])
        app.add_routes(
            [
                web.get("/ari/events", self._events),
                web.get("/ari/recordings/stored/{name}/file", self._file),
                web.get("/ari/api-docs/{name}.json", self._docs),
                web.route("*", "/ari/{path:.*}", self._rest),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        if not self._port:
            self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """As kill -9 would: sockets break, nothing is told."""
        self.thaw()
        for task in list(self._tasks):
            task.cancel()
        for app in self.apps.values():
            if app.socket is not None:
                _break(app.socket)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def restart(self) -> None:
        await self.stop()
        self.channels, self.bridges, self.live, self.apps = {}, {}, {}, {}
        self.started_at += timedelta(seconds=1)
        await self.start()

    def break_sockets(self) -> None:
        for app in self.apps.values():
            if app.socket is not None:
                _break(app.socket)

    def freeze(self) -> None:
        self.faults.frozen = True
        self._thaw.clear()

    def thaw(self) -> None:
        self.faults.frozen = False
        self._thaw.set()

    async def pinged(self, times: int) -> None:
        """Return when so many pings have come."""
        async with self._pinged:
            await self._pinged.wait_for(lambda: self.pings >= times)

    # --- what is told -------------------------------------------------------------------------------------------

    def tell(self, app: str, type_: str, **fields: object) -> None:
        known = self.apps.get(app)
        if known is None or known.socket is None or known.socket.closed or self.faults.frozen:
            return
        if {"type": type_} in known.disallowed:
            return
        event = {"type": type_, "application": app, "timestamp": stamp(), "asterisk_id": "fake", **fields}
        self.say(app, json.dumps(event))

    def say(self, app: str, text: str) -> None:
        """Any text, as it is."""
        socket = self.apps[app].socket
        if socket is not None:
            self._later(socket.send_str(text))

    def tell_channel(self, channel: Channel, type_: str, **fields: object) -> None:
        self.tell(channel.app, type_, channel=channel.json(), **fields)

    def tell_endpoint(self, name: str, *, online: bool) -> None:
        (self.offline.discard if online else self.offline.add)(name)
        endpoint = {"technology": "PJSIP", "resource": name, "state": "online" if online else "offline"}
        for app, known in self.apps.items():
            if f"endpoint:PJSIP/{name}" in known.subscriptions:
                self.tell(app, "EndpointStateChange", endpoint={**endpoint, "channel_ids": []})

    # --- what happens by itself ---------------------------------------------------------------------------------

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _later(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            with suppress(ConnectionError, aiohttp.ClientError):
                await work

        self._keep(asyncio.create_task(run()))

    def _script(self, channel: Channel, script: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await asyncio.sleep(STEP)
            await script()

        task = asyncio.create_task(run())
        channel.tasks.append(task)
        self._keep(task)

    async def _ring(self, channel: Channel, answer: bool) -> None:
        channel.state = "Ringing"
        # Either order is seen in life.
        self.tell(channel.app, "Dial", peer=channel.json(), dialstatus="RINGING")
        self.tell_channel(channel, "ChannelStateChange")
        if answer:
            await asyncio.sleep(STEP)
            channel.state = "Up"
            self.tell_channel(channel, "ChannelStateChange")
            self.tell(channel.app, "Dial", peer=channel.json(), dialstatus="ANSWER")

    async def _agent(self, channel: Channel, *, answers: bool) -> None:
        await self._ring(channel, answers)
        if answers:
            self.tell_channel(channel, "StasisStart", args=[])

    async def _customer(self, channel: Channel, digit: str) -> None:
        if digit in _ENDS:
            if digit == "5":
                self.tell(channel.app, "Dial", peer=channel.json(), dialstatus="PROGRESS")
                await asyncio.sleep(STEP)
            cause, sip = _ENDS[digit]
            self.end(channel, cause, sip)
            return
        await self._ring(channel, digit in {"1", "2", "9"})
        if digit == "9":
            await asyncio.sleep(STEP)
            self.end(channel, 16, None)

    def end(self, channel: Channel, cause: int, sip: int | None, *, asked: bool = False) -> None:
        """A channel ends, with everything that hangs on it."""
        if self.channels.pop(channel.id, None) is None:
            return
        for task in channel.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        told: Json = {"cause": 32, "soft": True} if asked else {"cause": cause}
        self.tell_channel(channel, "ChannelHangupRequest", **told)
        for bridge in self.bridges.values():
            if channel.id in bridge.channels:
                bridge.channels.remove(channel.id)
        self.tell_channel(channel, "StasisEnd")
        for recording in [r for r in self.live.values() if r.channel_id == channel.id]:
            self.finish(recording)
        for snoop in [c for c in self.channels.values() if c.target == channel.id]:
            self.end(snoop, 16, None)
        if not channel.snoop and not self._forgotten(channel):
            extra = {} if sip is None else {"tech_cause": sip}
            self.tell_channel(channel, "ChannelDestroyed", cause=cause, cause_txt="", **extra)

    def _forgotten(self, channel: Channel) -> bool:
        """Of a channel that came from the dialplan the end is told only to who asked for it."""
        known = self.apps.get(channel.app)
        return bool(channel.args) and (known is None or f"channel:{channel.id}" not in known.subscriptions)

    def finish(self, recording: Recording) -> None:
        self.live.pop(recording.name, None)
        recording.state = "done"
        app = next((c.app for c in self.channels.values() if c.id == recording.channel_id), "")
        for name in {app} - {""} or set(self.apps):
            self.tell(name, "RecordingFinished", recording=recording.json() | {"duration": 1})

    def ring_in(self, app: str, number: str, called: str) -> str:
        """Somebody rings in, through the dialplan: the channel's id. Without the application he is refused."""
        self._rung_in += 1
        channel = Channel(
            f"fake-{self._rung_in}.1", "PJSIP/trunk", app, state="Ring", number=number, args=f"inbound,{called}"
        )
        if self._active(app):
            self.channels[channel.id] = channel
            self.tell_channel(channel, "StasisStart", args=["inbound", called])
        return channel.id

    # --- HTTP ---------------------------------------------------------------------------------------------------

    @web.middleware
    async def _edge(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self.faults.frozen:
            await self._thaw.wait()
        right = aiohttp.encode_basic_auth(self.user, self.password)
        if request.headers.get("Authorization") != right:
            return web.json_response({"message": "Authentication required"}, status=401)
        try:
            answer = await handler(request)
        except Refuse as refusal:
            self._conflicted |= refusal.status == 409
            answer = web.json_response(refusal.body, status=refusal.status)
        if self.faults.frozen:
            await self._thaw.wait()
        key = f"{request.method} /{request.match_info.get('path', '')}"
        if key in self.faults.hang:
            await asyncio.Event().wait()
        if key in self.faults.lose and request.transport is not None:
            self.faults.lose.discard(key)
            request.transport.abort()
        return answer

    async def _docs(self, request: web.Request) -> web.Response:
        return web.json_response(self.docs[request.match_info["name"]])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            raise web.HTTPMethodNotAllowed("HEAD", ["GET"])
        content = self.stored.get(request.match_info["name"])
        if content is None:
            raise Refuse(404, "Recording not found")
        if self.faults.cut_files:
            answer = web.StreamResponse(headers={"Content-Length": str(len(content)), "Content-Type": "audio/wav"})
            await answer.prepare(request)
            await answer.write(content[: len(content) // 2])
            if request.transport is not None:
                request.transport.abort()
            return answer
        return web.Response(body=content, content_type="audio/wav")

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        app = self.apps.setdefault(request.query["app"], App())
        if app.socket is not None and not app.socket.closed:
            self.tell(request.query["app"], "ApplicationReplaced")
            await asyncio.sleep(0)
            await asyncio.gather(*self._tasks, return_exceptions=True)
        app.socket = socket
        async for frame in socket:
            if frame.type is WSMsgType.PING and not self.faults.frozen:
                await socket.pong(frame.data)
                async with self._pinged:
                    self.pings += 1
                    self._pinged.notify_all()
            elif frame.type is WSMsgType.TEXT:
                self.frames.append(frame.data)
        if app.socket is socket:
            app.socket = None
            if not app.subscriptions and not any(c.app == request.query["app"] for c in self.channels.values()):
                self.apps.pop(request.query["app"], None)
        return socket

    async def _rest(self, request: web.Request) -> web.Response:
        body: Json = await request.json() if request.can_read_body else {}
        fields: Json = {**request.query, **body}
        self.requests.append((request.method, request.rel_url.raw_path, fields))
        # aiohttp has decoded the path already; Asterisk splits first and decodes then.
        path = [unquote(part) for part in request.rel_url.raw_path.removeprefix("/ari/").split("/")]
        answer = self._answer(request.method, path, fields)
        return web.json_response(answer) if answer is not None else web.Response(status=204)

    def _answer(self, method: str, path: list[str], fields: Json) -> Any:  # noqa: C901, PLR0912 (a table of routes)
        match [method, *path]:
            case ["GET", "asterisk", "info"]:
                return {"system": {"version": self.version}, "status": {"startup_time": stamp(self.started_at)}}
            case ["GET", "asterisk", "ping"]:
                return {"ping": "pong"}
            case ["GET", "applications", name]:
                known = self._app(name)
                return {"name": name, "events_disallowed": known.disallowed, "endpoint_ids": list(known.subscriptions)}
            case ["PUT", "applications", name, "eventFilter"]:
                self._app(name).disallowed = fields.get("disallowed", [])
                return {"name": name}
            case ["POST", "applications", name, "subscription"]:
                self._subscribe(self._app(name), fields["eventSource"])
                return {"name": name}
            case ["GET", "endpoints"]:
                names = ("agent-1001", "agent-1002", "agent-1901", "agent-1999", "trunk")
                return [
                    {"technology": "PJSIP", "resource": n, "state": "offline" if n in self.offline else "online"}
                    for n in names
                ]
            case ["GET", "channels"]:
                return [channel.json() for channel in self.channels.values()]
            case ["POST", "channels", "create"]:
                return self._create(fields).json()
            case ["POST", "channels", id_]:
                return self._originate(id_, fields).json()
            case [_, "channels", id_, *rest]:
                return self._channel(method, id_, rest, fields)
            case ["GET", "bridges"]:
                return [bridge.json() for bridge in self.bridges.values() if not bridge.dissolving]
            case [_, "bridges", id_, *rest]:
                return self._bridge(method, id_, rest, fields)
            case [_, "recordings", kind, name, *rest]:
                return self._recording(method, kind, name, rest)
            case _:
                raise Refuse(404, "Resource not found")

    def _app(self, name: str) -> App:
        if name not in self.apps:
            raise Refuse(404, "Application not found")
        return self.apps[name]

    def _subscribe(self, app: App, sources: list[str]) -> None:
        for source in sources:
            if "nobody" in source:
                raise Refuse(422, "Event source does not exist")
            app.subscriptions.add(source)

    def _new_channel(self, id_: str, fields: Json) -> Channel:
        endpoint: str = fields["endpoint"]
        if id_ in self.channels:
            raise Refuse(409, "Channel with given unique ID already exists")
        reachable = endpoint.startswith("PJSIP/") and not any(endpoint == f"PJSIP/{name}" for name in self.offline)
        if not reachable or endpoint.endswith("@nowhere"):
            if self.faults.stale_conflict and self._conflicted:
                raise Refuse(409, "Channel with given unique ID already exists")
            raise Refuse(500, "Allocation failed", key="error")
        channel = Channel(id_, endpoint, fields["app"], variables=dict(fields.get("variables", {})))
        self.channels[id_] = channel
        return channel

    def _active(self, app: str) -> bool:
        return app in self.apps and self.apps[app].socket is not None

    def _create(self, fields: Json) -> Channel:
        channel = self._new_channel(fields["channelId"], fields)
        if self._active(channel.app):
            self.tell_channel(channel, "StasisStart", args=[])
        else:
            # Without its application the channel goes as it came, and nobody is told.
            self.channels.pop(channel.id)
        return channel

    def _originate(self, id_: str, fields: Json) -> Channel:
        channel = self._new_channel(id_, fields)
        self.tell(channel.app, "Dial", peer=channel.json(), dialstatus="")
        self._script(channel, lambda: self._agent(channel, answers="1901" not in channel.endpoint))
        return channel

    def _channel(self, method: str, id_: str, rest: list[str], fields: Json) -> Any:  # noqa: C901 (a table of routes)
        if rest and rest[0] not in {"dial", "snoop", "record", "variable", "answer", "play"}:
            raise Refuse(404, "Resource not found")
        channel = self.channels.get(id_)
        if channel is None:
            raise Refuse(404, "Channel not found")
        match [method, *rest]:
            case ["GET"]:
                return channel.json()
            case ["DELETE"]:
                cause = int(fields.get("reason_code", 16))
                sip = 480 if channel.state == "Ringing" else None
                self.end(channel, cause, sip, asked=True)
                return None
            case ["POST", "dial"]:
                return self._dial(channel)
            case ["POST", "answer"]:
                return self._answer_channel(channel)
            case ["POST", "play", playback_id]:
                return self._play(channel, playback_id)
            case ["POST", "snoop", snoop_id]:
                return self._snoop(channel, snoop_id, fields)
            case ["POST", "record"]:
                return self._record(channel, fields)
            case [_, "variable"]:
                return self._variable(method, channel, fields)
            case _:
                raise Refuse(404, "Resource not found")

    def _variable(self, method: str, channel: Channel, fields: Json) -> Json | None:
        name: str = fields["variable"]
        if method == "POST":
            channel.variables[name] = fields["value"]
            return None
        if name not in channel.variables:
            raise Refuse(404, "Provided variable was not found")
        return {"value": channel.variables[name]}

    def _dial(self, channel: Channel) -> None:
        if channel.state != "Down":
            raise Refuse(409, "Channel is not in the 'Down' state")
        channel.dials += 1
        if channel.dials > 1:
            # Accepted, and the death of the call.
            self.end(channel, 16, None)
            return
        self.tell(channel.app, "Dial", peer=channel.json(), dialstatus="")
        self._script(channel, lambda: self._customer(channel, channel.endpoint.partition("@")[0][-1]))

    def _answer_channel(self, channel: Channel) -> None:
        if channel.state != "Up":
            channel.state = "Up"
            self.tell_channel(channel, "ChannelStateChange")

    def _play(self, channel: Channel, playback_id: str) -> Json:
        playback = {"id": playback_id, "media_uri": "", "target_uri": f"channel:{channel.id}", "language": "en"}

        async def over() -> None:
            self.tell(
                channel.app, "PlaybackFinished", playback=playback | {"state": "failed" if self.no_sounds else "done"}
            )

        self._script(channel, over)
        return playback | {"state": "queued"}

    def _snoop(self, channel: Channel, snoop_id: str, fields: Json) -> Json:
        if snoop_id in self.channels:
            raise Refuse(500, "Snoop channel could not be created")
        snoop = Channel(snoop_id, f"Snoop/{channel.id}", fields["app"], state="Up", target=channel.id)
        self.channels[snoop_id] = snoop
        self.tell_channel(snoop, "StasisStart", args=[])
        return snoop.json()

    def _record(self, channel: Channel, fields: Json) -> Json:
        name: str = fields["name"]
        if name in self.live or (name in self.stored and fields.get("ifExists") == "fail"):
            raise Refuse(409, f"Recording '{name}' already exists and can not be overwritten")
        recording = Recording(name, channel.id)
        self.live[name] = recording
        self.stored[name] = WAV_HEADER
        self.tell(channel.app, "RecordingStarted", recording=recording.json())
        return recording.json() | {"state": "queued"}

    def _bridge(self, method: str, id_: str, rest: list[str], fields: Json) -> Any:
        if [method, *rest] == ["POST"]:
            if id_ in self.bridges:
                raise Refuse(409, f"Bridge with id '{id_}' already exists")
            return self.bridges.setdefault(id_, Bridge(id_)).json()
        bridge = self.bridges.get(id_)
        if bridge is None:
            raise Refuse(404, "Bridge not found")
        match [method, *rest]:
            case ["GET"]:
                return bridge.json()
            case ["DELETE"]:
                if bridge.dissolving:
                    raise Refuse(409, "Bridge not in Stasis application")
                bridge.dissolving = True
                asyncio.get_running_loop().call_later(STEP, self.bridges.pop, id_, None)
                return None
            case ["POST", "addChannel"]:
                for name in fields["channel"]:
                    if name not in self.channels:
                        raise Refuse(400, "Channel not found")
                    bridge.channels.append(name)
                return None
            case _:
                raise Refuse(404, "Resource not found")

    def _recording(self, method: str, kind: str, name: str, rest: list[str]) -> Any:
        held: dict[str, Any] = self.live if kind == "live" else self.stored
        if name not in held:
            raise Refuse(404, "Recording not found")
        match [method, kind, *rest]:
            case ["GET", "live"]:
                return self.live[name].json()
            case ["GET", "stored"]:
                return {"name": name, "format": "wav"}
            case ["DELETE", "stored"]:
                del self.stored[name]
                return None
            case ["POST", "live", "stop"]:
                self.finish(self.live[name])
                return None
            case ["POST", "live", "mute"]:
                self.live[name].mutes()
                return None
            case ["DELETE", "live", "mute"]:
                self.live[name].unmutes()
                return None
            case _:
                raise Refuse(404, "Resource not found")


def _break(socket: web.WebSocketResponse) -> None:
    transport = socket._req.transport if socket._req is not None else None  # noqa: SLF001 (no other way to be rude)
    if transport is not None:
        transport.abort()
