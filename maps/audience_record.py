"""run.json for the public: what is named here and no more, without sums of few buildings. Pure.

What a page comes to read of run.json in future is not public until it is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from maps import report, style
from maps.audience_sums import KINDS, Shown, safe
from maps.audience_texts import MONEY, Secrets
from maps.runs import RunFrames

Json = dict[str, Any]

#: Kept as they are, but for names.
PLAIN = (
    *("groundplan", "name", "title", "status", "status_text", "objective_name", "objective_unit"),
    *("gap", "gap_on_savings", "gap_asked", "solver", "model", "versions", "seconds"),
)
SCENARIO = ("name", "title", "objective", "finance", "targets", "solver", "attribution")
TIMES = (
    *("engine", "roads", "roads_sha256", "file", "file_sha256", "answer_sha256", "unit"),
    *("profile_name", "profile_sha256", "bound_min", "error", "direction", "urban_from"),
    *("near_rim", "off_network_demand", "standards", "minutes_factor"),
)
PHASING = ("periods", "period", "moves_per_period", "areas_at_once", "carry_forward")
STANDARD_TEXTS = ("title", "use", "source", "note")
DUTY = ("duty", "crews", "jobs_pa", "hours_pa", "hours_there_are", "lost_pct")
DUTY_HOURS = ("lost_day_pct", "lost_night_pct")
PROTECTED = (
    *("rule", "words", "where", "standard_id", "limit_text", "before_text", "after_text", "met"),
    *("area_name", "counts"),
)
GOAL = ("key", "name", "unit", "better", "status", "tie_break", "value_text", "today_text", "text")
RISK = ("risk_id", "title", "text", "level", "why_level", "source", "owner", "mitigation")
BINDING = (
    *("rule", "family", "words", "where", "asked", "reached", "slack", "unit", "standard_id"),
    "locks",
)
DATES = (
    *("layer", "rows", "as_at_earliest", "as_at_latest", "undated_rows", "sources", "conflicts"),
)
#: Warnings about these say nothing about a building.
PUBLIC_WARNINGS = ("roads:", "demand:", "areas:", "times:")
#: Which kinds of money a total rests on.
RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "receipts_gbp": ("receipt",),
    "capital_gbp": ("capital",),
    "capital_budget_gbp": ("capital", "receipt"),
    "revenue_saving_gbp_pa": ("annual",),
    "revenue_saving_gbp": ("annual",),
    "npv_gbp": ("capital", "receipt", "one_off", "annual"),
    "backlog_avoided_gbp": ("backlog_avoided",),
    "backlog_retained_gbp": ("backlog_retained",),
    "backlog_gbp": ("backlog_avoided", "backlog_retained"),
    "urgent_backlog_gbp": ("backlog_avoided", "backlog_retained"),
    "works_gbp": ("works",),
}


def public_record(run: RunFrames, secrets: Secrets, shown: Mapping[str, Shown]) -> Json:
    """run.json as the public may have it.

    Args:
        run: as read.
        secrets: what may not be named.
        shown: which sums may be stated, by kind of money; also of ``backlog_avoided``,
            ``backlog_retained`` and ``works``.
    """
    told = run.summary
    may = may_state(shown)
    record = {
        **{key: told[key] for key in PLAIN if key in told},
        **_objective(told, may),
        "npv_gbp": coarse(told["npv_gbp"]) if may("npv_gbp") else None,
        "totals": _sums(told["totals"], may),
        "goals": [_only(g, GOAL) for g in told.get("goals", []) if _goal(g, may)],
        "targets": [_target(t, may) for t in told["targets"]],
        "standards": [_without(s, STANDARD_TEXTS[1:]) for s in told["standards"]],
        "protected": [_only(p, PROTECTED) for p in told.get("protected", [])],
        "duties": [_only(d, (*DUTY, *DUTY_HOURS)) for d in told.get("duties", [])],
        "scenario": _scenario(told.get("scenario", {})),
        "inputs": [_file(i) for i in told.get("inputs", [])],
        "times": {m: _times(t, secrets) for m, t in told.get("times", {}).items()},
        "off_network": _open_ids(told.get("off_network", []), secrets),
        "warnings": [w for w in told.get("warnings", []) if _is_public(w, secrets)],
        **_later(told, secrets, may),
    }
    credit = report.attribution(told, has_roads=len(run.layers["roads"]) > 0)
    if credit:
        record["attribution"] = credit
    if told.get("money"):
        record["money"] = public_money_record(told["money"], shown, may)
    cleaned: Json = secrets.deep(record)
    return cleaned


May = Callable[[str], bool]
#: Present values are told to the public in steps of so many pounds.
COARSE_GBP = 100_000.0


def _objective(told: Mapping[str, Any], may: May) -> Json:
    """What is reached and cannot be passed, unless it is a sum that may not be stated."""
    is_money = told.get("objective_unit", "gbp") == "gbp"
    kept = _only(told, ("objective", "bound"))
    if not is_money:
        return kept
    return {key: coarse(value) for key, value in kept.items()} if may("npv_gbp") else {}


def coarse(value: Any) -> Any:
    """A present value to `COARSE_GBP`.

    Present values weigh the years against each other: to the pound, each would be one more
    equation for whoever tries to find a sum that is withheld.
    """
    return round(value / COARSE_GBP) * COARSE_GBP if style.is_known(value) else value


def may_state(shown: Mapping[str, Shown]) -> May:
    """Whether a total of the plan may be stated, by its key; sums that are not listed may not.

    A total of several kinds may where those of them that may not be stated rest on `FEW`
    buildings together, or there are none.
    """

    def may(key: str) -> bool:
        kinds = RESTS_ON.get(key.removesuffix("_by_year"))
        if kinds is None:
            return "gbp" not in key or key in ("do_nothing_cost_gbp", "penalty_gbp")
        hidden = [shown[kind].buildings for kind in kinds if not shown[kind].whole]
        yearly = "_by_year" in key and not all(shown[kind].all_years for kind in kinds)
        alone = len(kinds) == 1 and bool(hidden)
        return not yearly and not alone and safe(frozenset().union(*hidden))

    return may


def _only(one: Mapping[str, Any], keys: Iterable[str]) -> Json:
    return {key: one[key] for key in keys if key in one}


def _without(one: Mapping[str, Any], keys: Iterable[str]) -> Json:
    return {key: value for key, value in one.items() if key not in keys}


def _sums(totals: Mapping[str, Any], may: May) -> Json:
    kept = {key: value if may(key) else None for key, value in totals.items()}
    return kept | {key: coarse(value) for key, value in kept.items() if key == "npv_gbp"}


def _goal(goal: Mapping[str, Any], may: May) -> bool:
    return goal.get("unit") != "gbp" or may(str(goal["key"]))


def _target(target: Mapping[str, Any], may: May) -> Json:
    """A money target: what was asked for is public, what is reached only where it may be stated."""
    kept = _only(target, ("target_id", "name", "target", "value", "met"))
    kept |= _only(target, ("target_text", "value_text"))
    key = str(target.get("target_id", target["name"])).split(".")[0]
    if not may(key):
        kept |= {"value": None, "value_text": style.LEFT_OUT}
    return kept


def _scenario(scenario: Mapping[str, Any]) -> Json:
    """Settings of the whole plan: nothing that names a building, a file or a reason."""
    phasing = scenario.get("phasing") or {}
    kept = _only(scenario, SCENARIO)
    if isinstance(scenario.get("standards"), Mapping):
        asked = scenario["standards"].items()
        kept["standards"] = {key: _only(one, ("nth_vehicle",)) for key, one in asked}
    return {**kept, "phasing": _only(phasing, PHASING)} if phasing else kept


def _file(one: Mapping[str, Any]) -> Json:
    """A file that was read, without its name."""
    return {"layer": one.get("layer", ""), "path": "", "sha256": one.get("sha256", "")}


def _times(told: Mapping[str, Any], secrets: Secrets) -> Json:
    """What the times of a mode rest on: file names without folders, no addresses."""
    kept = _only(told, TIMES)
    for key in ("roads", "file"):
        if isinstance(kept.get(key), str):
            kept[key] = PurePath(kept[key]).name
    for key in ("near_rim", "off_network_demand"):
        if isinstance(kept.get(key), list | tuple):
            kept[key] = _open_ids(kept[key], secrets)
    return kept


def _open_ids(ids: Iterable[Any], secrets: Secrets) -> list[str]:
    return [str(i) for i in ids if str(i) not in secrets.buildings]


def _is_public(warning: Any, secrets: Secrets) -> bool:
    text = str(warning)
    return text.startswith(PUBLIC_WARNINGS) and not (MONEY.search(text) or secrets.names_any(text))


# --- options, risks, rules and dates ------------------------------------------------------


def _later(told: Mapping[str, Any], secrets: Secrets, may: May) -> Json:
    """Keys that runs of old do not have."""
    made: Json = {}
    if "options" in told:
        made["options"] = [_option(o, secrets, may) for o in told["options"]]
    if "risks" in told:
        risks = (_risk(r, secrets) for r in told["risks"])
        made["risks"] = [risk for risk in risks if risk is not None]
    if "binding" in told:
        rules = (_rule(b, secrets, may) for b in told["binding"])
        made["binding"] = [rule for rule in rules if rule is not None]
    if "data_dates" in told:
        made["data_dates"] = [{**_only(d, DATES), "path": ""} for d in told["data_dates"]]
    return made


def _option(option: Mapping[str, Any], secrets: Secrets, may: May) -> Json:
    figures = _sums(option.get("figures", {}), may)
    sums = {round(v, 2) for k, v in figures.items() if "gbp" in k and style.is_known(v)}
    return {
        "key": option["key"],
        "title": secrets.clean(str(option.get("title", ""))),
        "words": secrets.clean(str(option.get("words", ""))),
        "figures": figures,
        "factors": [_factor(f, secrets, sums) for f in option.get("factors", [])],
    }


def _factor(factor: Mapping[str, Any], secrets: Secrets, sums: set[float]) -> Json:
    """A factor without sums of money but those that the option's own figures state."""
    facts = [
        {**_only(fact, ("label", "unit")), "value": _fact_value(fact, secrets)}
        for fact in factor.get("facts", [])
        if fact.get("unit") != "gbp" or _is_one_of(fact.get("value"), sums)
    ]
    texts = {key: secrets.clean(str(factor.get(key, ""))) for key in ("title", "text")}
    return {"key": factor["key"], **texts, "facts": facts}


def _fact_value(fact: Mapping[str, Any], secrets: Secrets) -> Any:
    value = fact.get("value")
    return secrets.clean(value) if isinstance(value, str) else value


def _is_one_of(value: Any, sums: set[float]) -> bool:
    return style.is_known(value) and round(value, 2) in sums


def _risk(risk: Mapping[str, Any], secrets: Secrets) -> Json | None:
    """A risk without confidential buildings and sums of money; None where it is theirs alone."""
    ids = [str(i) for i in risk.get("asset_ids") or ()]
    named = _open_ids(ids, secrets)
    if ids and not named:
        return None
    texts = {k: secrets.clean(v) if isinstance(v, str) else v for k, v in risk.items() if k in RISK}
    return {**texts, "asset_ids": named, "sum_gbp": None}


def _rule(rule: Mapping[str, Any], secrets: Secrets, may: May) -> Json | None:
    """A rule that binds; None where it is about confidential buildings, or a sum of a few."""
    ids = [str(i) for i in rule.get("asset_ids") or ()]
    named = _open_ids(ids, secrets)
    is_money = rule.get("unit") in ("gbp", "gbp_pa")
    if (ids and not named) or (is_money and ids):
        return None
    kept = {k: secrets.clean(v) if isinstance(v, str) else v for k, v in rule.items()
            if k in BINDING}  # fmt: skip
    if is_money and not may(str(rule.get("rule", "")).split(".")[-1]):
        kept |= {"reached": None, "slack": None}
    return {**kept, "asset_ids": named}


# --- the money record --------------------------------------------------------------------


def public_money_record(money: Mapping[str, Any], shown: Mapping[str, Shown], may: May) -> Json:
    """run.json's ``money``: sums that may be stated, and none where they may not be.

    Where a year or a partner is not told by itself its net and present value are not either.
    """
    parties = [str(p["party"]) for p in money.get("partners", [])]
    hidden = [p for p in parties if not _told_apart(p, shown)]
    whole = may("npv_gbp")
    words = [str(w) for w in money.get("words", []) if not any(p in w for p in parties)]
    return {
        **_only(money, ("base_year", "horizon_yr", "years_shown", "receipt_case")),
        "npv_gbp": coarse(money.get("npv_gbp")) if whole else None,
        "by_year": [_year(y, index, shown) for index, y in enumerate(money.get("by_year", []))],
        "by_line": [_line(line, shown) for line in money.get("by_line", [])],
        "readings": [_coarse_values(r) for r in money.get("readings", [])] if whole else [],
        "changes_sign": [w for w in money.get("changes_sign", []) if whole and "£" not in str(w)],
        "whole_life": list(money.get("whole_life", [])) if _all_whole(shown) else [],
        "payback_yr": money.get("payback_yr"),
        "discounted_payback_yr": money.get("discounted_payback_yr"),
        "irr_pct": money.get("irr_pct") if whole else None,
        "receipts_at_risk": _at_risk(money.get("receipts_at_risk") or {}, may),
        "borrowing": list(money.get("borrowing", [])) if _all_whole(shown) else [],
        "partners": [_partner(p, shown) for p in money.get("partners", [])],
        "settlement": {} if hidden else dict(money.get("settlement") or {}),
        "words": words if _all_whole(shown) else [],
    }


def _coarse_values(reading: Mapping[str, Any]) -> Json:
    return {k: coarse(v) if k.endswith("_gbp") else v for k, v in reading.items()}


def _all_whole(shown: Mapping[str, Shown]) -> bool:
    """Whether every kind of money that makes the value may be stated, in every year."""
    return all(shown[kind].whole and shown[kind].all_years for kind in RESTS_ON["npv_gbp"])


def _told_apart(party: str, shown: Mapping[str, Shown]) -> bool:
    """Whether every kind of a partner's money may be stated by itself."""
    return all(_may_tell(party, shown[kind]) for kind in RESTS_ON["npv_gbp"])


def _may_tell(party: str, may: Shown) -> bool:
    """Whether a partner's money of a kind may be; that it has none may always."""
    return party not in may.together and (may.whole or not may.buildings)


def _year(year: Mapping[str, Any], index: int, shown: Mapping[str, Shown]) -> Json:
    kept = dict(year)
    for kind, key in KINDS.items():
        if index not in shown[kind].years:
            kept[key] = None
    if any(kept.get(KINDS[kind]) is None for kind in RESTS_ON["npv_gbp"]):
        kept |= {"net_gbp": None, "pv_gbp": None}
    return kept


def _line(line: Mapping[str, Any], shown: Mapping[str, Shown]) -> Json:
    may = shown.get(str(line.get("kind")))
    told = may is not None and may.whole and may.all_years and line.get("line") in may.lines
    if told:
        return {**line, "pv_gbp": coarse(line.get("pv_gbp"))}
    return {**line, "amount_gbp": None, "pv_gbp": None}


def _at_risk(found: Mapping[str, Any], may: May) -> Json:
    """Receipts in all at low, central and high values; by confidence they may be few."""
    if not may("receipts_gbp"):
        return {}
    return {**_without(found, ("by_confidence",)), "by_confidence": {}}


def _partner(partner: Mapping[str, Any], shown: Mapping[str, Shown]) -> Json:
    """A partner's sums, of the kinds that may be told of it by itself; rents never."""
    party = str(partner["party"])
    kept = _only(partner, ("party", "role"))
    names = {"capital": "capital_gbp", "receipt": "receipts_gbp", "one_off": "one_off_gbp",
             "annual": "saving_gbp_pa"}  # fmt: skip
    for kind, key in names.items():
        kept[key] = partner.get(key) if _may_tell(party, shown[kind]) else None
    whole = _told_apart(party, shown)
    later: Sequence[str] = ("npv_gbp", "settlement_pv_gbp", "npv_after_gbp")
    kept |= {key: coarse(partner.get(key)) if whole else None for key in later}
    kept["worse_off"] = partner.get("worse_off") if whole else None
    return {**kept, "rent_gbp_pa": None, "years_worse": partner.get("years_worse", "") * whole}
