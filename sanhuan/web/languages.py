"""Which of the product's two languages a request asks for."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["zh", "en"]

LONGEST: Final = 200


def preferred(header: str | None) -> Language:
    """`zh` or `en`, whichever Accept-Language ranks first; `zh` where it names neither."""
    if not header:
        return "zh"
    ranked = [_ranked(place, part) for place, part in enumerate(header[:LONGEST].split(","))]
    for _, _, language in sorted(ranked):
        if language == "en":
            return "en"
        if language == "zh":
            return "zh"
    return "zh"


def _ranked(place: int, part: str) -> tuple[float, int, str]:
    tag, _, rest = part.partition(";")
    try:
        weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
    except ValueError:
        weight = 0.0
    language = tag.strip().lower().partition("-")[0] if weight > 0 else ""
    return -weight, place, language
