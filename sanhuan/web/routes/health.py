"""Whether the process lives, whether it can serve, and its figures."""

from __future__ import annotations

from typing import Final

import psycopg

from sanhuan.database import migrations, queries
from sanhuan.errors import Text
from sanhuan.identity import authentication
from sanhuan.web import answers, refusals
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Nothing, PublicAsk, PublicRoute


async def healthz(ask: PublicAsk[Nothing, None]) -> Answer:
    """Alive: the event loop turns."""
    return answers.json({"status": "ok"})


async def readyz(ask: PublicAsk[Nothing, None]) -> Answer:
    """Ready: the database answers and has the schema of this version."""
    try:
        async with ask.kernel.app.connection(timeout=2) as connection:
            found = await connection.execute(
                queries.load("sanhuan.web.routes", "health.sql")["migrations"]
            )
            applied = {int(str(number)) for (number,) in await found.fetchall()}
    except psycopg.Error as error:
        raise refusals.NotReady(
            Text("数据库暂时不可用。", "The database is not available now.")
        ) from error
    missing = [each for each in migrations.known() if each.number not in applied]
    if missing:
        raise refusals.NotReady(
            Text("数据库尚未升级。", "The database is not migrated."),
            hint=Text("请执行 sanhuan migrate。", "Run sanhuan migrate."),
        )
    return answers.json({"status": "ok"})


async def metrics(ask: PublicAsk[Nothing, None]) -> Answer:
    """Figures for Prometheus, to this machine only: a proxy does not pass them on."""
    if not authentication.is_loopback(ask.address):
        raise refusals.NoRoute
    return Answer(200, ask.figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


PUBLIC: Final = (
    PublicRoute(
        method="GET", address="/healthz", run=healthz, summary="Alive", documented=False
    ),
    PublicRoute(method="GET", address="/readyz", run=readyz, summary="Ready", documented=False),
    PublicRoute(method="GET", address="/metrics", run=metrics, summary="Figures", documented=False),
)  # fmt: skip
