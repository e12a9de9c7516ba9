"""The kinds of values that several groups of a policy share: spans of time, shares, and words of the institution."""

from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, PlainValidator

from callcenter.domain.times.spans import Span, Unit, parse_span


def _span(value: object) -> Span:
    return value if isinstance(value, Span) else parse_span(str(value))


def _days(value: object) -> Span:
    span = _span(value)
    if span.unit is Unit.HOUR:
        raise ValueError(f"this is counted in days or more, not in hours: {span}")
    return span


def _repeating(value: object) -> Span:
    span = _days(value)
    if span.unit is Unit.SAME_DAY:
        raise ValueError("nothing repeats every same day; write 1 day")
    return span


SpanField = Annotated[Span, PlainValidator(_span), PlainSerializer(str)]
"""`5 working days`, `24 hours`, `same day`."""

DaysField = Annotated[Span, PlainValidator(_days), PlainSerializer(str)]
"""A span of days or longer: its end is the end of a local day."""

RepeatField = Annotated[Span, PlainValidator(_repeating), PlainSerializer(str)]
"""A span of a day or longer, after which something comes again."""

Word = Annotated[str, Field(pattern=r"^\w{1,40}$")]
"""A free word of the institution, of letters in any script, digits and _: a trigger, a class of customers, a role."""

Percent = Annotated[float, Field(ge=0, le=100)]

DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
