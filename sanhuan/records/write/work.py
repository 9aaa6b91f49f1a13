"""One batch on its way through the pipeline, with what it goes by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection

from sanhuan import expressions
from sanhuan.catalog.runtime import Catalog, ObjectType
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records.read.statements import Statements
from sanhuan.records.requests import Batch, Saved, Write
from sanhuan.records.write import current
from sanhuan.records.write.compiled import CompiledObject, Compiler
from sanhuan.records.write.drafts import Draft, Far, View
from sanhuan.records.write.rights import Rights
from sanhuan.records.write.statements import WriteStatements

Reaction = Callable[[AsyncConnection[Any]], Awaitable[None]]
ACTS = {"create": "create", "update": "edit", "delete": "delete", "restore": "delete"}


@dataclass(frozen=True)
class Tools:
    """What all batches of a process share.

    `reactions` run in the transaction after records of an object changed, by object id.
    """

    statements: Statements
    writes: WriteStatements
    compiler: Compiler
    secret: bytes
    reactions: Mapping[str, Reaction]


@dataclass
class Work:
    """One batch. `save` is the pipeline itself, for changes that follow from this one."""

    tools: Tools
    save: Callable[..., Awaitable[Saved]]
    tx: AsyncConnection[Any]
    catalog: Catalog
    caller: Caller
    item: ObjectType
    rules: CompiledObject
    batch: Batch
    context: expressions.Context
    now: datetime
    operation: UUID
    far: Far = field(default_factory=Far)
    current: dict[UUID, current.Current] = field(default_factory=dict)
    line_rules: Mapping[str, CompiledObject] = field(default_factory=dict)
    line_items: Mapping[str, ObjectType] = field(default_factory=dict)

    @cached_property
    def rights(self) -> Rights:
        """The caller's grants, ready to judge rows."""
        return Rights(self.catalog, self.caller, self.item, self.context)

    @cached_property
    def far_paths(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """By id of a reference field: what rules, formulas and conditions read beyond it."""
        known, asked = self.rules.far, self.rights.far
        none: frozenset[tuple[str, ...]] = frozenset()
        return {i: known.get(i, none) | asked.get(i, none) for i in {*known, *asked}}

    @cached_property
    def new_context(self) -> expressions.Context:
        """What formulas of new rows go by."""
        return replace(self.context, is_new=True, old=None)

    def context_of(self, draft: Draft) -> expressions.Context:
        """What formulas of a row go by: whether it is new, and what it was."""
        if draft.operation == "create":
            return self.new_context
        return replace(self.context, is_new=False, old=View(draft.before, self.far))

    async def along(
        self, name: str, writes: Sequence[Write], mode: Literal["all", "each"] = "all"
    ) -> None:
        """Changes that follow from this one: by the platform, on behalf of the person."""
        platform = system_caller(
            self.caller.via,
            on_behalf_of=self.caller.user,
            operation=self.operation,
            cause=self.operation,
            root=self.caller.root or self.operation,
            depth=self.caller.depth + 1,
        )
        batch = Batch(name, writes, mode, occurred_at=self._moment())
        await self.save(self.tx, self.catalog, platform, batch, self.context, self.now)

    def _moment(self) -> datetime | None:
        """When a batch of history happened; None for now."""
        given = self.batch.occurred_at
        return given if given is None or isinstance(given, datetime) else max(given, default=None)
