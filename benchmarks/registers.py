"""Registers read and checked: Groundplan against what a user would pick instead, on the same files.

    python benchmarks/registers.py [--data ../shared/data] [--rows 100000] [--frictionless PATH]

Two jobs. A published list (the libraries of England, 3,539 rows) imported as buildings: read,
mapped, repaired, checked, written as a GeoPackage with its account. And a scenario of three
layers of 100,000 rows each, made here from the demonstration county's rows with faults put in,
checked by ``app.py check``. Beside each stand plain pandas and geopandas, which only read the
same files (and write them back): the floor under any tool; and ``frictionless validate`` with a
schema of the same columns, where it is installed: it checks cells against the schema, repairs
nothing, and knows nothing of places. Each job is a process of its own, so that seconds and peak
memory are its own; the best of some runs counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
WESSEX = ROOT / "data" / "wessex"
LIBRARIES = "libraries_england/basic-dataset-for-libraries-2023-enhanced.csv"
POINT_LAYERS = ("buildings", "services", "demand")


class Cost(NamedTuple):
    """What one run of a command took."""

    seconds: float
    cpu_s: float
    peak_mb: float


# --- a county of any size ---------------------------------------------------------------------


def _copies(name: str, rows: int) -> pd.DataFrame:
    """The demonstration county's rows of a layer over and over, as text."""
    once = pd.read_csv(WESSEX / f"{name}.csv", dtype=str, keep_default_na=False)
    return once.iloc[np.arange(rows) % len(once)].reset_index(drop=True)


def _ids(letter: str, numbers: np.ndarray) -> list[str]:
    """``B000012`` and so on."""
    return [f"{letter}{number:06d}" for number in numbers]


def _scattered(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Every copy at a place of its own, within a kilometre or so."""
    moved = {
        axis: (frame[axis].astype(float) + random.normal(0.0, 700.0, len(frame))).round()
        for axis in ("easting", "northing")
    }
    return frame.assign(**{axis: values.astype(int).astype(str) for axis, values in moved.items()})


def _postcodes(frame: pd.DataFrame) -> list[str]:
    """A postcode that agrees with the place: districts of 30 km, sectors of 10, units of 1."""
    x, y = (frame[axis].astype(int).to_numpy() for axis in ("easting", "northing"))
    letters = np.array(list("ABDEFGHJLN"))
    district = 1 + np.clip((x - 320_000) // 30_000 * 3 + (y - 50_000) // 30_000, 0, 10)
    sector = 1 + x // 10_000 % 3 * 3 + y // 10_000 % 3
    first, second = letters[x // 1000 % 10], letters[y // 1000 % 10]
    cells = zip(district, sector, first, second, strict=True)
    return [f"DT{d} {digit}{a}{b}" for d, digit, a, b in cells]


def _some(random: np.random.Generator, rows: int, share: float) -> np.ndarray:
    """A mask of about that share of the rows."""
    mask: np.ndarray = random.random(rows) < share
    return mask


def _buildings(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Buildings as a register has them: figures with units, dates in words, odd places."""
    frame = _scattered(_copies("buildings", rows), random)
    number = np.arange(rows).astype(str)
    frame = frame.assign(
        asset_id=_ids("B", np.arange(rows)),
        uprn=(10_000_000_000 + np.arange(rows)).astype(str),
        name=frame["name"] + " " + number,
        postcode=_postcodes(frame),
        ward_code="",
    )
    figures = frame["gia_m2"] != ""
    frame.loc[figures & _some(random, rows, 0.01), "gia_m2"] += " m²"
    frame.loc[figures & _some(random, rows, 0.003), "gia_m2"] = "see note"
    frame.loc[_some(random, rows, 0.02), "running_cost_gbp_pa"] = "£12,345"
    frame.loc[_some(random, rows, 0.01), "market_value_gbp"] = "n/a"
    frame.loc[_some(random, rows, 0.1), "survey_date"] = "31 March 2024"
    close = _some(random, rows, 0.05)
    frame.loc[close, "postcode"] = frame.loc[close, "postcode"].str.replace(" ", "")
    frame.loc[_some(random, rows, 0.002), ["easting", "northing"]] = ""
    swapped = _some(random, rows, 0.001)
    frame.loc[swapped, ["easting", "northing"]] = frame.loc[
        swapped, ["northing", "easting"]
    ].to_numpy()
    far = _some(random, rows, 0.0005)
    frame.loc[far, "northing"] = (frame.loc[far, "northing"].replace("", "0") + "0").to_numpy()
    return pd.concat([frame, frame.iloc[:: max(1, rows // 20)]], ignore_index=True)


def _services(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Units, each in its building; a few in none."""
    frame = _copies("services", rows)
    number = np.arange(rows)
    units, buildings = (
        len(pd.read_csv(WESSEX / f"{n}.csv", dtype=str)) for n in ("services", "buildings")
    )
    home = frame["asset_id"].str[1:].astype(int).to_numpy() - 1
    home = (home + number // units * buildings) % rows
    frame = frame.assign(
        unit_id=_ids("U", number),
        asset_id=_ids("B", home),
    )
    frame.loc[_some(random, rows, 0.001), "asset_id"] = "B-none"
    frame.loc[_some(random, rows, 0.002), "space_m2"] = "tbc"
    frame.loc[_some(random, rows, 0.02), "service_cost_gbp_pa"] = "£1.2m"
    return frame


def _demand(rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Small areas with people; a few cells that are none."""
    frame = _scattered(_copies("demand", rows), random)
    frame = frame.assign(demand_id=_ids("D", np.arange(rows)), ward_code="")
    frame.loc[_some(random, rows, 0.001), "population"] = "unknown"
    frame.loc[_some(random, rows, 0.01), "households"] = "1,203"
    return frame


def write_county(folder: Path, rows: int) -> Path:
    """Three layers of ``rows`` rows and a scenario that names them; the same every time."""
    random = np.random.default_rng(3)
    made = {"buildings": _buildings, "services": _services, "demand": _demand}
    for name, make in made.items():
        make(rows, random).to_csv(folder / f"{name}.csv", index=False)
    layers = "".join(f"  {name}: {name}.csv\n" for name in made)
    scenario = folder / "county.yml"
    scenario.write_text(
        f"name: county\ntitle: A county of {rows} rows\nlayers:\n{layers}"
        f"roads: {WESSEX / 'roads.osm.pbf'}\n",
        encoding="utf-8",
    )
    return scenario


# --- the peers --------------------------------------------------------------------------------

READ_AND_WRITE_PLACES = """
import sys, geopandas, pandas
frame = pandas.read_csv(sys.argv[1])
points = geopandas.points_from_xy(frame["Easting"], frame["Northing"], crs=27700)
geopandas.GeoDataFrame(frame, geometry=points).to_file(sys.argv[2])
"""
READ_AND_WRITE = """
import sys, pandas
for path in sys.argv[2:]:
    frame = pandas.read_csv(path, low_memory=False)
    frame.to_csv(sys.argv[1], index=False)
"""
#: Kinds of the planner's columns as frictionless calls them.
KINDS = {"number": "number", "integer": "number", "date": "date", "boolean": "boolean"}


def table_schema(path: Path, layer: str) -> Path:
    """A frictionless schema of the columns of a file, beside it."""
    from assets.schema import LAYERS

    fields = []
    for name in pd.read_csv(path, nrows=0).columns:
        column = LAYERS[layer].find(name.lower())
        field: dict[str, object] = {"name": name, "type": "string"}
        if column is not None:
            field["type"] = KINDS.get(column.kind, "string")
            field["constraints"] = {"required": column.required}
            if column.allowed:
                field["constraints"] = {"required": column.required, "enum": [*column.allowed]}
        fields.append(field)
    schema = path.with_suffix(".schema.json")
    schema.write_text(json.dumps({"fields": fields}), encoding="utf-8")
    return schema


def frictionless(program: str, path: Path, schema: Path) -> list[str]:
    """The command that validates one file, however many cells of it are wrong."""
    limit = ["--limit-errors", "10000000", "--trusted"]
    return [program, "validate", str(path), "--schema", str(schema), "--json", *limit]


# --- the clock --------------------------------------------------------------------------------


def cost(command: Sequence[str]) -> Cost:
    """What one run of a command takes; it may find fault with the files, but not fail."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 2):
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0)


def best(commands: Sequence[Sequence[str]], repeat: int) -> Cost:
    """The cheapest of some runs of commands that are one job together."""
    runs = []
    for _ in range(repeat):
        each = [cost(command) for command in commands]
        peak = max(one.peak_mb for one in each)
        runs.append(Cost(sum(o.seconds for o in each), sum(o.cpu_s for o in each), peak))
    return min(runs, key=lambda run: run.cpu_s)


def told(title: str, rows: Mapping[str, Cost]) -> None:
    """A table of jobs; the ratios are of processor time, which other programs disturb least."""
    base = rows["groundplan"].cpu_s
    print(f"{title:46}{'s':>8}{'cpu s':>8}{'ratio':>8}{'peak MB':>9}")
    for job, one in rows.items():
        ratio = f"{one.cpu_s / base:.2f}"
        print(f"{job:46}{one.seconds:8.2f}{one.cpu_s:8.2f}{ratio:>8}{one.peak_mb:9.0f}")


# --- the jobs ---------------------------------------------------------------------------------


def imported(libraries: Path, folder: Path, *, repeat: int, validator: str | None) -> None:
    """The libraries of England as buildings."""
    file = Path(shutil.copy(libraries, folder / "libraries.csv"))
    out = folder / "libraries.gpkg"
    ours = [sys.executable, "app.py", "import", str(file), "--as", "buildings", "--force",
            "--out", str(out)]  # fmt: skip
    floor = [sys.executable, "-c", READ_AND_WRITE_PLACES, str(file), str(folder / "floor.gpkg")]
    rows = {
        "groundplan": best([ours], repeat),
        "geopandas reads and writes": best([floor], repeat),
    }
    if validator is not None:
        command = frictionless(validator, file, table_schema(file, "buildings"))
        rows["frictionless validate"] = best([command], repeat)
    told(f"{len(pd.read_csv(file)):,} libraries imported", rows)


def checked(folder: Path, *, count: int, repeat: int, validator: str | None) -> None:
    """Three layers of a county, read and checked."""
    scenario = write_county(folder, count)
    files = [folder / f"{name}.csv" for name in POINT_LAYERS]
    ours = [sys.executable, "app.py", "check", str(scenario), "--out", str(folder / "account")]
    floor = [sys.executable, "-c", READ_AND_WRITE, str(folder / "floor.csv"), *map(str, files)]
    rows = {
        "groundplan": best([ours], repeat),
        "pandas reads and writes": best([floor], repeat),
    }
    if validator is not None:
        commands = [frictionless(validator, file, table_schema(file, file.stem)) for file in files]
        rows["frictionless validate"] = best(commands, 1)
    told(f"3 layers of {count:,} rows read and checked", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each layer checked")
    parser.add_argument("--repeat", type=int, default=2, help="runs (the cheapest counts)")
    parser.add_argument("--frictionless", default=None, help="the program, if not on the path")
    args = parser.parse_args()
    beside = Path(sys.executable).with_name("frictionless")
    validator = args.frictionless or shutil.which("frictionless")
    validator = validator or (str(beside) if beside.is_file() else None)
    if validator is None:
        print("frictionless is not installed: measured without it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (args.data / LIBRARIES).is_file():
            imported(args.data / LIBRARIES, folder, repeat=args.repeat, validator=validator)
        else:
            print(f"needs {args.data / LIBRARIES}: import not measured")
        checked(folder, count=args.rows, repeat=args.repeat, validator=validator)


if __name__ == "__main__":
    main()
