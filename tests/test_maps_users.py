from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from toy_run import small_run, write_run

from maps import users
from maps.runs import read_run

STANDARDS = [("fire_10", "min"), ("library_15", "min"), ("post_1", "miles")]


def rows():
    """fire: 100 stay with b1. library: 40 go from b2 to b4, 7 from b2 to nobody.
    post: 5 households go from b9, which the page does not have, to b4."""
    columns = ["standard_id", "weight", "from_asset_id", "from_name", "to_asset_id", "to_name",
               "people", "mean_before_min", "mean_after_min", "mean_before_miles",
               "mean_after_miles"]  # fmt: skip
    return pd.DataFrame(
        [
            ("post_1", "households", "b9", "Over there", "b4", "Hall", 5.0,
             np.nan, np.nan, "0.41", "1.26"),
            ("library_15", "population", "b2", "Library", "b4", "Hall", 40.0, 5.04, 7.0, "", ""),
            ("library_15", "population", "b2", "Library", "", "", 7.25, 9.0, np.nan, "", ""),
            ("fire_10", "population", "b1", "Fire", "b1", "Fire", 100.0, 3.0, 3.0, "", ""),
            ("unlisted", "population", "b1", "Fire", "b1", "Fire", 1.0, 3.0, 3.0, "", ""),
        ],
        columns=columns,
    )  # fmt: skip


def test_rows_are_short_and_in_order_and_blanks_are_none():
    out = users.pairs(rows(), STANDARDS, ["b1", "b2", "b4"])
    assert out["rows"] == [
        [0, "b1", "b1", 100, 3.0, 3.0],
        [1, "b2", "", 7.25, 9.0, None],
        [1, "b2", "b4", 40, 5.0, 7.0],
        [2, "b9", "b4", 5, 0.4, 1.3],
    ]
    assert out["units"] == ["people", "people", "households"]
    assert out["names"] == {"b9": "Over there"}


def test_shuffled_rows_change_nothing():
    known = ["b1", "b2", "b4"]
    assert users.pairs(rows().iloc[::-1], STANDARDS, known) == users.pairs(rows(), STANDARDS, known)


@pytest.mark.parametrize("table", [None, rows().iloc[:0]])
def test_a_run_of_old_has_no_users(table):
    assert users.pairs(table, STANDARDS, []) == {"units": [], "rows": [], "names": {}}


def test_people_of_a_standard_add_up_to_those_of_the_run(tmp_path):
    run = read_run(write_run(tmp_path / "run", small_run()))
    standards = [(s["standard_id"], "min") for s in run.summary["standards"]]
    out = users.pairs(run.tables["users"], standards, list(run.decisions["asset_id"]))
    for index, standard in enumerate(run.summary["standards"]):
        total = sum(row[3] for row in out["rows"] if row[0] == index)
        assert total == pytest.approx(standard["total"])
