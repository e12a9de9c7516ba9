"""Visits on site and by letter: what may be written, when the signed form lacks, and what a file really is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.access import Account, Role
from callcenter.domain.people import Channel
from callcenter.domain.visits.paper import (
    PaperFound,
    PaperMistake,
    PaperResult,
    PaperVisit,
    Scan,
    ScanKind,
    kind_of,
    may_read_paper,
    may_write_paper,
    mistakes_in,
    wants_scan,
)
from domain.values import policy

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
VISIT = PaperVisit("v", "cb", "agent-1", Channel.ONSITE, NOW, PaperResult.MADE, "谈了", "无", "", "", NOW, "li", NOW)
SCAN = Scan("s", "v", "form.pdf", ScanKind.PDF, "0" * 64, 9, "scans/2026/11/23/s.pdf", NOW, "li", NOW)
PDF = b"%PDF-1.4\n...\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0...\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("change", "mistakes"),
    [
        ({}, ()),
        ({"channel": Channel.LETTER}, (PaperMistake.RESULT,)),
        ({"channel": Channel.LETTER, "result": PaperResult.SENT, "content": ""}, ()),
        ({"channel": Channel.LETTER, "result": PaperResult.REPLIED, "content": " "}, (PaperMistake.CONTENT,)),
        ({"channel": Channel.PHONE}, (PaperMistake.CHANNEL,)),
        ({"result": PaperResult.SENT}, (PaperMistake.RESULT,)),
        ({"content": ""}, (PaperMistake.CONTENT,)),
        ({"result": PaperResult.NOT_MET, "content": ""}, ()),
        ({"visited_at": NOW + timedelta(seconds=1)}, (PaperMistake.FUTURE,)),
        ({"resolved": False}, (PaperMistake.NEXT_VISIT,)),
        ({"resolved": False, "next_visit_at": NOW + timedelta(days=1)}, ()),
        ({"resolved": False, "result": PaperResult.REFUSED}, ()),
        ({"next_visit_at": NOW}, (PaperMistake.NEXT_VISIT_PAST,)),
    ],
)
def test_what_may_be_written_down(change: dict[str, object], mistakes: tuple[PaperMistake, ...]) -> None:
    assert mistakes_in(replace(VISIT, **change), NOW) == mistakes  # type: ignore[arg-type]


def test_a_visit_face_to_face_wants_the_signed_form_unless_the_policy_does_not() -> None:
    found = policy()
    assert wants_scan(PaperFound(VISIT, ()), None)
    assert wants_scan(PaperFound(VISIT, ()), found)
    assert not wants_scan(PaperFound(VISIT, (SCAN,)), found)
    optional = found.model_copy(update={"evidence": found.evidence.model_copy(update={"onsite_signature": "optional"})})
    assert not wants_scan(PaperFound(VISIT, ()), optional)
    assert not wants_scan(PaperFound(replace(VISIT, result=PaperResult.NOT_MET), ()), found)
    reply = replace(VISIT, channel=Channel.LETTER, result=PaperResult.REPLIED)
    assert wants_scan(PaperFound(reply, ()), optional)


@pytest.mark.parametrize(("content", "kind"), [(PDF, ScanKind.PDF), (JPEG, ScanKind.JPEG), (PNG, ScanKind.PNG)])
def test_a_file_is_what_its_content_says_and_nothing_when_it_is_cut_off(content: bytes, kind: ScanKind) -> None:
    assert kind_of(content, content) is kind
    assert kind_of(content, content[:-8] if kind is not ScanKind.JPEG else content[:-1]) is None
    assert kind_of(b" " + content, content) is None


@given(st.binary(max_size=200))
def test_anything_else_is_nothing(content: bytes) -> None:
    assert kind_of(b"<html>" + content, content + b"%%EOF") is None


def test_who_writes_and_who_reads() -> None:
    def account(role: Role, agent: str | None = None) -> Account:
        return Account("a", "l", "n", frozenset({role}), agent, "", NOW)

    mine, other = account(Role.AGENT, "agent-1"), account(Role.AGENT, "agent-2")
    assert [may_write_paper(mine, lease) for lease in (None, "agent-1", "agent-2")] == [True, True, False]
    assert [may_write_paper(account(role), "x") for role in (Role.SUPERVISOR, Role.COMPLIANCE)] == [True, False]
    readers = [mine, other, account(Role.COMPLIANCE), account(Role.SUPERVISOR), account(Role.ADMIN)]
    assert [may_read_paper(each, VISIT) for each in readers] == [True, False, True, True, False]
