"""Identity over the real tables of the package `system`, written by records (P04, B09)."""

import dataclasses
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from sanhuan.identity import access, directory, invitations, passwords, shares, versions
from sanhuan.identity.authentication import Authenticator
from sanhuan.records import Batch, Records, Write
from tests import kernel as kernels
from tests.databases import TestDatabase
from tests.integration.identity.conftest import CHEAP, PASSWORD


@pytest.fixture
async def kernel(database: TestDatabase) -> AsyncIterator[kernels.Kernel]:
    """A kernel whose records tell identity of changes, as processes are assembled."""
    async with kernels.started(database) as started:
        records = Records(
            started.records.catalogs,
            started.pool,
            secret=b"0" * 32,
            time=started.clock,
            reactions=versions.REACTIONS,
        )
        yield dataclasses.replace(started, records=records)


async def now(kernel: kernels.Kernel, directories: directory.Directories) -> directory.Directory:
    """The directory that the next request would see."""
    async with kernel.pool.connection() as conn:
        return await directories.at(conn, (await versions.read(conn)).policies)


def role_of(known: directory.Directory, key: str) -> UUID:
    return next(role.id for role in known.roles.values() if role.key == key)


async def test_every_person_is_a_member_and_an_administrator_may_everything(
    kernel: kernels.Kernel,
) -> None:
    directories = directory.Directories()
    someone = await kernel.person("someone")
    administrator = await kernel.person("admin")
    role = role_of(await now(kernel, directories), "administrator")
    await kernel.update("user", administrator, roles=[str(role)])

    known = await now(kernel, directories)
    member, boss = known.caller(someone), known.caller(administrator)

    assert member is not None
    assert member.may("see", "user")
    assert not member.may("delete", "user")
    assert not member.rights
    assert boss is not None
    assert all(boss.may(act, "made_later") for act in access.ACTS)
    assert boss.rights == access.RIGHTS
    assert known.caller(access.SYSTEM_USER) is None
    assert known.unsound() == ()


async def test_change_of_people_departments_posts_and_roles_holds_from_the_next_request(
    kernel: kernels.Kernel,
) -> None:
    directories = directory.Directories()
    top = await kernel.create("department", name="总部")
    north = await kernel.create("department", name="北区", parent=str(top))
    user = await kernel.person("李伟", north)

    async def caller() -> access.Caller | None:
        return (await now(kernel, directories)).caller(user)

    assert (found := await caller())
    assert found.departments == (north,)
    assert set(found.principals) >= {north, top}

    south = await kernel.create("department", name="南区")
    await kernel.create("post", user=str(user), department=str(south), title="代理")
    assert (found := await caller())
    assert found.departments == (north, south)

    await kernel.update("department", north, parent=None)
    assert (found := await caller())
    assert top not in found.principals

    role = role_of(await now(kernel, directories), "administrator")
    await kernel.update("user", user, roles=[str(role)])
    assert (found := await caller())
    assert found.has("administer")

    await kernel.update("user", user, roles=[])
    assert (found := await caller())
    assert not found.has("administer")

    await kernel.update("user", user, active=False)
    assert await caller() is None


async def test_person_is_saved_invited_and_signed_in(kernel: kernels.Kernel) -> None:
    known = await now(kernel, directory.Directories())
    authenticator = Authenticator(kernel.pool, passwords.Passwords(CHEAP), kernel.clock)
    async with kernel.records.transaction() as tx:
        saved = await kernel.records.save(
            tx,
            kernel.root,
            Batch("user", [Write("create", {"name": "王芳", "login": "wangfang"})]),
        )
        user = saved.results[0].id
        assert user is not None
        made = await invitations.invite(tx, kernel.root, known, user, kernel.clock.now())

    issued = await authenticator.accept_invitation(made.token, PASSWORD, address="192.0.2.1")

    assert issued.user == user
    assert (await authenticator.sign_in("wangfang", PASSWORD, address="192.0.2.1")).user == user


async def test_share_names_people_departments_and_roles_of_the_package(
    kernel: kernels.Kernel,
) -> None:
    known = await now(kernel, directory.Directories())
    department = await kernel.create("department", name="北区")
    principals = {
        "user": await kernel.person("李伟"),
        "department": department,
        "role": role_of(known, "member"),
    }
    at = kernel.clock.now()
    async with kernel.pool.connection() as conn:
        for principal in principals.values():
            await shares.share(
                conn, kernel.root, "lead", UUID(int=1), principal, level="read", until=None, now=at
            )
        shared = await shares.of_record(conn, "lead", UUID(int=1), at)

    assert {each.kind: each.principal for each in shared} == principals
