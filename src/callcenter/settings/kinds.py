"""Kinds of values that settings are made of, each with the sentence it refuses with."""

import ipaddress
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from callcenter.domain.phone import BadTemplateError, check_template
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of

SQLITE = "sqlite+aiosqlite:///"
POSTGRESQL = "postgresql://"

_POSTGRESQL_OPTIONS = frozenset({"host", "ssl"})
_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_LONGEST_SOCKET = 107
_PUBLIC = re.compile(r"https?://[^\s/@?#]+/?")
_SIP_SOCKET = re.compile(r"wss?://[^\s/@?#]+/[^\s?#]*")
_ADDRESS = re.compile(r"https?://[^\s/@?#]+(/[^\s?#]*)?")


def _based(path: Path, info: ValidationInfo) -> Path:
    base = info.context["base"] if info.context else Path.cwd()
    return Path(base, path.expanduser())


def _socket(path: Path) -> Path:
    if (length := len(os.fsencode(path))) > _LONGEST_SOCKET:
        raise ValueError(
            f"is too long for a Unix socket: {length} bytes as an absolute path, at most {_LONGEST_SOCKET}"
        )
    return path


class DatabaseAddress(str):
    """A database's address, which shows no password where settings are shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(make_url(self).render_as_string(hide_password=True))


def _database(url: str, info: ValidationInfo) -> str:
    if url.startswith(POSTGRESQL):
        return _postgresql(url)
    if not url.startswith(SQLITE) or not (name := url.removeprefix(SQLITE)) or "?" in name or ":memory:" in name:
        raise ValueError(f"should be {SQLITE}FILE or {POSTGRESQL}USER:PASSWORD@HOST/NAME")
    return f"{SQLITE}{_based(Path(name), info)}"


def _postgresql(text: str) -> str:
    # No sentence repeats what it was given: it may be a part of the password.
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(
            f"should be {POSTGRESQL}USER:PASSWORD@HOST/NAME; in a password @ : / % are written %40 %3A %2F %25"
        ) from None
    if not (url.username and url.database and (url.host or url.query.get("host"))):
        raise ValueError(f"should name user, host and database: {POSTGRESQL}USER:PASSWORD@HOST/NAME")
    if unknown := set(url.query) - _POSTGRESQL_OPTIONS:
        raise ValueError(
            f"knows no option {', '.join(sorted(unknown))}, only {' and '.join(sorted(_POSTGRESQL_OPTIONS))}"
        )
    if (mode := url.query.get("ssl")) is not None and mode not in _SSL:
        raise ValueError(f"ssl should be one of {', '.join(_SSL)}")
    return DatabaseAddress(text)


def _address(url: str) -> str:
    if not _ADDRESS.fullmatch(url):
        raise ValueError("should be an address like http://127.0.0.1:8088/ari, without user, password or query")
    return url.rstrip("/")


def _sip_socket(url: str) -> str:
    if url and not _SIP_SOCKET.fullmatch(url):
        raise ValueError("should be an address like ws://127.0.0.1:8088/ws, without user, password or query")
    return url


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise ValueError(f"should be an IP address or network such as 10.0.0.0/8, not {text!r}") from error


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError(f"should be an IP address such as 127.0.0.1, not {text!r}") from error


def _public_url(url: str) -> str:
    if url and not _PUBLIC.fullmatch(url):
        raise ValueError("should be an address like https://calls.example.com, without a path")
    return url.rstrip("/")


def _zone(name: str) -> str:
    if isinstance(zone_of(name), Refusal):
        raise ValueError(  # noqa: TRY004 (pydantic collects ValueErrors)
            f"should be an IANA time zone such as Asia/Shanghai, not {name!r}"
        )
    return name


def _region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"should be an ISO 3166 region in capital letters such as CN, not {code!r}")
    return code


def _template(text: str) -> str:
    try:
        check_template(text)
    except BadTemplateError as error:
        raise ValueError(
            f"should look like PJSIP/{{number}}@trunk: a technology, a slash, {{number}} once, not {text!r}"
        ) from error
    return text


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("should be a number, not true or false")  # noqa: TRY004 (pydantic collects ValueErrors)
    return value


def _listed(value: Any) -> Any:
    """A list in the environment is JSON, or plain words with commas between them."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [word.strip() for word in value.split(",") if word.strip()]
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON list: {error}") from error


NumberCheck = BeforeValidator(_no_flag)
ListCheck = BeforeValidator(_listed)

HostAddress = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
File = Annotated[Path, AfterValidator(_based)]
Folder = Annotated[Path, AfterValidator(_based)]
SocketPath = Annotated[Path, AfterValidator(_based), AfterValidator(_socket)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Address = Annotated[str, AfterValidator(_address)]
SipSocket = Annotated[str, AfterValidator(_sip_socket)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region)]
Template = Annotated[str, AfterValidator(_template)]
CallerId = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prefix = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}$")]
