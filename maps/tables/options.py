"""The options appraisal: do nothing, do the minimum, the plan, and other runs beside it. Pure.

Options are columns, so that a member reads one measure across. Runs of old, which tell no
options, are set against doing nothing by their own totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maps import certainty, style
from maps.baselines import drifts
from maps.runs import RunFrames
from maps.tables.table import Column, Row, Table
from optimise.appraise.nine import FACTORS

NOTHING, MINIMUM, PLAN = "do_nothing", "do_minimum", "plan"
#: Key of an option's figures -> label, unit.
FIGURES: Mapping[str, tuple[str, str]] = {
    "buildings": ("Buildings in use", "count"),
    "units_moved": ("Services that move", "count"),
    "capital_gbp": ("Capital to spend", "gbp"),
    "receipts_gbp": ("Receipts from sales", "gbp"),
    "revenue_saving_gbp_pa": ("Saved each year, once done", "gbp"),
    "npv_gbp": ("Net present value", "gbp"),
    "backlog_gbp": ("Backlog of repairs left", "gbp"),
    "urgent_backlog_gbp": ("… of it urgent, due within two years", "gbp"),
    "tco2e_pa": ("Carbon a year, tonnes CO2e", "count"),
}
#: Differences between two runs that are named; more are counted.
NAMED = 6


@dataclass(frozen=True)
class Option:
    """One column of the appraisal.

    Attributes:
        key: unique among the columns.
        title: heading.
        words: what the option is.
        figures: of `FIGURES`, and standards_asked and standards_met.
        factors: key of `FACTORS` -> title, text, facts.
        standards: standard_id -> its entry in run.json and which figure of it is meant
            (``before`` or ``after``).
    """

    key: str
    title: str
    words: str
    figures: Mapping[str, Any]
    factors: Mapping[str, Mapping[str, Any]]
    standards: Mapping[str, tuple[Mapping[str, Any], str]]


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Figures and standards of each option, then the nine factors in words and in figures."""
    options = options_of(run, others)
    made = (figures_table(run, options, others), factors_table(options), facts_table(options))
    return tuple(table for table in made if table is not None)


def options_of(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Option, ...]:
    """The run's own options, then the plan of each other run."""
    told = run.summary.get("options") or _options_of_old(run.summary)
    own = [_option(one, run.summary, str(one["key"]), str(one["title"])) for one in told]
    beside = []
    for number, other in enumerate(others, 1):
        theirs = other.summary.get("options") or _options_of_old(other.summary)
        plan = next((one for one in theirs if one["key"] == PLAN), None)
        if plan is not None:
            title = str(other.summary["title"])
            beside.append(_option(plan, other.summary, f"other_{number}", title))
    return (*own, *beside)


def _option(told: Mapping[str, Any], summary: Mapping[str, Any], key: str, title: str) -> Option:
    # Nobody moves and nothing closes in the first two: their cover is today's.
    when = "before" if told["key"] in (NOTHING, MINIMUM) else "after"
    return Option(
        key,
        title,
        str(told.get("words") or ""),
        told.get("figures") or {},
        {str(factor["key"]): factor for factor in told.get("factors") or ()},
        {s["standard_id"]: (s, when) for s in summary["standards"]},
    )


def _options_of_old(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Doing nothing and the plan, from the totals of a run that tells no options."""
    totals = summary["totals"]
    kept = totals.get("backlog_retained_gbp")
    avoided = totals["backlog_avoided_gbp"]
    nothing = {
        **dict.fromkeys(FIGURES, 0),
        "buildings": totals["buildings_before"],
        "backlog_gbp": None if kept is None else kept + avoided,
        "urgent_backlog_gbp": None,
        "tco2e_pa": None,
    }
    plan = {
        **{key: totals.get(key) for key in FIGURES},
        "buildings": totals["buildings_after"],
        "npv_gbp": summary["npv_gbp"],
        "backlog_gbp": kept,
    }
    return [
        {
            "key": NOTHING,
            "title": "Do nothing",
            "words": "Every building and every service stays as it is.",
            "figures": nothing,
        },
        {"key": PLAN, "title": "This plan", "words": "", "figures": plan},
    ]


# --- figures -----------------------------------------------------------------------------


def figures_table(
    run: RunFrames, options: Sequence[Option], others: Sequence[RunFrames]
) -> Table | None:
    """Measures down, options across; each standard's own figure after the money."""
    rows = (*_figure_rows(options), *_standard_rows(run.summary["standards"], options))
    columns = (
        Column("what", "Measure"),
        *(Column(option.key, option.title, "figure") for option in options),
    )
    lead = "Each option against the same measures. Doing nothing is what all are held against."
    warnings = tuple(
        f"{other.summary['title']} does not stand on the same ground, so its figures cannot be "
        f"held against the others. Not the same: {found}."
        for other in others
        if (found := other_footing(run, other))
    )
    notes = tuple(f"{option.title}: {option.words}" for option in options if option.words)
    title = "The options in figures"
    told = " ".join((*warnings, lead))
    return Table("options", title, told, columns, rows, notes) if rows else None


def _figure_rows(options: Sequence[Option]) -> Iterator[Row]:
    """A row per measure that at least one option has a figure of."""
    for key, (label, unit) in FIGURES.items():
        values = {o.key: o.figures.get(key) for o in options}
        if any(style.is_known(value) for value in values.values()):
            yield {"what": label, "unit": unit, **values}
    met = {o.key: _met(o.figures) for o in options}
    if any(met.values()):
        yield {"what": "Standards met, of those with a target", "unit": "text", **met}


def _met(figures: Mapping[str, Any]) -> str:
    asked, met = figures.get("standards_asked"), figures.get("standards_met")
    if not (style.is_known(asked) and style.is_known(met)):
        return ""
    return f"{style.count(float(met or 0))} of {style.count(float(asked or 0))}"


def _standard_rows(
    standards: Iterable[Mapping[str, Any]], options: Sequence[Option]
) -> Iterator[Row]:
    """A row per standard: its own figure under each option that has the same standard."""
    for standard in standards:
        values = {o.key: _figure(standard, o.standards) for o in options}
        missed = standard["met"] is False and style.is_known(standard["target"])
        told = certainty.target_text(standard)
        yield {
            "what": f"{standard['title']} (target {told})" if told else str(standard["title"]),
            "unit": certainty.unit_of(standard),
            **values,
            "marked": missed and standard.get("kind") == "hard",
        }


def _figure(
    standard: Mapping[str, Any], there: Mapping[str, tuple[Mapping[str, Any], str]]
) -> float | None:
    """The figure of the same standard, None where the option has no such standard."""
    found = there.get(str(standard["standard_id"]))
    if found is None:
        return None
    same = all(
        found[0].get(key) == standard.get(key)
        for key in ("threshold", "threshold_min", "statistic", "percentile", "weight", "geography")
    )
    return certainty.figure_of(*found) if same else None


def other_footing(run: RunFrames, other: RunFrames) -> str:
    """In what two runs differ besides the option; "" where in nothing."""
    words = [drift.words for drift in drifts((run, other))]
    more = f"; and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return "; ".join(words[:NAMED]) + more


# --- the nine factors --------------------------------------------------------------------


def factors_table(options: Sequence[Option]) -> Table | None:
    """The nine factors of a shared site, in words, an option a column."""
    told = [option for option in options if option.factors]
    rows = tuple(
        {"factor": _title(key, told), **{o.key: _words(o.factors.get(key)) for o in told}}
        for key in _factor_keys(told)
    )
    columns = (Column("factor", "Factor"), *(Column(o.key, o.title) for o in told))
    title = "Nine factors of a shared site"
    lead = "What the data say of each option, and what has not been recorded."
    return Table("options-factors", title, lead, columns, rows) if rows else None


def facts_table(options: Sequence[Option]) -> Table | None:
    """The figures behind the nine factors: a fact a row, an option a column."""
    told = [option for option in options if option.factors]
    rows = tuple(row for key in _factor_keys(told) for row in _fact_rows(key, told))
    columns = (
        Column("factor", "Factor", filters=True),
        Column("what", "Figure"),
        *(Column(o.key, o.title, "figure") for o in told),
    )
    title = "The figures behind the nine factors"
    lead = "Blank: not recorded, or no matter of that option."
    return Table("options-facts", title, lead, columns, rows) if rows else None


def _factor_keys(options: Sequence[Option]) -> list[str]:
    """Keys of the factors that an option tells, the nine in their order first."""
    there = dict.fromkeys(key for option in options for key in option.factors)
    return [
        *(key for key in FACTORS if key in there),
        *(key for key in there if key not in FACTORS),
    ]


def _fact_rows(key: str, options: Sequence[Option]) -> Iterator[Row]:
    """A row per label and unit that an option tells of a factor."""
    facts = [
        {(str(f["label"]), str(f.get("unit") or "text")): f.get("value") for f in found}
        for found in (option.factors.get(key, {}).get("facts") or () for option in options)
    ]
    for label, unit in dict.fromkeys(name for one in facts for name in one):
        values = [one.get((label, unit)) for one in facts]
        yield {
            **{"factor": _title(key, options), "what": label, "unit": unit},
            **{o.key: value for o, value in zip(options, values, strict=True)},
        }


def _title(key: str, options: Iterable[Option]) -> str:
    titles = (option.factors.get(key, {}).get("title") for option in options)
    return str(next((title for title in titles if title), FACTORS.get(key, style.words(key))))


def _words(factor: Mapping[str, Any] | None) -> str:
    return "" if factor is None else str(factor.get("text") or "")
