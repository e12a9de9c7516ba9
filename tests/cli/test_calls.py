"""A call told and steered from the command line, and the visit log that follows it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import Result

from callcenter.app.archive import ARCHIVE_MARK
from callcenter.cli.narration import Narrator
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import CreateCustomer, Failure
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.fallback import OutsideCall
from callcenter.web.control import listening
from callcenter.web.shown import show_update
from cli.conftest import Shell
from engine.story import Story
from engine.test_pausing import BOTH, talking

FIELDS = ("--content", "问候", "--problems", "无", "--handling-result", "无需处理")


@pytest.fixture
async def served(story: Story) -> AsyncIterator[Story]:
    """A service that listens, with one callback."""
    await story.add_callback()
    await story.start()
    async with listening(story.service, story.settings.control.socket):
        yield story


@pytest.fixture
def at(story: Story) -> Shell:
    return Shell(story.settings.control.socket.parent)


async def in_thread(shell: Shell, *words: str) -> Result:
    return await asyncio.to_thread(shell.run, *words)


async def dialled(story: Story) -> str:
    """The attempt of a dial that was asked from the command line, once it is live."""
    async with asyncio.timeout(20):
        while not story.service.calls.live:  # noqa: ASYNC110 (what is awaited comes from another thread)
            await asyncio.sleep(0.01)
    await story.clock.settle()
    return story.service.calls.live[0].attempt_id


async def good_end(story: Story, call: str) -> None:
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.advance(3)
    story.switch.answers(call)
    await story.clock.advance(10)
    await story.hang_up(call)


async def test_a_dial_is_told_live_to_its_end(served: Story, at: Shell) -> None:
    dialling = asyncio.create_task(in_thread(at, "dial", "--agent", "1001"))
    call = await dialled(served)
    await good_end(served, call)
    result = await dialling
    assert result.exit_code == 0, result.output
    told = result.stdout
    expected = (
        "handed out: cb-1",
        f"attempt {call} committed",
        "agent's phone is called",
        "agent is on the line",
        "recorder runs",
        "customer's phone rings",
        "customer answered: talking",
        "answered (customer",
        "recording verified",
    )
    places = [told.find(sentence) for sentence in expected]
    assert -1 not in places, told
    assert places == sorted(places)
    assert "what follows for the callback: wrap_up" in told
    assert "138****0001" in told
    assert "13800000001" not in told


async def test_a_dial_in_json_is_one_object_a_line(served: Story, at: Shell) -> None:
    dialling = asyncio.create_task(in_thread(at, "dial", "--agent", "1001", "--callback", "cb-1", "--json"))
    call = await dialled(served)
    served.switch.agent_answers(call)
    await served.clock.advance(0.5)
    served.switch.busy(call)
    await served.clock.advance(3)
    result = await dialling
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["kind"] == "attempt"
    assert lines[-1]["kind"] in {"recording", "closed"}
    assert [line["outcome"] for line in lines if line["kind"] == "call"][-1] == "busy"
    assert result.exit_code == 4


async def test_a_refused_dial_has_its_own_exit_code(served: Story, at: Shell) -> None:
    served.archive.free = 0
    result = await in_thread(at, "dial", "--agent", "1001", "--callback", "cb-1")
    assert result.exit_code == 3
    assert "disk.full" in result.stdout


@pytest.mark.usefixtures("served")
async def test_a_wrong_override_is_told_in_a_sentence(at: Shell) -> None:
    result = await in_thread(at, "dial", "--agent", "1001", "--override", "no.such=why")
    assert result.exit_code == 1
    assert result.stderr == "overrides: there is no rule 'no.such'\n"


@pytest.mark.parametrize("as_json", [(), ("--json",)])
async def test_a_service_that_ends_while_a_call_is_followed_is_told(
    story: Story, at: Shell, as_json: tuple[str, ...]
) -> None:
    await story.add_callback()
    await story.start()
    async with listening(story.service, story.settings.control.socket):
        dialling = asyncio.create_task(in_thread(at, "dial", "--agent", "1001", *as_json))
        await dialled(story)
    result = await dialling
    assert result.exit_code == 1
    assert "adopted when the service starts again" in result.stderr


async def test_a_call_is_hung_up_with_a_reason(served: Story, at: Shell) -> None:
    call = await served.reach(CallState.DIALLING)
    refused = await in_thread(at, "hang-up", call)
    assert refused.exit_code == 3
    assert "20" in refused.stderr
    assert (await in_thread(at, "hang-up", call, "--reason", "wrong number")).exit_code == 0
    await served.clock.advance(3)
    assert (await served.record(call)).call.hang_up_reason == "wrong number"


async def test_the_state_of_the_service_is_told(served: Story, at: Shell) -> None:
    await served.begin()
    status = json.loads((await in_thread(at, "status", "--json")).stdout)
    assert (status["calls"], status["switch_in_sight"]) == (1, True)
    assert "switch in sight" in (await in_thread(at, "status")).stdout


@pytest.mark.usefixtures("served")
async def test_the_running_service_explains_with_what_it_knows(at: Shell) -> None:
    told = json.loads((await in_thread(at, "explain", "cb-1", "--json")).stdout)
    assert told["callable_now"]


async def test_one_attempt_is_shown_with_its_steps_and_no_number_in_clear(served: Story, at: Shell) -> None:
    call = await served.reach(CallState.TALKING)
    await served.hang_up(call)
    for words in (("attempts", call), ("attempts", call, "--json"), ("attempts",), ("logs", "list")):
        result = await in_thread(at, *words)
        assert result.exit_code == 0
        assert "13800000001" not in result.stdout
    shown = json.loads((await in_thread(at, "attempts", call, "--json")).stdout)
    assert shown["journal"][0]["event"] == "Started"
    assert shown["recording"] == "verified"


async def test_a_command_that_failed_is_shown_without_the_number_too(served: Story, at: Shell) -> None:
    served.switch.fails(CreateCustomer, Failure.REFUSED)
    call = await served.begin()
    served.switch.agent_answers(call)
    await served.clock.advance(3)
    shown = await in_thread(at, "attempts", call, "--json")
    assert "CreateCustomer" in shown.stdout
    assert "13800000001" not in shown.stdout


# --- the visit log ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def talked(story: Story) -> str:
    """A talk that is over and kept."""
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    return call


async def test_a_log_is_not_closed_while_fields_are_missing(story: Story, at: Shell, talked: str) -> None:
    result = await in_thread(at, "logs", "close", talked, "--content", "问候")
    assert result.exit_code == 1
    assert "Still missing: problems, handling-result, disposition" in result.stderr
    assert (await story.log(talked)).log.content == "问候"
    result = await in_thread(at, "logs", "close", talked, *FIELDS[2:], "--disposition", "success")
    assert result.exit_code == 0, result.output
    assert "done" in result.stdout
    assert (await story.callback()).state is CallbackState.DONE
    again = await in_thread(at, "logs", "fill", talked, "--content", "x")
    assert (again.exit_code, "closed" in again.stderr) == (1, True)


async def test_an_appointment_needs_its_time_and_is_kept_in_it(story: Story, at: Shell, talked: str) -> None:
    words = ("logs", "close", talked, *FIELDS, "--disposition", "appointment")
    assert "next-visit-at" in (await in_thread(at, *words)).stderr
    past = await in_thread(at, *words, "--next-visit-at", "2020-01-01T10:00")
    assert (past.exit_code, "past" in past.stderr) == (1, True)
    local = (story.clock.now() + timedelta(days=1, hours=8)).replace(tzinfo=None)
    assert (await in_thread(at, *words, "--next-visit-at", local.isoformat())).exit_code == 0
    assert (await story.callback()).not_before == story.clock.now() + timedelta(days=1)


@pytest.mark.parametrize("time", ["tomorrow", "2026-13-01T10:00", "0001-01-01T00:00", ""])
async def test_a_time_that_is_none_is_refused(at: Shell, talked: str, time: str) -> None:
    result = await in_thread(at, "logs", "fill", talked, "--next-visit-at", time)
    assert result.exit_code == 2
    assert "--next-visit-at" in result.stderr


async def test_a_log_is_shown_with_its_recording(at: Shell, talked: str) -> None:
    shown = json.loads((await in_thread(at, "logs", "show", talked, "--json")).stdout)
    assert (shown["attempt_id"], shown["channel"], shown["recording_state"]) == (talked, "电话回访", "verified")
    assert "电话回访" in (await in_thread(at, "logs", "show", talked)).stdout


async def test_a_recording_whose_file_is_gone_is_found(at: Shell, talked: str) -> None:
    result = await in_thread(at, "recordings", "verify", "--json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["attempt"] == talked


async def test_what_verifying_finds_stands_in_the_books_and_what_is_right_again_too(
    story: Story, at: Shell, talked: str
) -> None:
    kept = (await story.recording(talked)).kept
    assert kept is not None
    file = story.settings.recordings.archive / kept.path
    file.parent.mkdir(parents=True)
    assert (await in_thread(at, "recordings", "verify")).exit_code == 1
    # No mark: the disk with the recordings may not be mounted.
    assert (await story.recording(talked)).state is RecordingState.VERIFIED
    (story.settings.recordings.archive / ARCHIVE_MARK).touch()
    for _ in range(2):
        (finding,) = json.loads((await in_thread(at, "recordings", "verify", "--json")).stdout)["findings"]
        assert finding["finding"] == "archive_file_absent"
    record = await story.recording(talked)
    assert (record.state, record.reason) == (RecordingState.MISSING, MissingReason.ARCHIVE_FILE_ABSENT)
    deeds = [entry.deed for entry in await story.books.audit.entries() if entry.deed.action is Action.CHECKED]
    assert [(deed.on_id, dict(deed.detail)) for deed in deeds] == [(talked, {"found": "archive_file_absent"})]
    assert deeds[0].login.endswith("(command line)")


async def test_a_recording_that_cannot_be_read_does_not_end_the_search(story: Story, at: Shell, talked: str) -> None:
    kept = (await story.recording(talked)).kept
    assert kept is not None
    file = story.settings.recordings.archive / kept.path
    file.parent.mkdir(parents=True)
    file.symlink_to(file)
    result = await in_thread(at, "recordings", "verify", "--json")
    assert result.exit_code == 1
    findings = json.loads(result.stdout)["findings"]
    assert "cannot be read" in next(each["finding"] for each in findings if each["attempt"] == talked)


# --- narration --------------------------------------------------------------------------------------------------------


async def test_each_moment_of_a_call_is_one_line_with_its_time(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    narrator = Narrator("Asia/Shanghai", Path("archive"))
    shown: list[dict[str, Any]] = [show_update(update) for update in story.updates]
    for update in shown:
        narrator.hear(update, silent=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("10:15:00.000  agent's phone is called")
    assert len(lines) == len(set(lines))
    assert any("archive/" in line for line in lines)
    assert (narrator.exit_code, narrator.broken_off) == (0, False)
    silent = Narrator("Asia/Shanghai", Path("archive"))
    for update in shown:
        silent.hear(update, silent=True)
    assert capsys.readouterr().out == ""
    assert silent.exit_code == 0


async def test_a_talk_s_recording_is_paused_and_resumed_from_the_command_line(story: Story, at: Shell) -> None:
    call = await talking(story)
    async with listening(story.service, story.settings.control.socket):
        assert (await in_thread(at, "recordings", "resume", call)).exit_code == 3
        assert (await in_thread(at, "recordings", "pause", call)).exit_code == 2
        assert (await in_thread(at, "recordings", "pause", call, "--reason", "card")).exit_code == 0
        await story.clock.settle()
        assert story.switch.call(call).muted == BOTH
        again = await in_thread(at, "recordings", "pause", call, "--reason", "card")
        assert again.exit_code == 3
        assert "paused already" in again.stderr
        assert (await in_thread(at, "recordings", "resume", call)).exit_code == 0
        await story.clock.settle()
        assert story.switch.call(call).muted == set()
        assert (await in_thread(at, "recordings", "pause", call, "--kind", "secrets")).exit_code == 0
        await story.clock.settle()
        assert [pause.kind for pause in (await story.record(call)).call.pauses] == ["other", "secrets"]


async def test_a_recording_of_another_phone_is_handed_in_from_the_command_line(
    served: Story, at: Shell, tmp_path: Path
) -> None:
    (found,) = [each for each in await served.books.people.agents() if each.staff_number == "1001"]
    number = (await served.case()).customer.numbers[0]
    began = served.clock.now() - timedelta(minutes=5)
    made = OutsideCall(number, began, began + timedelta(minutes=1), "duty mobile", Outcome.ANSWERED)
    attempt = await served.service.outside.log(found, "cb-1", made)
    assert isinstance(attempt, Attempt)
    (tmp_path / "archive").mkdir(exist_ok=True)
    file, other = tmp_path / "call.wav", tmp_path / "other.wav"
    soundfile.write(file, np.sin(np.arange(16000) / 10) / 4, 8000)
    soundfile.write(other, np.sin(np.arange(8000) / 10) / 4, 8000)
    first = await in_thread(at, "recordings", "attach", attempt.id, str(file))
    assert first.exit_code == 0, first.output
    assert "2.0 s" in first.stdout
    assert "handed in before" in (await in_thread(at, "recordings", "attach", attempt.id, str(file))).stdout
    refused = await in_thread(at, "recordings", "attach", attempt.id, str(other))
    assert refused.exit_code == 3
    assert "Another file was handed in" in refused.stderr
    (tmp_path / "empty.wav").touch()
    assert (await in_thread(at, "recordings", "attach", "nobody", str(tmp_path / "empty.wav"))).exit_code == 1
    recording = await served.recording(attempt.id)
    assert (recording.state, recording.fallback is not None) == (RecordingState.VERIFIED, True)
    (latest,) = await served.books.audit.entries(limit=1)
    assert (latest.deed.action, latest.deed.on_id) == (Action.HANDED_IN, attempt.id)
