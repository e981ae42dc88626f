"""Scenario files: everything that may be wrong in one is said, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.issues import InputError
from optimise.inputs import default_table
from optimise.scenario import load_scenario, resolve_scenario
from optimise.settings import override_values
from tests import toy_county

HERE = Path(".")


def changed(path: str, value: Any) -> dict[str, Any]:
    import copy

    record = copy.deepcopy(dict(toy_county.RECORD))
    place = record
    *above, last = path.split(".")
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    return record


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("standrds", {}, "did you mean 'standards'?"),
        ("standards.fire_10.treshold_min", 10, "did you mean 'threshold_min'?"),
        ("services.fire.move_radius", 3, "did you mean 'move_radius_km'?"),
        ("targets.receipt_gbp", 3, "did you mean 'receipts_gbp'?"),
        ("layers.building", "x", "did you mean 'buildings'?"),
        ("finance.horizon", 3, "did you mean 'horizon_yr'?"),
        ("standards.fire_10.target", 80, "must be a share from 0 to 1"),
        ("standards.fire_10.target", "today", "baseline - 0.01"),
        ("standards.fire_10.kind", "soft", "needs price_gbp_per_unit"),
        ("standards.fire_10.group", "deprived", "must be all, urban, rural"),
        ("standards.library_6.clock_start", "call", "goes with mode blue_light only"),
        ("standards.library_6.nth_vehicle", 2, "goes with mode blue_light only"),
        ("targets.receipts_gbp", -1, "greater than or equal to 0"),
        ("targets.receipts_gbp", "lots", "valid number"),
        ("finance.discount_schedule", [[30, 0.035]], "only the last step is open-ended"),
        ("finance.discount_schedule", [[30, 3.5], [None, 3.0]], "3.5 is no share"),
        ("services.library.at_most", 0, "is above at_most"),
        ("turnout_s.oncall", 300, "did you mean 'on_call'?"),
        ("locks.A", "keep", "'retain'"),
        ("network", {"profiles": {"blue_lihgt": {}}}, "did you mean 'blue_light'?"),
        ("name", "a/b", "pattern"),
        ("solver.name", "gurobi", "'highs'"),
        ("roads", "x.osm.pbf", "either 'roads'"),
        ("overrides.tight", {"tragets": {}}, "did you mean 'targets'?"),
    ],
)
def test_what_is_wrong_is_said(path: str, value: Any, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve_scenario(changed(path, value), base_dir=HERE)
    assert expected in str(caught.value)


def test_all_faults_are_said_at_once() -> None:
    record = changed("targts", 1)
    record["solver"] = {"nme": "highs", "gap": -1}
    with pytest.raises(InputError) as caught:
        resolve_scenario(record, base_dir=HERE)
    assert len(caught.value.issues) == 3


def test_settings_change_one_key_and_are_recorded() -> None:
    made = resolve_scenario(
        toy_county.RECORD, base_dir=HERE, settings=["standards.fire_10.target=0.75"]
    )
    assert made.standards["fire_10"].target == 0.75
    assert made.origin.changes == {"standards.fire_10.target": (0.9, 0.75)}
    assert toy_county.RECORD["standards"]["fire_10"]["target"] == 0.9


@pytest.mark.parametrize("setting", ["nothing", "=3", "name.inner=3", "targets=[1"])
def test_bad_setting(setting: str) -> None:
    with pytest.raises(InputError):
        resolve_scenario(toy_county.RECORD, base_dir=HERE, settings=[setting])


def test_overrides_apply_in_order_and_are_recorded() -> None:
    record = changed("overrides", {"a": {"targets": {"receipts_gbp": 5}}, "b": {"title": "B"}})
    made = resolve_scenario(record, base_dir=HERE, overrides=["a", "b"])
    assert (made.targets.receipts_gbp, made.title) == (5, "B")
    assert made.origin.applied == ("a", "b")
    assert set(made.origin.changes) == {"targets.receipts_gbp", "title"}


def test_two_overrides_may_not_set_one_key() -> None:
    inner = {"targets": {"receipts_gbp": 5}}
    record = changed("overrides", {"a": inner, "b": inner})
    with pytest.raises(InputError, match="both set targets.receipts_gbp"):
        resolve_scenario(record, base_dir=HERE, overrides=["a", "b"])


def test_locks_of_ids_that_begin_alike_do_not_clash() -> None:
    raw = {"locks": {"0123": "retain", "0123.1": "close"}}
    values = override_values({"overrides": {"x": raw}}, ["x"], "f.yml")
    assert values == {("locks", "0123"): "retain", ("locks", "0123.1"): "close"}
    with pytest.raises(InputError, match="both set"):
        override_values(
            {"overrides": {"x": raw, "y": {"locks": {"0123": "free"}}}}, ["x", "y"], "f"
        )


def test_override_of_a_whole_group_clashes_with_one_of_its_keys() -> None:
    record = changed("overrides", {"a": {"locks": {}}, "b": {"locks": {"A": "retain"}}})
    with pytest.raises(InputError, match="both set"):
        resolve_scenario(record, base_dir=HERE, overrides=["a", "b"])


def test_unknown_override() -> None:
    record = changed("overrides", {"tight": {}})
    with pytest.raises(InputError, match="did you mean 'tight'"):
        resolve_scenario(record, base_dir=HERE, overrides=["tihgt"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\nname: y\n", "stands twice"),
        ("name: [x\n", "not valid YAML"),
        ("- a\n- b\n", "no 'key: value' lines"),
        ("", "no 'key: value' lines"),
        ("a: &a [*a]\n", ""),
        ("? [1, 2]\n: 3\n", "a key must be a word"),
        ("!!python/object/apply:os.system ['true']\n", "not valid YAML"),
    ],
)
def test_files_that_are_no_scenario(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "s.yml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert expected in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no scenario file"):
        load_scenario(tmp_path / "none.yml")
    with pytest.raises(InputError, match="cannot be read"):
        load_scenario(tmp_path)


def test_byte_order_mark_and_relative_paths(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    text = "name: x\nroads: r.pbf\nlayers: {buildings: b.csv, services: s.csv, demand: d.csv}\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    made = load_scenario(path)
    assert made.layer_paths()["buildings"] == tmp_path / "b.csv"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ({"demand": "d.csv"}, "give buildings and services, or stations"),
        ({"demand": "d.csv", "buildings": "b.csv"}, "give services, or stations"),
        ({"stations": "s.csv"}, "'layers.demand' is missing"),
    ],
)
def test_an_estate_needs_places_what_is_in_them_and_people(
    layers: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        resolve_scenario(changed("layers", layers), base_dir=HERE)


def test_stations_may_stand_for_buildings_and_services() -> None:
    record = changed("layers", {"stations": "s.csv", "demand": "d.csv"})
    assert set(resolve_scenario(record, base_dir=HERE).layer_paths()) == {"stations", "demand"}


def test_blanks_are_filled_only_where_the_scenario_asks_for_it(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("figures: {gia_m2: {default: 7}}\n", "utf-8")
    assert default_table(resolve_scenario(changed("title", "t"), base_dir=tmp_path)) is None
    for said, gia_m2 in (("standard", 300.0), ("own.yml", 7.0)):
        scenario = resolve_scenario(changed("defaults", said), base_dir=tmp_path)
        table = default_table(scenario)
        assert table is not None and table.figure("gia_m2") == gia_m2
    with pytest.raises(InputError, match="cannot be read as YAML"):
        default_table(resolve_scenario(changed("defaults", "nowhere.yml"), base_dir=tmp_path))
    with pytest.raises(InputError, match="defaults"):
        resolve_scenario(changed("defaults", ""), base_dir=tmp_path)
