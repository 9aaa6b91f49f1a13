"""Which run of transaction ids the log is in.

Transaction ids belong to a cluster. A log that is restored from a dump into a new cluster holds
ids that say nothing there, so a new generation begins: readers finish the old one, in which every
transaction has ended, and go on with the new.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from sanhuan.database import queries


def ensure(owner: str) -> int:
    """The latest generation; a new one is begun when this is not the cluster that it began in.

    To be called as the owner of the database at each start, after migrations. The change of the
    default waits for transactions that write to the log: afterwards the old generation is settled.
    """
    statements = queries.load("sanhuan.changes", "generation.sql")
    with psycopg.connect(owner) as connection:
        found = connection.execute(statements["latest"]).fetchone()
        if found is None:
            raise AssertionError("the log has a generation from its first day")
        latest, is_here = found
        if is_here:
            return int(latest)
        connection.execute(
            sql.SQL("alter table kernel.change alter column generation set default {}").format(
                sql.Literal(latest + 1)
            )
        )
        connection.execute(statements["begin"], {"generation": latest + 1})
        return int(latest) + 1
