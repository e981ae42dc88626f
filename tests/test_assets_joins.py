from __future__ import annotations

import pandas as pd
import pytest

from assets.importing.joins import Join, join_up
from assets.issues import InputError
from assets.schema import LAYERS

DEMAND = LAYERS["demand"]


def frame(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(2, count + 2, name="row"))


def test_population_is_laid_beside_outlines_and_every_lonely_code_is_said():
    areas = frame(demand_id=["E01000001", "E01000002", "E01000003"], population=["", "7", ""])
    people = frame(lsoa21cd=["E01000001", "E01000002", "E01009999"], population=["5", "9", "3"])
    made = join_up(DEMAND, areas, [Join("people.csv", people)])
    assert list(made.frame["population"]) == ["5", "7", ""]
    assert [(i.rule, i.ids) for i in made.issues] == [
        ("demand.join_missing", ("E01000003",)),
        ("demand.join_unused", ("E01009999",)),
    ]
    assert made.mapping[["heading", "column"]].values.tolist() == [
        ["population (people.csv)", "population"]
    ]


def test_columns_that_are_there_already_are_not_listed_as_gained():
    areas = frame(demand_id=["A"], population=["5"])
    made = join_up(DEMAND, areas, [Join("p", frame(demand_id=["A"], population=["6"]))])
    assert list(made.frame["population"]) == ["5"]
    assert made.mapping.empty


def test_two_tables_fill_what_the_first_left_blank():
    areas = frame(demand_id=["A", "B"])
    first, second = (
        frame(demand_id=["A"], households=["2"]),
        frame(demand_id=["B"], households=["3"]),
    )
    made = join_up(DEMAND, areas, [Join("a", first), Join("b", second)])
    assert list(made.frame["households"]) == ["2", "3"]


@pytest.mark.parametrize(
    ("areas", "people", "words"),
    [
        (frame(demand_id=["A"]), frame(population=["1"]), "p.csv has no column that is demand_id"),
        (frame(population=["1"]), frame(demand_id=["A"]), "the layer has no column"),
        (
            frame(demand_id=["A"]),
            frame(demand_id=["A", "A"], population=["1", "2"]),
            "several rows",
        ),
    ],
)
def test_a_join_without_sound_codes_is_refused(
    areas: pd.DataFrame, people: pd.DataFrame, words: str
):
    with pytest.raises(InputError, match=words):
        join_up(DEMAND, areas, [Join("p.csv", people)])


def test_neither_table_is_changed():
    areas, people = frame(demand_id=["A"]), frame(demand_id=["A"], population=["1"])
    kept = areas.copy(), people.copy()
    join_up(DEMAND, areas, [Join("p", people)])
    pd.testing.assert_frame_equal(areas, kept[0])
    pd.testing.assert_frame_equal(people, kept[1])
