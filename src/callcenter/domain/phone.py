"""Which number is it, may it be dialled at all, how is it written for the trunk? It masks itself."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

from callcenter.domain.refusal import Refusal, Rule

_E164 = re.compile(r"\+[1-9][0-9]{3,14}")
_WRITTEN = re.compile(r"\+?[0-9 ()./\-]+")
_EXTENSION = re.compile(r"[0-9)][ ]*(?:ext|extn|extension|x|#|,|;|\*|转|轉|分机|分機)", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー·•", "-"))
_CHINA = 86
_CHINESE = re.compile(r"1[3-9][0-9]{9}|10[0-9]{8}|[2-9][0-9]{9,10}")
_LONGEST_SHORT_CODE = 6
_EMERGENCY = frozenset({"110", "119", "120", "122", "112", "911", "999"})
_PREMIUM = {_CHINA: ("160", "168")}
"""Spoken information services billed to the caller, which the library does not list, by calling code."""

_SHOWN = ((11, (3, 4)), (8, (2, 2)), (0, (0, 0)))
"""How many leading and trailing digits a mask shows, from a number of digits on."""

_TEMPLATE = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.:;=@+/-]*\{number\}[A-Za-z0-9_.:;=@+/-]*")


class MalformedNumberError(ValueError):
    """The text is no phone number that could be dialled. The message never repeats the number."""


class BadTemplateError(ValueError):
    """A trunk's dial-string template that could not be used safely."""


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A phone number in E.164, for example `+8613800000001`. Its text form is masked: only `e164` and
    `national` tell it in full. Raises MalformedNumberError for anything but its one canonical form.
    """

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise MalformedNumberError("a number is kept as + and 4 to 15 digits, for example +8613800000001")
        if phonenumbers.format_number(parsed_number(self.e164), PhoneNumberFormat.E164) != self.e164:
            raise MalformedNumberError("the number has a trunk 0 after its country code")

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked!r})"

    @property
    def national(self) -> str:
        """Digits as dialled inside the number's own country: `13800000001`, `01012345678` (with trunk 0)."""
        written = phonenumbers.format_number(parsed_number(self.e164), PhoneNumberFormat.NATIONAL)
        return "".join(character for character in written if character in "0123456789")

    @property
    def masked(self) -> str:
        """`138****0001`; outside China with the calling code before it. At least four digits stay hidden."""
        parsed = parsed_number(self.e164)
        digits = phonenumbers.national_significant_number(parsed)
        head, tail = next(shown for length, shown in _SHOWN if len(digits) >= length)
        code = "" if parsed.country_code == _CHINA else f"+{parsed.country_code} "
        return f"{code}{digits[:head]}****{digits[len(digits) - tail :]}"

    @property
    def region(self) -> str:
        """ISO 3166 region, for example `CN`; `ZZ` when the calling code belongs to none."""
        parsed = parsed_number(self.e164)
        known = phonenumbers.region_code_for_number(parsed)
        return known or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


class NumberFormat(StrEnum):
    """How a trunk wants its numbers: `+8613800000001`, `8613800000001`, or as dialled inside the country."""

    E164 = "e164"
    E164_BARE = "e164_bare"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class DialRules:
    """Where this installation may call: a number passes when one of the prefixes (E.164, with +) begins it or
    its region (ISO 3166) is listed. With both empty nothing may be dialled. Premium and emergency
    numbers never pass.
    """

    allowed_prefixes: tuple[str, ...] = ("+86",)
    allowed_regions: tuple[str, ...] = ()


def parse_number(text: str, region: str) -> PhoneNumber:
    """The number that was written. region: ISO 3166 code for numbers without +, for example `CN`.

    Spaces, dashes, dots, brackets, 00 and full-width digits are accepted; extensions and letters are not. It
    must be a possible number; it need not be a subscriber's. Emergency numbers are returned, so that the gate
    can name them. Raises MalformedNumberError with a sentence for the person who wrote it.
    """
    written = unicodedata.normalize("NFKC", text).translate(_DASHES)
    written = " ".join(written.split())
    if not written:
        raise MalformedNumberError("the phone number is empty")
    if _EXTENSION.search(written):
        raise MalformedNumberError("a phone number with an extension cannot be dialled; give the direct number")
    if not _WRITTEN.fullmatch(written):
        raise MalformedNumberError("a phone number is written with digits, spaces, dashes and a leading + only")
    try:
        parsed = phonenumbers.parse(written, region)
    except NumberParseException as error:
        raise MalformedNumberError(_parse_sentence(error, region)) from error
    digits = phonenumbers.national_significant_number(parsed)
    if digits.lstrip("0") not in _EMERGENCY and (wrong := _impossible(parsed, digits)):
        raise MalformedNumberError(wrong)
    return PhoneNumber(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def may_dial_number(number: PhoneNumber, rules: DialRules) -> Refusal | None:
    """None when the number may be dialled; otherwise NUMBER_EMERGENCY, NUMBER_MALFORMED (short codes),
    NUMBER_PREMIUM or NUMBER_PREFIX.
    """
    parsed = parsed_number(number.e164)
    digits = phonenumbers.national_significant_number(parsed)
    detail = {"number": number.masked if len(digits) > _LONGEST_SHORT_CODE else digits}
    if _reaches_emergency(parsed, digits, number.region):
        return Refusal(Rule.NUMBER_EMERGENCY, detail=detail)
    if wrong := _impossible(parsed, digits):
        return Refusal(Rule.NUMBER_MALFORMED, detail=detail | {"reason": wrong})
    if _is_premium(parsed, digits):
        return Refusal(Rule.NUMBER_PREMIUM, detail=detail)
    if number.e164.startswith(rules.allowed_prefixes) or number.region in rules.allowed_regions:
        return None
    allowed = ", ".join((*rules.allowed_prefixes, *rules.allowed_regions))
    return Refusal(Rule.NUMBER_PREFIX, detail=detail | {"allowed": allowed})


def dial_string(template: str, number: PhoneNumber, number_format: NumberFormat) -> str:
    """What Asterisk is told to dial, for example `PJSIP/+8613800000001@trunk` from `PJSIP/{number}@trunk`.

    Raises BadTemplateError; see check_template.
    """
    check_template(template)
    written = {
        NumberFormat.E164: number.e164,
        NumberFormat.E164_BARE: number.e164.removeprefix("+"),
        NumberFormat.NATIONAL: number.national,
    }
    return template.replace("{number}", written[number_format])


def check_template(template: str) -> None:
    """Raises BadTemplateError unless it is TECHNOLOGY/... with one `{number}` and harmless characters."""
    if template.count("{number}") != 1 or not _TEMPLATE.fullmatch(template):
        raise BadTemplateError(
            f"the dial-string template {template!r} must look like PJSIP/{{number}}@trunk: a technology, a "
            "slash, {number} exactly once, and otherwise only letters, digits and _ . : ; = @ + - /"
        )


@lru_cache(maxsize=4096)
def parsed_number(e164: str) -> phonenumbers.PhoneNumber:
    """As the library knows it. Raises MalformedNumberError."""
    try:
        return phonenumbers.parse(e164, None)
    except NumberParseException as error:
        raise MalformedNumberError("the number's calling code belongs to no country") from error


def _parse_sentence(error: NumberParseException, region: str) -> str:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return f"the phone number's country code is unknown; without + it is read as one of {region or '?'}"
    if error.error_type == NumberParseException.TOO_LONG:
        return "the phone number is too long"
    return "the phone number is too short"


def _impossible(parsed: phonenumbers.PhoneNumber, digits: str) -> str:
    """Why no subscriber can have this number; empty when one could."""
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == ValidationResult.TOO_LONG:
        return f"the phone number is too long: {len(digits)} digits"
    if reason != ValidationResult.IS_POSSIBLE:
        return f"the phone number is too short: {len(digits)} digits"
    if parsed.country_code == _CHINA and not _CHINESE.fullmatch(digits):
        return "a Chinese number has 11 digits beginning with 13 to 19, or an area code and 7 or 8 digits"
    return ""


def _reaches_emergency(parsed: phonenumbers.PhoneNumber, digits: str, region: str) -> bool:
    """Also a longer number that begins with an emergency code, unless it is a subscriber's: switches that
    match digit by digit connect at once.
    """
    if digits.lstrip("0") in _EMERGENCY:
        return True
    return phonenumbers.connects_to_emergency_number(digits, region) and not phonenumbers.is_valid_number(parsed)


def _is_premium(parsed: phonenumbers.PhoneNumber, digits: str) -> bool:
    if phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
        return True
    return digits.startswith(_PREMIUM.get(parsed.country_code or 0, ()))
