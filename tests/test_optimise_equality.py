"""equality.csv by hand: the toy county loses the Hall's library.

    d1 (100)      d2 (60)       d3 (40)      everybody, urban urban rural, deciles 1, 5, none
     |             |             |
     A --- 5 min - B --- 5 min - C           minutes to a library: today 1, 1, 5; after 5, 1, 5
    libA goes     libB stays

Within four minutes of a library: d1 and d2 today (160), d2 alone after (60).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coverage.straight import straight_miles
from optimise import equality
from optimise.cover_results import cover_table
from optimise.equality import NO_DATA, NO_DRIVE, NOT_COUNTED, PARTLY, equality_table
from optimise.inputs import Inputs
from optimise.outcome import outcome
from optimise.plan import Plan, make_plan
from tests import toy_county

LIBRARY: dict[str, Any] = {"service_type": "library", "threshold_min": 4, "kind": "report"}
STANDARDS: dict[str, dict[str, Any]] = {
    "drive": LIBRARY,
    "walk": {**LIBRARY, "mode": "walk"},
    "old": {**LIBRARY, "group": "over_65"},
    "rural": {**LIBRARY, "group": "rural"},
    "pilot": {**LIBRARY, "geography": "pilot"},
    "crew": {"service_type": "fire", "mode": "blue_light", "threshold_min": 4, "kind": "report"},
    "miles": {"service_type": "library", "mode": "straight_line", "threshold_miles": 2,
              "kind": "report"},
    "homes": {**LIBRARY, "weight": "no_car_households", "mode": "walk"},
}  # fmt: skip


def people(**columns: list[Any]) -> pd.DataFrame:
    told: dict[str, list[Any]] = {
        "households": [40, 30, 20],
        "no_car_households": [10, 3, 2],
        "over_65": [20, 12, 10],
        "imd_decile": [1, 5, np.nan],
        "disabled": [9, 6, 3],
        "aged_16_59": [50, 30, 20],
        "area_id": ["P", "P", ""],
    }
    return toy_county.demand().assign(**{**told, **columns})


def planned(demand: pd.DataFrame, standards: dict[str, dict[str, Any]]) -> Plan:
    """The toy as it would be without the Hall's library, whatever the solver says."""
    given = toy_county.inputs(toy_county.estate(demand=demand))
    estate = given.estate
    times = {**given.times, "straight_line": straight_miles(estate.demand, estate.buildings)}
    changes = {f"standards__{name}": record for name, record in standards.items()}
    scenario = toy_county.scenario(
        standards__library_6__kind="report", standards__fire_10__kind="report", **changes
    )
    made = make_plan(scenario, Inputs(estate, times, None, None, ()))
    return replace(made, after=outcome(made.problem, {"libA": ""}))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(people(), STANDARDS)


@pytest.fixture(scope="module")
def rows(plan: Plan) -> pd.DataFrame:
    return equality_table(plan).set_index(["standard_id", "group"])


def told(rows: pd.DataFrame, standard: str, group: str, *columns: str) -> list[float]:
    return [float(rows.loc[(standard, group), c]) for c in columns]


def test_everybody_is_the_whole_row_of_the_cover(plan: Plan, rows: pd.DataFrame) -> None:
    figures = ("total", "within_before", "within_after", "mean_before_min", "mean_after_min",
               "p90_before_min", "p90_after_min", "lost", "worse", "gained", "better")  # fmt: skip
    assert told(rows, "drive", "all", *figures) == [200, 160, 60, 1.8, 3.8, 5, 5, 100, 100, 0, 0]
    cover = cover_table(plan)
    whole = cover[cover["geography"] == "all"].set_index("standard_id")
    for standard in STANDARDS:
        for column in (*figures, "share_before", "share_after", "mean_before_miles"):
            assert told(rows, standard, "all", column) == pytest.approx(
                [float(whole.at[standard, column])], nan_ok=True
            ), (standard, column)


def test_ages_and_further_columns_weigh_by_their_own_count(rows: pd.DataFrame) -> None:
    young = told(rows, "drive", "under_5", "people", "total", "within_before", "lost")
    assert young == [12, 12, 9, 5]
    assert told(rows, "drive", "over_65", "people", "within_after", "worse") == [42, 12, 20]
    assert told(rows, "drive", "disabled", "people", "within_after", "worse") == [18, 6, 9]
    assert rows.loc[("drive", "disabled"), "dimension"] == "disability"
    assert told(rows, "drive", "aged_16_59", "people", "within_after") == [100, 30]
    assert rows.loc[("drive", "aged_16_59"), "group_name"] == "People aged 16 to 59"


def test_deprivation_and_place_split_whom_the_standard_counts(rows: pd.DataFrame) -> None:
    """A fifth that nobody lives in stands there with nobody; the unknown decile is told."""
    known = rows.loc["drive"].query("dimension == 'deprivation'")
    fifths = [f"imd_{low}_{low + 1}" for low in range(1, 10, 2)]
    assert list(known.index) == [*fifths, "unknown"]
    assert list(known["total"]) == [100, 0, 60, 0, 0, 40]
    assert list(known["lost"]) == [100, 0, 0, 0, 0, 0]
    assert list(known["note"]) == ["", "", "", "", "", PARTLY]
    assert "most deprived" in known.loc["imd_1_2", "group_name"]
    place = rows.loc["drive"].query("dimension == 'rurality'")
    assert dict(place["share_after"]) == {"urban": 0.375, "rural": 0.0}


def test_a_drive_never_serves_households_without_a_car(rows: pd.DataFrame) -> None:
    """Only where they live is told: ten of the fifteen at d1, where the drive gets longer."""
    row = rows.loc[("drive", "no_car_households")]
    assert row["note"] == NO_DRIVE
    assert told(rows, "drive", "no_car_households", "people", "worse", "better") == [15, 10, 0]
    blank = [c for c in rows.columns if c.startswith(("within", "share", "mean", "p90"))]
    assert row[[*blank, "total", "gained", "lost"]].isna().all()
    assert told(rows, "drive", "with_car", "total", "within_before", "within_after") == [75, 57, 27]


@pytest.mark.parametrize("standard", ["walk", "crew"])
def test_walks_and_crews_that_come_to_them_do(rows: pd.DataFrame, standard: str) -> None:
    """On foot 13 then 3 within; the crews at A and C reach d1 and d3 within four minutes."""
    figures = ("total", "within_before", "within_after")
    wanted = {"walk": [15, 13, 3], "crew": [15, 12, 12]}[standard]
    assert told(rows, standard, "no_car_households", *figures) == wanted
    assert rows.loc[(standard, "no_car_households"), "note"] == ""


def test_a_standard_for_some_people_is_told_of_them(rows: pd.DataFrame) -> None:
    """The one for older people has no other age; of the rural one nobody urban counts."""
    assert rows.loc[("old", "all"), "group_name"] == "All people of 65 or more"
    assert not {"under_5", "over_65", "aged_16_59"} & set(rows.loc["old"].index)
    assert told(rows, "old", "imd_1_2", "total", "lost") == [20, 20]
    urban = rows.loc[("rural", "urban")]
    assert (urban["people"], urban["total"], urban["note"]) == (160, 0, NOT_COUNTED)
    assert np.isnan(urban["share_before"])
    assert told(rows, "rural", "under_5", "people", "total") == [12, 3]


def test_people_outside_the_standards_areas_do_not_count(rows: pd.DataFrame) -> None:
    """d3 lies in no pilot area."""
    assert told(rows, "pilot", "all", "people", "total") == [200, 160]
    assert told(rows, "pilot", "under_5", "people", "total") == [12, 9]
    assert told(rows, "pilot", "with_car", "people", "total") == [75, 57]


def test_straight_lines_are_in_miles(rows: pd.DataFrame) -> None:
    row = rows.loc[("miles", "all")]
    assert row[["mean_before_min", "p90_after_min"]].isna().all()
    assert row["mean_after_miles"] > row["mean_before_miles"] > 0
    assert rows.loc["drive", "mean_after_miles"].isna().all()


def test_a_standard_of_households_without_a_car_has_no_row_for_those_with(
    rows: pd.DataFrame,
) -> None:
    assert "with_car" not in rows.loc["homes"].index
    assert told(rows, "homes", "no_car_households", "total", "lost") == [15, 10]


def test_parts_add_up_to_everybody(rows: pd.DataFrame) -> None:
    columns = ["people", "total", "within_before", "within_after", "lost", "worse"]
    for standard in STANDARDS:
        whole = rows.loc[(standard, "all"), columns].astype(float)
        for dimension in ("deprivation", "rurality"):
            parts = rows.loc[standard].query("dimension == @dimension")[columns].sum()
            assert parts.to_dict() == pytest.approx(whole.to_dict()), (standard, dimension)
    served = rows[rows["total"].notna()]
    moved = served["within_after"] - served["within_before"]
    assert (moved - served["gained"] + served["lost"]).abs().max() < 1e-6


def test_what_no_data_tells_is_said_and_never_a_nought() -> None:
    """A demand layer of people alone."""
    bare = toy_county.demand()[["demand_id", "easting", "northing", "population"]]
    rows = equality_table(planned(bare, {"drive": LIBRARY})).set_index(["standard_id", "group"])
    blind = rows.loc["drive"].query("note == @NO_DATA", local_dict={"NO_DATA": NO_DATA})
    assert set(blind["dimension"]) == set(equality_dimensions())
    figures = [c for c in rows.columns if c not in ("dimension", "group_name", "weight", "note")]
    assert blind[figures].isna().all(axis=None)
    assert told(rows, "drive", "all", "lost") == [100]


def equality_dimensions() -> set[str]:
    return {d for d, _ in equality.COUNTED.values()} | {"deprivation", "rurality", "car"}


def test_rows_of_demand_in_any_order_give_the_same_table(plan: Plan) -> None:
    shuffled = planned(people().iloc[[2, 0, 1]], STANDARDS)
    pd.testing.assert_frame_equal(equality_table(plan), equality_table(shuffled))


def test_cover_tells_losses_and_households_without_a_car_by_area(plan: Plan) -> None:
    cover = cover_table(plan).set_index(["standard_id", "geography"])
    pilot = cover.loc[("drive", "pilot")]
    figures = ["total", "lost", "worse", "gained", "no_car_households", "no_car_worse"]
    assert [float(pilot[c]) for c in figures] == [160, 100, 100, 0, 13, 10]
    assert float(cover.loc[("old", "pilot"), "no_car_households"]) == 13


def test_cover_leaves_households_without_a_car_blank_where_nobody_counted_them() -> None:
    bare = people().drop(columns="no_car_households")
    cover = cover_table(planned(bare, {"drive": LIBRARY}))
    assert cover[["no_car_households", "no_car_worse"]].isna().all(axis=None)
    assert cover["lost"].notna().all()
