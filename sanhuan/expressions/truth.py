"""Three-valued AND and OR that a deciding value ends whatever the rest is."""

from __future__ import annotations

from sanhuan.expressions.closures import Closure, Env
from sanhuan.expressions.errors import Failure


def conjunction(args: list[Closure]) -> Closure:
    """FALSE if any is FALSE; else the leftmost error; else unknown; else TRUE."""
    return _decided(args, deciding=False)


def disjunction(args: list[Closure]) -> Closure:
    """TRUE if any is TRUE; else the leftmost error; else unknown; else FALSE."""
    return _decided(args, deciding=True)


def _decided(args: list[Closure], *, deciding: bool) -> Closure:
    def run(env: Env) -> bool | None:
        result: bool | None = not deciding
        failure: Failure | None = None
        for arg in args:
            try:
                value: bool | None = arg(env)
            except Failure as error:
                failure = failure or error
                continue
            if value is deciding:
                return deciding
            if value is None:
                result = None
        if failure is not None:
            raise failure
        return result

    return run
