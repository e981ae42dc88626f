"""Plan -> drive times from the buildings a plan speaks of to each place they may serve. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.standards import MINUTES
from coverage.times import TravelTimes
from optimise.inputs import modes
from optimise.plan import Plan

REACH_COLUMNS = ("profile", "asset_id", "demand_id", "min")
#: How far beyond the longest threshold of a mode its times are kept, and at least how far.
BEYOND = 1.5
AT_LEAST_MIN = 30.0


def reach_table(plan: Plan) -> pd.DataFrame:
    """Drive minutes between buildings and demand points, as modelled, by mode of travel.

    kept = { (m, b, d): t_m(b, d) ≤ max(1.5 · T_m, 30) }

    In words: for every mode that a standard in minutes uses, each building that holds a unit of
    such a standard's service today or in the plan, and each candidate that is built, with every
    demand point within one and a half times the longest threshold of the mode, or 30 minutes.

    Symbols: t_m(b, d) the drive alone (no call handling, no turnout) in the direction of the mode:
    from the building for a response, to it for access. T_m the longest threshold, minutes.

    Returns:
        Columns `REACH_COLUMNS`: ``profile`` is the mode (``blue_light``, ``car``, ``walk``),
        ``min`` float32 to two decimals; by mode, asset_id and demand_id.
    """
    found = [
        _of_mode(mode, plan.inputs.times[mode], _sites(plan, mode), _bound_min(plan, mode))
        for mode in modes(plan.scenario)
        if _limits(plan, mode)
    ]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=REACH_COLUMNS)
    return rows.astype({"min": np.float32})


def _limits(plan: Plan, mode: str) -> list[float]:
    """What "within" means in the standards of a mode that are in minutes."""
    return [
        data.limit_min
        for data in plan.problem.standards
        if data.standard.mode == mode and data.standard.unit == MINUTES
    ]


def _bound_min(plan: Plan, mode: str) -> float:
    return max(BEYOND * max(_limits(plan, mode)), AT_LEAST_MIN)


def _sites(plan: Plan, mode: str) -> list[str]:
    """Buildings the plan speaks of whose times of the mode are known, ascending."""
    kinds = {d.standard.service_type for d in plan.problem.standards if d.standard.mode == mode}
    units = plan.problem.units
    homes = {
        site
        for placed in (plan.before.placed, plan.after.placed)
        for unit, site in placed.items()
        if site and units[unit].service_type in kinds
    }
    sites = plan.problem.sites
    built = {s for s in plan.after.open if not sites[s].in_use_today}
    return sorted((homes | built) & set(plan.inputs.times[mode].site_ids))


def _of_mode(mode: str, times: TravelTimes, sites: list[str], bound_min: float) -> pd.DataFrame:
    near = times.for_sites(sites)
    order = sorted(range(len(near.demand_ids)), key=near.demand_ids.__getitem__)
    minutes = near.minutes[order].T
    with np.errstate(invalid="ignore"):
        site, place = np.nonzero(minutes <= bound_min)
    demand = np.array(near.demand_ids, dtype=object)[order]
    return pd.DataFrame(
        {
            "profile": mode,
            "asset_id": np.array(sites, dtype=object)[site],
            "demand_id": demand[place],
            "min": np.round(minutes[site, place], 2).astype(np.float32),
        }
    )
