"""The product's side: worlds put into its tables, questions asked of it, answers read."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from sanhuan import records
from sanhuan.changes.entries import Entry
from sanhuan.errors import SanhuanError
from sanhuan.expressions import ExpressionError
from sanhuan.identity import directory, policies
from sanhuan.identity.access import SYSTEM_USER, Caller, Grant, Grants, Rows, system_caller
from sanhuan.records import Batch, Query, Result, Write
from sanhuan.records.read.visible import Visibility
from sanhuan.records.requests import Aggregate, Measure
from tests import kernel as kernels
from tests.permissions import answers, conditions, reference_writes, trials, ward, worlds
from tests.permissions import questions as q
from tests.permissions.answers import Error
from tests.permissions.reference import Model
from tests.permissions.stories import Story
from tests.permissions.world import Policy

PACKAGE: Final = Path(__file__).parents[1] / "packages" / "ward"
MASKS: Final = (None, "***")
Tx = AsyncConnection[Any]


@dataclass
class Bench:
    """A kernel with the people and departments in place; each world is rolled back."""

    kernel: kernels.Kernel

    async def prepare(self) -> None:
        """People, departments and empty roles that all worlds share."""
        named = zip(worlds.PEOPLE, worlds.PEOPLE_NAMES, strict=True)
        people = [
            Write("create", {"name": name, "login": f"p{place}", "active": True}, id=each)
            for place, (each, name) in enumerate(named)
        ]
        named = zip(worlds.DEPARTMENTS, worlds.DEPARTMENT_NAMES, strict=True)
        departments = [Write("create", {"name": name}, id=each) for each, name in named]
        roles = [
            Write("create", {"name": f"角色{place}", "key": f"role{place}"}, id=each)
            for place, each in enumerate(worlds.ROLES)
        ]
        for object_name, rows in (("user", people), ("department", departments), ("role", roles)):
            await self.kernel.save(object_name, *rows)
        async with self.kernel.records.transaction() as tx:
            found = await tx.execute("select id from data.o_role where f_key = 'member'")
            for (member,) in await found.fetchall():
                await policies.replace_policies(tx, member, [])

    @asynccontextmanager
    async def world(self, story: Story) -> AsyncIterator[Scene]:
        """The world in the tables, until the end of the block."""
        async with (
            self.kernel.pool.connection() as tx,
            tx.transaction(force_rollback=True),
        ):
            for batch in story.batches:
                await self.kernel.records.save(tx, self.kernel.root, batch)
            await _share(tx, self.kernel, story)
            known = await _hire(tx, self.kernel, story) if story.plan.is_real else None
            yield Scene(self.kernel.records, tx, story, known)


async def _share(tx: Tx, kernel: kernels.Kernel, story: Story) -> None:
    now = kernel.clock.now()
    ends = (None, datetime(2100, 1, 1, tzinfo=UTC))  # the database's own clock runs too
    for place, one in enumerate(story.world.shares):
        until = now - timedelta(hours=1) if one.is_expired else ends[place % 2]
        object_name = story.world.records[one.record].object
        await tx.execute(
            "insert into kernel.share"
            " (object_id, record_id, principal_id, level, until, created_by, created_at)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (
                ward.IDS[object_name],
                one.record,
                one.principal,
                one.level,
                until,
                SYSTEM_USER,
                now - timedelta(days=1),
            ),
        )


async def _hire(tx: Tx, kernel: kernels.Kernel, story: Story) -> directory.Directory:
    """Posts, managers, roles and policies as identity keeps them."""
    world = story.world
    parents = [
        Write("update", {"parent": str(above)}, id=each)
        for each, above in world.parents.items()
        if above is not None
    ]
    people = [
        Write(
            "update",
            {
                "department": str(each.departments[0]) if each.departments else None,
                "manager": None if each.manager is None else str(each.manager),
                "roles": [str(role) for role in each.roles],
            },
            id=each.id,
        )
        for each in world.people.values()
    ]
    posts = [
        Write("create", {"user": str(each.id), "department": str(post), "title": "岗"})
        for each in world.people.values()
        for post in each.departments[1:]
    ]
    for object_name, rows in (("department", parents), ("user", people), ("post", posts)):
        if rows:
            await kernel.records.save(tx, kernel.root, Batch(object_name, rows))
    for role, stated in world.roles.items():
        await policies.replace_policies(tx, role, [_policy(each) for each in stated])
    return await directory.load(tx)


def _policy(stated: Policy) -> policies.Policy:
    return policies.Policy(
        object_id=ward.IDS[stated.object],
        acts=stated.acts,
        rows=stated.rows,
        condition=None if stated.condition is None else conditions.written(stated.condition),
        fields=_by_id(stated),
        other_fields=stated.other_fields,
    )


def _by_id(stated: Policy) -> dict[str, str]:
    fields = ward.OBJECTS[stated.object]
    return {fields[name].id: right for name, right in stated.fields.items()}


def caller_of(model: Model) -> Caller:
    """The person with grants as the model resolves them."""
    me = model.me
    grants: dict[str, list[Grant]] = {}
    for role in me.roles:
        for stated in model.world.roles[role]:
            grant = Grant(
                role, stated.acts, _rows(model, stated), _by_id(stated), stated.other_fields
            )
            grants.setdefault(ward.IDS[stated.object], []).append(grant)
    return Caller(
        user=me.id,
        name="某人",
        login="someone",
        department=me.departments[0] if me.departments else None,
        departments=me.departments,
        language="zh",
        grants=Grants({name: tuple(found) for name, found in grants.items()}),
        rights=frozenset(),
        principals=tuple(sorted(model.principals)),
    )


def _rows(model: Model, stated: Policy) -> Rows:
    match stated.rows:
        case "own":
            return Rows("owners", users=(model.me.id,))
        case "reports":
            return Rows("owners", users=tuple(sorted(model.reports)))
        case "department":
            return Rows("departments", departments=tuple(sorted(model.me.departments)))
        case "department_below":
            return Rows("departments", departments=tuple(sorted(model.below)))
        case "condition":
            return Rows("condition", condition=conditions.written(stated.condition))
        case "shared":
            return Rows("shared")
    return Rows("all")


@dataclass
class Scene:
    """A world in the tables, of which people can ask."""

    records: records.Records
    tx: Tx
    story: Story
    known: directory.Directory | None

    def caller(self, model: Model) -> Caller:
        """The person as one who asks, resolved by identity where the world is real."""
        if self.known is None:
            return caller_of(model)
        found = self.known.caller(model.me.id)
        assert found is not None, "everyone is active"
        return found

    async def answer(self, caller: Caller, model: Model, question: q.Question) -> Any:
        """What the product answers."""
        try:
            async with self.tx.transaction(force_rollback=True):
                return await _ASKS[type(question)](self, caller, model, question)
        except ExpressionError as error:
            return Error("unknown_field" if error.code == "unknown_name" else error.code)
        except SanhuanError as error:
            return Error(error.code)

    async def listed(self, caller: Caller, model: Model, asked: q.List) -> Any:
        rows: list[dict[str, Any]] = []
        counts, after = [], None
        while True:
            query = Query(
                filter=None if asked.filter is None else conditions.written(asked.filter),
                sort=asked.sort,
                fields=None if asked.fields is None else list(asked.fields),
                limit=asked.page,
                after=after,
                count=asked.count,  # type: ignore[arg-type]  # one of the three
                q=asked.q,
            )
            found = json.loads(await self.records.list(self.tx, caller, asked.object, query))
            rows += found["data"]
            counts.append(found["page"]["count"])
            after = found["page"]["next"]
            if after is None:
                break
        assert len(set(counts)) == 1, "pages count alike"
        return [_row(asked.object, each) for each in rows], counts[0]

    async def get(self, caller: Caller, model: Model, asked: q.Get) -> Any:
        record = answers.record_at(model, asked.record)
        object_name = record.object if record else "client"
        names = None if asked.fields is None else answers.get_names(object_name, asked)
        identifier = record.id if record else worlds.MISSING
        found = await self.records.get(self.tx, caller, object_name, identifier, names)
        return _row(object_name, json.loads(found))

    async def search(self, caller: Caller, model: Model, asked: q.Search) -> Any:
        found = json.loads(await self.records.search(self.tx, caller, asked.q, 100))["data"]
        return {(each["object"], UUID(each["id"]), each["title"]) for each in found}

    async def aggregate(self, caller: Caller, model: Model, asked: q.Aggregate) -> Any:
        function, _, path = asked.measure.partition(":")
        measures = [Measure(function="count", name="n")]
        if path:
            measures.append(Measure(function=function, field=path, name="x"))  # type: ignore[arg-type]  # one of them
        question = Aggregate(
            filter=None if asked.filter is None else conditions.written(asked.filter),
            group_by=list(asked.group_by),
            measures=measures,
        )
        found = json.loads(await self.records.aggregate(self.tx, caller, asked.object, question))
        return Counter(
            (
                *(
                    _value_at(asked.object, name.partition(":")[0], row[name])
                    for name in asked.group_by
                ),
                row["n"],
                _figure(asked.object, function, path, row.get("x")),
            )
            for row in found["data"]
        )

    async def timeline(self, caller: Caller, model: Model, asked: q.Timeline) -> Any:
        record = answers.record_at(model, asked.record)
        object_name = record.object if record else "client"
        identifier = record.id if record else worlds.MISSING
        found = json.loads(await self.records.timeline(self.tx, caller, object_name, identifier))
        assert record is not None
        return [
            (
                entry["kind"],
                {
                    name: _sides(model, record.object, record.id, name, sides)
                    for name, sides in entry["fields"].items()
                },
            )
            for entry in found["data"]
        ]

    async def feed(self, caller: Caller, model: Model, asked: q.Feed) -> Any:
        @asynccontextmanager
        async def connect() -> AsyncIterator[Tx]:
            yield self.tx

        entries = await _last_entries(self.tx)
        found = await Visibility(self.records, connect).of(entries, caller, {})
        return {each.entry.record_id: (each.gone, set(each.fields)) for each in found}

    async def find(self, caller: Caller, model: Model, asked: q.Find) -> Any:
        item = self.records.catalog.object(asked.object)
        one = item.fields[asked.field]
        values = [one.parse(conditions.written(each)) for each in asked.values]
        found = await self.records.find(self.tx, caller, asked.object, asked.field, values)
        kind = ward.OBJECTS[asked.object][asked.field].kind
        return {plain(kind, one.to_json(value)): list(ids) for value, ids in found.items()}

    # Writing

    async def alter(self, caller: Caller, model: Model, asked: q.Alter) -> Outcome | None:
        """What becomes of a write; None where it makes no sense in this world."""
        one = trials.trial(model, asked, await self.lines(), is_real=self.known is not None)
        if one is None:
            return None
        batch = Batch(one.write.object, [one.row])
        told, saved = await self._save(caller, batch)
        found = Outcome(one, told.get(0, Refusal()))
        if one.row.id and reference_writes.met(model, one.write) is None:
            twin = dataclasses.replace(one.row, id=worlds.MISSING)
            found.twin = (await self._save(caller, Batch(one.write.object, [twin])))[0].get(0)
        elif not told and asked.operation in ("create", "update"):
            found.stored = saved[0]
        return found

    async def bulk(self, caller: Caller, model: Model, asked: q.Bulk) -> list[Outcome]:
        """What becomes of several updates at once."""
        lines, is_real = await self.lines(), self.known is not None
        made = [trials.trial(model, each, lines, is_real=is_real) for each in asked.rows]
        rows = {each.write.id: each for each in made if each is not None}
        kept = [
            each
            for each in rows.values()
            if "code" not in each.write.values and each.write.object == made[0].write.object
        ] if made[0] else []  # fmt: skip
        if not kept:
            return []
        batch = Batch(kept[0].write.object, [each.row for each in kept], mode=asked.mode)  # type: ignore[arg-type]  # all or each
        told, _ = await self._save(caller, batch)
        return [Outcome(each, told.get(place, Refusal())) for place, each in enumerate(kept)]

    async def lines(self) -> dict[UUID, list[UUID]]:
        """The ids of lines in their order, by the contract that they belong to."""
        found = await self.tx.execute("select parent_id, id from data.o_wli order by position")
        lines: dict[UUID, list[UUID]] = {}
        for parent, line in await found.fetchall():
            lines.setdefault(parent, []).append(line)
        return lines

    async def _save(
        self, caller: Caller, batch: Batch
    ) -> tuple[dict[int, Refusal], list[dict[str, Any]]]:
        """What was said against which row, and the rows as the platform reads them afterwards."""
        try:
            async with self.tx.transaction(force_rollback=True):
                saved = await self.records.save(self.tx, caller, batch)
                refused = {
                    one.index: Refusal.of(one.faults)
                    for one in saved.results
                    if one.status == "refused"
                }
                return refused, [await self._stored(batch, one) for one in saved.results]
        except records.Refused as error:
            return Refusal.by_row(error.faults), []
        except SanhuanError as error:
            every = Refusal({error.code}, set(), (str(error),))
            return dict.fromkeys(range(len(batch.rows)), every), []

    async def _stored(self, batch: Batch, one: Result) -> dict[str, Any]:
        if one.id is None or one.status not in ("created", "updated", "unchanged"):
            return {}
        root = system_caller()
        return _row(
            batch.object, json.loads(await self.records.get(self.tx, root, batch.object, one.id))
        )


@dataclass
class Refusal:
    """Codes, the fields named, and what was said word by word; empty when it was saved."""

    codes: set[str] = dataclasses.field(default_factory=set)
    fields: set[str | None] = dataclasses.field(default_factory=set)
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, faults: Iterable[records.Fault]) -> Refusal:
        given = list(faults)
        return cls(
            {each.code for each in given},
            {each.field for each in given},
            tuple(f"{each.field} {each.code} {each.message}" for each in given),
        )

    @classmethod
    def by_row(cls, faults: Iterable[records.Fault]) -> dict[int, Refusal]:
        rows: dict[int, list[records.Fault]] = {}
        for each in faults:
            rows.setdefault(each.index, []).append(each)
        return {index: cls.of(found) for index, found in rows.items()}


@dataclass
class Outcome:
    """What became of one write, for the model to judge.

    `twin`: what the same write of a record that does not exist was told. `stored`: the record as
    the platform reads it after a save.
    """

    trial: trials.Trial
    refusal: Refusal
    twin: Refusal | None = None
    stored: dict[str, Any] | None = None


def _row(object_name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name == "id":
            shown[name] = UUID(value)
        elif name == "_errors":
            shown[name] = value
        elif name in ("_masked", "_can"):
            shown[name] = set(value)
        else:
            shown[name] = _value_at(object_name, name, value)
    return answers.normal(shown)


def _value_at(object_name: str, path: str, value: Any) -> Any:
    return plain(answers.kind_at(object_name, path).kind, value)


def plain(kind: str, value: Any) -> Any:
    """A JSON value of the product as the model has it."""
    if value is None or value == []:
        return None
    if kind in ward.NUMBERS:
        return Decimal(str(value))
    if kind == "reference":
        return (UUID(value["id"]), value["title"])
    if kind == "references":
        return [(UUID(each["id"]), each["title"]) for each in value]
    if kind == "lines":
        numbers = [tuple(each[name] for name in ward.LINE_FIELDS) for each in value]
        return [(what, *(_number(each) for each in rest)) for what, *rest in numbers]
    return value


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _figure(object_name: str, function: str, path: str, value: Any) -> Any:
    if value is None or not path:
        return None
    if function == "count_distinct":
        return value
    return _value_at(object_name, path, value)


def _sides(
    model: Model, object_name: str, record: UUID, name: str, sides: Mapping[str, Any]
) -> Any:
    """Both sides as values; `masked` where they tell no more than the mask."""
    if name == "lines":
        return "lines"
    known = model.world.records[record]
    one = ward.OBJECTS[object_name][name]
    both = (sides["before"], sides["after"])
    history = [value for entry in known.history for value in entry.fields.get(name, ())]
    masks = [*MASKS, *(ward.masked(one, value) for value in history)]
    if any(each is not None for each in both) and all(each in masks for each in both):
        clear = [value for value in history if value is not None]
        if not any(each in clear for each in both):
            return "masked"
    if model.level(known, name) == 1:
        return "masked" if both == (None, None) else both
    return tuple(plain(one.kind, each) for each in both)


async def _last_entries(tx: Tx) -> Sequence[Entry]:
    found = await tx.execute(
        "select distinct on (record_id) generation, xid::text::bigint, id, at, occurred_at,"
        " operation, actor, on_behalf_of, via, cause, root, depth, object_id, record_id, version,"
        " kind, before, after, owner_before, owner_after, department_before, department_after,"
        " trace, catalog_version from kernel.change where object_id in ('wcl', 'wco')"
        " order by record_id, version desc, id desc"
    )
    assert found.description is not None
    names = [column.name for column in found.description]
    return [Entry(**dict(zip(names, row, strict=True))) for row in await found.fetchall()]


Ask = Callable[[Scene, Caller, Model, Any], Coroutine[Any, Any, Any]]
_ASKS: Final[Mapping[type[Any], Ask]] = {
    q.List: Scene.listed,
    q.Get: Scene.get,
    q.Search: Scene.search,
    q.Aggregate: Scene.aggregate,
    q.Timeline: Scene.timeline,
    q.Feed: Scene.feed,
    q.Find: Scene.find,
}
