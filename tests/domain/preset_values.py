"""What the institutions' texts say, value by value, with the rule each comes from: written from the texts, not read
from the presets. What is not listed must not be set.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Said: TypeAlias = Mapping[str, tuple[Any, str]]
"""By path: the value as a policy writes it, and its rule."""


def _all(rule: str, **values: object) -> dict[str, tuple[Any, str]]:
    return {name: (value, rule) for name, value in values.items()}


def _in(table: str, rule: str, **values: object) -> dict[str, tuple[Any, str]]:
    return {f"{table}.{name}": (value, rule) for name, value in values.items()}


DUE: Mapping[str, Said] = {
    "due.tongjiang_new": {
        **_in("rules.signing", "C6-25", first_by="5 working days"),
        **_in("rules.signing", "C6-32", completed_by="1 month", coverage_percent=100, strength="hard"),
    },
    "due.tongjiang_cont": _in("rules.continuing", "C6-33", every="1 year", coverage_percent=100, strength="hard"),
    "due.liaoning_new": {
        **_in("rules.policy", "C9-09, C9-18", case_date="cooling_off_end"),
        **_in("rules.policy", "C9-09", coverage_percent=100, strength="advisory"),
    },
    "due.product": {
        **_in("rules.installation", "N1-13, YC-17", not_before="1 month"),
        **_in("rules.installation", "N1-16, YC-21", every="6 months"),
    },
    "due.repair_shop": {
        **_in("rules.paid_repair", "C2-03", first_by="10 days"),
        **_in("rules.warranty", "C2-03", first_by="10 days"),
        **_in("rules.registration", "C2-03", first_by="10 days"),
    },
    "due.plaza": {
        **_in("rules.complaint_handled", "N9-02", first_by="3 days", coverage_percent=50),
        **_in("rules.complaint_handled", "N9-09", handled_percent=100),
        **_in("rules.repair_done", "N9-02", first_by="3 days", coverage_percent=50),
        **_in("rules.repair_done", "N9-09", handled_percent=100),
    },
    "due.yayuan": {
        **_in("rules.complaint_handled", "N11-03", first_by="1 week"),
        **_in("rules.complaint_handled", "N11-07", coverage_percent=100),
        **_in("rules.repair_done", "N11-04", first_by="1 month"),
        **_in("rules.special_service", "N11-05", first_by="10 days"),
        **_in("rules.other", "N11-06", first_by="1 week"),
    },
    "due.lead_realestate": {
        **_in("rules.inbound", "N6-01", first_by="same day"),
        **_in("rules.inbound_good", "N6-01", first_by="same day"),
        **_in("rules.inbound_good", "N6-02", again_by="3 days"),
        **_in("rules.inbound_good", "N6-03", every="1 week", until="visited"),
        **_in("rules.visitor_ab", "N6-04", first_by="same day"),
        **_in("rules.visitor_ab", "N6-05", again_by="3 days"),
        **_in("rules.visitor_key", "N6-06", every="3 days"),
        **_in("rules.visitor_objection", "N6-06", every="1 week"),
        **_in("rules.visitor_c", "N6-07", every="1 week"),
        **_in("rules.visitor_d", "N6-08", channel="sms", occasion="holidays"),
        **_in("rules.buyer", "N6-12", first_by="same day"),
        **_in("rules.owner", "N6-13", every="1 half month"),
    },
    "due.lead_project": _in("rules.lead", "N8-07", every="2 days"),
    "due.inbound_message": _in("rules.inbound_message", "C10-02", first_by="same day"),
}

CADENCE: Mapping[str, Said] = {
    "cadence.generic": {
        **_in("classes.key", "GB-10", every="1 week"),
        **_in("classes.ordinary", "GB-10", every="1 month"),
        "classes.potential": ({}, "GB-10"),
    },
    "cadence.tobacco": {
        **_in("classes.core", "V10-01", every="2 weeks", minutes_least=15, minutes_most=20, notice="1 day"),
        **_in("classes.core", "V10-01", share_least_percent=5, share_most_percent=5),
        **_in("classes.potential", "V10-04", every="1 month", minutes_least=15, minutes_most=20, notice="same day"),
        **_in("classes.potential", "V10-04", share_least_percent=15, share_most_percent=35),
    },
    "cadence.telecom": {
        **_in("classes.good_c", "V15-04", every="1 quarter"),
        **_in("classes.ordinary_cd", "V15-04", every="1 half-year"),
    },
    "cadence.survey": _in("classes.any", "C7-02", every="1 quarter", form="email"),
    "cadence.rehab": {
        **_in("classes.any", "C4-03", every="10 days"),
        **_in("classes.any.also", "C4-03", home="20 days", test="30 days"),
    },
    "cadence.onsite": {
        **_in("classes.big", "N1-18", every="1 year", channel="onsite", signature=True),
        **_in("classes.very_big", "N1-18", every="6 months", channel="onsite", signature=True),
    },
}

SLA: Mapping[str, Said] = {
    "sla.hongxing": _in("clocks.complaint", "N3-02", reply="24 hours", solution="72 hours"),
    "sla.travel": _in("clocks.complaint", "N2-08", traced="72 hours"),
    "sla.telecom": {
        **_in("clocks.major", "V15-02", reply="4 hours", restored="8 hours"),
        **_in("clocks.severe", "V15-02", reply="12 hours", restored="24 hours"),
        **_in("clocks.ordinary", "V15-02", reply="24 hours", restored="48 hours"),
        **_in("clocks.other", "V15-02", reply="24 hours", restored="48 hours"),
    },
    "sla.opinion": _in("clocks.opinion", "C3-13, C6-50", handled="5 working days"),
    "sla.selfcheck": _in("clocks.self_check", "C3-09", submitted="3 working days"),
}

CHANNEL: Mapping[str, Said] = {
    "channel.liaoning": {
        **_all("C9-05", main="phone", onsite_not_by="salesperson", onsite_accompanied_by="salesperson"),
        **_all("C9-05", onsite_signature=True),
        **_all("C9-05, C9-06", alternatives=["onsite", "letter"]),
        **_all("C9-07", alternatives_cap_percent=10, cap_strength="override_with_reason"),
    },
    "channel.tongjiang": {
        **_all("C6-18", main="phone"),
        **_all("C6-06, C6-22", when_unwilling=["sms", "email"]),
        **_all("C6-37", also=["onsite", "letter"]),
    },
    "channel.realestate": {
        **_in("by_class", "N6-08", d="sms"),
        **_in("by_class", "N6-10", vip="sms"),
        **_all("N6-11", message_openings=["尊敬的贵宾", "先生/女士您好"], message_ending="预约电话 + 置业顾问"),
    },
    "channel.company": {
        **_all("N1-11", main="phone", also=["letter", "email", "qq"], onsite_customers=["important"]),
        **_all("N1-12", onsite_after=["good_suggestion"]),
    },
}

EVIDENCE: Mapping[str, Said] = {
    "retention.tongjiang": {
        **_all("C6-04, C6-19, C6-59", years=3),
        **_all("C6-04, C6-59", strength="hard"),
        **_all("C6-05", offline_disc=True),
    },
    "evidence.phone": {**_all("C6-02, C9-18", recording="mandatory"), **_all("C6-02", strength="hard")},
    "evidence.onsite": {
        **_all("C3-05, YC-25", onsite_signature="mandatory"),
        **_all("C3-05", onsite_recording="not_needed"),
    },
}

OVERSIGHT: Mapping[str, Said] = {
    "access.tongjiang": {
        **_all("C6-60", departments_approved_by="head_of_data_management"),
        **_all("C6-61", regulator_filed_with="wealth_management"),
    },
    "access.mining": _all("N5-06", every_reading_by="general_manager"),
    "access.securities": {
        **_all("C3-12", branch_reads_own_calls=True),
        **_all("C3-01", package="monthly", package_has_recordings=True, large_files_separately=True),
    },
    "review.company": {
        **_all("N1-22", log_by="same day"),
        **_all("N1-24", report_by="1 day"),
        **_all("N1-25", supervisor_by="3 days", with_consent_by="1 week"),
    },
    "review.community": _all("C1-09", report_by="1 day"),
    "review.project": {
        **_all("N8-04", schedule_on="sun", schedule_approved_by="manager"),
        **_all("N8-05", report_on="mon"),
        **_all("N8-08", week_starts="sat"),
    },
    "review.property": {
        **_all("N11-09", opinion_by="head", dissatisfied_is_complaint=True),
        **_all("N9-12, N11-16", statistics="monthly"),
    },
    "qc.tongjiang": {
        **_all("C6-11", sampling="irregular"),
        **_all("C6-11", questions=["plan_made", "finished_in_time", "results_true", "traces_kept"]),
        **_all("C6-10", assessment="monthly"),
        **_all("C6-12", violations="monthly"),
    },
    "qc.tobacco": {
        **_all("V12-03", sampling="same_day", sample_customers=5, by="phone"),
        **_all("V12-06", transfer_after=5),
    },
    "qc.bank": {**_all("V3-02", sampling="quarterly", scored=True), **_all("V3-04", live_listening=True)},
    "kpi.liaoning_A": {
        **_in("indicators.success_rate_a", "C9-10", over="success", of="due", less=["refused", "cancelled"]),
        **_in("indicators.success_rate_a", "C9-10", at_least_percent=90, strength="hard"),
    },
    "kpi.liaoning_B": {
        **_in("indicators.success_rate_b", "C9-29", over="success", of="due"),
        **_in("indicators.in_period_rate", "C9-29", over="in_period_success", of="due"),
        **_in("indicators.problem_ratio", "C9-29", over="problems", of="visits"),
        **_in("indicators.completion_rate", "C9-29", over="problems_handled", of="problems"),
    },
    "kpi.tongjiang": {
        **_in("indicators.new_signing", "C6-32", at_least_percent=100),
        **_in("indicators.continuing", "C6-33", at_least_percent=100),
    },
    "kpi.travel": {
        **_in("indicators.visit_rate", "N2-02", at_least_percent=80),
        **_all("N2-09", satisfaction_bands_percent=[90, 70, 50]),
    },
    "kpi.car_dealer": _in("indicators.csi", "N4-02", at_least_percent=93),
}

TALK: Mapping[str, Said] = {
    "script.survey": {
        **_all("C7-06", max_questions=5, questions_strength="override_with_reason"),
        **_all("C7-07", customer_hangs_up_first=True),
        **_all("C7-09", ask_why_if_dissatisfied=True),
    },
    "script.tongjiang": {**_all("C6-54", language="zh"), **_all("C6-39", adaptable=True)},
    "script.liaoning": {
        **_all("C9-18", strict=True),
        **_all("C9-08", filed_before_use=True),
        **_all("C9-03", person="policyholder"),
    },
    "script.repair": _all("C2-04", steps=["introduce", "car_condition", "explain", "ask_about_service", "farewell"]),
    "script.qishang": {
        **_all("V14-03", opening=["bank", "self", "service"]),
        **_all("V14-05", ask_convenient=True),
    },
    "escalation.yayuan": {
        **_all("N11-10", complaints_same_matter=2, reworks=3),
        **_all("N11-10", repeated_becomes="important_complaint", repeated_decided_by="leaders"),
    },
    "escalation.plaza": _in("callers", "N9-03", ordinary="assistant", important="supervisor", major="office_manager"),
    "escalation.liaoning": _all("C9-14", departments_needed=2, departments_to="leading_group"),
    "escalation.tongjiang": {
        **_all("C6-47", major_anomalies=["strong_dissatisfaction", "signs_of_violation", "false_or_missing_data"]),
        **_all("C6-48", major_anomaly_then=["superior", "second_visit"]),
    },
}

SAID: Mapping[str, Said] = {**DUE, **CADENCE, **SLA, **CHANNEL, **EVIDENCE, **OVERSIGHT, **TALK}

OF_HOURS_ATTEMPTS_AND_CONFLICTS = frozenset(
    {
        "window.tongjiang",
        "window.realestate",
        "window.field_sales_day",
        "window.liaoning",
        "window.night_duty",
        "window.appointment",
        "calendar.workdays_only",
        "calendar.holiday_greetings",
        "calendar.before_holiday",
        "attempts.tongjiang",
        "rounds.liaoning",
        "rounds.plaza",
        "rounds.lead",
        "rounds.survey",
        "coi.liaoning",
        "coi.tongjiang",
        "coi.open",
    }
)
"""The presets whose values other tests tell."""
