"""The directory as loaded: of one moment, and anew when its version differs (B09, B17)."""

import pytest
from psycopg import errors as pg

from sanhuan.clock import ManualClock
from sanhuan.database import pool, queries
from sanhuan.identity import access, directory, policies, versions
from tests import databases
from tests.integration.identity.conftest import Company

LEADS = policies.Policy(
    "lead",
    frozenset({"see", "edit"}),
    "condition",
    condition={"combinator": "and", "rules": [{"field": "x", "operator": "=", "value": "值"}]},
    fields={"phone": "masked"},
    other_fields="read",
)
EVERYTHING = policies.Policy("*", access.ACTS, "all")


async def test_directory_is_what_the_tables_say(company: Company, clock: ManualClock) -> None:
    top = await company.add("o_department", f_name="总部")
    north = await company.add("o_department", f_name="北区", f_parent=top)
    south = await company.add("o_department", f_name="南区", f_parent=top)
    role = await company.role("seller", LEADS, rights=("see_metrics",))
    boss = await company.person("boss", department=top)
    user = await company.person("seller", department=north, manager=boss, roles=(role,))
    await company.add("o_post", f_user=user, f_department=south, f_main=None)

    loaded = await directory.load(company.conn)

    caller = loaded.caller(user)
    assert caller is not None
    assert (caller.name, caller.login, caller.language) == ("李伟", "seller", "zh")
    assert (caller.department, caller.departments) == (north, (north, south))
    assert set(caller.principals) == {user, north, south, top, role}
    assert caller.rights == frozenset({"see_metrics"})
    (grant,) = caller.grants["lead"]
    assert grant.acts == LEADS.acts
    assert grant.rows == access.Rows("condition", condition=LEADS.condition)
    assert (grant.fields, grant.other_fields) == ({"phone": "masked"}, "read")
    assert set(loaded.reach(loaded.people[boss]).reports) == {boss, user}
    assert set(loaded.tree.below(top)) == {top, north, south}


@pytest.mark.parametrize("table", ["o_role", "o_department", "o_user"])
async def test_what_is_binned_gives_nothing(
    company: Company, clock: ManualClock, table: str
) -> None:
    department = await company.add("o_department", f_name="北区")
    role = await company.role("binned", LEADS)
    user = await company.person(f"of {table}", department=department, roles=(role,))
    record = {"o_role": role, "o_department": department, "o_user": user}[table]
    await company.set(table, record, deleted_at=clock.now())

    caller = (await directory.load(company.conn)).caller(user)

    if table == "o_user":
        assert caller is None
    else:
        assert caller is not None
        assert record not in caller.principals
        assert caller.may("see", "lead") == (table == "o_department")


async def test_role_replaced_gives_what_it_says_now(company: Company) -> None:
    role = await company.role("changing", LEADS, rights=("build",))
    user = await company.person("changing", roles=(role,))

    await policies.replace_policies(company.conn, role, [EVERYTHING], ["read_log"])

    caller = await company.caller(user)
    assert caller.may("delete", "made_later")
    assert caller.rights == frozenset({"read_log"})
    assert await policies.read_policies(company.conn, role) == [EVERYTHING]


async def test_policies_keep_their_order_and_content(company: Company) -> None:
    role = await company.role("ordered", EVERYTHING, LEADS, EVERYTHING)

    assert await policies.read_policies(company.conn, role) == [EVERYTHING, LEADS, EVERYTHING]


async def test_unsound_policy_is_not_written(company: Company) -> None:
    role = await company.role("kept", LEADS)
    unsound = policies.Policy("lead", frozenset({"see"}), "everything")

    with pytest.raises(ValueError, match="not a policy"):
        await policies.replace_policies(company.conn, role, [unsound])

    assert await policies.read_policies(company.conn, role) == [LEADS]


async def test_unknown_right_is_not_written(company: Company) -> None:
    with pytest.raises(pg.CheckViolation):
        await company.role("flying", rights=("fly",))


async def test_directory_is_loaded_anew_only_when_its_version_differs(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = 0
    load = directory.load

    async def counted(conn: pool.Connection) -> directory.Directory:
        nonlocal loads
        loads += 1
        return await load(conn)

    monkeypatch.setattr(directory, "load", counted)
    directories = directory.Directories()
    version = (await versions.read(company.conn)).policies

    first = await directories.at(company.conn, version)
    assert await directories.at(company.conn, version) is first
    newer = await versions.bump(company.conn, "policies")
    second = await directories.at(company.conn, newer)

    assert loads == 2
    assert (first.version, second.version) == (version, newer)
    # A request that read the older number just before gets the newer copy, without a load.
    assert await directories.at(company.conn, version) is second
    assert loads == 2


async def test_role_taken_away_holds_from_the_next_request(company: Company) -> None:
    """B09."""
    role = await company.role("taken", LEADS)
    user = await company.person("losing", roles=(role,))
    directories = directory.Directories()
    before = await directories.at(company.conn, (await versions.read(company.conn)).policies)
    assert (caller := before.caller(user))
    assert caller.may("see", "lead")

    async with company.conn.transaction():  # as records does it
        await company.conn.execute("delete from data.l_user_roles where record = %s", [user])
        await versions.bump(company.conn, "policies")

    after = await directories.at(company.conn, (await versions.read(company.conn)).policies)
    assert (caller := after.caller(user))
    assert not caller.may("see", "lead")


async def test_bump_shows_when_its_transaction_commits(
    company: Company, connections: pool.Pool
) -> None:
    before = await versions.read(company.conn)
    async with connections.connection() as other:
        async with other.transaction():
            await versions.bump(other, "policies")
            assert await versions.read(company.conn) == before
        assert (await versions.read(company.conn)).policies == before.policies + 1


@pytest.mark.parametrize("act", ["insert into kernel.version values ('x', 1)",
                                 "delete from kernel.version",
                                 "drop table kernel.session",
                                 "alter table kernel.policy add column x text"])  # fmt: skip
async def test_application_changes_no_definition_and_makes_no_counter(
    conn: pool.Connection, act: str
) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        await conn.execute(act.encode())


async def test_role_that_publishes_may_write_policies(
    module_database: databases.TestDatabase, company: Company
) -> None:
    role = await company.role("published")
    async with (
        pool.create(module_database.ddl_dsn, pool.DDL) as ddl,
        ddl.connection() as conn,
        conn.transaction(),
    ):
        await policies.replace_policies(conn, role, [LEADS], ["build"])
        await versions.bump(conn, "catalog")

    assert await policies.read_policies(company.conn, role) == [LEADS]


BAD_ROWS = [
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{fly}', 'all')",
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{see}', 'everything')",
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{see}', 'condition')",
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{see}', 'all', '{}')",
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{see}', 'condition', '[]')",
    "insert into kernel.policy values (uuidv7(), '', 0, '{see}', 'all')",
    "insert into kernel.policy values (uuidv7(), 'o', 0, '{see}', 'all', null, '{}', 'fly')",
    "insert into kernel.session values (uuidv7(), uuidv7(), 'x', now(), now(), now() + '1 d')",
    "insert into kernel.share values ('o', uuidv7(), uuidv7(), 'own', null, uuidv7(), now())",
    "insert into kernel.api_token values (uuidv7(), uuidv7(), 'n', sha256('x'), '{}', now())",
    "insert into kernel.invitation"
    " values (uuidv7(), uuidv7(), sha256('x'), uuidv7(), now(), now())",
]


@pytest.mark.parametrize("row", BAD_ROWS)
async def test_database_refuses_what_means_nothing(conn: pool.Connection, row: str) -> None:
    with pytest.raises(pg.CheckViolation):
        await conn.execute(row.encode())


async def test_snapshot_is_one_statement() -> None:
    """One statement sees one state: a role and its policies never come from two moments."""
    statements = queries.load("sanhuan.identity", "directory.sql")

    assert [each.name for each in statements] == ["snapshot"]
    assert b";" not in statements["snapshot"]
