"""Which browser do the tests of the pages use? The machine's own Chromium, or Debian's in a private folder.

Fonts come with it in any case, Chinese ones too: what a page looks like does not depend on the machine.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.bundle import Bundle, library_path
from lab.errors import LabError
from lab.files import CACHE
from lab.progress import Progress

SYSTEM_PATH = "/usr/local/bin:/usr/bin"
# Libraries that one package keeps to itself, found by a path written into it.
PRIVATE_LIBRARIES = ("usr/lib/*-linux-gnu*/pulseaudio", "usr/lib/*-linux-gnu*/blas", "usr/lib/*-linux-gnu*/lapack")
NEEDLESS = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/icons",
    "usr/share/perl*",
    "usr/lib/*/perl*",
)
FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
{aliases}
</fontconfig>
"""
ALIAS = "  <alias><family>{family}</family><prefer>{fonts}</prefer></alias>"
FAMILIES = {
    "sans-serif": ("DejaVu Sans", "WenQuanYi Micro Hei"),
    "serif": ("DejaVu Serif", "WenQuanYi Micro Hei"),
    "monospace": ("DejaVu Sans Mono", "WenQuanYi Micro Hei Mono"),
}


@dataclass(frozen=True, slots=True)
class ChromiumFiles:
    """A Chromium that Playwright can launch: `launch(executable_path=, env=, args=)`."""

    executable: Path
    fonts_conf: Path
    libraries: str = ""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the whole environment of its process."""
        own = {"FONTCONFIG_FILE": str(self.fonts_conf)}
        if self.libraries:
            own["LD_LIBRARY_PATH"] = self.libraries
        return {**os.environ, **own}

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what it must be started with; as root it has no sandbox."""
        return ("--no-sandbox",) if os.geteuid() == 0 else ()


def find_chromium(cache: Path = CACHE) -> ChromiumFiles:
    """Return the Chromium to use, without fetching anything; raises LabError when there is none."""
    fonts, own = _fonts(cache), own_chromium()
    tree = None if own else _chromium(cache).tree
    if fonts.tree is None or (own is None and tree is None):
        raise LabError("Chromium is not here yet: scripts/test fetches it.")
    conf = _write_fonts_conf(fonts.folder, fonts.tree)
    if own is not None:
        return ChromiumFiles(own, conf)
    assert tree is not None  # noqa: S101 (for the type checker)
    return ChromiumFiles(tree / "usr/lib/chromium/chromium", conf, library_path(tree, PRIVATE_LIBRARIES))


def provide_chromium(progress: Progress, cache: Path = CACHE) -> ChromiumFiles:
    """Return the Chromium to use, fetching it when need be. Raises LabError as `Bundle.provide` does."""
    if own_chromium() is None:
        _chromium(cache).provide(progress)
    _fonts(cache).provide(progress)
    progress.say("Chromium is there.")
    return find_chromium(cache)


def own_chromium(path: str = SYSTEM_PATH) -> Path | None:
    """Return the machine's own Chromium."""
    found = shutil.which("chromium", path=path)
    return Path(found) if found else None


def _chromium(cache: Path) -> Bundle:
    return Bundle(cache / "chromium", ("chromium",), "Chromium and what it needs, about 220 MB", 1400, NEEDLESS)


def _fonts(cache: Path) -> Bundle:
    return Bundle(cache / "fonts", ("fonts-dejavu-core", "fonts-wqy-microhei"), "fonts, about 3 MB", 50)


def _write_fonts_conf(folder: Path, tree: Path) -> Path:
    conf = folder / "fonts.conf"
    aliases = "\n".join(
        ALIAS.format(family=family, fonts="".join(f"<family>{font}</family>" for font in fonts))
        for family, fonts in FAMILIES.items()
    )
    text = FONTS_CONF.format(fonts=tree / "usr/share/fonts", cache=folder / "cache", aliases=aliases)
    if not conf.exists() or conf.read_text() != text:
        part = folder / f"fonts.conf.{os.getpid()}"
        part.write_text(text)
        part.rename(conf)
    return conf
