"""Scenarios and sweeps of a file: what they come to, and everything that may be wrong in them."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.input_records import InputFile
from optimise.scenario import load_scenario
from optimise.set_records import Draw
from optimise.variants import ScenarioSet, load_set, resolve_set, run_key, scenario_key
from optimise.variants.draws import drawn
from optimise.variants.words import count_words, differences, scenarios_table, shown_rows
from tests import toy_county

FILE = Path("toy.yml")
TIGHT = {"targets": {"receipts_gbp": 9e5}}


def made(
    scenarios: Any = None, sweeps: Any = None, *, only: tuple[str, ...] = (), **more: Any
) -> ScenarioSet:
    raw = copy.deepcopy(dict(toy_county.RECORD))
    raw["overrides"] = {"tight": TIGHT, "short": {"finance": {"horizon_yr": 10}},
                        "tighter": {"targets": {"receipts_gbp": 1e6}}}  # fmt: skip
    raw["scenarios"], raw["sweeps"] = scenarios or {}, sweeps or {}
    return resolve_set(raw, FILE, only=only, **more)


def refused(scenarios: Any = None, sweeps: Any = None, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        made(scenarios, sweeps, **more)
    return str(caught.value)


def test_a_named_scenario_is_the_base_with_its_overrides_and_keys() -> None:
    found = made({"both": {"title": "T", "overrides": ["tight", "short"],
                           "set": {"finance.optimism_bias_pct": 30}}})  # fmt: skip
    (one,) = found.variants
    assert (one.name, one.title, one.sweep) == ("both", "T", "")
    assert one.overrides == ("tight", "short")
    assert one.settings == (("finance.optimism_bias_pct", 30),)
    assert one.scenario.targets.receipts_gbp == 9e5
    assert one.scenario.finance.horizon_yr == 10
    assert one.scenario.finance.optimism_bias_pct == 30
    assert one.scenario.name == found.base.name
    assert one.scenario.origin.applied == ("tight", "short")
    assert set(one.scenario.origin.changes) == {
        "targets.receipts_gbp", "finance.horizon_yr", "finance.optimism_bias_pct",
    }  # fmt: skip
    assert one.scenario.origin.changes["targets.receipts_gbp"][1] == 9e5


def test_the_command_line_makes_the_base_that_all_share() -> None:
    found = made({"a": {"set": {"finance.horizon_yr": 12}}}, overrides=["tight"],
                 settings=["solver.gap=0.03"])  # fmt: skip
    assert found.base.solver.gap == found.variants[0].scenario.solver.gap == 0.03
    assert found.variants[0].scenario.targets.receipts_gbp == 9e5
    changes = found.variants[0].scenario.origin.changes
    assert set(changes) == {*found.base.origin.changes, "finance.horizon_yr"}
    assert changes["solver.gap"][1] == 0.03, "so that the run can be asked for again"
    assert differences(found.variants[0], found.base) == (
        f"years of running costs counted 12 (base: {found.base.finance.horizon_yr})",
    )


def test_a_group_that_a_scenario_sets_whole_has_nothing_of_the_bases_left() -> None:
    """Replayed in the order of their names, the base's key would come back into the group."""
    settings = ("no_detriment.all.standard=fire_10", "finance.horizon_yr=12")
    found = made({"plain": {"set": {"no_detriment": None}}}, settings=settings)
    (one,) = found.variants
    assert set(one.scenario.origin.changes) == {"no_detriment", "finance.horizon_yr"}


def test_a_grid_turns_its_last_key_fastest_and_a_list_goes_row_by_row() -> None:
    keys = ("finance.horizon_yr", "targets.receipts_gbp")
    values = [[10, 20], [1, 2]]
    grid = made(sweeps={"g": {"grid": dict(zip(keys, values, strict=True))}})
    rows = made(sweeps={"g": {"list": dict(zip(keys, values, strict=True))}})
    told = [[v for _, v in one.settings] for one in grid.variants]
    assert told == [[10, 1], [10, 2], [20, 1], [20, 2]]
    assert [[v for _, v in one.settings] for one in rows.variants] == [[10, 1], [20, 2]]
    assert [one.name for one in grid.variants] == ["g-0001", "g-0002", "g-0003", "g-0004"]


def test_a_sweep_of_several_starts_gives_each_all_the_values() -> None:
    found = made(
        {"t": {"overrides": ["tight"]}},
        {"g": {"of": ["base", "t"], "sample": 3, "seed": 7,
               "draw": {"finance.optimism_bias_pct": {"low": 10, "high": 30}}}},
    )  # fmt: skip
    assert [one.name for one in found.variants] == ["t", *(f"g-000{n}" for n in range(1, 7))]
    drawn_of = [one.scenario.finance.optimism_bias_pct for one in found.variants[1:]]
    assert drawn_of[:3] == drawn_of[3:]
    assert [one.overrides for one in found.variants[1:]] == [()] * 3 + [("tight",)] * 3


def test_only_keeps_what_is_named_but_checks_all() -> None:
    sweeps = {"g": {"grid": {"finance.horizon_yr": [10, 20]}}}
    scenarios = {"a": {"overrides": ["tight"]}, "b": {"overrides": ["short"]}}
    assert [v.name for v in made(scenarios, sweeps, only=("b", "g")).variants] == [
        "b", "g-0001", "g-0002",
    ]  # fmt: skip
    assert [v.name for v in made(scenarios, sweeps, only=("g-0002",)).variants] == ["g-0002"]
    bad = {"a": {"set": {"finance.horizon": 3}}, "b": {"overrides": ["short"]}}
    assert "did you mean 'horizon_yr'?" in refused(bad, only=("b",))
    assert "no scenario or sweep 'c'" in refused(scenarios, sweeps, only=("c",))


@pytest.mark.parametrize(
    ("scenarios", "sweeps", "expected"),
    [
        ({"a": {"set": {"finance.horizn_yr": 3}}}, {},
         ("scenario 'a'", "finance.horizn_yr", "did you mean 'horizon_yr'?")),
        ({}, {"g": {"grid": {"targets.receipt_gbp": [3, 4]}}},
         ("sweep 'g'", "g-0001", "1 more", "did you mean 'receipts_gbp'?")),
        ({"a": {"overrides": ["tihgt"]}}, {}, ("scenario 'a'", "did you mean 'tight'?")),
        ({"a": {"overrides": ["tight", "tighter"]}}, {},
         ("scenario 'a'", "'tight' and 'tighter' both set targets.receipts_gbp")),
        ({"a": {"overrides": ["tight"], "set": {"targets": {"receipts_gbp": 1}}}}, {},
         ("scenario 'a'", "override 'tight' both set targets.receipts_gbp")),
        ({"a": {"set": {"targets": {"receipts_gbp": 1}, "targets.receipts_gbp": 2}}}, {},
         ("scenario 'a'", "both set targets.receipts_gbp")),
        ({"a": {"overrides": ["tight"]}},
         {"g": {"of": ["a"], "grid": {"targets.receipts_gbp": [1]}}},
         ("sweep 'g'", "scenario 'a' both set targets.receipts_gbp")),
        ({}, {"g": {"of": ["a"], "grid": {"targets.receipts_gbp": [1]}}},
         ("sweep 'g'", "no scenario 'a'")),
        ({}, {"g": {"of": [], "grid": {"targets.receipts_gbp": [1]}}}, ("sweeps.g.of", "empty")),
        ({}, {"g": {"grid": {"targets.receipts_gbp": []}}}, ("sweeps.g.grid", "list is empty")),
        ({}, {"g": {"grid": {}}}, ("sweeps.g.grid", "names no key")),
        ({}, {"g": {"list": {"targets.receipts_gbp": [1], "finance.horizon_yr": [1, 2]}}},
         ("targets.receipts_gbp has 1, finance.horizon_yr has 2",)),
        ({}, {"g": {}}, ("none of them",)),
        ({}, {"g": {"sample": 3}}, ("sample (how many) and draw",)),
        ({}, {"g": {"grid": {"finance.horizon_yr": [1]}, "sample": 2}}, ("both grid and sample",)),
        ({}, {"g": {"sample": 0, "draw": {"finance.horizon_yr": {"low": 1, "high": 2}}}},
         ("sweeps.g.sample", "greater than or equal to 1")),
        ({}, {"g": {"sample": 2, "draw": {"finance.horizon_yr": {"low": 5, "high": 2}}}},
         ("low 5 is not below high 2",)),
        ({}, {"g": {"sample": 2, "draw": {"finance.horizon_yr": {"low": "a", "high": 2}}}},
         ("low", "valid number")),
        ({}, {"g": {"sample": 2, "draw": {"finance.horizon_yr": {"lo": 1, "high": 2}}}},
         ("did you mean 'low'?",)),
        ({}, {"g": {"sample": 2, "draw": {"targets.x": {"low": 1, "mode": 9, "high": 2}}}},
         ("mode 9 is not between",)),
        ({}, {"g": {"sample": 2, "draw": {"targets.x": {"choices": []}}}}, ("choices is empty",)),
        ({}, {"g": {"grid": {"finance.horizon_yr": [10, "many"]}}},
         ("g-0002", "finance.horizon_yr", "valid integer")),
        ({"base": {}}, {}, ("'base'", "the base itself")),
        ({"a/b": {}}, {}, ("'a/b'", "folder")),
        ({"con": {}}, {}, ("'con'", "folder")),
        ({"A": {}, "a": {}}, {}, ("file systems",)),
        ({"g-0001": {}}, {"g": {"grid": {"finance.horizon_yr": [10]}}}, ("'g-0001'",)),
        ({"a": {"setting": {}}}, {}, ("did you mean 'set'?",)),
    ],
)  # fmt: skip
def test_each_fault_is_said_with_who_and_how(
    scenarios: Any, sweeps: Any, expected: tuple[str, ...]
) -> None:
    said = refused(scenarios, sweeps)
    assert all(words in said for words in expected), said
    assert "remedy: " in said


def test_every_faulty_scenario_is_told_at_once() -> None:
    said = refused(
        {"a": {"set": {"finance.horizn_yr": 3}}, "b": {"overrides": ["tight", "tighter"]},
         "ok": {}, "c": {"set": {"solver.name": "gurobi"}}},
        {"g": {"grid": {"targets.receipt_gbp": [1]}}},
    )  # fmt: skip
    for who in ("scenario 'a'", "scenario 'b'", "scenario 'c'", "sweep 'g'"):
        assert who in said


def test_a_sweep_too_large_is_refused_with_its_size_before_any_of_it_is_made() -> None:
    many = list(range(1, 126))
    grid = {"finance.horizon_yr": many, "targets.receipts_gbp": many}
    assert "comes to 15,625 scenarios; 10,000 are the most" in refused(sweeps={"g": {"grid": grid}})
    half = {"grid": {"finance.horizon_yr": many, "targets.receipts_gbp": many[:50]}}
    said = refused(sweeps={"g": half, "h": half})
    assert "12,500" in said and "two files" in said


def test_what_asks_the_same_is_noted() -> None:
    found = made({"a": {"set": {"finance.horizon_yr": 12}}, "plain": {}},
                 {"g": {"grid": {"finance.horizon_yr": [12, 13]}}})  # fmt: skip
    assert len(found.variants) == 4
    told = {note.message: note.ids for note in found.notes}
    assert [note.severity for note in found.notes] == ["warning"] * 2
    assert ("g-0001",) in told.values() and ("plain",) in told.values()


def test_ids_that_hold_a_dot() -> None:
    found = made(
        {"a": {"set": {"locks": {"LIB.7": "retain"}}}, "b": {"set": {"locks.LIB.7": "retain"}}}
    )
    assert [dict(one.scenario.locks) for one in found.variants] == [{"LIB.7": "retain"}] * 2
    limits = made({"a": {"set": {"limits.people_within.library_6.at_least": 90}}},
                  settings=["limits={people_within.library_6: {at_least: 80}}"])  # fmt: skip
    told = limits.variants[0].scenario.limits
    assert {key: one.at_least for key, one in told.items()} == {"people_within.library_6": 90}


# ------------------------------------------------------------------------------------- draws


def test_draws_are_these_on_every_machine_and_version() -> None:
    """Drawn once and written down: any other number is a different study."""
    draw = {"x": Draw(low=0.8, high=1.2), "y": Draw(low=0.0, mode=1.0, high=4.0),
            "n": Draw(low=1, high=6, whole=True), "c": Draw(choices=["low", "high"])}  # fmt: skip
    told = drawn(draw, 50, 11)
    first = told[0]
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    assert (first, digest[:16]) == (EXPECTED_FIRST, EXPECTED_DIGEST)


EXPECTED_FIRST = {"x": 0.969506, "y": 2.2643, "n": 2, "c": "low"}
EXPECTED_DIGEST = "8513ff5da6fdf11e"


@given(
    count=st.integers(1, 60), seed=st.integers(0, 10**6), low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6), at=st.floats(0, 1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_sample_fills_every_slice_of_its_range(
    count: int, seed: int, low: float, width: float, at: float
) -> None:
    high = low + width
    draw = {"x": Draw(low=0.0, high=1.0), "t": Draw(low=low, mode=low + at * width, high=high),
            "c": Draw(choices=list(range(3)))}  # fmt: skip
    rows = drawn(draw, count, seed)
    # Rounding to six figures may carry a value just over the end of its slice.
    slots = sorted(row["x"] * count for row in rows)
    assert all(n - 1e-4 <= x <= n + 1 + 1e-4 for n, x in enumerate(slots))
    assert all(low <= row["t"] <= high for row in rows)
    counts = [sum(row["c"] == one for row in rows) for one in range(3)]
    assert max(counts) - min(counts) <= 2


def test_a_further_key_leaves_the_others_alone_and_another_seed_does_not() -> None:
    one = {"x": Draw(low=0, high=1)}
    two = {"a": Draw(low=0, high=1), **one}
    assert [r["x"] for r in drawn(two, 9, 5)] == [r["x"] for r in drawn(one, 9, 5)]
    assert drawn(one, 9, 5) != drawn(one, 9, 6)


def test_triangular_draws_lean_to_the_likeliest() -> None:
    """Of 0, 0, 1 the chances fall in a straight line: a quarter are above 1/2; the mean is 1/3."""
    told = [row["x"] for row in drawn({"x": Draw(low=0, mode=0, high=1)}, 1000, 3)]
    assert sum(x > 0.5 for x in told) == pytest.approx(250, abs=1)
    assert sum(told) / 1000 == pytest.approx(1 / 3, abs=1e-3)


# -------------------------------------------------------------------------------------- keys


def test_equal_questions_have_equal_keys_whatever_they_are_called() -> None:
    raw = dict(toy_county.RECORD)
    plain = resolve_set(raw, FILE).base
    called = {"title": "X", "note": "n", "overrides": {"o": TIGHT}, "scenarios": {"a": {}}}
    same = resolve_set(raw | called, FILE, settings=["solver.threads=1"]).base
    other = resolve_set(raw, FILE, settings=["targets.receipts_gbp=1"]).base
    assert scenario_key(plain) == scenario_key(same) != scenario_key(other)
    files = [InputFile("demand", "a.csv", "12"), InputFile("roads", "r", "34")]
    moved = [InputFile("roads", "x/r", "34"), InputFile("demand", "b.csv", "12")]
    edited = [InputFile("demand", "a.csv", "13"), files[1]]
    assert run_key(plain, files) == run_key(same, moved)
    assert len({run_key(plain, files), run_key(plain, edited), run_key(other, files)}) == 3


def test_a_run_does_not_carry_the_scenarios_of_its_file() -> None:
    found = made({"a": {"overrides": ["tight"]}})
    for one in (found.base, found.variants[0].scenario):
        assert not {"scenarios", "sweeps"} & set(one.model_dump(mode="json"))


# ------------------------------------------------------------------------------------- words


def test_the_list_shows_the_ends_of_a_sweep_and_counts_the_rest() -> None:
    found = made({"a": {"overrides": ["tight"]}},
                 {"g": {"grid": {"finance.horizon_yr": list(range(5, 35))}}})  # fmt: skip
    rows = shown_rows(found)
    assert [row.name for row in rows] == ["a", "g-0001", "g-0002", "…", "g-0029", "g-0030"]
    assert rows[3].differences == "26 more of 30"
    assert count_words(found) == "31 scenarios beside the base: 1 named, 30 of sweep 'g'"
    table = scenarios_table(found)
    assert list(table["scenario"]) == [one.name for one in found.variants]
    assert table["differences"][0].startswith("receipts of at least £900,000 (base: ")


def test_the_file_says_so_where_a_password_is_quoted(tmp_path: Path) -> None:
    record = dict(toy_county.RECORD) | {
        "scenarios": {"a": {"set": {"layers.demnd": "postgresql://me:sesame@host/db?table=t"}}}
    }
    path = tmp_path / "s.yml"
    path.write_text(yaml.safe_dump(record), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_set(path)
    assert "sesame" not in str(caught.value)


def test_the_embedded_county_has_scenarios_that_all_resolve() -> None:
    wessex = Path(__file__).resolve().parent.parent / "data" / "wessex" / "wessex.yml"
    found = load_set(wessex)
    assert len(found.variants) == 213 and not found.notes
    assert found.base == load_scenario(wessex)
    sample = [v.scenario for v in found.variants if v.sweep == "uncertain"]
    assert len({scenario_key(one) for one in sample}) == 200
