"""The one font of all pictures, so that text is as wide everywhere as it is here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.sax.saxutils import escape

FONTS: Final = Path(__file__).parent / "fonts"

_COVERED: Final = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x384, 0x45F),
    (0x2010, 0x2027),
    (0x2030, 0x203A),
    (0x2190, 0x22FF),
    (0x2460, 0x2469),
    (0x25A0, 0x25FF),
    (0x2713, 0x2718),
)
"""What the font has, roughly: see the character list in `fonts/README.md`."""

_MACHINE_FONTS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "WINDOWSFONTDIR",
)

_CONFIGURATION: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{directories}
  <cachedir>{cache}</cachedir>
  <match target="font">
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
  </match>
  <alias binding="same">
    <family>sans-serif</family>
    <prefer><family>DejaVu Sans</family></prefer>
  </alias>
</fontconfig>
"""


@contextmanager
def fonts(text: str) -> Iterator[Mapping[str, str]]:
    """Variables of the environment that make Graphviz measure text with our font.

    Fontconfig reads its configuration, and keeps its cache, in a folder that lasts as long as the
    context: nothing of the user's is read or written, and renderings at the same time do not meet.

    Args:
        text: What will be painted. Only when our font lacks a character of it are the fonts of
            the machine asked too.

    Yields:
        A copy of `os.environ` with the font variables set.

    >>> with fonts("phase → phase") as environment:
    ...     Path(environment["FONTCONFIG_FILE"]).name
    'fonts.conf'
    """
    folders = [str(FONTS)]
    if not covers(text):
        folders += [str(Path(name).expanduser()) for name in _MACHINE_FONTS]
    with TemporaryDirectory(prefix="fsm-fonts-") as folder:
        configuration = Path(folder, "fonts.conf")
        configuration.write_text(
            _CONFIGURATION.format(
                directories="\n".join(f"  <dir>{escape(name)}</dir>" for name in folders),
                cache=escape(str(Path(folder, "cache"))),
            ),
            encoding="utf-8",
        )
        yield {
            **os.environ,
            "FONTCONFIG_FILE": str(configuration),
            "FONTCONFIG_PATH": folder,
            "XDG_CACHE_HOME": folder,
        }


def covers(text: str) -> bool:
    """Whether the bundled font has every character of a text.

    >>> covers("tries: 1 → 2"), covers("状態")
    (True, False)
    """
    return all(c.isspace() or any(a <= ord(c) <= b for a, b in _COVERED) for c in set(text))
