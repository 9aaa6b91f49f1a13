"""Filters over references to many records."""

from __future__ import annotations

from typing import Any

from tests import kernel as kernels


def holding(operator: str, value: Any) -> dict[str, Any]:
    rule = {"field": "roles", "operator": operator, "value": value}
    return {"combinator": "and", "rules": [rule]}


async def test_people_are_found_by_a_role_that_they_hold(kernel: kernels.Kernel) -> None:
    clerk = await kernel.create("role", key="clerk-2", name="文员")
    other = await kernel.create("role", key="other", name="其他")
    person = await kernel.create("user", name="甲", login="jia", roles=[str(clerk), str(other)])
    await kernel.create("user", name="乙", login="yi", roles=[str(other)])
    found = await kernel.list("user", filter=holding("contains", str(clerk)))
    assert [one["id"] for one in found] == [str(person)]
    both = await kernel.list("user", filter=holding("in", [str(clerk), str(other)]))
    assert len(both) == 2


async def test_reference_to_what_the_asker_does_not_see_shows_its_id_without_title(
    kernel: kernels.Kernel,
) -> None:
    """B04: as with a reference to one record. A form sends the list back, and must lose nothing."""
    clerk = await kernel.create("role", key="clerk-2", name="文员")
    await kernel.create("user", name="甲", login="jia", roles=[str(clerk)])
    asker = kernels.caller(clerk, {"user": [kernels.grant("all")]})

    (found,) = await kernel.list("user", asker, filter=holding("contains", str(clerk)))

    assert found["roles"] == [{"id": str(clerk), "title": None}]
