"""How sure a run's figures are, in words: ranges of cover, and what the times rest on. Pure.

Runs written before errors were carried lack the keys read here; they are told as having none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maps import style

WHEN = ("before", "after")
CENTRE, LOW_END = "central", "low"
#: What an availability adds to the words of a standard.
AVAILABILITY_WORDS = {
    "day": ", weighted by crews there by day",
    "night": ", weighted by crews there by night",
    "mean": ", weighted by crews there day and night",
}
#: Minutes of driving that an error is explained on.
EXAMPLE_MIN = 10
CHECKSUM_CHARACTERS = 12
NEAR_RIM = "near_rim"


def has_error(standard: Mapping[str, Any]) -> bool:
    """Whether the times a standard is measured from state how far off they may be."""
    return isinstance(standard.get("error"), Mapping)


def held_at(standard: Mapping[str, Any]) -> str:
    """The end of cover a standard is held at: ``central`` or ``low``."""
    return str(standard.get("held_at", CENTRE))


def ends(standard: Mapping[str, Any], name: str, when: str) -> tuple[float, float]:
    """Low and high end of a figure (``share``, ``within``)."""
    return standard[f"{name}_{when}_low"], standard[f"{name}_{when}_high"]


def unit_of(standard: Mapping[str, Any]) -> str:
    """What a standard's own figure is in: ``share``, ``min`` or ``miles``."""
    return str(standard.get("unit", style.SHARE))


def figure_of(standard: Mapping[str, Any], when: str, end: str = "") -> float:
    """The standard's own figure; of runs of old, the share."""
    name = "figure" if f"figure_{when}" in standard else "share"
    value = standard[f"{name}_{when}{end}"]
    return float("nan") if value is None else float(value)


def figure_text(standard: Mapping[str, Any], when: str) -> str:
    """The standard's figure in its unit: ``60.7\u201370.8%``, ``7.2\u20139.1 min``.

    One figure where no error is stated.
    """
    target, unit = (standard["target"] if when == "after" else None), unit_of(standard)
    if not has_error(standard):
        return style.figure(figure_of(standard, when), unit, against=target)
    against = target if held_at(standard) == LOW_END else None
    low, high = (figure_of(standard, when, end) for end in ("_low", "_high"))
    return style.figure_range(low, high, unit, against=against)


def central_text(standard: Mapping[str, Any], when: str) -> str:
    """The central figure beside a range, on its own side of a target held there; else blank."""
    told = figure_text(standard, when)
    if not has_error(standard) or not ("\u2013" in told or " to " in told):
        return ""
    held = held_at(standard) == CENTRE and when == "after"
    against = standard["target"] if held else None
    return style.figure(figure_of(standard, when), unit_of(standard), against=against)


def target_text(standard: Mapping[str, Any]) -> str:
    """The target in the standard's unit, and whether it is each area's; blank for none."""
    if not style.is_known(standard["target"]):
        return ""
    unit, kind = unit_of(standard), str(standard.get("geography", "all"))
    told = style.figure(standard["target"], unit)
    if kind == "all":
        return told
    # Of an area's own targets, told is the one that asks least.
    return f"{told} or {'more' if unit == style.SHARE else 'less'} in each {kind.replace('_', ' ')}"


def slack_text(standard: Mapping[str, Any]) -> str:
    """How far the plan is from the target, on either side: ``1.2 points``, ``0.4 min``."""
    slack: Any = standard.get("slack")
    unit = unit_of(standard)
    if not style.is_known(slack):
        return ""
    size = abs(100 * float(slack) if unit == style.SHARE else float(slack))
    words = "points" if unit == style.SHARE else unit
    # What is missed by a hair is not told as missed by nothing.
    return f"{style.grouped(size, 1 if size >= 0.05 or not size else 3)} {words}"


def asked_words(standard: Mapping[str, Any]) -> str:
    """What the figure is of: ``Within 10 min``, ``On average``, ``Nine in ten within``."""
    limit = limit_words(standard)
    statistic = standard.get("statistic", "share_within")
    if statistic == "percentile":
        return f"{standard['percentile']:g} % of people within{_hours(standard)}"
    words = {"mean": "On average", "worst": "Everybody within"}.get(statistic, f"Within {limit}")
    return f"{words}{_hours(standard)}"


def _hours(standard: Mapping[str, Any]) -> str:
    return AVAILABILITY_WORDS.get(str(standard.get("availability", "full")), "")


def threshold_of(standard: Mapping[str, Any]) -> float:
    """What counts as within, in minutes or miles."""
    return float(standard.get("threshold", standard.get("threshold_min")))


def limit_words(standard: Mapping[str, Any]) -> str:
    """What counts as within, with its unit: ``10 min``, ``1 mile``."""
    number, unit = style.trimmed(threshold_of(standard)), threshold_unit(standard)
    return f"{number} {'mile' if unit == style.MILES and number == '1' else unit}"


def threshold_unit(standard: Mapping[str, Any]) -> str:
    """``min`` or ``miles``."""
    return str(standard.get("threshold_unit", style.MINUTES))


def count_text(standard: Mapping[str, Any], when: str) -> str:
    """Weight reached: ``22,900\u201326,700, central 25,100, of 37,746 people``.

    Beside a time the central one stands first, and what the people counted are within.
    """
    within, total = standard[f"within_{when}"], standard["total"]
    unit = unit_words(standard)
    if has_error(standard):
        told = f"{style.count_range(ends(standard, 'within', when), within, total)} {unit}"
    else:
        told = f"{style.count(within)} of {style.count(total)} {unit}{_no_error(standard)}"
    if unit_of(standard) == style.SHARE:
        return told
    central = central_text(standard, when)
    limit = limit_words(standard)
    return f"{f'central {central}; ' if central else ''}within {limit}: {told}"


def _no_error(standard: Mapping[str, Any]) -> str:
    """That no error is stated; nothing where there is none to state."""
    return "" if is_straight(standard) else f"; {style.NO_ERROR}"


def is_straight(standard: Mapping[str, Any]) -> bool:
    """Whether its distances are straight lines, which have no error of times."""
    return standard.get("mode") == "straight_line"


def people_sentence(standard: Mapping[str, Any], when: str) -> str:
    """``between 22,900 and 26,700 of 37,746 people (central estimate 25,100)``.

    Beside a time it says within what they are.
    """
    within, total = standard[f"within_{when}"], standard["total"]
    unit = unit_words(standard)
    if unit_of(standard) != style.SHARE:
        unit += f" within {limit_words(standard)}"
    if not has_error(standard):
        return f"{style.count(within)} of {style.count(total)} {unit}{_no_error(standard)}"
    return style.count_sentence(ends(standard, "within", when), within, total, unit)


def unit_words(standard: Mapping[str, Any]) -> str:
    """What a standard counts, in words."""
    words = style.counted_words(str(standard.get("weight", "population")))
    hours = {"day": " at an average hour of the day", "night": " at an average hour of the night",
             "mean": " at an average hour"}  # fmt: skip
    return words + hours.get(str(standard.get("availability", "full")), "")


def error_sentence(error: Mapping[str, Any] | None, mode: str) -> str:
    """``A drive of 10 minutes is taken to need 8.8 to 11.4``; or that no error is stated."""
    if mode == "straight_line":
        return "Distances are measured on the map"
    if not isinstance(error, Mapping):
        return "No error of these times is stated"
    least, most = (style.trimmed(EXAMPLE_MIN * float(error[end])) for end in ("low", "high"))
    journey = "walk" if mode == "walk" else "drive"
    return f"A {journey} of {EXAMPLE_MIN} minutes is taken to need {least} to {most}"


def end_words(standard: Mapping[str, Any]) -> str:
    """Where a standard is held: ``at the low end``, ``at the central estimate``, or neither."""
    if not has_error(standard):
        return "" if is_straight(standard) else style.NO_ERROR
    return "at the low end" if held_at(standard) == LOW_END else "at the central estimate"


# --- what the times rest on --------------------------------------------------------------


def footing(summary: Mapping[str, Any]) -> list[str]:
    """One sentence a mode: roads or matrix and their checksum, profile, bound and error."""
    return [_footing_of(mode, told) for mode, told in summary.get("times", {}).items()]


def _footing_of(mode: str, told: Mapping[str, Any]) -> str:
    name = str(told.get("profile_name") or "")
    speeds = f"speeds {name}" if name not in ("", "matrix", "straight_line") else ""
    own = _short(told.get("profile_sha256"))
    bound: Any = told.get("bound_min")
    parts = [
        source_words(told),
        f"{speeds} ({own})" if speeds and own else speeds,
        f"looked for up to {style.trimmed(bound)} minutes" if style.is_known(bound) else "",
        factor_words(told),
    ]
    label = style.MODE_WORDS.get(mode, mode)
    why = _why(mode, told.get("error"))
    return f"{label[:1].upper()}{label[1:]}: {', '.join(p for p in parts if p)}. {why}."


def _why(mode: str, error: Mapping[str, Any] | None) -> str:
    """The error, and whose it is."""
    source = str(error.get("source", "")) if isinstance(error, Mapping) else ""
    known = source and source != "not stated"
    text = error_sentence(error, mode)
    return f"{text} ({source})" if known else text


def source_words(told: Mapping[str, Any]) -> str:
    """Roads, matrix or routing engine with the first characters of their checksum."""
    roads = _with_checksum(told.get("roads"), told.get("roads_sha256"))
    if told.get("unit") == style.MILES:
        return "coordinates of the layers"
    if told.get("file"):
        made = f", made from {roads}" if roads else ""
        return f"{_with_checksum(told['file'], told.get('file_sha256'))}{made}"
    if told.get("engine_url"):
        name = f"{told.get('engine', 'engine')} at {told['engine_url']}"
        return _with_checksum(name, told.get("answer_sha256"))
    return roads or "source not recorded"


def factor_words(told: Mapping[str, Any]) -> str:
    """``every journey taken to need 1.1 times as long``; blank where as computed or read."""
    factor: Any = told.get("minutes_factor", 1.0)
    if not style.is_known(factor) or factor == 1.0:
        return ""
    return f"every journey taken to need {factor:.4g} times as long as that"


def _with_checksum(name: object, checksum: object) -> str:
    """``roads.osm.pbf (sha256 8127daada129…)``; the name alone, or nothing."""
    short = _short(checksum)
    return "" if not name else f"{name} ({short})" if short else str(name)


def _short(checksum: object) -> str:
    """The first characters of a checksum, enough to tell two files apart."""
    return f"sha256 {str(checksum)[:CHECKSUM_CHARACTERS]}\u2026" if checksum else ""


def footing_line(summary: Mapping[str, Any]) -> str:
    """The footing of all modes in one line, for the console."""
    times = summary.get("times", {})
    sources = list(dict.fromkeys(source_words(told) for told in times.values()))
    parts = []
    for mode, told in times.items():
        if told.get("unit") == style.MILES:
            parts.append("straight lines in miles")
            continue
        error = told.get("error")
        factors = (
            f"\u00d7{error['low']:g}\u2013{error['high']:g}"
            if isinstance(error, Mapping)
            else style.NO_ERROR
        )
        name = str(told.get("profile_name") or mode)
        bound: Any = told.get("bound_min")
        reach = f" to {style.trimmed(bound)} min" if style.is_known(bound) else ""
        own = factor_words(told)
        said = f"{mode if name == 'matrix' else name}{reach} {factors}"
        parts.append(f"{said}, {own}" if own else said)
    return f"{'; '.join(sources)}; {', '.join(parts)}" if times else ""


def range_note(standards: Iterable[Mapping[str, Any]]) -> str:
    """What the ranges of a table of standards mean; blank where it has none."""
    told = list(standards)
    if not any(has_error(s) for s in told):
        return ""
    held = " (low end: at the longest)" if any(held_at(s) == LOW_END for s in told) else ""
    return (
        "Ranges: cover if every journey takes its longest, or its shortest, within the error of "
        f"the times. Targets are held at the central estimate{held}."
    )


def near_rim(summary: Mapping[str, Any]) -> list[str]:
    """Ids of places nearer the edge of the map than any site, over all modes, ascending."""
    found: set[str] = set()
    for told in summary.get("times", {}).values():
        for key, ids in told.items():
            if str(key).startswith(NEAR_RIM) and isinstance(ids, list | tuple):
                found.update(str(i) for i in ids)
    return sorted(found)


def rim_sentence(places: int) -> str:
    """What it means that so many places are near the rim; blank for none."""
    if not places:
        return ""
    one = places == 1
    return (
        f"{style.count(places)} place{' lies' if one else 's lie'} nearer the edge of the map than "
        f"any site: {'its' if one else 'their'} true times may be shorter"
    )
