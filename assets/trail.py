"""The trail: every cell that was changed and every row that was set aside, with the rule. Pure.

A repair is made only where the cell itself (or the row, or a file the user gave) proves what
was meant; what would be a guess is an `Issue` instead. Both tables are plain frames, so that a
hundred thousand repairs cost little and can be written out as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from assets.cells import as_text

#: Columns of a table of repairs: source row (heading = 1), id of the row, cell before and after.
REPAIR_COLUMNS = ("layer", "row", "id", "column", "before", "after", "rule")
#: Columns of a table of rows set aside; ``cells`` is the whole row as JSON (heading -> text).
ASIDE_COLUMNS = ("layer", "row", "id", "rule", "cells")

#: Rule of a repair -> what was done and why it is no guess, in words for the account.
REPAIR_RULES: Mapping[str, str] = MappingProxyType(
    {
        "not_available": "a word for 'no figure' (n/a, unknown, -) is read as a blank cell",
        "unreadable_cell": "the cell could not be read and was left blank",
        "plain_figure": "the figure is the same, written as a plain number",
        "unit_converted": "the figure was written in another unit and is converted",
        "decimal_comma": "a comma stands for the decimal point: the second figure in the cell "
        "proves it",
        "published_word": "a published word is read as the planner's word for it",
        "postcode_spelling": "the postcode is the same, spelt as Royal Mail spells it",
        "pair_split": "two coordinates in one cell are put into two columns",
        "grid_reference": "a National Grid reference is written as easting and northing",
        "degrees_moved": "degrees stood in the columns for metres (or the other way round)",
        "axes_swapped": "the two coordinates stood in each other's column: only swapped do they "
        "lie in Great Britain",
        "generic_axes": "x and y are read as metres or degrees by their size",
        "name_from_address": "there is no name: the address stands in for it",
        "id_made": "there is no identifier: one was made from UPRN, or name and postcode",
        "type_from_words": "the use was read from the name or description; please confirm",
        "type_from_class": "the use was read from the property's classification code",
        "holding_not_use": "the cell says how it is held, not what it is used for; please say what "
        "it is",
        "status_from_tenure": "the status was read from the tenure's description",
        "located_by_postcode": "there were no usable coordinates: the place is its postcode's",
        "from_geometry": "the place is that of the row's geometry; the coordinates written beside "
        "it say another",
        "no_floor": "bare land has no floor area",
        "matched_building": "the unit's building was found by UPRN, name or place",
    }
)

#: Rule of a row set aside -> why it is not in the layer, in words for the account.
ASIDE_RULES: Mapping[str, str] = MappingProxyType(
    {
        "near_empty": "the row holds next to nothing (a note, a total or a spacer)",
        "total_row": "the row is a total of the others",
        "repeated_heading": "the row is the heading once more",
        "repeated_row": "the row is the same as an earlier one in every cell",
        "repeated_polygon": "the same area with the same outline is there already",
        "part_of_persons": "the row counts only females or males; the persons row is used",
        "not_a_property": "the row is a chattel, vehicle (a mobile library too) or work of art, "
        "not land or a building",
        "closed": "the source says it has closed",
        "no_service": "no service was recognised in the row; if all are of one, import with "
        "--set service_type=...",
        "outside_area": "the place lies outside the area asked for",
    }
)


@cache
def no_repairs() -> pd.DataFrame:
    """A table of repairs without rows; the same one every time, not to be changed."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in REPAIR_COLUMNS})


@cache
def none_aside() -> pd.DataFrame:
    """A table of rows set aside without rows; the same one every time, not to be changed."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in ASIDE_COLUMNS})


def repairs(
    layer: str, column: str, rule: str, *, before: pd.Series, after: pd.Series
) -> pd.DataFrame:
    """The cells of one column that a rule changed.

    Args:
        layer: which layer.
        column: which column of it.
        rule: key of `REPAIR_RULES`.
        before: the column before, index = source row numbers.
        after: the column after, same index.

    Returns:
        A row per cell whose text changed, columns `REPAIR_COLUMNS`; ``id`` still blank.

    Raises:
        KeyError: no such rule.
    """
    assert REPAIR_RULES[rule]
    old, new = as_text(before), as_text(after)
    changed = (old != new).to_numpy()
    if not changed.any():
        return no_repairs()
    rows = before.index.to_numpy()[changed]
    table = pd.DataFrame({"row": rows, "before": old[changed], "after": new[changed]})
    filled = table.assign(layer=layer, id="", column=column, rule=rule)
    return filled.loc[:, list(REPAIR_COLUMNS)].reset_index(drop=True)


def aside(layer: str, rule: str, rows: pd.DataFrame, *, ids: Iterable[str] = ()) -> pd.DataFrame:
    """Rows of a frame that a rule sets aside, with all their cells.

    Args:
        layer: which layer.
        rule: key of `ASIDE_RULES`.
        rows: the rows, under their source headings, index = source row numbers.
        ids: what to call each, if known.

    Returns:
        A row each, columns `ASIDE_COLUMNS`.

    Raises:
        KeyError: no such rule.
    """
    assert ASIDE_RULES[rule]
    shape = rows.active_geometry_name if isinstance(rows, gpd.GeoDataFrame) else None
    plain = pd.DataFrame(rows.drop(columns=[shape] if shape else []))
    texts = pd.DataFrame({name: as_text(plain[name]) for name in plain.columns}, index=plain.index)
    cells = [
        json.dumps({str(k): v for k, v in row.items() if v != ""}, ensure_ascii=False)
        for row in texts.to_dict("records")
    ]
    named = list(ids) or [""] * len(rows)
    table = pd.DataFrame({"row": rows.index, "id": named, "cells": cells})
    return table.assign(layer=layer, rule=rule).loc[:, list(ASIDE_COLUMNS)]


def joined(tables: Iterable[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    """Several tables of a trail as one, in their order."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else empty
