"""What becomes of a callback after a visit on site or by letter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.dials.retry import (
    AfterTalk,
    Appointment,
    Exhausted,
    ExhaustedReason,
    Finished,
    NextRound,
    TryAgain,
    after_log,
)
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.visits.paper import PaperResult, PaperVisit
from callcenter.domain.visits.paper_follows import after_paper
from domain.values import attempt, case, policy

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
REFUSED = Exhausted(ExhaustedReason.REFUSED)
MOVING = (CallbackState.WAITING, CallbackState.HANDED_OUT, CallbackState.EXHAUSTED)


def visit(result: PaperResult, again: datetime | None = None, *, resolved: bool | None = None) -> PaperVisit:
    letter = result in {PaperResult.SENT, PaperResult.REPLIED}
    channel = Channel.LETTER if letter else Channel.ONSITE
    return PaperVisit("v", "c1", "a1", channel, NOW, result, "x", "", "", "", NOW, "li", NOW, resolved, again)


@pytest.mark.parametrize(
    ("result", "once", "with_next_visit"),
    [
        (PaperResult.MADE, Finished(), Appointment(LATER)),
        (PaperResult.REPLIED, Finished(), Appointment(LATER)),
        (PaperResult.REFUSED, REFUSED, REFUSED),
        (PaperResult.NOT_MET, None, Appointment(LATER)),
        (PaperResult.SENT, None, Appointment(LATER)),
    ],
)
def test_each_result_leads_on_as_a_talk_would(
    result: PaperResult, once: AfterTalk | None, with_next_visit: AfterTalk
) -> None:
    for state in MOVING:
        assert after_paper(visit(result), policy(), case(state=state), (), NOW) == once
        assert after_paper(visit(result, LATER), policy(), case(state=state), (), NOW) == with_next_visit


@pytest.mark.parametrize("state", [each for each in CallbackState if each not in MOVING])
@pytest.mark.parametrize("result", PaperResult)
def test_a_call_its_log_or_an_end_is_not_gone_over(state: CallbackState, result: PaperResult) -> None:
    assert after_paper(visit(result, LATER, resolved=False), policy(), case(state=state), (), NOW) is None


def test_a_series_until_the_customer_comes_goes_on_after_a_visit_that_was_made() -> None:
    series = policy('windows = "window.always"\n[rounds]\nuntil = "customer_visits"\nthen_every_days = 30')
    assert isinstance(after_paper(visit(PaperResult.MADE), series, case(), (), NOW), NextRound)


ANY_TIME = 'windows = "window.always"\n[attempts]\nchange_time = "none"\nmin_gap_minutes = 0\ndials_max = 3\n'
RULES = (
    "",
    "[retry.refused]\nthen = 'exhaust'",
    "[retry.refused]\nthen = 'manual'",
    "[retry.refused]\nthen = 'other_channel'",
    "[retry.refused]\nthen = 'retry'",
    "[retry.refused]\nthen = 'retry'\ndelay_minutes = 90",
    "[retry.refused]\nthen = 'retry'\nmost = 1\nafterwards = 'manual'",
)


@pytest.mark.parametrize("rule", RULES)
def test_a_refusal_on_paper_leads_where_the_same_refusal_in_a_call_does(rule: str) -> None:
    governing = policy(ANY_TIME + rule)
    talk = replace(attempt(1, Outcome.ANSWERED, "s"), ended_at=NOW)
    in_call = after_log(governing, case(), [talk], Disposition.REFUSED, NOW)
    assert after_paper(visit(PaperResult.REFUSED), governing, case(), (), NOW) == in_call


def test_a_refusal_is_tried_again_after_its_own_delay_and_so_often_as_the_policy_says() -> None:
    twice = policy(ANY_TIME + "[retry.refused]\nthen = 'retry'\ndelay_minutes = 90\nmost = 2\nafterwards = 'manual'")
    refused = visit(PaperResult.REFUSED)
    again = after_paper(refused, twice, case(), (), NOW)
    assert isinstance(again, TryAgain)
    assert again.not_before == NOW + timedelta(minutes=90)
    late = after_paper(refused, twice, case(), (), NOW + timedelta(days=2))
    assert isinstance(late, TryAgain)
    assert late.not_before == NOW + timedelta(days=2)
    call = attempt(1, Outcome.ANSWERED, "s", started_at=NOW - timedelta(hours=1))
    call = replace(call, disposition=Disposition.REFUSED)
    before = replace(refused, id="v0", visited_at=NOW - timedelta(minutes=30))
    manual = Exhausted(ExhaustedReason.MANUAL)
    assert isinstance(after_paper(refused, twice, case(), (), NOW, [refused, before]), TryAgain)
    assert isinstance(after_paper(refused, twice, case(), [call], NOW, [refused]), TryAgain)
    assert after_paper(refused, twice, case(), [call], NOW, [refused, before]) == manual
    met = replace(before, result=PaperResult.NOT_MET)
    assert isinstance(after_paper(refused, twice, case(), [call], NOW, [refused, met]), TryAgain)
    assert isinstance(after_paper(refused, twice, case(round_=2), [call], NOW, [refused]), TryAgain)
    older = replace(before, visited_at=NOW - timedelta(hours=2))
    assert isinstance(after_paper(refused, twice, case(round_=2), [call], NOW, [refused, older, older]), TryAgain)


def test_where_a_supervisor_was_to_decide_a_refusal_puts_nothing_back_into_the_queue() -> None:
    retry = policy(ANY_TIME + RULES[4])
    assert after_paper(visit(PaperResult.REFUSED), retry, case(state=CallbackState.EXHAUSTED), (), NOW) == REFUSED
    assert isinstance(after_paper(visit(PaperResult.REFUSED), retry, case(), (), NOW), TryAgain)
    series = "[rounds]\nuntil = 'customer_visits'\nthen_every_days = 30\n"
    rhythm = policy(ANY_TIME.replace("dials_max = 3", "dials_min = 1\ndials_max = 1") + series + RULES[4])
    dial = attempt(1, Outcome.NO_ANSWER, "s", started_at=NOW - timedelta(hours=1))
    waits, decides = case(), case(state=CallbackState.EXHAUSTED)
    assert isinstance(after_paper(visit(PaperResult.REFUSED), rhythm, waits, [dial], NOW), NextRound)
    assert after_paper(visit(PaperResult.REFUSED), rhythm, decides, [dial], NOW) == REFUSED
