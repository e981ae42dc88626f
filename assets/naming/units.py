"""Units written in a heading: "Site area (acres)", "Running cost £000". Pure.

A figure under such a heading is not in the column's own unit. The unit is written into the cell
(``2.5`` -> ``2.5 acres``), where the cleaning of cells finds it, converts it and lists it.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from assets.cells import as_text

_SPELLINGS: tuple[tuple[str, str], ...] = (
    ("sq ft", r"sq\.?\s*f(?:ee|oo)?t\.?|sqft\.?|ft2|ft\^2|square (?:feet|foot)"),
    ("km2", r"sq\.?\s*km\.?|sqkm|km2|km\^2|square kilomet(?:re|er)s?"),
    ("m2", r"sq\.?\s*m(?:et(?:re|er)s?|trs?)?\.?|sqm\.?|m2|m\^2|m sq\.?|square met(?:re|er)s?"),
    ("ha", r"hectares?|ha\.?|hects?\.?"),
    ("acres", r"acres?|ac\.?"),
    ("k", r"(?:£|gbp)\s*(?:'?0{3}'?s?|k|thousands?)|'?0{3}'?s|(?:in )?thousands"),
    ("m", r"(?:£|gbp)\s*(?:m|mn|million|millions)|(?:in )?millions"),
    ("£", r"£|gbp|pounds"),
    ("months", r"months?|mths?"),
    ("years", r"years?|yrs?"),
    ("s", r"seconds?|secs?|s"),
    ("minutes", r"minutes?|mins?"),
    ("%", r"%|per ?cent|pct|percentage"),
)
_PATTERNS = tuple((unit, re.compile(text)) for unit, text in _SPELLINGS)
_BRACKETED = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]")
_LAST = re.compile(r"^(.*?)[\s_,/-]+(\S+[ _]\S+|[^\s_]+)$", re.S)
_IN_CELL = re.compile(
    r"[0-9]\s*(?:(ha\b|hect|acre|km2|km²)|(m2|m²|sq\.?\s*m|sqm|sq\.?\s*f|sqft|ft2))", re.I
)
_PLAIN_FIGURE = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")

_LOOKED_AT = 2000

#: Unit of a column -> units of headings whose figures can be converted to it.
CONVERTED = {
    "m²": ("m2", "sq ft", "ha", "acres", "km2"),
    "ha": ("ha", "m2", "sq ft", "acres", "km2"),
    "£": ("£", "k", "m"),
    "£ a year": ("£", "k", "m"),
    "£ per m²": ("£",),
    "months": ("months",),
    "years": ("years",),
    "s": ("s",),
    "%": ("%",),
}
#: The same unit under the two names.
_SAME = {"m²": "m2", "£ a year": "£", "£ per m²": "£"}
#: Figures in these are of land; in the others, of floors.
LAND_UNITS = ("ha", "acres", "km2")


def unit_of(heading: str) -> tuple[str, str]:
    """A heading without its unit, and the unit (``""`` if it names none).

    Brackets are looked at first, then the last words: "Size [sq ft]", "Site area acres".
    """
    text = unicodedata.normalize("NFKC", heading).replace("’", "'").replace("‘", "'")
    for found in _BRACKETED.finditer(text):
        unit = _spelt(found.group(1))
        if unit:
            return _without(text, found.span()), unit
    if text.strip().startswith("£"):
        return text.strip()[1:].strip(), "£"
    last = _LAST.match(text.strip())
    for words in (last.group(2), re.split(r"[\s_]", last.group(2))[-1]) if last else ():
        unit = _spelt(words)
        if unit and unit != "s":
            return re.sub(r"(?:[\s_,/-]+(?:in)?)+$", "", text.strip()[: -len(words)]), unit
    if text.strip().endswith("£"):
        return text.strip()[:-1].strip(), "£"
    return heading, ""


def _without(text: str, span: tuple[int, int]) -> str:
    """A text with a stretch taken out."""
    return " ".join((text[: span[0]] + " " + text[span[1] :]).split())


def _spelt(words: str) -> str:
    """The unit some words name, or ``""``."""
    plain = words.strip().lower()
    plain = re.sub(r"\s*(?:p\.?a\.?|per annum|per year|a year)$", "", plain)
    return next((unit for unit, pattern in _PATTERNS if pattern.fullmatch(plain)), "")


def unit_in_cells(cells: pd.Series) -> str:
    """``ha`` or ``m2`` where most filled cells name a unit of land or of floors; else ``""``."""
    text = as_text(cells.head(_LOOKED_AT))
    filled = text[text != ""]
    found = [match for match in map(_IN_CELL.search, filled) if match]
    land = sum(1 for match in found if match.group(1))
    floors = len(found) - land
    if max(land, floors) * 2 <= len(filled):
        return ""
    return "ha" if land > floors else "m2"


def own_unit(column_unit: str, unit: str) -> bool:
    """Whether figures under a heading with this unit are in the column's own unit."""
    return unit in ("", _SAME.get(column_unit, column_unit))


def with_unit(cells: pd.Series, unit: str) -> pd.Series:
    """Plain figures with the unit of their heading after them; other cells as they are."""
    after = unit if unit in ("k", "m") else f" {unit}"
    return pd.Series(
        [c + after if _PLAIN_FIGURE.fullmatch(c) else c for c in as_text(cells)],
        index=cells.index,
        dtype=object,
    )
