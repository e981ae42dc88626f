"""Leases of one building that follow each other.

         2020      2026      2030      2035
B1   ──────────────┤├──────────────────┤       the second continues the first
B2   ──────┤                 ├─────────┤       a gap: none is in force in between
B3   ──────────────────┤
                   ├───────────────────┤       overlap
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.estate import build_estate, check_layers
from assets.issues import InputError
from assets.leases import in_force, ordered, overlapping
from tests.toy_estate import toy_layers


def frame(*rows: tuple[str, str, str]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["asset_id", "start", "expiry"])
    return made.assign(start=pd.to_datetime(made["start"]), expiry=pd.to_datetime(made["expiry"]))


def terms(leases: pd.DataFrame, day: str, asset_id: str = "B1") -> list[str]:
    """First days of the lease in force and of what continues it."""
    found = in_force(ordered(leases).set_index("asset_id"), asset_id, dt.date.fromisoformat(day))
    return [str(start.date()) if pd.notna(start) else "" for start in found["start"]]


CHAIN = frame(
    ("B1", "2026-04-01", "2036-03-31"),
    ("B1", "2016-04-01", "2026-03-31"),
    ("B1", "2040-04-01", "2050-03-31"),
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2016-04-01", ["2016-04-01", "2026-04-01"]),
        ("2026-03-31", ["2016-04-01", "2026-04-01"]),
        ("2026-04-01", ["2026-04-01"]),
        ("2038-04-01", ["2026-04-01"]),  # holding over; the next begins too late to continue it
        ("2015-04-01", ["2016-04-01", "2026-04-01"]),  # none has begun: the first to come
        ("2060-04-01", ["2040-04-01"]),
    ],
)
def test_the_lease_in_force_and_what_continues_it(day: str, expected: list[str]) -> None:
    assert terms(CHAIN, day) == expected


@pytest.mark.parametrize(("start", "continues"), [("2026-05-01", True), ("2026-05-02", False)])
def test_a_month_is_no_gap(start: str, continues: bool) -> None:
    """31 days from 31 March are 1 May, the last day that continues."""
    pair = frame(("B1", "2016-04-01", "2026-03-31"), ("B1", start, "2036-03-31"))
    assert len(terms(pair, "2020-04-01")) == 1 + continues


def test_of_two_that_meet_on_a_day_the_later_is_in_force() -> None:
    pair = frame(("B1", "2016-04-01", "2026-04-01"), ("B1", "2026-04-01", "2036-04-01"))
    assert not list(overlapping(pair))
    assert terms(pair, "2026-04-01") == ["2026-04-01"]


def test_a_lease_without_a_first_day_is_the_oldest() -> None:
    pair = frame(("B1", "2026-04-01", "2036-03-31"), ("B1", "", "2026-03-31"))
    assert not list(overlapping(pair))
    assert terms(pair, "2020-04-01") == ["", "2026-04-01"]


def test_no_lease_is_nothing() -> None:
    assert terms(CHAIN, "2026-04-01", "B9") == []


@pytest.mark.parametrize(
    ("start", "pairs"), [("2026-04-01", [(0, 1)]), ("2026-03-31", [(0, 1)]), ("2026-04-02", [])]
)
def test_overlapping_days(start: str, pairs: list[tuple[int, int]]) -> None:
    both = frame(("B1", "2016-04-01", "2026-04-02"), ("B1", start, "2036-03-31"))
    assert list(overlapping(both)) == pairs


def test_a_lease_inside_a_longer_one_overlaps_it_and_what_follows_is_held_to_the_longer() -> None:
    rows = frame(
        ("B1", "2016-04-01", "2036-03-31"),
        ("B1", "2018-04-01", "2020-03-31"),
        ("B1", "2030-04-01", "2040-03-31"),
        ("B2", "2030-04-01", "2040-03-31"),
    )
    assert list(overlapping(rows)) == [(0, 1), (0, 2)]


SPANS = st.lists(
    st.tuples(st.dates(dt.date(2010, 1, 1), dt.date(2040, 1, 1)), st.integers(1, 4000)), max_size=5
)


@given(SPANS, st.permutations(range(5)))
def test_overlaps_are_told_just_where_two_leases_share_days(
    spans: list[tuple[dt.date, int]], order: list[int]
) -> None:
    ends = [(a, a + dt.timedelta(days=length)) for a, length in spans]
    clash = any(max(a, c) < min(b, d) for i, (a, b) in enumerate(ends) for c, d in ends[i + 1 :])
    for turn in (range(5), order):
        rows = [("B1", str(ends[k][0]), str(ends[k][1])) for k in turn if k < len(ends)]
        assert bool(list(overlapping(frame(*rows)))) == clash


def test_an_estate_holds_successive_leases_in_order_and_says_so() -> None:
    layers = toy_layers()
    second = layers["leases"].assign(start="2041-04-01", expiry="2051-03-31", break_dates="")
    layers["leases"] = pd.concat([second, layers["leases"]], ignore_index=True)
    made = build_estate(layers)
    assert list(made.leases.index) == ["B3", "B3"]
    assert list(made.leases["start"].dt.year) == [2016, 2041]
    assert [i.rule for i in made.warnings] == ["leases.successive"]


def test_an_overlap_names_both_leases_and_is_the_only_thing_said_of_them() -> None:
    layers = toy_layers()
    second = layers["leases"].assign(start="2030-04-01", expiry="2051-03-31", break_dates="")
    layers["leases"] = pd.concat([layers["leases"], second], ignore_index=True)
    (issue,) = check_layers(layers)
    assert (issue.rule, issue.ids) == ("leases.overlap", ("B3",))
    assert "B3 has 2016-04-01 to 2041-03-31 (row 2) and 2030-04-01 to 2051-03-31 (row 3)" in (
        issue.message
    )
    with pytest.raises(InputError):
        build_estate(layers)
