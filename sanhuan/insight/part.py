"""What the inner ring adds to an installation."""

from __future__ import annotations

from sanhuan.catalog.kinds import Kind, writes_object
from sanhuan.insight.dispatch import actions
from sanhuan.insight.dispatch import definitions as dispatch
from sanhuan.insight.metrics import definitions as metrics
from sanhuan.parts import Part


def part() -> Part:
    """Metrics, and dispatch with its actions."""
    return Part(
        name="insight",
        kinds=(
            Kind(metrics.METRIC, metrics.MetricDefinition, "metrics", metrics.check),
            Kind(
                dispatch.DISPATCH,
                dispatch.DispatchDefinition,
                "dispatch",
                dispatch.check,
                writes_object,
            ),
        ),
        actions=actions.actions(),
    )
