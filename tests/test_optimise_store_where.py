"""The words of --where: what they mean, and that nothing else gets through."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.store import Store, open_store
from optimise.store.where import Both, Comparison, Literal, Not, parse
from tests import toy_store

PLAIN, BASE = "plain", "set-batch/base"
TIGHT, NONE = "set-batch/scenarios/tight", "set-batch/scenarios/none"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root = toy_store.write_runs(tmp_path_factory.mktemp("where") / "runs")
    toy_store.write_run(root / "plain", npv_gbp=5e6, gap=0.004)
    with open_store(root / "runs.sqlite") as made:
        made.collect()
        yield made


FOUND = {
    "": [PLAIN, BASE, NONE, TIGHT],
    "status = optimal": [PLAIN, BASE],
    "status = 'optimal' and gap <= 0.1%": [BASE],
    "gap <= 0.004": [PLAIN, BASE],  # exactly at the threshold
    "gap < 0.004": [BASE],
    "npv_gbp > 3.5e6": [PLAIN, BASE],
    "not npv_gbp > 3.5e6": [NONE, TIGHT],
    "npv_gbp != 5e6": [BASE, NONE, TIGHT],
    "npv_gbp is null": [NONE],
    "npv_gbp is not null and not (scenario = base or scenario = tight)": [PLAIN],
    "scenario = base or scenario = tight and npv_gbp < 0": [BASE],
    "status in (optimal, 'feasible')": [PLAIN, BASE, TIGHT],
    "status not in (optimal, feasible)": [NONE],
    "reason is null": [PLAIN, BASE, TIGHT],
    "title contains TOYSHIRE": [PLAIN],
    "title contains '%'": [],
    "title like 't%'": [PLAIN, TIGHT],
    "title not like 't%'": [BASE, NONE],
    "run_id = 'set-batch/scenarios/tight'": [TIGHT],
    "run_id = set-batch/base": [BASE],
    "targets.receipts_gbp = 9_000_000": [PLAIN, BASE],
    "targets.receipts_gbp >= 12e6": [NONE, TIGHT],
    "targets.receipts_gbp in (12e6, 9e9)": [NONE, TIGHT],
    "targets.capital_budget_gbp is null": [PLAIN, BASE, NONE, TIGHT],
    "targets.receipts_gbp is null": [],
    "partners.no_worse_off = true": [PLAIN, BASE, NONE, TIGHT],
    "partners.no_worse_off = 'true'": [],
    "standards.fire_10.target = 'baseline - 0.01' and gap >= 2%": [TIGHT],
    "standards.fire_10.target like 'base%'": [PLAIN, BASE, NONE, TIGHT],
    "finance.appraisal_horizons_yr contains 25": [PLAIN, BASE, NONE, TIGHT],
    "fire_10.share_after >= 0.8": [PLAIN, BASE],
    "not fire_10.share_after >= 0.8": [NONE, TIGHT],
    "fire_10.met = false": [TIGHT],
    "fire_10.kind = soft": [PLAIN, BASE, TIGHT],
    "fire_10.share_before is null": [NONE],
    "A1.decision = dispose": [TIGHT],
    "\"A1\".decision in (dispose, share) or 'x' = 'y'": None,
    "N1.in_use_after = 1": [PLAIN, TIGHT],
    "N1.in_use_after = true and A1.in_use_after = 1": [PLAIN],
    "A1.decision is null": [NONE],
    "buildings_after = 3 AND NOT batch = set": [PLAIN],
}


@pytest.mark.parametrize("where", sorted(FOUND))
def test_a_filter_finds(store: Store, where: str):
    if FOUND[where] is None:
        with pytest.raises(InputError, match=r"store\.where"):
            store.runs(where)
    else:
        assert store.runs(where)["run_id"].tolist() == FOUND[where]


REFUSED = {
    "npv > 3": "did you mean 'npv_gbp'",
    "targets.reciepts_gbp > 3": "did you mean 'targets.receipts_gbp'",
    "fire_10.share_aftr > 3": "did you mean 'fire_10.share_after'",
    "zzzzzzz = 1": "columns of runs: run_id, batch",
    "status": "the end (character 7) stands where =",
    "status = ": "a number or a text",
    "= 3": "the name of a column",
    "(status = optimal": "where ')' should",
    "status = optimal) or (gap > 0": "'and', 'or' or the end",
    "status = optimal; DROP TABLE run_rows": "cannot be read",
    "status = 'optimal": "cannot be read",
    "status = optimal --": "cannot be read",
    "status in ()": "a number or a text",
    "status < optimal": "status is text",
    "gap = small": "'small' is none",
    "gap like '1%'": "gap is a number",
    "targets.receipts_gbp > much": "needs a number",
    "and = 1": "the name of a column",
    "not " * 60 + "gap = 1": "nested more than",
    "(" * 60 + "gap = 1" + ")" * 60: "nested more than",
    "gap = 1 or " * 2000 + "gap = 1": "longer than",
}


@pytest.mark.parametrize("where", sorted(REFUSED))
def test_what_cannot_be_read_or_is_not_known_is_refused(store: Store, where: str):
    with pytest.raises(InputError) as refused:
        store.runs(where)
    assert REFUSED[where] in str(refused.value)


def test_text_of_a_filter_is_never_part_of_a_statement(store: Store):
    hostile = ["x' OR '1'='1", "\\", "%", "_", "'; DROP TABLE run_rows; --", "?", "%s", "\x00", "é"]
    for text in hostile:
        quoted = "'" + text.replace("'", "''") + "'"
        for where in (f"title = {quoted}", f"title contains {quoted}", f"A1.decision = {quoted}",
                      f"targets.receipts_gbp = {quoted}", f"title like {quoted}"):  # fmt: skip
            found = store.runs(where)["run_id"].tolist()
            # "%" is any text for like; nothing here matches anything else.
            assert found == (FOUND[""] if where == "title like '%'" else []), where
    assert len(store.runs()) == 4


def test_what_is_read_is_what_was_written():
    made = parse("a.b >= 1e3 and not (c in (x, '2', 3) or d is not null)")
    third = Literal("3", 3.0)
    inner = Both("or", (Comparison("c", "in", (Literal("x"), Literal("2", None, True), third)),
                        Not(Comparison("d", "null"))))  # fmt: skip
    assert made == Both("and", (Comparison("a.b", ">=", (Literal("1e3", 1000.0),)), Not(inner)))


@given(st.text(max_size=40))
def test_no_text_does_anything_but_filter_or_be_refused(text: str):
    try:
        parse(text)
    except InputError as error:
        assert error.issues[0].rule == "store.where"


# --- the meaning, against pandas ------------------------------------------------------------

TESTS: dict[str, Callable[[pd.Series], bool]] = {
    "npv_gbp > 4e6": lambda r: r["npv_gbp"] > 4e6,
    "gap <= 0.4%": lambda r: r["gap"] <= 0.004,
    "status = optimal": lambda r: r["status"] == "optimal",
    "batch is null": lambda r: r["batch"] == "",
    "targets.receipts_gbp >= 1.2e7": lambda r: r["targets.receipts_gbp"] >= 12e6,
    "fire_10.met = true": lambda r: r["fire_10.met"] == 1,
    "A1.decision = retain": lambda r: r["A1.decision"] == "retain",
}
Truth = tuple[str, Callable[[Any], bool]]


def _not(part: Truth) -> Truth:
    return f"not ({part[0]})", lambda row: not part[1](row)


def _both(parts: tuple[Truth, Truth, bool]) -> Truth:
    one, other, every = parts
    joint = "and" if every else "or"
    holds = (lambda row: one[1](row) and other[1](row)) if every else (
        lambda row: one[1](row) or other[1](row))  # fmt: skip
    return f"({one[0]}) {joint} ({other[0]})", holds


CONDITIONS = st.recursive(
    st.sampled_from(sorted(TESTS.items())),
    lambda inner: st.one_of(inner.map(_not), st.tuples(inner, inner, st.booleans()).map(_both)),
    max_leaves=6,
)


@settings(max_examples=80)
@given(CONDITIONS)
def test_a_filter_means_what_it_says(store: Store, condition: Truth):
    where, holds = condition
    columns = ["run_id", "npv_gbp", "gap", "status", "batch", "targets.receipts_gbp",
               "fire_10.met", "A1.decision"]  # fmt: skip
    every = store.runs(columns=columns)
    wanted = [row["run_id"] for _, row in every.iterrows() if holds(row)]
    assert store.runs(where)["run_id"].tolist() == wanted


# --- sorting and columns --------------------------------------------------------------------


def test_runs_are_sorted_and_what_is_missing_comes_last(store: Store):
    for sort, wanted in {
        "npv_gbp": [TIGHT, BASE, PLAIN, NONE],
        "-npv_gbp": [PLAIN, BASE, TIGHT, NONE],
        "-targets.receipts_gbp,scenario": [NONE, TIGHT, BASE, PLAIN],
        "status,-npv_gbp": [TIGHT, NONE, PLAIN, BASE],
        "-A1.decision, run_id": [PLAIN, BASE, TIGHT, NONE],
        "batch": [BASE, NONE, TIGHT, PLAIN],
    }.items():
        assert store.runs(sort=sort)["run_id"].tolist() == wanted, sort
    assert store.frames(sort="-npv_gbp").decisions["run_id"].unique().tolist() == [
        PLAIN, BASE, TIGHT]  # fmt: skip
    with pytest.raises(InputError, match="npv_gbp"):
        store.runs(sort="-npv")


def test_columns_may_be_keys_standards_and_buildings(store: Store):
    asked = ["targets.receipts_gbp", "fire_10.share_after", "N1.decision", "partners.no_worse_off"]
    found = store.runs("not status = impossible", columns=asked, limit=2)
    assert list(found.columns) == asked and len(found) == 2
    assert found["fire_10.share_after"].tolist() == [0.81, 0.81]
    assert found["N1.decision"].tolist() == ["build", "not_built"]
    every = store.runs(columns=asked)
    assert math.isnan(every["fire_10.share_after"][2]) and every["N1.decision"][2] is None
    assert every["targets.receipts_gbp"].tolist() == [9e6, 9e6, 9e9, 12e6]


def test_nothing_found_has_all_columns(store: Store, tmp_path: Path):
    none = store.frames("status = fault")
    assert all(len(table) == 0 for table in vars(none).values())
    assert list(none.decisions.columns) == list(store.frames().decisions.columns)
    assert len(store.building_counts("status = fault")) == 0
    with open_store(tmp_path / "empty.sqlite") as empty:
        assert len(empty.runs()) == 0 and len(empty.frames().runs) == 0
