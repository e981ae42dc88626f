"""`compare.html`: two editions of a register side by side, as one page to read, print and send.

The page is whole in itself: no network, a policy under which only its own script may run, and
everything but searching and sorting works without a script. Every text of it is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import pandas as pd

from assets.comparing.compare import Comparison, tables
from assets.comparing.differences import KINDS
from assets.comparing.vintages import KIND, Side
from assets.schema import LAYERS
from assets.trail import ASIDE_RULES
from maps import movements, style
from maps.inline import reading_page, template, write_page

PAGE = "compare.html"
#: What the page is known by: a folder's files are replaced only where this stands in its page.
MARK = '<meta name="generator" content="Groundplan: comparison of registers">'
SHOWN = 20
FOLDED = 480
CELL_CHARACTERS = 300
LABELS = {
    "moved": "Moved",
    "placed": "Given a place",
    "unplaced": "Lost their place",
    "precision": "Placed more or less exactly",
    "retenured": "Tenure changed",
    "renamed": "Renamed",
    "retyped": "Use changed",
    "resized": "Size changed",
    "restatus": "Status changed",
    "reowned": "Owner changed",
    "readdressed": "Address changed",
    "recoded": "Identifier changed",
    "revalued": "Money changed",
    "other": "Other details changed",
    "respelt": "Only spelt another way",
}
RULES = {
    "uprn": ("UPRN", "the same UPRN, on one row of each register"),
    "asset_id": ("Asset id", "the same identifier, on one row of each register"),
    "name_and_place": (
        "Name and place",
        "the same name, and the same point to 100 m, postcode, address or UPRN",
    ),
}
FIELDS = {"place": "easting, northing", "uprn": "UPRN", "asset_id": "asset id", "name": "name"}


# --- the files -----------------------------------------------------------------------------


def write_comparison(folder: Path, comparison: Comparison, *, title: str) -> Path:
    """Write the comparison's page and its tables (CSV) into a folder.

    Args:
        folder: made if need be; files of an earlier comparison in it are replaced.
        comparison: what is told.
        title: of the page.

    Returns:
        The path of the page.

    Raises:
        InputError: files of these names are there that are no comparison; the disk refuses.
    """
    html = compare_html(comparison, title=title)
    beside = tables(comparison)
    return write_page(folder, PAGE, html, tables=beside, mark=MARK, what="comparison")


# --- the page ------------------------------------------------------------------------------


def compare_html(comparison: Comparison, *, title: str) -> str:
    """The page as text; the same comparison always gives the same bytes."""
    text = _template().render(
        title=title,
        mark=markupsafe.Markup(MARK),
        **reading_page("compare"),
        old=comparison.old,
        new=comparison.new,
        headline=headline(comparison),
        verdict=verdict(comparison),
        balance=balance(comparison),
        rules=rule_rows(comparison),
        kinds=kind_sections(comparison),
        one_sided=one_sided_sections(comparison),
        possible=folded(comparison.possible.to_dict("records")[: SHOWN + FOLDED],
                        total=len(comparison.possible)),
        uprns=folded(uprn_rows(comparison.uprns), total=len(comparison.uprns)),
        columns=column_rows(comparison.columns),
        aside=folded(aside_rows(comparison.aside), total=len(comparison.aside)),
        issues=comparison.issues,
        sketch=movements.drawing(comparison.points),
        shapes={key: style.decision_style(name) for key, name in
                (("added", "build"), ("removed", "dispose"))},
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _template() -> jinja2.Template:
    """The page's template; every value is escaped unless marked as ours."""
    return template("compare.html", {"n": lambda value: f"{value:,}", "clipped": clipped})


def headline(comparison: Comparison) -> list[dict[str, str]]:
    """The figures at the top."""
    counts = comparison.counts
    figures = [
        ("In the old", comparison.old.rows, "rows compared"),
        ("In the new", comparison.new.rows, "rows compared"),
        ("In both", counts["matched"], "matched one to one"),
        ("Removed", counts["removed"], "only in the old"),
        ("Added", counts["added"], "only in the new"),
        ("Changed", counts["changed"], "of those in both"),
    ]
    return [{"label": a, "text": f"{b:,}", "note": c} for a, b, c in figures]


def verdict(comparison: Comparison) -> str:
    """What it comes to, in a sentence."""
    counts = comparison.counts
    if not counts["matched"]:
        return "No row of the one register was found in the other."
    if not (counts["changed"] or counts["added"] or counts["removed"]):
        return "The two registers say the same."
    same = counts["unchanged"]
    rows = "asset is" if same == 1 else "assets are"
    return f"{same:,} {rows} told exactly alike; everything else is listed below."


def balance(comparison: Comparison) -> list[dict[str, Any]]:
    """How the rows of both registers add up."""
    counts = comparison.counts
    sides: Sequence[tuple[Side, str, str]] = (
        (comparison.old, "removed", "Removed"),
        (comparison.new, "added", "Added"),
    )
    return [
        {
            "name": side.name,
            "file": side.rows + side.aside,
            "aside": side.aside,
            "rows": side.rows,
            "matched": counts["matched"],
            "label": label,
            "single": counts[key],
            "placed": side.placed,
        }
        for side, key, label in sides
    ]


def rule_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """By what the rows were matched."""
    return [
        {
            "label": label,
            "means": means,
            "count": comparison.counts[f"by_{rule}"],
            "width": _width(comparison.counts[f"by_{rule}"], comparison.counts["matched"]),
        }
        for rule, (label, means) in RULES.items()
    ]


def _width(count: int, whole: int) -> float:
    """Length of a bar in per cent; what is there at all can be seen."""
    return round(max(100.0 * count / whole, 0.8), 1) if count and whole else 0.0


# --- what changed --------------------------------------------------------------------------


def kind_sections(comparison: Comparison) -> list[dict[str, Any]]:
    """Every kind of change that occurs, with the cells before and after."""
    moved = dict(zip(comparison.matches["old_row"], comparison.matches["moved_m"], strict=True))
    sections = []
    for kind, means in KINDS.items():
        count = comparison.counts[kind]
        if not count:
            continue
        cells = comparison.changes[comparison.changes["kind"] == kind]
        if kind == "moved":
            metres = [-moved[row] for row in cells["old_row"]]
            order = pd.Series(metres, index=cells.index).sort_values(kind="stable").index
            cells = cells.loc[order]
        rows = [_change_row(row) for row in cells.iloc[: SHOWN + FOLDED].to_dict("records")]
        sections.append(
            {
                "key": kind,
                "label": LABELS[kind],
                "means": means,
                "count": count,
                "width": _width(count, comparison.counts["matched"]),
                "cells": folded(rows, total=len(cells)),
                "fields": cells["column"].nunique() > 1,
                "apart": any(row["apart"] for row in rows),
            }
        )
    return sections


def _change_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One change as the template shows it."""
    before, after = str(row["before"]), str(row["after"])
    column = str(row["column"])
    return {
        "old_id": row["old_id"],
        "new_id": row["new_id"] if row["new_id"] != row["old_id"] else "",
        "name": row["name"],
        "field": field_words(column),
        "before": value_words(column, before),
        "after": value_words(column, after),
        "apart": row["how"] if row["how"].endswith(" m") else grown(column, before, after),
    }


def field_words(column: str) -> str:
    """A column in words; a heading of the source stays as it is."""
    if column in FIELDS:
        return FIELDS[column]
    known = LAYERS[KIND].find(column)
    if known is not None:
        return f"{known.doc} ({known.unit})" if known.unit else known.doc
    helpers = {helper.name for helper in LAYERS[KIND].helpers}
    return column.replace("_", " ") if column in helpers else column


def value_words(column: str, text: str) -> str:
    """A cell for readers: figures with thousands commas, codes in words."""
    known = LAYERS[KIND].find(column)
    if known is None or not text:
        return clipped(text)
    figure = _figure(text) if known.numeric else None
    if figure is not None:
        shown = style.grouped(figure, 2 if "." in text else 0)
        shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
        return f"£{shown}" if known.unit.startswith("£") and figure >= 0 else shown
    if known.kind == "boolean":
        return {"true": "yes", "false": "no"}.get(text, clipped(text))
    if known.kind == "slug":
        return style.asset_words(text)
    return clipped(text)


def grown(column: str, before: str, after: str) -> str:
    """By how much a figure changed, in per cent: ``+12%``."""
    known = LAYERS[KIND].find(column)
    figures = (_figure(before), _figure(after))
    if known is None or not known.numeric or figures[0] is None or figures[1] is None:
        return ""
    if figures[0] <= 0:
        return ""
    share = 100.0 * (figures[1] - figures[0]) / figures[0]
    if abs(share) >= 1000:
        return f"× {style.grouped(figures[1] / figures[0])}"
    sign = "+" if share > 0 else "\u2212"
    return f"{sign}{abs(share):.0f}%" if abs(share) >= 1 else f"{sign}under 1%"


def _figure(text: str) -> float | None:
    """A number, or ``None`` where the cell is not one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if style.is_known(value) else None


def clipped(text: object) -> str:
    """A cell of a length that can be read; the whole is in the table."""
    told = "" if text is None else str(text)
    return told if len(told) <= CELL_CHARACTERS else told[: CELL_CHARACTERS - 1] + "…"


# --- what is in one only -------------------------------------------------------------------


def one_sided_sections(comparison: Comparison) -> list[dict[str, Any]]:
    """Rows removed and rows added."""
    sections = []
    for key, label, means, table in (
        ("removed", "Removed", "only in the old register", comparison.removed),
        ("added", "Added", "only in the new register", comparison.added),
    ):
        rows = [_asset_row(row) for row in table.iloc[: SHOWN + FOLDED].to_dict("records")]
        shown = {
            name: any(row[name] for row in rows)
            for name in ("uprn", "what", "held", "size", "postcode", "note")
        }
        sections.append(
            {
                "key": key,
                "label": label,
                "means": means,
                "count": len(table),
                "rows": folded(rows, total=len(table)),
                "shown": shown,
            }
        )
    return sections


def _asset_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One row of one register as the template shows it."""
    held = ", ".join(
        style.words(str(row[name])) for name in ("tenure", "status") if row[name]
    ).capitalize()
    return {
        "id": row["id"],
        "name": row["name"],
        "uprn": row["uprn"],
        "what": style.asset_words(str(row["asset_type"])) if row["asset_type"] else "",
        "held": held,
        "size": value_words("gia_m2", str(row["gia_m2"])),
        "postcode": row["postcode"],
        "note": row["note"],
    }


def uprn_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """UPRNs split and merged."""
    return [
        {str(key): clipped(value) for key, value in row.items()}
        for row in table.iloc[: SHOWN + FOLDED].to_dict("records")
    ]


def column_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Columns of both registers: those compared first."""
    order = table.sort_values(["compared", "in_old"], ascending=False, kind="stable")
    return [
        {
            "words": field_words(str(row["column"])),
            **{key: row[key] for key in ("in_old", "in_new", "compared", "changed")},
        }
        for row in order.to_dict("records")
    ]


def aside_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows that neither register puts forward, with the reason."""
    return [
        {
            "register": row["register"],
            "row": row["row"],
            "id": row["id"],
            "why": ASIDE_RULES.get(str(row["rule"]), style.words(str(row["rule"]))),
            "cells": clipped(row["cells"]),
        }
        for row in table.iloc[: SHOWN + FOLDED].to_dict("records")
    ]


def folded(items: Sequence[Any], *, total: int) -> dict[str, Any]:
    """The first few, those folded away, and how many are only in the table."""
    first, rest = items[:SHOWN], items[SHOWN : SHOWN + FOLDED]
    return {"first": first, "rest": rest, "more": total - len(first) - len(rest), "total": total}
