"""The worker process: jobs, and the services that run all the time beside them."""

import asyncio
import signal

import procrastinate
import structlog
import uvloop

from sanhuan import assembly
from sanhuan.database import jobs, pool
from sanhuan.database import settings as environment

LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
ASK_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


class Jobs:
    """The service that runs jobs, and lets those at work end when we stop."""

    name = "jobs"

    def __init__(self, app: procrastinate.App, stopping: asyncio.Event) -> None:
        self.app = app
        self.stopping = stopping

    async def run(self) -> None:
        """Run jobs until we stop."""
        await jobs.work(self.app, stopping=self.stopping)


def run(settings: environment.Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings))


async def work(settings: environment.Settings) -> None:
    """Run jobs and services until asked to stop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with assembly.resources(settings, pool.WORKER) as resources:
        await run_until(stopping, resources)


async def run_until(stopping: asyncio.Event, resources: assembly.Resources) -> None:
    """Run everything until asked to stop: then jobs get their time, and services are cancelled."""
    async with jobs.opened(resources.access.app, assembly.tasks(resources)) as app:
        working = asyncio.ensure_future(keep_running(Jobs(app, stopping), resources, stopping))
        services = [
            asyncio.ensure_future(keep_running(service, resources, stopping))
            for service in assembly.services(resources)
        ]
        await stopping.wait()
        await asyncio.gather(working, *(end(service) for service in services))


async def keep_running(
    service: assembly.Service, resources: assembly.Resources, stopping: asyncio.Event
) -> None:
    """Run a service until we stop; one that fails starts again, each time a little later."""
    failures = 0
    while not stopping.is_set():
        began = resources.clock.now()
        try:
            await service.run()
        except Exception:
            log.exception("service_failed", service=service.name)
        ran_s = (resources.clock.now() - began).total_seconds()
        failures = 1 if ran_s > STEADY_AFTER_S else failures + 1
        pause_s = min(LONGEST_PAUSE_S, 2.0 ** (failures - 2)) * resources.random.uniform(0.5, 1)
        stop = asyncio.ensure_future(stopping.wait())
        await asyncio.wait((stop,), timeout=pause_s)
        stop.cancel()


async def end(task: asyncio.Future[None]) -> None:
    """Cancel a task until it has ended.

    Once is not enough: up to Python 3.11 `wait_for` loses a cancellation that arrives together with
    what it waits for.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=ASK_AGAIN_S)
