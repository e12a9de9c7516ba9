"""A call's commands, carried out on Asterisk: each safe to repeat, each creation settled by looking."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from callcenter.ari.client import AriClient, found, gone
from callcenter.ari.errors import (
    ConflictError,
    EndpointUnavailableError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from callcenter.ari.naming import Naming
from callcenter.ari.phones import ATTEMPT_HEADER, prefix_of
from callcenter.ari.sights import DIALLED, Sights
from callcenter.domain.calls.telephony import TelephonyError
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    NOTICE,
    Answered,
    BridgeGone,
    CallAgent,
    CallEvent,
    Command,
    Connect,
    CreateCustomer,
    CreateSnoop,
    DestroyBridge,
    GiveBack,
    HangUp,
    JoinBridge,
    LegJoined,
    LookUp,
    MuteRecording,
    OpenBridge,
    PartAbsent,
    PartFound,
    RecordingMuted,
    RecordingUnmuted,
    SayNotice,
    Sight,
    StartRecording,
    StopRecording,
    UnmuteRecording,
    direction_of,
    is_recorder,
    number_of,
    snoop,
)
from callcenter.domain.recording import Direction

LINGER_LOOKS, LOOK_SECONDS = 40, 0.01


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """app: the ARI application. recording_format: of the raw files, `wav` (8 kHz) or `wav16`. max_call_seconds:
    Asterisk itself ends a leg after so long, whatever has become of us. phone_codecs: what a browser's phone is
    offered, the best first; left to itself Asterisk offers G.711 before Opus.
    """

    app: str = "callcenter"
    recording_format: str = "wav"
    max_call_seconds: int = 4 * 3600
    phone_codecs: str = "opus,alaw,ulaw"


class Commands:
    def __init__(
        self, client: AriClient, settings: SwitchSettings, naming: Naming, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._settings = settings
        self._naming = naming
        self._sights = Sights(client, naming)
        self._now = now

    async def perform(self, attempt_id: str, command: Command) -> tuple[CallEvent, ...]:
        """Raises NotSentError, a RefusedError (EndpointUnavailableError is a TelephonyUnavailable) or
        OutcomeUnknownError; ValueError for a command that is not for the switch.
        """
        match command:
            case CallAgent() | CreateCustomer() | CreateSnoop() | StartRecording():
                await self._create(attempt_id, command)
                return ()
            case OpenBridge():
                await self._open_bridge(self._naming.name(attempt_id, BRIDGE))
                return (PartFound(self._now(), BRIDGE, up=True),)
            case Connect(answer=True):
                await self._admit(attempt_id, command)
                return (Answered(self._now()),)
            case Connect():
                await self._connect(attempt_id, command)
                return ()
            case SayNotice(sounds=sounds):
                name = self._naming.name(attempt_id, NOTICE)
                await self._client.channels.play_with_id(
                    self._naming.name(attempt_id, CUSTOMER), name, media=list(sounds)
                )
                return ()
            case GiveBack():
                self._naming.unlend(attempt_id)
                return (PartAbsent(self._now(), CUSTOMER),)
            case JoinBridge():
                await self._into_bridge(attempt_id, [command.part])
                return (LegJoined(self._now(), command.part),)
            case HangUp() | StopRecording() | DestroyBridge():
                return await self._remove(attempt_id, command)
            case MuteRecording() | UnmuteRecording() | LookUp():
                return (await self._of_one(attempt_id, command),)
            case _:
                raise ValueError(f"not for the switch: {command}")

    async def _of_one(self, attempt_id: str, command: MuteRecording | UnmuteRecording | LookUp) -> CallEvent:
        if isinstance(command, LookUp):
            return await self._look_up(attempt_id, command.part)
        return await self._heard(attempt_id, command.part, heard=isinstance(command, UnmuteRecording))

    async def _create(
        self, attempt_id: str, command: CallAgent | CreateCustomer | CreateSnoop | StartRecording
    ) -> None:
        match command:
            case CallAgent():
                await self._call_agent(attempt_id, command)
            case CreateCustomer():
                await self._create_customer(attempt_id, command)
            case CreateSnoop():
                await self._create_snoop(attempt_id, command.part)
            case StartRecording():
                await self._start_recording(attempt_id, command.part)

    async def _remove(self, attempt_id: str, command: HangUp | StopRecording | DestroyBridge) -> tuple[CallEvent, ...]:
        match command:
            case HangUp(part=part, cause=cause):
                name = self._naming.name(attempt_id, part)
                there = await gone(self._client.channels.hangup(name, reason_code=str(cause)))
                return () if there else (PartAbsent(self._now(), part),)
            case StopRecording(part=part):
                there = await gone(self._client.recordings.stop(self._naming.name(attempt_id, part)))
                return () if there else (PartAbsent(self._now(), part),)
            case DestroyBridge():
                there = await self._destroy_bridge(self._naming.name(attempt_id, BRIDGE))
                return (BridgeGone(self._now()) if there else PartAbsent(self._now(), BRIDGE),)

    async def release(self, attempt_id: str, part: str) -> None:
        """Destroy a part that belongs to no live call; an absent one is no error."""
        name = self._naming.name(attempt_id, part)
        if part == BRIDGE:
            await self._destroy_bridge(name)
        elif is_recorder(part):
            await gone(self._client.recordings.stop(name))
        else:
            await gone(self._client.channels.hangup(name, reason_code="16"))

    async def _call_agent(self, attempt_id: str, command: CallAgent) -> None:
        channel_id = self._naming.name(attempt_id, command.part)
        browser = command.endpoint.startswith(f"PJSIP/{prefix_of(self._settings.app)}")
        # By this header its page knows that the ring is ours.
        told = {f"PJSIP_HEADER(add,{ATTEMPT_HEADER})": attempt_id} if browser else {}
        try:
            await self._client.channels.originate_with_id(
                channel_id,
                endpoint=command.endpoint,
                app=self._settings.app,
                timeout_seconds=command.timeout_seconds,
                variables=self._safety_net() | told,
                formats=self._settings.phone_codecs if browser else None,
            )
        except ConflictError as error:
            await self._must_be_there(channel_id, error)

    async def _create_customer(self, attempt_id: str, command: CreateCustomer) -> None:
        channel_id = self._naming.name(attempt_id, CUSTOMER)
        # What the far end sees is the connected line; both are set, as an ordinary originate does.
        shown = {"CALLERID(all)": command.caller_id, "CONNECTEDLINE(all,i)": command.caller_id}
        try:
            await self._client.channels.create(
                endpoint=command.endpoint,
                app=self._settings.app,
                channel_id=channel_id,
                variables=self._safety_net() | (shown if command.caller_id else {}),
            )
        except ConflictError as error:
            await self._must_be_there(channel_id, error)

    async def _create_snoop(self, attempt_id: str, part: str) -> None:
        await self._none_before(attempt_id, number_of(part) - 1)
        snoop_id = self._naming.name(attempt_id, part)
        try:
            await self._client.channels.snoop_channel_with_id(
                self._naming.name(attempt_id, CUSTOMER),
                snoop_id,
                spy=direction_of(part).value,
                app=self._settings.app,
            )
        except RefusedError:
            # A snoop that stands already is refused as 500, with a sentence that says nothing of it.
            if await found(self._client.channels.get(snoop_id)) is None:
                raise

    async def _none_before(self, attempt_id: str, segment: int) -> None:
        """Wait for the end of both snoops of this segment, of which StasisEnd is only the beginning.

        While one of them is there, a new one is given the decoder of the old ones, with the sequence numbers that it
        expects. Asterisk lets a snoop go at the next packet of either side; without any it is not waited for long.
        """
        old = [self._naming.name(attempt_id, snoop(direction, segment)) for direction in Direction] if segment else []
        for _ in range(LINGER_LOOKS):
            old = [snoop_id for snoop_id in old if await found(self._client.channels.get(snoop_id)) is not None]
            if not old:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _start_recording(self, attempt_id: str, part: str) -> None:
        name = self._naming.name(attempt_id, part)
        try:
            await self._client.channels.record(
                self._naming.name(attempt_id, snoop(direction_of(part), number_of(part))),
                name=name,
                format_=self._settings.recording_format,
                if_exists="fail",
            )
        except ConflictError:
            if await found(self._client.recordings.get_live(name)) is None:
                raise

    async def _heard(self, attempt_id: str, part: str, *, heard: bool) -> CallEvent:
        """Shall the recorder write what it hears, or silence?"""
        name = self._naming.name(attempt_id, part)
        # Asterisk's mute only turns over what is: asked for twice, the recorder writes again, and believes that it
        # does not. Its unmute does nothing to one that is not muted, and so comes first.
        there = await gone(self._client.recordings.unmute(name))
        if there and not heard:
            there = await gone(self._client.recordings.mute(name))
        if not there:
            return PartAbsent(self._now(), part)
        return RecordingUnmuted(self._now(), part) if heard else RecordingMuted(self._now(), part)

    async def _open_bridge(self, bridge_id: str) -> bool:
        """False where it stood before."""
        try:
            await self._client.bridges.create_with_id(bridge_id, type_="mixing")
        except ConflictError:
            return False
        return True

    async def _connect(self, attempt_id: str, command: Connect) -> None:
        customer = self._naming.name(attempt_id, CUSTOMER)
        bridge_id = self._naming.name(attempt_id, BRIDGE)
        if command.in_place or await self._open_bridge(bridge_id):
            added, marked = await asyncio.gather(
                self._add(bridge_id, [self._naming.name(attempt_id, command.agent), customer]),
                self._mark(customer, "1"),
                return_exceptions=True,
            )
            if added is not None:
                raise await self._unmarked(customer, added)
            if marked is not None:
                raise marked
        else:
            await self._into_bridge(attempt_id, [command.agent, CUSTOMER])
            if await self._sights.was_dialled(await self._client.channels.get(customer)):
                return
            await self._mark(customer, "1")
        try:
            await self._client.channels.dial(customer, timeout_seconds=command.ring_seconds)
        except NotSentError as error:
            raise await self._unmarked(customer, error) from error

    async def _admit(self, attempt_id: str, command: Connect) -> None:
        """Answered last: whoever cannot be brought together with the agent waits on, unanswered."""
        parts = [command.agent, CUSTOMER]
        bridge_id = self._naming.name(attempt_id, BRIDGE)
        if command.in_place or await self._open_bridge(bridge_id):
            await self._add(bridge_id, [self._naming.name(attempt_id, part) for part in parts])
        else:
            await self._into_bridge(attempt_id, parts)
        await self._client.channels.answer(self._naming.name(attempt_id, CUSTOMER))

    async def _mark(self, customer: str, value: str) -> None:
        await self._client.channels.set_channel_var(customer, variable=DIALLED, value=value)

    async def _unmarked(self, customer: str, error: BaseException) -> BaseException:
        """The error, of something before the dial; or, where the mark cannot be taken back, that nobody will know
        whether it was dialled.
        """
        try:
            await self._mark(customer, "")
        except NotFoundError:
            return error
        except TelephonyError as still_marked:
            return OutcomeUnknownError(str(still_marked))
        return error

    async def _into_bridge(self, attempt_id: str, parts: list[str]) -> None:
        """Only those that are not in it: a channel added again leaves for a moment."""
        bridge_id = self._naming.name(attempt_id, BRIDGE)
        inside = (await self._client.bridges.get(bridge_id)).channels or []
        missing = [name for part in parts if (name := self._naming.name(attempt_id, part)) not in inside]
        if missing:
            await self._add(bridge_id, missing)

    async def _add(self, bridge_id: str, channels: list[str]) -> None:
        """Without updates of the connected line: with them the customer would see the agent's number, not ours."""
        await self._client.bridges.add_channel(bridge_id, channel=channels, inhibit_connected_line_updates=True)

    async def _destroy_bridge(self, bridge_id: str) -> bool:
        """False where it was gone, or is just going: Asterisk calls that `not in Stasis application`."""
        try:
            return await gone(self._client.bridges.destroy(bridge_id))
        except ConflictError:
            return False

    async def _look_up(self, attempt_id: str, part: str) -> CallEvent:
        sight = await self._sights.of(attempt_id, part)
        if sight is None:
            return PartAbsent(self._now(), part)
        return PartFound(self._now(), part, up=sight is Sight.UP)

    async def _must_be_there(self, channel_id: str, error: ConflictError) -> None:
        """Is it ours, or did Asterisk repeat the 409 of an earlier request of this connection?"""
        if await found(self._client.channels.get(channel_id)) is None:
            raise EndpointUnavailableError(error.status, error.detail) from error

    def _safety_net(self) -> dict[str, str]:
        return {"TIMEOUT(absolute)": str(self._settings.max_call_seconds)}
