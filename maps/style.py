"""Colours, shapes, legends and wording: how a plan looks and what it says.

Every colour that carries meaning has a second carrier: buildings differ in shape, areas
beyond a threshold are hatched. Blue against orange and the shapes stay apart for readers
with any of the common kinds of colour blindness, and in grey.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real

from assets.schema import SERVICE_WORDS

NOT_KNOWN = "not known"
WITHHELD = "money withheld (confidential)"
LEFT_OUT = "left out"
NO_ERROR = "no error stated"
NO_ROUTE = "no route"


@dataclass(frozen=True)
class DecisionStyle:
    """How one decision is called and drawn.

    Attributes:
        key: the word in decisions.csv.
        label: the word for readers.
        meaning: one line under the label.
        colour: fill, ``#rrggbb``.
        shape: outline of the symbol, an SVG path on a 20 by 20 box.
        size: width of the symbol in pixels on a county-wide view.
    """

    key: str
    label: str
    meaning: str
    colour: str
    shape: str
    size: int


CIRCLE = "M10 2.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15z"
SMALL_CIRCLE = "M10 4.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11z"
SQUARE = "M3 3H17V17H3z"
TRIANGLE = "M10 1.5L19 17.5H1z"
DIAMOND = "M10 .8L19.2 10L10 19.2L.8 10z"
CROSS = "M5 1.6L10 6.6L15 1.6L18.4 5L13.4 10L18.4 15L15 18.4L10 13.4L5 18.4L1.6 15L6.6 10L1.6 5z"

# In the order they are listed and, from last to first, drawn one above another.
DECISIONS: tuple[DecisionStyle, ...] = (
    DecisionStyle("dispose", "Let go", "vacated and released", "#b0003a", CROSS, 14),
    DecisionStyle("build", "Build", "a new building", "#00694a", DIAMOND, 16),
    DecisionStyle("extend", "Keep and extend", "made larger", "#6a3d9a", TRIANGLE, 15),
    DecisionStyle("share", "Keep and share", "takes in others", "#0b5cad", SQUARE, 12),
    DecisionStyle("retain", "Keep", "stays as it is", "#3f4b55", CIRCLE, 11),
    DecisionStyle("not_built", "Not built", "a site looked at", "#ffffff", DIAMOND, 12),
    DecisionStyle("out_of_scope", "Out of scope", "not decided here", "#aab3ba", SMALL_CIRCLE, 10),
)
OTHER_DECISION = DecisionStyle("other", "Other", "", "#46525c", SMALL_CIRCLE, 10)


def decision_style(key: str) -> DecisionStyle:
    """The style of a decision; an unknown word is shown as itself, never dropped."""
    known = {style.key: style for style in DECISIONS}
    if key in known:
        return known[key]
    return DecisionStyle(key, words(key), "", OTHER_DECISION.colour, OTHER_DECISION.shape, 10)


ASSET_WORDS = {"childrens_centre": "Children's centre"}
MODE_WORDS = {
    "blue_light": "blue-light drive",
    "car": "drive by car",
    "car_offpeak": "drive by car, off peak",
    "car_peak": "drive by car, peak",
    "car_night": "drive by car, at night",
    "blue_light_night": "blue-light drive, at night",
    "walk": "walk",
    "straight_line": "straight line",
}
#: Units of a standard's own figure.
SHARE, MINUTES, MILES = "share", "min", "miles"
UNIT_WORDS = {MINUTES: "minutes", MILES: "miles"}
KIND_WORDS = {"hard": "must hold", "soft": "an aim", "report": "reported only"}
AREA_WORDS = {
    "pilot": "Pilot areas",
    "town": "Towns",
    "ward": "Wards",
    "district": "Districts",
    "postcode_district": "Postcode districts",
    "market": "Market areas",
}
TARGET_WORDS = {
    "receipts_gbp": "Receipts, at least",
    "revenue_saving_gbp_pa": "Yearly saving, at least",
    "capital_budget_gbp": "Capital, at most",
}
WEIGHT_WORDS = {
    "population": "people",
    "households": "households",
    "no_car_households": "households without a car",
    "under_5": "children under 5",
    "over_65": "people over 65",
}

SLUG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def words(slug: str) -> str:
    """A slug in plain words (``register_office`` → ``Register office``); other text as it is."""
    if not SLUG.fullmatch(slug):
        return slug
    return slug.replace("_", " ").capitalize()


def service_words(service_type: str) -> str:
    """The name of a service type for readers."""
    return SERVICE_WORDS.get(service_type) or words(service_type)


def counted_words(weight: str) -> str:
    """What a weight counts, in words (``no_car_households`` → ``households without a car``)."""
    return WEIGHT_WORDS.get(weight, weight.replace("_", " "))


def asset_words(asset_type: str) -> str:
    """The name of a kind of building for readers."""
    return ASSET_WORDS.get(asset_type) or words(asset_type)


# --- numbers ---------------------------------------------------------------------------


def is_known(value: object) -> bool:
    """Whether a cell holds a finite number."""
    # Nearly all are floats, and asking an abstract class is slow.
    return (type(value) is float or isinstance(value, Real)) and math.isfinite(value)


def grouped(value: float, decimals: int = 0) -> str:
    """Thousands commas and a true minus sign; zero carries none."""
    text = f"{abs(value):,.{decimals}f}"
    return f"\u2212{text}" if value < 0 and text.strip("0.,") else text


def pounds(value: float) -> str:
    """Whole pounds: ``£1,234,567``."""
    if not is_known(value):
        return NOT_KNOWN
    text = grouped(value)
    return f"\u2212£{text[1:]}" if text.startswith("\u2212") else f"£{text}"


def money(value: float) -> str:
    """Pounds for a headline: ``£1.2m``, ``£850k``, ``£900``."""
    if not is_known(value):
        return NOT_KNOWN
    size, sign = abs(value), "\u2212" if value < 0 else ""
    if size >= 999_500:
        return f"{sign}£{grouped(size / 1e6, 1)}m"
    if size >= 1_000:
        return f"{sign}£{grouped(size / 1e3)}k"
    return pounds(value)


def count(value: float) -> str:
    """A whole number of people, households or buildings: ``12,345``."""
    return grouped(value) if is_known(value) else NOT_KNOWN


def minutes(value: float) -> str:
    """Minutes to a tenth: ``12.3 min``; none is ``no route``."""
    return f"{value:.1f} min" if is_known(value) else NO_ROUTE


def trimmed(value: float) -> str:
    """A number without needless zeros: ``10``, ``7.5``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float, *, against: float | None = None) -> str:
    """A share (0 to 1) as a percentage, to a tenth.

    Where rounding would put `share` on the wrong side of the target `against` (79.97 % shown
    as 80.0 % beside "not met"), it is given as many decimals as it takes, at most four.
    """
    if not is_known(share):
        return NOT_KNOWN
    decimals = 1
    if against is not None and is_known(against):
        while decimals < 4 and _misleads(share, against, decimals):
            decimals += 1
    return f"{100 * share:.{decimals}f}%"


def figure(value: float, unit: str, *, against: float | None = None) -> str:
    """A standard's figure in its own unit: ``81.2%``, ``7.4 min``, ``1.3 miles``.

    Told in as many decimals as it takes to stand on its own side of a target (`percent`).
    """
    if unit == SHARE:
        return percent(value, against=against)
    if not is_known(value):
        return NO_ROUTE
    decimals = 1
    if against is not None and is_known(against):
        while decimals < 4 and (round(value, decimals) <= against) != (value <= against):
            decimals += 1
    return f"{value:.{decimals}f} {unit}"


def figure_range(low: float, high: float, unit: str, *, against: float | None = None) -> str:
    """Both ends of a figure: ``60.7\u201370.8%``, ``7.2\u20139.1 min``; one where they are one.

    Args:
        low: the smaller figure, of minutes too.
        high: the larger.
        unit: ``share``, ``min`` or ``miles``.
        against: a target that the worse end (low of a share, high of minutes) is held to.
    """
    if unit == SHARE:
        return percent_range(low, high, against=against)
    first, last = figure(low, unit), figure(high, unit, against=against)
    if first == last or NO_ROUTE in (first, last):
        return last if first == last else f"{first} to {last}"
    return f"{first.removesuffix(f' {unit}')}\u2013{last}"


def significant(value: float, figures: int = 3) -> float:
    """A number to so many significant figures."""
    if not is_known(value) or value == 0:
        return value
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))


def rough(value: float, total: float) -> float:
    """A part of a total to three significant figures; nothing, or all of it, stays exact."""
    return value if value in (0, total) else min(significant(value), total)


def count_range(ends: tuple[float, float], central: float, total: float) -> str:
    """``22,900\u201326,700, central 25,100, of 37,746``: three figures, the whole exact.

    Where both ends come to the same figure it is said once.
    """
    low, high, middle = (count(rough(v, total)) for v in (*ends, central))
    if low == high:
        return f"{middle} at both ends, of {count(total)}"
    return f"{low}\u2013{high}, central {middle}, of {count(total)}"


def count_sentence(ends: tuple[float, float], central: float, total: float, unit: str) -> str:
    """``between 22,900 and 26,700 of 37,746 people (central estimate 25,100)``."""
    low, high, middle = (count(rough(v, total)) for v in (*ends, central))
    whole = f"of {count(total)} {unit}"
    if low == high:
        return f"{middle} {whole}, at both ends of the error"
    return f"between {low} and {high} {whole} (central estimate {middle})"


def percent_range(low: float, high: float, *, against: float | None = None) -> str:
    """``60.7\u201370.8%``; one figure where both ends come to the same.

    Where the low end is held to a target `against`, it stands on its own side of it.
    """
    least, most = percent(low, against=against), percent(high)
    return least if least == most else f"{least.removesuffix('%')}\u2013{most}"


def minutes_range(low: float, high: float) -> str:
    """``7.2\u20139.1 min``."""
    first, last = minutes(low), minutes(high)
    return first if first == last else f"{first.removesuffix(' min')}\u2013{last}"


def change_range(changes: tuple[float, ...]) -> str:
    """Signed change of people: ``+40``, ``\u2212210 to \u221240``; blank for none."""
    least, most = (round(v) for v in (min(changes), max(changes)))
    shown = [f"{'+' if v > 0 else ''}{count(v)}" for v in (least, most)]
    if least == most:
        return shown[0] if least else ""
    return f"{shown[0]} to {shown[1]}"


def _misleads(share: float, target: float, decimals: int) -> bool:
    shown = round(100 * share, decimals)
    return (shown >= 100 * target) != (share >= target)


# --- areas shaded by minutes -------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """One shade of the legend.

    Attributes:
        upto: upper edge, inclusive, minutes (of travel, or of change); None for the last.
        colour: fill, ``#rrggbb``.
        label: text in the legend.
        hatched: whether it is drawn with hatching as well (beyond the threshold, or slower).
    """

    upto: float | None
    colour: str
    label: str
    hatched: bool = False


WITHIN_COLOURS = ("#e9f3f8", "#c3dcec", "#96c0dd")
BEYOND_COLOURS = ("#fce3b4", "#f4bd7f", "#dd8a4e")
NO_ROUTE_COLOUR = "#a6a6a6"


def time_bands(threshold_min: float, unit: str = MINUTES) -> tuple[Band, ...]:
    """Three shades up to the threshold (inclusive) and three hatched ones beyond it.

    Edges are thirds of the threshold below and 1½ and 2 times it above, in whole minutes
    where the threshold is six minutes or more.
    """
    t = threshold_min
    edges = [t / 3, 2 * t / 3, t, 1.5 * t, 2 * t]
    if t >= 6:
        edges = [math.floor(e + 0.5) if e != t else t for e in edges]
    low = [0.0, *edges]
    labels = [f"up to {trimmed(edges[0])} {unit}"]
    labels += [
        f"{trimmed(a)} to {trimmed(b)} {unit}" for a, b in zip(low[1:], edges[1:], strict=False)
    ]
    labels += [f"over {trimmed(edges[-1])} {unit}"]
    colours = WITHIN_COLOURS + BEYOND_COLOURS
    uptos = (*edges, None)
    return tuple(
        Band(upto, colour, label, hatched=i >= len(WITHIN_COLOURS))
        for i, (upto, colour, label) in enumerate(zip(uptos, colours, labels, strict=True))
    )


# Minutes after less minutes before: quicker is below nought. Edges are inclusive.
CHANGE_BANDS: tuple[Band, ...] = (
    Band(-5.0, "#5b9bcb", "5 min quicker, or more"),
    Band(-0.5, "#c3dcec", "½ to 5 min quicker"),
    Band(0.5, "#f3f1ea", "about the same"),
    Band(5.0, "#fad9a4", "½ to 5 min slower", hatched=True),
    Band(None, "#dd8a4e", "over 5 min slower", hatched=True),
)

#: The same where lines are straight, in miles.
MILE_CHANGE_BANDS: tuple[Band, ...] = (
    Band(-1.0, "#5b9bcb", "a mile nearer, or more"),
    Band(-0.1, "#c3dcec", "up to a mile nearer"),
    Band(0.1, "#f3f1ea", "about the same"),
    Band(1.0, "#fad9a4", "up to a mile farther", hatched=True),
    Band(None, "#dd8a4e", "over a mile farther", hatched=True),
)

# --- the quiet background ---------------------------------------------------------------

# Class: colour, width in pixels on a county-wide view, zoom from which it is drawn.
ROADS: dict[str, tuple[str, float, float]] = {
    "motorway": ("#8d8578", 2.4, 0),
    "trunk": ("#9b9385", 2.0, 0),
    "primary": ("#a9a194", 1.5, 0),
    "secondary": ("#b7b0a4", 1.1, 0),
    "tertiary": ("#c5bfb4", 0.8, 10.5),
    "unclassified": ("#cfc9bf", 0.6, 12),
    "residential": ("#cfc9bf", 0.6, 13),
}
OTHER_ROAD = ("#cfc9bf", 0.6, 12.0)

# Kind: rank (lower is placed first), zoom from which its name is drawn.
PLACES: dict[str, tuple[int, float]] = {
    "city": (0, 0),
    "town": (1, 0),
    "village": (3, 10.5),
    "suburb": (4, 12),
    "hamlet": (5, 12),
}
OTHER_PLACE = (6, 13.0)
