import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.media.wav import NotWavError, inspect, read
from media.sounds import NARROW, WIDE, noise, tone, wav_bytes


def look_at(folder: Path, content: bytes) -> tuple[int, int, bool]:
    path = folder / "raw.wav"
    path.write_bytes(content)
    wav = inspect(path)
    return wav.sample_rate, wav.frames, wav.repaired


@pytest.mark.parametrize("rate", [NARROW, WIDE])
def test_an_honest_header_is_believed(tmp_path: Path, rate: int) -> None:
    assert look_at(tmp_path, wav_bytes(tone(440, 0.5, rate), rate)) == (rate, rate // 2, False)


@pytest.mark.parametrize("told", [0, 2, 900, 100_000, 0xFFFFFFDB])
def test_a_header_of_another_length_gives_way_to_the_size_of_the_file(tmp_path: Path, told: int) -> None:
    assert look_at(tmp_path, wav_bytes(noise(0.1), told=told)) == (NARROW, 800, True)


def test_chunks_after_the_sound_are_no_sound(tmp_path: Path) -> None:
    tail = struct.pack("<4sI", b"LIST", 4) + b"INFO"
    assert look_at(tmp_path, wav_bytes(noise(0.1)) + tail) == (NARROW, 800, False)


def test_chunks_before_the_sound_are_passed_over(tmp_path: Path) -> None:
    whole = wav_bytes(noise(0.1))
    odd = struct.pack("<4sI", b"note", 3) + b"abc\0"
    assert look_at(tmp_path, whole[:12] + odd + whole[12:]) == (NARROW, 800, False)


def test_an_odd_trailing_byte_is_left_out(tmp_path: Path) -> None:
    assert look_at(tmp_path, wav_bytes(noise(0.1), told=0) + b"\1") == (NARROW, 800, True)
    assert look_at(tmp_path, wav_bytes(noise(0.1)) + b"\1") == (NARROW, 800, True)


@given(st.integers(0, 43))
def test_a_file_that_ends_in_its_header_is_empty(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    folder = tmp_path_factory.mktemp("short")
    assert look_at(folder, wav_bytes(noise(0.1))[:length]) == (NARROW, 0, True)


def test_a_file_of_only_a_header_is_empty(tmp_path: Path) -> None:
    assert look_at(tmp_path, wav_bytes(noise(0)))[1] == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (bytes(5_000), "no RIFF/WAVE header in its 5000 bytes"),
        (b"ID3 this is something else", "no RIFF/WAVE header"),
        (b"RIFF\0\0\0\0AVI LIST", "no RIFF/WAVE header"),
        (wav_bytes(noise(0.1)).replace(b"fmt ", b"junk", 1), "sound before its format"),
        (wav_bytes(noise(0.1), rate=11_025), "11025 Hz"),
        (wav_bytes(noise(0.1))[:20] + b"\7\0" + wav_bytes(noise(0.1))[22:], "coding 7"),
        (wav_bytes(noise(0.1))[:22] + b"\2\0" + wav_bytes(noise(0.1))[24:], "2 channels"),
    ],
)
def test_what_is_no_mono_pcm_is_refused_with_what_it_is(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(NotWavError, match=complaint):
        look_at(tmp_path, content)


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "absent.wav")


def test_samples_are_read_from_anywhere_and_silence_lies_outside(tmp_path: Path) -> None:
    sound = noise(0.1)
    path = tmp_path / "raw.wav"
    path.write_bytes(wav_bytes(sound))
    wav = inspect(path)

    assert np.array_equal(read(wav, 0, 800), sound)
    assert np.array_equal(read(wav, -5, 10), np.concatenate([np.zeros(5, np.int16), sound[:5]]))
    assert np.array_equal(read(wav, 795, 10), np.concatenate([sound[795:], np.zeros(5, np.int16)]))
    assert not read(wav, 2_000, 10).any()


def test_a_file_that_grows_meanwhile_is_read_as_it_was_when_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "raw.wav"
    path.write_bytes(wav_bytes(noise(0.1), told=0))
    wav = inspect(path)
    with path.open("ab") as file:
        file.write(noise(0.1).tobytes())

    assert not read(wav, 800, 100).any()


def test_a_file_that_shrinks_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.wav"
    path.write_bytes(wav_bytes(noise(0.1)))
    wav = inspect(path)
    with path.open("ab") as file:
        file.truncate(500)

    with pytest.raises(NotWavError, match="shorter"):
        read(wav, 0, 800)


def test_a_raw_file_is_never_mended_in_place(tmp_path: Path) -> None:
    content = wav_bytes(noise(0.1), told=0)
    look_at(tmp_path, content)
    assert (tmp_path / "raw.wav").read_bytes() == content
