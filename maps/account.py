"""`issues.html`: the account of the layers as one page to read, print and send back.

The page is whole in itself: no network, a policy under which only its own script may run, and
everything but searching and sorting works without a script. Every text of it is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import jinja2
import markupsafe

from assets.account import MISPLACED_RULES, Account, Group, tables
from assets.completeness import label
from assets.issues import Issue
from assets.schema import LAYERS
from assets.trail import ASIDE_RULES, REPAIR_RULES
from maps import sketch, style
from maps.inline import reading_page, template, write_page

PAGE = "issues.html"
#: What the page is known by: a folder's files are replaced only where this stands in its page.
MARK = '<meta name="generator" content="Groundplan: account of the layers">'
Sources = Mapping[str, str] | Sequence[str]
SHOWN = 20
FOLDED = 480
CELL_CHARACTERS = 300
SEVERITIES = (
    ("error", "Must be put right", "Stops a plan"),
    ("warning", "Worth a look", "Does not stop a plan"),
)


# --- the files -----------------------------------------------------------------------------


def write_account(
    folder: Path,
    account: Account,
    *,
    title: str,
    sources: Sources,
    areas: gpd.GeoDataFrame | None = None,
) -> Path:
    """Write the account's page and its tables (CSV) into a folder, all of them or none.

    Args:
        folder: made if need be; files of an earlier account in it are replaced, others stay.
        account: what is told.
        title: of the page.
        sources: what was read, or what was read -> a word on it (never with a password).
        areas: outlines for the map (EPSG:27700).

    Returns:
        The path of the page.

    Raises:
        InputError: files of that name are there that are no account; the disk refuses.
    """
    html = account_html(account, title=title, sources=sources, areas=areas)
    return write_page(folder, PAGE, html, tables=tables(account), mark=MARK, what="account")


# --- the page ------------------------------------------------------------------------------


def account_html(
    account: Account,
    *,
    title: str,
    sources: Sources,
    areas: gpd.GeoDataFrame | None = None,
) -> str:
    """The page as text; the same account always gives the same bytes.

    Args:
        account: what is told.
        title: heading of the page.
        sources: what was read, or what was read -> a word on it.
        areas: outlines for the map (EPSG:27700).
    """
    text = _template().render(
        title=title,
        mark=markupsafe.Markup(MARK),
        **reading_page("account"),
        headline=headline(account),
        verdict=verdict(account),
        layers=[name for name in account.balance["layer"]],
        balance=account.balance.to_dict("records"),
        made=bool((account.balance["made"] != 0).any()),
        parts=[part for part in parts(account) if part["groups"]],
        completeness=completeness_rows(account),
        repairs=repair_sections(account),
        aside=aside_sections(account),
        mapping=mapping_sections(account),
        sketch=sketch.drawing(account.places, account.misplaced, areas),
        strays=strays(account),
        sources=list(sources.items())
        if isinstance(sources, Mapping)
        else [(name, "") for name in sources],
    )
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _template() -> jinja2.Template:
    """The page's template; every value is escaped unless marked as ours."""
    return template("account.html", {"n": lambda value: f"{value:,}"})


def headline(account: Account) -> list[dict[str, str]]:
    """The figures at the top."""
    balance = account.balance
    figures = [
        ("Rows read", int(balance["rows_in"].sum()), ""),
        ("In the layers", int(balance["rows_out"].sum()), ""),
        ("Set aside", len(account.aside), "each is listed below"),
        ("To put right", account.errors, "stop a plan"),
        ("Worth a look", account.warnings, "stop nothing"),
        ("Cells repaired", len(account.repairs), "each is listed below"),
    ]
    return [{"label": a, "text": f"{b:,}", "note": c if b else ""} for a, b, c in figures]


def verdict(account: Account) -> dict[str, str]:
    """What it comes to, in a sentence."""
    if account.errors:
        things = "1 thing" if account.errors == 1 else f"{account.errors:,} things"
        return {"kind": "error", "text": f"{things} must be put right before a plan can be made."}
    if account.warnings:
        return {"kind": "fine", "text": "Nothing here stops a plan. The warnings say what the "
                "planner makes of what is odd or missing."}  # fmt: skip
    return {"kind": "fine", "text": "Nothing here stops a plan, and nothing odd was found."}


def layer_words(layer: str) -> str:
    """A layer's name for readers."""
    return style.words(layer) if layer in LAYERS else layer


# --- what is wrong -------------------------------------------------------------------------


def parts(account: Account) -> list[dict[str, Any]]:
    """Errors and warnings, each with their groups."""
    lookup = account.lookup()
    return [
        {
            "key": key,
            "heading": heading,
            "note": note,
            "groups": [group_row(g, lookup) for g in account.groups if _kind(g) == key],
        }
        for key, heading, note in SEVERITIES
    ]


def _kind(group: Group) -> str:
    return "error" if group.severity == "error" else "warning"


Lookup = Mapping[tuple[str, str], tuple[str, str]]


def group_row(group: Group, lookup: Lookup) -> dict[str, Any]:
    """One rule's findings as the template shows them."""
    remedies = list(dict.fromkeys(issue.remedy for issue in group.issues))
    one = len(group.issues) == 1
    rule = group.rule.rsplit(".", 1)[-1]
    return {
        "title": sentence(group.issues[0].message, group.layer) if one else style.words(rule),
        "rule": group.rule,
        "anchor": re.sub(r"[^A-Za-z0-9.]+", "-", f"{group.severity}-{group.layer}-{group.rule}"),
        "layer": group.layer,
        "layer_words": layer_words(group.layer),
        "count": counted(group, lookup),
        "remedy": remedies[0] if len(remedies) == 1 else "",
        "items": [
            {
                "message": "" if one else sentence(issue.message, group.layer),
                "remedy": issue.remedy if len(remedies) > 1 else "",
                **named(issue, lookup),
            }
            for issue in group.issues
        ],
    }


def sentence(text: str, layer: str = "") -> str:
    """A message that begins with a capital, a column at its beginning in words as well."""
    first, _, rest = text.partition(" ")
    column = LAYERS[layer].find(first) if layer in LAYERS else None
    if column is not None and "_" in first:
        means = label(first)
        return f"{means[:1].upper()}{means[1:]} ({first}) {rest}"
    return text if "_" in first else text[:1].upper() + text[1:]


def counted(group: Group, lookup: Lookup) -> str:
    """How much is concerned, in words."""
    ids = group.ids
    known = [lookup.get((group.layer, id_)) for id_ in ids]
    if not ids:
        return ""
    if all(known):
        # Rows of one id are told together, as "4, 7".
        rows = len({row for found in known if found for row in found[0].split(", ")})
        return f"{rows:,} row{'s' if rows != 1 else ''}"
    noun = "row" if all(re.match(r"row [0-9]", id_) for id_ in ids) else ""
    if re.search("column|heading|cells_do_not_fit|not_a_weight", group.rule):
        noun = "column"
    return f"{len(ids):,} {noun}{'s' if len(ids) != 1 else ''}" if noun else ""


@dataclass(frozen=True)
class Named:
    """An id with the row of the source and the name it stands for, as far as known."""

    id: str
    row: str
    name: str


def named(issue: Issue, lookup: Lookup) -> dict[str, Any]:
    """The ids of an issue: as rows of the layer where they are that, else as words."""
    if not issue.ids or (len(issue.ids) == 1 and f"'{issue.ids[0]}'" in issue.message):
        return {"rows": None, "words": None}
    shown = issue.ids[: SHOWN + FOLDED]
    found = [lookup.get((issue.layer, id_)) for id_ in shown]
    if not any(found):
        return {"rows": None, "words": folded(issue.ids)}
    rows = [
        Named("" if hit and id_.startswith(f"row {hit[0]}") else id_, *(hit or ("", "")))
        for id_, hit in zip(shown, found, strict=True)
    ]
    return {"rows": folded(rows, total=len(issue.ids)), "words": None}


def folded(items: Sequence[Any], *, total: int | None = None) -> dict[str, Any]:
    """The first few, those folded away, and how many are only in the table."""
    whole = len(items) if total is None else total
    first, rest = items[:SHOWN], items[SHOWN : SHOWN + FOLDED]
    return {"first": first, "rest": rest, "more": whole - len(first) - len(rest), "total": whole}


# --- what is missing -----------------------------------------------------------------------


def completeness_rows(account: Account) -> list[dict[str, Any]]:
    """Layers with the columns that have gaps, the emptiest required ones first; the full ones.

    Columns that are only useful and not there at all are told apart.
    """
    ranks = {"required": 0, "conditional": 1, "useful": 2}
    told = []
    for layer, table in account.completeness.groupby("layer", sort=False):
        gaps = table[table["filled"] < table["rows"]]
        order = sorted(gaps.to_dict("records"), key=lambda row: (ranks[row["need"]], row["share"]))
        rows = [
            {
                **row,
                "far": row["need"] == "useful" and not row["filled"],
                "means": sentence(label(row["column"])),
                "percent": _share(row["filled"], row["rows"]),
                "width": round(100 * row["share"], 1),
                "says": sentence(row["consequence"]),
            }
            for row in order
        ]
        full = [label(name) for name in table.loc[~table.index.isin(gaps.index), "column"]]
        told.append(
            {
                "layer": layer,
                "layer_words": layer_words(str(layer)),
                "rows": [row for row in rows if not row["far"]],
                "absent": [row for row in rows if row["far"]],
                "full": full,
            }
        )
    return told


def _share(filled: int, rows: int) -> str:
    """A share in per cent that is 100 or 0 only where it is all or nothing."""
    if filled in (0, rows):
        return "100%" if filled else "0%"
    return f"{min(max(100 * filled / rows, 0.1), 99.9):.1f}%"


# --- what was done -------------------------------------------------------------------------


def repair_sections(account: Account) -> list[dict[str, Any]]:
    """Repairs by layer and rule, the cells before and after."""
    sections = []
    for (layer, rule), table in account.repairs.groupby(["layer", "rule"], sort=False):
        kept = table.iloc[: SHOWN + FOLDED]
        rows = [
            {"row": row.row, "id": shown_id(row.id, row.row), "column": row.column,
             "before": clipped(row.before), "after": clipped(row.after)}
            for row in kept.itertuples()
        ]  # fmt: skip
        sections.append(
            {
                "layer": layer,
                "layer_words": layer_words(str(layer)),
                "rule": rule,
                "says": sentence(REPAIR_RULES.get(str(rule), style.words(str(rule)))),
                "columns": sorted(set(table["column"])),
                "count": len(table),
                "cells": folded(rows, total=len(table)),
            }
        )
    return sections


def aside_sections(account: Account) -> list[dict[str, Any]]:
    """Rows set aside by layer and rule, with everything they say."""
    sections = []
    for (layer, rule), table in account.aside.groupby(["layer", "rule"], sort=False):
        kept = table.iloc[: SHOWN + FOLDED]
        rows = [
            {"row": row.row, "id": shown_id(row.id, row.row), "cells": list(told(str(row.cells)))}
            for row in kept.itertuples()
        ]
        sections.append(
            {
                "layer": layer,
                "layer_words": layer_words(str(layer)),
                "rule": rule,
                "says": sentence(ASIDE_RULES.get(str(rule), style.words(str(rule)))),
                "count": len(table),
                "rows": folded(rows, total=len(table)),
            }
        )
    return sections


def told(cells: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each cell of a row set aside."""
    try:
        row = json.loads(cells)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        yield "", clipped(cells)
        return
    for heading, text in row.items():
        yield str(heading), clipped(text)


def shown_id(label: object, row: object) -> str:
    """An id, or nothing where it only repeats the number of the row."""
    text = str(label)
    return text.removeprefix(f"row {row}").strip(" ()") if text.startswith(f"row {row}") else text


def clipped(text: object) -> str:
    """A cell's text, cut where it is a treatise."""
    plain = str(text)
    return plain if len(plain) <= CELL_CHARACTERS else f"{plain[:CELL_CHARACTERS]}…"


def mapping_sections(account: Account) -> list[dict[str, Any]]:
    """How the headings of each layer were read."""
    sections = []
    for layer, table in account.mapping.fillna("").groupby("layer", sort=False):
        rows = table.to_dict("records")
        used = sum(bool(row["column"]) for row in rows)
        sections.append({"layer": layer, "layer_words": layer_words(str(layer)), "rows": rows,
                         "used": used, "unused": len(rows) - used})  # fmt: skip
    return sections


# --- places --------------------------------------------------------------------------------


def strays(account: Account) -> dict[str, Any]:
    """Places that look wrong, numbered as on the map."""
    why = {
        (issue.layer, issue.rule.rsplit(".", 1)[-1], id_): issue.message
        for group in account.groups
        if group.rule.rsplit(".", 1)[-1] in MISPLACED_RULES
        for issue in reversed(group.issues)
        for id_ in issue.ids
    }
    rows = [
        {
            "number": number,
            "id": shown_id(row.id, _row_of(row.id)),
            "name": row.name,
            "layer": layer_words(str(row.layer)),
            "at": metres(row.x, row.y),
            "why": reason(why[str(row.layer), str(row.rule), str(row.id)]),
            "hint": "" if isnan(row.suggested_x) else metres(row.suggested_x, row.suggested_y),
        }
        for number, row in enumerate(account.misplaced.itertuples(index=False), start=1)
    ]  # fmt: skip
    return folded(rows)


def isnan(value: Any) -> bool:
    """Whether a number is missing."""
    return bool(value != value)


def metres(x: Any, y: Any) -> str:
    """Easting and northing."""
    return f"{x:.0f}, {y:.0f}"


def _row_of(label: object) -> str:
    """The number in ``row 7 (name)``, else nothing that a label could begin with."""
    words = str(label).split(" ", 2)
    return words[1] if len(words) > 1 and words[0] == "row" else "\0"


def reason(message: str) -> str:
    """Why a place looks wrong: the rule's sentence without the examples after the colon."""
    return sentence(message.split(": ")[0])
