"""Which stored versions would say otherwise if they were written today?

tongjiang version 1 was stored when attempts.tongjiang asked for two dials; today it asks for three (C6-57): version 2,
with three, is offered.
"""

from datetime import date

import pytest

from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.policies.renewal import renewal
from callcenter.domain.policies.written import KeptPolicy

TODAY = date(2026, 11, 23)
OWN = (
    'name = "mine"\nversion = 3\neffective_from = 2026-03-01\ntitle = {zh = "x", en = "x"}\nwindows = "window.always"\n'
)


def once(name: str) -> str:
    """As the presets were."""
    return preset_text(name).replace("dials_min = 3", "dials_min = 2")


def stored(text: str, *, today: bool = False) -> KeptPolicy:
    return KeptPolicy(load_policy(text) if today else load_policy(text, once), text)


def test_the_products_own_first_version_is_offered_anew() -> None:
    found = renewal(stored(preset_text("tongjiang")), TODAY)
    assert found is not None
    assert (found.name, found.kept.version, found.policy.version, found.of_product) == ("tongjiang", 1, 2, True)
    assert [(each.either.name, each.before and each.before.value, each.either.value) for each in found.changes] == [
        ("attempts.dials_min", 2, 3)
    ]
    assert found.policy.effective_from == TODAY
    assert load_policy(found.text) == found.policy
    assert renewal(KeptPolicy(found.policy, found.text), TODAY) is None


def test_also_where_the_text_of_the_whole_preset_is_another_today() -> None:
    """What was written then is no matter: the product brought it along."""
    old = preset_text("always_open").replace('attempts = "attempts.trial"\n', "")
    found = renewal(stored(old, today=True), TODAY)
    assert found is not None
    assert {each.either.group for each in found.changes} == {"attempts"}


def test_an_institutions_own_version_is_read_anew_as_it_was_written() -> None:
    own = OWN + '[attempts]\npreset = "attempts.tongjiang"\nring_seconds_min = 30\n'
    found = renewal(stored(own), TODAY)
    assert found is not None
    assert (found.of_product, found.policy.version) == (False, 4)
    assert (found.policy.attempts.dials_min, found.policy.attempts.ring_seconds_min) == (3, 30)
    later = (
        preset_text("tongjiang")
        .replace("version = 1", "version = 2")
        .replace('"attempts.tongjiang"', "{dials_min = 2}")
    )
    assert renewal(stored(later), TODAY) is None, "a version of their own is theirs, whatever the product would say"


@pytest.mark.parametrize("name", [name for name in preset_names() if "." not in name])
def test_what_was_stored_today_needs_no_renewal(name: str) -> None:
    assert renewal(stored(preset_text(name), today=True), TODAY) is None


def test_what_cannot_be_read_anew_is_left_alone() -> None:
    policy = load_policy(OWN)
    assert renewal(KeptPolicy(policy, None), TODAY) is None
    assert renewal(KeptPolicy(policy, OWN.replace("window.always", "window.gone")), TODAY) is None


def test_one_that_is_yet_to_begin_is_not_overtaken() -> None:
    begins = date(2027, 1, 1)
    own = OWN.replace("2026-03-01", begins.isoformat()) + 'attempts = "attempts.tongjiang"\n'
    found = renewal(stored(own), TODAY)
    assert found is not None
    assert found.policy.effective_from == begins


def test_a_rule_id_that_was_put_right_alone_changes_no_decision() -> None:
    def other(name: str) -> str:
        return preset_text(name).replace('"C6-55"', '"C6-56"')

    kept = KeptPolicy(load_policy(preset_text("tongjiang"), other), None)
    assert kept.policy != load_policy(preset_text("tongjiang"))
    assert renewal(kept, TODAY) is None
