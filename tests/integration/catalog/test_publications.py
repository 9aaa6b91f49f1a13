"""Publications that people ask for."""

from __future__ import annotations

import dataclasses
from uuid import UUID, uuid4

import psycopg
import pytest

from sanhuan.catalog.publish import Change
from sanhuan.identity.access import Caller
from sanhuan.studio import publications
from tests import kernel as kernels
from tests.kernel import Kernel


def builder(*rights: str) -> Caller:
    return dataclasses.replace(kernels.caller(uuid4(), {}), rights=frozenset(rights))


MOTTO = {"id": "cust", "fields": [{"name": "motto", "type": "text", "label": {"zh": "座右铭"}}]}


async def ask(kernel: Kernel, change: Change, caller: Caller) -> UUID:
    async with kernel.records.transaction() as tx:
        return await publications.ask(tx, caller, [change])


async def test_field_asked_for_gets_an_id_and_is_published_by_the_job(kernel: Kernel) -> None:
    change = publications.local_change("object", MOTTO, lambda: "xabc")
    request = await ask(kernel, change, builder("build"))

    await publications.carry_out(kernel.pool, kernel.publisher, request)
    await publications.carry_out(kernel.pool, kernel.publisher, request)

    async with kernel.records.transaction() as tx:
        found = await publications.state(tx, request)
    assert found is not None
    assert (found["state"], found["steps"]) == ("done", ["add o_cust.f_xabc text"])


async def test_refusal_is_kept_with_its_complaints(kernel: Kernel) -> None:
    body = {"id": "cust", "title_field": "nothing"}
    request = await ask(
        kernel, publications.local_change("object", body, lambda: "xabc"), builder("build")
    )

    await publications.carry_out(kernel.pool, kernel.publisher, request)

    async with kernel.records.transaction() as tx:
        found = await publications.state(tx, request)
    assert found is not None
    assert found["state"] == "refused"
    assert found["complaint"]["complaints"] == ["object customer: title_field nothing is no field"]


@pytest.mark.parametrize(("kind", "rights"), [("object", ()), ("role", ("build",))])
async def test_nobody_publishes_beyond_his_rights(
    kernel: Kernel, kind: str, rights: tuple[str, ...]
) -> None:
    """B10."""
    change = publications.local_change(kind, {"id": "clerk", "rights": ["administer"]}, str)

    with pytest.raises(publications.MayNotBuild):
        await ask(kernel, change, builder(*rights))


async def test_the_web_role_cannot_change_tables(kernel: Kernel) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with kernel.pool.connection() as connection:
            await connection.execute("alter table data.o_cust add column x text")


def test_ids_given_by_the_server_fit_and_differ() -> None:
    made = {publications.short_id() for _ in range(100)}

    assert len(made) == 100
    assert all(one.isalnum() and one[0] == "x" and len(one) == 10 for one in made)


async def test_rights_are_brought_after_each_publication(kernel: Kernel) -> None:
    """B09: what a role no longer says must not be allowed until the next start."""
    brought: list[str] = []

    async def bring_roles() -> None:
        async with kernel.records.transaction() as tx:
            found = await publications.state(tx, request)
        brought.append("nothing" if found is None else found["state"])

    change = publications.local_change("object", MOTTO, lambda: "xrole")
    request = await ask(kernel, change, builder("build"))

    await publications.task(kernel.pool, kernel.publisher, bring_roles).run(request=str(request))

    assert brought == ["done"]
