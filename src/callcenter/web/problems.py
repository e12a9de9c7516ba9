"""What went wrong, as problem details (RFC 9457): for programs a code, for people a sentence in their language."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field, PrivateAttr

from callcenter.domain.access import Permission
from callcenter.domain.refusal import Refusal
from callcenter.domain.words.sentences import sentence
from callcenter.web.language import N_, Translator
from callcenter.web.rights import lacking

MEDIA_TYPE = "application/problem+json"
UNAUTHORIZED = 401
PREFIX = "urn:callcenter:problem:"

TITLES: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, N_("The request cannot be understood.")),
    "not_signed_in": (401, N_("You are not signed in.")),
    "sign_in_refused": (401, N_("Login or password is wrong.")),
    "forbidden": (403, N_("You have no right to do this.")),
    "cross_origin": (403, N_("The request came from another site.")),
    "not_found": (404, N_("There is nothing here.")),
    "method_not_allowed": (405, N_("This cannot be done here.")),
    "too_slow": (408, N_("The request came too slowly.")),
    "refused": (409, N_("A rule refuses.")),
    "changed_meanwhile": (409, N_("Somebody else changed it meanwhile.")),
    "closed": (409, N_("It is closed already.")),
    "own_plan": (409, N_("You submitted this plan yourself; somebody else must approve it.")),
    "not_a_draft": (409, N_("Only a draft is changed; take the plan back to a draft first.")),
    "not_exhausted": (409, N_("The attempts of this callback are not used up.")),
    "not_closed": (409, N_("This callback is not closed.")),
    "taken": (409, N_("There is one already.")),
    "last_administrator": (409, N_("This is the last administrator.")),
    "gone": (410, N_("It is not there any more.")),
    "too_large": (413, N_("It is too large.")),
    "media_type": (415, N_("This kind of content is not taken here.")),
    "range": (416, N_("The recording has no such part.")),
    "invalid": (422, N_("Some values are not right.")),
    "incomplete": (422, N_("The visit log is not complete.")),
    "plan_incomplete": (422, N_("The plan does not tell everything yet.")),
    "other_request": (422, N_("This idempotency key was used for another request.")),
    "too_many": (429, N_("Too many attempts; wait a while.")),
    "broken": (500, N_("The service made a mistake; its log tells more.")),
    "unavailable": (503, N_("This cannot be had just now; try again.")),
}
"""Every problem that the API tells of, with its status."""


class FieldProblem(BaseModel):
    """One value that is not right."""

    field: str = Field(description="Where it is, parts joined by dots.")
    message: str = Field(description="In your language where the sentence is the service's own.")
    _values: Mapping[str, object] = PrivateAttr(default_factory=dict)

    def said(self, _: Translator) -> "FieldProblem":
        return FieldProblem(field=self.field, message=_(self.message, **self._values))


def wrong(field: str, text: str, **values: object) -> FieldProblem:
    """text: of the catalogue, with {names} from `values`."""
    problem = FieldProblem(field=field, message=text)
    problem._values = values  # noqa: SLF001 (it is made here)
    return problem


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str = Field(description=f"`{PREFIX}` and the problem's code.")
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: list[FieldProblem] = Field(default_factory=list, description="Which values are not right.")
    rule: str = Field(default="", description="The rule that refused.")
    source: str = Field(default="", description="Where the rule comes from.")
    strength: str = Field(default="", description="Whether the rule may be overridden with a reason.")
    needs: list[str] = Field(default_factory=list, description="Rights that who asks has not; one of them would do.")
    opens_at: str | None = Field(default=None, description="When this rule no longer refuses; UTC.")


class Problem(Exception):  # noqa: N818 (the RFC's word)
    """code: one of TITLES. detail: a text of the catalogue, with {names} from `values`; where there is none, it names
    the rights of `needs`, of which one would do.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldProblem] = (),
        refusal: Refusal | None = None,
        zone: str = "UTC",
        needs: Collection[Permission] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = TITLES[code][0]
        self.headers = dict(headers or {})
        if self.status == UNAUTHORIZED:
            self.headers.setdefault("WWW-Authenticate", "Bearer")
        self._detail, self._values = detail, values
        self.errors, self._refusal, self._zone = tuple(errors), refusal, zone
        self._needs = frozenset(needs)

    def details(self, _: Translator, instance: str = "") -> ProblemDetails:
        told = ProblemDetails(
            type=f"{PREFIX}{self.code}",
            title=_(TITLES[self.code][1]),
            status=self.status,
            detail=_(self._detail, **self._values) if self._detail else lacking(self._needs, _),
            needs=sorted(self._needs),
            instance=instance,
            errors=[each.said(_) for each in self.errors],
        )
        if (refusal := self._refusal) is None:
            return told
        return told.model_copy(
            update={
                "detail": sentence(refusal, _.language, self._zone),
                "rule": refusal.rule.value,
                "source": refusal.source,
                "strength": refusal.strength.value,
                "opens_at": refusal.opens_at.isoformat() if refusal.opens_at else None,
            }
        )

    def response(self, _: Translator, instance: str = "") -> web.Response:
        text = self.details(_, instance).model_dump_json(exclude_defaults=True)
        return web.Response(text=text, status=self.status, content_type=MEDIA_TYPE, headers=self.headers)


def refused(refusal: Refusal, zone: str) -> Problem:
    """A rule said no. zone: in which its next opening is told."""
    return Problem("refused", refusal=refusal, zone=zone)


_OF_STATUS = {status: code for code, (status, _) in reversed([*TITLES.items()])}


def of_http(error: web.HTTPException) -> Problem:
    """What the framework refused, as a problem."""
    code = _OF_STATUS.get(error.status, "bad_request" if error.status < 500 else "broken")  # noqa: PLR2004 (HTTP)
    kept = {name: value for name, value in error.headers.items() if name in {"Allow", "Retry-After"}}
    return Problem(code, headers=kept)


def members(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """pydantic's mistakes as ours, without the values: they may be personal data."""
    return [
        FieldProblem(field=".".join(str(part) for part in error["loc"])[:200], message=_message(error))
        for error in errors[:50]
    ]


def _message(error: Mapping[str, Any]) -> str:
    """A check of our own raises a ValueError with a text of the catalogue."""
    text = str(error["msg"])[:300]
    return text.removeprefix("Value error, ") if error.get("type") == "value_error" else text
