"""What has ended is deleted in time, and nothing else."""

from datetime import timedelta
from uuid import UUID

from sanhuan.clock import ManualClock
from sanhuan.database import pool
from sanhuan.identity import access, retention, sessions, shares
from sanhuan.identity.authentication import Authenticator
from tests.integration.identity.conftest import PASSWORD, Company


async def count(conn: pool.Connection) -> dict[str, object]:
    found = await conn.execute(
        "select (select count(*) from kernel.session), (select count(*) from kernel.share),"
        " (select count(*) from kernel.sign_in_attempt)"
    )
    row = await found.fetchone()
    assert row is not None
    return dict(zip(("session", "share", "attempt"), row, strict=True))


async def test_ended_rows_go_after_ninety_days(
    company: Company, authenticator: Authenticator, clock: ManualClock
) -> None:
    user = await company.person("kept", password=PASSWORD)
    ended = await authenticator.sign_in("kept", PASSWORD, address="192.0.2.1")
    await sessions.end(company.conn, ended.id, clock.now())
    for number, until in enumerate((clock.now() + timedelta(hours=1), None)):
        await shares.share(
            company.conn,
            access.system_caller(),
            "lead",
            UUID(int=number),
            user,
            level="read",
            until=until,
            now=clock.now(),
        )

    clock.advance(timedelta(days=89))
    await retention.purge(company.conn, clock.now())
    assert await count(company.conn) == {"session": 1, "share": 2, "attempt": 0}

    clock.advance(timedelta(days=2))
    await authenticator.sign_in("kept", PASSWORD, address="192.0.2.1")
    deleted = await retention.purge(company.conn, clock.now())

    assert deleted == 2
    assert await count(company.conn) == {"session": 1, "share": 1, "attempt": 1}
