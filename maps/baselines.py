"""Whether runs stand on the same ground: what differs between them besides what was asked. Pure.

A difference between two plans says something about the options only if both were made from the
same layers, roads, standards and ways of counting money. Auditors have faulted papers whose
baselines differed from the option in more than the option.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from assets.issues import InputError, Issue
from maps import style
from maps.runs import RunFrames

#: What is asked of a standard is the option; everything else says what it is.
ASKED_OF_A_STANDARD = ("kind", "target", "price_gbp_per_unit", "title", "use", "note", "source")
#: How a plan is paid for is the option; everything else of finance is how money is counted.
WAYS_TO_PAY = (
    *("borrowing_limit_gbp_by_year", "borrowing_rate_pct", "borrowing_term_yr"),
    *("borrowing_method", "mrp_life_yr", "mrp_method", "reinvest_cap_pct"),
)
FINANCE_WORDS = {
    "base_year": "base year (and price base)",
    "horizon_yr": "years counted",
    "discount_schedule": "discount rates",
    "layer_price_year": "price year of the layers",
    "gdp_deflator": "deflator of prices",
    "receipt_factor": "market values, times",
    "running_cost_factor": "running costs, times",
    "capital_factor": "costs of works, times",
}
#: Settings that a run without them has at 1.
FACTORS = ("receipt_factor", "running_cost_factor", "capital_factor")
#: Facts about travel times that make minutes comparable.
TIMES_WORDS = {
    "engine": "made by",
    "roads_sha256": "roads",
    "file_sha256": "matrix",
    "answer_sha256": "answers of the routing engine",
    "profile_name": "speeds",
    "profile_sha256": "table of speeds",
    "bound_min": "looked for, minutes",
    "minutes_factor": "every journey, times",
    "direction": "direction",
    "error": "error",
}
ABSENT = "not told"
DIGEST = 12


@dataclass(frozen=True)
class Drift:
    """Something besides the option in which runs differ.

    Attributes:
        rule: slug, such as ``layer.buildings``.
        words: what differs.
        told: what each run says, in the order of the runs.
        ids: of what differs, where that is rows.
    """

    rule: str
    words: str
    told: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ground:
    """One thing that a run stands on.

    Attributes:
        words: what it is.
        values: field -> what is compared.
        texts: field -> the same in words; a field's own name is part of them.
        everywhere: whether a run without it differs; else only runs that have it are held
            against each other (a standard that only one run asks for is the option).
    """

    words: str
    values: Mapping[str, object]
    texts: Mapping[str, str]
    everywhere: bool = False


def drifts(runs: Sequence[RunFrames]) -> tuple[Drift, ...]:
    """In what the runs differ besides the option, in the order of the first run's record.

    Looked at: layers and their checksums, how money is counted, what each standard measures,
    travel times, the buildings and services of today, and today's cover and cost. A fact that one
    run tells and another does not is a difference: it cannot be shown to be the same.

    Args:
        runs: as read (`maps.runs.read_run`), two or more.
    """
    told = [dict(_grounds(run)) for run in runs]
    found = (_drift(rule, [one.get(rule) for one in told])
             for rule in dict.fromkeys(key for one in told for key in one))  # fmt: skip
    return (*(drift for drift in found if drift is not None), *_of_today(runs))


def _drift(rule: str, grounds: Sequence[_Ground | None]) -> Drift | None:
    """What the runs say of one thing, where it is not the same."""
    there = [ground for ground in grounds if ground is not None]
    fields = dict.fromkeys(key for ground in there for key in ground.values)
    odd = [f for f in fields if len({repr(g.values.get(f)) for g in there}) > 1]
    missing = len(there) < len(grounds) and there[0].everywhere
    if not odd and not missing:
        return None
    shown = odd or list(fields)
    told = tuple(
        ABSENT if g is None else "; ".join(g.texts.get(f, f"{f}: {ABSENT}") for f in shown)
        for g in grounds
    )
    return Drift(rule, there[0].words, told)


def refuse_strangers(runs: Sequence[RunFrames], labels: Sequence[str]) -> None:
    """Refuse runs that have no building in common with the first.

    Raises:
        InputError: naming them.
    """
    first = set(runs[0].decisions["asset_id"])
    strangers = tuple(
        label
        for run, label in zip(runs[1:], labels[1:], strict=True)
        if not first & set(run.decisions["asset_id"])
    )
    if strangers:
        text = f"no building of {labels[0]} is in them: these are plans of different estates"
        remedy = "compare runs of one estate"
        raise InputError(Issue("compare.other_estate", text, strangers, remedy))


def refuse_drifts(found: Sequence[Drift], labels: Sequence[str]) -> None:
    """Refuse runs whose baselines differ.

    Raises:
        InputError: with an issue for each difference.
    """
    remedy = "plan both again from the same layers and settings, so that only the option differs"
    if found:
        raise InputError(
            Issue(f"compare.{d.rule}", f"{d.words}: {_each(labels, d.told)}", d.ids, remedy)
            for d in found
        )


def _each(labels: Sequence[str], told: Sequence[str]) -> str:
    return "; ".join(f"{text} in {label}" for label, text in zip(labels, told, strict=True))


def _grounds(run: RunFrames) -> Iterator[tuple[str, _Ground]]:
    """What a run stands on, by rule."""
    summary = run.summary
    scenario: Mapping[str, Any] = summary.get("scenario") or {}
    for file in summary.get("inputs") or ():
        name, digest = str(file["layer"]), str(file["sha256"])
        text = f"{PurePath(str(file['path'])).name} ({digest[:DIGEST]})"
        words = f"Layer: {style.words(name).lower()}"
        yield f"layer.{name}", _Ground(words, {"file": digest}, {"file": text}, everywhere=True)
    finance = scenario.get("finance") or {}
    counted = {
        key: value
        for key, value in finance.items()
        if key not in WAYS_TO_PAY and not (key in FACTORS and value == 1)
    }
    yield "finance", _ground("How money is counted", counted, FINANCE_WORDS)
    for mode, times in (summary.get("times") or {}).items():
        known = {key: times[key] for key in TIMES_WORDS if times.get(key) is not None}
        words = f"Travel times: {style.MODE_WORDS.get(mode, mode)}"
        yield f"times.{mode}", _ground(words, known, TIMES_WORDS)
    for name, record in _standards(scenario, summary).items():
        titles = {s["standard_id"]: s["title"] for s in summary["standards"]}
        yield f"standard.{name}", _ground(f"Standard: {titles.get(name, name)}", record, {})
    cost = summary.get("do_nothing_cost_gbp")
    if cost is not None:
        texts = {"cost": style.pounds(cost)}
        yield "today.cost", _Ground("Cost of doing nothing", {"cost": round(float(cost))}, texts)


def _ground(words: str, values: Mapping[str, object], named: Mapping[str, str]) -> _Ground:
    """Several settings as one thing, each told with its name."""
    texts = {
        key: f"{named.get(key) or style.words(key).lower()} "
        + (str(value)[:DIGEST] if key.endswith("sha256") else _plainly(value))
        for key, value in values.items()
    }
    return _Ground(words, values, texts)


def _standards(
    scenario: Mapping[str, Any], summary: Mapping[str, Any]
) -> dict[str, dict[str, object]]:
    """What each standard measures, from the scenario; of runs without, from their standards."""
    records = scenario.get("standards")
    if not isinstance(records, Mapping):
        keys = ("service_type", "threshold_min", "mode", "statistic", "weight", "unit")
        records = {
            s["standard_id"]: {k: s[k] for k in keys if k in s} for s in summary["standards"]
        }
    return {
        str(name): {k: v for k, v in record.items() if k not in ASKED_OF_A_STANDARD}
        for name, record in records.items()
    }


def _plainly(value: object) -> str:
    """A setting in a few words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_plainly(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list | tuple):
        return "; ".join(_plainly(v) for v in value) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "no end"}[value]
    return style.trimmed(value) if isinstance(value, float) else str(value)


def _of_today(runs: Sequence[RunFrames]) -> Iterator[Drift]:
    """Buildings, services and cover of today that are not the same in every run."""
    kinds = (
        ("today.buildings", "Buildings of today", [_buildings(run) for run in runs], "buildings"),
        ("today.services", "Services of today", [_services(run) for run in runs], "services"),
        ("today.cover", "Cover today, by standard", [_cover(run) for run in runs], "standards"),
    )
    for rule, words, told, noun in kinds:
        common = [set(rows) for rows in told]
        if rule == "today.cover":  # a standard that only one run has is told of above
            common = [set.intersection(*common)] * len(told)
        ids = sorted(set().union(*common))
        odd = tuple(i for i in ids if len({repr(rows.get(i)) for rows in told}) > 1)
        if odd:
            n = f"{style.count(len(odd))} differ"
            texts = tuple(f"{style.count(len(rows))} {noun}, {n}" for rows in told)
            yield Drift(rule, words, texts, odd)


def _buildings(run: RunFrames) -> dict[str, object]:
    d = run.decisions
    return dict(zip(d["asset_id"], d["status"], strict=True)) if "status" in d else {}


def _services(run: RunFrames) -> dict[str, object]:
    s = run.services
    rows = zip(s["service_type"], s["from_asset_id"], strict=True)
    return dict(zip(s["unit_id"], rows, strict=True))


def _cover(run: RunFrames) -> dict[str, object]:
    """(in all, within today) of each standard over the whole, to a tenth of a person."""
    whole = run.cover[(run.cover["geography"] == "all") & (run.cover["group"] != "")]
    return {
        row["standard_id"]: (round(row["total"], 1), round(row["within_before"], 1))
        for row in whole.to_dict("records")
    }
