"""Silent gaps that are open."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from sanhuan.automation.gaps import open_waits
from sanhuan.web import answers, schemas
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Route

MOST: Final = 500

SHAPE: Final = schemas.struct(
    {
        "data": schemas.listed(
            schemas.struct(
                {
                    "id": schemas.ID,
                    "gap": schemas.TEXT,
                    "label": schemas.LABEL,
                    "object": schemas.TEXT,
                    "record": schemas.struct(
                        {"id": schemas.ID, "title": schemas.nullable(schemas.TEXT)}
                    ),
                    "owner": schemas.nullable(schemas.ref("Reference")),
                    "state": {"enum": ["open", "reminded", "breached"]},
                    "since": schemas.MOMENT,
                    "due": schemas.MOMENT,
                    "left_seconds": {"type": "integer"},
                }
            )
        )
    }
)


class GapParameters(msgspec.Struct, frozen=True):
    """State `open` is every gap that is not closed."""

    state: open_waits.State = "open"
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


async def list_gaps(ask: Ask[GapParameters, None]) -> Answer:
    """The gaps about records that the caller sees, the most pressing first."""
    limit = min(ask.query.limit, MOST)
    found = await open_waits.listed(
        ask.tx, ask.caller, ask.kernel.records, state=ask.query.state, limit=limit
    )
    return answers.json({"data": found})


ROUTES: Final = (
    Route(
        method="GET", path="/gaps", run=list_gaps, query=GapParameters,
        summary="Silent gaps that are open", tag="gaps", shape=SHAPE,
    ),
)  # fmt: skip
