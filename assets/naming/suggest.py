"""What a heading that means nothing here may have been meant to say. Pure; never applied.

Headings are compared word by word, rare words counting more than common ones, so that
"Energy perf. rating" finds the energy rating; a misspelt word counts as the word it is like.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from assets.schema import LAYERS, meaning_key, meanings

_CLOSE = 0.65
_LIKE = 0.82
_WHOLE = 0.85
_SHORT = 4
_APART = 3
_LONGEST = 200
_STOP = frozenset(("the", "of", "a", "an", "and", "or", "in", "for", "to", "by", "is", "at", "on"))


def suggestion(layer_name: str, heading: str, *, taken: Iterable[str] = ()) -> str:
    """The column a heading is most like, ``""`` where none is close.

    Args:
        layer_name: whose columns.
        heading: as the source writes it.
        taken: columns that have a heading already; they are not suggested again.
    """
    gone = frozenset(taken)
    heading = heading[:_LONGEST]
    spoken = _tokens(heading)
    like = {token: _like(layer_name, token) for token in spoken}
    known = _vocabulary(layer_name)
    near = {
        place for found in like.values() for token in found for place in _places(layer_name, token)
    }
    best: tuple[float, str] = (0.0, "")
    for place in sorted(near):
        tokens, column = known[place]
        if column not in gone:
            score = _score(layer_name, spoken, like, tokens=tokens)
            best = (score, column) if score > best[0] + 1e-9 else best
    whole = _whole(layer_name, heading, gone)
    best = whole if whole[0] > best[0] else best
    return best[1] if best[0] >= _CLOSE else ""


def _score(
    layer_name: str,
    spoken: tuple[str, ...],
    like: Mapping[str, Mapping[str, float]],
    *,
    tokens: tuple[str, ...],
) -> float:
    """Weight of the words two headings share, of the weight of all their words.

    A word of the heading that the other lacks counts as half the heaviest word at least: what
    makes "local authority code" no owner is the last word.
    """
    weight, least = _weights(layer_name), _heaviest(layer_name) / 2
    left = set(tokens)
    shared, whole = 0.0, sum(weight[token] for token in tokens)
    for token in spoken:
        near = [(how, other) for other, how in like[token].items() if other in left]
        if near:
            how, found = max(near)
            left.discard(found)
            shared += how * weight[found]
        else:
            whole += max(weight.get(token, 0.0), least)
    return shared / whole


@cache
def _vocabulary(layer_name: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Words of every name and alias, with its column."""
    layer = LAYERS[layer_name]
    found: dict[tuple[tuple[str, ...], str], None] = {}
    for column in (*layer.columns, *layer.helpers):
        for heading in (column.name, *column.aliases):
            tokens = _tokens(heading)
            if tokens:
                found[(tokens, column.name)] = None
    return tuple(found)


@cache
def _weights(layer_name: str) -> Mapping[str, float]:
    """How much each word says: the fewer columns it belongs to, the more."""
    pairs = {(token, column) for tokens, column in _vocabulary(layer_name) for token in tokens}
    seen = Counter(token for token, _ in pairs)
    top = len(LAYERS[layer_name].columns) + 1
    return MappingProxyType({token: math.log(top / count) + 0.2 for token, count in seen.items()})


@cache
def _heaviest(layer_name: str) -> float:
    """The weight of the rarest word."""
    return max(_weights(layer_name).values())


@cache
def _index(layer_name: str) -> Mapping[str, tuple[int, ...]]:
    """Word -> places in the vocabulary where it occurs."""
    found: dict[str, list[int]] = {}
    for place, (tokens, _) in enumerate(_vocabulary(layer_name)):
        for token in tokens:
            found.setdefault(token, []).append(place)
    return MappingProxyType({token: tuple(places) for token, places in found.items()})


def _places(layer_name: str, token: str) -> tuple[int, ...]:
    """Places in the vocabulary where a word occurs."""
    return _index(layer_name).get(token, ())


@cache
def _like(layer_name: str, token: str) -> Mapping[str, float]:
    """Known words a word is, or is like, with how like."""
    known = _weights(layer_name)
    found = {token: 1.0} if token in known else {}
    if len(token) >= _SHORT:
        alike = [w for w in known if w[0] == token[0] and abs(len(w) - len(token)) <= _APART]
        for other in difflib.get_close_matches(token, alike, n=3, cutoff=_LIKE):
            found.setdefault(other, difflib.SequenceMatcher(None, token, other).ratio())
        starts = [w for w in known if len(w) > len(token) and w.startswith(token)]
        for other in starts[:3]:
            found.setdefault(other, 0.85)
    return MappingProxyType(found)


def _whole(layer_name: str, heading: str, gone: frozenset[str]) -> tuple[float, str]:
    """The column whose heading, written as one word, is nearest, and how near."""
    key = meaning_key(heading)
    keys = meanings(layer_name)
    alike = [k for k in _keys(layer_name) if k[:1] == key[:1] and abs(len(k) - len(key)) <= _APART]
    for near in difflib.get_close_matches(key, alike, n=3, cutoff=_WHOLE):
        column = keys[near][0][0]
        if column not in gone:
            return difflib.SequenceMatcher(None, key, near).ratio(), column
    return 0.0, ""


@cache
def _keys(layer_name: str) -> tuple[str, ...]:
    """Heading keys without those that are a year apart."""
    return tuple(key for key in meanings(layer_name) if not re.search(r"[0-9]{2}", key))


def _tokens(heading: str) -> tuple[str, ...]:
    """The words of a heading in lower case: camelCase and figures apart, small words left out."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])", " ", heading)
    words = re.findall(r"[a-z]+|[0-9]+", apart.lower().replace("’", "").replace("'", ""))
    return tuple(dict.fromkeys(_singular(w) for w in words if w not in _STOP and w != "yyyy"))


def _singular(word: str) -> str:
    """``costs`` -> ``cost``."""
    many = len(word) > _SHORT and word.endswith("s") and word[-2] != "s"
    return word[:-1] if many else word
