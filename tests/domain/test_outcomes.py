"""What does the network's word mean for a callback?"""

import pytest

from callcenter.domain.outcomes import (
    REASON_CODES,
    STANDARD_RULES,
    EndReason,
    NetworkSigns,
    Outcome,
    OutcomeRule,
    outcome_of,
)

SILENT = (False, False)
RANG = (True, False)
EARLY_MEDIA = (False, True)


def signs(cause: int | None, sip: int | None, heard: tuple[bool, bool] = SILENT) -> NetworkSigns:
    return NetworkSigns(cause, sip, rang=heard[0], progressed=heard[1])


@pytest.mark.parametrize(
    ("cause", "sip", "heard", "outcome"),
    [
        (17, 486, SILENT, Outcome.BUSY),
        (17, 486, RANG, Outcome.BUSY),
        (17, 600, RANG, Outcome.BUSY),
        (19, 480, RANG, Outcome.NO_ANSWER),
        (19, 480, EARLY_MEDIA, Outcome.NO_ANSWER),
        (19, 480, SILENT, Outcome.UNREACHABLE),
        (19, None, RANG, Outcome.NO_ANSWER),
        (1, 404, SILENT, Outcome.INVALID_NUMBER),
        (1, 404, EARLY_MEDIA, Outcome.INVALID_NUMBER),
        (22, 410, SILENT, Outcome.INVALID_NUMBER),
        (28, 484, SILENT, Outcome.INVALID_NUMBER),
        (1, 604, SILENT, Outcome.INVALID_NUMBER),
        (21, 403, SILENT, Outcome.REJECTED),
        (21, 403, RANG, Outcome.REJECTED),
        (21, 603, RANG, Outcome.REJECTED),
        (20, 480, SILENT, Outcome.UNREACHABLE),
        (20, None, SILENT, Outcome.UNREACHABLE),
        (18, 408, SILENT, Outcome.UNREACHABLE),
        (18, 408, RANG, Outcome.NO_ANSWER),
        (27, 502, SILENT, Outcome.UNREACHABLE),
        (34, 503, SILENT, Outcome.CONGESTION),
        (38, 500, SILENT, Outcome.CONGESTION),
        (42, 503, RANG, Outcome.CONGESTION),
        (102, 504, SILENT, Outcome.CONGESTION),
        (102, None, SILENT, Outcome.CONGESTION),
        (16, 487, RANG, Outcome.NO_ANSWER),
        (16, None, RANG, Outcome.NO_ANSWER),
        (16, None, SILENT, Outcome.FAILED),
        (127, 488, SILENT, Outcome.FAILED),
    ],
)
def test_what_the_network_said_is_an_outcome(
    cause: int, sip: int | None, heard: tuple[bool, bool], outcome: Outcome
) -> None:
    assert outcome_of(signs(cause, sip, heard)) is outcome


@pytest.mark.parametrize("heard", [RANG, EARLY_MEDIA, SILENT])
def test_a_phone_that_is_switched_off_is_unreachable_though_its_announcement_was_heard(
    heard: tuple[bool, bool],
) -> None:
    assert outcome_of(signs(20, 480, heard)) is Outcome.UNREACHABLE


@pytest.mark.parametrize("sip", [401, 402, 407])
def test_a_trunk_that_wants_other_credentials_is_no_rejection_by_the_customer(sip: int) -> None:
    assert outcome_of(signs(21, sip)) is Outcome.FAILED


def test_a_channel_that_was_never_dialled_is_told_so() -> None:
    assert outcome_of(signs(0, None)) is Outcome.NOT_DIALLED


def test_an_end_that_nobody_saw_is_unknown_whatever_the_trunk_says() -> None:
    assert outcome_of(signs(None, None, RANG), [OutcomeRule(Outcome.BUSY)]) is Outcome.UNKNOWN


def test_a_sip_status_alone_is_enough() -> None:
    assert outcome_of(signs(None, 486)) is Outcome.BUSY


def test_the_trunks_own_rows_are_asked_first_and_in_order() -> None:
    rows = [OutcomeRule(Outcome.INVALID_NUMBER, sip=480, rang=False), OutcomeRule(Outcome.UNREACHABLE, sip=480)]
    assert outcome_of(signs(19, 480), rows) is Outcome.INVALID_NUMBER
    assert outcome_of(signs(19, 480, RANG), rows) is Outcome.UNREACHABLE
    assert outcome_of(signs(17, 486), rows) is Outcome.BUSY


def test_a_rule_that_names_several_signs_wants_them_all() -> None:
    rule = OutcomeRule(Outcome.BUSY, sip=480, cause=17, rang=True)
    assert rule.matches(signs(17, 480, RANG))
    assert rule.matches(signs(17, 480, EARLY_MEDIA))
    assert not rule.matches(signs(17, 480))
    assert not rule.matches(signs(18, 480, RANG))
    assert not rule.matches(signs(17, 486, RANG))


@pytest.mark.parametrize("cause", range(128))
@pytest.mark.parametrize("heard", [RANG, EARLY_MEDIA, SILENT])
def test_no_cause_is_a_talk_or_the_agents_doing(cause: int, heard: tuple[bool, bool]) -> None:
    assert outcome_of(signs(cause, None, heard)) not in {Outcome.ANSWERED, Outcome.CANCELLED, Outcome.UNKNOWN}


def test_only_what_our_side_ended_is_not_charged() -> None:
    assert {outcome for outcome in Outcome if not outcome.charged} == {Outcome.CANCELLED, Outcome.NOT_DIALLED}


def test_every_standard_row_can_speak() -> None:
    for index, rule in enumerate(STANDARD_RULES):
        earlier = STANDARD_RULES[:index]
        cases = [
            signs(cause, sip, heard)
            for cause in (rule.cause if rule.cause is not None else 200,)
            for sip in (rule.sip if rule.sip is not None else 200,)
            for heard in (RANG, SILENT)
        ]
        assert any(rule.matches(case) and not any(row.matches(case) for row in earlier) for case in cases), rule


def test_what_we_end_ourselves_has_a_cause_of_its_own() -> None:
    assert REASON_CODES[EndReason.RING_TIMEOUT] == 19
