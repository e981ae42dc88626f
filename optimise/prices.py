"""The layers' amounts as a scenario counts them: in prices of its base year, times its factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from assets.estate import Estate
from optimise.knobs import Finance
from optimise.money.discounting import at_base_prices_gbp

_Frame = TypeVar("_Frame", bound=pd.DataFrame)

#: Amounts of the past, that no price index makes comparable.
HISTORIC = ("book_value_gbp",)

#: Column of `Finance` → layer → the columns that it multiplies.
FACTORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "receipt_factor": {
        "buildings": ("market_value_gbp", "market_value_gbp_low", "market_value_gbp_high"),
    },
    "running_cost_factor": {
        "buildings": ("running_cost_gbp_pa",),
    },
    "capital_factor": {
        "buildings": (
            *("build_capex_gbp", "extension_gbp_per_m2", "works_gbp", "planned_maintenance_gbp"),
            *("backlog_gbp_p1", "backlog_gbp_p2", "backlog_gbp_p3", "backlog_gbp_p4"),
        ),
        "services": ("move_cost_gbp",),
        "compatibility": ("cost_gbp",),
    },
}

#: Keys of `Finance` that the amounts of the layers depend on.
COUNTED = ("base_year", "layer_price_year", "gdp_deflator", *FACTORS)


def priced(estate: Estate, finance: Finance) -> Estate:
    """The estate with the amounts a scenario counts: what every figure of money begins from.

    amount · D(base year) / D(price year) · factor

    In words: `at_base_prices`, then the factors of ``finance``. ``receipt_factor`` multiplies
    market values in all their cases, and so receipts and all that follows from them.
    ``running_cost_factor`` multiplies what buildings cost to run, and so what letting them go
    saves and what holding them empty costs; not rents, income, what services cost, or the
    scenario's own rate for hosting. ``capital_factor`` multiplies the cost of works: building,
    extending, repairs outstanding or planned, moving in and fitting out to share; not grants, nor
    what contracts fix (penalties, dilapidations, grants repaid). A factor of 1 changes nothing.

    Symbols: D the GDP deflator; factor of `FACTORS`, by column.

    Source: HM Treasury, The Green Book (2022), chapter 5 (base-year prices) and A5 (sensitivity
    analysis and switching values).
    """
    made = at_base_prices(estate, finance)
    for key, columns in FACTORS.items():
        factor = float(getattr(finance, key))
        if factor != 1.0:
            changed = {layer: _times(getattr(made, layer), names, factor)
                       for layer, names in columns.items()}  # fmt: skip
            made = replace(made, **changed)
    return made


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
    return _times(frame, amounts, factor)


def _times(frame: _Frame, names: Sequence[str], factor: float) -> _Frame:
    """A layer with these columns multiplied; one that it has not is passed over."""
    there = [name for name in names if name in frame.columns]
    return frame.assign(**{name: frame[name] * factor for name in there})
