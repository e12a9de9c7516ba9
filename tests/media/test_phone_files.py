"""M4A, 3GP, AAC and AMR are kept as any other recording; what was made to harm takes little, and is told."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.recording import AdoptOrder, NotTakenError, NotTakenWhy
from callcenter.media import phone_decoder
from callcenter.media.archive import LocalArchive
from callcenter.media.digest import StoppedError
from callcenter.media.phone_decoder import Refused, decode
from callcenter.media.phone_files import decoded, phone_kind
from callcenter.media.spool import SharedFolderRecordings
from media.phone_sounds import TONE_HZ, phone_file, video_file, with_box
from media.test_adopt import MADE_AT

MOST = 60


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return LocalArchive(tmp_path / "archive", SharedFolderRecordings(tmp_path / "raw"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A recording of two seconds of each kind, by the decoder's word."""
    folder = tmp_path_factory.mktemp("phone")
    made = {
        "mov": phone_file(folder / "a.m4a", 2.0, index_first=True),
        "amr": phone_file(folder / "a.amr", 2.0, "libopencore_amrnb", 8000),
        "aac": phone_file(folder / "a.aac", 2.0, rate=16_000),
    }
    return {kind: path.read_bytes() for kind, path in made.items()}


def order() -> AdoptOrder:
    return AdoptOrder("attempt-1", MADE_AT, {"attempt": "attempt-1"}, MOST)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.m4a", "aac", 44_100),
        ("a.m4a", "alac", 48_000),
        ("a.3gp", "libopencore_amrnb", 8_000),
        ("a.amr", "libopencore_amrnb", 8_000),
        ("a.aac", "aac", 16_000),
    ],
)
async def test_what_a_phone_recorded_is_kept_with_its_sound(
    archive: LocalArchive, tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    source = phone_file(tmp_path / name, 2.0, codec, rate)
    kept = await archive.adopt(source.rename(tmp_path / "sent.wav"), order())
    assert (kept.path, kept.sample_rate) == ("2026/11/23/attempt-1.flac", rate)
    assert kept.duration_ms == pytest.approx(2000, abs=150)
    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is None
    samples, _ = soundfile.read(archive.locate(kept.path))
    left = samples[rate // 2 : rate * 3 // 2, 0]
    assert np.argmax(np.abs(np.fft.rfft(left))) == pytest.approx(TONE_HZ, abs=2)
    assert kept.left == kept.right


async def test_pauses_in_which_a_phone_recorded_nothing_are_kept_as_silence(
    archive: LocalArchive, tmp_path: Path
) -> None:
    talk = phone_file(tmp_path / "a.amr", 1.0, "libopencore_amrnb", 8000)
    talk.write_bytes(talk.read_bytes() + b"\x44" + bytes(5) + b"\x7c" * 49)
    assert (await archive.adopt(talk, order())).duration_ms == pytest.approx(2000, abs=150)


def far_too_long(path: Path) -> Path:
    """Says in each header that it holds a hundred thousand hours."""
    made = phone_file(path.with_suffix(".m4a"), 1.0)
    for box, offset in ((b"mvhd", 16), (b"tkhd", 20), (b"mdhd", 16), (b"elst", 8)):
        with_box(made, box, offset, b"\x7f\xff\xff\xff")
    with_box(made, b"stts", 12, b"\x7f\xff\xff\xff")
    return made


def of_too_many_samples(path: Path) -> Path:
    """Small, with tables that tell of four thousand million samples."""
    made = phone_file(path.with_suffix(".m4a"), 1.0)
    with_box(made, b"stts", 8, b"\xff\xff\xff\xf0")
    return with_box(made, b"stsz", 4, b"\x00\x00\x00\x01\xff\xff\xff\xf0")


def cut(path: Path, *, index_first: bool = False) -> Path:
    made = phone_file(path.with_suffix(".m4a"), 2.0, index_first=index_first)
    made.write_bytes(made.read_bytes()[:-5000])
    return made


def long_silence(path: Path) -> Path:
    """A minute in three kilobytes: one AMR frame that says `nothing to hear`, again and again."""
    made = path.with_suffix(".amr")
    made.write_bytes(b"#!AMR\n" + b"\x7c" * 50 * (MOST + 1))
    return made


HOSTILE: list[tuple[Callable[[Path], Path], NotTakenWhy]] = [
    (cut, NotTakenWhy.NO_SOUND),
    (lambda path: cut(path, index_first=True), NotTakenWhy.DAMAGED),
    (lambda path: phone_file(path.with_suffix(".m4a"), MOST + 2.0, rate=8000), NotTakenWhy.TOO_LONG),
    (far_too_long, NotTakenWhy.TOO_LONG),
    (long_silence, NotTakenWhy.TOO_LONG),
    (lambda path: video_file(path.with_suffix(".mp4"), with_sound=True), NotTakenWhy.VIDEO),
    (lambda path: video_file(path.with_suffix(".mp4"), with_sound=False), NotTakenWhy.VIDEO),
]


@pytest.mark.parametrize(("make", "why"), HOSTILE)
async def test_what_is_no_whole_recording_is_refused_and_leaves_nothing(
    archive: LocalArchive, tmp_path: Path, make: Callable[[Path], Path], why: NotTakenWhy
) -> None:
    source = make(tmp_path / "sent")
    with pytest.raises(NotTakenError) as refused:
        await archive.adopt(source, order())
    assert refused.value.why is why
    assert list((tmp_path / "archive").rglob("*.flac")) == []


@pytest.mark.parametrize("head", [b"#!AMR\n", b"#!AMR-WB\n", b"\x00\x00\x00\x1cftypM4A ", b"\xff\xf1\x50\x80"])
async def test_a_beginning_alone_is_no_recording(archive: LocalArchive, tmp_path: Path, head: bytes) -> None:
    for rest in (b"", b"\xff" * 3000, b"MZ\x90\x00\x03" * 600):
        (tmp_path / "sent").write_bytes(head + rest)
        with pytest.raises(NotTakenError):
            await archive.adopt(tmp_path / "sent", order())
    assert list((tmp_path / "archive").rglob("*.flac")) == []


async def test_tables_that_tell_of_more_than_memory_holds_take_none(archive: LocalArchive, tmp_path: Path) -> None:
    with pytest.raises(NotTakenError):
        await archive.adopt(of_too_many_samples(tmp_path / "sent"), order())


def test_a_decoder_that_takes_too_much_or_says_nothing_or_nonsense_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sent").write_bytes(b"#!AMR\n")
    hog = "import resource;resource.setrlimit(resource.RLIMIT_AS,(1<<28,)*2);print('8000 1',flush=True);bytes(1<<29)"
    spin = "import resource;resource.setrlimit(resource.RLIMIT_CPU,(1,1));print('8000 1', flush=True)\nwhile 1: pass"
    mute = "import time;time.sleep(100)"
    endless = "import sys\nprint('8000 1', flush=True)\nwhile 1: sys.stdout.write('x' * 65536)"
    program = tmp_path / "program.py"
    monkeypatch.setattr(phone_decoder, "__file__", str(program))
    lies = ["print('8000')", "print('8000 9')", "print('0 1')", "print('x' * 100)", "print('-1 1')"]
    for text, patience, why in (
        *((each, 60.0, NotTakenWhy.DAMAGED) for each in lies),
        (hog, 60.0, NotTakenWhy.DAMAGED),
        (spin, 60.0, NotTakenWhy.DAMAGED),
        (mute, 0.0, NotTakenWhy.DAMAGED),
        (endless, 60.0, NotTakenWhy.TOO_LONG),
    ):
        program.write_text(text, "utf-8")
        with (
            pytest.raises(NotTakenError) as refused,
            decoded(tmp_path / "sent", "amr", MOST, threading.Event(), patience) as found,
        ):
            for _ in found.blocks:
                pass
        assert refused.value.why is why, text


def test_the_decoder_has_its_limits_before_it_sees_the_file() -> None:
    here = Path(phone_decoder.__file__).parent
    program = (
        f"import sys; sys.path.insert(0, {str(here)!r}); sys.argv[1:] = ['amr', '60']\n"
        "import resource, phone_decoder\n"
        "def told(*_):\n"
        "    names = ('AS', 'CPU', 'FSIZE', 'CORE')\n"
        "    print([resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in names])\n"
        "phone_decoder.decode = told\n"
        "phone_decoder.main()\n"
    )
    limits = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True, text=True).stdout
    assert limits.strip() == str([(each, each) for each in (512 * 1024 * 1024, 33, 0, 0)])


def test_who_stops_does_not_wait_for_the_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, stopped = tmp_path / "program.py", threading.Event()
    program.write_text("import time;time.sleep(100)", "utf-8")
    monkeypatch.setattr(phone_decoder, "__file__", str(program))
    (tmp_path / "sent").write_bytes(b"#!AMR\n")
    stopped.set()
    began = time.monotonic()
    with pytest.raises(StoppedError), decoded(tmp_path / "sent", "amr", MOST, stopped):
        pass
    assert time.monotonic() - began < 50


@given(
    kind=st.sampled_from(["mov", "amr", "aac"]),
    changed=st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=4),
    kept=st.integers(500_000, 1_000_000),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_changed_in_a_file_it_is_decoded_or_refused(
    whole: dict[str, bytes], kind: str, changed: list[tuple[int, int]], kept: int
) -> None:
    """Places in the file, and how much of it is kept, are in millionths."""
    raw = bytearray(whole[kind])
    for place, byte in changed:
        raw[place * (len(raw) - 1) // 1_000_000] = byte
    del raw[kept * len(raw) // 1_000_000 :]
    into = BytesIO()
    try:
        decode(BytesIO(bytes(raw)), kind, MOST, into)
    except Refused:
        return
    line, _, samples = into.getvalue().partition(b"\n")
    rate, channels = map(int, line.split())
    assert 0 < len(samples) <= (MOST + 1) * rate * channels * 2


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_what_the_other_library_reads_is_left_to_it(tmp_path: Path, name: str) -> None:
    for rate in (8000, 44_100):
        soundfile.write(tmp_path / name, np.zeros(rate), rate)
        assert phone_kind((tmp_path / name).read_bytes()[:16]) is None
