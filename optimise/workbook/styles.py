"""How cells look: what a finance officer expects of pounds, shares, dates, totals."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

from optimise.workbook.records import Kind, Look

#: Number formats: negatives in brackets and red, nil a dash.
FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "wide": "@",
    "gbp": '£#,##0_);[Red](£#,##0);"–"_)',
    "pence": '£#,##0.00_);[Red](£#,##0.00);"–"_)',
    "count": '#,##0_);[Red](#,##0);"–"_)',
    "decimal": "#,##0.0_);[Red](#,##0.0);0.0_)",
    "share": "0.0%",
    "factor": "0.0000",
    "date": "d mmm yyyy",
}
#: Widths of columns in characters, where a column asks for none of its own.
WIDTHS: Mapping[Kind, float] = {
    "text": 16.0,
    "wide": 60.0,
    "gbp": 14.0,
    "pence": 16.0,
    "count": 11.0,
    "decimal": 11.0,
    "share": 10.0,
    "factor": 10.0,
    "date": 13.0,
}
TITLE, BLOCK, NOTE = "gp title", "gp block", "gp note"
HEADING, HEADING_RIGHT = "gp heading", "gp heading right"
_DARK, _PALE, _RULE, _GREY = "1F3A5F", "E8EDF3", "8A97A8", "44505E"
_LOOKS: tuple[Look, ...] = ("", "part", "sub", "total")


def style_name(kind: Kind, look: Look) -> str:
    """Name of the style of a cell."""
    return f"gp {kind} {look}".rstrip()


def styles() -> list[NamedStyle]:
    """Every style, in a fixed order."""
    cells = [_cell_style(kind, look) for look in _LOOKS for kind in FORMATS]
    heads = [_heading(HEADING, "left"), _heading(HEADING_RIGHT, "right")]
    title = NamedStyle(TITLE, font=Font(name="Arial", size=14, bold=True, color=_DARK))
    block = NamedStyle(BLOCK, font=Font(name="Arial", size=11, bold=True, color=_DARK))
    note = NamedStyle(NOTE, font=Font(name="Arial", size=10, italic=True, color=_GREY))
    return [*cells, *heads, title, block, note]


def _cell_style(kind: Kind, look: Look) -> NamedStyle:
    thin, double = Side(style="thin", color=_RULE), Side(style="double", color=_RULE)
    ruled = {"sub": Border(top=thin), "total": Border(top=thin, bottom=double)}
    filled = PatternFill("solid", fgColor=_PALE) if look == "part" else PatternFill()
    return NamedStyle(
        style_name(kind, look),
        font=Font(name="Arial", size=10, bold=bool(look)),
        border=ruled.get(look, Border()),
        fill=filled,
        alignment=Alignment(vertical="top", wrap_text=kind == "wide"),
        number_format=FORMATS[kind],
    )


def _heading(name: str, side: str) -> NamedStyle:
    return NamedStyle(
        name,
        font=Font(name="Arial", size=10, bold=True, color="FFFFFF"),
        fill=PatternFill("solid", fgColor=_DARK),
        alignment=Alignment(horizontal=side, vertical="center", wrap_text=True),
    )
