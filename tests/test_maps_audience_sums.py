"""No sums of money that a public page states come down, by any arithmetic, to a building or two."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import audience_sums as sums

COLUMNS = ["party", "year", "kind", "line", "asset_id", "amount_gbp"]


def ledger(rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def flows(*rows):
    """Receipts of ``(party, year, asset_id)``, a pound each."""
    return ledger([(p, y, "receipt", "receipt", a, 1.0) for p, y, a in rows])


def test_a_year_with_one_sale_is_told_with_the_next_smallest():
    """
    year      0        1         2
    P     a b c d      e      f g h

    Year 1 alone would be e's receipt; the total less years 0 and 2 would be as well. So year 2,
    the smaller of the others, goes with it: e f g h.
    """
    entries = flows(*[("P", 0, a) for a in "abcd"], ("P", 1, "e"), *[("P", 2, a) for a in "fgh"])
    may = sums.shown_sums(entries)["receipt"]
    assert (may.whole, may.years, may.all_years) == (True, (0,), False)
    assert may.parties == ("P",)


def test_a_partner_with_two_buildings_is_told_with_another():
    """P has a b c d, Q has e f, R has g h i, all in one year: Q is told with R, P alone."""
    entries = flows(*[("P", 0, a) for a in "abcd"], ("Q", 0, "e"), ("Q", 0, "f"),
                    *[("R", 0, a) for a in "ghi"])  # fmt: skip
    may = sums.shown_sums(entries)["receipt"]
    assert may.parties == ("P",)
    assert may.together == ("Q", "R")


def test_exactly_three_buildings_are_enough_and_two_are_not():
    three = flows(*[("P", 0, a) for a in "abc"])
    assert sums.shown_sums(three)["receipt"].whole
    assert not sums.shown_sums(three[:2])["receipt"].whole
    none = sums.shown_sums(three[:0])["receipt"]
    assert none.whole
    assert none.parties == ()


def test_a_yearly_saving_that_one_building_changes_is_not_told_by_itself():
    """
    year      0   1   2   3
    saving        abc abc abcd     (d is one building: what it saves is year 3 less year 2)
    """
    entries = ledger([("P", y, "annual", "saving", a, 1.0) for y, some in
                      [(1, "abc"), (2, "abc"), (3, "abcd")] for a in some])  # fmt: skip
    may = sums.shown_sums(entries)["annual"]
    assert may.years == (0, 3)


def test_money_of_the_public_keeps_its_sums_and_blanks_the_rest():
    entries = flows(*[("P", 0, a) for a in "abcd"], ("Q", 0, "e"), ("Q", 0, "f"),
                    *[("R", 0, a) for a in "ghi"])  # fmt: skip
    keys = ["party", "year", "kind", "line"]
    money = entries.groupby(keys, as_index=False)["amount_gbp"].sum()
    money = money.assign(financial_year="2026/27", label="x", tag="t", pv_gbp=1.0)
    told = sums.public_money(money, sums.shown_sums(entries), str.upper)
    assert list(told["party"]) == [sums.OTHERS, "P"]
    assert list(told["amount_gbp"]) == [5.0, 4.0]
    assert told["pv_gbp"].isna().all()
    assert list(told.columns) == list(money.columns)


entry = st.tuples(st.sampled_from("PQR"), st.integers(0, 3), st.integers(0, 9))


@given(rows=st.lists(entry, min_size=1, max_size=16, unique_by=lambda row: row[2]),
       kind=st.sampled_from(["receipt", "annual"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_arithmetic_on_what_is_stated_comes_down_to_two_buildings(rows, kind):
    """Each building has one unknown amount from its year on; each sum stated is a row of ones.

    What arithmetic can reach is the rows' span; of it nothing may lie within two columns.
    """
    lasting = kind == sums.ANNUAL
    entries = ledger([(p, y, kind, kind, f"b{a}", 1.0) for p, start, a in rows
                      for y in (range(start, 4) if lasting else [start])])  # fmt: skip
    may = sums.shown_sums(entries)[kind]
    stated = np.array(stated_rows(rows, may, lasting=lasting), dtype=float)
    if not stated.size:
        return
    for pair in itertools.combinations(range(len(rows)), min(2, len(rows))):
        others = [i for i in range(len(rows)) if i not in pair]
        rank = np.linalg.matrix_rank
        without = rank(stated[:, others]) if others else 0
        assert rank(stated) == without, f"{[rows[i] for i in pair]} follow from {may}"


def stated_rows(rows, may, *, lasting):
    """What a page states: by year and by partner and year, and of money that comes once in all."""
    in_year = (lambda row, y: row[1] <= y) if lasting else (lambda row, y: row[1] == y)
    made = [[float(in_year(row, y)) for row in rows] for y in may.years]
    made += [
        [float(in_year(row, y) and row[0] == party) for row in rows]
        for party in may.parties for y in may.years
    ]  # fmt: skip
    if may.whole and not lasting:
        made += [[1.0] * len(rows)]
        made += [[float(row[0] == party) for row in rows] for party in may.parties]
    return [row for row in made if any(row)]


@pytest.mark.parametrize("kind", ["receipt", "annual"])
def test_the_check_above_would_notice(kind):
    """With everything stated, a year of one sale is found out."""
    rows = [("P", 0, a) for a in range(4)] + [("P", 1, 4)]
    everything = sums.Shown(True, (0, 1, 2, 3), True, ("P",), (), (), frozenset())
    stated = np.array(stated_rows(rows, everything, lasting=kind == "annual"))
    assert np.linalg.matrix_rank(stated) > np.linalg.matrix_rank(stated[:, :3])
