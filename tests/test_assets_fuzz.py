"""Five thousand random faults in sound registers: never a traceback, never a silent loss.

Every fault is drawn from a seed. A thousand are put into a file alone, which is read; some of
those are taken in as well. Taking a layer in costs far more than reading it, so the other four
thousand come twenty to a file, into a register of thirty rows. With
``--hypothesis-profile=search`` every fault has a file of its own and goes all the way; else the
first quarter of the files will do, for all of them take many minutes.

What holds for each file: it is refused in words, with what to do about it; or every cell that is
not blank is in the layer, or in its trail, or in a row set aside, and rows in are rows out and
rows listed. For some, the rest of the way is gone, too: the account, the checks, the comparison
with the sound register, and the layer that is written is read back as it is.
"""

from __future__ import annotations

import random
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from corruptions import (
    BYTES,
    COLUMNS,
    ROWS,
    STRUCTURE,
    Rows,
    as_csv,
    as_geojson,
    as_xlsx,
    lost_cells,
    lost_rows,
    registers,
    texts_of,
)  # fmt: skip
from hypothesis import settings

from assets.account import LayerAccount, account, of_sheet, tables
from assets.comparing.compare import compare
from assets.estate import examine
from assets.importing.intake import Intake, take_in
from assets.issues import InputError, Issue
from assets.read import read_layer
from assets.write import write_layer
from maps.account import account_html
from maps.compare import compare_html

SEARCH = settings.default.max_examples > 1000
TOGETHER = 1 if SEARCH else 20
#: One file in so many.
PART = 1 if SEARCH else 4
#: (layer, format, faults): four thousand, in twenties.
MANY = [
    ("buildings", "csv", 1600), ("buildings", "xlsx", 300), ("buildings", "geojson", 300),
    ("stations", "csv", 500), ("stations", "geojson", 100), ("services", "csv", 500),
    ("services", "xlsx", 100), ("demand", "csv", 500), ("demand", "geojson", 100),
]  # fmt: skip
ALONE = [("buildings", 400), ("stations", 200), ("services", 200), ("demand", 200)]
#: One in so many files goes the rest of the way; one in so many of a single fault is taken in.
FURTHER, TAKEN_IN = 12, 24
REGISTERS = registers()


def test_there_are_five_thousand():
    assert sum(count for *_, count in MANY) + sum(count for _, count in ALONE) == 5000
    assert all(count % 20 == 0 for *_, count in MANY)


@pytest.mark.parametrize("layer", REGISTERS)
def test_the_registers_are_sound(layer: str, tmp_path: Path):
    for rows in REGISTERS[layer]:
        frame = read_layer(saved(rows, tmp_path / "r.csv"), layer)
        made = take_in(layer, frame)
        assert frame.attrs["issues"] == () and made.aside.empty and len(made.frame) == 30
        assert not lost_rows(rows, frame) and not lost_cells(frame, made)


@pytest.mark.parametrize(("layer", "form", "faults"), MANY)
def test_many_faults_in_a_file(layer: str, form: str, faults: int, tmp_path: Path):
    refused = 0
    files = max(1, faults // TOGETHER // PART)
    for number in range(files):
        seed = f"{layer} {form} {number}"
        chance = random.Random(seed)
        sound = REGISTERS[layer][number % len(REGISTERS[layer])]
        rows = sound
        kinds = (STRUCTURE,) if SEARCH else (*[ROWS] * (TOGETHER - 1), COLUMNS)
        for kind in kinds:
            rows = chance.choice(kind)(rows, chance)
        path = saved(rows, tmp_path / f"register.{form}")
        made = check(layer, path, rows, seed=seed)
        refused += made is None
        if made is not None and number % FURTHER == 0:
            check_rest(layer, made, path, seed=seed, sound=saved(sound, tmp_path / "sound.csv"))
    assert SEARCH or refused <= max(1, 0.05 * files)  # one fault must not hide the others


@pytest.mark.parametrize(("layer", "faults"), ALONE)
def test_a_fault_alone(layer: str, faults: int, tmp_path: Path):
    for number in range(faults // PART):
        seed = f"{layer} {number}"
        chance = random.Random(seed)
        sound = REGISTERS[layer][number % len(REGISTERS[layer])]
        rows = None
        path = tmp_path / "register.csv"
        if number % 2:
            rows = chance.choice(STRUCTURE)(sound, chance)
            saved(rows, path)
        else:
            path.write_bytes(chance.choice(BYTES)(as_csv(sound), chance))
        check(layer, path, rows, seed=seed, taken=SEARCH or number % TAKEN_IN in (0, 1))


def saved(rows: Rows, path: Path) -> Path:
    """The rows in a file of the format that its name asks for."""
    if path.suffix == ".csv":
        path.write_bytes(as_csv(rows))
    else:
        {".xlsx": as_xlsx, ".geojson": as_geojson}[path.suffix](rows, path)
    return path


def check(
    layer: str, path: Path, rows: Rows | None, *, seed: str, taken: bool = True
) -> Intake | None:
    """Read a file and take it in; nothing is lost, or it is refused (``None``) in words."""
    try:
        frame = read_layer(path, layer)
    except InputError as error:
        check_words(error.issues, seed)
        return None
    if rows is not None and path.suffix == ".csv":
        assert lost_rows(rows, frame) == [], seed
    if not taken:
        return None
    before = frame.copy()
    made = take_in(layer, frame)
    check_words(made.issues, seed)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    assert lost_cells(frame, made) == [], seed
    listed = [*made.frame.index, *made.aside["row"]]
    assert sorted(listed) == list(frame.index), seed
    assert list(made.sheet.rows) == list(made.frame.index), seed
    return made


def check_words(issues: tuple[Issue, ...], seed: str) -> None:
    """Every issue has a rule and words, and every error a remedy."""
    for issue in issues:
        assert issue.rule and issue.message, (seed, issue)
        assert issue.remedy or issue.severity != "error", (seed, issue)


def check_rest(layer: str, made: Intake, path: Path, *, seed: str, sound: Path) -> None:
    """The account of the layer, its checks, the comparison, and what is written."""
    told = account(
        [LayerAccount(layer, made.sheet, issues=made.issues, repairs=made.repairs,
                      aside=made.aside, mapping=made.mapping, rows_in=made.rows_in,
                      suggested=made.suggested)],
        made.issues,
    )  # fmt: skip
    assert set(told.balance["lost"]) == {0}, seed
    assert tables(told) and account_html(told, title=seed, sources=[path.name])
    frame = read_layer(path, layer)
    examined = examine({layer: frame})
    check_words(examined.issues, seed)
    as_read = account([of_sheet(examined.sheets[layer], rows_in=len(frame))], examined.issues)
    assert set(as_read.balance["lost"]) == {0}, seed
    if layer == "buildings":
        check_comparison(read_layer(sound, layer), frame, seed=seed)
    check_written(layer, made, path.with_name("written.csv"), seed=seed)
    check_written(layer, made, path.with_name("written.gpkg"), seed=seed)


def check_comparison(old: pd.DataFrame, new: pd.DataFrame, *, seed: str) -> None:
    """Every row of both registers is matched, on one side only, or set aside."""
    found = compare(old, new, old_name="old", new_name="new")
    aside = found.aside["register"].value_counts()
    pairs = len(found.matches)
    assert len(old) == pairs + len(found.removed) + aside.get("old", 0), seed
    assert len(new) == pairs + len(found.added) + aside.get("new", 0), seed
    assert compare_html(found, title=seed)


def check_written(layer: str, made: Intake, path: Path, *, seed: str) -> None:
    """A layer written and read back has the same cells and needs no repair."""
    back = take_in(layer, read_layer(write_layer(made.frame, path, layer), layer))
    assert back.repairs.empty and back.aside.empty, (seed, back.repairs, back.aside)
    pd.testing.assert_frame_equal(cells(back.frame), cells(made.frame), obj=seed)


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell but the geometry as text, rows numbered from nil."""
    shape = [frame.geometry.name] if isinstance(frame, gpd.GeoDataFrame) else []
    plain = pd.DataFrame(frame.drop(columns=shape)).reset_index(drop=True)
    return pd.DataFrame({name: texts_of(plain[name]) for name in plain.columns}, dtype=object)
