"""Each preset of attempts and rounds has the catalogue's values, each from its rule, and nothing beyond the texts.

Worked, with windows of 10:00-11:00 and 14:00-16:00 on working days:

attempts.tongjiang: Monday 10:15, no answer, from the 400 number; Monday 14:00, no answer, from the second number of the
trunk; Tuesday 10:00, no answer: used up.
rounds.liaoning: the same, and then it waits for a new number; a second round with that; then on-site or by letter.
rounds.plaza: the third visit and each further one are expressly allowed by telephone, each at the time agreed; the text
forbids it for class-3 complaints alone, so the first two may be made so, too.
rounds.lead: called on Monday; again from Tuesday on, by Thursday; then each week, until the customer visits.
rounds.survey: the customer names a problem; the callback comes back until the log says that it is solved.
"""

from typing import Any

import pytest

from callcenter.domain.people import Channel
from callcenter.domain.policies.attempts import FallbackWhen
from callcenter.domain.policies.retry import ChangeTime
from callcenter.domain.policies.rounds import Between, IfAnnoyed, Until
from callcenter.domain.refusal import Strength
from domain.values import policy

PRESETS: dict[str, dict[str, tuple[Any, str]]] = {
    "attempts.tongjiang": {
        "ring_seconds_min": (20, "C6-55"),
        "ring_strength": (Strength.OVERRIDE, "C6-55"),
        "dials_min": (3, "C6-57"),
        "change_time": (ChangeTime.SLOT, "C6-57"),
        "dials_strength": (Strength.HARD, "C6-57"),
        "log_invalid_calls": (True, "C6-56"),
        "caller_id": ("400", "C6-20"),
        "fallback_phone": ((FallbackWhen.LINE_OR_RECORDER_FAULT, FallbackWhen.NOT_ANSWERED), "C6-21"),
        "fallback_must_record": (True, "C6-21"),
    },
    "rounds.liaoning": {
        "phone_rounds": (2, "C9-21, C9-22"),
        "between": (Between.NEW_NUMBER, "C9-20, C9-21"),
        "reason_required": (True, "C9-20"),
        "then": ((Channel.ONSITE, Channel.LETTER), "C9-22, C9-23, C9-24"),
    },
    "rounds.plaza": {
        "until": (Until.MATTER_ANSWERED, "N9-07"),
        "each_with_appointed_time": (True, "N9-06"),
        "phone_allowed_after": (2, "N9-07"),
        "phone_allowed_strength": (Strength.ADVISORY, "product"),
        "phone_forbidden_for": (("class-3 complaints",), "N9-07"),
    },
    "rounds.lead": {
        "same_day": (1, "N6-01"),
        "within_days": (3, "N6-02"),
        "then_every_days": (7, "N6-03"),
        "until": (Until.CUSTOMER_VISITS, "N6-03"),
        "if_annoyed": (IfAnnoyed.LOWER_FREQUENCY, "N6-17"),
    },
    "rounds.survey": {"until": (Until.PROBLEM_SOLVED, "C7-11")},
}

SILENT: dict[str, dict[str, Any]] = {
    "attempts.tongjiang": {"dials_max": None, "min_gap_minutes": 30, "caller_ids": ()},
    "rounds.liaoning": {"dials_per_round": None, "new_number_days": 7, "strength": Strength.OVERRIDE},
    "rounds.plaza": {"phone_rounds": None},
    "rounds.lead": {"annoyed_factor": 2.0, "phone_rounds": None},
    "rounds.survey": {"phone_rounds": None, "then": ()},
}
"""Where the texts are silent: the product's own, and named so."""


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_the_texts_values_each_from_its_rule(name: str) -> None:
    group = getattr(policy(f'windows = "window.always"\n{name.partition(".")[0]} = "{name}"'), name.partition(".")[0])
    found = {key: (getattr(group, key), group.source_of(key)) for key in group.model_fields_set - {"source"}}
    assert found == PRESETS[name]
    for key, value in SILENT[name].items():
        assert (getattr(group, key), group.source_of(key)) == (value, "product")
