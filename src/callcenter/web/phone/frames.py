"""Who speaks in this SIP message? Read as strictly as it may be written: what is unclear is refused.

A browser's phone takes calls and registers; it begins none. Each WebSocket message is one SIP message (RFC 7118).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUESTS = frozenset({"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "PRACK"})
OK = range(200, 300)

_LINE_END = "\r\n"
_STRAY = re.compile(r"\r(?!\n)|(?<!\r)\n|\0")
"""What another reader might take for the end of a line, or of the message."""

_REQUEST = re.compile(r"([A-Z]+) (\S+) SIP/2\.0")
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})( .*)?")
_HEADER = re.compile(r"([!%*+\-.'`~0-9A-Za-z_]+)[ \t]*:[ \t]*(.*)")
_ADDRESS = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*|[^<>"]*)<sips?:([^@<>"\s]*)@[^<>"\s]*>[^<>"]*')
_BARE = re.compile(r"\s*sips?:([^@<>\"\s;?]*)@[^<>\"\s]*")
_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)
_LONG = {"f": "from", "t": "to", "m": "contact", "i": "call-id", "l": "content-length"}


@dataclass(frozen=True, slots=True)
class SipMessage:
    """The head of one. method: of a request, else of the request that is answered. status: None for a request.
    body_bytes: how much follows the head.
    """

    method: str
    status: int | None
    headers: Mapping[str, Sequence[str]]
    body_bytes: int = 0

    def only(self, name: str) -> str | None:
        """The value of a header that is there exactly once."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    def user(self, name: str) -> str | None:
        """The user of the address in this header; None where it is not there once, or cannot be read."""
        value = self.only(name)
        found = value is not None and (_ADDRESS.fullmatch(value) or _BARE.match(value))
        return found[1] if found else None

    @property
    def whole(self) -> bool:
        """Is the body as long as is said? What follows it would be read as one more message."""
        told = self.only("content-length")
        return told is not None and told.isdecimal() and told.isascii() and int(told) == self.body_bytes

    @property
    def within_dialog(self) -> bool:
        return _TAG.search(self.only("to") or "") is not None


def read(frame: str) -> SipMessage | None:
    """None for what is no SIP message."""
    head, end, body = frame.partition(_LINE_END * 2)
    if not end or _STRAY.search(head):
        return None
    first, *lines = head.split(_LINE_END)
    request, answer = _REQUEST.fullmatch(first), _STATUS.fullmatch(first)
    headers = _headers(lines)
    if headers is None or (request is None and answer is None):
        return None
    if request is not None:
        return SipMessage(request[1], None, headers, len(body.encode("utf-8", "replace")))
    answered = (headers.get("cseq") or [""])[0].split()
    return SipMessage(
        answered[-1] if answered else "",
        int(answer[1]) if answer else None,
        headers,
        len(body.encode("utf-8", "replace")),
    )


def _headers(lines: Sequence[str]) -> dict[str, list[str]] | None:
    headers: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        if line[:1] in {" ", "\t"}:
            if last is None:
                return None
            last[-1] += " " + line.strip()
            continue
        found = _HEADER.fullmatch(line)
        if found is None:
            return None
        name = found[1].lower()
        last = headers.setdefault(_LONG.get(name, name), [])
        last.append(found[2].strip())
    return headers


def is_keepalive(frame: str) -> bool:
    """Nothing but line ends (RFC 5626)."""
    return not frame.strip("\r\n")


def objection(frame: str, name: str) -> str:
    """Why a browser whose phone has this name may not send this; empty where it may."""
    message = read(frame)
    if message is None:
        return "no SIP message"
    if not message.whole:
        return "is not one whole message"
    if message.status is not None:
        return "" if message.user("to") == name else "answers as somebody else"
    if message.method not in REQUESTS:
        return f"does not send {message.method}"
    if message.user("from") != name:
        return "speaks as somebody else"
    if message.method == "REGISTER":
        return _registers(message, name)
    if message.method == "INVITE" and not message.within_dialog:
        return "begins a call"
    return ""


def _registers(message: SipMessage, name: str) -> str:
    if message.user("to") != name:
        return "registers somebody else"
    for given in message.headers.get("authorization", ()):
        users = re.findall(r'\busername\s*=\s*"([^"]*)"', given)
        if users != [name]:
            return "registers with somebody else's password"
    return ""


def registered(frame: str) -> bool | None:
    """What the switch says of a registration: it stands, or it does so no more; None for any other message."""
    message = read(frame) if frame.startswith("SIP/2.0 ") else None
    if message is None or message.method != "REGISTER" or message.status not in OK:
        return None
    return bool(message.headers.get("contact"))
