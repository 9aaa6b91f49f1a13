"""How a file of delimited text is written: told from its bytes, shown, and changed by people.

UTF-8 is tried first, then GB18030 (which holds GBK): what is cut or mixed decodes with fewer bad
bytes in the one it is. Statistical guessing misreads short Chinese, so there is none.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

Encoding = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "gb18030"]
Separator = Literal[",", ";", "\t", "|"]
SEPARATORS: Final[Sequence[Separator]] = (",", ";", "\t", "|")
SAMPLE: Final = 256 * 1024
HEADER_WITHIN: Final = 10
CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f]")
BOMS: Final[Sequence[tuple[bytes, Encoding]]] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Layout(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a file is read. `sheet` is a workbook's, then `encoding` and `separator` are None.

    `header_row` is the row that names the columns, counted from 1 among rows that are not empty;
    0: none does, and columns are called A, B, C.
    """

    encoding: Encoding | None = None
    separator: Separator | None = None
    sheet: str | None = None
    header_row: int = 1


def encoding_of(sample: bytes) -> Encoding:
    """The encoding of a file that begins with `sample`."""
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        # Latin letters and digits have a zero byte in UTF-16, and no text else has one.
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    candidates: Sequence[Encoding] = ("utf-8", "gb18030")
    return min(candidates, key=lambda encoding: bad_bytes(sample, encoding))


def bad_bytes(sample: bytes, encoding: str) -> int:
    """How many bytes are none of the encoding; a character cut off at the end is no fault."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    return sum("\udc80" <= character <= "\udcff" for character in decoder.decode(sample))


def has_controls(sample: bytes, encoding: str) -> bool:
    """Whether characters stand in it that no text has: of a program, a picture, an archive."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    return CONTROLS.search(text) is not None


def separator_of(text: str) -> Separator:
    """The separator by which the first lines fall into the same number of columns, the most."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def fit(separator: Separator) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        except csv.Error:
            return (0, 0)
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) if usual > 1 else 0, usual)

    return max(SEPARATORS, key=fit)


def told(sample: bytes) -> Layout:
    """The layout of delimited text that begins with `sample`, but for the header's row."""
    encoding = encoding_of(sample)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    return Layout(encoding=encoding, separator=separator_of(text))


def column_names(header: Sequence[str] | None, width: int) -> list[str]:
    """Names of columns, each once: those of the header row, A, B, C where it names none."""
    names: list[str] = []
    for place in range(width):
        given = " ".join(header[place].split()) if header and place < len(header) else ""
        name = given[:200] or letters(place)
        number = 2
        while name in names:
            name = f"{given[:190] or letters(place)} ({number})"
            number += 1
        names.append(name)
    return names


def letters(place: int) -> str:
    """The name of a column in a sheet: A, B, … Z, AA; `place` counts from 0."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
