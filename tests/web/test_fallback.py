"""A call on another phone: logged by its agent, its recording handed in, heard and marked; hostile files refused."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import soundfile

from callcenter.domain.audit import Action
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from callcenter.web.site import API
from media.phone_sounds import phone_file, video_file
from web.test_pages import see
from web.visiting import Person, Site, Visitor

RATE = 8000


def sound(seconds: float = 2.0, kind: str = "MP3", hertz: int = 440) -> bytes:
    moments = np.arange(int(seconds * RATE)) / RATE
    into = io.BytesIO()
    soundfile.write(into, np.sin(2 * np.pi * hertz * moments) / 4, RATE, format=kind)
    return into.getvalue()


def asked(site: Site, **changes: Any) -> dict[str, Any]:
    began = site.story.clock.now() - timedelta(minutes=30)
    told = {"began_at": began.isoformat(), "ended_at": (began + timedelta(minutes=5)).isoformat()}
    return {"phone": "duty mobile", "outcome": "answered", **told, **changes}


async def log_call(site: Site, agent: Visitor, callback: str = "cb-3", **changes: Any) -> str:
    answer = await agent.post(f"/callbacks/{callback}/outside-calls", asked(site, **changes))
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


async def send(visitor: Visitor, attempt: str, content: bytes, name: str = "call.mp3", **query: str) -> tuple[int, Any]:
    headers = {"Content-Type": "application/octet-stream"}
    async with visitor.session.post(
        f"{API}/attempts/{attempt}/recording", data=content, headers=headers, params={"name": name, **query}
    ) as response:
        return response.status, await response.json(content_type=None)


async def test_a_call_on_another_phone_is_logged_and_its_recording_kept_marked_and_heard(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    attempt = await log_call(site, agent)
    item = (await agent.get(f"/attempts/{attempt}")).json["attempt"]
    assert (item["phone"], item["recording"], item["missing_reason"]) == ("duty mobile", "missing", "other_phone")
    content = sound()
    status, told = await send(agent, attempt, content)
    assert (status, told["state"], told["fallback"]["added_by"]) == (201, "verified", "agent1001"), told
    assert told["fallback"]["phone"] == "duty mobile"
    assert told["duration_ms"] == pytest.approx(2000, abs=100)
    assert told["keep_until"] > "2029"
    again, same = await send(agent, attempt, content, "another name.mp3")
    assert (again, same) == (200, told)
    status, other = await send(agent, attempt, sound(1.0))
    assert (status, other["type"].rpartition(":")[2]) == (409, "taken")

    compliance = await site.sign_in(Person.COMPLIANCE)
    (found,) = (await compliance.get("/recordings", fallback="true")).json["items"]
    assert (found["attempt"]["id"], found["fallback"]) == (attempt, True)
    shown = (await compliance.get(f"/recordings/{attempt}")).json
    assert shown["fallback"]["name"] == "call.mp3"
    assert (await compliance.post(f"/recordings/{attempt}/verify")).json["unchanged"] is True
    async with compliance.session.get(f"{API}/recordings/{attempt}/audio") as response:
        assert (response.status, response.content_type) == (200, "audio/flac")
        samples, _ = soundfile.read(io.BytesIO(await response.read()))
    assert len(samples) == pytest.approx(2 * RATE, abs=RATE / 10)
    page = (await see(compliance, f"/recordings/{attempt}")).text
    assert "Made on another phone: duty mobile" in page
    assert re.search(r"Handed in by agent1001 at <time [^>]*>2026-11-23 10:", page)
    deeds = [entry.deed.action for entry in await site.audit() if entry.deed.on_id == attempt]
    assert [each for each in deeds if each is not Action.CHECKED] == [
        Action.PLAYED,
        Action.HANDED_IN,
        Action.CALL_LOGGED,
    ]


async def test_the_visit_log_of_such_a_talk_closes_once_its_recording_is_there(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    attempt = await log_call(site, agent)
    opened = (await agent.get(f"/attempts/{attempt}/log")).json
    assert "recording" in opened["missing"]
    filled = {
        "version": opened["log"]["version"],
        "content": "问候",
        "problems": "无",
        "handling_result": "无需处理",
        "disposition": "success",
        "resolved": True,
    }
    assert (await agent.post(f"/attempts/{attempt}/log/close", filled)).status == 422
    assert (await send(agent, attempt, sound()))[0] == 201
    version = (await agent.get(f"/attempts/{attempt}/log")).json["log"]["version"]
    closed = await agent.post(f"/attempts/{attempt}/log/close", {"version": version})
    assert closed.status == 200, closed.text
    assert (await site.story.callback("cb-3")).state is CallbackState.DONE


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no sound"),
        (b"%PDF-1.7 not a recording", "is no recording that can be read"),
        (b"RIFF" + bytes(2000), "is no recording that can be read"),
        (sound(0.0, "WAV"), "holds no sound"),
    ],
)
async def test_what_is_no_recording_is_refused_and_changes_nothing(site: Site, content: bytes, told: str) -> None:
    agent = await site.sign_in(Person.AGENT)
    attempt = await log_call(site, agent)
    status, problem = await send(agent, attempt, content)
    assert status == 422
    assert told in problem["errors"][0]["message"]
    assert (await site.story.recording(attempt)).state is RecordingState.MISSING
    assert list(site.archive.root.rglob(f"{attempt}*")) == []


async def test_what_a_phone_records_is_taken_and_a_video_and_half_a_file_are_told(site: Site, tmp_path: Path) -> None:
    agent = await site.sign_in(Person.AGENT)
    attempt = await log_call(site, agent)
    whole = phone_file(tmp_path / "a.m4a", 2.0, index_first=True).read_bytes()
    video = video_file(tmp_path / "a.mp4", with_sound=True).read_bytes()
    for content, told in ((video, "is a video: send its sound alone"), (whole[:-4000], "is cut off or damaged")):
        status, problem = await send(agent, attempt, content, "call.m4a")
        assert (status, told in problem["errors"][0]["message"]) == (422, True)
    status, kept = await send(agent, attempt, whole, "call.m4a")
    assert (status, kept["state"], kept["fallback"]["name"]) == (201, "verified", "call.m4a")


async def test_a_recording_of_our_own_is_not_replaced_nor_one_of_a_dial_that_was_none(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    before = await site.story.recording(site.talk)
    status, problem = await send(agent, site.talk, sound())
    assert (status, problem["type"].rpartition(":")[2]) == (409, "taken")
    assert "has its own recording" in problem["detail"]
    assert await site.story.recording(site.talk) == before
    never = await site.story.begin("cb-4")
    await site.story.clock.advance(40)
    status, problem = await send(agent, never, sound())
    assert "never reached the customer" in problem["detail"]


async def test_only_whose_call_it_was_or_a_supervisor_hands_it_in(site: Site) -> None:
    attempt = await log_call(site, await site.sign_in(Person.AGENT))
    for person, status in ((Person.OTHER_AGENT, 403), (Person.COMPLIANCE, 403), (Person.SUPERVISOR, 201)):
        assert (await send(await site.sign_in(person), attempt, sound()))[0] == status


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": ""}, "phone"),
        ({"outcome": "unknown"}, "outcome"),
        ({"ended_at": "2026-11-23T01:00:00Z"}, "ended_at"),
        ({"ended_at": "2036-11-23T01:00:00Z"}, "ended_at"),
        ({"began_at": "2026-09-01T01:00:00Z", "ended_at": "2026-09-01T01:05:00Z"}, "began_at"),
        ({"number": 5}, "number"),
    ],
)
async def test_what_cannot_be_true_is_told_at_its_field(site: Site, changes: dict[str, Any], field: str) -> None:
    agent = await site.sign_in(Person.AGENT)
    answer = await agent.post("/callbacks/cb-3/outside-calls", asked(site, **changes))
    assert answer.status == 422
    assert field in {error["field"] for error in answer.json["errors"]}
    assert await site.story.books.attempts.of_callback("cb-3") == ()


async def test_the_page_logs_the_call_with_its_file_and_tells_what_is_wrong(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert "/fallback/cb-3" in (await see(agent, "/desk?callback=cb-3")).text
    page = await see(agent, "/fallback/cb-3")
    assert "138****0003" in page.text

    async def post(content: bytes, **fields: str) -> tuple[int, str, str]:
        form = aiohttp.FormData(quote_fields=False)
        for name, value in fields.items():
            form.add_field(name, value)
        form.add_field("file", content, filename="通话.mp3", content_type="audio/mpeg")
        async with agent.session.post("/fallback/cb-3", data=form, allow_redirects=False) as response:
            return response.status, response.headers.get("Location", ""), await response.text()

    good = {
        "began_at": "2026-11-23T09:40",
        "ended_at": "2026-11-23T09:45",
        "phone_used": "<b>mobile",
        "outcome": "answered",
    }
    status, _, text = await post(sound(), **good | {"ended_at": "2026-11-23T09:30"})
    assert status == 422
    assert "lies before the beginning" in text
    assert "&lt;b&gt;mobile" in text
    status, _, text = await post(sound(), **good | {"phone_used": " "})
    assert status == 422
    assert 'id="phone_used-wrong"' in text
    status, _, text = await post(b"no sound", **good)
    assert status == 422
    assert "is no recording that can be read" in text
    status, place, _ = await post(sound(), **good)
    assert status == 303
    assert place.endswith("?said=call_logged")
    attempt = place.partition("?")[0].rpartition("/")[2]
    assert len(await site.story.books.attempts.of_callback("cb-3")) == 1
    recording = await site.story.recording(attempt)
    assert recording.state is RecordingState.VERIFIED
    assert recording.fallback is not None
    assert recording.fallback.name == "通话.mp3"
    log = (await see(agent, place.partition("?")[0])).text
    assert "Made on another phone: &lt;b&gt;mobile" in log


async def test_a_recording_is_handed_in_later_at_the_visit_log(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    attempt = await log_call(site, agent)
    assert f'action="/desk/logs/{attempt}/recording"' in (await see(agent, f"/desk/logs/{attempt}")).text
    form = aiohttp.FormData()
    form.add_field("file", sound(kind="WAV"), filename="a.wav", content_type="audio/wav")
    async with agent.session.post(f"/desk/logs/{attempt}/recording", data=form, allow_redirects=False) as response:
        assert response.status == 303
    assert (await site.story.recording(attempt)).state is RecordingState.VERIFIED
    assert f'action="/desk/logs/{attempt}/recording"' not in (await see(agent, f"/desk/logs/{attempt}")).text
