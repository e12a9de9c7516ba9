"""Does the recorder really write both directions? A call inside Asterisk, recorded as every call is, tells."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from callcenter.ari import generated as ari
from callcenter.ari.client import found, gone
from callcenter.ari.errors import RefusedError
from callcenter.ari.stored import StoredRecordings
from callcenter.doctor.finding import Surroundings, Word, error, ok
from callcenter.doctor.sound import Heard, heard
from callcenter.doctor.stage import ChannelEndedError, Event, Stage
from callcenter.domain.recording import Direction, RecordingMissingError
from callcenter.media.spool import SharedFolderRecordings
from callcenter.media.wav import NotWavError, inspect, read

CONTEXT = "callcenter-doctor"
TONES: Mapping[Direction, int] = {Direction.IN: 700, Direction.OUT: 400}
"""Hz of the customer's tone and of the agent's, as dialplans/callcenter-doctor.conf plays them."""
TALK_SECONDS = 2.0
LISTEN_SECONDS = 1.0

_COMPARE = f"Compare [{CONTEXT}] with dialplans/{CONTEXT}.conf, and `dialplan reload`."


class Source(Protocol):
    async def fetch(self, name: str, into: Path) -> None: ...
    async def discard(self, name: str) -> None: ...


class RecorderError(Exception):
    """A step of the call failed; carries what is to be told."""

    def __init__(self, word: Word) -> None:
        super().__init__(word.what)
        self.word = word


async def recorder(at: Surroundings) -> Sequence[Word]:
    async with Stage(at.client) as stage:
        try:
            names = await _recorded_call(stage)
            sounds = await _fetched(at, names)
        except RecorderError as failure:
            return [failure.word]
        except ChannelEndedError as failure:
            return [error(f"The call inside Asterisk ended at once ({failure}).", _COMPARE)]
    return [judge(sounds)]


def judge(sounds: Mapping[Direction, Heard]) -> Word:
    """Is each tone in the file where it belongs?"""
    if all(sounds[direction].is_tone(hz) for direction, hz in TONES.items()):
        return ok("A call inside Asterisk was recorded in both directions.")
    told = f"from the customer {sounds[Direction.IN]}, to the customer {sounds[Direction.OUT]}"
    expected = f"{TONES[Direction.IN]} Hz and {TONES[Direction.OUT]} Hz"
    if any(sound.silent for sound in sounds.values()):
        remedy = "Load the codecs of the trunk and a timer (`timing test`); compare dialplans/callcenter-doctor.conf."
        return error(f"The recorder writes, and a direction is silent: {told} instead of {expected}.", remedy)
    return error(f"The recorder writes something else: {told} instead of {expected}.", _COMPARE)


async def _recorded_call(stage: Stage) -> dict[Direction, str]:
    """The names of both recordings of a call that has ended. The order is that of every call of the service."""
    customer, agent, client = stage.channel("customer"), stage.channel("agent"), stage.client
    await client.channels.create(
        endpoint=f"Local/customer@{CONTEXT}/n", app=stage.app, channel_id=customer, variables=stage.variables()
    )
    await stage.in_stasis(customer)
    names = {direction: await _record(stage, customer, direction) for direction in Direction}
    await client.channels.originate_with_id(
        agent, endpoint=f"Local/agent@{CONTEXT}/n", app=stage.app, timeout_seconds=5, variables=stage.variables()
    )
    await stage.in_stasis(agent)
    bridge = stage.bridge("talk")
    await client.bridges.create_with_id(bridge, type_="mixing")
    await client.bridges.add_channel(bridge, channel=[agent, customer])
    await client.channels.dial(customer, timeout_seconds=5)
    await _answered(stage, customer)
    await asyncio.sleep(TALK_SECONDS)
    for name in names.values():
        # One that ended by itself is gone already; whether it wrote is seen by its file.
        await gone(client.recordings.stop(name))
    for name in names.values():
        await stage.until(partial(_recording, name=name, kind=ari.RecordingFinished))
    for name in names.values():
        if await found(client.recordings.get_stored(name)) is None:
            raise RecorderError(
                error(
                    "The recorder said that it ran, and there is no file.",
                    "Let Asterisk write its folder `recording` below astspooldir: owner, free space; see its log.",
                )
            )
    return names


async def _record(stage: Stage, customer: str, direction: Direction) -> str:
    snoop, name = stage.channel(f"snoop-{direction}"), stage.recording(str(direction))
    remedy = "Load res_stasis_snoop.so, res_stasis_recording.so and format_wav.so; see Asterisk's log."
    try:
        await stage.client.channels.snoop_channel_with_id(customer, snoop, spy=str(direction), app=stage.app)
        await stage.in_stasis(snoop)
        await stage.client.channels.record(snoop, name=name, format_="wav", if_exists="fail")
    except RefusedError as refused:
        raise RecorderError(error(f"No recorder can be started: {refused}.", remedy)) from refused
    await stage.until(partial(_recording, name=name, kind=ari.RecordingStarted))
    return name


def _recording(event: Event, name: str, kind: type[ari.RecordingStarted | ari.RecordingFinished]) -> bool | None:
    match event:
        case ari.RecordingFailed() if event.recording.name == name:
            remedy = "Let Asterisk write its folder `recording` below astspooldir; see its log."
            raise RecorderError(error(f"The recorder failed: {event.recording.cause}.", remedy))
        case ari.RecordingStarted() | ari.RecordingFinished() if event.recording.name == name:
            return True if isinstance(event, kind) else None
        case _:
            return None


async def _answered(stage: Stage, customer: str) -> None:
    def fate(event: Event) -> bool | None:
        match event:
            case ari.ChannelStateChange() if event.channel.id == customer and event.channel.state == "Up":
                return True
            case ari.ChannelDestroyed() if event.channel.id == customer:
                return False
            case _:
                return None

    if not await stage.until(fate):
        raise RecorderError(error("The call inside Asterisk was not answered.", _COMPARE))


async def _fetched(at: Surroundings, names: Mapping[Direction, str]) -> dict[Direction, Heard]:
    recordings = at.settings.recordings
    shared = recordings.source == "folder"
    source: Source = SharedFolderRecordings(recordings.folder) if shared else StoredRecordings(at.client)
    where = str(recordings.folder) if shared else at.settings.ari.url
    remedy = (
        "Set recordings.folder to the folder `recording` in the astspooldir of this Asterisk (`core show settings`), "
        'readable for the service\'s user; or use recordings.source = "http".'
        if shared
        else "Look into Asterisk's log, and at what stands between it and this machine."
    )
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        files = {direction: Path(folder, f"{direction}.wav") for direction in names}
        try:
            for direction, name in names.items():
                await source.fetch(name, files[direction])
            return await asyncio.to_thread(lambda: {direction: _tail(file) for direction, file in files.items()})
        except RecordingMissingError as failure:
            told = f"The recorder wrote, and its file is not found in {where}."
            raise RecorderError(error(told, remedy)) from failure
        except (OSError, NotWavError) as failure:
            raise RecorderError(
                error(f"The recorder's file in {where} cannot be read: {failure}.", remedy)
            ) from failure


def _tail(file: Path) -> Heard:
    """What is heard at the end, where both speak."""
    wav = inspect(file)
    count = min(int(LISTEN_SECONDS * wav.sample_rate), wav.frames)
    return heard(read(wav, wav.frames - count, count), wav.sample_rate)
