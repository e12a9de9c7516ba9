"""Corrections of customer data (GB-06): proposed by who talked to the customer, taken over by a supervisor or not."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Account, Permission
from callcenter.domain.phone import MalformedNumberError, PhoneNumber
from callcenter.domain.visits.corrections import (
    LONGEST_VALUE,
    CorrectedField,
    Correction,
    CorrectionState,
    Uncorrectable,
)
from callcenter.engine.correcting import CorrectionChangedError, CorrectionNotFoundError, Proposed
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, to_cursor
from callcenter.web.api.evidence import LONGEST_KEY, place_of
from callcenter.web.api.exhausted import dialable
from callcenter.web.api.sheets import RequestKey
from callcenter.web.asked import Asked, Name, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, by_of, parts_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

MESSAGES = {
    Uncorrectable.NOTHING_NEW: N_("The record tells this already."),
    Uncorrectable.EMPTY: N_("Please fill this in."),
    Uncorrectable.OLD_CHANGED: N_("The record tells something else by now."),
    Uncorrectable.DECIDED: N_("This is decided already."),
}


class CorrectionsAsked(Paged):
    """Which corrections; the oldest first."""

    state: CorrectionState | None = Field(default=None)
    attempt: str = Field(default="", max_length=LONGEST_KEY)


class CorrectionMade(Asked):
    """What the customer's record tells wrongly. The old value is what the record tells now."""

    key: RequestKey = Field(description="Names this request, so that sending it again writes nothing twice.")
    field: CorrectedField
    new: Name = Field(description="Of a number: however written.")
    replaces: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Of a number: which one it replaces, from 0; null adds it.",
    )


class CorrectionDecided(Asked):
    version: int = Field(ge=1, description="The correction's version as it was read.")
    accept: bool = Field(description="true changes the customer's record.")


class CorrectionShown(Answer):
    id: str
    attempt_id: str
    callback_id: str
    customer_id: str
    field: CorrectedField
    old: str = Field(description="What the record told; of a number, masked for who may not see numbers.")
    new: str = Field(description="As before.")
    at: Instant
    login: str
    state: CorrectionState
    decided_at: Instant | None
    decided_by: str
    version: int


async def propose(request: web.Request) -> web.Response:
    record, asked = await mine.own_attempt(request), await body_of(request, CorrectionMade)
    new = asked.new[:LONGEST_VALUE]
    if asked.field is CorrectedField.NUMBER:
        try:
            new = (await dialable(request, record.attempt.callback_id, new)).e164
        except MalformedNumberError as error:
            raise Problem("invalid", errors=[FieldProblem(field="new", message=str(error))]) from error
    proposed = Proposed(asked.field, new, asked.key, asked.replaces)
    try:
        made = await parts_of(request).correcting.propose(record.attempt.id, proposed, by_of(request))
    except CorrectionNotFoundError as error:
        raise Problem("not_found") from error
    if isinstance(made, Uncorrectable):
        raise Problem("invalid", errors=[FieldProblem(field="new", message=MESSAGES[made])])
    return answer(show_correction(made, account_of(request)), 201)


async def list_corrections(request: web.Request) -> web.Response:
    asked, account = query_of(request, CorrectionsAsked), account_of(request)
    found = await parts_of(request).corrections.search(
        asked.state, attempt_id=asked.attempt, after=place_of(asked), limit=asked.limit
    )
    follows = to_cursor((found[-1].at, found[-1].id)) if len(found) == asked.limit else None
    return answer(Page[CorrectionShown](items=[show_correction(each, account) for each in found], next=follows))


async def decide(request: web.Request) -> web.Response:
    decision = await body_of(request, CorrectionDecided)
    return answer(show_correction(await decided(request, decision), account_of(request)))


async def decided(request: web.Request, asked: CorrectionDecided) -> Correction:
    """What became of the correction that the path names. Raises Problem: not_found, changed_meanwhile."""
    key = request.match_info["correction"]
    try:
        found = await parts_of(request).correcting.decide(key, asked.version, by_of(request), accept=asked.accept)
    except CorrectionNotFoundError as error:
        raise Problem("not_found") from error
    except CorrectionChangedError as error:
        raise Problem("changed_meanwhile") from error
    if isinstance(found, Uncorrectable):
        raise Problem("changed_meanwhile", MESSAGES[found])
    return found


def show_correction(correction: Correction, account: Account) -> CorrectionShown:
    values = {name: getattr(correction, name) for name in CorrectionShown.model_fields}
    if correction.field is CorrectedField.NUMBER and not account.may(Permission.SEE_NUMBERS):
        values |= {name: PhoneNumber(values[name]).masked for name in ("old", "new") if values[name]}
    return CorrectionShown(**values)


ROUTES = (
    Route(
        "POST",
        "/attempts/{attempt}/corrections",
        propose,
        Permission.USE_DESK,
        "addCorrection",
        "The customer's record is wrong: the new value, for a supervisor to take over.",
        body=CorrectionMade,
        answer=CorrectionShown,
        status=201,
        problems=("refused",),
    ),
    Route(
        "GET",
        "/corrections",
        list_corrections,
        Permission.READ_QUEUE,
        "listCorrections",
        "Corrections of customer data, the oldest first.",
        query=CorrectionsAsked,
        answer=Page[CorrectionShown],
    ),
    Route(
        "POST",
        "/corrections/{correction}/decision",
        decide,
        Permission.HANDLE_PROBLEMS,
        "decideCorrection",
        "Take it over into the customer's record, or not.",
        body=CorrectionDecided,
        answer=CorrectionShown,
        problems=("changed_meanwhile",),
    ),
)
