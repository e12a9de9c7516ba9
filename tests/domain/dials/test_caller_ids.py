"""Which caller id the customer sees (C6-20, C6-21)."""

from dataclasses import replace

import pytest

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.caller_ids import CallerChoice, CallerWhy, caller_choice, ordered
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.policies.policy import Policy
from domain.trying import dialled, tongjiang
from domain.values import policy

MAIN, OTHER, THIRD = "4001112222", "02451112222", "02451113333"
IDS = (OTHER, MAIN, THIRD)


def shown(rules: Policy, outcome: Outcome, last: str = MAIN, end: EndReason | None = None) -> CallerChoice:
    dial = replace(dialled(1, outcome, caller_id=last), end_reason=end)
    return caller_choice(rules, IDS, [dial], 1)


def test_the_400_number_comes_first_wherever_the_trunk_lists_it() -> None:
    assert caller_choice(tongjiang(), IDS, [], 1) == CallerChoice(MAIN, CallerWhy.USUAL)
    assert ordered("400", ["+864001112222", OTHER]) == ("+864001112222", OTHER)
    assert ordered("400", [OTHER, "客服 <400 111 2222>", OTHER, ""]) == ("客服 <400 111 2222>", OTHER)
    assert ordered("", IDS) == IDS


def test_without_a_list_the_switch_decides() -> None:
    assert caller_choice(tongjiang(), (), [], 1) == CallerChoice("", CallerWhy.NONE)


def test_the_policys_own_list_comes_before_the_trunks() -> None:
    own = policy(f'windows = "window.always"\nattempts = {{caller_ids = ["{THIRD}"]}}')
    assert caller_choice(own, IDS, [], 1).caller_id == THIRD


@pytest.mark.parametrize(
    ("outcome", "end", "why"),
    [
        (Outcome.NO_ANSWER, EndReason.RING_TIMEOUT, CallerWhy.NOT_ANSWERED),
        (Outcome.REJECTED, EndReason.NETWORK, CallerWhy.NOT_ANSWERED),
        (Outcome.CONGESTION, EndReason.NETWORK, CallerWhy.FAULT),
        (Outcome.FAILED, EndReason.NETWORK, CallerWhy.FAULT),
        (Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED, CallerWhy.FAULT),
        (Outcome.CANCELLED, EndReason.RECORDER_FAILED, CallerWhy.FAULT),
        (Outcome.UNKNOWN, EndReason.SWITCH_LOST, CallerWhy.FAULT),
    ],
)
def test_another_telephone_after_a_fault_or_a_dial_that_was_not_taken(
    outcome: Outcome, end: EndReason, why: CallerWhy
) -> None:
    assert shown(tongjiang(), outcome, end=end) == CallerChoice(OTHER, why)
    silent = policy('windows = "window.always"\nattempts = {caller_id = "400"}')
    assert shown(silent, outcome, end=end) == CallerChoice(MAIN, CallerWhy.USUAL)


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.UNREACHABLE, Outcome.CANCELLED, Outcome.ANSWERED])
def test_else_the_usual_one_in_principle(outcome: Outcome) -> None:
    for last in IDS:
        assert shown(tongjiang(), outcome, last) == CallerChoice(MAIN, CallerWhy.USUAL)


def test_a_talk_that_the_switch_lost_was_no_fault_of_the_line_before_it() -> None:
    assert shown(tongjiang(), Outcome.ANSWERED, end=EndReason.SWITCH_LOST).why is CallerWhy.USUAL


def test_one_after_the_other_and_then_from_the_beginning() -> None:
    seen: list[str] = []
    dials: list[Attempt] = []
    for ordinal in range(1, 5):
        choice = caller_choice(tongjiang(), IDS, dials, 1)
        seen.append(choice.caller_id)
        dials.append(dialled(ordinal, Outcome.NO_ANSWER, caller_id=choice.caller_id))
    assert seen == [MAIN, OTHER, THIRD, MAIN]


def test_an_endings_own_rule_may_go_on() -> None:
    rules = tongjiang("[retry]\nbusy = {switch_caller_id = true}")
    assert shown(rules, Outcome.BUSY) == CallerChoice(OTHER, CallerWhy.BY_RULE)
    assert shown(rules, Outcome.UNREACHABLE).why is CallerWhy.USUAL


def test_a_caller_id_that_is_no_longer_listed_is_followed_by_the_usual_one() -> None:
    assert shown(tongjiang(), Outcome.NO_ANSWER, "95588").caller_id == MAIN


def test_a_new_round_begins_with_the_usual_one() -> None:
    assert caller_choice(tongjiang(), IDS, [dialled(1, Outcome.NO_ANSWER, caller_id=MAIN)], 2).caller_id == MAIN
