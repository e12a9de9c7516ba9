"""The same cases on the fake and on the real Asterisk, so that the fake cannot drift."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from callcenter.ari.client import Address, AriClient, Limits
from callcenter.ari.commands import SwitchSettings
from callcenter.ari.events import Pace
from callcenter.ari.switch import Switch
from fakes.asterisk import FakeAsterisk
from lab.lab import Lab

QUICK = Pace(ping=0.2, first=0.02, ceiling=0.1, close=0.1)


@dataclass(frozen=True)
class Site:
    """An Asterisk to test with. app: a name of this test's own."""

    address: Address
    app: str
    fake: FakeAsterisk | None
    lab: Lab | None = None

    @asynccontextmanager
    async def client(self, limits: Limits | None = None) -> AsyncIterator[AriClient]:
        async with AriClient(self.address, limits) as client:
            yield client

    def switch(self, client: AriClient, *, phones: tuple[str, ...] = ()) -> Switch:
        return Switch(client, SwitchSettings(app=self.app), phones=phones, pace=QUICK)

    async def ring_in(self, number: str, called: str) -> None:
        """A customer rings in over the trunk."""
        if self.fake is not None:
            self.fake.ring_in(self.app, number, called)
        elif self.lab is not None:
            self.lab.switch.ari("POST", "asterisk/variable", variable="CALLCENTER_APP", value=self.app)
            await asyncio.to_thread(self.lab.network.ring_back, number, called)

    async def hang_up(self, number: str) -> None:
        """He who rang in hangs up."""
        if self.fake is not None:
            [channel] = [each for each in self.fake.channels.values() if each.number == number]
            self.fake.end(channel, 16, None)
        elif self.lab is not None:
            await asyncio.to_thread(self.lab.network.hang_up, number)

    async def set_phone(self, name: str, *, online: bool) -> None:
        """Register an agent's phone, or take its registration back."""
        if self.fake is not None:
            self.fake.tell_endpoint(name, online=online)
        elif self.lab is not None:
            await asyncio.to_thread(self.lab.network.cli, f"pjsip send {'register' if online else 'unregister'} {name}")


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.asterisk)])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    app = f"test{uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            fake = await stack.enter_async_context(FakeAsterisk())
            yield Site(fake.address, app, fake)
        else:
            lab: Lab = request.getfixturevalue("lab")
            yield Site(address_of(lab), app, None, lab)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as fake:
        yield fake


@pytest.fixture
async def fake_site(fake: FakeAsterisk) -> Site:
    return Site(fake.address, "callcenter", fake)


@pytest.fixture(scope="module")
def harsh_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One that a test may freeze, kill and start again."""
    with Lab(tmp_path_factory.mktemp("harsh"), talk="tone", agents=1) as lab:
        yield lab


def address_of(lab: Lab) -> Address:
    return Address(lab.switch.ari_url, lab.switch.ari_user, lab.switch.ari_password)
