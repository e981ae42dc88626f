"""Values drawn for a sweep: a Latin hypercube, the same from a seed on every machine."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from optimise.set_records import Draw

#: Drawn numbers are told, and used, with so many figures.
FIGURES = 6


def drawn(draw: Mapping[str, Draw], count: int, seed: int) -> tuple[dict[str, Any], ...]:
    """``count`` draws of every key.

    x_ik = F_k⁻¹((π_k(i) + u_ik) / n),  i = 0 … n − 1

    In words: the chances of each key are cut into n slices, as likely as one another; each slice
    gives one value, from somewhere in it, and the values of the keys are put together at random.
    So n draws spread over every range, where n throws of a die would leave holes and crowds.

    Symbols: F_k how likely key k is to be at most a value; π_k a random order of 0 … n − 1; u_ik
    random from 0 to 1; n draws. The keys are independent of each other.

    Source: Latin hypercube sampling (McKay, Beckman and Conover, 1979).

    Args:
        draw: dotted key → what it is drawn from.
        count: draws, 1 or more.
        seed: each key has a stream of its own of it, so a further key leaves the others alone.

    Returns:
        one mapping of dotted key → value for each draw.
    """
    columns = {key: _column(key, one, count, seed) for key, one in draw.items()}
    return tuple({key: values[n] for key, values in columns.items()} for n in range(count))


def _column(key: str, draw: Draw, count: int, seed: int) -> list[Any]:
    # Of the standard library, only random() is promised to give the same on every version.
    name = hashlib.sha256(f"{seed} {key}".encode()).digest()
    stream = random.Random(int.from_bytes(name, "big"))
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = int(stream.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return [_value(draw, (slot + stream.random()) / count) for slot in order]


def _value(draw: Draw, share: float) -> Any:
    if draw.choices is not None:
        return draw.choices[_whole(share, len(draw.choices))]
    low, high = _ends(draw)
    if draw.whole:
        return int(low) + _whole(share, int(high - low) + 1)
    if draw.mode is None:
        value = low + share * (high - low)
    else:
        value = _triangular(share, (low, draw.mode, high))
    return min(max(float(f"{value:.{FIGURES}g}"), low), high)


def _ends(draw: Draw) -> tuple[float, float]:
    if draw.low is None or draw.high is None:
        raise ValueError("a range has two ends")
    return draw.low, draw.high


def _whole(share: float, count: int) -> int:
    return min(int(share * count), count - 1)


def _triangular(share: float, ends: Sequence[float]) -> float:
    """Where the triangular distribution (low, likeliest, high) has come to a share of its chances.

    Below the likeliest: low + √(share·(high − low)·(mode − low)); above, the same from the top.
    """
    low, mode, high = ends
    if share * (high - low) < mode - low:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))
