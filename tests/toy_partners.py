"""The toy county (`tests/toy_county.py`) in the hands of three bodies, who are not always at home.

    A Hall           County   holds libA (County) and the crew fireA (Fire)
    B Mid library    District holds libB (District) and kidsB (County)
    C End station    Fire     holds fireC (Fire)
    D candidate hub  County   with a grant of £40,000
    E vacant depot   Fire     on a lease: £8,000 a year to 31 March 2034, break on 31 March 2029
                              at 6 months' notice and £3,000, dilapidations £20,000

Moving fireA costs Fire £2,000 of revenue besides; rent is £40 per m² a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from assets.estate import Estate
from optimise.outcome import Outcome, outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from tests import toy_county
from tests.brute_force import choices

OWNERS = ["County", "District", "Fire", "County", "Fire"]
OPERATORS = ["Fire", "Fire", "County", "County", "District"]
RENT = {"finance__rent_gbp_per_m2_pa": 40}
#: Modes, works, room and pairs that give every line something to book.
EVERYTHING: Mapping[str, Any] = {
    **RENT,
    "services__library__outreach": {"space_share": 0.4, "move_share": 0.5},
    "services__fire__may_withdraw": True,
    "condition": {"worst_grade": "C"},
    "phasing": {
        "periods": 6,
        "neighbours": {"pair": {"buildings": ["A", "B"], "bonus_pct": 10}},
    },
}


def buildings() -> pd.DataFrame:
    made = toy_county.graded().buildings.reset_index()[
        ["asset_id", "condition_grade", "backlog_gbp_p1", "backlog_gbp_p2"]
    ]
    frame = toy_county.buildings().merge(made, on="asset_id")
    frame["owner"] = OWNERS
    frame.loc[frame["asset_id"] == "E", "tenure"] = "leasehold"
    frame["months_to_sell"] = [12, 7, 30, np.nan, 12]
    return frame


def services() -> pd.DataFrame:
    return toy_county.services().assign(operator=OPERATORS)


def leases() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "asset_id": ["E"], "start": ["2014-04-01"], "expiry": ["2034-03-31"],
            "break_dates": ["2029-03-31"], "break_notice_months": [6],
            "break_penalty_gbp": [3_000], "annual_rent_gbp": [8_000],
            "dilapidations_gbp": [20_000],
        }
    )  # fmt: skip


@cache
def estate() -> Estate:
    return toy_county.estate(buildings=buildings(), services=services(), leases=leases())


def problem(made: Estate | None = None, **changes: Any) -> Problem:
    """The problem, with the grant and the one-off cost that the layers do not carry."""
    found = toy_county.problem(made or estate(), **{**RENT, **changes})
    sites, units = dict(found.sites), dict(found.units)
    sites["D"] = replace(sites["D"], grant_gbp=40_000.0)
    units["fireA"] = replace(units["fireA"], one_off_gbp=2_000.0)
    return replace(found, sites=sites, units=units)


@cache
def everything(period: str = "year") -> Problem:
    """With every line there is; not phased where the period is "at once"."""
    phasing = {**EVERYTHING["phasing"], "period": period} if period != "at once" else None
    return problem(**{**EVERYTHING, "phasing": phasing})


@cache
def _choices(period: str) -> list[Any]:
    return list(choices(everything(period)))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Problem, Outcome]:
    """Any choice of places, changed in any periods; sensible or not, it has to be booked right."""
    period = draw(st.sampled_from(["year", "half_year", "at once"]))
    made = everything(period)
    placed, aside = draw(st.sampled_from(_choices(period)))
    if made.phased is None:
        return made, outcome(made, placed, aside)
    when = st.integers(1, made.calendar.periods)
    final = outcome(made, placed, aside)
    units, sites = made.units, made.sites
    timetable = Timetable(
        changed={
            u: draw(when)
            for u, to in final.placed.items()
            if to != units[u].home or u in final.outreach
        },
        released={s: draw(when) for s in sites if sites[s].in_use_today and s not in final.open},
        works={
            s: draw(when)
            for s in final.open
            if not sites[s].in_use_today or s in final.works or s in final.extension_m2
        },
    )
    return made, outcome(made, placed, aside, timetable)
