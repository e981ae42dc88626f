"""A figure as people write it -> one plain number in the unit of its column. Pure.

``£1.2m``, ``(1,234)``, ``2 years`` in a column of months, ``0.537 hectares (1.33 acres)``: a
figure counts only if every word of the cell is understood; two figures in one cell must say
the same. A comma is a decimal point only where the second figure proves it.

Factors: the international yard and acre (1959), Weights and Measures Act 1985, Schedule 1.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

#: Two figures in one cell that differ by more than this share are not the same quantity: less
#: than half of what mistaking one unit for another makes (an acre is 0.4 of a hectare).
SLIP = 0.2

Factors = Mapping[str, float]


def _words(*groups: tuple[str, float]) -> Factors:
    """``"ha hectare hectares"``, 10000 ... -> each word with its factor."""
    return MappingProxyType({word: factor for words, factor in groups for word in words.split()})


_AREA = _words(
    ("m2 sqm sqms sqmt sqmts sqmtr sqmtrs sqmetre sqmetres sqmeter sqmeters squaremetre", 1.0),
    ("squaremetres squaremeter squaremeters msq metressquared metres2 meters2", 1.0),
    ("ft2 sqft squarefoot squarefeet sqfeet sqfoot ftsq sf feet2", 0.09290304),
    ("yd2 sqyd sqyds squareyard squareyards sqyards", 0.83612736),
    ("ha has hec hect hectare hectares", 10_000.0),
    ("ac acs acre acres", 4046.8564224),
    ("km2 sqkm squarekilometre squarekilometres", 1_000_000.0),
    ("sqmi sqmile sqmiles squaremile squaremiles", 2_589_988.110336),
)
_HECTARES = MappingProxyType({word: factor / 10_000.0 for word, factor in _AREA.items()})
_TIMES = _words(("k thousand thousands", 1e3), ("million millions", 1e6), ("bn billion", 1e9))
_POUNDS = MappingProxyType({**_TIMES, **_words(("m mn mil mill", 1e6), ("gbp pounds", 1.0))})
_A_YEAR = _words(("pa perannum peryear ayear yearly annually annual eachyear /yr /year", 1.0))
_RENT = MappingProxyType(
    {
        **_A_YEAR,
        **_words(
            ("pcm permonth amonth monthly /month percalendarmonth", 12.0),
            ("perquarter aquarter quarterly /quarter", 4.0),
        ),
    }
)


def _both(first: Factors, second: Factors) -> Factors:
    """Words of the first, of the second, and of the first followed by the second (``k pa``)."""
    pairs = {a + b: x * y for (a, x), (b, y) in itertools.product(first.items(), second.items())}
    return MappingProxyType({**first, **second, **pairs})


#: Unit of a column (`assets.schema.Column.unit`) -> words after a figure and what they multiply.
UNITS: Mapping[str, Factors] = MappingProxyType(
    {
        "m²": _AREA,
        "ha": _HECTARES,
        "£": _POUNDS,
        "£ a year": _both(_POUNDS, _RENT),
        "£ per m²": MappingProxyType(
            {p + w: 1 / f for w, f in _AREA.items() if f < 1e4 for p in ("per", "/", "a")}
        ),
        "%": _words(("% percent pct", 1.0)),
        "months": _words(("month months mth mths mnths", 1.0), ("year years yr yrs", 12.0)),
        "years": _words(("year years yr yrs", 1.0), ("month months mth mths", 1 / 12)),
        "s": _words(("s sec secs second seconds", 1.0), ("min mins minute minutes", 60.0)),
        "count": _TIMES,
        "a year": _both(_TIMES, _A_YEAR),
        "a week": _words(
            ("pw perweek aweek weekly eachweek /week", 1.0),
            ("sessions sessionspw sessionsperweek sessionsaweek", 1.0),
        ),
        "bays": _words(("bay bays", 1.0)),
        "t CO₂e a year": _words(
            ("t tonne tonnes tco2e tco2 tonnesco2e tonnesco2 tco2epa tonnesco2epa", 1.0),
            ("kg kgs kgco2e kgco2", 0.001),
        ),
    }
)
_PLAIN = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]*)?")
_ONE_COMMA = re.compile(r"[0-9]+,[0-9]+")
_ABOUT = re.compile(
    r"^(?:approx(?:imately)?\.?|circa|ca?\.|c(?=\s*£?\d)|about|around|est(?:imated)?\.?|~)\s*", re.I
)
_PIECE = re.compile(
    r"(?P<sign>[-−–]?)\s*(?P<pound>£?)\s*(?P<minus>[-−–]?)\s*"
    r"(?P<number>[0-9]{1,3}(?:[ ][0-9]{3})+(?:\.[0-9]+)?(?![0-9,.])"
    r"|[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)"
    r"\s*(?P<unit>(?:[^0-9\s].*)?)"
)
_SIMPLE = re.compile(
    r"(?P<pound>£?)(?P<number>[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?) ?"
    r"(?P<unit>[A-Za-z²][A-Za-z².]*2?)?"
)
_NEGATIVE = re.compile(r"£?\s*\(\s*£?\s*([0-9][0-9,]*(?:\.[0-9]*)?)\s*\)|([0-9][0-9,]*\.?[0-9]*)-")
_BETWEEN = re.compile(r"\s*(?:[()\[\];=|]|\s/\s|/(?=\s*[0-9])|,\s+|\bor\b|\bi\.?e\.?\b)\s*", re.I)
#: A word that says nil rather than nothing known.
_NIL = ("nil", "zero")


@dataclass(frozen=True)
class Figure:
    """What a cell says.

    Attributes:
        value: in the unit of the column.
        rule: key of `assets.trail.REPAIR_RULES`.
        differs: a second figure in the cell is not quite the same, more than rounding explains.
    """

    value: float
    rule: str
    differs: bool = False


@dataclass(frozen=True)
class _Piece:
    """One figure of a cell: value in the column's unit, half its last digit, and how it is read."""

    value: float
    slack: float
    factor: float
    comma: bool


def figure(text: str, unit: str) -> Figure | None:
    """The figure in a cell that is not a plain number.

    Args:
        text: the trimmed cell.
        unit: unit of the column, a key of `UNITS` (others: only money signs and brackets).

    Returns:
        The figure, or ``None`` where a word is not understood or two figures do not agree.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple:
        return _simply(simple, unit)
    if text.lower() in _NIL:
        return Figure(0.0, "plain_figure")
    negative = _NEGATIVE.fullmatch(text)
    if negative:
        return _agreed([_readings(negative[1] or negative[2], 1.0, -1.0)])
    pieces = [piece for piece in _BETWEEN.split(_ABOUT.sub("", text)) if piece]
    read = [_read(piece, unit, alone=len(pieces) == 1) for piece in pieces]
    if not read or len(read) > 3 or not all(read):
        return None
    return _agreed(read)


def _simply(match: re.Match[str], unit: str) -> Figure | None:
    """One number with one word after it: the usual case, read at once."""
    factor = _factor(match["unit"] or "", unit)
    value = float(match["number"].replace(",", "")) * (factor or 0.0)
    if factor is None or not math.isfinite(value):
        return None
    return Figure(value, "plain_figure" if factor == 1.0 else "unit_converted")


@lru_cache(maxsize=1024)
def _factor(words: str, unit: str) -> float | None:
    """What a word after a figure multiplies, ``None`` if it is not known."""
    word = re.sub(r"[\s.^]+", "", words.lower().replace("²", "2"))
    return 1.0 if word == "" else UNITS.get(unit, {}).get(word)


def _read(text: str, unit: str, *, alone: bool) -> Sequence[_Piece]:
    """Ways to read one figure with its unit; none where it is no figure."""
    match = _PIECE.fullmatch(text.strip())
    if match is None:
        return ()
    factor = _factor(match["unit"], unit)
    if factor is None or not (match["unit"] or alone or match["pound"]):
        return ()
    sign = -1.0 if match["sign"] or match["minus"] else 1.0
    return _readings(match["number"], factor, sign)


def _readings(number: str, factor: float, sign: float) -> Sequence[_Piece]:
    """A written number as it stands and, second, with its one comma as the decimal point."""
    found = []
    if _PLAIN.fullmatch(number) or _THOUSANDS.fullmatch(number):
        found.append(_piece(re.sub("[, ]", "", number), factor, sign, False))
    if _ONE_COMMA.fullmatch(number):
        found.append(_piece(number.replace(",", "."), factor, sign, True))
    return found


def _piece(digits: str, factor: float, sign: float, comma: bool) -> _Piece:
    """A number with the uncertainty its decimals leave."""
    decimals = len(digits.partition(".")[2])
    return _Piece(sign * float(digits) * factor, 0.5 * factor * 10.0**-decimals, factor, comma)


def _agreed(read: Sequence[Sequence[_Piece]]) -> Figure | None:
    """The one reading in which all figures say the same, as written before any decimal comma."""
    ways = list(itertools.product(*read))
    ways.sort(key=lambda way: sum(piece.comma for piece in way))
    for way in ways:
        own = next((piece for piece in way if piece.factor == 1.0), way[0])
        if any(piece.comma for piece in way) and len(way) == 1:
            return None
        gaps = [(abs(own.value - piece.value), own.slack + piece.slack) for piece in way]
        if math.isfinite(own.value) and all(
            gap <= max(slack, SLIP * abs(own.value)) for gap, slack in gaps
        ):
            rule = "unit_converted" if own.factor != 1.0 else "plain_figure"
            rule = "decimal_comma" if any(piece.comma for piece in way) else rule
            return Figure(own.value, rule, any(gap > 1.01 * slack for gap, slack in gaps))
    return None


def plain(value: float) -> str:
    """A number as plain text, without exponent, to ten digits."""
    short = f"{value:.10g}"
    if "e" not in short:
        return short
    return str(np.format_float_positional(value, precision=10, fractional=False, trim="-"))
