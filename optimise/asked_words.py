"""What members asked of buildings and units, told where it decided: sets, hubs, works, outreach."""

from __future__ import annotations

from assets.schema import SERVICE_WORDS
from optimise.asked import ChangeRule, HubArea, SetRule
from optimise.plan import Plan


def as_outreach(plan: Plan, unit_id: str) -> str:
    """`` as outreach`` after a unit that is delivered so, or who runs it then."""
    return f" {_how(plan, unit_id)}" if unit_id in plan.after.outreach else ""


def _how(plan: Plan, unit_id: str) -> str:
    """``as outreach``, or ``run by a community trust`` where somebody else runs it then."""
    terms = plan.problem.units[unit_id].outreach
    return f"run by {terms.run_by}" if terms is not None and terms.run_by else "as outreach"


def as_named(plan: Plan, unit_id: str) -> str:
    """Words after a move that members have named."""
    named = next((m for m in plan.problem.asked.moves if m.unit_id == unit_id), None)
    if named is None:
        return ""
    return (
        f" (decided already: {named.reason.rstrip('. ')})"
        if named.reason
        else (" (decided already)")
    )


def added(plan: Plan, asset_id: str) -> str:
    """Further sentences for a building in use: units that stay as outreach, works done."""
    units, after = plan.problem.units, plan.after
    home = [u for u in after.outreach if after.placed[u] == asset_id == units[u].home]
    text = ""
    for how in sorted({_how(plan, u) for u in home}):
        kinds = [_service(units[u].service_type) for u in home if _how(plan, u) == how]
        text += f" {_and(kinds)} delivered here {how} from now on."
    if asset_id in after.works:
        site = plan.problem.sites[asset_id]
        grade = f"condition {site.grade}" if site.grade else "no condition stated"
        cost = f"£{site.works_gbp:,.0f}" if site.works_gbp else "at a cost that nobody has stated"
        text += f" Its works are done ({grade}): {cost}."
    return text


def kept_whole(plan: Plan, asset_id: str) -> str:
    """The sentence of the sets that keep a building whoever runs it; "" where none does."""
    names = plan.problem.sites[asset_id].kept_by
    rules = {r.key: r for r in plan.problem.asked.sets}
    told = [f"{_set_name(rules[f'keep.{n}'])}{_reason(rules[f'keep.{n}'].reason)}" for n in names]
    return f"Kept whoever runs it, by {' and by '.join(told)}." if told else ""


def needed(plan: Plan, asset_id: str) -> tuple[str, str] | None:
    """(code, sentence) of the set or hub that would be short without the building; None = none."""
    return _by_set(plan, asset_id) or _by_hub(plan, asset_id)


def _by_set(plan: Plan, asset_id: str) -> tuple[str, str] | None:
    for rule in plan.problem.asked.sets:
        kept = _kept(plan, rule)
        if rule.at_least is None or len(kept) > rule.at_least:
            continue
        mine = [m for m in kept if (plan.after.placed[m] if rule.of_units else m) == asset_id]
        if mine:
            what = "units" if rule.of_units else "buildings"
            mode = "" if rule.mode == "any" else f" {_mode(rule.mode)}"
            text = (
                f"One of the {_of(rule)} {what} to be kept{mode} by "
                f"{_set_name(rule)}{_reason(rule.reason)}."
            )
            return "needed_for_set", text
    return None


def _of(rule: SetRule) -> str:
    """``6 of 11``, or ``3`` where all three are meant."""
    whole = rule.at_least == len(rule.members)
    return str(rule.at_least) if whole else f"{rule.at_least} of {len(rule.members)}"


def _kept(plan: Plan, rule: SetRule) -> list[str]:
    """Members of a set that the plan keeps, in the mode asked for."""
    after = plan.after
    if not rule.of_units:
        return [m for m in rule.members if m in after.open or m not in plan.problem.sites]
    delivered = [m for m in rule.members if after.placed[m]]
    wanted = {"full": False, "outreach": True}.get(rule.mode)
    return [m for m in delivered if wanted is None or (m in after.outreach) == wanted]


def _by_hub(plan: Plan, asset_id: str) -> tuple[str, str] | None:
    for rule in plan.problem.asked.hubs:
        if asset_id not in rule.sites or len(_services(plan, rule, asset_id)) < rule.services:
            continue
        hubs = [s for s in rule.sites if len(_services(plan, rule, s)) >= rule.services]
        if rule.standing + len(hubs) == rule.at_least:
            area = plan.problem.asked.area_names.get(rule.area_id, rule.area_id)
            kinds = [_service(k).lower() for k in _services(plan, rule, asset_id)]
            text = f"The hub of {area}: {_and(kinds)} under one roof{_reason(rule.reason)}."
            return "needed_for_hub", text
    return None


def _services(plan: Plan, rule: HubArea, asset_id: str) -> list[str]:
    """Service types that count for a hub and are in a building after the plan, ascending."""
    after = plan.after
    here = [u for u, s in after.placed.items() if s == asset_id]
    here = [u for u in here if rule.outreach or u not in after.outreach]
    return sorted({plan.problem.units[u].service_type for u in here} & set(rule.among))


def no_more_closures(plan: Plan, asset_id: str) -> str:
    """The sentence of a limit on closures that is reached; "" where none is."""
    for rule in plan.problem.asked.change:
        if rule.closures_at_most is None or asset_id not in rule.buildings:
            continue
        sites, after = plan.problem.sites, plan.after
        closed = [s for s in rule.buildings if s in sites and s not in after.open]
        if len(closed) >= rule.closures_at_most:
            return f"No further closure{_part(plan, rule)}: {rule.closures_at_most} at most."
    return ""


def _part(plan: Plan, rule: ChangeRule) -> str:
    if not rule.part:
        return ""
    if rule.per == "type":
        return f" of {_service(rule.part).lower()}"
    return f" in {plan.problem.asked.area_names.get(rule.part, rule.part)}"


def _set_name(rule: SetRule) -> str:
    if rule.key.startswith("keep."):
        return f"the set '{rule.key.removeprefix('keep.')}'"
    return f"the rule {rule.key}"


def _reason(reason: str) -> str:
    return f" ({reason.rstrip('. ')})" if reason else ""


def _mode(mode: str) -> str:
    return "as outreach" if mode == "outreach" else "in full"


def _service(kind: str) -> str:
    return SERVICE_WORDS.get(kind, kind.replace("_", " ").capitalize())


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
