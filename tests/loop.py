"""The loop step by step, for tests: the log read up, the clock moved, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import rows

from sanhuan.automation import part as automation
from sanhuan.identity.access import Caller, system_caller
from sanhuan.records import Query, Write
from sanhuan.records.actions import Outcome
from tests.workspace import Workspace


@dataclass
class Loop:
    """A workspace whose readers and clocks run when the test says so."""

    workspace: Workspace
    tags: dict[str, str] = field(default_factory=dict)

    async def follow(self) -> int:
        """Read the log up, as a worker does; how many entries that took."""
        readers = automation.readers(self.workspace.kernel)
        total = 0
        async with self.workspace.kernel.app.connection() as connection:
            while handled := sum([await reader.run_once(connection) for reader in readers]):
                total += handled
        return total

    async def ring(self) -> int:
        """Ring what is due, then read the log up; how many clocks rang."""
        rung = await automation.clocks(self.workspace.kernel).run_once()
        await self.follow()
        return rung

    async def wait(self, **span: float) -> int:
        """Let time pass, ring, follow; how many clocks rang."""
        self.workspace.clock.advance(timedelta(**span))
        return await self.ring()

    async def lead(self, name: str = "李工", **values: Any) -> UUID:
        """A lead that came in from outside: worth nurturing unless said otherwise."""
        given = {"name": name, "company": "某某建筑", "source": "web_form", "industry": "e47"}
        return await self.workspace.create("lead", **{**given, **values})

    async def knows(self, login: str, *tags: str) -> None:
        """Give a person expertise."""
        for name in tags:
            if name not in self.tags:
                self.tags[name] = str(await self.workspace.create("tag", name=name))
        values = {"expertise": [self.tags[name] for name in tags]}
        person = self.workspace.people[login]
        await self.workspace.save("user", Write("update", values, id=person))

    async def act(
        self,
        action: str,
        *records: UUID,
        object_name: str = "lead",
        caller: Caller | None = None,
        **parameters: Any,
    ) -> Outcome:
        """Call an action as the platform, or as someone."""
        kernel = self.workspace.kernel
        found = kernel.actions.find(object_name, action)
        given = msgspec.convert(parameters, found.parameters)
        by = caller or system_caller("flow")
        return await kernel.records.run(
            lambda tx: found.run(tx, by, kernel.records, records, given)
        )

    async def all_of(self, object_name: str, **equal: Any) -> Sequence[Mapping[str, Any]]:
        """Records with these values, the oldest first, as the platform sees them."""
        rules = [{"field": name, "operator": "=", "value": v} for name, v in equal.items()]
        query = Query(filter={"combinator": "and", "rules": rules}, sort="created_at", limit=500)
        records = self.workspace.kernel.records
        async with records.transaction() as tx:
            return await records.fetch(tx, system_caller(), object_name, query)

    async def get(self, lead: UUID) -> Mapping[str, Any]:
        (found,) = await self.all_of("lead", id=str(lead))
        return found

    async def owner(self, lead: UUID) -> str | None:
        """The login of a lead's owner."""
        owner = (await self.get(lead))["owner"]
        logins = {str(person): login for login, person in self.workspace.people.items()}
        return None if owner is None else logins[owner["id"]]

    async def rows(self, statement: Any, *parameters: Any) -> list[dict[str, Any]]:
        """What the owner of the database reads by SQL of his own."""
        dsn = self.workspace.database.owner_dsn
        async with await psycopg.AsyncConnection.connect(
            dsn, row_factory=rows.dict_row
        ) as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall()

    async def gaps(self, lead: UUID) -> list[dict[str, Any]]:
        """The waits of a lead, the first one first."""
        return await self.rows(
            "select * from kernel.gap where record_id = %s"
            " order by opened_at, closed_at nulls last",
            lead,
        )

    async def decisions(self, lead: UUID) -> list[dict[str, Any]]:
        """What was decided about a lead, the first decision first."""
        return await self.rows(
            "select * from kernel.dispatch_decision where record_id = %s order by at, id", lead
        )

    async def lead_by(self, login: str) -> None:
        """Let a person be the head of all sellers and of their departments."""
        head = str(self.workspace.people[login])
        sellers = [self.workspace.people[one] for one in ("xia", "lin", "zhou")]
        rows = [Write("update", {"manager": head}, id=one) for one in sellers]
        await self.workspace.save("user", *rows)
        top = self.workspace.departments["销售部"]
        await self.workspace.save("department", Write("update", {"manager": head}, id=top))

    async def deactivate(self, *logins: str) -> None:
        """Let people leave."""
        writes = [
            Write("update", {"active": False}, id=self.workspace.people[login]) for login in logins
        ]
        await self.workspace.save("user", *writes)
