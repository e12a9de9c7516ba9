"""The phone that rings for an agent: on the desk or in the browser, and what the browser's needs to register."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.telephony import TelephonyError
from callcenter.domain.people import Agent, PhoneChoice
from callcenter.domain.refusal import Refusal, Rule
from callcenter.web import handling, mine
from callcenter.web.api.answers import Answer, answer
from callcenter.web.asked import Asked, body_of
from callcenter.web.parts import parts_of
from callcenter.web.phone.socket import phone_of
from callcenter.web.problems import Problem, refused
from callcenter.web.routes import Route

SOCKET = "/phone"
DOMAIN = "callcenter.invalid"
"""Names nothing: where the socket leads is Asterisk's, whatever the address says."""


class CallOnPhone(Answer):
    """A call of mine that goes on."""

    attempt: str
    state: CallState


class PhoneShown(Answer):
    """Which phone rings for me."""

    choice: PhoneChoice
    desk: str = Field(description="The phone on the desk, as it is dialled; empty for none.")
    connected: bool = Field(description="Whether a browser's phone of mine is registered here.")
    ready: bool = Field(description="Whether the chosen phone can ring, as far as the service knows.")
    call: CallOnPhone | None


class PhoneChosen(Asked):
    choice: PhoneChoice


class Credential(Answer):
    """With what the page of this sign-in registers. It is gone when the sign-in is."""

    user: str
    password: str
    domain: str = Field(description="Of its SIP address.")
    socket: str = Field(description="Path of the WebSocket for SIP (RFC 7118), with the subprotocol `sip`.")


async def show(request: web.Request) -> web.Response:
    return answer(await _shown(request, await mine.agent(request)))


async def choose(request: web.Request) -> web.Response:
    asked, agent = await body_of(request, PhoneChosen), await mine.agent(request)
    if asked.choice is PhoneChoice.DESK and not agent.endpoint:
        raise refused(Refusal(Rule.PHONE_UNKNOWN, detail={"endpoint": "-"}), mine.zone_of(request))
    await parts_of(request).people.choose_phone(agent.id, asked.choice)
    return answer(await _shown(request, await mine.agent(request)))


async def credential(request: web.Request) -> web.Response:
    phone = phone_of(request)
    try:
        await parts_of(request).phones.make(phone)
    except TelephonyError as error:
        raise Problem("unavailable", headers={"Retry-After": "2"}) from error
    return answer(Credential(user=phone.name, password=phone.password, domain=DOMAIN, socket=SOCKET), 201)


async def ring_back(request: web.Request) -> web.Response:
    record = await mine.own_attempt(request)
    refusal = await handling.ring_back(parts_of(request).service, record.attempt.id, await mine.agent(request))
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


async def _shown(request: web.Request, agent: Agent) -> PhoneShown:
    parts = parts_of(request)
    handsets = parts.service.handsets
    return PhoneShown(
        choice=agent.phone,
        desk=agent.endpoint,
        connected=handsets.of_agent(agent.id) is not None,
        ready=handsets.refusal(agent) is None,
        call=await _call_of(request, agent),
    )


async def _call_of(request: web.Request, agent: Agent) -> CallOnPhone | None:
    parts = parts_of(request)
    attempt = await parts.attempts.live_of(agent.id)
    call = handling.live_call(parts.service, attempt.id) if attempt else None
    return CallOnPhone(attempt=call.attempt_id, state=call.state) if call else None


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/phone", show, _DESK, "getPhone", "Which phone rings for me, and my call.", answer=PhoneShown),
    Route(
        "PUT",
        "/phone",
        choose,
        _DESK,
        "choosePhone",
        "Choose what rings when I dial: the phone on my desk, or the one in my browser.",
        body=PhoneChosen,
        answer=PhoneShown,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/phone/credential",
        credential,
        _DESK,
        "phoneCredential",
        "Make this sign-in's phone on Asterisk, or see that it is there. For browser sessions, not for tokens.",
        answer=Credential,
        status=201,
        problems=("refused", "unavailable"),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/ring-back",
        ring_back,
        _DESK,
        "ringBack",
        "Ring the phone that I chose, and bring it into my call in place of the one that is in it.",
        status=202,
        problems=("refused",),
    ),
)
