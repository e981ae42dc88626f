"""Charts of a run: figures counted by hand, words, and a drawing that holds no text of its own.

The small run, nine cells: minutes of the fire engine before | after, people
  4|4 1200   6|6 800    9|9 640
 10|10 1500  10.04|9 900  12|12 300
 16|16 220   21|27 90   30|30 55           5,705 people in all, threshold 10 (inclusive)
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_run import hostile_run, small_run, write_run

from maps.charts import changes, curves, drawing, frontiers, times, years
from maps.runs import RunFrames, read_run

ALL = 5705.0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> RunFrames:
    return read_run(write_run(tmp_path_factory.mktemp("charts") / "run", small_run()))


def test_people_within_counts_the_threshold_itself(small: RunFrames) -> None:
    fire = times.reached(small)[0]
    assert fire.total == ALL
    assert fire.within(10.0, "before") == 1200 + 800 + 640 + 1500 == fire.within_before
    assert fire.within(10.0, "after") == fire.within(10.0, "before") + 900 == fire.within_after
    assert fire.within(9.99, "before") == 1200 + 800 + 640


def test_half_of_the_people_are_reached_within_the_least_such_time(small: RunFrames) -> None:
    fire, library = times.reached(small)
    # 2,640 within 9 min, 4,140 within 10: half of 5,705 is passed at 10.
    assert fire.quantile(0.5, "before") == 10.0
    # 55 of 5,705 have no route to a library: all of them together are never reached.
    assert library.quantile(1.0, "after") == np.inf


def test_a_curve_says_its_figures_and_the_row_of_the_standard_is_the_run_s(
    small: RunFrames,
) -> None:
    fire, library = curves.charts(small)
    assert fire.alt.startswith(
        "Within 10 min: 72.6% of 5,705 people before, 88.3% after, 900 more."
    )
    assert library.alt.endswith("No route at all: 55 before, 55 after.")
    own = [row for row in fire.numbers.rows if row["marked"]]
    assert [(r["before"], r["after"], r["change"]) for r in own] == [(4140.0, 5040.0, 900.0)]
    shares = [row["share_after"] for row in fire.numbers.rows]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_weight_the_map_lacks_is_counted_in_people_and_said(small: RunFrames) -> None:
    entry = {**small.summary["standards"][0], "weight": "households"}
    run = replace(small, summary={**small.summary, "standards": [entry]})
    (fire,) = times.reached(run)
    assert fire.counted == "people" and "do not hold households" in fire.notes[0]
    cells = gpd.GeoDataFrame(small.layers["cells"].assign(households=10.0))
    run = replace(run, layers={**small.layers, "cells": cells})
    (fire,) = times.reached(run)
    assert (fire.counted, fire.total) == ("households", 90.0)


def test_losers_and_winners_are_counted_apart(small: RunFrames) -> None:
    fire, library = changes.sides(small)
    # fire: 10.04 to 9 is 1.04 sooner for 900; 21 to 27 is 6 later for 90.
    assert (fire.later, fire.sooner) == (90.0, 900.0)
    assert fire.found["later_3"] == 90.0 and fire.found["sooner_1"] == 900.0
    # library: 2 later for 1,200 (the upper edge is inclusive), 1 sooner for 800, 0.2 later counts
    # as the same, 2.5 later for 900, 2 sooner for 300, 2 later for 90.
    assert library.found["later_1"] == 1200 + 90 and library.found["later_2"] == 900
    assert library.found["sooner_1"] == 800 + 300
    assert sum(library.found.values()) == ALL


def test_who_loses_every_route_is_told_as_reached_later(small: RunFrames) -> None:
    cells = small.layers["cells"].copy()
    cells.loc[0, "fire_10_after_min"] = np.nan
    run = replace(small, layers={**small.layers, "cells": cells})
    (chart,) = changes.charts(run)
    fire = changes.sides(run)[0]
    assert fire.found[changes.LOST] == 1200.0 and fire.later == 1290.0
    assert any(r["band"] == "No route any more" and r["marked"] for r in chart.numbers.rows)


@given(
    st.lists(
        st.tuples(st.floats(0, 90), st.floats(0, 90), st.integers(1, 500)), min_size=1, max_size=30
    )
)
def test_the_bands_add_up_to_everybody(places: list[tuple[float, float, int]]) -> None:
    before, after, weight = (np.array(column, float) for column in zip(*places, strict=True))
    after = np.where(after > 80, np.inf, after)
    standard = {"standard_id": "s", "title": "s", "target": None, "threshold": 10.0}
    one = times.Reached(standard, weight, before, after, 0.0, 0.0, "min", "people", ())
    found = changes.by_change(one)
    assert sum(found.values()) == pytest.approx(one.total)
    assert all(value >= 0 for value in found.values())


MONEY = [
    {"year": "2026/27", "receipts_gbp": 0.0, "saving_gbp": 0.0, "capital_gbp": -500e3,
     "one_off_gbp": -20e3},
    {"year": "2027/28", "receipts_gbp": 300e3, "saving_gbp": 100e3, "capital_gbp": 0.0,
     "one_off_gbp": 0.0},
    {"year": "2028/29", "receipts_gbp": 0.0, "saving_gbp": 150e3, "capital_gbp": 0.0,
     "one_off_gbp": 0.0},
]  # fmt: skip


def test_money_runs_up_year_by_year(small: RunFrames) -> None:
    run = replace(small, summary={**small.summary, "money": {"by_year": MONEY}})
    (chart,) = years.charts(run)
    assert [row["so_far_gbp"] for row in chart.numbers.rows] == [-520e3, -120e3, 30e3]
    assert years.turns(years.by_year(run)) == "2028/29"
    assert "lowest in 2026/27, at −£520k, and above nothing for good from 2028/29" in chart.alt


def test_a_sum_that_is_withheld_leaves_no_total_to_subtract_from(small: RunFrames) -> None:
    hidden = [{**MONEY[0], "receipts_gbp": None}, *MONEY[1:]]
    run = replace(small, summary={**small.summary, "money": {"by_year": hidden}})
    assert years.charts(run) == ()
    assert years.charts(small) == ()


def frontier() -> pd.DataFrame:
    names = {"x_key": "n", "x_name": "Offices kept", "x_unit": "count",
             "y_key": "npv", "y_name": "Net present value",
             "y_unit": "gbp", "run": "r"}  # fmt: skip
    values = [(2, 6.0, 1e6, np.nan), (1, 5.0, 2e6, 2.5e6)]
    return pd.DataFrame(
        [{"point": p, **names, "x_value": x, "y_value": y, "y_bound": b} for p, x, y, b in values]
    )


def test_a_frontier_is_drawn_where_the_run_has_one(small: RunFrames) -> None:
    assert frontiers.charts(small) == ()
    (chart,) = frontiers.charts(replace(small, tables={"frontier": frontier()}))
    assert chart.alt.startswith("Net present value against Offices kept: £2.0m at 5, £1.0m at 6 (2")
    assert [row["point"] for row in chart.numbers.rows] == [1, 2]


def test_numbers_of_neighbouring_dots_do_not_lie_on_each_other(small: RunFrames) -> None:
    rows = [frontier().assign(point=p, x_value=x, y_value=y).iloc[0].to_dict()
            for p, x, y in ((1, 0.0, 0.0), (2, 9.98, 9.95e5), (3, 10.0, 1e6))]  # fmt: skip
    (chart,) = frontiers.charts(replace(small, tables={"frontier": pd.DataFrame(rows)}))
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([123])</text>', str(chart.svg))
    at = {n: (float(x), float(y)) for x, y, n in found}
    assert len(at) == 3
    assert abs(at["2"][0] - at["3"][0]) < 10 < 20 < abs(at["2"][1] - at["3"][1])


def test_every_drawing_is_well_formed_and_hidden_from_readers(small: RunFrames) -> None:
    money = {**small.summary, "money": {"by_year": MONEY}}
    run = replace(small, summary=money, tables={"frontier": frontier()})
    made = [c for m in (curves, changes, years, frontiers) for c in m.charts(run)]
    assert len(made) == 5
    for chart in made:
        root = ElementTree.fromstring(str(chart.svg))
        assert root.get("aria-hidden") == "true"
        width, height = (float(v) for v in root.get("viewBox", "").split()[2:])
        spots = [(float(t.get("x", 0)), float(t.get("y", 0))) for t in root.iter("text")]
        assert spots and all(-1 <= x <= width + 1 and 0 <= y <= height for x, y in spots)
    assert len({c.chart_id for c in made}) == len(made)


def test_text_from_data_cannot_leave_its_place(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", hostile_run()))
    for chart in (*curves.charts(run), *changes.charts(run)):
        tags = {
            tag.rsplit("}")[-1] for tag in (e.tag for e in ElementTree.fromstring(chart.svg).iter())
        }
        assert tags <= {"svg", "defs", "pattern", "rect", "path", "circle", "text"}


def test_steps_are_round_and_ticks_stay_inside() -> None:
    assert [drawing.step(s, 6) for s in (5.0, 5.1, 26.0, 100.0)] == [1.0, 2.0, 10.0, 20.0]
    assert drawing.ticks(-3.0, 7.0, 6) == (-2.0, 0.0, 2.0, 4.0, 6.0)
