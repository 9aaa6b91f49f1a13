"""Brings an installation to this version: roles, schema, partitions, and what packages set up."""

import asyncio
from typing import NamedTuple

from sanhuan import assembly
from sanhuan.changes import generation
from sanhuan.database import folder as folders
from sanhuan.database import installation, partitions, pool, server
from sanhuan.database import settings as environment


class Migrated(NamedTuple):
    """What was done: names of migrations like `0001_kernel`, and the ways to sign in."""

    applied: list[str]
    sign_ins: list[assembly.SignIn]


def run(settings: environment.Settings, report: server.Report = server.silent) -> Migrated:
    """Migrate, starting the embedded PostgreSQL for the while when it does not run."""
    folders.Folder(settings.data).make()
    with installation.reached(settings, report) as found:
        applied = installation.prepare(found)
        generation.ensure(found.owner)
        sign_ins = asyncio.run(set_up(settings))
    return Migrated([f"{each.number:04}_{each.name}" for each in applied], sign_ins)


async def set_up(settings: environment.Settings) -> list[assembly.SignIn]:
    """What comes after the schema; all ways to sign in that the steps told."""
    async with assembly.resources(settings, pool.WORKER) as resources:
        async with resources.app.connection() as connection:
            await partitions.keep_up(connection, resources.clock.now())
        told = [await step(resources) for step in assembly.set_up_steps()]
    return [sign_in for step in told for sign_in in step]
