"""Examines worlds: every person of them asks, and both sides have to agree."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests import kernel as kernels
from tests.databases import TestDatabase
from tests.permissions import bench, checking, questions, stories, worlds
from tests.permissions.reference import Model

ASKERS = 5
"""People who ask in one world."""


class Differs(AssertionError):
    """The product answers otherwise than the model."""


@dataclass
class Examination:
    """A bench on a loop of its own, and what was asked there."""

    runner: asyncio.Runner
    stack: AsyncExitStack
    bench: bench.Bench
    tally: checking.Tally = field(default_factory=checking.Tally)
    cases: int = 0

    @classmethod
    def begin(cls, database: TestDatabase) -> Examination:
        runner, stack = asyncio.Runner(), AsyncExitStack()
        made = runner.run(_open(stack, database))
        return cls(runner, stack, made)

    def end(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    def run(self, *, cases: int, seed_: int, reads: int, writes: int, shrink: bool = True) -> None:
        """Draw worlds until so many people asked. Raises `Differs` for the smallest it finds."""

        @seed(seed_)
        @settings(
            max_examples=-(-cases // ASKERS),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            report_multiple_bugs=False,
        )
        @given(
            worlds.plans(),
            st.lists(questions.cases(reads, writes), min_size=ASKERS, max_size=ASKERS),
        )
        def examine(plan: worlds.Plan, asked: list[questions.Case]) -> None:
            self.runner.run(self.examine(plan, asked))

        examine()

    async def examine(self, plan: worlds.Plan, asked: list[questions.Case]) -> None:
        """Let people of one world ask. Raises `Differs`."""
        story = stories.tell(plan)
        people = list(story.world.people)
        async with self.bench.world(story) as scene:
            for case in asked:
                self.cases += 1
                model = Model(story.world, people[case.person % len(people)])
                caller = scene.caller(model)
                for question in case.questions:
                    found = await checking.difference(scene, caller, model, question, self.tally)
                    if found is not None:
                        raise Differs(f"{question}\n{described(model)}\n{found}")

    @property
    def figures(self) -> str:
        """What was asked, in one line."""
        return f"{self.cases} cases, {self.tally.paths} paths: {self.tally}"


def described(model: Model) -> str:
    """What the person may do, for who has to understand a failure."""
    lines = [f"asked by {model.me}"]
    lines += [f"  {one}" for one in model.policies if one.object in questions.MAIN]
    return "\n".join(lines)


async def _open(stack: AsyncExitStack, database: TestDatabase) -> bench.Bench:
    kernel = await stack.enter_async_context(kernels.started(database, bench.PACKAGE))
    made = bench.Bench(kernel)
    await made.prepare()
    return made
