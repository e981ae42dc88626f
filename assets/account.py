"""The account: everything found in the layers, told once, for whoever owns the data. Pure.

What is wrong (grouped by rule), what is missing and what that costs, what was repaired and set
aside, which places look wrong, and the sum of rows. `tables` gives it as plain tables; the page
that people read is drawn from the same record by `maps.account`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from assets.cells import as_text, equal, filled, neutral
from assets.completeness import COMPLETENESS_COLUMNS, completeness
from assets.issues import Issue
from assets.schema import LAYERS
from assets.sheets import Sheet
from assets.trail import ASIDE_COLUMNS, REPAIR_COLUMNS, joined, no_repairs, none_aside
from assets.whereabouts.strays import suggested

#: Columns of the sum of rows: read + made = in the layer + set aside + lost (always 0).
BALANCE_COLUMNS = ("layer", "source", "rows_in", "made", "set_aside", "rows_out", "lost")
#: Columns of the points (EPSG:27700, m) that look wrong; ``suggested_x``/``_y`` may be NaN.
MISPLACED_COLUMNS = ("layer", "id", "name", "x", "y", "rule", "suggested_x", "suggested_y")
#: Rules (without the layer) about a point that is likely to be somewhere else.
MISPLACED_RULES = (
    "outside_gb", "swapped", "maybe_swapped", "lonlat_swapped", "degrees_in_metres",
    "metres_in_degrees", "places_disagree", "far_from_postcode", "far_from_neighbours",
)  # fmt: skip
#: Those of them that the two coordinates put the other way round would cure.
_SWAPS = ("swapped", "maybe_swapped")
ROWS_LOST = "rows_lost"


@dataclass(frozen=True)
class LayerAccount:
    """What is told of one layer.

    Attributes:
        name: ``buildings``, ``services`` ...
        sheet: the layer as the planner reads it.
        source: file it came from, in words (never with a password).
        issues: what the steps before the sheet found (the sheet's own are added).
        repairs, aside: the whole trail (`assets.trail`); that of the sheet is not added again.
        mapping: how each heading was read (`assets.naming.headings.MAPPING_COLUMNS`).
        rows_in: rows of the source with anything in them.
        made: rows of the layer beyond those of the source (several services in one row).
        suggested: where misplaced rows may belong: id, x, y (EPSG:27700, m); ``None`` = what
            their own digits suggest (`assets.whereabouts.strays`).
    """

    name: str
    sheet: Sheet
    source: str = ""
    issues: tuple[Issue, ...] = ()
    repairs: pd.DataFrame = field(default_factory=no_repairs)
    aside: pd.DataFrame = field(default_factory=none_aside)
    mapping: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows_in: int = 0
    made: int = 0
    suggested: pd.DataFrame | None = None

    @property
    def rows_out(self) -> int:
        """Rows of the layer."""
        return len(self.sheet.frame)


@dataclass(frozen=True)
class Group:
    """Everything one rule found in one layer.

    Attributes:
        severity: ``error`` or ``warning``.
        layer: which layer or file, ``""`` if none.
        rule: code of the rule.
        issues: what it found, in order; each with its own message, ids and remedy.
    """

    severity: str
    layer: str
    rule: str
    issues: tuple[Issue, ...]

    @property
    def messages(self) -> tuple[str, ...]:
        """What is wrong, a sentence each, none twice."""
        return tuple(dict.fromkeys(issue.message for issue in self.issues))

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id concerned, in order, none twice."""
        return tuple(dict.fromkeys(i for issue in self.issues for i in issue.ids))

    @property
    def count(self) -> int:
        """How many ids are concerned; 1 where the rule names none."""
        return max(len(self.ids), 1)

    @property
    def remedy(self) -> str:
        """How to put it right, every remedy once."""
        return "; ".join(dict.fromkeys(issue.remedy for issue in self.issues if issue.remedy))


@dataclass(frozen=True)
class Account:
    """One clear account of the layers.

    Attributes:
        groups: what is wrong or odd, errors first, then by layer, then as found.
        completeness: columns the planner needs (`assets.completeness`).
        repairs: cells changed, columns `REPAIR_COLUMNS`.
        aside: rows set aside, columns `ASIDE_COLUMNS`.
        misplaced: points that look wrong, columns `MISPLACED_COLUMNS`.
        places: every point there is (EPSG:27700, m): layer, id, x, y, name.
        balance: the sum of rows by layer, columns `BALANCE_COLUMNS`.
        mapping: how each heading was read: layer, heading, column, how, suggestion.
        known: what an id in an issue stands for: layer, id, row (of the source), name.
    """

    groups: tuple[Group, ...]
    completeness: pd.DataFrame
    repairs: pd.DataFrame
    aside: pd.DataFrame
    misplaced: pd.DataFrame
    places: pd.DataFrame
    balance: pd.DataFrame
    mapping: pd.DataFrame
    known: pd.DataFrame

    def lookup(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Row and name of what the issues name, by layer and id; others are left out."""
        wanted = {id_ for group in self.groups for issue in group.issues for id_ in issue.ids}
        known = self.known[self.known["id"].isin(wanted)]
        layer, ids, row, name = (known[n].tolist() for n in ("layer", "id", "row", "name"))
        keys = zip(layer, ids, strict=True)
        return dict(zip(keys, zip(row, name, strict=True), strict=True))

    @property
    def errors(self) -> int:
        """How many things stop a plan."""
        return sum(len(group.issues) for group in self.groups if group.severity == "error")

    @property
    def warnings(self) -> int:
        """How many things are odd but stop nothing."""
        return sum(len(group.issues) for group in self.groups if group.severity != "error")


def of_sheet(sheet: Sheet, *, source: str = "", rows_in: int | None = None) -> LayerAccount:
    """What is told of a layer read without further steps.

    Args:
        sheet: the layer.
        source: file it came from.
        rows_in: rows its reader found; ``None`` = those of the sheet and those set aside,
            which cannot then show a loss.
    """
    found = len(sheet.frame) + len(sheet.aside) if rows_in is None else rows_in
    return LayerAccount(
        name=sheet.layer.name,
        sheet=sheet,
        source=source,
        issues=sheet.issues,
        repairs=sheet.repairs,
        aside=sheet.aside,
        mapping=sheet.mapping,
        rows_in=found,
    )


def account(
    layers: Sequence[LayerAccount],
    issues: Iterable[Issue] = (),
    *,
    defaulted: bool | Collection[str] = False,
) -> Account:
    """The account of some layers.

    Args:
        layers: those that were given, each once.
        issues: what the checks found; an issue met twice is told once.
        defaulted: columns whose blanks are filled from the default table; ``True`` = all that
            a default table can fill (`assets.completeness.DEFAULTED`).
    """
    balance = _balance(layers)
    told = [*issues, *(i for one in layers for i in (*one.issues, *one.sheet.issues))]
    told += _lost(balance)
    known = _known(layers)
    groups = _groups(told, [one.name for one in layers])
    places = _places(layers, known)
    sheets = {one.name: one.sheet for one in layers}
    return Account(
        groups=groups,
        completeness=completeness(sheets, told, defaulted=defaulted),
        repairs=joined((one.repairs for one in layers), no_repairs()),
        aside=joined((one.aside for one in layers), none_aside()),
        misplaced=_misplaced(groups, layers, places),
        places=places,
        balance=balance,
        mapping=_mapping(layers),
        known=known,
    )


def _balance(layers: Sequence[LayerAccount]) -> pd.DataFrame:
    """Rows of each layer: found, made, set aside, kept; and what these do not explain."""
    rows = [
        (
            *(one.name, one.source, one.rows_in, one.made, len(one.aside), one.rows_out),
            one.rows_in + one.made - len(one.aside) - one.rows_out,
        )
        for one in layers
    ]
    return pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))


def _lost(balance: pd.DataFrame) -> list[Issue]:
    """Rows that are neither in the layer nor listed: this must never happen, so it is said."""
    wrong = balance[balance["lost"] != 0]
    return [
        Issue(
            f"{row.layer}.{ROWS_LOST}",
            f"{row.rows_in:,} rows were read and {row.made:,} made, but {row.rows_out:,} are in "
            f"the layer and {row.set_aside:,} set aside",
            (),
            "this is a fault of Groundplan, not of the file: please report it",
            str(row.layer),
        )
        for row in wrong.itertuples()
    ]


def _groups(issues: Iterable[Issue], order: Sequence[str]) -> tuple[Group, ...]:
    """Issues by severity, layer and rule; errors first, layers as given, rules as found."""
    found: dict[tuple[str, str, str], dict[Issue, None]] = {}
    for issue in issues:
        found.setdefault((issue.severity, issue.layer, issue.rule), {})[issue] = None
    names = [*order, *LAYERS]
    ranks = {name: rank for rank, name in reversed(list(enumerate(names)))}

    def rank(key: tuple[str, str, str]) -> tuple[bool, int]:
        return key[0] != "error", ranks.get(key[1], len(names))

    return tuple(Group(*key, tuple(found[key])) for key in sorted(found, key=rank))


def _mapping(layers: Sequence[LayerAccount]) -> pd.DataFrame:
    """How every heading was read."""
    names = ["layer", "heading", "column", "how", "suggestion"]
    tables = [one.mapping.assign(layer=one.name) for one in layers if len(one.mapping)]
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    return joined(tables, empty).reindex(columns=names)


def _known(layers: Sequence[LayerAccount]) -> pd.DataFrame:
    """Row and name of every label; rows of one label are told together."""
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in _KNOWN})
    return joined((_known_of(one) for one in layers), empty)


_KNOWN = ("layer", "id", "row", "name")


def _known_of(one: LayerAccount) -> pd.DataFrame:
    """Labels of a layer with row numbers and name."""
    sheet = one.sheet
    names = pd.Series([""] * len(sheet.frame), dtype=object)
    for column in ("name", "address", "postcode"):  # what there is that people know it by
        if column in sheet.frame.columns:
            names = names.mask(~filled(names), as_text(sheet.frame[column]))
    table = pd.DataFrame(
        {
            "id": pd.Series(sheet.labels, dtype=object),
            "row": pd.Series([str(row) for row in sheet.rows.tolist()], dtype=object),
            "name": names.reset_index(drop=True),
        }
    )
    twice = table["id"].duplicated(keep=False)
    several = table[twice].groupby("id", sort=False, as_index=False)
    together = several.agg({"row": ", ".join, "name": "first"}) if twice.any() else table[twice]
    told = pd.concat([table[~twice], together], ignore_index=True)
    layer = pd.Series([one.name] * len(told), dtype=object)
    return told.assign(layer=layer).loc[:, list(_KNOWN)]


def _places(layers: Sequence[LayerAccount], known: pd.DataFrame) -> pd.DataFrame:
    """Every point there is, with the name it is known by."""
    tables = []
    for one in layers:
        places = one.sheet.places
        if len(places) and len(places) == one.rows_out:
            table = pd.DataFrame(
                {
                    "layer": pd.Series([one.name] * one.rows_out, dtype=object),
                    "id": pd.Series(one.sheet.labels, dtype=object),
                    "x": places["x"].to_numpy(dtype=float),
                    "y": places["y"].to_numpy(dtype=float),
                    "name": _names_of(one, known),
                }
            )
            tables.append(table[np.isfinite(table["x"]) & np.isfinite(table["y"])])
    empty = pd.DataFrame({"layer": pd.Series(dtype=object), "id": pd.Series(dtype=object),
                          "x": pd.Series(dtype=float), "y": pd.Series(dtype=float),
                          "name": pd.Series(dtype=object)})  # fmt: skip
    return joined(tables, empty)


def _names_of(one: LayerAccount, known: pd.DataFrame) -> pd.Series:
    """The name each row of a layer is known by."""
    own = known[equal(known["layer"], one.name)]
    names = dict(zip(own["id"].tolist(), own["name"].tolist(), strict=True))
    return pd.Series([names[label] for label in one.sheet.labels], dtype=object)


def _misplaced(
    groups: Sequence[Group], layers: Sequence[LayerAccount], places: pd.DataFrame
) -> pd.DataFrame:
    """Points that a rule about places names, each under the first such rule."""
    wanted = [
        (group.layer, id_, group.rule.rsplit(".", 1)[-1])
        for group in groups
        if group.rule.rsplit(".", 1)[-1] in MISPLACED_RULES
        for id_ in group.ids
    ]
    named = pd.DataFrame(wanted, columns=["layer", "id", "rule"], dtype=object)
    named = named.drop_duplicates(["layer", "id"])
    found = named.merge(places[places["id"].isin(set(named["id"]))], on=["layer", "id"])
    hints = [_hints(one) for one in layers if one.name in set(found["layer"])]
    none = pd.DataFrame({"layer": pd.Series(dtype=object), "id": pd.Series(dtype=object),
                         "x": pd.Series(dtype=float), "y": pd.Series(dtype=float)})  # fmt: skip
    hint = joined(hints, none).drop_duplicates(["layer", "id"])
    hint = hint.rename(columns={"x": "suggested_x", "y": "suggested_y"})
    found = found.merge(hint, on=["layer", "id"], how="left")
    turn = found["rule"].isin(_SWAPS) & found["suggested_x"].isna()
    found["suggested_x"] = found["suggested_x"].astype(float).mask(turn, found["y"])
    found["suggested_y"] = found["suggested_y"].astype(float).mask(turn, found["x"])
    return found.loc[:, list(MISPLACED_COLUMNS)].reset_index(drop=True)


def _hints(one: LayerAccount) -> pd.DataFrame:
    """Where rows of a layer may belong."""
    hints = suggested(one.sheet) if one.suggested is None else one.suggested
    return hints.assign(layer=one.name)


# --- as tables -------------------------------------------------------------------------------


def tables(account: Account) -> Mapping[str, pd.DataFrame]:
    """The account as tables for spreadsheets, by name of file without its ending.

    Args:
        account: see `Account`.

    Returns:
        issues (severity, layer, rule, message, id, row, name, remedy: a line per id), repairs,
        set_aside, completeness, headings, misplaced and rows. No text in them is taken for a
        formula.
    """
    told = {
        "issues": _issue_lines(account),
        "repairs": account.repairs.reindex(columns=list(REPAIR_COLUMNS)),
        "set_aside": account.aside.reindex(columns=list(ASIDE_COLUMNS)),
        "completeness": account.completeness.reindex(columns=list(COMPLETENESS_COLUMNS)),
        "headings": account.mapping,
        "misplaced": account.misplaced,
        "rows": account.balance,
    }
    return {name: _safe(table) for name, table in told.items()}


def _issue_lines(account: Account) -> pd.DataFrame:
    """A line per id of every issue (one line where an issue names none)."""
    told = [(issue, issue.ids or ("",)) for group in account.groups for issue in group.issues]
    times = [len(ids) for _, ids in told]
    parts = {
        name: np.repeat(np.array([getattr(issue, name) for issue, _ in told], dtype=object), times)
        for name in ("severity", "layer", "rule", "message", "remedy")
    }
    parts["id"] = np.array([id_ for _, ids in told for id_ in ids], dtype=object)
    rows = account.lookup()
    found = [rows.get(key, ("", "")) for key in zip(parts["layer"], parts["id"], strict=True)]
    parts["row"] = np.array([row for row, _ in found], dtype=object)
    parts["name"] = np.array([name for _, name in found], dtype=object)
    names = ["severity", "layer", "rule", "message", "id", "row", "name", "remedy"]
    return pd.DataFrame({name: pd.Series(parts[name], dtype=object) for name in names})


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    """The table with texts that a spreadsheet would not run."""
    return pd.DataFrame({name: _harmless(cells) for name, cells in table.items()},
                        columns=table.columns)  # fmt: skip


def _harmless(cells: pd.Series) -> pd.Series:
    """A column without formulas; numbers as they are."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells
    codes, different = pd.factorize(cells.to_numpy(dtype=object), use_na_sentinel=False)
    harmless = np.empty(len(different), dtype=object)
    harmless[:] = [neutral(cell) for cell in different]
    # As objects: guessed to be Arrow text it could not hold half a letter (of a file's name).
    return pd.Series(harmless[codes], index=cells.index, dtype=object)
