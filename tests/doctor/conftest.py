"""An installation in a folder of its own, and an Asterisk that lacks what the doctor asks for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callcenter.settings import Settings, load_settings
from callcenter.storage.schema import upgrade
from lab.asterisk import AsteriskFiles
from lab.switch import Switch

MakeSettings = Callable[..., Settings]


class BareSwitch(Switch):
    """Knows a trunk that leads nowhere, no context of ours, no phones at run time, no SRTP, no Opus, and a user who
    may only read.
    """

    def _render(self) -> None:
        super()._render()
        (self.config / "sorcery.conf").unlink()
        self._write("extensions.conf", "[general]\nstatic = yes\n")
        modules = (self.config / "modules.conf").read_text()
        for absent in ("chan_rtp", "res_srtp", "codec_opus_open_source"):
            modules = modules.replace(f"load = {absent}.so", "")
        self._write("modules.conf", modules)
        users = (self.config / "ari.conf").read_text()
        self._write("ari.conf", f"{users}\n[reader]\ntype = user\nread_only = yes\npassword = {self.ari_password}\n")


@pytest.fixture(scope="module")
def bare(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    switch = BareSwitch(asterisk_files, tmp_path_factory.mktemp("bare"))
    switch.start()
    try:
        yield switch
    finally:
        switch.stop()


@pytest.fixture
async def settings_of(tmp_path: Path) -> MakeSettings:
    """Settings for a switch, in order but for what is given as CALLCENTER_ variables without that prefix."""
    await upgrade(f"sqlite+aiosqlite:///{tmp_path}/callcenter.db")

    def make(switch: Switch | None = None, **changes: str) -> Settings:
        given = {
            "ARI__PASSWORD": switch.ari_password if switch else "none",
            "ARI__URL": switch.ari_url if switch else "http://127.0.0.1:1/ari",
            "RECORDINGS__FOLDER": str(switch.recordings) if switch else str(tmp_path),
            "RECORDINGS__ARCHIVE": str(tmp_path / "recordings"),
            "RECORDINGS__MIN_FREE_MB": "1",
            "DATABASE__URL": f"sqlite+aiosqlite:///{tmp_path}/callcenter.db",
            "CONTROL__SOCKET": str(tmp_path / "control.sock"),
            "TRUNKS__MAIN__ENDPOINT": "PJSIP/{number}@trunk",
        } | changes
        config = tmp_path / "callcenter.toml"
        config.touch()
        return load_settings(config, {f"CALLCENTER_{name}": value for name, value in given.items()})

    return make
