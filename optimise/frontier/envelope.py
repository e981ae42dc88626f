"""What searches prove of each other's points: bounds, domination, choices. Pure arithmetic.

Every figure here counts so that more is better (less-is-better figures are turned round), and
a plan is the vector of its figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Vector = tuple[float, ...]


@dataclass(frozen=True)
class Bound:
    """No plan whose figures are at least ``floors`` has more than ``most`` of one of them.

    Attributes:
        axis: which figure.
        most: −infinity where no plan has such figures at all.
        floors: of every axis; −infinity where nothing is asked.
    """

    axis: int
    most: float
    floors: Vector


def best_possible(axis: int, floors: Vector, bounds: Sequence[Bound], slack: Vector) -> float:
    """The most of one figure that bounds leave to any plan with at least ``floors``.

    U(f) = min { U_k : f_k ≤ f }  ∪  { f_k[axis] : f ≥ f_k elsewhere, f[a] > U_k }

    In words: a bound that was proved while less was asked holds while more is; and where a
    plan with so much of *this* figure could not have so much of another as is asked, there is
    none with so much of this one.

    Symbols: f what is asked of each figure; f_k what the kth search asked, U_k what it proved
    of its aim a.
    Source: Haimes, Lasdon & Wismer (1971), the ε-constraint method; the second is its
    contraposition.

    Args:
        axis: which figure; its own floor is passed over.
        floors: what is asked of the others.
        bounds: what is proved.
        slack: rounding, by axis: a floor is taken to be met by that much less.
    """
    most = math.inf
    for bound in bounds:
        others = [j for j in range(len(floors)) if j not in (axis, bound.axis)]
        if any(bound.floors[j] > floors[j] + slack[j] for j in others):
            continue
        if bound.axis == axis:
            own = bound.floors[axis]
            most = min(most, max(bound.most, own) if math.isfinite(own) else bound.most)
        elif bound.floors[bound.axis] <= floors[bound.axis] + slack[bound.axis]:
            none = bound.most == -math.inf
            if none or floors[bound.axis] > bound.most + slack[bound.axis]:
                most = min(most, bound.floors[axis])
    return most


def beats(one: Vector, other: Vector, slack: Vector) -> bool:
    """Whether a plan is at least as good in every figure and better in one, beyond rounding."""
    pairs = list(zip(one, other, slack, strict=True))
    return all(a >= b - s for a, b, s in pairs) and any(a > b + s for a, b, s in pairs)


def same(one: Vector, other: Vector, slack: Vector) -> bool:
    """Whether two plans come to the same figures, but for rounding."""
    return all(abs(a - b) <= s for a, b, s in zip(one, other, slack, strict=True))


def choices(plans: Sequence[Vector], slack: Vector) -> tuple[int, ...]:
    """Positions of the plans that none of the others beats, each set of figures once."""
    kept: list[int] = []
    for i, plan in enumerate(plans):
        beaten = any(beats(other, plan, slack) for other in plans)
        if not beaten and not any(same(plans[k], plan, slack) for k in kept):
            kept.append(i)
    return tuple(kept)


def dominator(at: int, plans: Sequence[Vector], slack: Vector) -> int | None:
    """Position of a plan that beats one, itself unbeaten where there is such; None for none."""
    found = [i for i, other in enumerate(plans) if beats(other, plans[at], slack)]
    unbeaten = choices(plans, slack)
    return next((i for i in found if i in unbeaten), found[0] if found else None)


def cost_between(
    dear: tuple[float, float], cheap: tuple[float, float]
) -> tuple[float, float, float]:
    """What a figure loses from one point to the next: (of the plans, at least, at most).

    Each point's figure is at least its plan's and at most its bound, so what the best plans
    lose lies between (value − the other's bound) and (bound − the other's value).

    Args:
        dear: (value, bound) of the point with more of the figure.
        cheap: of the one with less.
    """
    lost = dear[0] - cheap[0]
    return lost, max(0.0, dear[0] - cheap[1]), max(lost, dear[1] - cheap[0])
