"""Who is not to be visited, by which channels, who said so and why; lifted with a reason, never deleted."""

from datetime import datetime
from typing import TypeVar

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer, Unfit
from callcenter.domain.intake.exclusion_words import UNFIT, say
from callcenter.domain.people import Channel
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.words.sentences import number_sentence
from callcenter.engine.excluding import CustomerNotFoundError, ExclusionNotFoundError, Lifted, Said, Who
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, from_cursor, to_cursor
from callcenter.web.api.evidence import LONGEST_KEY, checked_place
from callcenter.web.asked import Asked, Moment, Name, Words, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, parts_of, visitor_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

FoundT = TypeVar("FoundT")


class SignatureGiven(Asked):
    role: Signer
    name: Name


class Exclude(Asked):
    """What is to be written down; its customer's waiting callbacks leave the queue."""

    kind: ExclusionKind
    reason: str = Field(min_length=1, max_length=1000, description="Why.")
    customer: str = Field(default="", max_length=LONGEST_KEY, description="Id; may be left out beside a callback.")
    callback: str | None = Field(
        default=None, max_length=LONGEST_KEY, description="The one callback that it is about; null for the customer."
    )
    channels: list[Channel] = Field(default_factory=list, max_length=10, description="An opt-out's.")
    number: str = Field(default="", max_length=40, description="Which of the customer's numbers is wrong.")
    until: Moment | None = Field(default=None, description="An opt-out's end; null for good.")
    signatures: list[SignatureGiven] = Field(
        default_factory=list, max_length=10, description="A waiver's, all three by different people (C9-16)."
    )
    document: Words = Field(default="", description="Where the signed declaration is filed.")


class Lift(Asked):
    reason: str = Field(min_length=1, max_length=1000, description="Why it holds no longer.")
    put_back: bool = Field(
        default=True,
        description="Callbacks that left the queue for this alone are again where they stood; false: they stay out.",
    )


class ExclusionsAsked(Paged):
    standing: bool = Field(default=False, description="Not those that were lifted.")


class SignatureShown(Answer):
    role: Signer
    name: str


class LiftedShown(Answer):
    at: Instant
    by: str = Field(description="Login.")
    reason: str


class ExclusionShown(Answer):
    """One, as it was entered, and whether it was lifted."""

    id: str
    customer_id: str
    callback_id: str | None = Field(description="The one callback that it is about; null for the customer.")
    kind: ExclusionKind
    channels: list[Channel] = Field(description="By which there is no visit.")
    number: str = Field(description="The wrong one; E.164 for who may see numbers, masked for others.")
    until: Instant | None = Field(description="Null: for good.")
    reason: str
    signatures: list[SignatureShown]
    document: str
    at: Instant
    by: str = Field(description="Login; of what a visit log told, the agent's staff number.")
    holds: bool = Field(description="Now.")
    lifted: LiftedShown | None


class LiftingAsked(Answer):
    """What lifting it would do."""

    callbacks: list[str] = Field(description="Ids of those that only this keeps out of the queue.")


class LiftDone(ExclusionShown):
    """It, lifted, and what became of the callbacks that only this had kept out of the queue."""

    put_back: list[str] = Field(description="Ids of those that are again where they stood.")
    left_out: list[str] = Field(description="Ids of those that stay out.")


async def list_exclusions(request: web.Request) -> web.Response:
    asked = query_of(request, ExclusionsAsked)
    place = from_cursor(asked.cursor, tuple[datetime, str])
    after = None if place is None else checked_place(*place)
    found = await parts_of(request).restraints.latest(asked.limit, after, standing=asked.standing)
    follows = to_cursor((found[-1].at, found[-1].id)) if len(found) == asked.limit else None
    return answer(Page[ExclusionShown](items=[_shown(request, each) for each in found], next=follows))


async def of_customer(request: web.Request) -> web.Response:
    parts, customer_id = parts_of(request), request.match_info["customer"]
    if await parts.restraints.customer(customer_id) is None:
        raise Problem("not_found")
    found = await parts.restraints.of_customer(customer_id)
    return answer(Page[ExclusionShown](items=[_shown(request, each) for each in found]))


async def add_exclusion(request: web.Request) -> web.Response:
    asked = await body_of(request, Exclude)
    said = Said(
        kind=asked.kind,
        reason=asked.reason,
        customer_id=asked.customer,
        callback_id=asked.callback,
        channels=frozenset(asked.channels),
        number=_number(request, asked.number),
        until=asked.until,
        signatures=tuple(Signature(each.role, each.name) for each in asked.signatures),
        document=asked.document,
    )
    return answer(_shown(request, fit(request, await entered(request, said))), 201)


async def lift_exclusion(request: web.Request) -> web.Response:
    asked = await body_of(request, Lift)
    done = fit(request, await lifted(request, request.match_info["exclusion"], asked.reason, put_back=asked.put_back))
    shown = dict(_shown(request, done.exclusion))
    return answer(LiftDone(**shown, put_back=list(done.put_back), left_out=list(done.left_out)))


async def would_lift(request: web.Request) -> web.Response:
    try:
        found = await parts_of(request).excluding.would_return(request.match_info["exclusion"])
    except ExclusionNotFoundError as error:
        raise Problem("not_found") from error
    return answer(LiftingAsked(callbacks=list(found)))


async def entered(request: web.Request, said: Said) -> Exclusion | Unfit:
    """Raises Problem: not_found, invalid."""
    if said.kind is ExclusionKind.REFUSED:
        # The visit log tells it, with the talk in which it was said.
        raise Problem("invalid", errors=[FieldProblem(field="kind", message="is entered by the visit log only")])
    try:
        return await parts_of(request).excluding.enter(said, who_of(request))
    except CustomerNotFoundError as error:
        raise Problem("not_found", N_("There is no such customer, or no such callback of his.")) from error


async def lifted(request: web.Request, exclusion_id: str, reason: str, *, put_back: bool) -> Lifted | Unfit:
    """Raises Problem: not_found."""
    try:
        return await parts_of(request).excluding.lift(exclusion_id, reason, who_of(request), put_back=put_back)
    except ExclusionNotFoundError as error:
        raise Problem("not_found") from error


def who_of(request: web.Request) -> Who:
    account = account_of(request)
    return Who(account.id, account.login, visitor_of(request).address)


def fit(request: web.Request, found: FoundT | Unfit) -> FoundT:
    """Raises Problem: closed, invalid."""
    if found is Unfit.LIFTED_ALREADY:
        raise Problem("closed")
    if isinstance(found, Unfit):
        message = say(UNFIT[found], words_of(request).language)
        raise Problem("invalid", errors=[FieldProblem(field=FIELDS[found], message=message)])
    return found


FIELDS = {
    Unfit.REASON_LACKING: "reason",
    Unfit.CHANNELS_LACKING: "channels",
    Unfit.UNTIL_PAST: "until",
    Unfit.UNTIL_NOT_TAKEN: "until",
    Unfit.SIGNATURES_LACKING: "signatures",
    Unfit.SIGNERS_NOT_DISTINCT: "signatures",
    Unfit.NUMBER_LACKING: "number",
    Unfit.NUMBER_NOT_THEIRS: "number",
    Unfit.CALLBACK_LACKING: "callback",
    Unfit.LIFTED_ALREADY: "",
}
"""The field that each is about."""


def _number(request: web.Request, text: str) -> PhoneNumber | None:
    if not text:
        return None
    try:
        return parse_number(text, parts_of(request).terms.region)
    except MalformedNumberError as error:
        raise Problem(
            "invalid", errors=[FieldProblem(field="number", message=number_sentence(error, words_of(request).language))]
        ) from error


def _shown(request: web.Request, each: Exclusion) -> ExclusionShown:
    whole = account_of(request).may(Permission.SEE_NUMBERS)
    number = "" if each.number is None else each.number.e164 if whole else each.number.masked
    lifting = each.lifted
    return ExclusionShown(
        id=each.id,
        customer_id=each.customer_id,
        callback_id=each.callback_id,
        kind=each.kind,
        channels=sorted(each.channels),
        number=number,
        until=each.until,
        reason=each.reason,
        signatures=[SignatureShown(role=signed.role, name=signed.name) for signed in each.signatures],
        document=each.document,
        at=each.at,
        by=each.login,
        holds=each.holds(parts_of(request).service.clock.now()),
        lifted=LiftedShown(at=lifting.at, by=lifting.login, reason=lifting.reason) if lifting else None,
    )


_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
ROUTES = (
    Route(
        "GET",
        "/exclusions",
        list_exclusions,
        _READ,
        "listExclusions",
        "Opt-outs, waivers, wrong numbers …, the newest first, also those that were lifted.",
        query=ExclusionsAsked,
        answer=Page[ExclusionShown],
    ),
    Route(
        "POST",
        "/exclusions",
        add_exclusion,
        _CHANGE,
        "addExclusion",
        "Write down who is not to be visited, and why.",
        body=Exclude,
        answer=ExclusionShown,
        status=201,
        problems=("not_found",),
    ),
    Route(
        "POST",
        "/exclusions/{exclusion}/lift",
        lift_exclusion,
        _CHANGE,
        "liftExclusion",
        "It holds no longer, and stays to be read. Callbacks that left the queue for it alone are put back, if wanted.",
        body=Lift,
        answer=LiftDone,
        problems=("not_found", "closed"),
    ),
    Route(
        "GET",
        "/exclusions/{exclusion}/lift",
        would_lift,
        _READ,
        "previewLift",
        "What lifting it would put back into the queue.",
        answer=LiftingAsked,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/customers/{customer}/exclusions",
        of_customer,
        _READ,
        "listExclusionsOfCustomer",
        "All of this customer, the newest first.",
        answer=Page[ExclusionShown],
        problems=("not_found",),
    ),
)
