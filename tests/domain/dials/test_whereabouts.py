from dataclasses import replace

import pytest

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.dials.whereabouts import number_zones, zones_of, zones_of_case
from callcenter.domain.phone import PhoneNumber
from domain.values import case

SHANGHAI, BERLIN, NEW_YORK, PLAN = "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Tokyo"
BEIJING_LINE, CHINESE_MOBILE = "+861058888888", "+8613800000001"
NEW_YORK_LINE, RUSSIAN_MOBILE, FREE_CALL, NO_SUCH = "+12125550123", "+79161234567", "+18005550123", "+8695588"


@pytest.mark.parametrize(
    ("record", "number", "expected"),
    [
        ("", None, (PLAN,)),
        ("", CHINESE_MOBILE, (SHANGHAI,)),
        ("", BEIJING_LINE, (SHANGHAI,)),
        ("", NEW_YORK_LINE, (NEW_YORK,)),
        ("", FREE_CALL, (PLAN,)),
        ("", NO_SUCH, (PLAN,)),
        (BERLIN, None, (BERLIN,)),
        (BERLIN, CHINESE_MOBILE, (BERLIN,)),
        (BERLIN, BEIJING_LINE, (BERLIN, SHANGHAI)),
        (BERLIN, NEW_YORK_LINE, (BERLIN, NEW_YORK)),
        (SHANGHAI, BEIJING_LINE, (SHANGHAI,)),
        (BERLIN, FREE_CALL, (BERLIN,)),
        ("Europe/Moscow", RUSSIAN_MOBILE, ("Europe/Moscow",)),
        ("Mars/Olympus", CHINESE_MOBILE, ("Mars/Olympus",)),
    ],
)
def test_record_before_number_before_plan_and_a_fixed_line_against_the_record(
    record: str, number: str | None, expected: tuple[str, ...]
) -> None:
    assert zones_of(record, PhoneNumber(number) if number else None, PLAN) == expected


def test_a_number_of_a_wide_country_is_in_all_its_zones() -> None:
    zones = zones_of("", PhoneNumber(RUSSIAN_MOBILE), PLAN)
    assert {"Europe/Moscow", "Asia/Vladivostok"} <= set(zones)
    assert PLAN not in zones


def test_of_several_zones_the_plans_comes_first_and_the_others_still_count() -> None:
    zones = zones_of("", PhoneNumber(RUSSIAN_MOBILE), "Europe/Moscow")
    assert zones[0] == "Europe/Moscow"
    assert len(zones) == len(set(zones)) == len(number_zones(PhoneNumber(RUSSIAN_MOBILE)).zones)


def test_only_a_fixed_line_cannot_be_carried_away() -> None:
    assert number_zones(PhoneNumber(BEIJING_LINE)).fixed
    assert not number_zones(PhoneNumber(CHINESE_MOBILE)).fixed


def test_times_are_told_in_the_first_zone_of_the_number_that_is_dialled() -> None:
    beijing = case(plan_zone=BERLIN)
    assert zone_name(beijing) == SHANGHAI
    assert zones_of_case(beijing, PhoneNumber(NEW_YORK_LINE)) == (NEW_YORK,)


def test_who_has_no_number_lives_where_the_plan_says_unless_his_record_tells() -> None:
    for record, zones in (("", (PLAN,)), (BERLIN, (BERLIN,))):
        usual = case(zone=record, plan_zone=PLAN)
        assert zones_of_case(replace(usual, customer=replace(usual.customer, numbers=()))) == zones
