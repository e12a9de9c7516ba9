"""HTTPS with a certificate of one's own or at a proxy: cookies, headers, whose address counts, whose origin."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
import trustme

from callcenter.domain.audit import Action
from callcenter.web.guard import PLAIN_COOKIE, SECURE_COOKIE
from callcenter.web.parts import SiteTerms
from callcenter.web.site import API, CertificateError, Door, PortTakenError, site_listening
from web.test_phone import accepted, register
from web.visiting import PASSWORD, Person, Site

SIGN_IN = {"login": Person.AGENT.value, "password": PASSWORD}


@asynccontextmanager
async def listening(site: Site, terms: SiteTerms, door: Door) -> AsyncIterator[str]:
    async with site_listening(replace(site.parts, terms=terms), door) as url:
        yield url


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def door(authority: trustme.CA, tmp_path: Path) -> Door:
    made = authority.issue_cert("127.0.0.1")
    made.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    return Door("127.0.0.1", 0, tmp_path / "chain.pem", tmp_path / "key.pem")


async def sign_in(
    url: str, headers: Mapping[str, str], context: ssl.SSLContext | None = None
) -> aiohttp.ClientResponse:
    connector = aiohttp.TCPConnector(ssl=context) if context else None
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(f"{url}{API}/session", json=SIGN_IN, headers=headers) as response,
    ):
        await response.read()
        return response


async def test_over_https_the_cookie_is_for_this_host_and_https_alone(
    site: Site, door: Door, authority: trustme.CA
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with listening(site, replace(site.parts.terms, secure=True), door) as url:
        assert url.startswith("https://")
        response = await sign_in(url, {"Origin": url}, context)
        assert response.status == 201
        cookie = response.cookies[SECURE_COOKIE]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
        assert cookie["domain"] == ""
        assert int(response.headers["Strict-Transport-Security"].partition("=")[2]) > 0


async def test_a_browser_phone_registers_over_tls(site: Site, door: Door, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(ssl=context)
    async with (
        listening(site, replace(site.parts.terms, secure=True), door) as url,
        aiohttp.ClientSession(url, headers={"Origin": url}, cookie_jar=jar, connector=connector) as session,
    ):
        assert (await session.post(f"{API}/session", json=SIGN_IN)).status == 201
        made = await (await session.post(f"{API}/phone/credential")).json()
        address = url.replace("https://", "wss://") + made["socket"]
        async with session.ws_connect(address, protocols=("sip",)) as socket:
            await socket.send_str(register(made["user"]))
            (line,) = site.lines.opened
            line.tell(accepted(f"Contact: <sip:{made['user']}@x>"))
            assert "200 OK" in await socket.receive_str(timeout=10)
            assert line.said == [register(made["user"])]
            async with session.get(f"{API}/phone") as shown:
                assert (await shown.json())["connected"] is True


async def test_old_tls_is_refused(site: Site, door: Door, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with listening(site, replace(site.parts.terms, secure=True), door) as url:
        with pytest.raises(aiohttp.ClientConnectorError):
            await sign_in(url, {}, context)


async def test_plain_pages_set_a_cookie_that_loopback_takes(site: Site) -> None:
    response = await sign_in(site.url, {})
    assert "secure" not in response.headers["Set-Cookie"].lower()
    assert PLAIN_COOKIE in response.cookies
    assert "Strict-Transport-Security" not in response.headers


async def test_behind_a_proxy_its_https_address_is_the_origin(site: Site) -> None:
    terms = replace(site.parts.terms, secure=True, own_origin="https://calls.example")
    async with listening(site, terms, Door("127.0.0.1", 0)) as url:
        assert (await sign_in(url, {"Origin": "https://calls.example"})).status == 201
        assert (await sign_in(url, {"Origin": url})).status == 403
        assert (await sign_in(url, {"Origin": "http://calls.example"})).status == 403


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ((), "203.0.113.9", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.0/8",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (("127.0.0.1", "203.0.113.0/24"), "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (("127.0.0.1",), "", "127.0.0.1"),
        (("127.0.0.1",), "no address", "127.0.0.1"),
        (("127.0.0.1", "203.0.113.0/24"), "x" * 1000 + ", 203.0.113.9", "203.0.113.9"),
    ],
)
async def test_only_a_trusted_proxy_is_believed_where_a_request_comes_from(
    site: Site, trusted: tuple[str, ...], forwarded: str, address: str
) -> None:
    terms = replace(site.parts.terms, trusted_proxies=tuple(ip_network(each) for each in trusted))
    async with listening(site, terms, Door("127.0.0.1", 0)) as url:
        await sign_in(url, {"X-Forwarded-For": forwarded} if forwarded else {})
    newest = (await site.audit())[0].deed
    assert (newest.action, newest.address) == (Action.SIGNED_IN, address)


async def test_a_certificate_that_cannot_be_used_is_told(site: Site, door: Door, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(CertificateError, match=r"chain\.pem"):
        async with listening(site, site.parts.terms, door):
            pass


async def test_a_port_that_is_taken_is_told(site: Site) -> None:
    taken = int(site.url.rpartition(":")[2])
    with pytest.raises(PortTakenError, match=str(taken)):
        async with listening(site, site.parts.terms, Door("127.0.0.1", taken)):
            pass
