"""Whom a dispatch concerns is told: the chosen one, and who answers for what nobody can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sanhuan.insight.dispatch import people
from sanhuan.insight.dispatch.giving import Given, Giving, reference
from sanhuan.records import Batch, Write


async def tell(giving: Giving, given: Sequence[Given]) -> None:
    """A message to each who was chosen, unless he did it himself."""
    notice = giving.policy.notice
    rows = [
        _notice(giving, one, one.chosen, "assigned", notice.text(one.language), one.language)
        for one in given
        if one.chosen is not None and one.chosen != giving.caller.user
    ]
    if rows:
        await giving.records.save(giving.tx, giving.writer, Batch("notification", rows))


def _notice(
    giving: Giving, one: Given, person: UUID, kind: str, title: str, language: str
) -> Write:
    colon = ": " if language == "en" else "："
    values = {
        "user": str(person),
        "kind": kind,
        "title": f"{title}{colon}{one.title}"[:200],
        "body": one.reason.en if language == "en" else one.reason.zh,
        "about_object": giving.policy.object,
        "about_record": str(one.record),
    }
    return Write("create", values)


async def ask_for_help(giving: Giving, stuck: Sequence[Given]) -> None:
    """A task and a message for who answers for records that nobody can take: once per record."""
    roles = giving.policy.fallback.roles
    asked: list[tuple[Given, UUID]] = []
    for one in stuck:
        department = reference(giving.records_now[one.record].values["department"])
        manager = await people.head(giving.tx, giving.records, department, roles)
        if manager is not None:
            asked.append((one, manager))
    if not asked:
        return
    rows = [Write("upsert", _task(giving, one, manager)) for one, manager in asked]
    saved = await giving.records.save(giving.tx, giving.writer, Batch("task", rows, key="key"))
    told = [
        _notice(giving, one, manager, "warning", "没人能接", "zh")
        for (one, manager), result in zip(asked, saved.results, strict=True)
        if result.status == "created"
    ]
    if told:
        await giving.records.save(giving.tx, giving.writer, Batch("notification", told))


def _task(giving: Giving, one: Given, manager: UUID) -> dict[str, Any]:
    subject = giving.records_now[one.record].results["subject"]
    return {
        "subject": subject[:200] if isinstance(subject, str) else one.title,
        "kind": "check",
        "state": "open",
        "assignee": str(manager),
        "owner": str(manager),
        "due_at": giving.records.time.now().isoformat(),
        "about_object": giving.policy.object,
        "about_record": str(one.record),
        "about_title": one.title[:200],
        "reason": one.reason.zh,
        "key": f"dispatch:{giving.policy.id}:{one.record}",
    }
