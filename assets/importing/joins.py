"""Further tables laid beside a layer by its rows' codes: population to outlines, indices to areas.

Pure. Every code that finds no partner is said, both ways, and nothing already there is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from assets.cells import as_text
from assets.importing.derive import text_of
from assets.issues import InputError, Issue
from assets.mending.clean import clean
from assets.naming.headings import MAPPING_COLUMNS, map_headings
from assets.schema import Layer
from assets.trail import ASIDE_RULES


@dataclass(frozen=True)
class Join:
    """A table to lay beside a layer: its name in messages, and its rows as read."""

    name: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class JoinedUp:
    """A layer with the columns of the tables laid beside it.

    Attributes:
        frame: the layer's rows, in order, with the columns gained.
        mapping: a row per column gained, columns `assets.naming.headings.MAPPING_COLUMNS`.
        issues: codes without a partner on either side, and warnings about the tables.
    """

    frame: pd.DataFrame
    mapping: pd.DataFrame
    issues: tuple[Issue, ...]


def join_up(layer: Layer, frame: pd.DataFrame, joins: Sequence[Join]) -> JoinedUp:
    """Lay tables beside a layer by its key.

    Args:
        layer: the layer; its key column is the code.
        frame: mapped rows, the key among the columns.
        joins: the tables, headings as published.

    Raises:
        InputError: the layer or a table has no key column, or a table has a code twice.
    """
    mappings: list[pd.DataFrame] = []
    issues: list[Issue] = []
    for other in joins:
        beside, mapping, notes = _beside(layer, other)
        frame, gained = _with_columns(layer, frame, beside)
        mappings.append(mapping[mapping["column"].isin(gained)])
        issues += [*notes, *_without_partner(layer, frame, beside, other.name)]
    return JoinedUp(
        frame,
        pd.concat(mappings) if mappings else pd.DataFrame(columns=list(MAPPING_COLUMNS)),
        tuple(issues),
    )


def _beside(layer: Layer, other: Join) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Issue, ...]]:
    """A table's rows by code, how its headings were read, and its warnings."""
    mapped = map_headings(layer, other.frame)
    if layer.key not in mapped.frame.columns:
        raise _refused(layer, "no_code", f"{other.name} has no column that is {layer.key}",
                       ids=other.frame.columns, remedy=f"rename it {layer.key}")  # fmt: skip
    cleaned = clean(layer, mapped.frame)
    code = as_text(cleaned.frame[layer.key])
    twice = code[(code != "") & code.duplicated(keep=False)]
    if len(twice):
        raise _refused(layer, "code_twice", f"{other.name} has several rows of the same code",
                       ids=dict.fromkeys(twice), remedy="keep one row per code")  # fmt: skip
    table = cleaned.frame[code != ""].set_axis(code[code != ""], axis=0)
    heard = tuple(other.frame.attrs.get("issues", ())) + cleaned.issues
    heard += tuple(
        Issue(
            f"{layer.name}.join_aside",
            f"{count:,} rows of {other.name} are not used: {ASIDE_RULES[str(rule)]}",
            (),
            "nothing, if that is right",
            layer.name,
            "warning",
        )
        for rule, count in cleaned.aside["rule"].value_counts().sort_index().items()
    )
    mapping = mapped.mapping.assign(
        heading=mapped.mapping["heading"] + f" ({other.name})", how="joined by code"
    )
    return table, mapping, heard


def _refused(
    layer: Layer, rule: str, says: str, *, ids: Iterable[object], remedy: str
) -> InputError:
    """Tables that cannot be laid side by side."""
    return InputError(Issue(f"join.{rule}", says, tuple(map(str, ids)), remedy, layer.name))


def _with_columns(
    layer: Layer, frame: pd.DataFrame, beside: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """The frame with the columns of the layer it lacked or left blank, and their names."""
    if layer.key not in frame.columns:
        raise _refused(layer, "no_code", f"the layer has no column that is {layer.key}",
                       ids=(layer.key,), remedy=f"map it: --map HEADING={layer.key}")  # fmt: skip
    code = as_text(frame[layer.key])
    names = [n for n in beside.columns if layer.find(str(n)) is not None and n != layer.key]
    gained = {}
    for name in names:
        own = text_of(frame, name)
        found = code.map(as_text(beside[name])).fillna("").astype(object)
        if ((own == "") & (found != "")).any():
            gained[name] = own.where(own != "", found)
    return frame.assign(**gained), list(gained)


def _without_partner(
    layer: Layer, frame: pd.DataFrame, beside: pd.DataFrame, name: str
) -> list[Issue]:
    """Codes of one side that the other lacks."""
    code = as_text(frame[layer.key])
    here, there = set(code) - {""}, set(beside.index)
    lonely = tuple(sorted(here - there))
    extra = tuple(sorted(there - here))
    issues = []
    if lonely:
        issues.append(
            Issue(
                f"{layer.name}.join_missing",
                f"{len(lonely):,} of {len(here):,} rows have no row in {name}",
                lonely,
                "are both of the same year? area codes change with each census",
                layer.name,
                "warning",
            )
        )
    if extra:
        issues.append(
            Issue(
                f"{layer.name}.join_unused",
                f"{len(extra):,} of {len(there):,} rows of {name} belong to no row of the layer",
                extra,
                "expected if it covers a larger area; otherwise check the codes' year",
                layer.name,
                "warning",
            )
        )
    return issues
