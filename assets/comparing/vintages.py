"""One edition of a register of buildings, made ready to be compared with another. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assets.cells import as_text, slug
from assets.schema import CARRIED, PLACE_COLUMNS
from assets.sheets import FIRST_ROW, Sheet, sheet_of

KIND = "buildings"
_ADDRESS_PARTS = ("address", "address_1", "street_number", "street")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")


@dataclass(frozen=True)
class Side:
    """One of the two registers.

    Attributes:
        name: what it is called in front of readers.
        rows: rows compared.
        aside: rows the cleaning set aside (rows in the file = rows + aside).
        placed: rows with usable coordinates.
    """

    name: str
    rows: int
    aside: int
    placed: int


@dataclass(frozen=True)
class Register:
    """A register ready to be compared; every table has the source's row numbers as index."""

    side: Side
    frame: pd.DataFrame  # typed columns the source has
    odd: pd.DataFrame  # text of cells that could not be read, "" elsewhere
    further: pd.DataFrame  # texts of helpers and of columns the layer does not know
    labels: pd.Series
    points: pd.DataFrame  # x, y; NaN where unusable
    keys: pd.DataFrame  # what rows can be matched by: `matching.KEY_COLUMNS` but content
    aside: pd.DataFrame


def register_of(source: Sheet | pd.DataFrame, name: str) -> Register:
    """A sheet, or the frame one is made of, as tables indexed by row number."""
    sheet = source if isinstance(source, Sheet) else sheet_of(KIND, source)
    index = pd.Index(sheet.rows, name="row")
    known = [c for c in sheet.frame.columns if c in sheet.present]
    frame = sheet.frame[known].set_axis(index, axis=0)
    usable = (sheet.places["fault"] == "").to_numpy(dtype=bool)
    points = sheet.places[["x", "y"]].astype(np.float64)
    points.loc[~usable] = np.nan
    odd = {
        column: text.where(mask, "").to_numpy(dtype=object)
        for column, (mask, text) in sheet.unread.items()
        if column in sheet.present
    }
    points = points.set_axis(index, axis=0)
    further = _further(sheet, None if isinstance(source, Sheet) else source)
    return Register(
        side=Side(name, len(frame), len(sheet.aside), int(usable.sum())),
        frame=frame,
        odd=pd.DataFrame(odd, index=index, dtype=object),
        further=further,
        labels=pd.Series(sheet.labels, index=index, dtype=object),
        points=points,
        keys=_keys(frame, further, points),
        aside=sheet.aside,
    )


def _further(sheet: Sheet, source: pd.DataFrame | None) -> pd.DataFrame:
    """The source's columns that the sheet has no typed column for, as text.

    A column is called by the layer's name for it where it has one (``street``), else by its
    heading; columns headed ``src_`` are nobody's business.
    """
    index = pd.Index(sheet.rows, name="row")
    if source is None or sheet.mapping.empty:
        return pd.DataFrame(index=index)
    numbered = source
    if source.index.name != "row" or not pd.api.types.is_integer_dtype(source.index):
        numbered = source.reset_index(drop=True)
        numbered.index = numbered.index + FIRST_ROW
    rows = numbered[numbered.index.isin(index)]
    found: dict[str, pd.Series] = {}
    for heading, column in zip(sheet.mapping["heading"], sheet.mapping["column"], strict=True):
        name = str(column) or str(heading)
        ours = name in sheet.present or name in PLACE_COLUMNS or name == "coordinates"
        if ours or name.startswith(CARRIED) or heading not in rows.columns or name in found:
            continue
        found[name] = as_text(rows[heading])
    return pd.DataFrame(found, index=rows.index, dtype=object).reindex(index).fillna("")


def with_content(register: Register, shared: list[str]) -> pd.DataFrame:
    """The keys of a register, and a hash of what each row says in some columns and of its place."""
    said = register.frame[shared].assign(x=register.points["x"], y=register.points["y"])
    return register.keys.assign(content=pd.util.hash_pandas_object(said, index=False))


def _keys(frame: pd.DataFrame, further: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """What the rows can be matched by: texts normalised, ``""`` where they are not known."""
    blank = pd.Series("", index=frame.index, dtype=object)
    spelt = {"uprn": uprn_key, "asset_id": id_key, "name": plain, "postcode": postcode_key}
    keys = {name: once_each(frame.get(name, blank), change) for name, change in spelt.items()}
    keys["address"] = _addresses(frame, further)
    return pd.DataFrame(keys, index=frame.index).assign(x=points["x"], y=points["y"])


def _addresses(frame: pd.DataFrame, further: pd.DataFrame) -> pd.Series:
    """Address of each row as a key: blank unless it names a street."""
    told = further.assign(**{name: frame[name] for name in ("address",) if name in frame})
    parts = [told[name] for name in _ADDRESS_PARTS if name in told.columns]
    towns = [told[name] for name in ("locality", "post_town") if name in told.columns]
    made = pd.Series("", index=frame.index, dtype=object)
    street = made
    for part in parts:
        street = street + " " + part.astype(object)
    for part in (street, *towns):
        made = made + " " + part.astype(object)
    has_street = street.str.contains(r"[A-Za-z]").astype(bool)
    return once_each(made.where(has_street, ""), plain)


def uprn_key(text: str) -> str:
    """A UPRN for comparison: noughts in front are filling."""
    return text.strip().lstrip("0")


def id_key(text: str) -> str:
    """An identifier for comparison: case, spaces and noughts before a whole number are nothing."""
    tight = "".join(text.split()).casefold()
    return (tight.lstrip("0") or "0") if tight.isdecimal() else tight


def postcode_key(text: str) -> str:
    """A full postcode without spaces, ``""`` for a part of one or none."""
    tight = re.sub(r"[^A-Z0-9]", "", text.upper())
    return tight if _POSTCODE.fullmatch(tight) else ""


def plain(text: str) -> str:
    """Words for comparison: lower case, ``&`` is ``and``, no punctuation, accents or ``the``."""
    words = slug(text.replace("&", " and ")).split("_")
    return " ".join(word for word in words if word != "the")


def once_each(cells: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """``change`` applied once to each different text."""
    codes, different = pd.factorize(cells.astype(object))
    made = np.empty(len(different), dtype=object)
    made[:] = [change(str(text)) for text in different]
    return pd.Series(made[codes], index=cells.index, dtype=object)
