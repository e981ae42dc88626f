"""Drive times beside OSRM's and Valhalla's, on four maps and three kinds of places.

    python benchmarks/agreement.py [--profile car_peak] [--profile-file MINE.yml]
        [--set speeds_kph.unclassified.rural=38] [--set end_s.signals=10]
        [--only tagged] [--by band|kind] [--markdown] [--cases DIR] [--python312 PATH] [--anew]

The maps: Rutland as it is; **tagged**, the same with a British ``maxspeed`` on every secondary,
tertiary, unclassified and residential way that had none (30 mph where the network's density rule
says built-up and on residential streets, 60 mph elsewhere), as a well-tagged county looks;
**untagged**, the same with every ``maxspeed`` taken off; and Wessex, the generated county. Two more
are held out, to be looked at and not tuned to: **half**, where every second of those ways is tagged
and Rutland's other tags stay, and **shire**, a county generated from another seed.

The drives, about 3,000 a map: between random points of the road (``road``), between buildings and
postcodes or demand points (``place``), and between points 5 to 100 m off the road (``edge``); half
within 8 km of one spot, half across the county.

The first run asks both engines (installed under ``.bench/``, see `peers`) and keeps their answers
as CSV files in the cases' folder, ``.bench/agreement`` unless told; later runs only route ours.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import peers  # noqa: E402

from coverage.network import RoadNetwork, grid_xy  # noqa: E402
from coverage.osm import CAR, ROAD_CLASSES  # noqa: E402
from coverage.roads import read_roads  # noqa: E402
from coverage.snap import Snapped, snap  # noqa: E402
from coverage.speeds import Profile, profile  # noqa: E402
from coverage.times import times_between  # noqa: E402

CASES = ("rutland", "tagged", "untagged", "wessex", "half", "shire")
SEED = 4_1986
SHIRE_SEED = 20_26
SIDE = 6
BLOCKS = {"road": 40, "place": 28, "edge": 16}
"""Blocks of `SIDE` x `SIDE` drives of each kind."""
NEAR_M = 8000.0
LEAST_S = 60.0
CLOSE_M = 100.0
WIDER = 0.2
BANDS_KM = (0.0, 2.0, 5.0, 10.0, 20.0, np.inf)
NO_STREETS = ("service", "driveway", "track", "busway", "living_street")
LIMITED = ("secondary", "tertiary", "unclassified", "residential")


# ---- the maps --------------------------------------------------------------------------


def rewrite(source: Path, target: Path, tags_of: Callable[[Any], dict[str, str]]) -> None:
    """The same extract with other tags on its ways."""
    target.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(target)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            if thing.is_way():
                writer.add_way(thing.replace(tags=tags_of(thing)))
            else:
                writer.add(thing)


def without_limits(way: Any) -> dict[str, str]:
    return {k: v for k, v in dict(way.tags).items() if "maxspeed" not in k}


def with_limits(network: RoadNetwork, every: int = 1) -> Callable[[Any], dict[str, str]]:
    """Tags with a limit on roads of `LIMITED` that have none (one in ``every``), by density."""
    way, where = np.unique(network.link_way, return_inverse=True)
    metres = network.link_length_m
    share = np.bincount(where, metres * network.link_urban) / np.bincount(where, metres)
    built_up = dict(zip(way.tolist(), (share >= 0.5).tolist(), strict=True))

    def tags_of(thing: Any) -> dict[str, str]:
        tags = dict(thing.tags)
        bare = tags.get("highway") in LIMITED and not any("maxspeed" in key for key in tags)
        if bare and thing.id % every == 0:
            slow = tags["highway"] == "residential" or built_up.get(thing.id, False)
            tags["maxspeed"] = "30 mph" if slow else "60 mph"
        return tags

    return tags_of


def draw_map(name: str, data: Path, folder: Path) -> Path:
    """The extract of a case, made if it is a variant."""
    rutland = data / "rutland" / "rutland-latest_2022-07-20.osm.pbf"
    if name == "wessex":
        return ROOT / "data" / "wessex" / "roads.osm.pbf"
    if name == "rutland":
        return rutland
    if name == "shire":
        if not (folder / name / "roads.osm.pbf").is_file():
            command = [sys.executable, str(ROOT / "data" / "wessex" / "generate.py")]
            command += ["--out", str(folder / name), "--seed", str(SHIRE_SEED)]
            subprocess.run(command, check=True, capture_output=True)
        return folder / name / "roads.osm.pbf"
    path = folder / f"{name}.osm.pbf"
    if not path.is_file():
        network = read_roads(rutland)
        tags = {"tagged": with_limits(network), "half": with_limits(network, every=2)}
        rewrite(rutland, path, tags.get(name, without_limits))
    return path


# ---- the drives ------------------------------------------------------------------------


def road_points(network: RoadNetwork, rng: np.random.Generator, count: int) -> np.ndarray:
    """Random points of the streets and roads that cars may use, by length, float64[count, 2]."""
    streets = [k for k, name in enumerate(ROAD_CLASSES) if name not in NO_STREETS]
    usable = ((network.link_modes & CAR) > 0) & np.isin(network.link_class, streets)
    links = np.flatnonzero(usable)
    weight = network.link_length_m[links]
    chosen = rng.choice(links, size=count, p=weight / weight.sum())
    share = rng.random(count)[:, None]
    a, b = network.link_from[chosen], network.link_to[chosen]
    xy = np.column_stack([network.node_x, network.node_y])
    return np.asarray(xy[a] + share * (xy[b] - xy[a]))


def off_road(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points moved 5 to 100 m in any direction."""
    angle = rng.uniform(0.0, 2.0 * np.pi, len(points))
    by = rng.uniform(5.0, 100.0, len(points))
    return points + by[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def place_points(pbf: Path, data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Where people set out from (buildings) and where they are (postcodes or demand points)."""
    both = ["easting", "northing"]
    if (pbf.parent / "demand.csv").is_file():
        tables = [pd.read_csv(pbf.parent / f"{layer}.csv") for layer in ("buildings", "demand")]
        return tables[0][both].to_numpy(float), tables[1][both].to_numpy(float)
    buildings = pd.read_csv(data / "rutland" / "osm_public_buildings.csv")
    at = grid_xy(buildings["lon"].to_numpy(), buildings["lat"].to_numpy())
    homes = pd.read_csv(data / "rutland" / "rutland_os_open_names_postcodes_places.csv")
    return np.column_stack(at), homes[both].to_numpy(float)


def _some(points: np.ndarray, rng: np.random.Generator, centre: np.ndarray | None) -> np.ndarray:
    """`SIDE` of the points, near the centre if there is one."""
    if centre is not None:
        near = points[np.hypot(*(points - centre).T) <= NEAR_M]
        points = near if len(near) >= SIDE else points
    return np.asarray(points[rng.choice(len(points), size=SIDE, replace=False)])


def blocks(pbf: Path, network: RoadNetwork, data: Path) -> list[dict[str, Any]]:
    """Blocks of drives: kind, sources and targets (EPSG:27700 metres, float64[SIDE, 2])."""
    rng = np.random.default_rng(SEED)
    made = []
    for kind, count in BLOCKS.items():
        ends = place_points(pbf, data)
        if kind != "place":
            roads = [road_points(network, rng, 2000) for _ in range(2)]
            ends = (roads[0], roads[1])
        for k in range(count):
            centre = ends[0][rng.integers(len(ends[0]))] if k % 2 else None
            sources, targets = (_some(part, rng, centre) for part in ends)
            if kind == "edge":
                sources, targets = off_road(sources, rng), off_road(targets, rng)
            made.append({"kind": kind, "sources": sources.round(2), "targets": targets.round(2)})
    return made


def _answers(engine: str, pbf: Path, asked: list[dict[str, Any]], python: Path) -> list[dict]:
    build = {"osrm": peers.build_osrm, "valhalla": peers.build_valhalla}[engine]
    points = [{side: peers.degrees(b[side]) for side in ("sources", "targets")} for b in asked]
    with tempfile.TemporaryDirectory() as folder:
        data, _ = build(python, pbf, Path(folder) / engine)
        job = {"engine": engine, "data": data, "blocks": points, "repeat": 1, "snaps": True}
        return list(peers.ask(python, job, Path(folder))["blocks"])


def ask_engines(pbf: Path, data: Path, python: Path) -> pd.DataFrame:
    """One row per drive, with both engines' seconds, metres and snap distances."""
    asked = blocks(pbf, read_roads(pbf), data)
    tables = []
    answers = {engine: _answers(engine, pbf, asked, python) for engine in ("osrm", "valhalla")}
    for k, block in enumerate(asked):
        a, b = np.repeat(np.arange(SIDE), SIDE), np.tile(np.arange(SIDE), SIDE)
        columns: dict[str, Any] = {"kind": block["kind"], "block": k}
        for end, side, at in (("from", "sources", a), ("to", "targets", b)):
            columns |= {f"{end}_{axis}": block[side][at, i] for i, axis in enumerate("xy")}
        for engine, answer in answers.items():
            got = answer[k]
            for unit in ("s", "m"):
                columns[f"{engine}_{unit}"] = np.array(got[unit], dtype=float).ravel()
            for end, row, at in (("from", 0, a), ("to", 1, b)):
                snaps = np.array(got["snap_m"][row], dtype=float)[at]
                columns[f"{engine}_snap_{end}_m"] = snaps.round(1)
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


# ---- cases and scores ------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Case:
    """A map, its drives and the engines' answers."""

    name: str
    pbf: Path
    drives: pd.DataFrame

    @cached_property
    def network(self) -> RoadNetwork:
        """The map's roads."""
        return read_roads(self.pbf)

    @cached_property
    def ends(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Distinct places at the two ends, index id."""
        pair = (self.drives[[f"{end}_x", f"{end}_y"]].drop_duplicates() for end in ("from", "to"))
        return tuple(p.set_axis(["x", "y"], axis=1).reset_index(drop=True) for p in pair)

    def snapped(self, by: Profile) -> tuple[Snapped, Snapped]:
        """Both ends on the road."""
        return tuple(snap(self.network, [str(k) for k in p.index], p["x"], p["y"], by)
                     for p in self.ends)  # fmt: skip

    @cached_property
    def _car(self) -> tuple[Snapped, Snapped]:
        return self.snapped(profile("car"))

    def timed(self, by: Profile) -> pd.DataFrame:
        """The drives with our seconds ``s``, metres ``m`` and snaps."""
        start, stop = self._car if by.mode == CAR else self.snapped(by)
        times = times_between(stop, start, profile=by, direction="from_site")
        rows = self.drives.copy()
        at = []
        for end, points in zip(("from", "to"), self.ends, strict=True):
            number = pd.Series(points.index, index=pd.MultiIndex.from_frame(points))
            keys = pd.MultiIndex.from_frame(rows[[f"{end}_x", f"{end}_y"]])
            at.append(number.reindex(keys).to_numpy())
        rows["s"] = times.minutes[at[1], at[0]] * 60.0
        rows["m"] = times.metres[at[1], at[0]]
        rows["snap_m"] = np.maximum(start.snap_m[at[0]], stop.snap_m[at[1]])
        return rows


def cases(
    folder: Path | None = None,
    *,
    data: Path | None = None,
    only: str | None = None,
    python: Path | None = None,
    anew: bool = False,
) -> dict[str, Case]:
    """The cases by name; engines are asked where a case's CSV is not in the folder yet."""
    folder = folder or peers.BENCH / "agreement"
    data = data or ROOT.parent / "shared" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in [only] if only else CASES:
        pbf, path = draw_map(name, data, folder), folder / f"{name}.csv"
        if anew or not path.is_file():
            ask_engines(pbf, data, python or peers.engines_python()).to_csv(path, index=False)
        found[name] = Case(name, pbf, pd.read_csv(path))
    return found


def _rank(a: pd.Series, b: pd.Series) -> float:
    return float(np.corrcoef(a.rank(), b.rank())[0, 1]) if len(a) > 2 else np.nan


def figures(rows: pd.DataFrame) -> dict[str, float]:
    """How well our times of these drives agree with the two engines'; see the legend."""
    told = rows.dropna(subset=["s", "osrm_s", "valhalla_s"])
    long = told[(told["osrm_s"] > LEAST_S) & (told["valhalla_s"] > LEAST_S)]
    both = long[["osrm_s", "valhalla_s"]]
    low, high = both.min(axis=1) * (1 - WIDER), both.max(axis=1) * (1 + WIDER)
    seen: dict[str, float] = {"n": len(long)}
    for engine, short in (("osrm", "o"), ("valhalla", "v")):
        seen[f"rank_{short}"] = _rank(long["s"], long[f"{engine}_s"])
        for q in (5, 50, 95):
            ratio = long["m"] / long[f"{engine}_m"]
            seen[f"dist{q}_{short}"] = float(ratio.quantile(q / 100.0))
        seen[f"time_{short}"] = float((long["s"] / long[f"{engine}_s"]).median())
    seen["band"] = float(((long["s"] >= low) & (long["s"] <= high)).mean())
    seen["under"], seen["over"] = float((long["s"] < low).mean()), float((long["s"] > high).mean())
    seen["no_route"] = int((rows["s"].isna() & rows["osrm_s"].notna()).sum())
    return seen


def _close(rows: pd.DataFrame) -> pd.Series:
    snaps = [name for name in rows.columns if "snap" in name]
    return (rows[snaps].fillna(np.inf) <= CLOSE_M).all(axis=1)


def score(case: Case, by: Profile, split: str | None = None) -> pd.DataFrame:
    """One row of `figures` for all drives, for those with every snap within 100 m, and by part.

    ``split``: ``band`` (of OSRM's distance) or ``kind``; the parts are of the close drives.
    """
    rows = case.timed(by)
    close = rows[_close(rows)]
    parts = {"all": rows, "close": close}
    if split == "kind":
        parts |= {str(k): part for k, part in close.groupby("kind", sort=False)}
    if split == "band":
        band = pd.cut(close["osrm_m"] / 1000.0, BANDS_KM, include_lowest=True)
        parts |= {
            f"{max(b.left, 0.0):.0f} to {b.right:.0f} km": p
            for b, p in close.groupby(band, observed=True)
        }
    return pd.DataFrame({(case.name, k): figures(p) for k, p in parts.items()}).T


def between_engines(case: Case) -> pd.DataFrame:
    """OSRM's own answers scored as if they were ours: how far the engines agree at all."""
    rows = case.drives.assign(s=case.drives["osrm_s"], m=case.drives["osrm_m"])
    return pd.DataFrame({(case.name, "osrm"): figures(rows[_close(rows)])}).T


# ---- the command -----------------------------------------------------------------------


def overrides(file: Path | None, settings: list[str]) -> tuple[str, dict[str, Any]]:
    """A profile's base and changes, from a YAML file and ``a.b.c=value`` settings."""
    made: dict[str, Any] = {}
    if file:
        made = dict(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    name = str(made.pop("base", made.pop("name", "car")))
    for setting in settings:
        key, _, value = setting.partition("=")
        at = made
        *path, last = key.split(".")
        for step in path:
            at[step] = dict(at[step]) if isinstance(at.get(step), Mapping) else {}
            at = at[step]
        at[last] = yaml.safe_load(value)
    return name, made


LEGEND = """
n: drives over a minute by both engines; rank_o, rank_v: Spearman with OSRM, Valhalla; dist5/50/95:
ratio of distances (ours / theirs) at the 5th, 50th, 95th percentile; time: median ratio of times;
band: share within the two engines' times widened by 20 % (under, over: shares outside);
no_route: drives OSRM finds and we do not. all: every drive; close: both ends within 100 m of a road
by everybody's snap.
"""


def markdown(table: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """The close drives of each map as the rows of the README's table."""
    lines = []
    for name in table.index.get_level_values(0).unique():
        row, peer = table.loc[(name, "close")], theirs.loc[(name, "osrm")]
        cells = [
            str(name),
            f"{row['band']:.1%}",
            f"{row['rank_o']:.3f}, {row['rank_v']:.3f}",
            f"{row['dist5_o']:.2f} – {row['dist50_o']:.3f} – {row['dist95_o']:.2f}",
            f"{row['dist5_v']:.2f} – {row['dist50_v']:.3f} – {row['dist95_v']:.2f}",
            f"{peer['dist5_v']:.2f} – {peer['dist50_v']:.3f} – {peer['dist95_v']:.2f}",
            f"{row['time_o']:.2f}, {row['time_v']:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cases", type=Path, help="folder of maps and engines' answers")
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--profile", default="")
    parser.add_argument("--profile-file", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--by", choices=("band", "kind"))
    parser.add_argument("--python312", help="interpreter for the engines' environment")
    parser.add_argument("--markdown", action="store_true", help="rows of the README's table")
    parser.add_argument("--anew", action="store_true", help="ask the engines again")
    args = parser.parse_args()
    name, changes = overrides(args.profile_file, args.set)
    by = profile(args.profile or name, changes)
    data = args.data or ROOT.parent / "shared" / "data"
    if not (data / "rutland").is_dir():
        sys.exit(f"needs {data / 'rutland'}")
    try:
        python = peers.engines_python(args.python312) if args.python312 else None
        known = cases(args.cases, data=data, only=args.only, python=python, anew=args.anew)
    except peers.NotInstalled as why:
        print(f"agreement: not measured: not installed: {why}")
        return
    table = pd.concat([score(case, by, args.by) for case in known.values()])
    theirs = pd.concat([between_engines(case) for case in known.values()])
    if args.markdown:
        print(markdown(table, theirs))
        return
    pd.set_option("display.width", 220, "display.max_columns", 40, "display.max_rows", 200)
    show: dict[str, Any] = {"float_format": lambda value: f"{value:.3f}"}
    whole = {"n": int, "no_route": int}
    print(f"profile {by.name}{' with ' + str(changes) if changes else ''}")
    print(table.astype(whole).to_string(**show))
    print("\nOSRM scored in our place (what the engines themselves agree on; close drives)")
    print(theirs.astype(whole).to_string(**show))
    print(LEGEND)


if __name__ == "__main__":
    main()
