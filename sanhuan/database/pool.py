"""Pools of connections, one kind per purpose.

Connections are in autocommit: a single statement is its own transaction, without a round trip to
begin and to commit. What belongs together goes into `async with connection.transaction():`.

Statements are prepared on the server only where the code says `prepare=True`: those whose plan is
the same for all values, such as one record by its id, or rows written. There planning costs more
than running: measured on an opportunity, 2.5 milliseconds against 0.08. Everything else, lists
above all, is planned with its values at hand: unprepared statements always are.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import psycopg
import psycopg_pool
from psycopg import conninfo as conninfos

Connection: TypeAlias = psycopg.AsyncConnection[tuple[object, ...]]

WAIT_S = 4.0  # for a free connection; the answer is then 503, within five seconds
MOST_WAITING = 500
ONLY_WHEN_TOLD = 2**62  # executions until the driver prepares a statement by itself
RECONNECT_S = 1.0  # after that the next request tries: no waiting out of long pauses


@dataclass(frozen=True)
class Purpose:
    """What a pool is for: how many connections, and how long a statement may take (0: no limit).

    `search_path` None leaves the role's own.
    """

    name: str
    least: int
    most: int
    statement_timeout: timedelta
    search_path: str | None = None


WEB = Purpose("web", least=2, most=16, statement_timeout=timedelta(seconds=15))
REPORT = Purpose("report", least=0, most=4, statement_timeout=timedelta(seconds=60))
WORKER = Purpose("worker", least=1, most=8, statement_timeout=timedelta(minutes=10))
JOBS = Purpose("jobs", least=1, most=8, statement_timeout=timedelta(seconds=60), search_path="jobs")
DDL = Purpose("ddl", least=0, most=2, statement_timeout=timedelta(0))


class Pool(psycopg_pool.AsyncConnectionPool[Connection]):
    """A pool that hands out no connection which the server has closed.

    After a restart of PostgreSQL all that it holds are dead; each is replaced when its turn comes,
    without the pauses that the driver's own check makes between them.
    """

    # The signature is the driver's.
    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109
        """A living connection. Raises psycopg_pool.PoolTimeout after `timeout` seconds without."""
        while True:
            connection = await super().getconn(timeout)
            if is_alive(connection):
                return connection
            await self.putconn(connection)


def create(conninfo: str, purpose: Purpose, *, most: int | None = None) -> Pool:
    """A pool that is not yet open: use it as `async with pool:` or call `await pool.open()`.

    Which role the connections have is in `conninfo`; what holds for the role is set on it in the
    database (roles.SETTINGS). `most` overrides the purpose's number of connections.
    """
    shape = purpose if most is None else replace(purpose, most=most, least=min(purpose.least, most))
    return Pool(
        conninfos.make_conninfo(conninfo, application_name=f"sanhuan {shape.name}"),
        connection_class=psycopg.AsyncConnection,
        kwargs=connection_arguments(shape),
        min_size=shape.least,
        max_size=shape.most,
        timeout=WAIT_S,
        max_waiting=MOST_WAITING,
        reconnect_timeout=RECONNECT_S,
        name=shape.name,
        open=False,
    )


def connection_arguments(purpose: Purpose) -> dict[str, object]:
    """How psycopg connects for a purpose."""
    timeout_ms = int(purpose.statement_timeout / timedelta(milliseconds=1))
    # Prepared statements may keep their plan; all others are planned each time they run.
    options = f"-c statement_timeout={timeout_ms} -c plan_cache_mode=auto"
    if purpose.search_path is not None:
        options += f" -c search_path={purpose.search_path}"
    return {"autocommit": True, "prepare_threshold": ONLY_WHEN_TOLD, "options": options}


def is_alive(connection: Connection) -> bool:
    """Whether the server still holds this idle connection.

    Looks at the socket without asking the server: no round trip, about a microsecond.
    """
    try:
        connection.pgconn.consume_input()  # the server's last words, where it had any
        connection.pgconn.consume_input()  # then the end
    except psycopg.OperationalError:
        return False
    return connection.pgconn.status == psycopg.pq.ConnStatus.OK
