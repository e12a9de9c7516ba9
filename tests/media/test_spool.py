from pathlib import Path

import pytest

from callcenter.domain.recording import MissingReason, RecordingMissingError
from callcenter.media.spool import SharedFolderRecordings
from media.sounds import noise, write_raw


async def test_a_recording_is_found_fetched_and_discarded(
    raw: SharedFolderRecordings, spool: Path, tmp_path: Path
) -> None:
    write_raw(spool, "a1-in", noise(0.1))

    assert await raw.size("a1-in") == 44 + 1_600
    await raw.fetch("a1-in", tmp_path / "here")
    await raw.discard("a1-in")
    await raw.discard("a1-in")

    assert await raw.size("a1-in") is None
    assert (tmp_path / "here").stat().st_size == 44 + 1_600


async def test_on_one_file_system_nothing_is_copied(raw: SharedFolderRecordings, spool: Path, tmp_path: Path) -> None:
    write_raw(spool, "a1-in", noise(0.1))
    await raw.fetch("a1-in", tmp_path / "here")
    assert (tmp_path / "here").samefile(spool / "a1-in.wav")


async def test_where_no_link_can_be_the_bytes_are_copied(
    raw: SharedFolderRecordings, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refused)
    write_raw(spool, "a1-in", noise(0.1))
    await raw.fetch("a1-in", tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == (spool / "a1-in.wav").read_bytes()
    assert not (tmp_path / "here").samefile(spool / "a1-in.wav")


async def test_a_file_fetched_before_is_replaced(raw: SharedFolderRecordings, spool: Path, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"old")
    write_raw(spool, "a1-in", noise(0.1))
    await raw.fetch("a1-in", tmp_path / "here")
    assert (tmp_path / "here").stat().st_size == 44 + 1_600


async def test_sub_folders_and_the_wideband_extension_are_known(raw: SharedFolderRecordings, spool: Path) -> None:
    write_raw(spool, "day/a1-in", noise(0.1))
    (spool / "day" / "a1-in.wav").rename(spool / "day" / "a1-in.wav16")
    assert await raw.size("day/a1-in") == 44 + 1_600
    await raw.discard("day/a1-in")
    assert not list((spool / "day").iterdir())


async def test_what_is_not_there_is_missing_with_its_reason(raw: SharedFolderRecordings, tmp_path: Path) -> None:
    assert await raw.size("nobody") is None
    with pytest.raises(RecordingMissingError) as caught:
        await raw.fetch("nobody", tmp_path / "here")
    assert caught.value.reason is MissingReason.RAW_FILE_ABSENT


@pytest.mark.parametrize("name", ["../secret", "a/../../secret", "/etc/secret", "", "..", "a\0b", "link/secret"])
async def test_a_name_never_leaves_the_spool(
    raw: SharedFolderRecordings, spool: Path, tmp_path: Path, name: str
) -> None:
    write_raw(tmp_path, "secret", noise(0.1))
    (spool / "link").symlink_to(tmp_path, target_is_directory=True)

    for act in (raw.size(name), raw.fetch(name, tmp_path / "here"), raw.discard(name)):
        with pytest.raises(ValueError, match="name"):
            await act

    assert (tmp_path / "secret.wav").exists()
    assert not (tmp_path / "here").exists()
