"""What a plan's policy asks of a visit log beyond what every log needs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Channel
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.log_lacking import dispositions_of, lacking, offers_of
from callcenter.domain.visits.visitlog import FieldName, RecordingException, VisitLog, with_gaps
from domain.values import case, policy

F = FieldName
REFUSED = VisitLog("a", "cb", outcome=Outcome.ANSWERED, disposition=Disposition.REFUSED)
OFFER = replace(REFUSED, offered=Channel.SMS, offer_text="改发短信?", offer_taken=True, offer_taken_by="本人")


def governed(**values: object) -> Policy:
    found = policy()
    groups = {
        name: getattr(found, name).model_copy(update=update)
        for name, update in values.items()
        if isinstance(update, dict)
    }
    return found.model_copy(update=groups)


OFFERING = governed(consent={"offer": (Channel.SMS, Channel.EMAIL)})


def added(log: VisitLog, found: Policy | None) -> set[FieldName]:
    """What this policy asks beyond what is asked of every log."""
    kept = RecordingState.VERIFIED
    return set(lacking(log, kept, found)) - set(lacking(log, kept, None))


def test_the_policy_says_what_is_offered_to_who_refuses() -> None:
    assert offers_of(OFFERING) == (Channel.SMS, Channel.EMAIL)
    assert offers_of(None) == ()


def test_nothing_need_be_offered_but_what_was_is_told_whole() -> None:
    assert added(REFUSED, OFFERING) == set()
    assert added(OFFER, OFFERING) == set()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"offered": Channel.LETTER}, F.OFFERED),
        ({"offer_text": " "}, F.OFFER_TEXT),
        ({"offer_taken": None}, F.OFFER_TAKEN),
        ({"offer_taken_by": ""}, F.OFFER_TAKEN_BY),
    ],
)
def test_an_offer_lacks_what_is_not_said_of_it(change: dict[str, object], field: FieldName) -> None:
    log = replace(OFFER, **change)  # type: ignore[arg-type]
    assert field in lacking(log, RecordingState.VERIFIED, OFFERING)
    told = replace(log, disposition=Disposition.SUCCESS)
    assert field not in lacking(told, RecordingState.VERIFIED, OFFERING), "who did not refuse was offered nothing"


def test_who_declined_need_not_be_named() -> None:
    assert added(replace(OFFER, offer_taken=False, offer_taken_by=""), OFFERING) == set()


def test_a_policy_may_ask_for_the_customers_own_words_of_a_problem() -> None:
    problem = replace(REFUSED, disposition=Disposition.PROBLEM)
    asking = governed(evidence={"own_words": True})
    assert added(problem, asking) == {F.OWN_WORDS}
    assert added(replace(problem, own_words="太贵了"), asking) == set()
    assert added(problem, policy()) == set()
    assert added(REFUSED, asking) == set()


def test_a_policy_may_narrow_what_is_said_of_a_talk() -> None:
    narrow = governed(evidence={"dispositions": (Disposition.SUCCESS, Disposition.PROBLEM)})
    assert dispositions_of(narrow) == (Disposition.SUCCESS, Disposition.PROBLEM)
    assert Disposition.VISITED not in dispositions_of(policy())
    assert added(REFUSED, narrow) == {F.DISPOSITION}
    assert added(replace(REFUSED, disposition=Disposition.SUCCESS), narrow) == set()


def test_a_recorder_that_failed_in_a_talk_is_an_exception_by_itself() -> None:
    at = datetime(2026, 11, 23, 2, 15, 7, tzinfo=UTC)
    listed = with_gaps(REFUSED, (at,), case())
    assert listed.exception is RecordingException.RECORDER_FAULT
    assert "10:15:07" in listed.exception_note
    assert with_gaps(REFUSED, (), case()) is REFUSED
    vain = replace(REFUSED, outcome=Outcome.NO_ANSWER)
    assert with_gaps(vain, (at,), case()) is vain
