"""Inputs read once for many scenarios: what is shared, what is not, and what may not change."""

from __future__ import annotations

import json
import os
import pickle
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.input_records import InputFile, Inputs
from optimise.inputs import input_files, inputs_key, read_inputs
from optimise.plan import make_plan
from optimise.reader import Reader
from optimise.remembered import Lately
from optimise.runs import write_run
from optimise.scenario import Scenario, load_scenario
from tests import toy_county
from tests.test_app_roads import county

#: Settings that leave the inputs as they are.
SAME = (
    "targets.receipts_gbp=100000", "locks.C=retain", "objective=npv", "solver.gap=0.01",
    "solver.threads=1", "finance.horizon_yr=12", "finance.disposal_cost_pct=3",
    "finance.receipt_case=low", "finance.optimism_bias_pct=51", "title=Another",
    "standards.library_6.target=0.7", "services.library.at_least=2",
    "limits={capital_gbp: {at_most: 3000000}}", "turnout_s.on_call=200",
)  # fmt: skip
#: Settings of which each changes the inputs.
OTHER = (
    "finance.receipt_factor=1.1", "finance.running_cost_factor=0.9", "finance.capital_factor=2",
    "network.minutes_factor=1.1", "network.minutes_factor={car: 0.9}",
    "network.profiles={car: {error: {low: 0.8, high: 1.2}}}",
    "standards.library_6.mode=blue_light",
    "layers.buildings=b2.csv", "times.car=blue.csv",
)  # fmt: skip


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = toy_county.write(tmp_path)
    frame = pd.read_csv(tmp_path / "b.csv")
    frame.assign(market_value_gbp=frame["market_value_gbp"] * 2).to_csv(tmp_path / "b2.csv")
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    path = toy_county.write(folder)
    frame = pd.read_csv(folder / "b.csv")
    frame.assign(market_value_gbp=frame["market_value_gbp"] * 2).to_csv(folder / "b2.csv")
    return path


def text(frame: pd.DataFrame) -> str:
    """Every cell of a layer."""
    return str(pd.DataFrame(frame).to_csv()) + repr(list(frame.dtypes))


def told(inputs: Inputs) -> str:
    """Everything inputs hold, as text; the roads as what they are read from."""
    said: dict[str, Any] = {"files": inputs.files, "warnings": inputs.warnings}
    for field in fields(inputs.estate):
        value = getattr(inputs.estate, field.name)
        said[field.name] = text(value) if isinstance(value, pd.DataFrame) else repr(value)
    catchment = {} if inputs.catchment is None else {"catchment": inputs.catchment}
    for name, times in {**inputs.times, **catchment}.items():
        said[f"times.{name}"] = {
            f.name: v.tobytes().hex() if isinstance(v, np.ndarray) else repr(v)
            for f in fields(times)
            if (v := getattr(times, f.name)) is not None
        }
    roads = inputs.roads
    said["roads"] = None if roads is None else (roads.key, repr(roads.sources))
    return json.dumps(said, default=repr, sort_keys=True)


# ---- what is shared --------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One reader of every test that changes no file."""
    return Reader(keep=2)


@pytest.mark.parametrize("setting", SAME)
def test_what_changes_no_input_shares_them_all(setting: str, shared: Path, reader: Reader) -> None:
    base, other = load_scenario(shared), load_scenario(shared, settings=[setting])
    assert inputs_key(other) == inputs_key(base)
    assert reader.inputs(other) is reader.inputs(base)


@pytest.mark.parametrize("setting", OTHER)
def test_what_changes_an_input_is_read_as_if_alone(
    setting: str, shared: Path, reader: Reader
) -> None:
    base, other = load_scenario(shared), load_scenario(shared, settings=[setting])
    assert inputs_key(other) != inputs_key(base)
    plain = told(reader.inputs(base))
    assert told(reader.inputs(other)) == told(read_inputs(other)) != plain
    assert told(reader.inputs(base)) == plain


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from((*SAME, *OTHER)), max_size=3),
       st.sets(st.sampled_from((*SAME, *OTHER)), max_size=3))  # fmt: skip
def test_equal_keys_are_equal_inputs(
    shared: Path, reader: Reader, some: set[str], others: set[str]
) -> None:
    """However two scenarios differ: of one key they share an object, of two they tell apart."""
    try:
        one, two = (load_scenario(shared, settings=sorted(s)) for s in (some, others))
        first, second = reader.inputs(one), reader.inputs(two)
    except InputError:  # two settings that do not go together
        return
    if inputs_key(one) == inputs_key(two):
        assert first is second
    if some & set(OTHER) != others & set(OTHER):
        assert inputs_key(one) != inputs_key(two)


def test_other_prices_and_factors_share_layers_and_times(toy: Path) -> None:
    reader = Reader()
    base = reader.inputs(load_scenario(toy))
    dear = reader.inputs(load_scenario(toy, settings=["finance.receipt_factor=1.5"]))
    slow = reader.inputs(load_scenario(toy, settings=["network.minutes_factor=1.5"]))
    assert dear.estate.demand is base.estate.demand and dear.estate.services is base.estate.services
    assert dear.times["car"] is base.times["car"]
    assert slow.estate is base.estate
    assert slow.times["car"].metres is base.times["car"].metres
    assert slow.times["car"].minutes is not base.times["car"].minutes


def test_the_last_few_are_kept_at_hand() -> None:
    made: list[str] = []
    held: Lately[str] = Lately(2)
    for key in "abacab":
        held.get(key, lambda key=key: made.append(key) or key)  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
    assert len(held) == 2


def test_threads_of_a_worker_read_once(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times_read: list[int] = []
    reader, whole = Reader(), Reader._read

    def counted(self: Reader, *args: Any) -> Inputs:
        times_read.append(1)
        return whole(self, *args)

    monkeypatch.setattr(Reader, "_read", counted)
    found: list[Inputs] = []
    threads = [
        threading.Thread(target=lambda: found.append(reader.inputs(load_scenario(toy))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(times_read) == 1
    assert all(one is found[0] for one in found)


# ---- what may not change ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.csv", "d.csv", "car.csv"])
def test_a_file_that_changes_during_a_batch_is_an_error(name: str, toy: Path) -> None:
    reader, path = Reader(), toy.parent / name
    reader.inputs(load_scenario(toy))
    path.write_bytes(path.read_bytes() + b"\n")
    for settings_ in ((), ("locks.C=retain",), ("finance.receipt_factor=2",)):
        with pytest.raises(InputError, match="input changed during the batch") as caught:
            reader.inputs(load_scenario(toy, settings=settings_))
        (issue,) = caught.value.issues
        assert (issue.rule, issue.ids) == ("inputs.changed", (str(path),)) and issue.remedy
    assert read_inputs(load_scenario(toy))  # another reader begins anew


def test_a_file_written_again_as_it_was_is_no_change(toy: Path) -> None:
    reader, path = Reader(), toy.parent / "b.csv"
    first = reader.inputs(load_scenario(toy))
    path.write_bytes(path.read_bytes())
    os.utime(path, (1, 1))
    assert reader.inputs(load_scenario(toy)) is first


def test_a_file_that_changes_while_it_is_read_is_an_error(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimise import reader as module

    whole = module.read_layers

    def meanwhile(*args: Any) -> Any:
        made = whole(*args)
        (toy.parent / "s.csv").write_text("unit_id\n")
        return made

    monkeypatch.setattr(module, "read_layers", meanwhile)
    with pytest.raises(InputError, match="input changed during the batch"):
        read_inputs(load_scenario(toy))


def test_another_process_is_held_to_the_same_files(toy: Path) -> None:
    """By what another reader found, and by being pickled."""
    files = input_files(load_scenario(toy))
    first = Reader(keep=2)
    first.inputs(load_scenario(toy))
    sent = pickle.loads(pickle.dumps(first))
    assert told(sent.inputs(load_scenario(toy))) == told(first.inputs(load_scenario(toy)))
    assert sent.keep == 2
    path = toy.parent / "c.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    for reader in (Reader(expected=files), pickle.loads(pickle.dumps(first))):
        with pytest.raises(InputError, match="input changed during the batch"):
            reader.inputs(load_scenario(toy))
    assert any(isinstance(file, InputFile) and file.path == str(path) for file in files)


def test_a_missing_layer_is_said_as_ever(toy: Path) -> None:
    (toy.parent / "d.csv").unlink()
    with pytest.raises(InputError, match=r"d\.csv"):
        Reader().inputs(load_scenario(toy))


# ---- on disk ---------------------------------------------------------------------------


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    (tmp_path / "c").mkdir()
    return county(tmp_path / "c", "west.osm.pbf")


def tables(scenario: Scenario, folder: Path, cache: Path | None) -> dict[str, bytes]:
    plan = make_plan(scenario, read_inputs(scenario, cache=cache))
    write_run(plan, folder, {})
    record = json.loads((folder / "run.json").read_text())
    record.pop("seconds")
    found = {p.name: p.read_bytes() for p in sorted(folder.iterdir())
             if p.suffix in (".csv", ".parquet")}  # fmt: skip
    return {**found, "run.json": json.dumps(record).encode()}


EASY = ["standards.fire_10.kind=report", "standards.library_6.kind=report"]


def test_with_and_without_what_is_kept_a_run_is_the_same_to_the_byte(
    roads: Path, tmp_path: Path
) -> None:
    scenario, cache = load_scenario(roads, settings=EASY), tmp_path / "cache"
    plain = tables(scenario, tmp_path / "a", None)
    assert not cache.exists() and len(plain) > 5
    assert tables(scenario, tmp_path / "b", cache) == plain
    assert sorted(p.name for p in cache.iterdir()) == ["roads", "times"]
    assert tables(scenario, tmp_path / "d", cache) == plain
    for path in (cache / "times").iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert tables(scenario, tmp_path / "e", cache) == plain


def test_with_times_kept_no_road_is_read_until_it_is_drawn(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, cache = load_scenario(roads, settings=EASY), tmp_path / "cache"
    first = read_inputs(scenario, cache=cache)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("roads were read")

    monkeypatch.setattr("coverage.roads.read_roads", refuse)
    second = read_inputs(scenario, cache=cache)
    assert told(second) == told(first)
    dearer = load_scenario(roads, settings=[*EASY, "finance.receipt_factor=2", "locks.C=retain"])
    make_plan(dearer, read_inputs(dearer, cache=cache))
    with pytest.raises(AssertionError, match="roads were read"):
        assert second.network
    slower = load_scenario(roads, settings=[*EASY, "network.minutes_factor=1.2"])
    np.testing.assert_array_equal(
        read_inputs(slower, cache=cache).times["car"].minutes, first.times["car"].minutes * 1.2
    )


def test_a_folder_that_cannot_be_written_is_a_warning_of_the_run(
    roads: Path, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "times").write_text("a file where the folder should be")
    scenario = load_scenario(roads, settings=EASY)
    inputs = read_inputs(scenario, cache=tmp_path / "cache")
    assert [w.rule for w in inputs.warnings] == ["times.cache"]
    write_run(make_plan(scenario, inputs), tmp_path / "run", {})
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert any("drive times cannot be kept" in text for text in record["warnings"])


def test_inputs_sent_to_another_process_make_the_same_plan(roads: Path, tmp_path: Path) -> None:
    scenario = load_scenario(roads, settings=EASY)
    inputs = read_inputs(scenario, cache=tmp_path / "cache")
    sent = pickle.loads(pickle.dumps(inputs))
    assert told(sent) == told(inputs)
    one, two = (make_plan(scenario, each) for each in (inputs, sent))
    assert one.after.placed == two.after.placed and one.after.open == two.after.open
