"""``what-if``: further changes on a run's own scenario, and what they change."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import app
from assets.issues import InputError
from optimise import what_if_words as words
from optimise.warm_file import NAME, read_warm
from optimise.what_if import changes_of, new_place, read_record, scenario_of
from tests import toy_county


def run(*told: object) -> Any:
    return CliRunner().invoke(app.app, [str(word) for word in told])


def said(result: Any) -> str:
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy county's files, and a run of them whose receipts target was set by hand."""
    folder = tmp_path_factory.mktemp("toy")
    path = toy_county.write(folder)
    raw = yaml.safe_load(path.read_text())
    raw["overrides"] = {"cheaper": {"finance": {"hosting_cost_gbp_per_m2_pa": 10}},
                        "poorer": {"targets": {"receipts_gbp": 10}}}  # fmt: skip
    path.write_text(yaml.safe_dump(raw))
    result = run("plan", path, "--set", "targets.receipts_gbp=1000", "-o", "cheaper",
                 "--out", folder / "runs" / "toy")  # fmt: skip
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def toy(made: Path, tmp_path: Path) -> Path:
    """A copy of both, for a test to spoil; the run knows where its file is now."""
    folder = tmp_path / "toy"
    shutil.copytree(made, folder)
    path = folder / "runs" / "toy" / "run.json"
    record = json.loads(path.read_text())
    record["scenario_file"] = str(folder / "toy.yml")
    path.write_text(json.dumps(record))
    return folder


def test_a_lock_is_asked_and_answered(toy: Path) -> None:
    base = toy / "runs" / "toy"
    gone = pd.read_csv(base / "decisions.csv").query("decision == 'dispose'")["asset_id"].iloc[0]
    result = run("what-if", base, "--set", f"locks.{gone}=retain", "--no-page")
    assert result.exit_code == 0, result.output
    folder = toy / "runs" / "toy-what-if-1"
    record = json.loads((folder / "run.json").read_text())
    assert record["what_if_of"] == {
        "run": str(base),
        "changes": {f"locks.{gone}": {"before": None, "after": "retain"}},
    }
    assert record["gap_asked"] == 0.02
    kept = pd.read_csv(folder / "decisions.csv").set_index("asset_id")["decision"]
    assert kept[gone] != "dispose"
    text = said(result)
    assert f"locks.{gone}: not set → retain" in text
    assert f"({gone})" in text and "Let go" in text
    assert "Proved to be the best plan possible" in text
    assert "the change is worth between" in text
    assert "Answered in" in text and str(folder) in text
    assert not (folder / "plan.html").exists()


def test_the_page_is_drawn_after_the_answer(toy: Path) -> None:
    result = run("what-if", toy / "runs" / "toy", "--out", toy / "here")
    assert result.exit_code == 0, result.output
    assert "No building is decided differently." in result.output
    assert (toy / "here" / "plan.html").exists() and (toy / "here" / "map.html").exists()
    assert result.output.index("Answered in") < result.output.index("plan.html")


def test_what_the_run_had_changed_stays_and_may_be_changed(toy: Path) -> None:
    record = read_record(toy / "runs" / "toy")
    loaded = scenario_of(record, settings=["locks.A=retain"])
    assert loaded.targets.receipts_gbp == 1000
    assert loaded.finance.hosting_cost_gbp_per_m2_pa == 10
    assert loaded.origin.applied == ("cheaper",)
    later = scenario_of(record, overrides=["poorer"])
    assert later.targets.receipts_gbp == 10
    assert scenario_of(record, settings=["targets.receipts_gbp=7"]).targets.receipts_gbp == 7
    assert changes_of(record, later) == {"targets.receipts_gbp": {"before": 1000, "after": 10}}


def test_the_gap_is_what_was_asked_and_else_two_per_cent(toy: Path) -> None:
    record = read_record(toy / "runs" / "toy")
    assert scenario_of(record, gap=0.02).solver.gap == 0.02
    assert scenario_of(record, settings=["solver.gap=0.001"], gap=0.02).solver.gap == 0.001


def test_a_file_that_is_whole_only_with_what_the_run_set_is_asked_what_if(toy: Path) -> None:
    path, run_json = toy / "toy.yml", toy / "runs" / "toy" / "run.json"
    raw = yaml.safe_load(path.read_text())
    raw["targets"] = {"receipts_gbp": "to be set"}  # the run set its own
    path.write_text(yaml.safe_dump(raw))
    assert scenario_of(read_record(run_json.parent)).targets.receipts_gbp == 1000


def test_a_password_in_a_setting_that_is_refused_is_not_repeated(toy: Path) -> None:
    with pytest.raises(InputError) as refused:
        scenario_of(
            read_record(toy / "runs" / "toy"),
            settings=["layers.buildigns=postgresql://anna:hidden-word@db/estates?table=b"],
        )
    assert "hidden-word" not in str(refused.value)


def test_a_what_if_of_a_what_if_has_both(toy: Path) -> None:
    first, second = toy / "one", toy / "two"
    base = toy / "runs" / "toy"
    made = run("what-if", base, "--set", "locks.C=retain", "--no-page", "--out", first)
    assert made.exit_code == 0, made.output
    more = run("what-if", first, "--set", "targets.receipts_gbp=7", "--no-page", "--out", second)
    assert more.exit_code == 0, more.output
    record = read_record(second)
    assert record["scenario"]["locks"] == {"C": "retain"}
    assert record["scenario"]["targets"]["receipts_gbp"] == 7
    assert set(record["changes"]) >= {"locks.C", "targets.receipts_gbp"}
    changed = record["what_if_of"]["changes"]
    assert changed == {"targets.receipts_gbp": {"before": 1000, "after": 7}}


def edited(path: Path, **keys: Any) -> None:
    raw = yaml.safe_load(path.read_text())
    raw.update(keys)
    path.write_text(yaml.safe_dump(raw))


def test_a_file_that_says_something_else_is_refused(toy: Path) -> None:
    raw = yaml.safe_load((toy / "toy.yml").read_text())
    edited(toy / "toy.yml", finance={**raw["finance"], "reinvest_cap_pct": 11})
    result = run("what-if", toy / "runs" / "toy", "--set", "locks.C=retain")
    assert result.exit_code == 2
    assert "finance.reinvest_cap_pct" in result.output
    assert "has changed since the run was made" in said(result)
    assert not (toy / "runs" / "toy-what-if-1").exists()


def test_a_file_changed_where_the_run_had_its_own_or_only_in_words_is_not(toy: Path) -> None:
    edited(toy / "toy.yml", title="Another title", targets={"receipts_gbp": 5})
    record = read_record(toy / "runs" / "toy")
    assert scenario_of(record).targets.receipts_gbp == 1000


def test_layers_that_changed_are_refused_by_name(toy: Path) -> None:
    with (toy / "s.csv").open("a") as file:
        file.write("\n")
    result = run("what-if", toy / "runs" / "toy", "--set", "locks.C=retain")
    assert result.exit_code == 2
    assert "what the run was made from has changed" in said(result)
    assert "services" in result.output


def test_a_damaged_warm_file_is_said_and_the_answer_is_the_same(toy: Path) -> None:
    base = toy / "runs" / "toy"
    asked = ("--set", "locks.C=retain", "--no-page", "--out")
    good = run("what-if", base, *asked, toy / "good")
    (base / NAME).write_bytes(b"not a table")
    bad = run("what-if", base, *asked, toy / "bad")
    assert good.exit_code == bad.exit_code == 0
    assert "the search began from nothing" in said(bad)
    assert "the search began from nothing" not in said(good)
    one, two = (read_record(toy / name) for name in ("good", "bad"))
    assert one["npv_gbp"] == pytest.approx(two["npv_gbp"])


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    result = run("what-if", tmp_path)
    assert result.exit_code == 2
    assert "is not the folder of a run" in said(result)


def test_a_run_leaves_a_warm_file_that_can_be_read(toy: Path) -> None:
    warm, note = read_warm(toy / "runs" / "toy")
    assert note == "" and len(warm.values) > 10


def test_folders_are_numbered_and_nobody_elses(tmp_path: Path) -> None:
    """Two at once have one each; what is left empty is taken away."""
    with new_place(tmp_path, "toy") as one, new_place(tmp_path, "toy") as two:
        assert (one.name, two.name) == ("toy-what-if-1", "toy-what-if-2")
        (two / "run.json").write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["toy-what-if-2"]


def test_where_nothing_can_be_written_nothing_is_searched(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(*asked: object, **options: object) -> None:
        raise AssertionError("it searched first")

    monkeypatch.setattr("optimise.plan.make_plan", searched)
    monkeypatch.setattr("optimise.runs.os.access", lambda path, mode: not mode & os.W_OK)
    result = run("what-if", toy / "runs" / "toy", "--set", "finance.horizon_yr=9")
    assert result.exit_code == app.BAD_INPUT and "cannot be written" in said(result)


def test_a_password_that_the_run_was_given_must_be_given_again(toy: Path) -> None:
    path = toy / "runs" / "toy" / "run.json"
    record = json.loads(path.read_text())
    shown = "postgresql://me:***@host/db?table=b"
    record["changes"]["layers.buildings"] = {"before": "buildings.csv", "after": shown}
    record["scenario"]["layers"]["buildings"] = shown
    with pytest.raises(InputError, match=r"(?s)what_if\.password.*layers\.buildings"):
        scenario_of(record, settings=("finance.horizon_yr=9",))
    address = "postgresql://me:real@host/db?table=b"
    found = scenario_of(record, settings=(f"layers.buildings={address}",))
    assert "real" in str(found.layers.buildings)


# --- words --------------------------------------------------------------------------------------


def decisions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["asset_id", "name", "decision", "units_after"])


def test_buildings_decided_differently() -> None:
    before = decisions(("B", "Bee", "retain", "u1"), ("A", "Ay", "dispose", ""),
                       ("C", "Sea", "share", "u2; u3"))  # fmt: skip
    after = decisions(("A", "Ay", "retain", "u4"), ("B", "Bee", "retain", "u1"),
                      ("C", "Sea", "share", "u2; u5"))  # fmt: skip
    assert words.otherwise(before, after) == [
        words.Otherwise("A", "Ay", "dispose", "retain"),
        words.Otherwise("C", "Sea", "share", "share"),
    ]
    assert words.otherwise(before, before) == []


def told(value: float, bound: float | None, name: str = "npv") -> dict[str, Any]:
    return {"objective_name": name, "objective": value, "bound": bound}


def test_what_a_change_is_worth_at_least_and_at_most() -> None:
    """Run 100 to 103, what-if 90 to 92: between −13 and −8."""
    assert words.worth(told(100, 103), told(90, 92)) == (-13, -8)
    assert words.worth(told(100, None), told(90, 92)) is None
    assert words.worth(told(1, 2, "moves"), told(1, 2)) is None


def test_covers_that_moved_are_told() -> None:
    def standards(*shares: float) -> dict[str, Any]:
        return {"standards": [{"standard_id": str(n), "title": f"S{n}", "share_after": share}
                              for n, share in enumerate(shares)]}  # fmt: skip

    assert words.covers(standards(0.5, 0.7), standards(0.5001, 0.6)) == [("S1", 0.7, 0.6)]
