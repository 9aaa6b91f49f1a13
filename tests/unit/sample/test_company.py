"""The made-up company: repeatable, believable, and nobody real in it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from sanhuan.catalog.runtime import Catalog
from sanhuan.sample import company, naming, steps, world
from sanhuan.sample.steps import Step
from tests.unit.sample import fitting

NOW = datetime(2026, 3, 18, 7, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> list[Step]:
    return company.plan(NOW)


def made(plan: list[Step], name: str) -> list[Step]:
    return [step for step in plan if step.object == name and step.operation == "create"]


def stories(plan: list[Step], name: str, field: str) -> dict[str, list[tuple[str, datetime]]]:
    """By record: the values that a field went through, with their instants."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    for step in plan:
        if step.object == name:
            story = found.setdefault(step.key, [])
            if field in step.values:
                story.append((step.values[field], step.at))
    return found


def test_the_same_instant_and_seed_give_the_same_plan(plan: list[Step]) -> None:
    assert company.plan(NOW) == plan


def test_another_seed_gives_another_company(plan: list[Step]) -> None:
    assert company.plan(NOW, seed=2) != plan


@pytest.mark.parametrize("days", [0, 1, 3, 29, 200])
def test_any_day_gives_a_plan_that_fits(days: int, catalog: Catalog) -> None:
    plan = company.plan(NOW + timedelta(days=days))
    assert list(fitting.misfits(plan, catalog)) == []


def test_a_plan_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        company.plan(datetime(2026, 3, 18))  # noqa: DTZ001 - that is the point


def test_nothing_lies_in_the_future(plan: list[Step]) -> None:
    assert max(step.at for step in plan) <= NOW


def test_sizes_are_those_of_a_mid_size_company(plan: list[Step]) -> None:
    count = Counter(step.object for step in plan if step.operation == "create")
    lines = sum(len(step.values["lines"]["create"]) for step in made(plan, "order"))
    assert count["department"] == 9
    assert count["user"] == count["post"] == 24
    assert count["product"] == 60
    assert 550 <= count["account"] <= 750
    assert 1_000 <= count["contact"] <= 1_600
    assert 1_450 <= count["lead"] <= 1_500
    assert 800 <= count["opportunity"] <= 900
    assert 3_000 <= count["activity"] <= 6_000
    assert count["order"] == 700
    assert 10_000 <= count.total() + lines <= 14_000


def test_the_company_says_that_it_is_made_up() -> None:
    assert "示例" in company.COMPANY["zh"]
    assert "sample" in company.COMPANY["en"]


def test_demo_people_are_staff(plan: list[Step]) -> None:
    logins = {step.values["login"] for step in made(plan, "user")}
    assert set(company.DEMO_LOGINS) <= logins


def test_telephone_numbers_reach_nobody_and_are_given_once(plan: list[Step]) -> None:
    phones = [
        step.values["phone"]
        for step in plan
        if step.object in ("user", "account", "lead") and step.values.get("phone")
    ]
    assert all(phone.startswith(naming.PHONE_PREFIX) and len(phone) == 11 for phone in phones)
    assert len(set(phones)) == len(phones)


def test_mailboxes_are_at_a_reserved_domain(plan: list[Step]) -> None:
    mailboxes = [step.values["email"] for step in plan if step.values.get("email")]
    assert mailboxes
    assert all(mailbox.endswith("@example.com") for mailbox in mailboxes)


def test_credit_codes_are_sound_and_no_firms(plan: list[Step]) -> None:
    codes = [code for step in made(plan, "account") if (code := step.values["credit_code"])]
    assert len(codes) > 300
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert code[2:8] == naming.DIVISION_OF_NOWHERE
        assert naming.credit_code(code[:17]) == code


def test_a_published_credit_code_has_its_check_digit() -> None:
    """The example of GB 32100-2015, annex."""
    assert naming.credit_code("91350100M000100Y4") == "91350100M000100Y43"


def test_response_got_faster_with_the_product(plan: list[Step]) -> None:
    waits: dict[bool, list[float]] = {False: [], True: []}
    for story in stories(plan, "lead", "state").values():
        called = [at for state, at in story if state == "contacted"]
        received = story[0][1] if story else None
        if called and received:
            waits[received >= NOW - world.WITH_THE_PRODUCT].append(
                (called[0] - received) / timedelta(hours=1)
            )
    assert 8 < median(waits[False]) < 72
    assert 0.5 < median(waits[True]) < 6


def test_believable_shares_of_leads_and_deals_are_won(plan: list[Step]) -> None:
    leads = [
        [step.values["state"] for step in plan if step.key == lead.key and "state" in step.values]
        for lead in made(plan, "lead")[:400]
    ]
    converted = sum("converted" in story for story in leads) / len(leads)
    stages = Counter(story[-1][0] for story in stories(plan, "opportunity", "stage").values())
    won = stages["won"] / (stages["won"] + stages["lost"])
    assert 0.12 < converted < 0.35
    assert 0.3 < won < 0.55
    assert min(stages[stage] for stage in ("confirm", "proposal", "quote", "negotiation")) > 2


def test_there_is_something_to_do_today(plan: list[Step]) -> None:
    last = Counter(story[-1][0] if story else "new" for story in _lead_states(plan).values())
    assert last["assigned"] > 2
    assert made(plan, "task")


def test_history_passes_the_rules_in_front(plan: list[Step]) -> None:
    """No deep discount without a reason, no win without an amount, no loss without a reason."""
    for step in plan:
        values = step.values
        assert float(values.get("discount", 0)) <= 0.15
        if values.get("stage") == "lost" or values.get("state") == "lost":
            assert values["lost_reason"]
        if step.object == "opportunity" and step.operation == "create":
            assert float(values["amount"]) > 0


def test_the_plan_is_written_in_few_batches(plan: list[Step]) -> None:
    runs = list(steps.batches(plan))
    assert [step for run in runs for step in run] == plan
    assert len(runs) < 600


def _lead_states(plan: list[Step]) -> dict[str, list[tuple[str, datetime]]]:
    return stories(plan, "lead", "state")
