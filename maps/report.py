"""A run's figures as rows of text for the page's headline and tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maps import certainty, style

Row = dict[str, Any]


def headline(summary: Mapping[str, Any]) -> list[Row]:
    """The figures at the top of the page: label, text and a note."""
    totals = summary["totals"]
    years = summary.get("scenario", {}).get("finance", {}).get("horizon_yr")
    horizon = f"over {years} years, against doing nothing" if years else "against doing nothing"
    before, after = totals["buildings_before"], totals["buildings_after"]
    return [
        *aims(summary),
        {
            "label": "Buildings",
            "text": f"{style.count(before)} \u2192 {style.count(after)}",
            "note": buildings_note(before - after),
        },
        {
            "label": "Saved each year",
            "text": money(totals["revenue_saving_gbp_pa"]),
            "note": "in running costs",
        },
        {"label": "Receipts", "text": money(totals["receipts_gbp"]), "note": "from sales"},
        {"label": "Capital", "text": money(totals["capital_gbp"]), "note": "to spend"},
        {
            "label": "Net present value",
            "text": money(summary["npv_gbp"]),
            "note": horizon,
        },
        {
            "label": "Repairs avoided",
            "text": money(totals["backlog_avoided_gbp"]),
            "note": "backlog in buildings let go",
        },
    ]


def money(value: float | None) -> str:
    """A sum of the headline; None is one that the reader may not see."""
    return style.LEFT_OUT if value is None else style.money(value)


#: Aims that the headline has a figure of in any case.
SHOWN = ("npv_gbp", "receipts_gbp", "capital_gbp", "revenue_saving_gbp_pa", "buildings_open")


def aims(summary: Mapping[str, Any]) -> list[Row]:
    """What the plan was to be best at, where the headline does not have it in any case."""
    asked = [g for g in summary.get("goals", []) if not g["tie_break"] and g["key"] not in SHOWN]
    return [
        {"label": f"Aim: {g['name']}", "text": g["value_text"], "note": f"today {g['today_text']}"}
        for g in asked
    ]


def buildings_note(fewer: float) -> str:
    """How many buildings fewer (or more) are in use; only those in scope are counted."""
    if not fewer:
        return "in scope, as many as now"
    return f"in scope, {style.count(abs(fewer))} {'fewer' if fewer > 0 else 'more'}"


def proof(summary: Mapping[str, Any]) -> str:
    """How far the plan is proved: the run's status in words, which states the gap on savings."""
    return str(summary["status_text"]).strip()


def standards(summary: Mapping[str, Any]) -> list[Row]:
    """One row a standard: title, what it asks, before, after, target and whether it is met."""
    return [
        {
            "id": s["standard_id"],
            "title": s["title"],
            "threshold": certainty.threshold_of(s),
            "unit": certainty.threshold_unit(s),
            "unit_words": style.UNIT_WORDS[certainty.threshold_unit(s)],
            "limit": certainty.limit_words(s),
            "asked": certainty.asked_words(s),
            "slack": certainty.slack_text(s),
            "mode": style.MODE_WORDS.get(s["mode"], s["mode"]),
            "kind": style.KIND_WORDS.get(s["kind"], s["kind"]),
            "before": certainty.figure_text(s, "before"),
            "after": certainty.figure_text(s, "after"),
            "central": [certainty.central_text(s, when) for when in certainty.WHEN],
            "people": [certainty.people_sentence(s, when) for when in certainty.WHEN],
            "error": certainty.error_sentence(s.get("error"), s["mode"])
            if certainty.has_error(s)
            else "",
            "held": certainty.end_words(s),
            "low_end": certainty.held_at(s) == certainty.LOW_END,
            "target": certainty.target_text(s) or "none",
            "met": met_words(s),
            "missed": s["met"] is False and style.is_known(s["target"]),
        }
        for s in summary["standards"]
    ]


def met_words(standard: Mapping[str, Any]) -> str:
    """``met``, ``not met``, or nothing where the standard has no target."""
    if not style.is_known(standard["target"]):
        return "no target"
    return "met" if standard["met"] else "not met"


def targets(summary: Mapping[str, Any]) -> list[Row]:
    """One row a money target: what, asked, reached, met."""
    return [
        {
            "label": style.TARGET_WORDS.get(t["name"], style.words(t["name"])),
            "target": t.get("target_text") or target_text(_key(t), t["target"]),
            "value": t.get("value_text") or target_text(_key(t), t["value"]),
            "met": "met" if t["met"] else "not met",
            "missed": not t["met"],
        }
        for t in summary["targets"]
    ]


def protected(summary: Mapping[str, Any]) -> list[Row]:
    """One row a rule of no detriment or equity: what, where it is nearest, allowed, before, after.

    Nothing for runs without such rules.
    """
    return [
        {
            "label": str(p["words"]),
            "where": str(p["where"]),
            "limit": str(p["limit_text"]),
            "before": str(p["before_text"]),
            "after": str(p["after_text"]),
            "met": "met" if p["met"] else "not met",
            "missed": not p["met"],
        }
        for p in summary.get("protected", [])
    ]


def _key(target: Mapping[str, Any]) -> str:
    return str(target.get("target_id", target["name"]))


def target_text(name: str, value: float) -> str:
    """A target's figure in its own unit: pounds where its name says so, else a number."""
    if not style.is_known(value):
        return style.NOT_KNOWN
    is_money = "gbp" in name or "budget" in name
    return style.pounds(value) if is_money else style.trimmed(value)


def decision_counts(decisions: pd.DataFrame) -> list[Row]:
    """One row a decision, in the legend's order, with the number of buildings; none left out."""
    found = {str(k): int(n) for k, n in decisions["decision"].value_counts().items()}
    known = [d.key for d in style.DECISIONS]
    others = sorted(key for key in found if key not in known)
    rows = []
    for key in [*known, *others]:
        look = style.decision_style(key)
        if found.get(key):
            rows.append(
                {
                    "key": key,
                    "label": look.label,
                    "meaning": look.meaning,
                    "colour": look.colour,
                    "shape": look.shape,
                    "size": look.size,
                    "count": found[key],
                }
            )
    return rows


def owners(decisions: pd.DataFrame) -> list[str]:
    """Every owner once, in alphabetical order."""
    return sorted(set(decisions["owner"]))


def attribution(summary: Mapping[str, Any], *, has_roads: bool) -> str:
    """Who is credited under the map.

    A run or its scenario may name its own source (``attribution``); roads read from
    OpenStreetMap must be credited to its contributors, those of OS Open Roads to the Crown.
    """
    scenario = summary.get("scenario", {})
    told = summary.get("attribution") or scenario.get("attribution")
    if told:
        return str(told)
    files = [i for i in summary.get("inputs", []) if i.get("layer", "").split(".")[0] == "roads"]
    named = scenario.get("roads") or ""
    named = [named] if isinstance(named, str) else named
    sources = [str(source) for source in (*named, *(i.get("path", "") for i in files))]
    if not has_roads:
        return ""
    if any(s.endswith((".pbf", ".osm")) or s.startswith("place:") for s in sources):
        return "Roads \u00a9 OpenStreetMap contributors"
    is_os = any(s.lower().endswith((".gpkg", ".shp")) for s in sources)
    return "Contains OS data \u00a9 Crown copyright and database right" if is_os else ""
