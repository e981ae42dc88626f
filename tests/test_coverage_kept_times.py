"""Drive times kept on disk: the same to the bit, never stale, never believed when damaged."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from coverage import kept_times
from coverage.kept import keep, take
from coverage.kept_times import TIMES, Journeys, places_sha256
from coverage.network import RoadNetwork
from coverage.roads import Roads, roads_of
from coverage.speeds import profile
from coverage.times import TravelTimes, travel_times
from tests.test_coverage_cache import NODES, WAYS, assert_same
from tests.toy_roads import ORIGIN, places, write_pbf

ROOT = Path(__file__).resolve().parent.parent
EAST, NORTH = ORIGIN
DEMAND = places({"d1": (0, 0), "d2": (190, 40), "é|far": (90_000, 0)})
SITES = places({"s1": (200, 190), "s2": (100, 5)})


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_pbf(tmp_path / "toy.osm.pbf", NODES, WAYS)


def asked(roads: Roads, **changes: Any) -> Journeys:
    made = Journeys(roads, DEMAND, SITES, profile("car"), "to_site", 30.0, rim=True)
    return replace(made, **changes)


def times_of(journeys: Journeys, folder: Path | None) -> TravelTimes:
    found, warning = journeys.times(cache=folder)
    assert warning is None
    return found


def assert_same_times(one: TravelTimes, two: TravelTimes) -> None:
    assert_same(replace(one, provenance={}), replace(two, provenance={}), "times")
    assert type(one.provenance) is type(two.provenance)
    assert list(one.provenance) == list(two.provenance)
    assert repr(one.provenance) == repr(two.provenance)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no road is read."""

    def refuse(*_: object, **__: object) -> RoadNetwork:
        raise AssertionError("roads were read")

    monkeypatch.setattr("coverage.roads.read_roads", refuse)


# ---- nothing is lost, nothing is read --------------------------------------------------


def test_kept_times_are_the_same_to_the_bit_and_need_no_roads(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = travel_times(
        roads_of([toy]).network, DEMAND, SITES, profile=profile("car"), direction="to_site",
        bound_min=30.0, rim=True,
    )  # fmt: skip
    first = times_of(asked(roads_of([toy])), tmp_path / "t")
    monkeypatch.setattr("coverage.roads.read_roads", None)
    second = times_of(asked(roads_of([toy])), tmp_path / "t")
    assert np.isfinite(plain.minutes).any() and plain.provenance["off_network_demand"]
    assert_same_times(first, plain)
    assert_same_times(second, plain)


def test_without_a_folder_nothing_is_kept(toy: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    times_of(asked(roads_of([toy])), None)
    assert sorted(tmp_path.rglob("*")) == before


def test_times_and_roads_can_be_sent_to_another_process(toy: Path, unread: None) -> None:
    """Roads go without the network; times come back with all they say of themselves."""
    roads = roads_of([toy])
    assert len(pickle.dumps(roads)) < 1000
    assert pickle.loads(pickle.dumps(roads)).key == roads.key
    times = TravelTimes(("d",), ("s",), np.ones((1, 1)), np.ones((1, 1)), np.zeros(1), np.zeros(1),
                        "car", "to_site", {"bound_min": 3.0, "profile": {"a": 1}})  # fmt: skip
    back = pickle.loads(pickle.dumps(times))
    assert_same(replace(back, provenance={}), replace(times, provenance={}))
    assert dict(back.provenance) == times.provenance


# ---- nothing is stale ------------------------------------------------------------------


def test_whatever_decides_the_minutes_is_in_the_name(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roads = roads_of([toy])
    (tmp_path / "b").mkdir()
    other = write_pbf(tmp_path / "b" / "toy.osm.pbf", NODES, WAYS[:1])
    square = shapely.box(EAST, NORTH, EAST + 1, NORTH + 1)
    moved = DEMAND.assign(easting=DEMAND["easting"] + np.array([0.0, 1e-9, 0.0]) * 1000)
    made = [
        asked(roads),
        asked(roads_of([other])),
        asked(roads_of([toy], towns=[square])),
        asked(roads_of([toy], towns=[square.buffer(1)])),
        asked(roads, demand=moved),
        asked(roads, demand=DEMAND.iloc[::-1]),
        asked(roads, demand=DEMAND.rename(index={"d1": "d3"})),
        asked(roads, sites=SITES.iloc[:1]),
        asked(roads, demand=SITES, sites=DEMAND),
        asked(roads, direction="from_site"),
        asked(roads, bound_min=31.0),
        asked(roads, bound_min=None),
        asked(roads, rim=False),
        asked(roads, profile=profile("car", {"max_snap_m": 1999.0})),
        asked(roads, profile=profile("car", {"speeds_kph": {"residential": {"urban": 33.0}}})),
        asked(roads, profile=profile("car", {"error": {"low": 0.9, "high": 1.2}})),
        asked(roads, profile=profile("walk")),
    ]
    names = [one.name for one in made]
    assert len(set(names)) == len(names)
    assert asked(roads_of([toy])).name == names[0]
    monkeypatch.setattr(kept_times, "rules_sha256", lambda: "other rules")
    assert asked(roads).name not in names


@given(st.lists(st.text(max_size=4), min_size=1, max_size=5, unique=True), st.data())
def test_ids_cannot_be_run_together(ids: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.text(max_size=4), min_size=1, max_size=5, unique=True))
    one, two = (pd.DataFrame({"easting": 0.0, "northing": 0.0}, index=k) for k in (ids, other))
    same = places_sha256(one) == places_sha256(two)
    assert same == (ids == other)


def test_what_changes_no_minute_meets_the_same_file(toy: Path) -> None:
    """A price, a lock, a note of a building are no part of a place."""
    priced = SITES.assign(market_value_gbp=1e6, decision_lock="close")
    roads = roads_of([toy])
    assert asked(roads, sites=priced).name == asked(roads).name


def test_roads_changed_after_they_were_looked_up_are_refused(toy: Path, tmp_path: Path) -> None:
    roads = roads_of([toy])
    write_pbf(toy, NODES, WAYS[:1])
    with pytest.raises(InputError) as caught:
        asked(roads).times(cache=tmp_path / "t")
    (issue,) = caught.value.issues
    assert (issue.rule, issue.ids) == ("inputs.changed", ("toy.osm.pbf",)) and issue.remedy
    assert not (tmp_path / "t").exists()


# ---- nothing damaged is believed -------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_one_wrong_byte_or_a_cut_and_they_are_computed_anew(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    roads = roads_of([write_pbf(folder / "toy.osm.pbf", NODES, WAYS)])
    plain = times_of(asked(roads), folder / "t")
    (path,) = (folder / "t").iterdir()
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    path.write_bytes(bytes(content))
    assert take(path, TIMES) is None
    assert_same_times(times_of(asked(roads), folder / "t"), plain)
    assert_same_times(times_of(asked(roads), folder / "t"), plain)


def test_whole_files_of_other_places_or_things_are_not_believed(toy: Path, tmp_path: Path) -> None:
    """Right checksum, right kind, wrong content: as after a file was copied over another."""
    roads = roads_of([toy])
    plain = times_of(asked(roads), tmp_path / "t")
    name = tmp_path / "t" / asked(roads).name
    fewer = plain.for_demand(["d1"])
    crooked = replace(plain, minutes=plain.minutes[:, :1])
    for value in (fewer, crooked, replace(plain, minutes=1.0), plain.error, (plain,), 3, None):
        assert keep(name, value, TIMES, max_files=9, max_bytes=2**30) is None
        assert_same_times(times_of(asked(roads), tmp_path / "t"), plain)
    name.write_bytes(b"groundplan roads 1|00000000|0|\n")
    assert_same_times(times_of(asked(roads), tmp_path / "t"), plain)


def test_a_folder_that_cannot_be_written_is_a_warning(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("a file where the folder should be")
    found, warning = asked(roads_of([toy])).times(cache=tmp_path / "t")
    assert warning is not None
    assert (warning.rule, warning.severity) == ("times.cache", "warning")
    assert "drive times cannot be kept" in warning.message
    assert_same_times(found, times_of(asked(roads_of([toy])), None))


def test_the_folder_stays_bounded(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_times, "MAX_FILES", 3)
    roads, folder = roads_of([toy]), tmp_path / "t"
    for n in range(5):
        times_of(asked(roads, bound_min=10.0 + n), folder)
        for path in folder.iterdir():
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert len(list(folder.iterdir())) == 3
    assert asked(roads, bound_min=14.0).name in {path.name for path in folder.iterdir()}
    monkeypatch.setattr(kept_times, "MAX_BYTES", 1)
    times_of(asked(roads, bound_min=99.0), folder)
    assert [path.name for path in folder.iterdir()] == [asked(roads, bound_min=99.0).name]


# ---- several processes -----------------------------------------------------------------

WORK = """
import json, sys
from pathlib import Path
from coverage.roads import roads_of
from tests.test_coverage_kept_times import asked, times_of
folder, toy, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sums = set()
for n in range(rounds):
    for path in folder.glob("*.times") if n % 3 == 2 else ():
        path.unlink(missing_ok=True)
    for bound in (20.0, 30.0):
        found = times_of(asked(roads_of([toy]), bound_min=bound), folder)
        sums.add((bound, found.minutes.tobytes().hex()))
print(json.dumps(sorted(sums)))
"""


def started(folder: Path, toy: Path, rounds: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WORK, str(folder), str(toy), str(rounds)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_that_write_at_once_agree(toy: Path, tmp_path: Path) -> None:
    """Two write and delete the same files; each sees the right minutes every time."""
    folder = tmp_path / "t"
    runs = [started(folder, toy, 9) for _ in range(2)]
    told = {run.communicate(timeout=120)[0].splitlines()[-1] for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    want = sorted(
        [bound, times_of(asked(roads_of([toy]), bound_min=bound), None).minutes.tobytes().hex()]
        for bound in (20.0, 30.0)
    )
    assert [json.loads(text) for text in told] == [want]
    assert not list(folder.glob("*.tmp"))


def test_a_writer_that_is_killed_leaves_nothing_that_is_believed(toy: Path, tmp_path: Path) -> None:
    """Killed at any moment: what is under the name is whole, or is not there."""
    folder = tmp_path / "t"
    roads = roads_of([toy])
    plain = {b: times_of(asked(roads, bound_min=b), None) for b in (20.0, 30.0)}
    for delay in (0.0, 0.03, 0.08):
        run = started(folder, toy, 10_000)
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        time.sleep(delay)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert run.returncode == -signal.SIGKILL
        for path in folder.glob("*.times"):
            assert isinstance(take(path, TIMES), TravelTimes)
        for bound, want in plain.items():
            assert_same_times(times_of(asked(roads, bound_min=bound), folder), want)


STOPPED = """
import os, sys
from pathlib import Path
import coverage.kept as kept
from coverage.roads import roads_of
from tests.test_coverage_kept_times import asked
whole = kept.parts
def half(*args):
    for n, part in enumerate(whole(*args)):
        yield part
        if n == 2:
            os.kill(os.getpid(), 9)
kept.parts = half
asked(roads_of([Path(sys.argv[2])])).times(cache=Path(sys.argv[1]))
"""


def test_killed_in_the_middle_of_writing(toy: Path, tmp_path: Path) -> None:
    """The half file is under no name that is read, and is tidied away a day later."""
    folder = tmp_path / "t"
    run = subprocess.run([sys.executable, "-c", STOPPED, folder, toy], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    (left,) = folder.iterdir()
    assert left.suffix == ".tmp" and take(left, TIMES) is None
    os.utime(left, (0, 0))
    found = times_of(asked(roads_of([toy])), folder)
    assert_same_times(found, times_of(asked(roads_of([toy])), None))
    assert [path.name for path in folder.iterdir()] == [asked(roads_of([toy])).name]
