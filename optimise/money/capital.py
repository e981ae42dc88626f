"""What works will cost once they are done: optimism bias.

Source: HM Treasury, Supplementary Green Book Guidance: Optimism Bias. Upper bounds on capital
expenditure at outline stage: standard buildings 24 %, non-standard buildings 51 % (a station with
special requirements, a listed building, an awkward site); a mixed project takes the share of each;
the bound is reduced as the causes of overspending are shown to be in hand.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Upper bounds on capital, % (see the module).
OPTIMISM_BIAS_PCT: Mapping[str, float] = {"standard": 24.0, "non_standard": 51.0}


def optimism_bias_pct(
    building_class: str, by_class: Mapping[str, float], default_pct: float
) -> float:
    """Optimism bias of a class of building, %; that of every other building where none is given."""
    return by_class.get(building_class, default_pct)


def blended_bias_pct(share_by_class: Mapping[str, float], by_class: Mapping[str, float]) -> float:
    """Optimism bias of a project of several classes of building, %.

    Σ_c share_c · bias_c / Σ_c share_c

    In words: each class counts by its share of the capital.

    Symbols: share_c of the capital, ≥ 0, in any unit (shares, per cent or £).

    Raises:
        ValueError: no share is above 0, one is negative, or a class has no bias.

    Source: Supplementary Green Book Guidance: Optimism Bias (projects of mixed type).
    """
    total = sum(share_by_class.values())
    if total <= 0 or min(share_by_class.values()) < 0:
        raise ValueError("shares are 0 or more, and one is above 0")
    unknown = sorted(set(share_by_class) - set(by_class))
    if unknown:
        raise ValueError(f"no optimism bias for {', '.join(unknown)}")
    return sum(share * by_class[name] for name, share in share_by_class.items()) / total


def mitigated_bias_pct(upper_bound_pct: float, managed_share: float) -> float:
    """Optimism bias that is left once part of its causes is in hand, %: bound · (1 − share).

    Source: Supplementary Green Book Guidance: Optimism Bias (mitigation of contributory factors).
    """
    if not 0.0 <= managed_share <= 1.0:
        raise ValueError("the share of causes in hand is from 0 to 1")
    return upper_bound_pct * (1.0 - managed_share)


def with_bias_gbp(capital_gbp: float, bias_pct: float) -> float:
    """Capital with optimism bias: estimate · (1 + bias)."""
    return capital_gbp * (1.0 + bias_pct / 100.0)


def without_bias_gbp(capital_gbp: float, bias_pct: float) -> float:
    """The estimate behind a capital sum that carries optimism bias: sum / (1 + bias)."""
    return capital_gbp / (1.0 + bias_pct / 100.0)
