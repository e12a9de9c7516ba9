"""Can agents speak through their browsers: phones made at run time, modules, Asterisk's SIP WebSocket?"""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from callcenter.ari.errors import NotFoundError, RefusedError
from callcenter.ari.phones import KINDS, PhonesOnAsterisk, PhoneTerms, settings_of
from callcenter.ari.sip_lines import AsteriskLine, AsteriskLines
from callcenter.doctor.finding import Surroundings, Word, ok, skipped, warning
from callcenter.domain.calls.telephony import TelephonyError, TelephonyUnavailable

NEEDED = {
    "res_pjsip_transport_websocket.so": "SIP over the WebSocket",
    "res_srtp.so": "encrypted sound",
    "res_pjsip_header_funcs.so": "the mark by which a page knows its own calls",
    "res_pjsip_registrar.so": "registering",
    "res_pjsip_authenticator_digest.so": "passwords",
}
OPUS = ("codec_opus.so", "codec_opus_open_source.so")
REGISTER = """\
REGISTER sip:callcenter.invalid SIP/2.0
Via: SIP/2.0/WS callcenter.invalid;branch=z9hG4bK{branch}
Max-Forwards: 70
To: <sip:{name}@callcenter.invalid>
From: <sip:{name}@callcenter.invalid>;tag={branch}
Call-ID: {branch}
CSeq: 1 REGISTER
Contact: <sip:{name}@callcenter.invalid;transport=ws>
Expires: 30
Content-Length: 0

""".replace("\n", "\r\n")
CHALLENGE = "SIP/2.0 401"


async def at_run_time(at: Surroundings) -> Sequence[Word]:
    """A browser's phone is made and removed again, piece by piece, as for an agent who signs in."""
    name = f"doctor-{uuid.uuid4().hex[:8]}"
    pieces = settings_of(name, uuid.uuid4().hex, _terms(at))
    made: list[str] = []
    try:
        for kind, values in pieces.items():
            fields = [{"attribute": key, "value": value} for key, value in values.items()]
            made.append(kind)
            await at.client.asterisk.update_object("res_pjsip", kind, name, fields=fields)
    except NotFoundError:
        return [skipped("Asterisk has no PJSIP.")]
    except RefusedError as refused:
        lines = " ".join(f"`{kind}/memory = memory`" for kind in KINDS)
        return [
            warning(
                f"Phones cannot be made at run time ({made[-1]}: {refused.detail}): agents need phones in pjsip.conf.",
                f"Add to [res_pjsip] of sorcery.conf, above the lines with config: {lines}; "
                "load res_sorcery_memory.so, and restart Asterisk.",
            )
        ]
    finally:
        for kind in reversed(made):
            with suppress(TelephonyError):
                await at.client.asterisk.delete_object("res_pjsip", kind, name)
    return [ok("A phone was made at run time and removed again.")]


async def in_browsers(at: Surroundings) -> Sequence[Word]:
    """A phone knocks at the socket, and is asked for its password."""
    running = {module.name for module in await at.client.asterisk.list_modules() if module.status == "Running"}
    words = [
        warning(
            f"The module {name} is not running ({what}).", f"`load = {name}` in modules.conf, then restart Asterisk."
        )
        for name, what in NEEDED.items()
        if name not in running
    ]
    if running.isdisjoint(OPUS):
        words.append(
            warning("Opus cannot be spoken, only G.711.", f"Load {OPUS[0]} or {OPUS[1]}, or set phones.codecs.")
        )
    return words or [await _knocked(at)]


async def _knocked(at: Surroundings) -> Word:
    url = at.settings.sip_socket
    phones = PhonesOnAsterisk(at.client, "doctor", _terms(at))
    name = f"{phones.prefix}{uuid.uuid4().hex[:8]}"
    remedy = "A transport with `protocol = ws` in pjsip.conf; phones.socket, if it is not beside ari.url."
    try:
        await phones.make(name, uuid.uuid4().hex)
        async with AsteriskLines(url) as lines, lines.open() as line:
            await line.send(REGISTER.format(name=name, branch=uuid.uuid4().hex[:12]))
            told = await _first(line)
    except TelephonyUnavailable as refused:
        return warning(f"Browsers' phones find no socket: {refused.detail}.", remedy)
    finally:
        with suppress(TelephonyError):
            await phones.remove(name)
    if not told.startswith(CHALLENGE):
        return warning(f"{url} answers a registration with {told.splitlines()[0]!r}.", remedy)
    return ok(f"Browsers' phones reach Asterisk at {url}.")


def _terms(at: Surroundings) -> PhoneTerms:
    given = at.settings.phones
    return PhoneTerms(given.context, given.codecs, given.rtp_timeout_seconds)


async def _first(line: AsteriskLine) -> str:
    async for frame in line.frames():
        return frame
    return "nothing"
