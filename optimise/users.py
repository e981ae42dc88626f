"""Plan -> who uses which building today and after: a row per standard and pair. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coverage.measure import Crew
from coverage.reach import Provider, response_minutes
from coverage.standards import MINUTES, Standard
from coverage.times import TravelTimes
from optimise.cover_results import crews_when
from optimise.plan import Plan
from optimise.tallies import StandardData

USERS_COLUMNS = (
    "standard_id", "service_type", "weight",
    "from_asset_id", "from_name", "to_asset_id", "to_name", "people",
    "mean_before_min", "mean_after_min", "mean_before_miles", "mean_after_miles",
    "confidential",
)  # fmt: skip
NOBODY = ""


def users_table(plan: Plan) -> pd.DataFrame:
    """People by the building that reaches them first today and after the plan.

    people(s, b, a) = Σ_{d: first_before(s, d) = b, first_after(s, d) = a} w_d

    In words: everybody a standard counts stands in exactly one row: that of the building whose
    crew reaches them first (or which they reach first) today and the one after; for a second or
    third vehicle, the building that sends it. So the people of a standard add up to its total in
    cover.csv, those of one ``to_asset_id`` are whom a building serves after the plan, and the rows
    of one ``from_asset_id`` are where its users go. Who is nearest to a place need not go there:
    nothing says that they do, and times as modelled decide, with every crew there.

    Symbols: s standard, d demand point, w_d its weight in the standard (0 outside its group and
    its areas, as everywhere); b, a asset_ids, "" where nobody comes.

    ``mean_*_min`` are over the row's people, minutes on the standard's clock as modelled, blank
    where nobody comes and where lines are straight: those are in ``mean_*_miles``.
    ``confidential`` where either building is. Rows by standard in the scenario's order, then by
    asset_ids, rows of nobody left out.
    """
    found = [_of_standard(plan, data) for data in plan.problem.standards]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if rows.empty:
        return pd.DataFrame(columns=list(USERS_COLUMNS))
    buildings = plan.inputs.estate.buildings
    names = buildings["name"].astype(str)
    shut = set(buildings.index[buildings["confidential"].astype(bool)])
    for end in ("from", "to"):
        rows[f"{end}_name"] = rows[f"{end}_asset_id"].map(names).fillna("")
    either = rows["from_asset_id"].isin(shut) | rows["to_asset_id"].isin(shut)
    return rows.assign(confidential=either)[list(USERS_COLUMNS)]


def _of_standard(plan: Plan, data: StandardData) -> pd.DataFrame:
    """The rows of one standard, without the buildings' names."""
    standard, there = data.standard, crews_when(plan, data.standard)
    counts = data.weight.to_numpy(dtype=float) > 0
    weight = data.weight.to_numpy(dtype=float)[counts]
    columns: dict[str, np.ndarray] = {"people": weight}
    familiar = sorted({c.site_id for c in there["before"]})
    for when, end in (("before", "from"), ("after", "to")):
        site, took = first_there(standard, data.modelled, there[when], familiar=familiar)
        columns[f"{end}_asset_id"] = site[counts]
        columns[when] = took[counts] * weight
    summed = pd.DataFrame(columns).groupby(["from_asset_id", "to_asset_id"], as_index=False)
    rows = summed.sum(min_count=1)
    for when in ("before", "after"):
        mean = (rows[when] / rows["people"]).round(3)
        here, other = ("min", "miles") if standard.unit == MINUTES else ("miles", "min")
        rows[f"mean_{when}_{here}"], rows[f"mean_{when}_{other}"] = mean, np.nan
    rows["people"] = rows["people"].round(3)
    return rows.assign(
        standard_id=standard.standard_id,
        service_type=standard.service_type,
        weight=standard.weight,
    )


def first_there(
    standard: Standard,
    times: TravelTimes,
    crews: Sequence[Crew],
    *,
    familiar: Sequence[str] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """The site of the standard's nth vehicle (or nearest service) for each demand point.

    The minutes are those of `coverage.measure.arrival_minutes`; this also says whose they are.

    Args:
        standard: its clock and nth vehicle.
        times: as modelled.
        crews: units in place.
        familiar: site ids that go first where two are equally quick, so that nobody is said to
            change building for no gain; then by site id.

    Returns:
        site id (object[d], "" = nobody comes) and minutes (miles on a straight line; float64[d],
        NaN = nobody comes), in the order of ``times.demand_ids``.
    """
    n, known = standard.nth_vehicle, frozenset(familiar)
    ordered = sorted(crews, key=lambda c: (c.site_id not in known, c))
    repeated = [c for c in ordered for _ in range(min(c.vehicles, n))]
    d = len(times.demand_ids)
    if len(repeated) < n:
        return np.full(d, NOBODY, dtype=object), np.full(d, np.nan)
    minutes = response_minutes(
        standard, times, [Provider(c.site_id, c.turnout_s) for c in repeated]
    )
    filled = np.where(np.isnan(minutes), np.inf, minutes)
    chosen = filled.argmin(axis=1) if n == 1 else filled.argsort(axis=1, kind="stable")[:, n - 1]
    took = minutes[np.arange(d), chosen]
    sites = np.array([c.site_id for c in repeated], dtype=object)[chosen]
    return np.where(np.isnan(took), NOBODY, sites), took
