"""`sanhuan sample`: real, openly licensed data as records, to try things on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated
from uuid import UUID

import typer

from sanhuan import clock
from sanhuan.catalog.store import CatalogStore
from sanhuan.database import installation, pool, settings
from sanhuan.errors import SanhuanError
from sanhuan.records import Records
from sanhuan.sample import calls, campaign, loading, retail
from sanhuan.sample.steps import Step

app = typer.Typer(no_args_is_help=True)
EVERY = 1_000


class Data(Enum):
    """What can be loaded; both CC BY 4.0, see the NOTICE beside the files."""

    WHOLESALE = "wholesale"
    CAMPAIGN = "campaign"


@app.callback()
def sample() -> None:
    """示例数据 · Sample data."""


@app.command()
def load(
    data: Annotated[
        Data,
        typer.Argument(
            help="wholesale：批发订单 orders of a wholesaler · campaign：电话营销 a phone campaign"
        ),
    ],
    limit: Annotated[
        int, typer.Option(help="最多多少行 · At most so many rows of the file.")
    ] = 2_000,
) -> None:
    """载入可公开的真实数据 · Load real data that may be shared.

    wholesale: orders of a UK gift wholesaler (UCI Online Retail) as accounts, products, orders; the
    amounts are the file's figures, not converted. campaign: a phone campaign (UCI Bank Marketing)
    as leads and calls; the file has months and weekdays only, so that dates follow the order of its
    rows, and names and numbers are made up by seed.
    """
    try:
        with installation.reached(settings.read()) as access:
            written = asyncio.run(_load(access.app, plan(data, limit)))
    except SanhuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"已载入 {written} 步 · {written} steps written.")


def plan(data: Data, limit: int) -> Sequence[Step]:
    """The steps that write the first `limit` rows of a file."""
    if data is Data.WHOLESALE:
        return retail.steps(retail.read(limit=limit))
    return calls.steps(campaign.events(until=clock.SystemClock().now().date(), limit=limit))


async def _load(conninfo: str, steps: Sequence[Step]) -> int:
    catalogs = CatalogStore()
    async with pool.create(conninfo, pool.WORKER) as connections:
        async with connections.connection() as connection:
            await catalogs.refresh(connection)
        records = Records(catalogs, connections, secret=b"sample")
        known: dict[str, UUID] = {}
        await loading.load(
            steps, records, records.transaction, known=known, progress=_progress(len(steps))
        )
    return len(steps)


def _progress(total: int) -> Callable[[int], None]:
    shown = 0

    def told(written: int) -> None:
        """Say how far it is, every thousand steps."""
        nonlocal shown
        if written - shown >= EVERY:
            shown = written
            typer.echo(f"{written} / {total}")

    return told
