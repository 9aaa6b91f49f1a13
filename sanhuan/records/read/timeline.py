"""A record's timeline: its entries in the change log, as today's rights show them.

Rights are those of the record as it is now: fields that the asker does not see now are absent,
masked ones masked, and an entry of which nothing is left is absent too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from sanhuan.catalog.fields import FieldDefinition, LinesField, ReferenceField, ReferencesField
from sanhuan.catalog.fields.datetime import instant_json
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.database import queries
from sanhuan.identity.access import SYSTEM_USER, Caller
from sanhuan.records.errors import BadCursor, NotFound
from sanhuan.records.read.cursor import Cursors

MASK = "***"


class Reads(Protocol):
    """What a timeline takes from the service: records as a caller sees them now."""

    @property
    def catalog(self) -> Catalog: ...

    async def get_many(
        self,
        tx: AsyncConnection[Any],
        caller: Caller,
        object_name: str,
        ids: Sequence[UUID],
        fields: Sequence[str] | None = None,
    ) -> dict[UUID, bytes]: ...


class Timeline:
    """Reads the timeline of records of one object for one caller."""

    def __init__(
        self, records: Reads, tx: AsyncConnection[Any], caller: Caller, item: ObjectType
    ) -> None:
        self._records = records
        self._tx = tx
        self._caller = caller
        self._item = item

    async def read(self, record: UUID, after: str | None, limit: int, cursors: Cursors) -> bytes:
        """`{"data": [...], "page": {"next"}}`, newest first. Raises `NotFound`, `BadCursor`."""
        question = f"timeline {self._item.name} {record}"
        version, place = self._place(after, cursors, question)
        now = await self._now(record)
        statements = queries.load("sanhuan.records", "log.sql")
        async with self._tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                statements["timeline"],
                {
                    "object_id": self._item.id,
                    "record_id": record,
                    "after": place,
                    "version": version,
                    "limit": limit + 1,
                },
            )
            rows = await cursor.fetchall()
        following = None
        if len(rows) > limit:
            last = rows[limit - 1]
            keys = [str(last["version"]), str(last["id"])]
            following = cursors.write(keys, self._caller.user, question)
        shown = [entry for row in rows[:limit] if (entry := self.entry(row, now)) is not None]
        await self.name(shown)
        page = {"next": following, "count": None}
        return msgspec.json.encode({"data": shown, "page": page}, enc_hook=str)

    def _place(
        self, after: str | None, cursors: Cursors, question: str
    ) -> tuple[int | None, int | None]:
        if after is None:
            return None, None
        keys = cursors.read(after, self._caller.user, question)
        if len(keys) != 2 or keys[0] is None or keys[1] is None:
            raise BadCursor
        return int(keys[0]), int(keys[1])

    async def _now(self, record: UUID) -> Mapping[str, Any]:
        """The record as the caller sees it now, which says what he sees of its past."""
        found = await self._records.get_many(self._tx, self._caller, self._item.name, [record])
        if record not in found:
            raise NotFound
        now: Mapping[str, Any] = msgspec.json.decode(found[record])
        return now

    def entry(self, row: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any] | None:
        fields = self._fields(row["before"] or {}, row["after"] or {}, now)
        if not fields and row["kind"] == "update":
            return None
        return {
            "id": str(row["id"]),
            "at": instant_json(row["at"]),
            "occurred_at": instant_json(row["occurred_at"]),
            "actor": {"id": str(row["actor"]), "title": None},
            "on_behalf_of": None
            if row["on_behalf_of"] is None
            else {"id": str(row["on_behalf_of"]), "title": None},
            "via": row["via"],
            "kind": row["kind"],
            "version": row["version"],
            "fields": fields,
            "rules": self._rules(row["trace"], now),
            "operation": str(row["operation"]),
            "cause": None if row["cause"] is None else str(row["cause"]),
        }

    def _fields(
        self, before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
    ) -> dict[str, Any]:
        masked = set(now["_masked"])
        shown: dict[str, Any] = {}
        for field_id in dict.fromkeys([*before, *after]):
            one = self._item.by_id.get(field_id)
            if one is None or one.name not in now:
                continue
            was, became = before.get(field_id), after.get(field_id)
            if one.name in masked:
                was, became = _masked(was), _masked(became)
            elif isinstance(one, LinesField):
                was, became = self._lines(one, was), self._lines(one, became)
            shown[one.name] = {"before": was, "after": became}
        return shown

    def _rules(self, trace: Any, now: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rules that had a say; what one set, by API name, only where that is clear.

        Of a rule that set nothing clear, and of the row of a table that decided, nothing is told.
        """
        told: list[dict[str, Any]] = []
        for rule in trace or ():
            if rule.get("met") is False or "rule" not in rule:
                continue
            if not rule.get("set"):
                told.append(rule)
                continue
            names = {one: self._clear_name(one, now) for one in rule["set"]}
            clear = {name: rule["set"][one] for one, name in names.items() if name}
            if clear:
                kept = rule if len(clear) == len(names) else {**rule, "rows": None}
                told.append({**kept, "set": clear})
        return told

    def _clear_name(self, field_id: str, now: Mapping[str, Any]) -> str | None:
        """The API name of a field that shows clear now."""
        one = self._item.by_id.get(field_id)
        if one is None or one.name not in now or one.name in now["_masked"]:
            return None
        return one.name

    def _lines(self, one: LinesField, rows: Any) -> Any:
        """Lines by API name."""
        target = self._records.catalog.objects[one.object]
        return [
            {
                (target.by_id[key].name if key in target.by_id else key): value
                for key, value in row.items()
            }
            for row in rows or ()
        ]

    async def name(self, entries: Sequence[dict[str, Any]]) -> None:
        """Titles of the people and records that entries name, as far as the caller sees them."""
        wanted: dict[str, set[str]] = {"user": set()}
        for entry in entries:
            wanted["user"] |= {entry[key]["id"] for key in ("actor", "on_behalf_of") if entry[key]}
            for name, change in entry["fields"].items():
                for target, ids in _referred(self._item.fields[name], change):
                    wanted.setdefault(target, set()).update(ids)
        titles = {name: await self._titles(name, ids) for name, ids in wanted.items() if ids}
        people = titles.get("user", {})
        for entry in entries:
            for key in ("actor", "on_behalf_of"):
                if entry[key]:
                    entry[key]["title"] = people.get(entry[key]["id"])
            for name, change in entry["fields"].items():
                _put_titles(self._item.fields[name], change, titles)

    async def _titles(self, name: str, ids: Iterable[str]) -> dict[str, str]:
        item = self._records.catalog.objects.get(name)
        if item is None or not self._may_name(item):
            return {}
        wanted = [UUID(one) for one in ids]
        found = await self._records.get_many(
            self._tx, self._caller, name, wanted, [item.title.name]
        )
        named = {
            str(record): msgspec.json.decode(body).get(item.title.name)
            for record, body in found.items()
        }
        named.setdefault(str(SYSTEM_USER), "三环")
        return named

    def _may_name(self, item: ObjectType) -> bool:
        """Whether the caller sees the title of any of its records."""
        grants = self._caller.grants_for(item.id, "see")
        return any(grant.field_right(item.title.id) != "hidden" for grant in grants)


def _masked(value: Any) -> Any:
    return None if value is None else MASK


def _referred(one: FieldDefinition, change: Mapping[str, Any]) -> Iterable[tuple[str, set[str]]]:
    values = (change["before"], change["after"])
    if isinstance(one, ReferenceField):
        yield one.target, {value for value in values if isinstance(value, str) and value != MASK}
    elif isinstance(one, ReferencesField):
        listed = (value for value in values if isinstance(value, list))
        yield one.object, {item for value in listed for item in value}


def _put_titles(
    one: FieldDefinition, change: dict[str, Any], titles: Mapping[str, Mapping[str, str]]
) -> None:
    for side in ("before", "after"):
        value = change[side]
        if isinstance(one, ReferenceField) and isinstance(value, str) and value != MASK:
            change[side] = {"id": value, "title": titles.get(one.target, {}).get(value)}
        elif isinstance(one, ReferencesField) and isinstance(value, list):
            known = titles.get(one.object, {})
            change[side] = [{"id": item, "title": known.get(item)} for item in value]
