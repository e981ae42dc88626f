"""What differs between matched rows of two registers, cell by cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import as_text
from assets.comparing.vintages import Register, id_key, plain, uprn_key
from assets.schema import PLACE_COLUMNS, heading_key

SAME_POINT_M = 1.0
#: Share of matched rows from which a column the planner does not know counts as the edition's.
EDITION_SHARE = 0.5
EDITION_ROWS = 20

#: Kind of change -> what it means, in the order they are reported.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "moved": "the point is more than a metre from where it was",
        "placed": "there were no usable coordinates, now there are",
        "unplaced": "there were usable coordinates, now there are none",
        "precision": "the place is given more, or less, exactly than before",
        "retenured": "held in another way",
        "renamed": "known by another name",
        "retyped": "used for something else",
        "resized": "another area",
        "restatus": "operational, vacant or surplus where it was something else",
        "reowned": "another owner or holder",
        "readdressed": "another address or postcode",
        "recoded": "another identifier or UPRN",
        "revalued": "another amount of money",
        "other": "another detail",
        "respelt": "the same words, spelt in another way",
    }
)
_KIND_OF: Mapping[str, str] = MappingProxyType(
    {"name": "renamed", "owner": "reowned", "status": "restatus", "closed": "restatus"}
    | dict.fromkeys(("tenure", "tenure_category"), "retenured")
    | dict.fromkeys(("asset_type", "holding_type", "use", "classification"), "retyped")
    | dict.fromkeys(("gia_m2", "site_area_ha", "capacity_m2"), "resized")
    | dict.fromkeys(("asset_id", "uprn"), "recoded")
    | dict.fromkeys(("postcode", "address", "address_1", "address_2", "address_3"), "readdressed")
    | dict.fromkeys(("street_number", "street", "locality", "post_town"), "readdressed")
)
_KIND_BY_WORD = (("tenure", "retenured"), ("postcode", "readdressed"), ("address", "readdressed"))
#: Columns that describe the edition or the row's sources, not the building.
OF_THE_EDITION = frozenset(("as_at", "source_ref", "conflict_note", "place_precision"))
_VACANT = "vacant"


def differences(first: Register, second: Register, pairs: pd.DataFrame) -> pd.DataFrame:
    """A row per cell of matched rows that differs.

    Columns old, new (row numbers), kind, column, before, after, how, known (the layer knows
    the column), metres (moved only).
    """
    found = [_moves(first, second, pairs)]
    known = [
        name
        for name in first.frame.columns
        if name in second.frame.columns and name not in (*PLACE_COLUMNS, *OF_THE_EDITION)
    ]
    found += [_typed_changes(first, second, pairs, name) for name in known]
    common = [name for name in first.further.columns if name in second.further.columns]
    spelt = {heading_key(name): name for name in second.further.columns}
    for name in first.further.columns:
        other = name if name in common else spelt.get(heading_key(name), "")
        if other and name not in OF_THE_EDITION:
            found.append(_text_changes(first.further[name], second.further[other], pairs))
    return pd.concat([table for table in found if table is not None], ignore_index=True)


def _moves(first: Register, second: Register, pairs: pd.DataFrame) -> pd.DataFrame:
    """Matched rows whose point, or how exactly it is known, differs."""
    sides = (first, pairs["old"]), (second, pairs["new"])
    a, b = (side.points.loc[rows].to_numpy(dtype=np.float64) for side, rows in sides)
    exact_a, exact_b = (_precision(side).loc[rows].to_numpy() for side, rows in sides)
    has_a, has_b = np.isfinite(a).all(axis=1), np.isfinite(b).all(axis=1)
    metres = np.hypot(*(a - b).T)
    both = has_a & has_b
    at = np.flatnonzero(~both | (exact_a != exact_b) | (metres > SAME_POINT_M))
    before, after = (np.full(len(pairs), "", dtype=object) for _ in range(2))
    for told, (side, rows) in zip((before, after), sides, strict=True):
        told[at] = _place_text(side, rows.iloc[at])
    at = at[before[at] != after[at]]
    kinds = np.select(
        [~both & has_b, ~both & has_a, ~both, exact_a != exact_b],
        ["placed", "unplaced", "other", "precision"],
        "moved",
    )
    table = _change_table(pairs, at, "place", before, after).drop(columns="at")
    how = [
        f"{m:,.0f} m" if np.isfinite(m) else said
        for m, said in zip(metres[at], table["how"], strict=True)
    ]
    return table.assign(kind=kinds[at], how=how, known=True, metres=metres[at])


def _precision(register: Register) -> pd.Series:
    """How exactly each row's place is known; blank is as good as surveyed."""
    if "place_precision" not in register.frame:
        return pd.Series("surveyed", index=register.frame.index, dtype=object)
    given = register.frame["place_precision"].astype(object)
    return given.where(given != "", "surveyed")


def _place_text(register: Register, rows: pd.Series) -> npt.NDArray[np.object_]:
    """The place of rows in words: grid coordinates, else whatever stands in their cells."""
    points = register.points.loc[rows]
    exact = _precision(register).loc[rows]
    given = pd.Series("", index=points.index, dtype=object)
    for name in PLACE_COLUMNS:
        if name in register.frame:
            text = as_text(register.frame[name].loc[rows])
            if name in register.odd:
                text = text.where(text != "", register.odd[name].loc[rows])
            given = (given + " " + text).str.strip()
    usable = points.notna().all(axis=1).to_numpy()
    told = given.to_numpy(dtype=object, copy=True)
    told[usable] = [
        f"{_metres(x)}, {_metres(y)}" + ("" if precision == "surveyed" else f" ({precision})")
        for x, y, precision in zip(
            points["x"][usable], points["y"][usable], exact[usable], strict=True
        )
    ]
    return told


def _metres(value: float) -> str:
    """A coordinate to a decimetre, without a nought for it."""
    return f"{value:.1f}".removesuffix(".0")


def _typed_changes(
    first: Register, second: Register, pairs: pd.DataFrame, name: str
) -> pd.DataFrame:
    """Matched rows whose cell of a column of the layer differs."""
    texts, values = [], []
    for side, rows in ((first, pairs["old"]), (second, pairs["new"])):
        values.append(side.frame[name].loc[rows])
        blank = pd.Series("", index=side.frame.index, dtype=object)
        texts.append(side.odd.get(name, blank).loc[rows].to_numpy(dtype=object))
    differ = ~_same(*values) | (texts[0] != texts[1])
    at = np.flatnonzero(differ)
    before, after = (np.full(len(pairs), "", dtype=object) for _ in range(2))
    for told, value, odd in zip((before, after), values, texts, strict=True):
        read = as_text(value.iloc[at]).to_numpy(dtype=object)
        told[at] = np.where(odd[at] != "", odd[at], read)
    table = _change_table(pairs, at, name, before, after).drop(columns="at")
    numeric = bool(pd.api.types.is_numeric_dtype(values[0].dtype))
    return table.assign(kind=_kinds(name, table, numeric=numeric), known=True, metres=np.nan)


def _same(a: pd.Series, b: pd.Series) -> npt.NDArray[np.bool_]:
    """Where two columns of one kind hold the same value; missing is the same as missing."""
    if pd.api.types.is_float_dtype(a.dtype):
        close: npt.NDArray[np.bool_] = np.isclose(
            a.to_numpy(), b.to_numpy(), rtol=1e-9, atol=1e-9, equal_nan=True
        )
        return close
    equal = np.asarray(a.to_numpy() == b.to_numpy(), dtype=np.bool_)
    missing = a.isna().to_numpy(dtype=np.bool_) & b.isna().to_numpy(dtype=np.bool_)
    same: npt.NDArray[np.bool_] = np.logical_or(equal, missing)
    return same


def _text_changes(old: pd.Series, new: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    """Matched rows whose cell of a column of texts differs."""
    before = old.loc[pairs["old"]].to_numpy(dtype=object)
    after = new.loc[pairs["new"]].to_numpy(dtype=object)
    name = str(old.name)
    table = _change_table(pairs, np.flatnonzero(before != after), name, before, after)
    table = table.drop(columns="at")
    known = name in _KIND_OF  # a helper of the layer
    return table.assign(kind=_kinds(name, table, numeric=False), known=known, metres=np.nan)


def _change_table(
    pairs: pd.DataFrame,
    at: npt.NDArray[np.int64],
    column: str,
    before: npt.NDArray[np.object_],
    after: npt.NDArray[np.object_],
) -> pd.DataFrame:
    """The pairs at some positions with their cells before and after; ``at`` = the positions."""
    how = np.select([before[at] == "", after[at] == ""], ["filled", "emptied"], "changed")
    return pd.DataFrame(
        {
            "old": pairs["old"].to_numpy()[at],
            "new": pairs["new"].to_numpy()[at],
            "column": column,
            "before": before[at],
            "after": after[at],
            "how": how.astype(object),
            "at": at,
        }
    )


def kind_of(column: str) -> str:
    """The kind of change of a column; a heading the layer does not know goes by its words."""
    if column in _KIND_OF:
        return _KIND_OF[column]
    if "_gbp" in column:
        return "revalued"
    words = heading_key(column)
    return next((kind for word, kind in _KIND_BY_WORD if word in words), "other")


def _kinds(name: str, table: pd.DataFrame, *, numeric: bool) -> list[str]:
    """The kind of each change of a column."""
    kind = kind_of(name)
    if numeric:
        return [kind] * len(table)
    key = {"uprn": uprn_key, "asset_id": id_key, "postcode": _tight}.get(name, plain)
    found = []
    for before, after in zip(table["before"], table["after"], strict=True):
        if before and after and key(before) == key(after):
            found.append("respelt")
        elif (name == "tenure_category" or name not in _KIND_OF) and _VACANT in (
            plain(before),
            plain(after),
        ):
            found.append("restatus")
        else:
            found.append(kind)
    return found


def _tight(text: str) -> str:
    """A postcode, or a part of one, without case and spaces."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def without_edition(
    differing: pd.DataFrame, matched: int
) -> tuple[pd.DataFrame, Mapping[str, int]]:
    """The changes without columns that differ nearly everywhere, and how often those differ.

    The date of the edition or a running number differs in most rows and says nothing about any
    building. Only columns the planner does not know can be taken for such.
    """
    dropped: dict[str, int] = {}
    for column, cells in differing[~differing["known"]].groupby("column", sort=True):
        usual = matched >= EDITION_ROWS and len(cells) > EDITION_SHARE * matched
        one_step = len(cells[["before", "after"]].drop_duplicates()) == 1
        if usual or (one_step and len(cells) == matched >= 3):
            dropped[str(column)] = len(cells)
    return differing[~differing["column"].isin(dropped) | differing["known"]], dropped
