from datetime import timedelta

import pytest

from callcenter.domain.dials.decided import decided
from callcenter.domain.dials.retry import (
    AgainReason,
    Appointment,
    AwaitLog,
    Exhausted,
    ExhaustedReason,
    Finished,
    NextRound,
    TryAgain,
)
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from domain.values import MONDAY_10_15, policy

WINDOW = 'windows = "window.tongjiang"\n'
TONGJIANG = policy(WINDOW + 'attempts = "attempts.tongjiang"\nretry = {busy = {delay_minutes = 15}}')
FOUR = "rounds = {dials_per_round = 4}"
LATER = MONDAY_10_15 + timedelta(hours=4)
WAITING, EXHAUSTED = CallbackState.WAITING, CallbackState.EXHAUSTED


def again(reason: AgainReason) -> TryAgain:
    return TryAgain(LATER, frozenset(), reason)


def test_a_further_dial_names_every_value_that_set_its_time_with_its_source() -> None:
    found = decided(TONGJIANG, again(AgainReason.NOT_REACHED), Outcome.BUSY, WAITING)
    assert (found.policy, found.policy_version, found.state, found.reason) == ("example", 7, WAITING, "not_reached")
    assert found.not_before == LATER
    assert found.rules == {
        "retry.busy": "policy",
        "attempts.min_gap_minutes": "product",
        "attempts.change_time": "C6-57",
        "windows.intervals": "C6-58",
    }


def test_a_talk_that_broke_off_names_its_own_rule_and_an_uncharged_dial_only_the_windows() -> None:
    broken = decided(TONGJIANG, again(AgainReason.TALK_INCOMPLETE), Outcome.ANSWERED, WAITING)
    assert "retry.incomplete" in broken.rules
    free = decided(TONGJIANG, again(AgainReason.NOT_CHARGED), Outcome.CANCELLED, WAITING)
    assert free.rules == {"windows.intervals": "C6-58"}


@pytest.mark.parametrize(
    ("reason", "body", "rules"),
    [
        (ExhaustedReason.DIALS_USED_UP, WINDOW, {"attempts.dials_min": "product"}),
        (ExhaustedReason.DIALS_USED_UP, WINDOW + "attempts = {dials_max = 5}", {"attempts.dials_max": "policy"}),
        (ExhaustedReason.INVALID_NUMBER, WINDOW, {"retry.invalid_number": "product"}),
        (
            ExhaustedReason.DIALS_USED_UP,
            WINDOW + "rounds = {dials_per_round = 4}",
            {"rounds.dials_per_round": "policy"},
        ),
        (ExhaustedReason.REFUSED, WINDOW, {"retry.refused": "product"}),
        (ExhaustedReason.WRONG_PERSON, WINDOW, {"retry.wrong_person": "product"}),
        (ExhaustedReason.ROUNDS_USED_UP, WINDOW + "rounds = {phone_rounds = 2}", {"rounds.phone_rounds": "policy"}),
        (ExhaustedReason.APPOINTMENTS_USED_UP, WINDOW, {"retry.appointments_most": "product"}),
        (ExhaustedReason.NO_NEW_NUMBER, WINDOW, {"rounds.new_number_days": "product"}),
        (ExhaustedReason.BY_RULE, WINDOW, {"retry.invalid_number": "product"}),
    ],
)
def test_the_end_of_a_round_names_the_value_that_ended_it(
    reason: ExhaustedReason, body: str, rules: dict[str, str]
) -> None:
    found = decided(policy(body), Exhausted(reason), Outcome.INVALID_NUMBER, EXHAUSTED)
    assert (found.reason, found.rules, found.not_before) == (reason.value, rules, None)


def test_what_the_talk_itself_decided_names_no_rule() -> None:
    agreed = decided(TONGJIANG, Appointment(LATER), Outcome.ANSWERED, WAITING)
    assert (agreed.reason, agreed.not_before, agreed.rules) == ("appointment", LATER, {})
    rhythm = decided(TONGJIANG, NextRound(2, LATER, LATER), Outcome.ANSWERED, WAITING)
    assert (rhythm.reason, set(rhythm.rules)) == ("next_round", {"rounds.within_days", "rounds.then_every_days"})
    for decision in (Finished(), AwaitLog()):
        assert decided(TONGJIANG, decision, Outcome.ANSWERED, CallbackState.DONE).rules == {}
