"""Two editions of a register of buildings: what was added, removed, moved, renamed. Pure.

Rows are matched by `assets.comparing.matching`; what is reported of a matched pair is every
cell both editions tell and tell differently. Every row of both editions is accounted for: old
rows = matched + removed, new rows = matched + added, and rows the cleaning set aside are listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import as_text, neutral
from assets.comparing.differences import (
    KINDS,
    OF_THE_EDITION,
    SAME_POINT_M,
    differences,
    without_edition,
)
from assets.comparing.matching import Matching, match
from assets.comparing.vintages import (
    KIND,
    Register,
    Side,
    id_key,
    once_each,
    plain,
    postcode_key,
    register_of,
    uprn_key,
    with_content,
)
from assets.issues import Issue
from assets.schema import PLACE_COLUMNS, heading_key, headings
from assets.sheets import Sheet

FEW_MATCHES = 0.5
HINTS = 2

#: Columns of the tables; ids are what each register calls the row.
CHANGE_COLUMNS = (
    *("old_id", "new_id", "old_row", "new_row", "name"),
    *("kind", "column", "before", "after", "how"),
)
MATCH_COLUMNS = (
    *("old_id", "new_id", "old_row", "new_row", "name", "matched_by", "evidence"),
    *("changes", "moved_m"),
)
ONE_SIDED_COLUMNS = (
    *("id", "row", "uprn", "name", "owner", "asset_type", "tenure", "status", "postcode"),
    *("gia_m2", "easting", "northing", "note"),
)
POSSIBLE_COLUMNS = ("old_id", "new_id", "old_row", "new_row", "old_name", "new_name", "reason")
UPRN_COLUMNS = ("what", "old_uprns", "new_uprns", "old_ids", "new_ids")
COLUMN_COLUMNS = ("column", "in_old", "in_new", "compared", "changed")
ASIDE_COLUMNS = ("register", "row", "id", "rule", "cells")


@dataclass(frozen=True)
class Comparison:
    """What became of a register's rows from one edition to the next.

    Attributes:
        old, new: the two registers.
        counts: measure -> rows: matched, removed, added, unchanged, changed, each kind of
            `KINDS` (rows with at least one such change), ``by_<rule>`` for the rules of matching.
        matches: a row per matched pair, columns `MATCH_COLUMNS`; ``changes`` = kinds, ``; ``.
        changes: a row per cell that differs, columns `CHANGE_COLUMNS`; ``how`` = changed,
            filled, emptied, or metres moved.
        removed, added: rows of one register only, columns `ONE_SIDED_COLUMNS`.
        possible: rows of both that were not matched but share something.
        uprns: UPRNs split or merged, columns `UPRN_COLUMNS`; lists joined by ``; ``.
        columns: which columns were compared, columns `COLUMN_COLUMNS`.
        aside: rows the cleaning of either register set aside.
        points: old_x, old_y, new_x, new_y (EPSG:27700), id, name, what (kept, moved, added,
            removed) of every row with a place.
        issues: what a reader has to know before trusting the comparison.
    """

    old: Side
    new: Side
    counts: Mapping[str, int]
    matches: pd.DataFrame
    changes: pd.DataFrame
    removed: pd.DataFrame
    added: pd.DataFrame
    possible: pd.DataFrame
    uprns: pd.DataFrame
    columns: pd.DataFrame
    aside: pd.DataFrame
    points: pd.DataFrame
    issues: tuple[Issue, ...]


def compare(
    old: Sheet | pd.DataFrame,
    new: Sheet | pd.DataFrame,
    *,
    old_name: str = "the old register",
    new_name: str = "the new register",
) -> Comparison:
    """Match two registers of buildings row by row and say what differs.

    Args:
        old: frame as `assets.read.read_layer` gives it for ``buildings`` (columns the planner
            does not know are compared too, as text), or a sheet of it.
        new: the later one, likewise.
        old_name: what to call the old register in front of readers.
        new_name: what to call the new.

    Returns:
        See `Comparison`; the same for the same rows in any order, but for row numbers.
    """
    first, second = register_of(old, old_name), register_of(new, new_name)
    shared = [name for name in first.frame.columns if name in second.frame.columns]
    matching = match(with_content(first, shared), with_content(second, shared))
    differing = differences(first, second, matching.pairs)
    differing, of_the_edition = without_edition(differing, len(matching.pairs))
    matches = _matches(first, second, matching, differing)
    possible = _possible(first, second, matching)
    removed = _one_sided(first, second, matching.pairs["old"])
    added = _one_sided(second, first, matching.pairs["new"])
    return Comparison(
        old=first.side,
        new=second.side,
        counts=_counts(matches, differing, len(removed), len(added)),
        matches=matches,
        changes=_named(first, second, differing),
        removed=_hinted(removed, possible, "old", "new"),
        added=_hinted(added, possible, "new", "old"),
        possible=possible,
        uprns=_uprns(first, second, matching.pairs),
        columns=_columns(first, second, differing),
        aside=_aside(first, second),
        points=_points(first, second, matching.pairs),
        issues=_issues(first, second, matching, of_the_edition),
    )


def tables(comparison: Comparison) -> Mapping[str, pd.DataFrame]:
    """Name -> table, for CSV files; no cell of it can be taken for a formula."""
    counted = pd.DataFrame(
        [
            (name, f"{side.name}: {what}", rows)
            for name, side, what, rows in (
                ("old", comparison.old, "rows compared", comparison.old.rows),
                ("old_aside", comparison.old, "rows set aside", comparison.old.aside),
                ("new", comparison.new, "rows compared", comparison.new.rows),
                ("new_aside", comparison.new, "rows set aside", comparison.new.aside),
            )
        ]
        + [(name, _meaning(name), rows) for name, rows in comparison.counts.items()],
        columns=["measure", "meaning", "rows"],
    )
    issues = pd.DataFrame(
        [(i.severity, i.rule, i.message, "; ".join(i.ids), i.remedy) for i in comparison.issues],
        columns=["severity", "rule", "message", "ids", "remedy"],
        dtype=object,
    )
    found = {
        "summary": counted,
        "matched": comparison.matches,
        "changes": comparison.changes,
        "added": comparison.added,
        "removed": comparison.removed,
        "possible": comparison.possible,
        "uprns": comparison.uprns,
        "columns": comparison.columns,
        "set_aside": comparison.aside,
        "warnings": issues,
    }
    return MappingProxyType({name: _neutralised(table) for name, table in found.items()})


def _neutralised(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts are safe in a spreadsheet."""
    safe = {
        name: table[name].map(neutral) if table[name].dtype == object else table[name]
        for name in table.columns
    }
    return pd.DataFrame(safe, columns=table.columns)


def _meaning(measure: str) -> str:
    """A measure of the summary in words."""
    said = {
        "matched": "rows found in both registers",
        "removed": "rows of the old register not found in the new",
        "added": "rows of the new register not found in the old",
        "unchanged": "matched rows with nothing changed",
        "changed": "matched rows with something changed",
        "by_uprn": "matched by UPRN",
        "by_asset_id": "matched by asset id",
        "by_name_and_place": "matched by name and place",
    }
    return said.get(measure) or KINDS[measure]


# --- what is reported ----------------------------------------------------------------------


def _natural(label: str) -> str:
    """A label to sort by, in which ``A9`` comes before ``A10``."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(15), label.casefold())


def _sorted(table: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """A table in the natural order of its ids (then of its rows, as they were)."""
    order = table.assign(**{key: once_each(table[key], _natural) for key in keys})
    return table.loc[order.sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def _names(register: Register, rows: pd.Series) -> npt.NDArray[np.object_]:
    """What rows are called by people."""
    blank = pd.Series("", index=register.frame.index, dtype=object)
    names: npt.NDArray[np.object_] = (
        register.frame.get("name", blank).loc[rows].to_numpy(dtype=object)
    )
    return names


def _with_ids(first: Register, second: Register, table: pd.DataFrame) -> pd.DataFrame:
    """A table of pairs with the ids and names of both rows in front."""
    names = _names(second, table["new"])
    return table.assign(
        old_id=first.labels.loc[table["old"]].to_numpy(),
        new_id=second.labels.loc[table["new"]].to_numpy(),
        old_row=table["old"].to_numpy(),
        new_row=table["new"].to_numpy(),
        old_name=_names(first, table["old"]),
        new_name=names,
        name=np.where(names == "", _names(first, table["old"]), names),
    )


def _matches(
    first: Register, second: Register, matching: Matching, differing: pd.DataFrame
) -> pd.DataFrame:
    """A row per matched pair; see `MATCH_COLUMNS`."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = differing[["old", "kind"]].drop_duplicates()
    kinds = kinds.assign(place=kinds["kind"].map(order)).sort_values(["old", "place"])
    said: dict[int, str] = {}
    for row, kind in zip(kinds["old"], kinds["kind"], strict=True):
        said[row] = f"{said[row]}; {kind}" if row in said else kind
    moved = differing[differing["kind"] == "moved"].set_index("old")["metres"].to_dict()
    pairs = matching.pairs.reset_index(drop=True)
    table = pairs.assign(
        changes=pd.Series([said.get(row, "") for row in pairs["old"]], dtype=object),
        moved_m=pd.Series([moved.get(row, np.nan) for row in pairs["old"]], dtype=np.float64),
    ).round({"moved_m": 1})
    disputed = dict(zip(matching.disputed["old"], matching.disputed["evidence"], strict=True))
    table["evidence"] = [
        disputed.get(row, said) for row, said in zip(table["old"], table["evidence"], strict=True)
    ]
    return _sorted(_with_ids(first, second, table), "old_id", "new_id")[list(MATCH_COLUMNS)]


def _named(first: Register, second: Register, differing: pd.DataFrame) -> pd.DataFrame:
    """The changes under the ids of both registers; see `CHANGE_COLUMNS`."""
    named = _sorted(_with_ids(first, second, differing), "old_id", "new_id", "column")
    return named[list(CHANGE_COLUMNS)]


def _one_sided(register: Register, other: Register, taken: pd.Series) -> pd.DataFrame:
    """Rows of one register without a match; see `ONE_SIDED_COLUMNS`."""
    index = register.frame.index
    rows = index[~index.isin(taken)]
    frame = register.frame.loc[rows]
    cells = {
        name: as_text(frame[name]) if name in frame else ""
        for name in ONE_SIDED_COLUMNS
        if name not in ("id", "row", "easting", "northing", "note")
    }
    table = pd.DataFrame({"id": register.labels.loc[rows], "row": rows, **cells}, index=rows)
    table["easting"] = register.points["x"].loc[rows].round(1)
    table["northing"] = register.points["y"].loc[rows].round(1)
    table["note"] = _set_aside_there(register.keys.loc[rows], other)
    return _sorted(table[list(ONE_SIDED_COLUMNS)], "id", "name")


def _hinted(table: pd.DataFrame, possible: pd.DataFrame, side: str, other: str) -> pd.DataFrame:
    """Rows of one register only, with what each may be in the other where nothing is known."""
    hints: dict[int, list[str]] = {}
    for row, label, name, reason in zip(
        *(possible[c] for c in (f"{side}_row", f"{other}_id", f"{other}_name", "reason")),
        strict=True,
    ):
        called = f"{label} ({name})" if name and name not in label else label
        hints.setdefault(row, []).append(f"perhaps {called}: {reason}")
    notes = [
        note or "; ".join(hints.get(row, [])[:HINTS])
        for row, note in zip(table["row"], table["note"], strict=True)
    ]
    return table.assign(note=pd.Series(notes, index=table.index, dtype=object))


def _set_aside_there(keys: pd.DataFrame, other: Register) -> pd.Series:
    """For each row: whether the other register has it among the rows it set aside, and why."""
    known: dict[tuple[str, ...], str] = {}
    for aside in other.aside.to_dict("records"):
        said = f"row {aside['row']} of {other.side.name} was set aside: {_words(aside['rule'])}"
        for key in _aside_keys(str(aside["cells"])):
            known.setdefault(key, said)
    if not known:
        return pd.Series("", index=keys.index, dtype=object)
    found = [
        next((known[key] for key in _row_keys(row) if key in known), "")
        for row in keys[["uprn", "asset_id", "name", "postcode"]].itertuples(index=False, name=None)
    ]
    return pd.Series(found, index=keys.index, dtype=object)


def _row_keys(row: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The keys by which a row of one register may be found in the other."""
    uprn, asset_id, name, postcode = row
    keys: list[tuple[str, ...]] = [("uprn", uprn)] if uprn else []
    keys += [("asset_id", asset_id)] if asset_id else []
    return keys + ([("name", name, postcode)] if name and postcode else [])


def _aside_keys(cells: str) -> list[tuple[str, ...]]:
    """The same of a row that was set aside, from its cells as JSON."""
    told: dict[str, str] = {}
    for heading, text in json.loads(cells).items():
        column, _ = headings(KIND).get(heading_key(heading), ("", 0))
        told.setdefault(column, str(text))
    return _row_keys(
        (
            uprn_key(told.get("uprn", "")),
            id_key(told.get("asset_id", "")),
            plain(told.get("name", "")),
            postcode_key(told.get("postcode", "")),
        )
    )


def _words(code: object) -> str:
    """A code in plain words."""
    return str(code).replace("_", " ")


def _possible(first: Register, second: Register, matching: Matching) -> pd.DataFrame:
    """Near misses under the ids of both registers; see `POSSIBLE_COLUMNS`."""
    named = _with_ids(first, second, matching.possible)
    return _sorted(named, "old_id", "new_id")[list(POSSIBLE_COLUMNS)]


def _uprns(first: Register, second: Register, pairs: pd.DataFrame) -> pd.DataFrame:
    """UPRNs that became several, or several that became one; see `UPRN_COLUMNS`."""
    keys = [side.keys["uprn"] for side in (first, second)]
    links = pd.DataFrame(
        {
            "old": keys[0].loc[pairs["old"]].to_numpy(),
            "new": keys[1].loc[pairs["new"]].to_numpy(),
        }
    )
    links = links[(links["old"] != "") & (links["new"] != "")].drop_duplicates()
    split = links[links.groupby("old")["new"].transform("size") > 1]
    merged = links[links.groupby("new")["old"].transform("size") > 1]
    found: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        ("split", (str(old),), tuple(sorted(group["new"]))) for old, group in split.groupby("old")
    ]
    found += [
        ("merged", tuple(sorted(group["old"])), (str(new),)) for new, group in merged.groupby("new")
    ]
    told = {uprn for _, olds, news in found for uprn in (*olds, *news)}
    counts = [side[side != ""].value_counts() for side in keys]
    both = counts[0].index.intersection(counts[1].index).sort_values()
    more = counts[1].loc[both].to_numpy() - counts[0].loc[both].to_numpy()
    for uprn, growth in zip(both[more != 0], more[more != 0], strict=True):
        if uprn not in told:
            found.append(("split" if growth > 0 else "merged", (uprn,), (uprn,)))
    rows = [
        (
            what,
            "; ".join(olds),
            "; ".join(news),
            "; ".join(_holders(first, keys[0], olds)),
            "; ".join(_holders(second, keys[1], news)),
        )
        for what, olds, news in found
    ]
    table = pd.DataFrame(rows, columns=list(UPRN_COLUMNS), dtype=object)
    return _sorted(table, "what", "old_uprns", "new_uprns")


def _holders(register: Register, keys: pd.Series, uprns: tuple[str, ...]) -> list[str]:
    """Ids of the rows that hold any of some UPRNs."""
    return sorted(register.labels[keys.isin(uprns).to_numpy()], key=_natural)


def _columns(first: Register, second: Register, differing: pd.DataFrame) -> pd.DataFrame:
    """Which columns were there, compared and found to differ; see `COLUMN_COLUMNS`."""
    sides = [[*side.frame.columns, *side.further.columns] for side in (first, second)]
    every = [*sides[0], *(name for name in sides[1] if name not in sides[0])]
    changed = differing["column"].value_counts()
    rows = []
    for name in every:
        old, new = name in sides[0], name in sides[1]
        compared = old and new and name not in OF_THE_EDITION
        known = "place" if name in PLACE_COLUMNS else name
        rows.append((name, old, new, compared, int(changed.get(known, 0)) if compared else 0))
    return pd.DataFrame(rows, columns=list(COLUMN_COLUMNS))


def _aside(first: Register, second: Register) -> pd.DataFrame:
    """Rows set aside by the cleaning of either register; see `ASIDE_COLUMNS`."""
    found = [side.aside.assign(register=side.side.name) for side in (first, second)]
    return pd.concat(found, ignore_index=True)[list(ASIDE_COLUMNS)]


def _points(first: Register, second: Register, pairs: pd.DataFrame) -> pd.DataFrame:
    """Where every row of either register is; NaN where it is not known."""
    matched = _with_ids(first, second, pairs[["old", "new"]])
    a, b = first.points.loc[pairs["old"]], second.points.loc[pairs["new"]]
    both = pd.DataFrame(
        {
            "id": matched["new_id"].to_numpy(),
            "name": matched["name"].to_numpy(),
            "old_x": a["x"].to_numpy(),
            "old_y": a["y"].to_numpy(),
            "new_x": b["x"].to_numpy(),
            "new_y": b["y"].to_numpy(),
        }
    )
    away_m = np.hypot(both["old_x"] - both["new_x"], both["old_y"] - both["new_y"])
    both["what"] = np.where(away_m > SAME_POINT_M, "moved", "kept")
    parts = [both]
    for side, taken, ends, what in (
        (first, pairs["old"], ("old_x", "old_y"), "removed"),
        (second, pairs["new"], ("new_x", "new_y"), "added"),
    ):
        rows = pd.Series(side.frame.index[~side.frame.index.isin(taken)])
        at = side.points.loc[rows].reset_index(drop=True).set_axis(list(ends), axis=1)
        at = at.assign(id=side.labels.loc[rows].to_numpy(), name=_names(side, rows), what=what)
        parts.append(at)
    joined = pd.concat([part for part in parts if len(part)] or [both], ignore_index=True)
    return joined.reindex(columns=["id", "name", "what", "old_x", "old_y", "new_x", "new_y"])


def _counts(
    matches: pd.DataFrame, differing: pd.DataFrame, removed: int, added: int
) -> Mapping[str, int]:
    """The summary; see `Comparison`."""
    rules = matches["matched_by"].value_counts()
    kinds = differing[["old", "kind"]].drop_duplicates()["kind"].value_counts()
    changed = int((matches["changes"] != "").sum())
    counts = {
        "matched": len(matches),
        "removed": removed,
        "added": added,
        "unchanged": len(matches) - changed,
        "changed": changed,
    }
    counts |= {f"by_{r}": int(rules.get(r, 0)) for r in ("uprn", "asset_id", "name_and_place")}
    return MappingProxyType(counts | {kind: int(kinds.get(kind, 0)) for kind in KINDS})


# --- what a reader has to know -------------------------------------------------------------


def _issues(
    first: Register, second: Register, matching: Matching, edition: Mapping[str, int]
) -> tuple[Issue, ...]:
    """Warnings about the comparison itself."""
    issues = [*_too_few(first, second, len(matching.pairs))]
    for side in (first, second):
        issues += _repeated(side)
    for pairs, rule, message, remedy in (
        (
            matching.disputed,
            "keys_disagree",
            "the UPRN says one row of the new register, the asset id another; "
            "the UPRN was followed",
            "find out which of the two keys is wrong, and put it right in one register",
        ),
        (
            matching.refused,
            "key_not_believed",
            "a UPRN or asset id stands in both registers on what are plainly different properties; "
            "it was not followed",
            "look them up among the possible matches",
        ),
    ):
        if len(pairs):
            ids = tuple(sorted(first.labels.loc[pairs["old"]], key=_natural))
            issues.append(_warning(rule, message, ids, remedy))
    only = _only_in_one(first, second)
    if edition:
        told = ", ".join(f"'{name}' in {rows:,} rows" for name, rows in edition.items())
        message = f"columns that differ nearly everywhere are taken for the edition's: {told}"
        issues.append(
            _warning("edition_columns", message, tuple(edition), "they are not counted as changes")
        )
    return (*issues, *only)


def _warning(rule: str, message: str, ids: tuple[str, ...], remedy: str) -> Issue:
    """A warning about a comparison."""
    return Issue(f"compare.{rule}", message, ids, remedy, "", "warning")


def _too_few(first: Register, second: Register, matched: int) -> list[Issue]:
    """Said where so few rows match that the two may not be editions of one register."""
    smaller = min(first.side.rows, second.side.rows)
    if not smaller:
        empty = tuple(side.side.name for side in (first, second) if not side.side.rows)
        return [_warning("no_rows", "a register has no rows to compare", empty, "check the file")]
    if matched >= FEW_MATCHES * smaller:
        return []
    message = f"only {matched:,} of {smaller:,} rows match"
    remedy = "make sure both are registers of the same body, with UPRN, asset id, or name and place"
    return [_warning("few_matches", message, (), remedy)]


def _repeated(register: Register) -> list[Issue]:
    """UPRNs and identifiers on more than one row: these rows were matched by something else."""
    keys = register.keys
    issues = []
    for column, what in (("uprn", "UPRN"), ("asset_id", "asset id")):
        held = keys[column][keys[column] != ""]
        ids = sorted(set(held[held.duplicated()]), key=_natural)
        if ids:
            stand = "stands" if len(ids) == 1 else "stand"
            plural = what if len(ids) == 1 else f"{what}s"
            where = f"of {register.side.name}"
            message = f"{len(ids):,} {plural} {stand} on more than one row {where}"
            remedy = f"rows that share a {what} were matched by another key, or name and place"
            if column == "asset_id":
                remedy = "give every row an asset id of its own; " + remedy.replace(" a ", " an ")
            issues.append(_warning(f"shared_{column}", message, tuple(ids), remedy))
    return issues


def _only_in_one(first: Register, second: Register) -> list[Issue]:
    """Columns of the layer that one register lacks: nothing can be said of them."""
    issues = []
    for side, other in ((first, second), (second, first)):
        lacking = [name for name in side.frame.columns if name not in other.frame.columns]
        lacking = [n for n in lacking if n not in (*PLACE_COLUMNS, *OF_THE_EDITION)]
        if lacking:
            message = f"not compared, for {other.side.name} lacks it: {', '.join(lacking)}"
            remedy = "nothing to do, unless the column is there under another heading"
            issues.append(_warning("column_missing", message, tuple(lacking), remedy))
    return issues
