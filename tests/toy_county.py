"""A county small enough to solve by hand: three towns on a road, 5 minutes apart.

    d1 (100)      d2 (60)       d3 (40)      people at each town
     |             |             |
     A --- 5 min - B --- 5 min - C
    hall          library       library      D: a candidate site at B
    400 m² room   60 m²         60 m²        E: a vacant depot at A
    library,      childrens     fire (on call)
    fire (whole-  centre
    time)

Everything inside a town takes 1 minute. Drives are the same both ways. Libraries never
share a building with each other or (but for the Hall, where they do today) with fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assets.estate import Estate, build_estate
from coverage.matrix import write_times
from coverage.times import TravelTimes
from optimise.inputs import Inputs
from optimise.moves import permitted_moves
from optimise.problem import Problem, build_problem
from optimise.scenario import Scenario, resolve_scenario

TOWN = {"A": 0.0, "B": 5.0, "C": 10.0, "D": 5.0, "E": 0.0, "d1": 0.0, "d2": 5.0, "d3": 10.0}
EASTING = {"A": 370_000, "B": 374_000, "C": 378_000, "D": 374_100, "E": 370_200}


def buildings() -> pd.DataFrame:
    rows = [
        ("A", "Hall", "office", "operational", 1000, 400, 50_000, 900_000, 0),
        ("B", "Mid library", "library", "operational", 200, np.nan, 20_000, 200_000, 0),
        ("C", "End station", "fire_station", "operational", 200, np.nan, 30_000, 300_000, 0),
        ("D", "New hub", "office", "candidate", 300, 200, 15_000, np.nan, 250_000),
        ("E", "Depot", "other", "vacant", 500, np.nan, 5_000, 400_000, 0),
    ]
    names = ["asset_id", "name", "asset_type", "status", "gia_m2", "capacity_m2",
             "running_cost_gbp_pa", "market_value_gbp", "build_capex_gbp"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    frame["owner"] = "County"
    frame["tenure"] = "freehold"
    frame["easting"] = frame["asset_id"].map(EASTING)
    frame["northing"] = 100_000
    frame["months_to_sell"] = 12
    frame["disposal_cost_pct"] = 2.0
    frame["extension_max_m2"] = np.where(frame["asset_id"] == "A", 50.0, np.nan)
    frame["extension_gbp_per_m2"] = np.where(frame["asset_id"] == "A", 2000.0, np.nan)
    frame["decision_lock"] = ""
    frame["lock_reason"] = ""
    frame["in_scope"] = True
    return frame


def services() -> pd.DataFrame:
    rows = [
        ("fireA", "fire", "A", 150, 20_000, "wholetime", ""),
        ("fireC", "fire", "C", 100, 10_000, "on_call", ""),
        ("kidsB", "childrens_centre", "B", 60, 30_000, "", ""),
        ("libA", "library", "A", 150, 10_000, "", ""),
        ("libB", "library", "B", 60, 25_000, "", ""),
    ]
    names = ["unit_id", "service_type", "asset_id", "space_m2", "move_cost_gbp", "duty_system",
             "host_types"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    frame["operator"] = "County"
    frame["service_cost_gbp_pa"] = 12_000.0
    frame["income_gbp_pa"] = 2_000.0
    return frame


def demand() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "demand_id": ["d1", "d2", "d3"],
            "easting": [370_050, 374_050, 378_050],
            "northing": [100_050] * 3,
            "population": [100, 60, 40],
            "under_5": [5, 4, 3],
            "imd_decile": [1, 5, 9],
            "rural_urban": ["urban", "urban", "rural"],
        }
    )


def compatibility() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "service_a": ["childrens_centre", "library", "library"],
            "service_b": ["fire", "library", "fire"],
            "rule": ["conditional", "forbidden", "forbidden"],
            "cost_gbp": [10_000, np.nan, np.nan],
        }
    )


def leases() -> pd.DataFrame:
    return pd.DataFrame({"asset_id": [], "expiry": []})


def frames() -> dict[str, pd.DataFrame]:
    return {
        "buildings": buildings(),
        "services": services(),
        "demand": demand(),
        "compatibility": compatibility(),
    }


RECORD: Mapping[str, Any] = {
    "name": "toy",
    "layers": {"buildings": "b.csv", "services": "s.csv", "demand": "d.csv"},
    "times": {"car": "car.csv"},
    "standards": {
        "fire_10": {
            "service_type": "fire", "threshold_min": 10, "clock_start": "call",
            "call_handling_s": 60, "target": 0.9, "mode": "blue_light",
        },
        "library_6": {"service_type": "library", "threshold_min": 6, "target": 0.8},
    },
    "services": {
        "fire": {"move_radius_km": 5},
        "library": {"may_withdraw": True, "at_least": 1, "move_radius_km": 5},
        "childrens_centre": {"move_radius_km": 5},
    },
    "finance": {"horizon_yr": 10},
    "solver": {"gap": 0.0, "time_limit_s": 20},
}  # fmt: skip


def scenario(**changes: Any) -> Scenario:
    """The toy's scenario with dotted keys changed (``targets__receipts_gbp=1``)."""
    settings = [f"{k.replace('__', '.')}={_yaml(v)}" for k, v in changes.items()]
    return resolve_scenario(RECORD, base_dir=Path("."), settings=settings)


def _yaml(value: Any) -> str:
    import json

    return json.dumps(value)


def estate(**layers: pd.DataFrame) -> Estate:
    return build_estate({**frames(), **layers}) if layers else _plain()


@cache
def _plain() -> Estate:
    return build_estate(frames())


def towns() -> Estate:
    """The toy with its three towns named: A and E in TA, B and D in TB, C in TC."""
    return estate(buildings=buildings().assign(town_id=["TA", "TB", "TC", "TB", "TA"]))


def markets() -> Estate:
    """The toy with its towns, all of it one market for property."""
    areas = ["TA", "TB", "TC", "TB", "TA"]
    return estate(buildings=buildings().assign(town_id=areas, market_area="M"))


def bays_and_sessions() -> Estate:
    """The Hall has bays for three vehicles and ten sessions a week, the hub one and five.

    Each crew has two vehicles; a library takes four sessions of its building, the children's
    centre three.
    """
    return estate(
        buildings=buildings().assign(
            vehicle_bays=[3, np.nan, np.nan, 1, np.nan],
            capacity_sessions_pw=[10, np.nan, np.nan, 5, np.nan],
        ),
        services=services().assign(
            vehicles=[2, 2, np.nan, np.nan, np.nan], sessions_pw=[np.nan, np.nan, 3, 4, 4]
        ),
    )


def graded() -> Estate:
    """The Hall is in condition D with £100,000 of repairs, B in C with £20,000, C not surveyed."""
    return estate(
        buildings=buildings().assign(
            condition_grade=["D", "C", "", "", "B"],
            backlog_gbp_p1=[40_000, 20_000, np.nan, np.nan, 5_000],
            backlog_gbp_p2=[60_000, np.nan, np.nan, np.nan, np.nan],
            tco2e_pa=[80, 15, 20, 6, np.nan],
        )
    )


def rostered() -> Estate:
    """Crews that are away: the wholetime one a fifth of nights, the on-call one half of days."""
    return estate(
        services=services().assign(
            availability_day_pct=[100, 50, np.nan, np.nan, np.nan],
            availability_night_pct=[80, 90, np.nan, np.nan, np.nan],
        )
    )


def matrix(made: Estate, direction: str) -> TravelTimes:
    """Minutes along the road; 1 within a town."""
    d_ids = tuple(map(str, made.demand.index))
    s_ids = tuple(map(str, made.buildings.index))
    minutes = np.array([[max(1.0, abs(TOWN[d] - TOWN[s])) for s in s_ids] for d in d_ids])
    return TravelTimes(
        demand_ids=d_ids,
        site_ids=s_ids,
        minutes=minutes,
        metres=minutes * 800.0,
        demand_snap_m=np.zeros(len(d_ids)),
        site_snap_m=np.zeros(len(s_ids)),
        profile="toy",
        direction=direction,
        provenance={},
    )


def inputs(made: Estate | None = None) -> Inputs:
    made = made or estate()
    times = {
        "blue_light": matrix(made, "from_site"),
        "car": matrix(made, "to_site"),
        "walk": matrix(made, "to_site"),
    }
    return Inputs(made, times, None, None, ())


def problem(made: Estate | None = None, **changes: Any) -> Problem:
    chosen, given = scenario(**changes), inputs(made)
    moves = permitted_moves(chosen, given.estate, given.catchment)
    return build_problem(chosen, given.estate, moves, given.times)


def write(folder: Path, **changes: Any) -> Path:
    """The toy as files a user could have: layers, matrices and scenario; returns the scenario."""
    import yaml

    made = estate()
    names = {"buildings": "b.csv", "services": "s.csv", "demand": "d.csv", "compatibility": "c.csv"}
    for layer, frame in frames().items():
        frame.to_csv(folder / names[layer], index=False)
    write_times(matrix(made, "to_site"), folder / "car.csv")
    write_times(matrix(made, "from_site"), folder / "blue.csv")
    record = scenario(**changes).model_dump(mode="json", exclude={"overrides"})
    record["layers"] = names
    record["times"] = {"car": "car.csv", "blue_light": "blue.csv"}
    record.pop("roads")
    path = folder / "toy.yml"
    path.write_text(yaml.safe_dump(record))
    return path
