"""The built UI: its files, and its one page for every address that is not a file.

Files with a digest in their name never change and are kept by browsers for good; the page is asked
for anew each time. No script stands in a page: what a page may load is only what is here.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from sanhuan.errors import Text
from sanhuan.web import languages, problems, refusals
from sanhuan.web.answers import Answer
from sanhuan.web.edge import trace_id
from sanhuan.web.sending import Sent

DIST: Final = Path(__file__).parents[2] / "ui" / "dist"
PAGE: Final = "index.html"
ASSETS: Final = "assets/"
RESERVED: Final = ("api/", "api", "healthz", "readyz", "metrics")

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        # The component library writes its styles at run time.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
NOT_BUILT: Final = Text("界面尚未构建，请执行 make ui。", "The UI is not built: run make ui.")
TEXT: Final = "text/plain; charset=utf-8"
TEXTS: Final = frozenset({".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt"})
MOST_KEPT: Final = 300
"""Files in memory, each with its compressed form: a built UI has fewer."""
TYPES: Final = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


def handlers(dist: Path = DIST) -> list[HTTPRouteHandler]:
    """The handlers that serve the folder."""

    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        path = request.scope["path"].lstrip("/")
        try:
            answer = await asyncio.to_thread(find, dist, path, request.headers)
        except refusals.NoRoute as error:
            language = languages.preferred(request.headers.get("accept-language"))
            answer = problems.answer(error, language=language, trace_id=trace_id(request.headers))
        return Sent(answer)

    return [
        HTTPRouteHandler(["/", "/{path:path}"], http_method=["GET", "HEAD"], name="static")(handle),
    ]


def find(dist: Path, path: str, headers: Mapping[str, str]) -> Answer:
    """The file at a path, else the page. Raises NoRoute for what is not the UI's to answer."""
    if path in RESERVED or path.startswith(RESERVED[0]):
        raise refusals.NoRoute
    found = _file(dist, path)
    if found is None and (path.startswith(ASSETS) or Path(path).suffix in (".js", ".css", ".map")):
        raise refusals.NoRoute
    return _answer(found or dist / PAGE, is_kept=path.startswith(ASSETS), headers=headers)


def _file(dist: Path, path: str) -> Path | None:
    """The file that a path names inside the folder; None for anything else."""
    if not path or "\0" in path:
        return None
    try:
        found = (dist / path).resolve()
        return found if found.is_relative_to(dist.resolve()) and found.is_file() else None
    except OSError:  # longer than any name can be
        return None


def _answer(file: Path, *, is_kept: bool, headers: Mapping[str, str]) -> Answer:
    try:
        read = contents(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return Answer(503, f"{NOT_BUILT.zh}\n{NOT_BUILT.en}\n".encode(), media_type=TEXT)
    kept = "public, max-age=31536000, immutable" if is_kept else "no-cache"
    shared = {
        "ETag": read.tag,
        "Cache-Control": kept,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Encoding",
    }
    if headers.get("if-none-match") == read.tag:
        return Answer(304, headers=shared)
    if read.compressed is None or "gzip" not in headers.get("accept-encoding", ""):
        return Answer(200, read.plain, media_type=media_type(file), headers=shared)
    shared["Content-Encoding"] = "gzip"
    return Answer(200, read.compressed, media_type=media_type(file), headers=shared)


class Contents(NamedTuple):
    """A file as read: its entity tag, its bytes, and compressed where that makes it smaller."""

    tag: str
    plain: bytes
    compressed: bytes | None


@functools.lru_cache(maxsize=MOST_KEPT)
def contents(file: Path, changed_ns: int) -> Contents:
    """A file's contents, read again when it has changed. Raises FileNotFoundError."""
    plain = file.read_bytes()
    compressed = gzip.compress(plain, mtime=0) if file.suffix in TEXTS else plain
    is_smaller = len(compressed) < len(plain)
    digest = hashlib.sha256(plain).hexdigest()[:24]
    return Contents(f'"{digest}"', plain, compressed if is_smaller else None)


def media_type(file: Path) -> str:
    """The media type of one of our own files, by its name."""
    found = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    found = found or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
