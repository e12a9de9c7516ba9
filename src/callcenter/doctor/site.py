"""Can people reach the pages, and will their browsers let them speak? Certificate, address, port."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from callcenter.doctor.finding import Surroundings, Word, error, ok, skipped, warning
from callcenter.settings import WebSettings

_SOON = timedelta(days=30)
_OTHERS = 0o077
_RENEW = "Renew it, put the new one in the same place, and restart the service."
_HTTPS = "Give web.certificate and web.key, or let a proxy do HTTPS and name it in web.public_url."


async def pages(at: Surroundings) -> Sequence[Word]:
    """Browsers give the microphone to pages of this machine and to HTTPS, to nobody else."""
    web = at.settings.web
    if not web.enabled:
        return [skipped("The pages are switched off (web.enabled).")]
    return [_port(web), _microphone(web), *await asyncio.to_thread(_certificate, web, at.now())]


def _port(web: WebSettings) -> Word:
    place = f"{web.host} port {web.port}"
    try:
        with socket.create_connection((web.host, web.port), timeout=1.0):
            return ok(f"Somebody listens on {place}; while the service runs, that is the service.")
    except OSError:
        pass
    try:
        with socket.socket(socket.AF_INET6 if ":" in web.host else socket.AF_INET) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((web.host, web.port))
    except OSError as refused:
        return error(f"The pages cannot be served on {place}: {refused.strerror}.", "Choose another web.host or port.")
    return ok(f"The pages can be served on {place}.")


def _microphone(web: WebSettings) -> Word:
    if web.secure:
        return ok("Pages come over HTTPS: browsers let agents speak.")
    named = urlsplit(web.public_url).hostname
    if named is not None and not _is_here(named):
        return warning(f"Browsers refuse the microphone to pages of {web.public_url}.", _HTTPS)
    return ok("Pages are for browsers of this machine alone; for others they need HTTPS.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _certificate(web: WebSettings, now: datetime) -> list[Word]:
    if web.certificate is None or web.key is None:
        return []
    try:
        told = certificate_of(web.certificate, web.key)
        readable = web.key.stat().st_mode & _OTHERS
    except (OSError, ssl.SSLError) as refused:
        why = refused.strerror or str(refused)
        return [error(f"The certificate {web.certificate} with its key cannot be used: {why}.", _RENEW)]
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    words: list[Word] = []
    if readable:
        words.append(warning(f"Others than its owner may read the key {web.key}.", f"chmod 600 {web.key}"))
    if ends <= now:
        return [*words, error(f"The certificate ended on {ends:%Y-%m-%d}.", _RENEW)]
    if ends - now < _SOON:
        return [*words, warning(f"The certificate ends on {ends:%Y-%m-%d}.", _RENEW)]
    return [*words, ok(f"The certificate is good until {ends:%Y-%m-%d}.")]


def certificate_of(certificate: Path, key: Path) -> Mapping[str, Any]:
    """What a browser would be shown, had by shaking hands with ourselves. Raises OSError, ssl.SSLError."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_side.check_hostname = False
    client_side.load_verify_locations(certificate)
    # Itself trusted, whoever signed it. When it ends is judged by our own clock, so this one must not look.
    client_side.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server)
    for _ in range(10):
        done = [_shake(end) for end in (client, server)]
        if all(done):
            break
    return client.getpeercert() or {}


_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the module does not name."""


def _shake(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
