import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.phone import (
    BadTemplateError,
    DialRules,
    MalformedNumberError,
    NumberFormat,
    PhoneNumber,
    dial_string,
    may_dial_number,
    parse_number,
)
from callcenter.domain.refusal import Rule

ANYWHERE = DialRules(allowed_prefixes=("+",))

MOBILES = st.builds(lambda second, rest: f"+861{second}{rest:09}", st.integers(3, 9), st.integers(0, 999_999_999))


@pytest.mark.parametrize(
    ("text", "e164", "national"),
    [
        ("13800000001", "+8613800000001", "13800000001"),
        ("138 0000 0001", "+8613800000001", "13800000001"),
        ("138-0000-0001", "+8613800000001", "13800000001"),
        ("138\u20110000\u20130001", "+8613800000001", "13800000001"),
        ("１３８００００　０００１", "+8613800000001", "13800000001"),
        ("＋86 138 0000 0001", "+8613800000001", "13800000001"),
        ("0086 138 0000 0001", "+8613800000001", "13800000001"),
        ("010-12345678", "+861012345678", "01012345678"),
        ("(0451) 5755-1000", "+8645157551000", "045157551000"),
        ("400 812 3456", "+864008123456", "4008123456"),
        ("+44 20 7946 0000", "+442079460000", "02079460000"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, e164: str, national: str) -> None:
    number = parse_number(text, "CN")
    assert (number.e164, number.national) == (e164, national)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("abc", "digits, spaces, dashes"),
        ("138 0000 0001 ext 5", "extension"),
        ("010-12345678转12", "extension"),
        ("13800000001x9", "extension"),
        ("13800000001;9", "extension"),
        ("1-800-FLOWERS", "digits, spaces, dashes"),
        ("13800000001@evil", "digits, spaces, dashes"),
        ("138", "too short"),
        ("()", "too short"),
        ("95588", "too short"),
        ("010110", "too short"),
        ("1380000000", "13 to 19"),
        ("57551000", "area code"),
        ("11012345678", "13 to 19"),
        ("138000000012345678", "too long"),
        ("1380000000123", "too long: 13"),
        ("+999 123 456 789", "country code"),
    ],
)
def test_a_malformed_number_is_refused_with_a_sentence_that_does_not_repeat_it(text: str, sentence: str) -> None:
    with pytest.raises(MalformedNumberError, match=sentence) as caught:
        parse_number(text, "CN")
    assert not text.strip() or text not in str(caught.value)


def test_a_national_number_needs_a_region() -> None:
    with pytest.raises(MalformedNumberError, match="country code"):
        parse_number("13800000001", "")


@pytest.mark.parametrize("e164", ["13800000001", "+0138", "+86138000000011234567", "+86 138", "+8613800000001\n"])
def test_a_number_is_kept_in_e164_only(e164: str) -> None:
    with pytest.raises(MalformedNumberError):
        PhoneNumber(e164)


def test_one_number_has_one_form() -> None:
    with pytest.raises(MalformedNumberError, match="trunk 0"):
        PhoneNumber("+86013800000001")


def test_a_number_of_no_country_is_refused() -> None:
    with pytest.raises(MalformedNumberError, match="no country"):
        PhoneNumber("+210123456")


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+8613800000001", "138****0001"),
        ("+861012345678", "10****78"),
        ("+8645157551000", "451****1000"),
        ("+442079460000", "+44 20****00"),
        ("+86110", "****"),
        ("+6834000", "+683 ****"),
    ],
)
def test_a_number_masks_itself(e164: str, masked: str) -> None:
    number = PhoneNumber(e164)
    assert number.masked == masked
    assert str(number) == masked
    assert f"{number}" == masked
    assert repr(number) == f"PhoneNumber({masked!r})"


@given(MOBILES)
def test_the_middle_digits_of_a_mask_are_never_shown(e164: str) -> None:
    number = PhoneNumber(e164)
    for shown in (str(number), repr(number), f"{[number]}"):
        assert e164[6:10] + e164[10:12] not in shown
        assert "****" in shown
        assert sum(character.isdigit() for character in shown) == 7


@pytest.mark.parametrize(
    ("e164", "region"),
    [
        ("+8613800000001", "CN"),
        ("+442079460000", "GB"),
        ("+12425550000", "BS"),
        ("+80012345678", "001"),
        ("+1911", "US"),
    ],
)
def test_the_region_of_a_number(e164: str, region: str) -> None:
    assert PhoneNumber(e164).region == region


@pytest.mark.parametrize("code", ["110", "119", "120", "122", "112", "911"])
@pytest.mark.parametrize("form", ["{}", " {} ", "+86{}", "+86 {}", "0086{}", "0{}", "+1{}", "{}-"])
def test_emergency_numbers_are_never_dialled_however_they_are_written(code: str, form: str) -> None:
    number = parse_number(form.format(code), "CN")
    refusal = may_dial_number(number, ANYWHERE)
    assert refusal is not None
    assert refusal.rule is Rule.NUMBER_EMERGENCY
    assert refusal.detail["number"].lstrip("0") == code


@pytest.mark.parametrize("text", ["１１０", "1 1 0", "1-1-0", "(110)"])
def test_emergency_numbers_in_disguise_are_recognised(text: str) -> None:
    refusal = may_dial_number(parse_number(text, "CN"), ANYWHERE)
    assert refusal is not None
    assert refusal.rule is Rule.NUMBER_EMERGENCY


@pytest.mark.parametrize(
    ("e164", "rule"),
    [
        ("+8611012345678", Rule.NUMBER_EMERGENCY),
        ("+85299912345", Rule.NUMBER_EMERGENCY),
        ("+8695588", Rule.NUMBER_MALFORMED),
        ("+8612345", Rule.NUMBER_MALFORMED),
        ("+8657551000", Rule.NUMBER_MALFORMED),
        ("+19005550000", Rule.NUMBER_PREMIUM),
        ("+8616812345678", Rule.NUMBER_PREMIUM),
        ("+8616012345678", Rule.NUMBER_PREMIUM),
        ("+979123456789", Rule.NUMBER_PREMIUM),
    ],
)
def test_what_may_never_be_dialled(e164: str, rule: Rule) -> None:
    refusal = may_dial_number(PhoneNumber(e164), ANYWHERE)
    assert refusal is not None
    assert refusal.rule is rule


@pytest.mark.parametrize(
    ("e164", "rules", "allowed"),
    [
        ("+8613800000001", DialRules(), True),
        ("+442079460000", DialRules(), False),
        ("+442079460000", DialRules(allowed_regions=("GB",)), True),
        ("+442079460000", DialRules(allowed_prefixes=("+86", "+4420")), True),
        ("+441619460000", DialRules(allowed_prefixes=("+86", "+4420")), False),
        ("+12425550000", DialRules(allowed_prefixes=(), allowed_regions=("US",)), False),
        ("+8613800000001", DialRules(allowed_prefixes=()), False),
        ("+86122000000", DialRules(), False),
    ],
)
def test_only_allowed_prefixes_and_regions_are_dialled(e164: str, rules: DialRules, allowed: bool) -> None:
    refusal = may_dial_number(PhoneNumber(e164), rules)
    assert (refusal is None) is allowed


def test_a_refused_number_is_named_masked() -> None:
    refusal = may_dial_number(PhoneNumber("+442079460000"), DialRules(allowed_regions=("CN",)))
    assert refusal is not None
    assert refusal.rule is Rule.NUMBER_PREFIX
    assert refusal.detail == {"number": "+44 20****00", "allowed": "+86, CN"}


@given(MOBILES)
def test_a_possible_number_may_be_dialled_though_it_is_no_subscribers(e164: str) -> None:
    refusal = may_dial_number(PhoneNumber(e164), DialRules())
    assert refusal is None or (refusal.rule is Rule.NUMBER_PREMIUM and e164[3:6] in {"160", "168"})


@pytest.mark.parametrize(
    ("number_format", "dialled"),
    [
        (NumberFormat.E164, "PJSIP/+861012345678@trunk"),
        (NumberFormat.E164_BARE, "PJSIP/861012345678@trunk"),
        (NumberFormat.NATIONAL, "PJSIP/01012345678@trunk"),
    ],
)
def test_the_dial_string_has_the_trunks_format(number_format: NumberFormat, dialled: str) -> None:
    assert dial_string("PJSIP/{number}@trunk", PhoneNumber("+861012345678"), number_format) == dialled


def test_a_mobile_is_dialled_without_trunk_zero() -> None:
    number = PhoneNumber("+8613800000001")
    assert dial_string("PJSIP/trunk/sip:{number}@10.0.0.1:5060;user=phone", number, NumberFormat.NATIONAL) == (
        "PJSIP/trunk/sip:13800000001@10.0.0.1:5060;user=phone"
    )


@pytest.mark.parametrize(
    "template",
    [
        "",
        "PJSIP/trunk",
        "{number}",
        "PJSIP/{number}{number}",
        "PJSIP/{number}@trunk&PJSIP/13800000001@other",
        "PJSIP/{number}@trunk,30",
        "PJSIP/{number}@${EVIL}",
        "PJSIP/{number} @trunk",
        "PJSIP/{number}@trunk\n",
        "PJSIP/{number.e164}@trunk",
        "PJSIP/{number}@{trunk}",
    ],
)
def test_a_bad_template_is_an_error(template: str) -> None:
    with pytest.raises(BadTemplateError, match="must look like"):
        dial_string(template, PhoneNumber("+8613800000001"), NumberFormat.E164)


@given(st.text(alphabet="+0123456789 -()&,|@/${};^\n", max_size=24), st.sampled_from(NumberFormat))
def test_no_written_number_can_bring_characters_into_the_dial_string(text: str, number_format: NumberFormat) -> None:
    try:
        number = parse_number(text, "CN")
    except MalformedNumberError:
        return
    dialled = dial_string("PJSIP/{number}@trunk", number, number_format)
    middle = dialled.removeprefix("PJSIP/").removesuffix("@trunk").removeprefix("+")
    assert middle.isascii()
    assert middle.isdigit()
