"""`sanhuan replay-source`: a real lead history, played through the webhook of a running product.

The file is the phone campaign that ships (the default), another one of its form, a folder with the
published marketing funnel's two files (see `funnel`), or lines of JSON, one event each:
`{"id", "type", "timestamp", "data"}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import msgspec
import psycopg
import typer

from sanhuan import clock as clocks
from sanhuan import errors
from sanhuan.catalog import kinds, store
from sanhuan.database import installation, pool
from sanhuan.database import settings as environment
from sanhuan.identity import SYSTEM_USER
from sanhuan.sample import campaign, funnel
from sanhuan.touchpoints import part, secrets, sending, state
from sanhuan.touchpoints.sending import Progress, Sender, Sent

TIMES: Final = ("received_at", "at")
"""Values of events that say when something was: left out when it is to be now."""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """An event as a line of JSON."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


class BadHistory(errors.SanhuanError):
    """The file holds no events that can be replayed."""

    code = "bad_history"


def replay_source(
    file: Annotated[
        Path | None,
        typer.Option(
            help="历史文件，默认是自带的电话营销 · The history; the phone campaign if none."
        ),
    ] = None,
    source: Annotated[str, typer.Option(help="数据源 · The source's name.")] = "campaign",
    speed: Annotated[
        float | None, typer.Option(help="加快多少倍 · Times as fast as it happened.")
    ] = None,
    at_once: Annotated[
        bool, typer.Option("--all", help="一次全部送出 · Everything as fast as it is taken.")
    ] = False,
    live: Annotated[
        bool, typer.Option(help="当作此刻发生 · As if it happened now, not then.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(help="最多多少条事件 · At most so many events.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="历史止于哪天 · The day on which the history ends.")
    ] = None,
    seed: Annotated[int, typer.Option(help="虚构部分的种子 · Seed of what is made up.")] = 1,
    url: Annotated[str | None, typer.Option(help="三环的地址 · Where Sanhuan answers.")] = None,
) -> None:
    """把真实线索史经数据源重放一遍 · Play a real lead history through a source, signed.

    Sending the same history again changes nothing: each event has one effect.
    """
    try:
        settings = environment.read()
        end = clocks.SystemClock().now().date() if until is None else date.fromisoformat(until)
        events = history(file, until=end, seed=seed)[:limit]
        if speed is None and not at_once:
            speed = 3_600.0
        done = asyncio.run(play(settings, source, events, None if at_once else speed, live, url))
    except psycopg.OperationalError as error:
        typer.echo(str(installation.unreachable(error)), err=True)
        raise typer.Exit(1) from None
    except (errors.SanhuanError, ValueError, OSError) as error:
        typer.echo(f"\n{error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"\n送出 {done.sent}，新收 {done.stored}，已有 {done.repeated}，冲突 {done.conflicts}"
        f"  {done.sent} sent, {done.stored} new, {done.repeated} known, {done.conflicts} conflicts"
    )


def history(file: Path | None, *, until: date, seed: int = 1) -> list[tuple[datetime, Sent]]:
    """The events of a history in order of time. Raises `BadHistory`, OSError."""
    if file is not None and file.suffix == ".jsonl":
        with file.open(encoding="utf-8") as lines:
            return sorted(_lines(lines), key=lambda pair: pair[0])
    if file is not None and file.is_dir():
        found = funnel.events(file)
    else:
        found = campaign.events(until=until, seed=seed, path=file or campaign.FILE)
    return [
        (event.at, Sent(event.id, event.type, event.at, _present(event.data))) for event in found
    ]


def _lines(lines: Iterable[str]) -> Iterator[tuple[datetime, Sent]]:
    for number, text in enumerate(lines, 1):
        try:
            line = msgspec.json.decode(text, type=Line)
        except msgspec.DecodeError as error:
            raise BadHistory(
                errors.Text(
                    f"第 {number} 行不是事件：{error}", f"Line {number} is no event: {error}"
                )
            ) from None
        yield line.timestamp, Sent(line.id, line.type, line.timestamp, line.data)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def now(events: Iterable[tuple[datetime, Sent]]) -> list[tuple[datetime, Sent]]:
    """The same events without the times at which they were; in the same order."""
    return [
        (at, Sent(one.id, one.type, None, {n: v for n, v in one.data.items() if n not in TIMES}))
        for at, one in events
    ]


async def play(
    settings: environment.Settings,
    source: str,
    events: list[tuple[datetime, Sent]],
    speed: float | None,
    live: bool,
    url: str | None,
) -> Progress:
    """Send the events to a running installation; None of `speed` is as fast as they are taken."""
    secret = await secret_of(settings, source)
    address = f"{(url or settings.base_url).rstrip('/')}/api/v1/hooks/{source}"
    chosen = now(events) if live else events
    async with httpx.AsyncClient(timeout=sending.TIMEOUT_S, trust_env=False) as client:
        sender = Sender(address, secret, client)
        report = reporter()
        if speed is None:
            return await sending.at_once(sender, [one for _, one in chosen], report)
        return await sending.at_speed(sender, chosen, speed, report)


async def secret_of(settings: environment.Settings, source: str) -> bytes:
    """The source's newest secret, from the installation's database; one is made where none is.

    Raises touchpoints' UnknownSource.
    """
    access = installation.access(settings)
    known = kinds.Kinds([*kinds.KERNEL, *part.kinds()])
    async with (
        pool.create(access.app, pool.WORKER, most=1) as connections,
        connections.connection() as connection,
    ):
        catalog = await store.load(connection, known)
        definition = state.definition_of(catalog, source)
        moment = clocks.SystemClock().now()
        found = await secrets.current(connection, definition.id, moment)
        if found:
            return found[0]
        return await secrets.renew(connection, definition.id, SYSTEM_USER, moment)


def reporter() -> Callable[[Progress], None]:
    """Shows how far it is, on one line that is written over."""
    begun = clocks.SystemClock().now()

    def report(progress: Progress) -> None:
        gone = max(clocks.SystemClock().now() - begun, timedelta(milliseconds=1))
        rate = progress.sent / gone.total_seconds()
        typer.echo(f"\r{progress.sent} / {progress.total}  {rate:.0f}/s ", nl=False, err=True)

    return report
