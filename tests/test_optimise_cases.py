"""Published figures beside ours: how ours are had, and when the two match.

The run is drawn by hand: three buildings let go in two markets, a loan, a record of totals.

    asset  market  year     £
    a      North   2014/15  100
    b      North   2014/15   50
    c      South   2015/16  120
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError, Issue
from optimise.cases import (
    Case,
    Compared,
    Published,
    Ran,
    case_names,
    compare,
    figures_table,
    load_case,
    refusal_text,
    shown,
    write_figures,
)
from optimise.faults import ImpossibleError

SALES = pd.DataFrame(
    {
        "asset_id": ["a", "b", "c"],
        "market": ["North", "North", "South"],
        "year": ["2014/15", "2014/15", "2015/16"],
        "gbp": [100.0, 50.0, 120.0],
    }
)
RECORD = {
    "totals": {"capital_gbp": 1_115_000, "words": "no number"},
    "standards": [{"standard_id": "x", "within": 5}, {"standard_id": "y", "within": 7}],
    "readings": [{"h": 10, "r": "low", "npv": -1.0}, {"h": 10, "r": "high", "npv": 2.0}],
}
RAN = Ran(RECORD, {"sales": SALES})


def told(figures: dict[str, Any], **runs: Ran) -> dict[str, Compared]:
    plans = {name: [] for name in runs}
    record = {"title": "Toy", "sources": ["here"], "figures": figures, "plans": plans}
    case = Case("toy", Path("toy"), Published.model_validate(record))
    return {c.name: c for c in compare(case, {"main": RAN, **runs})}


def figure(ours: Any, **more: Any) -> dict[str, Any]:
    return {"title": "A figure", "unit": "gbp", "ours": ours, **more}


def ours(asked: Any) -> float | bool | None:
    return told({"it": figure(asked)})["it"].ours


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ({"table": "sales"}, 3),
        ({"table": "sales", "where": {"market": "North"}}, 2),
        ({"table": "sales", "where": {"asset_id": ["a", "c", "z"]}, "sum": "gbp"}, 220),
        ({"table": "sales", "where": {"gbp": "<= 100"}}, 2),
        ({"table": "sales", "where": {"gbp": ">= 100"}, "least": "gbp"}, 100),
        ({"table": "sales", "where": {"market": "!= North"}, "most": "gbp"}, 120),
        ({"table": "sales", "where": {"gbp": 50}}, 1),
        ({"table": "sales", "distinct": "market"}, 2),
        ({"table": "sales", "by": ["market", "year"]}, 2),
        ({"table": "sales", "by": ["market", "year"], "sum": "gbp"}, 150),
        ({"table": "sales", "where": {"market": "West"}, "by": ["year"]}, 0),
        ({"run": "totals.capital_gbp"}, 1_115_000),
        ({"run": "standards.1.within"}, 7),
        ({"run": "standards.standard_id=x.within"}, 5),
        ({"run": "readings.h=10,r=high.npv"}, 2.0),
        ({"expression": "2 * (3 - 1) ** 2 / 4"}, 2),
        ("-3 + 1", -2),
        (7, 7),
    ],
)
def test_our_figure_is_had(asked: Any, value: float) -> None:
    assert ours(asked) == value


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"table": "moves"}, "no moves.csv"),
        ({"table": "sales", "where": {"town": "x"}}, "no column town"),
        ({"table": "sales", "sum": "pounds"}, "no column pounds"),
        ({"table": "sales", "where": {"market": "West"}, "most": "gbp"}, "no row"),
        ({"run": "totals.npv"}, "no totals.npv"),
        ({"run": "totals.words"}, "no number"),
        ({"run": "standards.9.within"}, "no standards"),
        ("1 / 0", "worked out"),
        ("1 +", "worked out"),
        ("it + 1", "asks for itself"),
        ("others + 1", "no figure 'others'"),
        ("__import__('os').getpid()", "not arithmetic"),
        ("(1).real", "not arithmetic"),
        ("'a' * 3", "not arithmetic"),
        ("True + 1", "not arithmetic"),
    ],
)
def test_a_figure_that_cannot_be_had_says_why_and_fails(asked: Any, words: str) -> None:
    found = told({"it": figure(asked)})["it"]
    assert found.ours is None
    assert words in found.why
    assert found.fails
    assert found.verdict == "differs"


def test_figures_of_figures() -> None:
    found = told({"net": figure("a - b"), "a": figure("10"), "b": figure("a / 4")})
    assert found["net"].ours == 7.5


def test_figures_that_ask_for_each_other_are_told() -> None:
    found = told({"a": figure("b"), "b": figure("a")})
    assert "asks for itself" in found["a"].why


def test_a_loan_gives_its_interest_or_the_rate_it_implies() -> None:
    """Equal instalments: £1.115m over 40 years at 4.30 % costs 0.043 · P · 41 / 2."""
    terms = {"drawn": "capital", "term_yr": 40}
    found = told(
        {
            "capital": figure({"run": "totals.capital_gbp"}),
            "interest": figure({"loan": {**terms, "rate_pct": 4.3}}),
            "rate": figure({"loan": {**terms, "interest": "interest"}}, unit="pct"),
            "level": figure({"loan": {**terms, "rate_pct": 3.53, "method": "annuity"}}),
        }
    )
    assert float(found["interest"].ours or 0) == pytest.approx(0.043 * 1_115_000 * 41 / 2)
    assert float(found["rate"].ours or 0) == pytest.approx(4.3)
    assert float(found["level"].ours or 0) == pytest.approx(983_000, abs=500)


@pytest.mark.parametrize(
    ("bound", "value", "matches"),
    [
        ("exact", 9.0, True), ("exact", 11.0, True), ("exact", 8.99, False),
        ("exact", 11.01, False),
        ("at_least", 11.0, True), ("at_least", 11.01, False), ("at_least", 0.0, True),
        ("at_most", 9.0, True), ("at_most", 8.99, False), ("at_most", 99.0, True),
    ],
)  # fmt: skip
def test_the_tolerance_is_inclusive(bound: str, value: float, matches: bool) -> None:
    """Ours is 10, the room 1."""
    found = told({"it": figure("10", value=value, tolerance=1.0, bound=bound)})["it"]
    assert found.matches is matches
    assert found.fails is not matches


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1e6))
def test_exact_is_at_least_and_at_most(value: float, mine: float, room: float) -> None:
    found = {
        bound: told({"it": figure(f"{mine!r}", value=value, tolerance=room, bound=bound)})["it"]
        for bound in ("exact", "at_least", "at_most")
    }
    both = found["at_least"].matches and found["at_most"].matches
    assert found["exact"].matches is both


def test_what_need_not_match_and_what_is_ours_alone_do_not_fail() -> None:
    found = told({"noted": figure("1", value=2, must=False), "alone": figure("1")})
    assert [c.verdict for c in found.values()] == ["differs, noted", "ours"]
    assert not any(c.fails for c in found.values())


def test_a_refused_plan_has_its_words_and_no_figures() -> None:
    refused = Ran(refusal="No plan can SAVE so much.")
    found = told(
        {
            "yes": figure({"plan": "a", "refused": "save so"}, unit="yes_no", value=True),
            "other": figure({"plan": "a", "refused": "drive"}, unit="yes_no", value=True),
            "made": figure({"refused": ""}, unit="yes_no", value=False),
            "money": figure({"plan": "a", "run": "totals.capital_gbp"}),
        },
        a=refused,
    )
    assert found["yes"].matches
    assert found["other"].fails
    assert found["made"].matches  # a plan that was made is not refused
    assert "no plan 'a'" in found["money"].why


def test_the_words_of_a_refusal() -> None:
    issue = Issue("presolve.saving", "at most £5m a year can be saved", remedy="ask for less")
    assert "at most £5m" in refusal_text(ImpossibleError([issue]))


# --- the file ------------------------------------------------------------------------------


VALID: dict[str, Any] = {"title": "Toy", "sources": ["x"], "figures": {"it": figure("1")}}


def written(folder: Path, record: Any) -> Path:
    place = folder / "toy"
    place.mkdir(exist_ok=True)
    (place / "published.yml").write_text(yaml.safe_dump(record), encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"plan": {}}, "plan"),
        ({"sources": []}, "sources"),
        ({"figures": {}}, "figures"),
        ({"figures": {"a b": figure("1")}}, "letters, digits"),
        ({"figures": {"it": figure({"plan": "mian", "table": "sales"})}}, "unknown plan 'mian'"),
        ({"figures": {"it": figure("1", unit="pounds")}}, "unit"),
        ({"figures": {"it": figure("1", tolerance=-1)}}, "tolerance"),
        ({"figures": {"it": figure({"run": "a", "table": "b"})}}, "give one of"),
        ({"figures": {"it": figure({"plan": "main"})}}, "give one of"),
        ({"figures": {"it": figure({"run": "a", "where": {"b": 1}})}}, "go with table"),
        ({"figures": {"it": figure({"table": "a", "sum": "b", "most": "c"})}}, "go with table"),
        ({"figures": {"it": figure({"loan": {"drawn": "a", "term_yr": 9}})}}, "rate_pct, or"),
    ],
)
def test_a_wrong_file_is_refused_in_words(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        load_case(written(tmp_path, {**VALID, **change}))


def test_a_case_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, VALID)
    with pytest.raises(InputError, match="did you mean 'toy'"):
        load_case(tmp_path / "toi")
    assert case_names(tmp_path) == ["toy"]
    assert load_case(tmp_path / "toy").published.plans == {"main": []}


def test_the_table_of_figures_is_written_whole(tmp_path: Path) -> None:
    found = told({"it": figure("1", value=2, note="a note"), "alone": figure("1 / 3")})
    path = write_figures(list(found.values()), tmp_path)
    table = pd.read_csv(path, keep_default_na=False).set_index("figure")
    assert list(table["verdict"]) == ["differs", "ours"]
    assert table.at["alone", "published"] == ""
    assert [p.name for p in tmp_path.iterdir()] == ["figures.csv"]
    assert figures_table(list(found.values()))["note"].tolist() == ["a note", ""]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (188_000, "gbp_pa", "£188,000 a year"), (-56_478.2, "gbp", "−£56,478"),
        (-0.2, "gbp", "£0"), (35, "count", "35"), (4.3, "pct", "4.30 %"),
        (8.62, "years", "8.6 years"),
        (2.85, "times", "2.85 times"), (True, "yes_no", "yes"), (None, "gbp", ""),
    ],
)  # fmt: skip
def test_figures_as_a_reader_sees_them(value: Any, unit: str, text: str) -> None:
    assert shown(value, unit) == text
