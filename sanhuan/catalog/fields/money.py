"""Money: an amount in one currency, the workspace's."""

from __future__ import annotations

from sanhuan.catalog.fields.decimal import DecimalField


class MoneyField(DecimalField, kw_only=True, tag="money"):
    """An amount of `currency` (ISO 4217), to the fen."""

    currency: str = "CNY"
