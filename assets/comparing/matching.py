"""Which row of one register is which row of another: by UPRN, identifier, or name and place. Pure.

One row matches at most one. Each rule takes what the rules before it left over, and every tie is
broken by what the rows say, never by where they stand, so shuffled rows change nothing. A key
counts only where it is the same on exactly one row of each register, and no match is made on one
key that everything else known about the two rows speaks against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

#: Columns of a table of keys; index = row numbers of the source, unique.
KEY_COLUMNS = ("uprn", "asset_id", "name", "postcode", "address", "x", "y", "content")
#: Columns of a table of matches: row numbers of both registers, the rule, what else agrees.
PAIR_COLUMNS = ("old", "new", "matched_by", "evidence")
#: Columns of a table of near misses.
POSSIBLE_COLUMNS = ("old", "new", "reason")

SAME_PLACE_M = 100.0
FAR_M = 1000.0
_NEIGHBOURS = 8
_ROUNDS = 4
_GROUP = 5
_APART_M = 1e4
_BETWEEN = "\x1f"
# Words so common in names of buildings that sharing one says nothing.
_COMMON = frozenset(
    ("and", "at", "building", "buildings", "car", "centre", "community", "former", "garage", "hall")
    + ("house", "land", "lane", "library", "of", "office", "offices", "park", "playing", "road")
    + ("room", "school", "site", "station", "street", "the")
)
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Matching:
    """Two registers' rows, put side by side.

    Attributes:
        pairs: columns `PAIR_COLUMNS`; each row number at most once on its side.
        disputed: pairs matched by one key although another names a different row, columns
            `PAIR_COLUMNS`; ``evidence`` says which.
        refused: pairs one key would have matched and everything else speaks against.
        possible: near misses among the rows left over, columns `POSSIBLE_COLUMNS`.
    """

    pairs: pd.DataFrame
    disputed: pd.DataFrame
    refused: pd.DataFrame
    possible: pd.DataFrame


def match(old: pd.DataFrame, new: pd.DataFrame) -> Matching:
    """Match the rows of two tables of keys.

    Args:
        old: columns `KEY_COLUMNS`: texts normalised for comparison, ``""`` where not known;
            ``x`` and ``y`` in metres (EPSG:27700), NaN where not known; ``content`` a hash of
            everything the row says (uint64).
        new: likewise.

    Returns:
        See `Matching`.
    """
    old, new = _canonical(old), _canonical(new)
    by_uprn = _unique(old["uprn"], new["uprn"])
    outvoted, disputed = _against_uprn(by_uprn, old, new)
    found = [_said(by_uprn[~outvoted], "uprn", "")]
    by_id = _unique(old["asset_id"], new["asset_id"])
    by_id = by_id[~by_id["old"].isin(found[0]["old"]) & ~by_id["new"].isin(found[0]["new"])]
    reused = _against_id(by_id, old, new)
    found.append(_said(by_id[~reused], "asset_id", ""))
    for rule in _BY_NAME:
        left = _left(old, new, found)
        if all(len(side) for side in left):
            found.append(rule(*left))
    pairs = _joined(found)
    refused = _joined(
        [
            _said(by_uprn[outvoted], "uprn", "asset id and name agree with another row"),
            _said(by_id[reused], "asset_id", "nothing else about the two rows agrees"),
        ]
    )
    return Matching(pairs, disputed, refused, _possible(*_left(old, new, found)))


def _canonical(keys: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order that depends on what they say alone."""
    order = keys.rename_axis("row").reset_index()
    order = order.sort_values(["asset_id", "uprn", "name", "content", "row"], kind="stable")
    return order.set_index("row")


def _left(
    old: pd.DataFrame, new: pd.DataFrame, found: list[pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of both sides that no rule has matched yet, in canonical order."""
    taken = _joined(found)
    return old[~old.index.isin(taken["old"])], new[~new.index.isin(taken["new"])]


def _said(pairs: pd.DataFrame, rule: str, evidence: str | pd.Series) -> pd.DataFrame:
    """Pairs with the rule that made them."""
    return pairs.assign(matched_by=rule, evidence=evidence)[list(PAIR_COLUMNS)]


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of pairs as one."""
    filled = [table for table in tables if len(table)]
    if not filled:
        blank = {name: pd.Series(dtype=object) for name in PAIR_COLUMNS}
        return pd.DataFrame(blank).astype({"old": np.int64, "new": np.int64})
    return pd.concat(filled, ignore_index=True)


# --- one key -------------------------------------------------------------------------------


def _unique(old: pd.Series, new: pd.Series) -> pd.DataFrame:
    """Pairs of rows whose key stands on exactly one row of each side."""
    sides = [side[(side != "") & ~side.duplicated(keep=False)] for side in (old, new)]
    first, second = (_keyed(side, name) for side, name in zip(sides, ("old", "new"), strict=True))
    return first.merge(second, on="key")[["old", "new"]]


def _keyed(side: pd.Series, name: str) -> pd.DataFrame:
    """A key column and the row numbers it stands on."""
    return pd.DataFrame({"key": side.to_numpy(dtype=object), name: side.index.to_numpy()})


def _against_uprn(
    pairs: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame
) -> tuple[Mask, pd.DataFrame]:
    """Pairs of one UPRN that identifier and name together outvote, and those merely disputed.

    Two keys outweigh one: where the identifier names another row that has the same name too,
    and this row has not, the UPRN was put right (or put on the wrong row).
    """
    a, b = old.loc[pairs["old"]], new.loc[pairs["new"]]
    same_name = (a["name"].to_numpy() == b["name"].to_numpy()) & (a["name"].to_numpy() != "")
    outvoted = np.zeros(len(pairs), dtype=np.bool_)
    elsewhere = outvoted.copy()
    for side, across, partner in ((a, new, b), (b, old, a)):
        holder = _holder(side["asset_id"], across["asset_id"])
        other = (holder >= 0) & (holder != partner.index.to_numpy())
        names = across["name"].reindex(np.where(other, holder, -1)).fillna("").to_numpy()
        agrees = other & (names == side["name"].to_numpy()) & (names != "")
        elsewhere |= other
        outvoted |= agrees & ~same_name
    why = "the asset id stands on another row of the other register"
    return outvoted, _said(pairs[elsewhere & ~outvoted], "uprn", why)


def _holder(keys: pd.Series, across: pd.Series) -> npt.NDArray[np.int64]:
    """The row of the other register that alone has each key, -1 where there is none."""
    alone = across[(across != "") & ~across.duplicated(keep=False)]
    holders = pd.Series(alone.index.to_numpy(), index=alone.to_numpy(dtype=object))
    found: npt.NDArray[np.int64] = keys.map(holders).fillna(-1).to_numpy(dtype=np.int64)
    return found


def _against_id(pairs: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> Mask:
    """Pairs of one identifier that was plainly given to another property.

    So where nothing else that both rows tell agrees, and at least two things of UPRN, name and
    place differ: registers numbered 1, 2, 3 ... are renumbered with every edition.
    """
    a, b = old.loc[pairs["old"]], new.loc[pairs["new"]]
    differ = np.zeros(len(pairs), dtype=np.int64)
    agree = differ.copy()
    for key in ("uprn", "postcode", "address"):
        first, second = a[key].to_numpy(dtype=object), b[key].to_numpy(dtype=object)
        known = (first != "") & (second != "")
        agree += known & (first == second)
        differ += known & (first != second) if key == "uprn" else 0
    apart_m = _apart_m(a, b)
    far = np.isnan(apart_m) & _both(a, b, "postcode") | (apart_m > FAR_M)
    differ += far
    agree += apart_m <= SAME_PLACE_M
    names = zip(a["name"], b["name"], strict=True)
    strange = np.array([_nothing_shared(*pair) for pair in names], dtype=np.bool_)
    differ += strange
    agree += _both(a, b, "name") & ~strange
    refused: Mask = (agree == 0) & (differ >= 2)
    return refused


def _both(a: pd.DataFrame, b: pd.DataFrame, key: str) -> Mask:
    """Where both rows tell a key."""
    known: Mask = (a[key].to_numpy() != "") & (b[key].to_numpy() != "")
    return known


def _apart_m(a: pd.DataFrame, b: pd.DataFrame) -> Floats:
    """Metres between the rows of two tables, NaN where either has no place."""
    apart: Floats = np.hypot(
        a["x"].to_numpy(dtype=np.float64) - b["x"].to_numpy(dtype=np.float64),
        a["y"].to_numpy(dtype=np.float64) - b["y"].to_numpy(dtype=np.float64),
    )
    return apart


def _nothing_shared(first: str, second: str) -> bool:
    """Whether two names are there and have no telling word in common."""
    if not first or not second or first == second:
        return False
    return not (set(first.split()) - _COMMON) & (set(second.split()) - _COMMON)


# --- name and place ------------------------------------------------------------------------


def _with(*names: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A key made of several columns; ``""`` where one of them is blank."""

    def key(rows: pd.DataFrame) -> pd.Series:
        made = pd.Series("", index=rows.index, dtype=object)
        filled = pd.Series(True, index=rows.index)
        for name in names:
            made = made + _BETWEEN + rows[name].astype(object)
            filled &= rows[name] != ""
        return made.where(filled, "")

    return key


def _spot(rows: pd.DataFrame) -> pd.Series:
    """Name and point, to the metre."""
    texts = rows.assign(
        **{axis: rows[axis].round().astype(object).map(_metre) for axis in ("x", "y")}
    )
    return _with("name", "x", "y")(texts)


def _metre(value: float) -> str:
    """A coordinate as a key."""
    return f"{value:.0f}" if np.isfinite(value) else ""


def _content(rows: pd.DataFrame) -> pd.Series:
    """Everything the row says, where it has a name."""
    return _with("name", "hash")(rows.assign(hash=rows["content"].astype(str)))


def _ranked(
    evidence: str, key: Callable[[pd.DataFrame], pd.Series]
) -> Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """A rule: rows of one key are paired in canonical order, as far as both sides have them."""

    def pair(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        sides = []
        for rows, name in ((old, "old"), (new, "new")):
            keyed = _keyed(key(rows), name)
            keyed = keyed[keyed["key"] != ""]
            groups = keyed.groupby("key", sort=False)[name]
            sides.append(keyed.assign(turn=groups.cumcount(), alike=groups.transform("size")))
        both = sides[0].merge(sides[1], on=["key", "turn"], suffixes=("_old", "_new"))
        alike = both[["alike_old", "alike_new"]].max(axis=1)
        said = pd.Series(evidence, index=both.index, dtype=object)
        said = said.mask(alike > 1, said + alike.map(lambda count: f"; one of {count} alike"))
        return _said(both, "name_and_place", said)

    return pair


def _near(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows of one name within `SAME_PLACE_M`, the nearest first."""
    old, new = (side[(side["name"] != "") & np.isfinite(side["x"])] for side in (old, new))
    apart_m, first, second = _neighbours(old, new)
    order = np.lexsort((second, first, apart_m))
    chosen: list[tuple[int, int, float]] = []
    used_old, used_new = set[int](), set[int]()
    for i, j, metres in zip(first[order], second[order], apart_m[order], strict=True):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            chosen.append((int(i), int(j), float(metres)))
    pairs = pd.DataFrame(
        {
            "old": old.index.to_numpy()[[i for i, _, _ in chosen]],
            "new": new.index.to_numpy()[[j for _, j, _ in chosen]],
        }
    )
    said = pd.Series([f"same name, {metres:.0f} m apart" for _, _, metres in chosen], dtype=object)
    return _said(pairs, "name_and_place", said)


def _neighbours(
    old: pd.DataFrame, new: pd.DataFrame
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distances and positions of old and new rows of one name within `SAME_PLACE_M` (inclusive).

    Names are a third dimension in which different ones lie farther apart than any such two.
    """
    empty = np.array([], dtype=np.int64)
    if not len(old) or not len(new):
        return np.array([], dtype=np.float64), empty, empty
    names = pd.factorize(pd.concat([old["name"], new["name"]]), sort=True)[0] * _APART_M
    points = [
        np.column_stack([side["x"], side["y"], height]).astype(np.float64)
        for side, height in ((old, names[: len(old)]), (new, names[len(old) :]))
    ]
    count = min(_NEIGHBOURS, len(new))
    reach_m = SAME_PLACE_M * (1 + 1e-9)  # the tree leaves out what lies exactly on its bound
    answer = cKDTree(points[1]).query(
        points[0], k=np.arange(1, count + 1), distance_upper_bound=reach_m
    )
    apart_m, near = (np.asarray(part) for part in answer)
    first, rank = np.nonzero(np.isfinite(apart_m))
    return apart_m[first, rank], first, near[first, rank].astype(np.int64)


def _alike(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows of one place whose names differ by words such as ``library``, and no third like them."""
    pairs = _possible(old, new)
    pairs = pairs[
        pairs["reason"].astype(object).str.contains("UPRN|postcode|address| m ").astype(bool)
    ]
    names = zip(old.loc[pairs["old"], "name"], new.loc[pairs["new"], "name"], strict=True)
    alike = pairs[np.array([_same_core(*both) for both in names], dtype=np.bool_)]
    alone = ~alike["old"].duplicated(keep=False) & ~alike["new"].duplicated(keep=False)
    found = alike[alone].reset_index(drop=True)
    return _said(found, "name_and_place", "names alike, " + found["reason"].astype(object))


def _same_core(first: str, second: str) -> bool:
    """Whether one name is the other with common words added, such as ``former`` or ``library``."""
    a, b = set(first.split()), set(second.split())
    return a != b and (a <= b or b <= a) and a - _COMMON == b - _COMMON != set()


_BY_NAME: tuple[Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame], ...] = (
    _ranked("the same in every cell", _content),
    _ranked("same name and asset id", _with("name", "asset_id")),
    _ranked("same name and UPRN", _with("name", "uprn")),
    _ranked("same name and point", _spot),
    *[_near] * _ROUNDS,
    _ranked("same name and postcode", _with("name", "postcode")),
    _ranked("same name and address", _with("name", "address")),
    _alike,
)


# --- near misses ---------------------------------------------------------------------------


def _possible(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows left over on both sides that share something, and what; none of them is a match."""
    found = []
    shared = (
        ("same UPRN", "uprn"),
        ("same asset id", "asset_id"),
        ("same name", "name"),
        ("same postcode", "postcode"),
        ("same address", "address"),
    )
    for reason, key in shared:
        sides = [
            _keyed(side[key][side[key] != ""], name) for side, name in ((old, "old"), (new, "new"))
        ]
        few = [side[side.groupby("key")["key"].transform("size") <= _GROUP] for side in sides]
        found.append(few[0].merge(few[1], on="key")[["old", "new"]].assign(reason=reason))
    found.append(_same_spot(old, new))
    pairs = pd.concat(found, ignore_index=True)
    said: dict[tuple[int, int], str] = {}
    for first, second, reason in pairs[list(POSSIBLE_COLUMNS)].itertuples(index=False, name=None):
        pair = (first, second)
        said[pair] = f"{said[pair]}; {reason}" if pair in said else reason
    rows = [(first, second, reason) for (first, second), reason in sorted(said.items())]
    return pd.DataFrame(rows, columns=list(POSSIBLE_COLUMNS))


def _same_spot(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Pairs within `SAME_PLACE_M` of each other, whatever they are called."""
    old, new = (side[np.isfinite(side["x"])].assign(name="") for side in (old, new))
    apart_m, first, second = _neighbours(old, new)
    reasons = [f"{metres:.0f} m apart" for metres in apart_m]
    return pd.DataFrame(
        {"old": old.index.to_numpy()[first], "new": new.index.to_numpy()[second], "reason": reasons}
    )
