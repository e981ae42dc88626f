"""Networks kept on disk: nothing lost, nothing stale, nothing trusted that is damaged."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coverage.kept
from assets.issues import InputError, Issue
from coverage.kept import parts
from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.sources import cache as kept
from tests.toy_openroads import Link, link_frame, write_links
from tests.toy_roads import write_pbf

ROOT = Path(__file__).resolve().parent.parent
RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"
STREET = {"highway": "residential"}
NODES = {1: (0.0, 0.0), 2: (100.0, 0.0), 3: (200.0, 50.0), 4: (200.0, 200.0)}
WAYS = [((1, 2, 3), STREET), ((3, 4), {"highway": "primary", "maxspeed": "30 mph"})]
TAGS = {2: {"place": "village", "name": "Nether Wallop"}, 3: {"highway": "traffic_signals"}}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_pbf(tmp_path / "toy.osm.pbf", NODES, WAYS, TAGS)


def assert_same(one: Any, two: Any, where: str = "network") -> None:
    """Equal in every field of every dataclass, whatever fields there are; arrays to the bit."""
    assert type(one) is type(two), where
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype and one.shape == two.shape, where
        assert one.tobytes() == two.tobytes(), where
        assert one.flags.writeable == two.flags.writeable, where
    elif is_dataclass(one):
        for field in fields(one):
            mine, theirs = getattr(one, field.name), getattr(two, field.name)
            assert_same(mine, theirs, f"{where}.{field.name}")
    elif isinstance(one, tuple):
        assert len(one) == len(two), where
        for k, (mine, theirs) in enumerate(zip(one, two, strict=True)):
            assert_same(mine, theirs, f"{where}[{k}]")
    else:
        assert one == two or (one != one and two != two), where


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing is built: what is read comes from the cache or not at all."""

    def refuse(*_: object) -> RoadNetwork:
        raise AssertionError("built anew")

    monkeypatch.setattr("coverage.roads._built", refuse)


# ---- nothing is lost -------------------------------------------------------------------


def test_a_second_reading_is_the_same_to_the_bit(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = read_roads(toy)
    first = read_roads(toy, cache=tmp_path / "c")
    broken(monkeypatch)
    second = read_roads(toy, cache=tmp_path / "c")
    assert_same(first, plain)
    assert_same(second, plain)
    assert second.places and second.files == ((toy.name, plain.sha256),)


def test_warnings_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = [Link("a", "b", [(0, 0), (100, 0)])]
    path = write_links(tmp_path / "roads.gpkg", link_frame(links))
    first = read_roads(path, cache=tmp_path / "c")
    broken(monkeypatch)
    assert_same(read_roads(path, cache=tmp_path / "c"), first)
    assert first.warnings


def test_rutland_comes_back_to_the_bit(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_roads(shared_data / RUTLAND, cache=tmp_path)
    broken(monkeypatch)
    assert_same(read_roads(shared_data / RUTLAND, cache=tmp_path), first)
    assert len(first.turns.modes) > 0 and first.places


def awkward(network: RoadNetwork) -> RoadNetwork:
    """Every field differs from its default, with values that are hard to write down."""
    issue = Issue("r", "naïve “quoted” | text\n", ("a", "é"), "remedy", "roads", "warning")
    odd = np.array([np.nan, -0.0, np.inf, 1e-300])
    return replace(network, warnings=(issue, issue), node_x=odd, files=(("x|y\n", "0" * 64),))


def test_awkward_values_come_back(toy: Path, tmp_path: Path) -> None:
    network = awkward(read_roads(toy))
    path = tmp_path / "x.roads"
    assert kept.write_cached(path, network) is None
    back = kept.read_cached(path)
    assert_same(back, network)


def test_what_cannot_be_kept_is_an_error_not_a_gap(toy: Path, tmp_path: Path) -> None:
    """A new field of an unknown kind is noticed by whoever adds it."""
    network = read_roads(toy)
    for value in ({"a": 1}, np.array(["text"]), np.array([object()]), [1, 2], Path("x")):
        with pytest.raises(TypeError, match="cannot be kept"):
            kept.write_cached(tmp_path / "x.roads", replace(network, source=value))
    assert list(tmp_path.glob("*.roads")) == []


# ---- nothing is stale ------------------------------------------------------------------


def test_other_contents_names_or_rules_are_other_networks(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "c"
    read_roads(toy, cache=folder)
    write_pbf(toy, NODES, WAYS[:1], TAGS)
    assert len(read_roads(toy, cache=folder).way_id) == 1
    toy.rename(tmp_path / "renamed.osm.pbf")
    assert read_roads(tmp_path / "renamed.osm.pbf", cache=folder).source == "renamed.osm.pbf"
    assert len(list(folder.iterdir())) == 3
    monkeypatch.setattr(kept, "rules_sha256", lambda: "other rules")
    read_roads(tmp_path / "renamed.osm.pbf", cache=folder)
    assert len(list(folder.iterdir())) == 4


def test_the_rules_are_the_text_of_every_module_that_reads_roads(tmp_path: Path) -> None:
    """Each module of coverage that reading imports, directly or not, counts among the rules."""
    seen, left = (
        set[str](),
        ["coverage.roads", "coverage.sources.openroads", "coverage.sources.pbf"],
    )
    while left:
        name = left.pop()
        path = ROOT / (name.replace(".", "/") + ".py")
        if name in seen or not path.is_file():
            continue
        seen.add(name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coverage"):
                left += [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
    folders = {ROOT / rule for rule in kept.RULES}
    homes = {(ROOT / (name.replace(".", "/") + ".py")).parent for name in seen}
    assert homes <= folders
    assert {"coverage.osm", "coverage.network", "coverage.sources.openroads_rules"} <= seen


def test_a_changed_module_changes_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "issues.py").write_text("one")
    (tmp_path / "coverage" / "sources").mkdir(parents=True)
    module = tmp_path / "coverage" / "sources" / "new.py"
    monkeypatch.setattr(kept, "_HOUSE", tmp_path)
    sums = []
    for text in ("a = 1", "a = 2", "a = 1"):
        module.write_text(text)
        kept.rules_sha256.cache_clear()
        sums.append(kept.rules_sha256())
    kept.rules_sha256.cache_clear()
    assert sums[0] == sums[2] != sums[1]


# ---- nothing damaged is trusted --------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_one_wrong_byte_anywhere_and_the_network_is_built_anew(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    toy = write_pbf(folder / "toy.osm.pbf", NODES, WAYS, TAGS)
    plain = read_roads(toy, cache=folder / "c")
    path = only_file(folder / "c")
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    again = read_roads(toy, cache=folder / "c")
    assert_same(again, plain)
    assert_same(kept.read_cached(path), plain)


@settings(max_examples=25)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_is_built_anew(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    toy = write_pbf(folder / "toy.osm.pbf", NODES, WAYS, TAGS)
    plain = read_roads(toy, cache=folder / "c")
    path = only_file(folder / "c")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert kept.read_cached(path) is None
    assert_same(read_roads(toy, cache=folder / "c"), plain)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x80\x04pickle",
        b"groundplan roads 1|00000000|0|\n",
        b"groundplan roads 1|zz|x|\n",
        b"groundplan roads 0|00000000|64|\n" + b" " * 64,
    ],
)
def test_a_foreign_file_is_replaced(toy: Path, tmp_path: Path, text: bytes) -> None:
    plain = read_roads(toy, cache=tmp_path / "c")
    path = only_file(tmp_path / "c")
    path.write_bytes(text)
    assert kept.read_cached(path) is None
    assert_same(read_roads(toy, cache=tmp_path / "c"), plain)
    assert_same(kept.read_cached(path), plain)


@pytest.mark.parametrize(
    "fields_text",
    [
        b'{"kind": "Popen", "fields": {}}',
        b'{"kind": "Issue", "fields": {"rule": "r", "message": "m"}}',
        b'{"kind": "RoadNetwork", "fields": {}}',
        b'{"array": "|O", "shape": [1]}',
        b'{"array": "<f8", "shape": [9000000000000]}',
        b'{"array": "<f8", "shape": [-1]}',
        b"[[[",
        b"null",
    ],
)
def test_a_forged_file_makes_nothing(tmp_path: Path, fields_text: bytes) -> None:
    """Its checksum is right; what it holds is no network."""
    path = tmp_path / "x.roads"
    path.write_bytes(b"".join(parts(fields_text, [np.zeros(8)], kept.ROADS)))
    assert kept.read_cached(path) is None


def test_no_file_is_unpickled() -> None:
    for module in (kept, coverage.kept):
        assert "pickle" not in Path(str(module.__file__)).read_text(encoding="utf-8")


# ---- writing ---------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_a_warning(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    network = read_roads(toy, cache=tmp_path / "c")
    (told,) = network.warnings
    assert (told.rule, told.severity) == ("roads.cache", "warning")
    assert_same(replace(network, warnings=()), read_roads(toy))


def test_a_stopped_write_leaves_nothing(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        read_roads(toy, cache=tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []


def test_many_readers_and_writers_at_once_agree(toy: Path, tmp_path: Path) -> None:
    plain = read_roads(toy)
    found: list[RoadNetwork] = []

    def work() -> None:
        for _ in range(10):
            found.append(read_roads(toy, cache=tmp_path / "c"))
            for path in (tmp_path / "c").glob("*.roads"):
                path.write_bytes(b"rubbish")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    for network in found:
        assert_same(replace(network, warnings=()), plain)
    assert not list((tmp_path / "c").glob("*.tmp"))


def test_two_processes_at_once_leave_one_whole_file(toy: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coverage.roads import read_roads;"
        f"print(read_roads({str(toy)!r}, cache=Path({str(tmp_path / 'c')!r})).sha256)"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = {run.communicate()[0].strip() for run in runs}
    assert told == {read_roads(toy).sha256}
    assert kept.read_cached(only_file(tmp_path / "c")) is not None


def test_the_folder_stays_bounded(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = read_roads(toy)
    monkeypatch.setattr(kept, "MAX_FILES", 3)
    for n in range(5):
        path = tmp_path / f"{n}.roads"
        kept.write_cached(path, network)
        os.utime(path, (n, n))
    assert kept.read_cached(tmp_path / "2.roads") is not None  # used: now the newest
    (tmp_path / "left.tmp").write_bytes(b"half")
    os.utime(tmp_path / "left.tmp", (0, 0))
    (tmp_path / "fresh.tmp").write_bytes(b"being written")
    kept.write_cached(tmp_path / "9.roads", network)
    assert sorted(path.name for path in tmp_path.glob("*.*s")) == ["2.roads", "4.roads", "9.roads"]
    assert sorted(path.name for path in tmp_path.glob("*.tmp")) == ["fresh.tmp"]
    monkeypatch.setattr(kept, "MAX_BYTES", 1)
    kept.write_cached(tmp_path / "8.roads", network)
    assert [path.name for path in tmp_path.glob("*.*s")] == ["8.roads"]


# ---- what is named ---------------------------------------------------------------------


def test_several_files_are_one_network_whatever_their_order(toy: Path, tmp_path: Path) -> None:
    far = {9: (5000.0, 0.0), 10: (5200.0, 0.0)}
    path = write_pbf(tmp_path / "also.osm.pbf", far, [((9, 10), STREET)])
    one, two = (read_roads(order, cache=tmp_path / "c") for order in ([toy, path], [path, toy]))
    assert_same(one, two)
    assert one.source == "also.osm.pbf + toy.osm.pbf"
    assert [name for name, _ in one.files] == ["also.osm.pbf", "toy.osm.pbf"]
    assert dict(one.files)["toy.osm.pbf"] == read_roads(toy).sha256 != one.sha256
    assert len(list((tmp_path / "c").iterdir())) == 1


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ([], "roads.none_named"),
        (["."], "roads.folder"),
        (["no.osm.pbf"], "roads.missing"),
        (["toy.osm.pbf", "toy.osm.pbf"], "roads.named_twice"),
        (["place:Rutland", "toy.osm.pbf"], "roads.mixed"),
        (["place:Rutland", "place:Oakham"], "roads.mixed"),
    ],
)
def test_lists_of_roads_that_make_no_sense(
    toy: Path, tmp_path: Path, names: list[str], rule: str
) -> None:
    sources = [name if name.startswith("place:") else str(tmp_path / name) for name in names]
    with pytest.raises(InputError) as caught:
        read_roads(sources)
    assert [issue.rule for issue in caught.value.issues] == [rule]
    assert all(issue.remedy for issue in caught.value.issues)


def test_everything_wrong_with_a_list_is_told_at_once(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "r.gpkg").write_bytes(b"")
    names = ["toy.osm.pbf", "r.gpkg", "none.osm.pbf", "."]
    with pytest.raises(InputError) as caught:
        read_roads([tmp_path / name for name in names])
    rules = {issue.rule for issue in caught.value.issues}
    assert rules == {"roads.folder", "roads.missing", "roads.mixed"}
