"""What planners write themselves: words for the options appraisal, and risks of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from assets.estate import Estate
from assets.issues import Issue, nearest
from optimise.appraise.nine import FACTORS
from optimise.knobs import Strict

__all__ = ["FACTORS", "OPTIONS", "Level", "OptionWords", "OwnRisk", "known_options", "named_once",
           "risk_misfits"]  # fmt: skip
Level = Literal["high", "medium", "low", "not rated"]
#: Options of every appraisal, with what readers call them.
OPTIONS: Mapping[str, str] = {
    "do_nothing": "Do nothing",
    "do_minimum": "Do minimum",
    "plan": "The plan",
}


class OptionWords(Strict):
    """Words for one option; what is blank is told from the data alone.

    Attributes:
        title: what the option is called, in place of its usual name.
        words: what the option is, in a few sentences.
        operational_location, properties_considered, value_for_money, planning, views,
            limits_of_upgrade, community_benefit, disabled_access, carbon_energy: what is to be
            said under each factor, before what the data say.
    """

    title: str = ""
    words: str = ""
    operational_location: str = ""
    properties_considered: str = ""
    value_for_money: str = ""
    planning: str = ""
    views: str = ""
    limits_of_upgrade: str = ""
    community_benefit: str = ""
    disabled_access: str = ""
    carbon_energy: str = ""


class OwnRisk(Strict):
    """A risk that the planner names, or what the planner says of one that is computed.

    Attributes:
        risk_id: own name; that of a computed risk says whose it is, what is done about it, and
            how it is rated.
        title, text: what it is called, and what could happen. A risk of one's own needs a title.
        level, why_level: how serious, and why; blank = not rated, or as computed.
        asset_ids: buildings that it is about.
        owner: who looks after it. mitigation: what is done about it.
        sum_gbp: money at stake, £.
    """

    risk_id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    title: str = ""
    text: str = ""
    level: Level | None = None
    why_level: str = ""
    asset_ids: tuple[str, ...] = ()
    owner: str = ""
    mitigation: str = ""
    sum_gbp: float | None = Field(default=None, ge=0)


def known_options(value: Mapping[str, OptionWords]) -> Mapping[str, OptionWords]:
    """The words by option, each option known.

    Raises:
        ValueError: otherwise, with the nearest option.
    """
    for key in value:
        if key not in OPTIONS:
            raise ValueError(f"unknown option '{key}'; {nearest(key, OPTIONS)}")
    return value


def named_once(value: Sequence[OwnRisk]) -> Sequence[OwnRisk]:
    """The risks, each with an id of its own.

    Raises:
        ValueError: two share one.
    """
    ids = [risk.risk_id for risk in value]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise ValueError(f"two risks are called '{twice}'; a risk_id is used once")
    return value


def risk_misfits(risks: Sequence[OwnRisk], estate: Estate) -> list[Issue]:
    """Risks about buildings that the layers do not have."""
    return [
        Issue(
            "scenario.unknown_building",
            f"risks: '{risk.risk_id}' is about '{asset_id}', and no building is called that",
            (asset_id,),
            nearest(asset_id, map(str, estate.buildings.index)),
        )
        for risk in risks
        for asset_id in risk.asset_ids
        if asset_id not in estate.buildings.index and asset_id not in estate.out_of_model
    ]
