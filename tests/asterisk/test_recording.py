"""Is every talk recorded, whatever happens to its recorder, its legs, and its files?"""

import asyncio
import os
import signal
import time
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
import pytest_asyncio

from asterisk.calling import Act, Dialled, Line, after, dial, hang_up, join
from asterisk.hearing import listen
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from house import House
from lab.asterisk import AsteriskFiles
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ, UNREGISTERED, Network
from lab.switch import Switch

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

TALKS, HANGS_UP = 1, 9
RTP_SECONDS = 2
GRACE_SECONDS = 2
OTHER_PHONE = "13800009991@trunk"
"""An agent's phone that speaks at the customers' frequency: it can be told which agent is heard."""


@pytest.fixture(scope="module")
def wide_band(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Agents on Opus, customers on G.722, and a switch that soon misses a leg's audio."""
    with Lab(
        tmp_path_factory.mktemp("wide-band"),
        files=asterisk_files,
        talk="tone",
        agents=3,
        rtp_timeout=RTP_SECONDS,
        trunk_codecs="g722",
        agent_codecs="opus",
    ) as lab:
        yield lab


@pytest.fixture(scope="module")
def far_phone(wide_band: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """An agent's phone beyond a network of its own, which can die without the customers'."""
    switch = wide_band.switch
    network = Network(switch.files, tmp_path_factory.mktemp("far-phone"), switch_port=switch.sip_port, talk="tone")
    network.phones = tuple(phone for phone in switch.phones if phone.name == UNREGISTERED)
    network.start()
    wait_for(switch, UNREGISTERED)
    yield network
    network.stop()


def wait_for(switch: Switch, phone: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not switch.online(phone):
        assert time.monotonic() < deadline, f"{phone} is not registered"
        time.sleep(0.05)


@contextmanager
def frozen(network: Network) -> Iterator[Act]:
    """What freezes this network when it is done; it is thawed at the end."""

    async def freeze(_house: House, _line: Line) -> None:
        os.kill(network.pid, signal.SIGSTOP)

    try:
        yield freeze
    finally:
        os.kill(network.pid, signal.SIGCONT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("recording"), big_lab, "recording", big_lab.agent_endpoint(1), prefix="1380001"
    )
    await house.prepare()
    await house.agents({"1002": big_lab.agent_endpoint(2), "1991": OTHER_PHONE})
    await house.start()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def far_house(wide_band: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """As if Asterisk were on another machine: the raw files are had over HTTP alone. Keeps WAV."""
    house = House(
        tmp_path_factory.mktemp("far"),
        wide_band,
        "far",
        wide_band.agent_endpoint(1),
        prefix="1380002",
        source="http",
        format="wav",
        more_policy=f"[call]\nagent_grace_seconds = {GRACE_SECONDS}\n",
    )
    await house.prepare()
    await house.agents({"1002": UNREGISTERED, "1003": wide_band.agent_endpoint(3)})
    await house.start()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opus_house(wide_band: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("opus"),
        wide_band,
        "opus",
        wide_band.agent_endpoint(2),
        prefix="1380003",
        format="opus",
    )
    await house.prepare()
    await house.start()
    yield house
    await house.stop()


def assert_well_kept(dialled: Dialled) -> None:
    recording = dialled.settled.recording
    assert recording.state is RecordingState.VERIFIED
    assert recording.kept is not None
    # On a loaded machine a short tail may be lost; then it is told of, and measured.
    assert set(recording.kept.warnings) <= {"tail_lost"}
    assert recording.kept.lost_tail_ms <= 1000


@pytest.mark.parametrize(("source", "container"), [("http", "WAV"), ("folder", "OGG")])
async def test_wideband_legs_are_heard_right_in_every_format_and_from_everywhere(
    far_house: House, opus_house: House, source: str, container: str
) -> None:
    house = far_house if source == "http" else opus_house
    codecs: list[str] = []

    async def look(house: House, line: Line) -> None:
        for part in ("a1", "c"):
            name = urllib.parse.quote(f"{house.app}-{line['attempt']}-{part}")
            said = house.lab.switch.ari("GET", f"channels/{name}/variable", variable="CHANNEL(audionativeformat)")
            codecs.append(said["value"])

    dialled = await dial(house, *await house.callback(HANGS_UP), at={"Answered": look})
    assert codecs == ["(opus)", "(g722)"]
    assert dialled.ending == ("answered", "customer")
    assert_well_kept(dialled)
    sound = listen(house, dialled.settled)
    answered_at = dialled.settled.record.call.answered_at
    assert answered_at is not None
    assert sound.format == container
    assert sound.left.since(answered_at, 1.8).between(0.3, 1.8).is_tone(CUSTOMER_HZ)
    assert sound.right.since(answered_at, 1.8).between(0.3, 1.8).is_tone(AGENT_HZ)
    assert list(house.lab.switch.recordings.glob(f"{house.app}-*")) == []


RECORDER_ALARMS = {"recorder_not_opened", "recorder_stalled", "recorder_ended_early"}
"""Beside them a loaded machine may tell of a short tail that was lost where a segment was closed."""


async def handed_over(house: House) -> Dialled:
    """A talk in which another agent's phone, with a tone of its own, takes the first one's place."""

    async def other_joins(house: House, line: Line) -> None:
        await asyncio.sleep(1.2)
        await join(house, line, OTHER_PHONE)

    return await dial(house, *await house.callback(TALKS), at={"Answered": other_joins, "LegJoined": after(1.5)})


async def test_a_new_agent_s_leg_comes_before_the_old_one_goes_and_the_customer_is_recorded_unbroken(
    house: House,
) -> None:
    dialled = await handed_over(house)
    assert dialled.ending == ("answered", "agent")
    assert_well_kept(dialled)
    events = [line["event"] for line in dialled.lines if line["kind"] == "call"]
    assert events.index("LegJoined") < events.index("LegGone")
    sound = listen(house, dialled.settled)
    answered_at = dialled.settled.record.call.answered_at
    assert answered_at is not None
    talk = sound.left.since(answered_at, 60)
    assert talk.longest_gap <= 0.15
    assert talk.is_tone(CUSTOMER_HZ)
    assert sound.right.since(answered_at, 1.2).between(0.2, 1.2).is_tone(AGENT_HZ)


async def test_a_new_agent_is_heard_in_the_recording(house: House) -> None:
    """Again and again: a listener that was there before the new leg, or with the old one, is deaf every second time."""
    for _ in range(3):
        dialled = await handed_over(house)
        assert not RECORDER_ALARMS & set(dialled.alarms)
        assert dialled.settled.record.call.segment == 2
        assert listen(house, dialled.settled).right.between(-1.0, -0.1).is_tone(CUSTOMER_HZ)


async def test_a_recorder_that_breaks_in_the_talk_is_followed_by_another(house: House) -> None:
    async def break_recorder(house: House, line: Line) -> None:
        house.lab.switch.ari("DELETE", f"channels/{house.app}-{line['attempt']}-si1")
        await asyncio.sleep(4)
        await hang_up(house, line)

    dialled = await dial(house, *await house.callback(TALKS), at={"Answered": after(1.0, break_recorder)})
    call, kept = dialled.settled.record.call, dialled.settled.recording.kept
    assert dialled.ending == ("answered", "agent")
    assert RECORDER_ALARMS & set(dialled.alarms) == {"recorder_ended_early"}
    assert call.segment == 2
    assert kept is not None
    assert kept.segments == 2
    assert call.answered_at is not None
    assert call.ended_at is not None
    sound = listen(house, dialled.settled)
    first, last = sound.left.heard
    assert abs((first - call.answered_at).total_seconds()) <= 0.1
    assert abs((last - call.ended_at).total_seconds()) <= 0.1
    assert sound.left.since(call.answered_at, 60).longest_gap < 2.5
    assert sound.left.between(-1.5, -0.2).is_tone(CUSTOMER_HZ)
    assert sound.right.between(-1.5, -0.2).is_tone(AGENT_HZ)
    assert dialled.settled.recording.state is RecordingState.VERIFIED
    assert house.left_on_switch() == []


async def test_verify_finds_what_was_changed_removed_or_put_there(house: House) -> None:
    changed, removed = [await dial(house, *await house.callback(HANGS_UP), agent) for agent in ("1001", "1002")]
    archive = house.settings.recordings.archive
    untouched = await house.command("recordings", "verify", "--json")
    assert (untouched.code, untouched.json["findings"]) == (0, [])
    with changed.settled.file(house).open("r+b") as file:
        file.seek(-1, 2)
        (last,) = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    removed.settled.file(house).rename(house.folder / "removed.flac")
    stray = archive / "2020/01/01/stray.flac"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"stray")
    said = await house.command("recordings", "verify", "--json")
    assert said.code == 1
    found = {(each["path"], each["finding"]) for each in said.json["findings"]}
    assert found == {
        (path_of(changed), "archive_file_changed"),
        (path_of(removed), "archive_file_absent"),
        ("2020/01/01/stray.flac", "no_attempt_knows_it"),
    }
    assert stray.exists()


def path_of(dialled: Dialled) -> str:
    assert dialled.settled.recording.kept is not None
    return dialled.settled.recording.kept.path


async def test_a_raw_recording_cut_short_is_kept_with_its_loss(
    big_lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = House(tmp_path_factory.mktemp("cut"), big_lab, "cut", big_lab.agent_endpoint(3), prefix="1380004")
    await house.prepare()
    callback, number = await house.callback(HANGS_UP)
    house.dies_at("before:archive.keep")
    await house.start()
    await house.dialled(callback)
    await house.died()
    raws = sorted(house.lab.switch.recordings.glob("cut-*.wav"))
    assert len(raws) == 2
    whole = raws[0].stat().st_size
    with raws[0].open("r+b") as file:
        file.truncate(44 + 2 * 8000)
    await house.start()
    settled = await house.settled(callback)
    await house.stop()
    kept = settled.recording.kept
    assert kept is not None
    lost = (whole - 44) / 16 - 1000
    assert settled.recording.state is RecordingState.VERIFIED
    assert kept.warnings == ("tail_lost",)
    assert kept.lost_tail_ms == pytest.approx(lost, abs=100)
    assert kept.repaired
    assert "recording_tail_lost" in house.log.read_text("utf-8")
    assert len(big_lab.network.seen(number)) == 1


async def test_a_customer_s_leg_without_audio_ends_the_talk(far_house: House, far_phone: Network) -> None:
    assert far_phone.running
    with frozen(far_house.lab.network) as freeze:
        dialled = await dial(far_house, *await far_house.callback(TALKS), "1002", at={"Answered": after(1.0, freeze)})
    call = dialled.settled.record.call
    assert dialled.ending == ("answered", "network")
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert RTP_SECONDS <= (call.ended_at - call.answered_at).total_seconds() < RTP_SECONDS + 3
    assert dialled.settled.recording.state is RecordingState.VERIFIED
    assert listen(far_house, dialled.settled).left.since(call.answered_at, 0.9).between(0.2, 0.9).is_tone(CUSTOMER_HZ)
    far_house.lab.wait_for_phones()


async def test_an_agent_s_leg_without_audio_is_lost_and_the_talk_ends_after_the_grace(
    far_house: House, far_phone: Network
) -> None:
    with frozen(far_phone) as freeze:
        dialled = await dial(far_house, *await far_house.callback(TALKS), "1002", at={"Answered": after(1.0, freeze)})
    call = dialled.settled.record.call
    assert dialled.ending == ("answered", "agent_lost")
    assert "agent_lost" in dialled.alarms
    assert dialled.settled.callback.state is CallbackState.WRAP_UP
    lost = next(line for line in dialled.lines if line.get("event") == "LegGone")
    assert lost["state"] == "talking"
    assert call.ended_at is not None
    assert GRACE_SECONDS <= (call.ended_at - datetime.fromisoformat(lost["at"])).total_seconds() < GRACE_SECONDS + 1
    assert listen(far_house, dialled.settled).left.between(-1.2, -0.2).is_tone(CUSTOMER_HZ)
    wait_for(far_house.lab.switch, UNREGISTERED)


async def test_within_the_grace_another_leg_saves_the_talk(far_house: House, far_phone: Network) -> None:
    async def another_joins(house: House, line: Line) -> None:
        await join(house, line, house.lab.agent_endpoint(3))

    with frozen(far_phone) as freeze:
        steps = {"Answered": freeze, "LegGone": another_joins, "LegJoined": after(GRACE_SECONDS + 1)}
        dialled = await dial(far_house, *await far_house.callback(TALKS), "1002", at=steps)
    assert dialled.ending == ("answered", "agent")
    assert_well_kept(dialled)
    assert listen(far_house, dialled.settled).right.between(-1.5, -0.2).is_tone(AGENT_HZ)
    wait_for(far_house.lab.switch, UNREGISTERED)


async def test_when_the_recorder_cannot_write_nobody_rings_and_dialling_pauses(opus_house: House) -> None:
    folder = opus_house.lab.switch.recordings
    aside = folder.with_name("aside")
    callback, number = await opus_house.callback(TALKS)
    folder.rename(aside)
    try:
        folder.write_bytes(b"")
        dialled = await dial(opus_house, callback, number)
    finally:
        folder.unlink(missing_ok=True)
        aside.rename(folder)
    settled = dialled.settled
    assert dialled.ending == ("not_dialled", "recorder_failed")
    assert dialled.alarms == ["recorder_not_opened"]
    assert dialled.seen == []
    assert not settled.record.attempt.charged
    assert settled.callback.state is CallbackState.WAITING
    assert (settled.recording.state, settled.recording.reason) == (RecordingState.MISSING, MissingReason.NOT_DIALLED)
    (refused,) = [line async for line in opus_house.dial(callback)]
    assert (refused["kind"], refused["rule"], refused["source"]) == ("refused", "recorder.down", "C6-02, C9-18")
    assert (await opus_house.ask("GET", "/status"))["recorder_refuses_until"]
    assert opus_house.left_on_switch() == []
