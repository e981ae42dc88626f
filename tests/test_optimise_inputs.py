"""Which speeds, and which towns, a scenario's drives rest on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import pytest

from assets.issues import InputError
from coverage.speeds import profile
from optimise.inputs import check_inputs, mode_profile, read_inputs
from optimise.scenario import Scenario, load_scenario

WESSEX = Path(__file__).parents[1] / "data" / "wessex" / "wessex.yml"


def wessex(*settings: str) -> Scenario:
    return load_scenario(WESSEX, settings=list(settings))


def refusal(*settings: str) -> str:
    with pytest.raises(InputError) as caught:
        for mode in ("car", "blue_light", "walk"):
            mode_profile(wessex(*settings), mode)
    return str(caught.value)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "my_speeds.yml"
    path.write_text(
        "car: {based_on: car, max_snap_m: 700, speeds_kph: {trunk: 61}}\n"
        "crews: {based_on: blue_light, end_s: {signals: 1}}\n",
        encoding="utf-8",
    )
    return path


def test_without_a_word_the_shipped_profiles_are_used() -> None:
    for mode in ("car", "blue_light", "walk"):
        assert mode_profile(wessex(), mode) == profile(mode)


def test_a_file_of_speeds_goes_before_them_and_inline_figures_before_it(own: Path) -> None:
    asked = [f"network.speeds={own}", "network.blue_light_profile=crews"]
    car = mode_profile(wessex(*asked), "car")
    assert (car.speeds_kph["trunk"], car.max_snap_m) == ((61.0, 61.0), 700.0)
    assert mode_profile(wessex(*asked), "blue_light").end_s["signals"] == 1.0
    inline = [*asked, "network.profiles.crews.end_s.signals=2", "network.max_snap_m=900"]
    assert mode_profile(wessex(*inline), "blue_light").end_s["signals"] == 2.0
    assert mode_profile(wessex(*inline), "car").max_snap_m == 900.0


def test_a_profile_is_changed_by_either_of_its_names() -> None:
    for name in ("car", "car_offpeak"):
        made = mode_profile(wessex(f"network.profiles.{name}.leg_kph=9"), "car")
        assert made.leg_kph == 9.0
    night = wessex("network.car_profile=car_night", "network.blue_light_profile=blue_light_night")
    assert mode_profile(night, "car") == profile("car_night")
    assert mode_profile(night, "blue_light") == profile("blue_light_night")


def test_what_is_wrong_with_the_choice_is_said(own: Path) -> None:
    assert "did you mean 'car_peak'" in refusal("network.car_profile=car_peek")
    assert "did you mean 'crews'" in refusal(f"network.speeds={own}", "network.car_profile=crew")
    both = refusal("network.profiles.car.leg_kph=9", "network.profiles.car_offpeak.leg_kph=8")
    assert "one profile under two names" in both
    assert "profile of another mode of travel" in refusal("network.car_profile=walk")
    assert "there is no speeds file" in refusal("network.speeds=absent.yml")
    assert "did you mean 'crews'" in refusal(
        f"network.speeds={own}", "network.profiles.crew.leg_kph=9"
    )
    assert "'density' or 'town'" in refusal("network.urban=village")


def test_a_faulty_file_is_told_by_check_with_everything_else(own: Path) -> None:
    own.write_text("car: {based_on: car, leg_kph: fast}\n", encoding="utf-8")
    found = check_inputs(wessex(f"network.speeds={own}"))
    assert "car.leg_kph must be a positive number" in "\n".join(i.text() for i in found.errors)


def test_towns_are_asked_for_where_there_are_none(tmp_path: Path) -> None:
    areas = gpd.read_file(WESSEX.parent / "areas.geojson")
    wards = tmp_path / "wards.gpkg"
    areas[areas["kind"] == "ward"].to_file(wards)
    found = check_inputs(wessex(f"layers.areas={wards}", "network.urban=town"))
    assert "no area is of kind town" in "\n".join(i.text() for i in found.errors)


def test_times_rest_on_the_file_and_the_towns_and_say_so(own: Path) -> None:
    asked = [f"network.speeds={own}", "network.urban=town", "network.bound_min=12"]
    made = read_inputs(wessex(*asked))
    told = {file.layer: file for file in made.files}["speeds"]
    assert told.sha256 == hashlib.sha256(own.read_bytes()).hexdigest()
    for times in made.times.values():
        assert times.provenance["urban_from"] == "24 outlines of kind town"
    table = made.times["car"].provenance["profile"]
    assert table["speeds_kph"]["trunk"] == {"urban": 61.0, "rural": 61.0}
    assert made.catchment is not None
    assert made.catchment.provenance["profile"] == table
