"""The worker process: jobs, and the services that run all the time beside them."""

import asyncio
import contextlib
import signal

import procrastinate
import structlog
import uvloop

from sanhuan import assembly
from sanhuan.database import jobs, pool
from sanhuan.database import settings as environment

LONGEST_PAUSE_S = 30.0

log = structlog.get_logger(__name__)


class Jobs:
    """The service that runs jobs."""

    name = "jobs"

    def __init__(self, app: procrastinate.App) -> None:
        self.app = app

    async def run(self) -> None:
        """Run jobs until cancelled."""
        await jobs.work(self.app)


def run(settings: environment.Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings))


async def work(settings: environment.Settings) -> None:
    """Run jobs and services until asked to stop; jobs at work get their time to end."""
    working = asyncio.current_task()
    assert working is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with assembly.resources(settings, pool.WORKER) as resources:
            await run_all(resources)


async def run_all(resources: assembly.Resources) -> None:
    """Run everything until cancelled."""
    app = jobs.create_app(resources.access.app, assembly.tasks(resources))
    async with app.open_async(), asyncio.TaskGroup() as group:
        group.create_task(keep_running(Jobs(app), resources))
        for service in assembly.services(resources):
            group.create_task(keep_running(service, resources))


async def keep_running(service: assembly.Service, resources: assembly.Resources) -> None:
    """Run a service until cancelled; one that fails starts again, each time a little later."""
    failures = 0
    while True:
        began = resources.clock.now()
        try:
            await service.run()
        except Exception:
            log.exception("service_failed", service=service.name)
        ran_s = (resources.clock.now() - began).total_seconds()
        failures = 1 if ran_s > 2 * LONGEST_PAUSE_S else failures + 1
        pause_s = min(LONGEST_PAUSE_S, 2.0 ** (failures - 2))
        await asyncio.sleep(pause_s * resources.random.uniform(0.5, 1))
