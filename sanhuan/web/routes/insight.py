"""Figures of metrics."""

from __future__ import annotations

from typing import Any, Final

from sanhuan.automation.gaps import open_waits
from sanhuan.insight.metrics import figures
from sanhuan.web import answers, schemas
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, Route

SETS: Final[figures.Sets] = {"gaps": open_waits.records_of}
"""Where the rings meet: sets of records that one keeps and the other counts."""

SHAPE: Final = schemas.struct(
    {
        "data": {
            "type": "object",
            "additionalProperties": schemas.struct(
                {
                    "label": schemas.LABEL,
                    "unit": {"enum": ["count", "seconds", "CNY", "ratio"]},
                    "rows": schemas.listed(
                        schemas.struct(
                            {"value": schemas.nullable(schemas.NUMBER_TEXT)},
                            {
                                "dimension": {"type": "object"},
                                "drill": schemas.struct(
                                    {"object": schemas.TEXT, "filter": {"type": "object"}}
                                ),
                            },
                        )
                    ),
                    "at": schemas.MOMENT,
                }
            ),
        }
    }
)


async def query_metrics(ask: Ask[Nothing, figures.Questions]) -> Answer:
    """What metrics are now, over the records that the caller sees."""
    data: dict[str, Any] = await figures.answer(
        ask.tx, ask.caller, ask.kernel.records, ask.body, SETS
    )
    return answers.json({"data": data})


ROUTES: Final = (
    Route(
        method="POST", path="/metrics/query", run=query_metrics, body=figures.Questions,
        summary="Figures of metrics", tag="metrics", shape=SHAPE, refuses=(404,),
    ),
)  # fmt: skip
