"""A field of a log is written over only by who saw what stood there."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.outcomes import Disposition
from callcenter.domain.visits.drafting import (
    DRAFTED,
    Draft,
    FieldChange,
    FieldKept,
    settled,
    stale_among,
    with_draft,
)
from callcenter.domain.visits.visitlog import VisitLog

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 4, tzinfo=UTC)
LOG = VisitLog("a-1", "cb-1", language="zh", dislikes_calls=True)
WORDS = st.sampled_from(["", "a", "b", "c"])


def test_every_drafted_field_is_one_of_the_log() -> None:
    assert set(DRAFTED) <= {field.name for field in fields(VisitLog)}


def test_who_saw_the_last_version_writes_the_next() -> None:
    kept = settled(FieldChange("content", "new", 3), FieldKept("content", "old", 3, AT), LATER)
    assert kept == FieldKept("content", "new", 4, LATER)


def test_who_saw_an_older_version_is_told_what_stands_there() -> None:
    stands = FieldKept("content", "theirs", 4, AT)
    assert settled(FieldChange("content", "mine", 3), stands, LATER) == replace(stands, stale=True)


def test_the_same_words_again_change_nothing() -> None:
    stands = FieldKept("content", "same", 4, AT)
    assert settled(FieldChange("content", "same", 1), stands, LATER) == stands


@given(st.lists(st.tuples(st.integers(0, 1), WORDS, st.booleans()), max_size=20))
def test_nothing_is_ever_overwritten_that_its_writer_had_not_seen(steps: list[tuple[int, str, bool]]) -> None:
    """Two windows: each writes, and reads anew only now and then."""
    stands = FieldKept("content", "", 0, None)
    seen = [stands, stands]
    for window, words, looks in steps:
        if looks:
            seen[window] = stands
        before = stands
        kept = settled(FieldChange("content", words, seen[window].version), before, AT)
        if kept.stale:
            assert (kept.value, kept.version) == (before.value, before.version)
            continue
        assert kept.value == words
        assert kept == before or seen[window] == before
        stands = seen[window] = kept


def test_the_log_opens_with_what_was_written_and_what_was_emptied_takes_nothing_away() -> None:
    draft = Draft({"content": "said", "language": "", "disposition": Disposition.SUCCESS, "dislikes_calls": False})
    log = with_draft(LOG, draft)
    assert (log.content, log.language, log.disposition, log.dislikes_calls) == (
        "said",
        "zh",
        Disposition.SUCCESS,
        False,
    )
    assert with_draft(LOG, Draft()) is LOG


def test_only_what_would_overwrite_something_else_is_stale() -> None:
    log = replace(LOG, content="theirs", problems="same")
    changes = [
        FieldChange("content", "mine", 1),
        FieldChange("problems", "same", 1),
        FieldChange("contact", "new", 0),
    ]
    assert stale_among(changes, log, {"content": 2, "problems": 2}) == (changes[0],)
