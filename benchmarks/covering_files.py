"""The files of the covering models: OR-Library's, matrices as tables, England's stations.

Each function reads one kind and gives an `Instance`; whatever cannot be used is refused by
`InputError`. A table is read as text and its columns are recognised by their names and by what
they hold; any of them can be told instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from assets.issues import InputError, Issue
from optimise.covering import Instance, from_pairs, from_table

DISTANCE = re.compile(
    r"(.*_)?(distances?|dist|length|cost|time|duration|minutes?|mins?|seconds?|secs?"
    r"|metres|meters|miles|km|m|s|d)"
)
SITE = re.compile(r"(site|facility|store|station|candidate|origin|name)s?(_?(id|name|code))?")
PLACE = re.compile(r"(demand|destination|target|place|tract|area|point)s?_?(id|name|code)?")
WEIGHT = re.compile(r"(total_?)?(pop\w*|people|weights?|demand|persons|households)(_?\(?total\)?)?")
PEOPLE = re.compile(r"(total_?)?(pop\w*|people|weights?|persons|households)(_?\(?total\)?)?")

#: The reach of England's stations: straight line × 1.3 at 48 km/h within 10 minutes.
DETOUR, METRES_A_MINUTE, MINUTES = 1.3, 800.0, 10.0


@dataclass(frozen=True)
class Columns:
    """Columns named by the user; None: recognised."""

    distance: str | None = None
    site: str | None = None
    place: str | None = None
    place_in_demand: str | None = None
    weight: str | None = None


def fault(rule: str, message: str, *ids: str, remedy: str = "") -> InputError:
    return InputError(Issue(f"covering.{rule}", message, ids, remedy))


# --- OR-Library -----------------------------------------------------------------------------


def numbers(path: Path) -> np.ndarray:
    """Every number of a file, in order."""
    text = _text(path)
    try:
        found = np.array(text.split(), dtype=float)
    except ValueError as error:
        raise fault("file", f"{path.name} holds something that is no number: {error}") from None
    if len(found) < 2 or not np.isfinite(found).all():
        raise fault("file", f"{path.name} does not begin with the counts of an OR-Library file")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise fault("file", f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise fault("file", f"{path} is not a text file") from None


def set_cover_file(path: Path) -> Instance:
    """An OR-Library set-covering file: rows and columns, costs, the columns of each row.

    The railway files, which list the rows of each column after its cost, are told by their
    count. Columns are called 1, 2, … as in the file.
    """
    found = numbers(path)
    rows, columns = whole(found[0], "rows", path), whole(found[1], "columns", path)
    by_row = lists(found, 2 + columns, rows)
    if by_row is not None:
        price, (at, to) = found[2 : 2 + columns], by_row
    else:
        by_column = lists(found, 2, columns, extra=1)
        if by_column is None:
            raise fault(
                "file",
                f"{path.name} does not hold {columns} costs and {rows} lists of columns",
                remedy="the numbers are: rows, columns, a cost for each column, then for each "
                "row how many columns cover it and which",
            )
        to, at = by_column
        price = prices_of_columns(found, columns)
    if len(to) and not (to.min() >= 1 and to.max() <= columns and at.max() < rows):
        raise fault("file", f"{path.name} names a row or a column that it does not have")
    made = from_pairs(
        [str(k + 1) for k in range(rows)],
        [str(k + 1) for k in range(columns)],
        (at, to - 1, np.zeros(len(at))),
        price=price,
    )
    return made


def whole(value: float, what: str, path: Path) -> int:
    if value != round(value) or value < 1:
        raise fault("file", f"{path.name}: {value:g} is no number of {what}")
    return int(value)


def lists(
    found: np.ndarray, start: int, count: int, *, extra: int = 0
) -> tuple[np.ndarray, np.ndarray] | None:
    """(list, member) of ``count`` lists, each led by its length; None if they do not fit.

    ``extra`` numbers stand before each length. Where they do, members are told as (member − 1,
    list + 1), which is how a file by columns differs from one by rows.
    """
    members, which, at = [], [], start
    for k in range(count):
        at += extra
        if at >= len(found) or found[at] < 0 or found[at] != round(found[at]):
            return None
        size = int(found[at])
        if at + 1 + size > len(found):
            return None
        members.append(found[at + 1 : at + 1 + size])
        which.append(np.full(size, k))
        at += 1 + size
    if at != len(found):
        return None
    of, member = np.concatenate(which), np.concatenate(members).astype(np.int64)
    return (of + 1, member - 1) if extra else (of, member)


def prices_of_columns(found: np.ndarray, columns: int) -> np.ndarray:
    price, at = np.zeros(columns), 2
    for k in range(columns):
        price[k] = found[at]
        at += 2 + int(found[at + 1])
    return price


def p_median_file(path: Path) -> tuple[np.ndarray, int]:
    """An OR-Library p-median file as (nodes × nodes direct costs, p): infinite without an edge.

    If an edge is told more than once the last cost counts.
    """
    found = numbers(path)
    if len(found) < 3:
        raise fault("file", f"{path.name} does not begin with nodes, edges and p")
    nodes, sites = whole(found[0], "nodes", path), whole(found[2], "sites", path)
    if len(found) != 3 + 3 * int(found[1]):
        listed = (len(found) - 3) / 3
        raise fault("file", f"{path.name} says {found[1]:g} edges, and holds {listed:g}")
    edges = found[3:].reshape(-1, 3)
    ends = edges[:, :2]
    if len(edges) and (ends.min() < 1 or ends.max() > nodes or (ends != np.round(ends)).any()):
        raise fault("file", f"{path.name} names a node that is not one of 1 to {nodes}")
    if (edges[:, 2] < 0).any():
        raise fault("file", f"{path.name} has an edge of less than no cost")
    direct = np.full((nodes, nodes), np.inf)
    for a, b, cost in edges.tolist():
        direct[int(a) - 1, int(b) - 1] = direct[int(b) - 1, int(a) - 1] = cost
    return direct, sites


def shortest(direct: np.ndarray) -> Instance:
    """Every node a demand point and a site, at the shortest distances between them."""
    rows, columns = np.nonzero(np.isfinite(direct))
    graph = csr_array(coo_array((direct[rows, columns], (rows, columns)), shape=direct.shape))
    # An edge of no cost is an edge: scipy keeps the zeros that are stored.
    table = dijkstra(graph, directed=False)
    ids = [str(k + 1) for k in range(len(direct))]
    return from_table(ids, ids, table)


# --- tables ---------------------------------------------------------------------------------


def table(path: Path) -> pd.DataFrame:
    """A CSV file as text."""
    _text(path)
    try:
        read = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise fault("file", f"{path.name} is not a CSV table: {error}") from None
    if read.empty:
        raise fault("file", f"{path.name} has no rows")
    read.columns = [str(name).strip() for name in read.columns]
    return read.map(str.strip)


def figures(read: pd.DataFrame, column: str, path: Path) -> np.ndarray:
    """A column as numbers; an empty cell (or NaN, or inf) is none."""
    text = read[column].replace({"": "nan"})
    made = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    odd = ~np.isfinite(made) & ~text.str.lower().isin(["nan", "inf", "infinity", "na"]).to_numpy()
    if odd.any():
        cells = tuple(dict.fromkeys(text[odd]))
        raise fault("figure", f"{path.name}: column {column} holds what is no number", *cells)
    return np.where(np.isfinite(made), made, np.nan)


def is_number(series: pd.Series) -> bool:
    filled = series[series != ""]
    return len(filled) > 0 and bool(pd.to_numeric(filled, errors="coerce").notna().all())


def mostly_numbers(series: pd.Series) -> bool:
    return bool(pd.to_numeric(series, errors="coerce").notna().mean() > 0.5)


def told(read: pd.DataFrame, name: str, path: Path) -> str:
    if name not in read.columns:
        listed = ", ".join(map(str, read.columns[:20]))
        raise fault("column", f"{path.name} has no column {name}", remedy=f"it has: {listed}")
    return name


def pick(pattern: re.Pattern[str], names: Sequence[str]) -> str | None:
    """The first of the columns whose name is of the pattern."""
    return next((n for n in names if pattern.fullmatch(n.strip().lower())), None)


@dataclass(frozen=True)
class Pairs:
    """A matrix as pairs of ids and what lies between them."""

    place: np.ndarray
    site: np.ndarray
    apart: np.ndarray


def matrix_pairs(path: Path, columns: Columns, places: Sequence[str] | None) -> Pairs:
    """A matrix, long (a row for each pair) or wide (a row for each demand point).

    ``places`` are the ids of the demand, where they are known: they tell which column, or which
    side of a wide table, is the demand's.
    """
    read = table(path)
    names = list(read.columns)
    distance = told(read, columns.distance, path) if columns.distance else distance_column(read)
    if distance is None:
        return wide_pairs(read, path, places)
    text = [n for n in names if n != distance]
    place = told(read, columns.place, path) if columns.place else None
    if place is None and places:
        known = set(places)
        held = [n for n in text if n != columns.site and read[n].isin(known).mean() > 0.5]
        rather = [n for n in held if not SITE.fullmatch(n.lower())]
        place = pick(PLACE, held) or next(iter(rather or held), None)
    site = told(read, columns.site, path) if columns.site else None
    text = [n for n in text if n not in (place, site)]
    place = place or pick(PLACE, [n for n in text if not is_number(read[n])])
    place = place or pick(PLACE, text)
    text = [n for n in text if n != place]
    site = site or pick(SITE, text) or (text[0] if len(text) == 1 else None)
    if place is None or site is None:
        what = "demand points" if place is None else "sites"
        raise fault(
            "column",
            f"{path.name}: no column was recognised as that of the {what}",
            remedy="name it by --demand-column or --site-column",
        )
    apart = figures(read, distance, path)
    return Pairs(read[place].to_numpy(), read[site].to_numpy(), apart)


def distance_column(read: pd.DataFrame) -> str | None:
    """The column of distances of a table of pairs; None where the table is a wide one."""
    names = list(read.columns)
    if not 3 <= len(names) <= 12:
        return None
    numeric = [n for n in names if is_number(read[n])]
    named = [n for n in numeric if DISTANCE.fullmatch(n.lower())]
    # A column that is called a distance and mostly holds numbers is one with mistakes in it.
    nearly = [n for n in names if DISTANCE.fullmatch(n.lower()) and mostly_numbers(read[n])]
    alone = numeric if len(names) == 3 and len(numeric) == 1 else []
    return next(iter(named or nearly or alone), None)


def wide_pairs(read: pd.DataFrame, path: Path, places: Sequence[str] | None) -> Pairs:
    """A wide table: the first column names the rows, the others are named in the heading."""
    ids, heads = read[read.columns[0]].to_numpy(), np.array(read.columns[1:])
    if not len(heads) or not all(is_number(read[n]) or (read[n] == "").all() for n in heads):
        raise fault(
            "column",
            f"{path.name}: neither a column of distances nor a table of them was recognised",
            remedy="name the column by --distance-column",
        )
    found = np.column_stack([figures(read, n, path) for n in heads])
    known = set(places or ())
    if known and sum(h in known for h in heads) > sum(i in known for i in ids):
        ids, heads, found = heads, ids, found.T
    return Pairs(np.repeat(ids, len(heads)), np.tile(heads, len(ids)), found.ravel())


def demand_table(path: Path, columns: Columns) -> pd.DataFrame:
    """The demand file, with the columns told checked."""
    read = table(path)
    for name in (columns.place_in_demand, columns.weight):
        if name:
            told(read, name, path)
    return read


def weight_of(read: pd.DataFrame, path: Path, columns: Columns, ids: str) -> np.ndarray:
    """The column of weights, as told or recognised."""
    name = columns.weight
    if name is None:
        numeric = [n for n in read.columns if n != ids and is_number(read[n])]
        name = pick(WEIGHT, numeric)
    if name is None:
        raise fault(
            "column",
            f"{path.name}: no column was recognised as weight (people)",
            remedy="name it by --weight-column",
        )
    return figures(read, name, path)


def place_column(read: pd.DataFrame, path: Path, matrix: Path, columns: Columns) -> str:
    """The column of the demand file whose ids the matrix uses."""
    if columns.place_in_demand:
        return columns.place_in_demand
    there = table(matrix)
    used = {str(n) for n in there.columns}
    for name in there.columns[:12]:
        if columns.place in (None, name) and not DISTANCE.fullmatch(name.lower()):
            used |= set(there[name])
    could = [n for n in read.columns if read[n].is_unique and not PEOPLE.fullmatch(n.lower())]
    share = {n: float(read[n].isin(used).mean()) for n in could}
    best = max(share, key=lambda n: share[n], default=None)
    if best is None or share[best] == 0:
        raise fault(
            "column",
            f"no column of {path.name} holds the ids of demand points that {matrix.name} uses",
            remedy="name it by --id-column; every demand point is listed once",
        )
    return best


def matrix_instance(matrix: Path, demand: Path | None, columns: Columns) -> Instance:
    """Distances of a matrix file, and the demand of another (or each of weight 1 without one)."""
    if demand is None:
        pairs = matrix_pairs(matrix, columns, None)
        places, weight = list(dict.fromkeys(pairs.place)), None
    else:
        read = demand_table(demand, columns)
        ids = place_column(read, demand, matrix, columns)
        places, weight = list(read[ids]), weight_of(read, demand, columns, ids)
        pairs = matrix_pairs(matrix, columns, places)
    row = {p: k for k, p in enumerate(places)}
    strangers = tuple(dict.fromkeys(p for p in pairs.place if p not in row))
    if strangers:
        message = f"{matrix.name} has distances of demand points that are not in {demand}"
        raise fault("id", message, *strangers, remedy="list every demand point with its weight")
    sites = list(dict.fromkeys(pairs.site))
    column = {s: k for k, s in enumerate(sites)}
    at = np.array([row[p] for p in pairs.place], dtype=np.int64)
    to = np.array([column[s] for s in pairs.site], dtype=np.int64)
    return from_pairs(places, sites, (at, to, pairs.apart), weight=weight)


# --- England --------------------------------------------------------------------------------


def england(data: Path) -> Instance:
    """Home Office stations with coordinates, LSOAs of England with people, and drives in reach.

    Minutes are straight line × 1.3 at 48 km/h, of the pairs within 10 minutes (inclusive). A
    station is known by its row in the list, since names repeat.
    """
    stations = table(data / "fire_stations_england" / "home_office_fire_stations.csv")
    at = np.column_stack(
        [
            pd.to_numeric(stations[n], errors="coerce").to_numpy(dtype=float)
            for n in ("STATION_EASTING", "STATION_NORTHING")
        ]
    )
    has = np.isfinite(at).all(axis=1)
    path = data / "lsoa_england_wales" / "lsoa11_pwc_population_imd2019.parquet"
    wanted = ["lsoa11cd", "X", "Y", "Population (Total)"]
    try:
        places = pd.read_parquet(path, columns=wanted).dropna()
    except OSError as error:
        raise fault("file", f"{path} cannot be read: {error.strerror or error}") from None
    spots = places[["X", "Y"]].to_numpy(dtype=float)
    metres = MINUTES * METRES_A_MINUTE / DETOUR
    near = cKDTree(spots).query_ball_point(at[has], metres * (1 + 1e-9), return_sorted=True)
    counts = np.array([len(found) for found in near])
    place = np.concatenate([np.array(found, dtype=np.int64) for found in near])
    site = np.repeat(np.arange(len(near)), counts)
    gone = ((spots[place] - at[has][site]) ** 2).sum(axis=1)
    # Squares of whole metres are exact, so a tie at the threshold is a tie.
    within = gone * DETOUR**2 * 100.0 <= (MINUTES * METRES_A_MINUTE) ** 2 * 100.0
    place, site = place[within], site[within]
    minutes = np.minimum(np.sqrt(gone[within]) * DETOUR / METRES_A_MINUTE, MINUTES)
    names = stations["STATION_NAME"] + ", " + stations["FRS_FULLNAME"]
    ids = [f"{row + 2}: {name}" for row, name in names[has].items()]
    people = places["Population (Total)"].to_numpy(dtype=float)
    return from_pairs(list(places["lsoa11cd"]), ids, (place, site, minutes), weight=people)
