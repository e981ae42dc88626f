"""How sure a run's figures are, in words: ranges of cover, and what the times rest on. Pure.

Runs written before errors were carried lack the keys read here; they are told as having none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maps import style

WHEN = ("before", "after")
CENTRE, LOW_END = "central", "low"
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


def share_text(standard: Mapping[str, Any], when: str) -> str:
    """Share reached: ``60.7\u201370.8%``, or the one figure where no error is stated."""
    target = standard["target"] if when == "after" else None
    central = standard[f"share_{when}"]
    if not has_error(standard):
        return style.percent(central, against=target)
    against = target if held_at(standard) == LOW_END else None
    return style.percent_range(*ends(standard, "share", when), against=against)


def central_text(standard: Mapping[str, Any], when: str) -> str:
    """The central share beside a range, on its own side of a target held there; else blank."""
    share = share_text(standard, when)
    if not has_error(standard) or "\u2013" not in share:
        return ""
    held = held_at(standard) == CENTRE and when == "after"
    return style.percent(standard[f"share_{when}"], against=standard["target"] if held else None)


def count_text(standard: Mapping[str, Any], when: str) -> str:
    """Weight reached: ``22,900\u201326,700, central 25,100, of 37,746 people``."""
    within, total = standard[f"within_{when}"], standard["total"]
    unit = unit_words(standard)
    if not has_error(standard):
        return f"{style.count(within)} of {style.count(total)} {unit}; {style.NO_ERROR}"
    return f"{style.count_range(ends(standard, 'within', when), within, total)} {unit}"


def people_sentence(standard: Mapping[str, Any], when: str) -> str:
    """``between 22,900 and 26,700 of 37,746 people (central estimate 25,100)``."""
    within, total = standard[f"within_{when}"], standard["total"]
    unit = unit_words(standard)
    if not has_error(standard):
        return f"{style.count(within)} of {style.count(total)} {unit}; {style.NO_ERROR}"
    return style.count_sentence(ends(standard, "within", when), within, total, unit)


def unit_words(standard: Mapping[str, Any]) -> str:
    """What a standard counts, in words."""
    weight = str(standard.get("weight", "population"))
    return style.WEIGHT_WORDS.get(weight, weight.replace("_", " "))


def error_sentence(error: Mapping[str, Any] | None, mode: str) -> str:
    """``A drive of 10 minutes is taken to need 8.8 to 11.4``; or that no error is stated."""
    if not isinstance(error, Mapping):
        return "No error of these times is stated"
    least, most = (style.trimmed(EXAMPLE_MIN * float(error[end])) for end in ("low", "high"))
    journey = "walk" if mode == "walk" else "drive"
    return f"A {journey} of {EXAMPLE_MIN} minutes is taken to need {least} to {most}"


def end_words(standard: Mapping[str, Any]) -> str:
    """Where a standard is held: ``at the low end``, ``at the central estimate``, or neither."""
    if not has_error(standard):
        return style.NO_ERROR
    return "at the low end" if held_at(standard) == LOW_END else "at the central estimate"


# --- what the times rest on --------------------------------------------------------------


def footing(summary: Mapping[str, Any]) -> list[str]:
    """One sentence a mode: roads or matrix and their checksum, profile, bound and error."""
    return [_footing_of(mode, told) for mode, told in summary.get("times", {}).items()]


def _footing_of(mode: str, told: Mapping[str, Any]) -> str:
    name = str(told.get("profile_name") or "")
    speeds = f"speeds {name}" if name and name != "matrix" else ""
    own = _short(told.get("profile_sha256"))
    bound: Any = told.get("bound_min")
    parts = [
        source_words(told),
        f"{speeds} ({own})" if speeds and own else speeds,
        f"looked for up to {style.trimmed(bound)} minutes" if style.is_known(bound) else "",
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
    if told.get("file"):
        made = f", made from {roads}" if roads else ""
        return f"{_with_checksum(told['file'], told.get('file_sha256'))}{made}"
    if told.get("engine_url"):
        name = f"{told.get('engine', 'engine')} at {told['engine_url']}"
        return _with_checksum(name, told.get("answer_sha256"))
    return roads or "source not recorded"


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
        error = told.get("error")
        factors = (
            f"\u00d7{error['low']:g}\u2013{error['high']:g}"
            if isinstance(error, Mapping)
            else style.NO_ERROR
        )
        name = str(told.get("profile_name") or mode)
        bound: Any = told.get("bound_min")
        reach = f" to {style.trimmed(bound)} min" if style.is_known(bound) else ""
        parts.append(f"{mode if name == 'matrix' else name}{reach} {factors}")
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
