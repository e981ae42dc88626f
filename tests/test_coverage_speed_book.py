"""Files of speed profiles: what they may say, what is refused, and that figures have sources."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.network import LINK_ENDS
from coverage.osm import WALK
from coverage.profiles import SPEED_ROWS
from coverage.speed_book import (
    TABLES,
    SpeedBook,
    shipped_text,
    speed_book,
    speed_rows,
    standard_book,
)


def book(tmp_path: Path, text: str) -> SpeedBook:
    path = tmp_path / "my_speeds.yml"
    path.write_text(text, encoding="utf-8")
    return speed_book(path)


def said(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        book(tmp_path, text)
    return str(caught.value)


WHOLE: dict[str, Any] = {
    "mode": "car",
    "speeds_kph": {"any_other": 30, "motorway": {"urban": 90, "rural": 100}},
    "limit_share": 0.9,
    "end_s": dict.fromkeys(LINK_ENDS, 1.0),
    "source": "made up",
}


def changed(**changes: Any) -> str:
    record = {**WHOLE, **changes}
    return yaml.safe_dump({"mine": {k: v for k, v in record.items() if v != "-"}})


# ---- the file that ships ----------------------------------------------------------------


def test_every_figure_that_ships_has_a_remark_with_its_source_or_says_default() -> None:
    """The remark beside a speed names a publication, or says that the figure is a default."""
    shipped = standard_book()
    publications = re.compile(r"default|DfT|Cadcorp|engines|governed")
    for name in shipped.profiles:
        for rows, _, note in speed_rows(shipped, name):
            assert publications.search(note), (name, rows)


def test_the_names_people_use_are_there() -> None:
    names = standard_book().names
    assert names[:1] == ("car_offpeak",)
    wanted = {"car", "car_peak", "car_night", "blue_light", "blue_light_day", "blue_light_night"}
    assert wanted | {"walk"} <= set(names)
    assert standard_book().name("car") == "car_offpeak"
    assert standard_book().sha256 == hashlib.sha256(TABLES.read_bytes()).hexdigest()


def test_the_file_written_out_says_the_same_when_read_back(tmp_path: Path) -> None:
    mine = book(tmp_path, shipped_text())
    assert dict(mine.profiles) == dict(standard_book().profiles)
    assert mine.aliases == standard_book().aliases
    assert mine.notes == standard_book().notes
    for name in standard_book().names:
        one = book(tmp_path, shipped_text(name))
        assert one.own == (standard_book().name(name),)
        assert dict(one.profiles) == dict(standard_book().profiles)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'blue_light'"):
        standard_book().profile("blue_lite")
    with pytest.raises(InputError, match="did you mean 'car_peak'"):
        shipped_text("car_peek")


# ---- a file of one's own ----------------------------------------------------------------


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    mine = book(
        tmp_path,
        """
        blue_light:
          based_on: blue_light       # its own name: the one that ships
          speeds_kph:
            trunk: {rural: 90}       # trackers 2025
          source: trackers
        volunteers: {based_on: blue_light, end_s: {signals: 12}}
        retained: volunteers
        """,
    )
    shipped = standard_book().profile("blue_light")
    crew = mine.profile("blue_light")
    assert crew.speeds_kph["trunk"] == (shipped.speeds_kph["trunk"][0], 90.0)
    assert crew.speeds_kph["primary"] == shipped.speeds_kph["primary"]
    assert mine.profile("volunteers").speeds_kph == crew.speeds_kph  # based on the file's own
    assert mine.profile("retained") == mine.profile("volunteers")
    assert mine.profile("blue_light_day") == crew
    assert mine.own == ("blue_light", "volunteers", "retained")
    assert mine.path == tmp_path / "my_speeds.yml"
    assert mine.sha256 == hashlib.sha256(mine.path.read_bytes()).hexdigest()
    assert mine.notes["blue_light", "speeds_kph.trunk"] == "trackers 2025"
    assert mine.notes["volunteers", "speeds_kph.trunk"] == "trackers 2025"
    assert standard_book().profile("blue_light") == shipped  # the shipped book is untouched


def test_a_whole_profile_of_ones_own(tmp_path: Path) -> None:
    made = book(tmp_path, changed()).profile("mine")
    assert list(made.speeds_kph) == list(SPEED_ROWS)
    assert made.speeds_kph["motorway"] == (90.0, 100.0)
    assert made.speeds_kph["steps"] == (30.0, 30.0)
    assert made.limit_share == (0.9, 0.9)
    assert made.limit_weight == (0.0, 0.0)
    assert made.error.source == "not stated"
    on_foot = book(tmp_path, changed(mode="walk", leg_kph=4)).profile("mine")
    assert (on_foot.mode, on_foot.leg_kph) == (WALK, 4.0)


def test_any_other_and_a_factor_are_laid_in_that_order(tmp_path: Path) -> None:
    mine = book(
        tmp_path,
        "slow: {based_on: walk, speeds_kph: {any_other: 4, steps: 2}}\n"
        "half: {based_on: car, speed_factor: {urban: 0.5}, speeds_kph: {trunk: {rural: 50}}}\n",
    )
    assert mine.profile("slow").speeds_kph["path"] == (4.0, 4.0)
    assert mine.profile("slow").speeds_kph["steps"] == (2.0, 2.0)
    car = standard_book().profile("car").speeds_kph
    assert mine.profile("half").speeds_kph["trunk"] == (car["trunk"][0] / 2, 50.0)
    assert mine.profile("half").speeds_kph["primary"] == (car["primary"][0] / 2, car["primary"][1])


def test_order_in_the_file_changes_nothing(tmp_path: Path) -> None:
    parts = ["a: {based_on: b, source: x}", "b: {based_on: c, leg_kph: 3}", "c: d",
             "d: {based_on: walk, max_snap_m: 500}"]  # fmt: skip
    one = book(tmp_path, "\n".join(parts))
    two = book(tmp_path, "\n".join(parts[::-1]))
    assert dict(one.profiles) == dict(two.profiles)
    assert one.notes == two.notes
    assert one.profile("a").leg_kph == 3.0
    assert one.profile("a").max_snap_m == 500.0


def test_overrides_go_on_top_of_the_file(tmp_path: Path) -> None:
    mine = book(tmp_path, "car: {based_on: car, speeds_kph: {trunk: 50}}")
    made = mine.profile("car", {"speeds_kph": {"trunk": {"urban": 20}}})
    assert made.speeds_kph["trunk"] == (20.0, 50.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "holds no 'key: value' lines"),
        ("# nothing\n", "holds no 'key: value' lines"),
        ("- car\n", "holds no 'key: value' lines"),
        ("car: {based_on: [", "is not valid YAML"),
        ("car: {based_on: car}\ncar: {based_on: walk}", "key 'car' stands twice (lines 1 and 2)"),
        ("car: {based_on: car, leg_kph: 3, leg_kph: 4}", "key 'leg_kph' stands twice"),
        ("a: {based_on: b}\nb: {based_on: c}\nc: {based_on: a}", "in a circle: a -> b -> c -> a"),
        ("a: b\nb: a", "in a circle"),
        ("a: {based_on: a}", "no profile 'a' to begin from"),
        ("a: {based_on: car_peek}", "did you mean 'car_peak'"),
        ("a: {based_on: [car]}", "no profile '['car']' to begin from"),
        ("a: {based_on: 3}", "no profile '3' to begin from"),
        ("a: nothing", "no profile 'nothing' to begin from"),
        ("a: 30", "'a' holds no keys of a profile"),
        ("a: {}", "'a' holds no keys of a profile"),
        ("a:\n", "'a' holds no keys of a profile"),
        ("'a b': {based_on: car}", "'a b' is no name for a profile"),
        ("'=cmd': {based_on: car}", "is no name for a profile"),
        ("a: {based_on: car, sped: 3}", "unknown profile setting"),
        ("a: {based_on: car, speeds_mph: {trunk: 50}}", "did you mean 'speeds_kph'"),
        ("a: {based_on: car, speeds_kph: {motorwy: 50}}", "did you mean 'motorway'"),
        ("a: {based_on: car, speeds_kph: {trunk: {rurl: 50}}}", "did you mean 'rural'"),
        ("a: {based_on: car, speeds_kph: {trunk: {rural: .nan}}}", "trunk.rural must be a"),
        ("a: {based_on: car, speeds_kph: {trunk: .inf}}", "at most 300, not inf"),
        ("a: {based_on: car, speeds_kph: {trunk: 60 mph}}", "60 mph is 96.6"),
        ("a: {based_on: car, speeds_kph: {trunk: 2026-01-01}}", "not datetime.date"),
        ("a: {based_on: car, speeds_kph: {1: 30}}", "unknown key of a.speeds_kph"),
        ("a: {based_on: car, speeds_kph: {[1]: 30}}", "a key must be a word"),
        ("a: {based_on: car, mode: bike}", "unknown mode"),
        (changed(mode="-"), "mine.mode"),
        (changed(end_s={"free": 0}), "mine.end_s.through, mine.end_s.give_way"),
        (changed(limit_share="-", source="-"), "mine.limit_share, mine.source"),
        (changed(speeds_kph={"trunk": 50}), "mine.speeds_kph.motorway, mine.speeds_kph.motor"),
        (changed(speeds_kph={"any_other": 9, "trunk": {"rural": 50}}), "say both urban and rural"),
        (changed(speed_factor=2), "unknown profile setting"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in said(tmp_path, text)


def test_a_missing_file_and_one_that_is_not_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no speeds file"):
        speed_book(tmp_path / "absent.yml")
    (tmp_path / "word.yml").write_bytes(b"\xff\xfe\x00c")
    with pytest.raises(InputError, match="cannot be read"):
        speed_book(tmp_path / "word.yml")
    with pytest.raises(InputError, match="cannot be read"):
        speed_book(tmp_path)


def test_every_fault_of_a_file_is_said_at_once_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my_speeds.yml"
    path.write_text(
        "a: {based_on: car, leg_kph: x, end_s: {signal: 2}}\nb: {based_on: kar}\nc: 3\n"
    )
    with pytest.raises(InputError) as caught:
        speed_book(path)
    assert len(caught.value.issues) == 4
    assert {issue.layer for issue in caught.value.issues} == {"my_speeds.yml"}


def test_a_long_chain_is_no_traceback(tmp_path: Path) -> None:
    links = "\n".join(f"p{k}: {{based_on: p{k + 1}}}" for k in range(2000)) + "\np2000: car\n"
    assert "in a circle" in said(tmp_path, links)


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
WORDS = st.sampled_from(
    ["car", "mine", "based_on", "speeds_kph", "trunk", "urban", "end_s", "signals", "error", "low",
     "limit_share", "mode", "leg_kph", "speed_factor", "any_other", "walk"]
)  # fmt: skip
RECORDS = st.recursive(LEAVES | WORDS, lambda inner: st.dictionaries(WORDS, inner, max_size=4))


@given(st.dictionaries(WORDS, RECORDS, min_size=1, max_size=4))
def test_any_record_is_a_book_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yml"
    path.write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")
    try:
        made = speed_book(path)
    except InputError as error:
        assert error.issues
    else:
        for name in made.names:
            one = made.profile(name)
            assert set(one.speeds_kph) == set(SPEED_ROWS)
            assert all(v > 0 for pair in one.speeds_kph.values() for v in pair)
            assert set(one.end_s) == set(LINK_ENDS)
