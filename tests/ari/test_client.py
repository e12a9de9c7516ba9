"""Requests: what is sent, and how each way of failing is told from the others."""

import asyncio
from pathlib import Path

import pytest

from ari.conftest import Site
from callcenter.ari.client import Address, AriClient, Limits, found, gone
from callcenter.ari.errors import (
    EndpointUnavailableError,
    InvalidStateError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    SwitchError,
    UnauthorizedError,
    refusal,
)
from callcenter.ari.stored import StoredRecordings
from callcenter.domain.calls.telephony import (
    TelephonyFatalError,
    TelephonyNotSent,
    TelephonyRefused,
    TelephonyUnavailable,
    TelephonyUnknown,
)
from fakes.asterisk import FakeAsterisk


async def test_asterisk_tells_its_version_and_start(site: Site) -> None:
    async with site.client() as client:
        info = await client.asterisk.get_info()

    assert info.system is not None
    assert (info.system.version or "").startswith("22.")
    assert info.status is not None
    assert info.status.startup_time


async def test_a_wrong_password_is_told_as_such(site: Site) -> None:
    async with AriClient(Address(site.address.url, site.address.user, "wrong")) as client:
        with pytest.raises(UnauthorizedError) as refused:
            await client.channels.list_all()

    assert refused.value.status == 401
    assert isinstance(refused.value, TelephonyFatalError)


async def test_an_asterisk_that_does_not_run_was_sent_nothing(fake: FakeAsterisk) -> None:
    await fake.stop()
    async with AriClient(fake.address) as client:
        with pytest.raises(NotSentError):
            await client.channels.hangup("callcenter-7-c")


async def test_an_asterisk_that_cannot_be_reached_in_time_was_sent_nothing(fake: FakeAsterisk) -> None:
    """All connections are taken: the request waits for one, and its deadline passes before it leaves."""
    fake.freeze()
    limits = Limits(connections=1, deadline=0.1, deadlines={"asterisk.ping": 30.0})
    async with AriClient(fake.address, limits) as client:
        first = asyncio.create_task(client.asterisk.ping())
        await asyncio.sleep(0)
        with pytest.raises(NotSentError):
            await client.channels.hangup("callcenter-7-c")
        fake.thaw()
        assert (await first).ping == "pong"


@pytest.mark.parametrize("fault", ["lose", "hang"])
async def test_an_answer_that_never_comes_leaves_the_outcome_unknown(fake_site: Site, fault: str) -> None:
    fake = fake_site.fake
    assert fake is not None
    getattr(fake.faults, fault).add("POST /bridges/b1")
    async with fake_site.client(Limits(deadline=0.1)) as client:
        with pytest.raises(OutcomeUnknownError) as unknown:
            await client.bridges.create_with_id("b1")

    assert isinstance(unknown.value, TelephonyUnknown)
    assert "bridges.create_with_id" in str(unknown.value)
    assert list(fake.bridges) == ["b1"]


async def test_a_post_is_sent_once_however_it_fails(fake_site: Site) -> None:
    fake = fake_site.fake
    assert fake is not None
    fake.faults.lose.add("POST /bridges/b1")
    async with fake_site.client() as client:
        await client.asterisk.ping()
        with pytest.raises(OutcomeUnknownError):
            await client.bridges.create_with_id("b1")

    assert [path for method, path, _ in fake.requests if method == "POST"] == ["/ari/bridges/b1"]


async def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(fake_site: Site) -> None:
    fake = fake_site.fake
    assert fake is not None
    fake.version = ["no", "text"]  # type: ignore[assignment]  # the point of the test
    async with fake_site.client() as client:
        with pytest.raises(OutcomeUnknownError):
            await client.asterisk.get_info()


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (400, "Channel not found", RefusedError),
        (401, "Authentication required", UnauthorizedError),
        (403, "Forbidden", UnauthorizedError),
        (404, "Channel not found", NotFoundError),
        (412, "Channel in invalid state", InvalidStateError),
        (422, "Channel not in Stasis application", InvalidStateError),
        (500, "Allocation failed", EndpointUnavailableError),
        (500, "Internal Server Error", SwitchError),
        (503, "Service Unavailable", SwitchError),
    ],
)
def test_each_refusal_has_its_class(status: int, detail: str, kind: type[RefusedError]) -> None:
    error = refusal(status, detail)

    assert type(error) is kind
    assert isinstance(error, TelephonyRefused)
    assert (error.status, error.detail) == (status, detail)


def test_the_engine_sees_the_domains_classes_only() -> None:
    assert issubclass(NotSentError, TelephonyNotSent)
    assert issubclass(EndpointUnavailableError, TelephonyUnavailable)
    assert issubclass(OutcomeUnknownError, TelephonyUnknown)


async def test_what_is_not_there_is_found_to_be_so_and_need_not_be_deleted(site: Site) -> None:
    async with site.client() as client:
        assert await found(client.bridges.get(f"{site.app}-7-b")) is None
        assert not await gone(client.bridges.destroy(f"{site.app}-7-b"))
        await client.bridges.create_with_id(f"{site.app}-7-b", type_="mixing")
        assert await found(client.bridges.get(f"{site.app}-7-b")) is not None
        assert await gone(client.bridges.destroy(f"{site.app}-7-b"))


async def test_a_download_that_breaks_off_leaves_no_file(fake_site: Site, tmp_path: Path) -> None:
    fake = fake_site.fake
    assert fake is not None
    fake.stored["callcenter-7-ri1"] = b"RIFF" + b"\0" * 4_000_000
    fake.faults.cut_files = True
    async with fake_site.client(Limits(deadline=0.2)) as client:
        with pytest.raises(OutcomeUnknownError):
            await StoredRecordings(client).fetch("callcenter-7-ri1", tmp_path / "in.wav")

    assert not (tmp_path / "in.wav").exists()
    assert not (tmp_path / "in.wav.part").exists()


async def test_a_disk_that_refuses_the_file_is_told_as_such(fake_site: Site, tmp_path: Path) -> None:
    fake = fake_site.fake
    assert fake is not None
    fake.stored["callcenter-7-ri1"] = b"RIFF"
    async with fake_site.client() as client:
        with pytest.raises(FileNotFoundError):
            await StoredRecordings(client).fetch("callcenter-7-ri1", tmp_path / "absent" / "in.wav")


async def test_a_client_must_be_entered(fake: FakeAsterisk) -> None:
    with pytest.raises(RuntimeError, match="not entered"):
        await AriClient(fake.address).asterisk.ping()
