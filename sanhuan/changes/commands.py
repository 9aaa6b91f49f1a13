"""`sanhuan verify`: whether log, tables and chain of digests tell the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import typer

from sanhuan import clock, errors, expressions
from sanhuan.catalog import kinds, store
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.changes import digests
from sanhuan.changes import verify as verifying
from sanhuan.database import installation, settings
from sanhuan.database.pool import Connection
from sanhuan.records.recount import Recounter

MOST_LINES = 20
ZONE = "Asia/Shanghai"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """All that verifying found; `unknown` are objects in the log that the catalog lacks."""

    objects: Sequence[verifying.ObjectReport]
    unknown: dict[str, int]
    chain: digests.Report
    head: str
    """The last digest of the chain, in hexadecimal: kept elsewhere, it dates the log."""

    @property
    def holds(self) -> bool:
        return self.chain.bad is None and not any(report.counts for report in self.objects)


app = typer.Typer(add_completion=False)


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="对象·OBJECT", help="只查一个对象 · Only one object.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · Answer as JSON.")] = False,
) -> None:
    """用变更日志核对全部数据 · Replay the change log and compare it with the tables.

    The exit code is 1 when something differs.
    """
    try:
        found = verified(settings.read(), name)
    except errors.SanhuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        for line in lines(found):
            typer.echo(line)
    raise typer.Exit(0 if found.holds else 1)


def verified(given: settings.Settings, name: str | None) -> Verified:
    """Verify an installation; its database is started for the while when it does not run.

    Raises installation.NotServed when there is none, DatabaseUnreachable when it does not answer.
    """
    installation.access(given)  # a folder without an installation must not get one by being read
    with installation.reached(given) as access:
        try:
            return asyncio.run(run(access.app, name))
        except psycopg.OperationalError as error:
            raise installation.unreachable(error) from error


async def run(conninfo: str, name: str | None = None) -> Verified:
    """Verify the records of all objects, or of one, and the chain.

    Raises catalog.UnknownObject for an object that is not there.
    """
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        catalog = await store.load(connection, kinds.Kinds())
        recounts = [recount(catalog)]
        if name is None:
            reports = await verifying.verify(connection, catalog, recounts=recounts)
        else:
            item = catalog.object(name)
            reports = [await verifying.verify_object(connection, catalog, item, recounts=recounts)]
        return Verified(
            objects=reports,
            unknown=await verifying.unknown_objects(connection, catalog),
            chain=await digests.verify_chain(connection),
            head=await head(connection),
        )


def recount(catalog: Catalog) -> verifying.Recount:
    """Counts rollups and stored formulas anew."""
    now = clock.SystemClock().now()
    recounter = Recounter(catalog, expressions.Context(zone=ZoneInfo(ZONE), now=now))

    async def differences(
        connection: Connection, item: ObjectType, page: Sequence[UUID]
    ) -> Sequence[verifying.Difference]:
        return [
            verifying.Difference(
                object_id=item.id,
                record_id=wrong.record,
                what="computed",
                field_id=wrong.field_id,
                logged=wrong.counted,
                stored=wrong.stored,
            )
            for wrong in await recounter.wrong(connection, item, page[0], page[-1])
        ]

    return differences


async def head(connection: Connection) -> str:
    """The last digest of the chain in hexadecimal; "" before the first."""
    end = await digests.end(connection)
    return end.digest.hex() if end.place else ""


def lines(found: Verified) -> list[str]:
    """What was found, for people."""
    told: list[str] = []
    for report in found.objects:
        mark = "✗" if report.counts else "✓"
        told.append(f"{mark} {report.name}: {report.records} 条记录 records")
        shown = report.differences[:MOST_LINES]
        told += [f"  → {difference(each)}" for each in shown]
        if (more := report.counts.total() - len(shown)) > 0:
            told.append(f"  → … {more}")
    for object_id, entries in found.unknown.items():
        told.append(f"! {object_id}: {entries} 条变更属于已删除的对象 entries of a dropped object")
    told.append(chain_line(found))
    return told


def difference(each: verifying.Difference) -> str:
    """One difference in a line; values of records are not shown, they may be personal."""
    text = TEXTS[each.what]
    field = f" [{each.field_id}]" if each.field_id else ""
    return f"{each.record_id}{field} {text.zh} {text.en}"


def chain_line(found: Verified) -> str:
    """What is known of the chain, in a line."""
    chain = found.chain
    if chain.bad is not None:
        bad = chain.bad
        return (
            f"✗ 摘要链在第 {bad.place} 处断开（变更 {bad.change_id}：{bad.fault}）"
            f" The chain breaks at place {bad.place} (change {bad.change_id}: {bad.fault})"
        )
    waiting = f", {chain.unchained} 未入链 waiting" if chain.unchained else ""
    return f"✓ 摘要链 chain: {chain.links}{waiting} {found.head[:16]}"


TEXTS: dict[verifying.What, errors.Text] = {
    "no_entry": errors.Text("有记录，无变更", "is there without an entry in the log"),
    "no_row": errors.Text("有变更，无记录", "is in the log and not in the table"),
    "purged": errors.Text("日志说已清除，记录仍在", "is there though the log says it was purged"),
    "first": errors.Text("日志不从第 1 版开始", "does not begin with version 1 in the log"),
    "gap": errors.Text("日志缺少版本", "lacks versions in the log"),
    "version": errors.Text("版本不符", "has another version than the log"),
    "value": errors.Text("值不符", "has another value than the log"),
    "owner": errors.Text("负责人不符", "has another owner than the log"),
    "department": errors.Text("部门不符", "has another department than the log"),
    "bin": errors.Text("回收站状态不符", "is or is not in the bin, against the log"),
    "computed": errors.Text("计算值不符", "holds another computed value than counting gives"),
}
