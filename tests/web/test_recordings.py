"""Recordings: found, looked at, verified; and the proof that none is missing."""

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.recording import MissingReason, RecordingState
from web.visiting import Person, Site

DAY = "2026-11-23"


async def lose(site: Site, call: str) -> None:
    """Its recording turns out to be missing."""
    await site.story.books.recordings.step(
        call, RecordingState.MISSING, site.story.clock.now(), reason=MissingReason.ARCHIVE_FILE_ABSENT
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["other", "talk"]),
        ({"state": "verified"}, ["other"]),
        ({"state": "missing"}, ["talk"]),
        ({"reason": "archive_file_absent"}, ["talk"]),
        ({"reason": "not_dialled"}, ["absent"]),
        ({"agent": "1002"}, ["other"]),
        ({"number": "0002"}, ["other"]),
        ({"outcome": "busy"}, []),
        ({"min_seconds": "1"}, ["other", "talk"]),
        ({"min_seconds": "2"}, []),
        ({"disposition": "success"}, []),
        ({"customer": "王芳"}, ["other", "talk"]),
        ({"to": "2026-11-23T02:15:05Z"}, ["talk"]),
    ],
)
async def test_each_filter_finds_what_it_says(site: Site, query: dict[str, str], expected: list[str]) -> None:
    absent = await site.story.reach(CallState.AGENT_RINGING, "cb-3")
    await site.story.clock.advance(40)
    await lose(site, site.talk)
    names = {site.talk: "talk", site.other_talk: "other", absent: "absent"}
    visitor = await site.sign_in(Person.COMPLIANCE)
    answer = await visitor.get("/recordings", **query)
    assert answer.status == 200, answer.text
    assert [names[item["attempt"]["id"]] for item in answer.json["items"]] == expected


async def test_a_recording_is_shown_with_its_whole_life(site: Site) -> None:
    visitor = await site.sign_in(Person.RECORDS_HEAD)
    shown = (await visitor.get(f"/recordings/{site.talk}")).json
    kept = (await site.story.recording(site.talk)).kept
    assert kept is not None
    assert (shown["state"], shown["reason"]) == ("verified", None)
    file = shown["file"]
    assert (file["sha256"], file["duration_ms"], file["segments"]) == (kept.sha256, 1000, 1)
    assert file["left"] == {"peak_dbfs": -120.0, "rms_dbfs": -120.0, "silent_share": 1.0}
    assert [step["state"] for step in shown["steps"]][-2:] == ["stored", "verified"]


async def test_agents_see_their_own_recordings_alone(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert [item["attempt"]["id"] for item in (await agent.get("/recordings")).json["items"]] == [site.talk]
    for path in (f"/recordings/{site.other_talk}", "/recordings/missing", "/recordings/proof"):
        assert (await agent.get(path)).status == 403
    assert (await agent.post(f"/recordings/{site.talk}/verify")).status == 403


async def test_verifying_finds_a_changed_byte_and_forgets_it_when_it_is_mended(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    path = f"/recordings/{site.talk}/verify"
    assert (await visitor.post(path)).json["unchanged"] is True
    kept = (await site.story.recording(site.talk)).kept
    assert kept is not None
    file = site.archive.root / kept.path
    raw = file.read_bytes()
    file.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    found = (await visitor.post(path)).json
    assert found == {"unchanged": False, "reason": "archive_file_changed", "sha256": kept.sha256}
    recording = await site.story.recording(site.talk)
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.ARCHIVE_FILE_CHANGED)
    await site.story.clock.settle()
    assert site.story.alarms[-1] == "archive_file_changed"
    file.write_bytes(raw)
    assert (await visitor.post(path)).json["unchanged"] is True
    assert (await site.story.recording(site.talk)).state is RecordingState.VERIFIED
    checks = [entry.deed for entry in await site.audit() if entry.deed.action is Action.CHECKED]
    assert [check.detail["found"] for check in checks] == ["unchanged", "archive_file_changed", "unchanged"]
    assert {(check.login, check.on_id) for check in checks} == {(Person.COMPLIANCE, site.talk)}


async def test_what_has_no_file_cannot_be_verified_or_heard(site: Site) -> None:
    call = await site.story.begin("cb-3", 1001)
    visitor = await site.sign_in(Person.COMPLIANCE)
    assert (await visitor.post(f"/recordings/{call}/verify")).status == 404
    assert (await visitor.get(f"/recordings/{call}/audio")).status == 404


async def test_the_missing_are_listed_with_their_reason(site: Site) -> None:
    await lose(site, site.talk)
    visitor = await site.sign_in(Person.COMPLIANCE)
    (item,) = (await visitor.get("/recordings/missing")).json["items"]
    assert (item["attempt"]["id"], item["reason"]) == (site.talk, "archive_file_absent")
    assert (await visitor.get("/recordings/missing", reason="never_started")).json["items"] == []


async def test_the_proof_accounts_for_every_dial(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    whole = (await visitor.get("/recordings/proof", **{"from": "2026-11-22", "to": "2026-11-24"})).json
    assert whole["total"]["complete"] is True
    assert [day["dials"] for day in whole["days"]] == [0, 2, 0]
    await site.story.reach(CallState.AGENT_RINGING, "cb-3")
    await site.story.clock.advance(40)
    await lose(site, site.talk)
    await site.story.reach(CallState.TALKING, "cb-4")
    proof = (await visitor.get("/recordings/proof", **{"from": DAY, "to": DAY})).json
    (day,) = proof["days"]
    assert proof["zone"] == "Asia/Shanghai"
    assert day.pop("day") == DAY
    assert day == proof["total"]
    assert day == {
        "attempts": 4,
        "flawed": 0,
        "not_dialled": 1,
        "dials": 3,
        "talks": 2,
        "verified": 1,
        "stored": 0,
        "pending": 1,
        "missing": {"archive_file_absent": 1},
        "talks_missing": 1,
        "unaccounted": 0,
        "complete": False,
    }


@pytest.mark.parametrize(
    ("first", "last"), [(DAY, "2026-11-22"), (DAY, "2027-11-23"), ("1999-12-31", DAY), ("today", DAY)]
)
async def test_days_that_cannot_be_proven_are_refused(site: Site, first: str, last: str) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    answer = await visitor.get("/recordings/proof", **{"from": first, "to": last})
    assert (answer.status, answer.code) == (422, "invalid")
