from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import Channel, VisitType
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.visitlog import (
    CHANNEL_NAMES,
    FieldName,
    RecordingException,
    VisitLog,
    may_close,
    missing_fields,
    opened_log,
)
from domain.values import MONDAY_10_15, agent, attempt, case

SLOT = "2026-11-23/10:00-11:00"
KEPT = RecordingState.VERIFIED

SEVEN = ["VISITED_AT", "AGENT", "CUSTOMER", "CHANNEL", "CONTENT", "PROBLEMS", "HANDLING_RESULT"]
"""C6-03."""


def talk(end: EndReason = EndReason.CUSTOMER) -> VisitLog:
    return opened_log(case(), attempt(2, Outcome.ANSWERED, SLOT, end=end), agent())


def complete() -> VisitLog:
    return replace(
        talk(),
        content="satisfied with the service",
        problems="none",
        handling_result="nothing to handle",
        disposition=Disposition.SUCCESS,
    )


def test_the_machine_fills_in_what_it_knows() -> None:
    log = talk()
    assert (log.attempt_id, log.callback_id, log.visited_at) == ("t2", "c1", MONDAY_10_15)
    assert (log.agent, log.staff_number, log.customer) == ("Li Na", "1001", "Acme Zhang San")
    assert (log.attempt, log.slot, log.round, log.plan) == (2, SLOT, 1, "Autumn")
    assert (log.visit_type, log.purpose) == (VisitType.ROUTINE_NEW, "after signing")
    assert (log.language, log.manager, log.hung_up_by) == ("zh", "Wang Wei", EndReason.CUSTOMER)
    assert log.channel is Channel.PHONE
    assert CHANNEL_NAMES[log.channel] == "电话回访"


def test_every_channel_has_the_name_the_form_prints() -> None:
    assert set(CHANNEL_NAMES) == set(Channel)


def test_without_a_purpose_of_its_own_a_callback_has_its_plans() -> None:
    plain = case()
    plain = replace(plain, callback=replace(plain.callback, purpose=""))
    assert opened_log(plain, attempt(1, Outcome.ANSWERED, SLOT), agent()).purpose == "satisfaction"


def test_a_customer_without_organisation_is_named_alone() -> None:
    plain = case()
    plain = replace(plain, customer=replace(plain.customer, organisation=""))
    assert opened_log(plain, attempt(1, Outcome.ANSWERED, SLOT), agent()).customer == "Zhang San"


def test_the_agent_fills_in_the_rest() -> None:
    assert missing_fields(talk()) == (
        FieldName.CONTENT,
        FieldName.PROBLEMS,
        FieldName.HANDLING_RESULT,
        FieldName.DISPOSITION,
    )
    assert missing_fields(complete()) == ()


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        (FieldName.VISITED_AT, {"visited_at": None}),
        (FieldName.AGENT, {"agent": ""}),
        (FieldName.STAFF_NUMBER, {"staff_number": " "}),
        (FieldName.CUSTOMER, {"customer": ""}),
        (FieldName.CHANNEL, {"channel": None}),
        (FieldName.CONTENT, {"content": "\n"}),
        (FieldName.PROBLEMS, {"problems": ""}),
        (FieldName.HANDLING_RESULT, {"handling_result": ""}),
        (FieldName.DISPOSITION, {"disposition": None}),
        (FieldName.VISIT_TYPE, {"visit_type": None}),
        (FieldName.PURPOSE, {"purpose": ""}),
        (FieldName.PLAN, {"plan": ""}),
        (FieldName.ATTEMPT, {"attempt": 0}),
        (FieldName.SLOT, {"slot": ""}),
        (FieldName.ROUND, {"round": 0}),
        (FieldName.NEXT_VISIT_AT, {"resolved": False}),
        (FieldName.NEXT_VISIT_AT, {"disposition": Disposition.APPOINTMENT}),
    ],
)
def test_each_mandatory_field_alone_keeps_the_log_open(name: FieldName, empty: dict[str, object]) -> None:
    log = replace(complete(), **empty)  # type: ignore[arg-type]  # a table of fields of many types
    assert missing_fields(log) == (name,)
    assert may_close(log, KEPT) == (name,)


@pytest.mark.parametrize("field", SEVEN)
def test_the_seven_fields_are_mandatory(field: str) -> None:
    blank = VisitLog("t1", "c1", outcome=Outcome.ANSWERED)
    assert FieldName[field] in missing_fields(blank)


def test_an_empty_log_misses_its_outcome_and_the_reason() -> None:
    assert {FieldName.OUTCOME, FieldName.OUTCOME_REASON} <= set(missing_fields(VisitLog("t1", "c1")))


def test_a_next_visit_closes_what_is_not_solved() -> None:
    log = replace(complete(), resolved=False, next_visit_at=MONDAY_10_15 + timedelta(days=2))
    assert may_close(log, KEPT) == ()


@pytest.mark.parametrize("recording", [None, *RecordingState])
def test_a_talk_closes_with_its_recording_only(recording: RecordingState | None) -> None:
    kept = recording in {RecordingState.STORED, RecordingState.VERIFIED}
    assert may_close(complete(), recording) == (() if kept else (FieldName.RECORDING,))


def test_an_exception_from_the_list_needs_its_circumstances() -> None:
    log = replace(complete(), exception=RecordingException.RECORDER_FAULT)
    assert may_close(log, RecordingState.MISSING) == (FieldName.RECORDING_EXCEPTION,)
    assert may_close(replace(log, exception_note=" "), None) == (FieldName.RECORDING_EXCEPTION,)
    assert may_close(replace(log, exception_note="disk failed at 10:16"), None) == ()


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.ANSWERED])
def test_a_vain_dial_logs_itself_with_outcome_and_reason(outcome: Outcome) -> None:
    log = opened_log(case(), attempt(1, outcome, SLOT, end=EndReason.NETWORK), agent())
    assert log.outcome is outcome
    assert log.outcome_reason.endswith("网络结束呼叫")
    assert may_close(log, None) == ()
    assert may_close(replace(log, outcome_reason=" "), None) == (FieldName.OUTCOME_REASON,)
    assert log.hung_up_by is None


def test_a_vain_dials_reason_is_in_the_customers_language() -> None:
    dial = attempt(1, Outcome.BUSY, SLOT)
    assert opened_log(case(language="en"), dial, agent()).outcome_reason == "busy"
    assert opened_log(case(language="zh-CN"), dial, agent()).outcome_reason == "占线"


def test_the_log_of_a_live_dial_is_open() -> None:
    log = opened_log(case(), attempt(1, None, SLOT), agent())
    assert FieldName.OUTCOME in missing_fields(log)
    assert (log.outcome_reason, log.hung_up_by) == ("", None)
