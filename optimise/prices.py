"""Layers whose figures are in another year's prices, brought to the base year's."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pandas as pd

from assets.estate import Estate
from optimise.knobs import Finance
from optimise.money.discounting import at_base_prices_gbp

_Frame = TypeVar("_Frame", bound=pd.DataFrame)

#: Amounts of the past, that no price index makes comparable.
HISTORIC = ("book_value_gbp",)


def at_base_prices(estate: Estate, finance: Finance) -> Estate:
    """The estate with every amount in prices of the base year; as it is where it is so already.

    amount · D(base year) / D(price year), for every column in £ of buildings, services,
    compatibility and leases

    In words: a register valued in 2023/24 is raised by as much as prices have risen since. Figures
    of the scenario itself (targets, rates per square metre) are in prices of the base year.

    Symbols: D the GDP deflator of ``finance.gdp_deflator``.

    Source: HM Treasury, The Green Book (2022), chapter 5; GDP deflators at market prices.
    """
    year = finance.layer_price_year
    if year is None or year == finance.base_year:
        return estate
    factor = at_base_prices_gbp(
        1.0, year, base_year=finance.base_year, deflator=finance.gdp_deflator
    )
    return replace(
        estate,
        buildings=_scaled(estate.buildings, factor),
        services=_scaled(estate.services, factor),
        compatibility=_scaled(estate.compatibility, factor),
        leases=_scaled(estate.leases, factor),
    )


def _scaled(frame: _Frame, factor: float) -> _Frame:
    """A layer with its columns in £ multiplied; the others as they are."""
    amounts = [
        str(name)
        for name in frame.columns
        if "_gbp" in str(name)
        and not str(name).startswith(HISTORIC)
        and pd.api.types.is_numeric_dtype(frame[name])
    ]
    return frame.assign(**{name: frame[name] * factor for name in amounts})
