"""Fields that a formula computes."""

from __future__ import annotations

from sanhuan.catalog.fields.computed import ComputedField


class FormulaField(ComputedField, kw_only=True, tag="formula"):
    """`formula` over the fields of the record (FORMULAS.md).

    Stored and kept right on each write, unless `live`: then it is computed as it is read. A
    formula that reaches through references, or takes NOW or ME, has to be live.
    """

    formula: str
    live: bool = False

    @property
    def stored(self) -> bool:
        return not self.live
