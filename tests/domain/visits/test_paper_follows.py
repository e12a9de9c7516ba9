"""What becomes of a callback after a visit on site or by letter."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.dials.retry import AfterTalk, Appointment, Exhausted, ExhaustedReason, Finished, NextRound
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.visits.paper import PaperResult, PaperVisit
from callcenter.domain.visits.paper_follows import MOVED_FROM, after_paper
from domain.values import case, policy

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
REFUSED = Exhausted(ExhaustedReason.REFUSED)


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
    for state in MOVED_FROM:
        assert after_paper(visit(result), policy(), case(state=state), (), NOW) == once
        assert after_paper(visit(result, LATER), policy(), case(state=state), (), NOW) == with_next_visit


@pytest.mark.parametrize("state", sorted(set(CallbackState) - MOVED_FROM))
@pytest.mark.parametrize("result", PaperResult)
def test_a_call_its_log_or_an_end_is_not_gone_over(state: CallbackState, result: PaperResult) -> None:
    assert after_paper(visit(result, LATER, resolved=False), policy(), case(state=state), (), NOW) is None


def test_a_series_until_the_customer_comes_goes_on_after_a_visit_that_was_made() -> None:
    series = policy('windows = "window.always"\n[rounds]\nuntil = "customer_visits"\nthen_every_days = 30')
    assert isinstance(after_paper(visit(PaperResult.MADE), series, case(), (), NOW), NextRound)
