"""The sound: who may hear it, that it is audited before it is sent, that ranges are the file's own bytes."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from aiohttp.web import StreamResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.audit import Action, Entry
from callcenter.domain.recording import AudioFormat, MissingReason, RecordingGoneError
from callcenter.media.reading import OpenFile
from callcenter.storage.audit import SqlAudit
from callcenter.storage.errors import DatabaseFailedError
from callcenter.web.api.audio import disposition
from callcenter.web.site import API
from web.visiting import Person, Site, Visitor

PLAYS = frozenset({Action.PLAYED, Action.TAKEN})


async def heard(
    visitor: Visitor, call: str, method: str = "GET", query: str = "", **headers: str
) -> tuple[int, bytes, Any]:
    path = f"{API}/recordings/{call}/audio{query}"
    async with visitor.session.request(method, path, headers=headers) as response:
        return response.status, await response.read(), response.headers


async def file_of(site: Site, call: str) -> Path:
    kept = (await site.story.recording(call)).kept
    assert kept is not None
    return site.archive.root / kept.path


async def plays(site: Site) -> list[Entry]:
    return [entry for entry in await site.audit() if entry.deed.action in PLAYS]


async def test_the_file_comes_as_it_is_kept_and_the_play_is_written_down(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    status, body, headers = await heard(visitor, site.talk)
    kept = (await site.story.recording(site.talk)).kept
    assert kept is not None
    assert (status, body) == (200, (await file_of(site, site.talk)).read_bytes())
    assert headers["Content-Type"] == "audio/flac"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] == f'"{kept.sha256}"'
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"].startswith("inline; ")
    (play,) = await plays(site)
    assert (play.deed.action, play.deed.login, play.deed.on_id) == (Action.PLAYED, Person.COMPLIANCE, site.talk)
    assert play.deed.detail == {"bytes": f"0-{kept.size_bytes - 1}/{kept.size_bytes}", "sha256": kept.sha256}
    assert play.deed.address == "127.0.0.1"


async def test_a_range_is_that_part_of_the_file_and_each_is_written_down(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    raw = (await file_of(site, site.talk)).read_bytes()
    for header, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, len(raw) - 1),
        ("bytes=-50", len(raw) - 50, len(raw) - 1),
    ):
        status, body, headers = await heard(visitor, site.talk, Range=header)
        assert (status, body) == (206, raw[first : last + 1])
        assert headers["Content-Range"] == f"bytes {first}-{last}/{len(raw)}"
        assert (await plays(site))[0].deed.detail["bytes"] == f"{first}-{last}/{len(raw)}"
    assert len(await plays(site)) == 3


async def test_a_part_behind_the_end_is_refused_and_is_no_play(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    status, _, headers = await heard(visitor, site.talk, Range="bytes=999999999-")
    size = (await file_of(site, site.talk)).stat().st_size
    assert (status, headers["Content-Range"]) == (416, f"bytes */{size}")
    assert await plays(site) == []


async def test_a_range_of_another_file_gets_the_whole_of_this_one(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    _, raw, headers = await heard(visitor, site.talk, "HEAD")
    assert raw == b""
    for tag, status in ((headers["ETag"], 206), ('"other"', 200), ("Mon, 23 Nov 2026 02:15:00 GMT", 200)):
        told, body, _ = await heard(visitor, site.talk, Range="bytes=0-9", **{"If-Range": tag})
        assert told == status
        assert (len(body) == 10) is (status == 206)


async def test_head_tells_the_length_and_is_no_play(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    status, body, headers = await heard(visitor, site.talk, "HEAD", Range="bytes=0-9")
    size = (await file_of(site, site.talk)).stat().st_size
    assert (status, body, headers["Content-Length"]) == (200, b"", str(size))
    assert await plays(site) == []


async def test_a_download_has_a_name_and_is_written_down_as_one(site: Site) -> None:
    visitor = await site.sign_in(Person.RECORDS_HEAD)
    status, _, headers = await heard(visitor, site.talk, query="?download=1")
    assert status == 200
    named = headers["Content-Disposition"]
    assert named.startswith(f'attachment; filename="20261123-101500_{site.talk}.flac"; ')
    assert named.endswith(f"filename*=UTF-8''20261123-101500_%E7%8E%8B%E8%8A%B3_{site.talk}.flac")
    assert [entry.deed.action for entry in await plays(site)] == [Action.TAKEN]


@pytest.mark.parametrize("name", ['a"\r\nX: y', "../../etc/passwd", "王/芳\\", "\u202egnp.exe", "a" * 500, "💥;x=1"])
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    told = disposition((name, name), AudioFormat.OPUS, download=True)
    told.encode("ascii")
    assert told.isprintable()
    assert told.count('"') == 2
    assert told.count(";") == 2
    assert "/" not in told
    assert ".opus" in told


@pytest.mark.parametrize(
    ("person", "own", "others", "download"),
    [
        (Person.ANONYMOUS, 401, 401, 401),
        (Person.AGENT, 200, 403, 403),
        (Person.SUPERVISOR, 200, 200, 403),
        (Person.COMPLIANCE, 200, 200, 200),
        (Person.RECORDS_HEAD, 200, 200, 200),
        (Person.ADMIN, 403, 403, 403),
    ],
)
async def test_who_may_hear_and_take(site: Site, person: Person, own: int, others: int, download: int) -> None:
    visitor = await site.sign_in(person)
    answers = [(site.talk, "", own), (site.other_talk, "", others), (site.talk, "?download=1", download)]
    for call, query, expected in answers:
        for method in ("HEAD", "GET"):
            status, body, _ = await heard(visitor, call, method, query)
            assert status == expected, (call, method, query)
            assert (b"fLaC" in body) is (status == 200 and method == "GET")
            if status == 403:
                assert (await site.audit())[0].deed.action is Action.ACCESS_REFUSED


async def test_a_closed_log_ends_its_agents_listening_between_two_ranges(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert (await heard(agent, site.talk, Range="bytes=0-9"))[0] == 206
    filling = {
        "version": 1,
        "content": "a",
        "problems": "none",
        "handling_result": "none",
        "disposition": "success",
    }
    assert (await agent.post(f"/attempts/{site.talk}/log/close", filling)).status == 200
    assert (await heard(agent, site.talk, Range="bytes=10-19"))[0] == 403
    refused = (await site.audit())[0].deed
    assert (refused.action, refused.on_kind, refused.on_id) == (Action.ACCESS_REFUSED, "recording", site.talk)


async def test_nothing_is_sent_that_could_not_be_written_down(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)

    async def away(*_: object) -> None:
        raise DatabaseFailedError(5, "the database failed")

    with patch.object(SqlAudit, "write", away):
        status, body, _ = await heard(visitor, site.talk)
    assert status == 503
    assert b"fLaC" not in body


async def test_the_entry_stands_before_the_first_byte(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    stood: list[int] = []
    prepare = StreamResponse.prepare

    async def watched(self: StreamResponse, request: Any) -> Any:
        stood.append(len(await plays(site)))
        return await prepare(self, request)

    with patch.object(StreamResponse, "prepare", watched):
        await heard(visitor, site.talk)
    assert stood == [1]


async def test_a_file_that_is_gone_or_another_is_told_of_with_an_alarm(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    path = await file_of(site, site.talk)
    raw = path.read_bytes()
    elsewhere = path.with_name("elsewhere.flac")
    elsewhere.write_bytes(raw)

    def shorter() -> None:
        path.write_bytes(raw[:-1])

    def linked() -> None:
        path.unlink()
        path.symlink_to(elsewhere)

    def linked_folder() -> None:
        path.unlink()
        path.write_bytes(raw)
        real = path.parent.with_name("real")
        shutil.move(path.parent, real)
        path.parent.symlink_to(real)

    def altered() -> None:
        path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))

    for spoil, reason in (
        (altered, "archive_file_changed"),
        (shorter, "archive_file_changed"),
        (linked, "archive_file_absent"),
        (linked_folder, "archive_file_absent"),
        (path.parent.unlink, "archive_file_absent"),
    ):
        spoil()
        answer = await visitor.get(f"/recordings/{site.talk}/audio")
        assert (answer.status, answer.code) == (410, "gone")
        assert reason in answer.json["detail"]
        assert (await visitor.get(f"/recordings/{site.talk}/audio")).json == answer.json
        await site.story.clock.settle()
        assert site.story.alarms[-1] == reason
    assert await plays(site) == []


async def test_who_goes_away_leaves_no_file_open(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    path = (await file_of(site, site.talk)).resolve()
    response = await visitor.session.get(f"{API}/recordings/{site.talk}/audio")
    response.close()
    await heard(visitor, site.talk)
    assert str(path) not in {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}


ranges = st.text("bytes=-,0123456789 \t", max_size=40) | st.builds(
    lambda first, last: f"bytes={first}-{last}", st.integers(0, 20_000), st.integers(0, 20_000) | st.just("")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_range_header_gets_a_slice_of_the_file_or_a_refusal(site: Site, data: st.DataObject) -> None:
    visitor = await site.with_token(Person.COMPLIANCE)
    raw = (await file_of(site, site.talk)).read_bytes()
    status, body, headers = await heard(visitor, site.talk, Range=data.draw(ranges))
    if status == 206:
        first, _, rest = headers["Content-Range"].removeprefix("bytes ").partition("-")
        last = rest.partition("/")[0]
        assert body == raw[int(first) : int(last) + 1]
    elif status == 200:
        assert body == raw
    else:
        assert status == 416


async def test_a_file_that_fails_half_way_ends_the_answer_early(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)

    async def failing(_self: OpenFile, _first: int, _last: int) -> AsyncIterator[bytes]:
        yield b"fLaC"
        raise RecordingGoneError(MissingReason.ARCHIVE_FILE_CHANGED)

    with patch.object(OpenFile, "blocks", failing), pytest.raises(aiohttp.ClientError):
        await heard(visitor, site.talk)
    await site.story.clock.settle()
    assert site.story.alarms[-1] == "archive_file_changed"
    assert (await heard(visitor, site.talk))[0] == 200
