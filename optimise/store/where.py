"""The words of ``--where``: a filter on runs, taken apart. Pure; nothing of it is run as SQL.

    status = optimal and gap <= 1%
    batch = 'savings' and (npv_gbp > 5e7 or not receipts_gbp < 1.5e7)
    targets.receipts_gbp >= 15_000_000 and fire_10.share_after >= 0.8
    "B 0004".decision in (dispose, share) and title contains library and sweep is not null

A name is a column of ``runs``, a dotted key of the scenario, ``STANDARD.COLUMN`` (as in
``standards``) or ``ASSET.COLUMN`` (as in ``decisions``); odd characters go in double quotes. A
test of something that is missing does not hold, and its opposite (``!=``, ``not``) does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from assets.issues import InputError, Issue
from optimise.store.folders import clean

LONGEST, DEEPEST = 10_000, 50
FORM = "such as: status = optimal and gap <= 1% and targets.receipts_gbp > 1.5e7"
_PIECE = r"(?:[^\W\d][\w/:-]*|\"(?:[^\"]|\"\")+\")"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?)(?![\w.])
    | (?P<text>'(?:[^']|'')*')
    | (?P<word>{_PIECE}(?:\.(?:{_PIECE}|\w[\w/:-]*))*)
    | (?P<sign><=|>=|!=|<>|==|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_SIGNS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KEPT = ("and", "or", "not", "in", "like", "contains", "is", "null")


@dataclass(frozen=True)
class Literal:
    """What a name is compared with.

    Attributes:
        text: as it was written, without its quotes.
        number: the number it is, if it was written as one.
        quoted: stood in quotes, and is text whatever it looks like.
    """

    text: str
    number: float | None = None
    quoted: bool = False


@dataclass(frozen=True)
class Comparison:
    """A comparison: ``=``, ``<``, ``<=``, ``>``, ``>=``, in, like, contains or null."""

    name: str
    sign: str
    values: tuple[Literal, ...] = ()


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: Condition


@dataclass(frozen=True)
class Both:
    """Several conditions of which all (``and``) or one (``or``) must hold."""

    joint: str
    parts: tuple[Condition, ...]


Condition = Comparison | Not | Both


def parse(text: str) -> Condition:
    """Take a filter apart.

    Raises:
        InputError: it breaks the form; the message says where.
    """
    if len(text) > LONGEST:
        _refuse(f"it is longer than {LONGEST:,} characters", text[:40])
    text = clean(text)
    parser = _Parser(_tokens(text), text)
    made = parser.either(0)
    if parser.at < len(parser.tokens):
        parser.stop("'and', 'or' or the end")
    return made


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kind, words and place of each token."""
    found, place = [], 0
    end = len(text.rstrip())
    while place < end:
        token = _TOKEN.match(text, place)
        if token is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            _refuse(f"'{text[start : start + 20]}' (character {start + 1}) cannot be read", text)
        kind = str(token.lastgroup)
        found.append((kind, token[kind], token.start(kind)))
        place = token.end()
    return found


def _refuse(why: str, text: str) -> NoReturn:
    raise InputError(
        Issue("store.where", f"the filter cannot be read: {why}", (text,),
              f"write it {FORM}; text with odd characters goes in single quotes")
    )  # fmt: skip


@dataclass
class _Parser:
    """Reads tokens from the left."""

    tokens: Sequence[tuple[str, str, int]]
    text: str
    at: int = 0

    def either(self, depth: int) -> Condition:
        return self._joined("or", depth)

    def _joined(self, joint: str, depth: int) -> Condition:
        """Conditions joined by one word; ``and`` binds closer than ``or``."""
        parts = []
        while True:
            parts.append(self._joined("and", depth) if joint == "or" else self._one(depth))
            if not self._take(joint):
                return parts[0] if len(parts) == 1 else Both(joint, tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            _refuse(f"it is nested more than {DEEPEST} deep", self.text)
        if self._take("not"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inner = self.either(depth + 1)
            self._need(")")
            return inner
        return self._test()

    def _test(self) -> Condition:
        kind, words, _ = self._peek()
        if kind != "word" or words.lower() in _KEPT:
            self.stop("the name of a column")
        self.at += 1
        sign = _SIGNS.get(self._peek()[1])
        if sign is not None:
            self.at += 1
            value = (self._literal(),)
            return (
                Not(Comparison(words, "=", value))
                if sign == "!="
                else Comparison(words, sign, value)
            )
        if self._take("is"):
            opposite = self._take("not")
            self._need("null")
            test: Condition = Comparison(words, "null")
        else:
            opposite = self._take("not")
            test = self._of_words(words)
        return Not(test) if opposite else test

    def _of_words(self, name: str) -> Comparison:
        """``in (…)``, ``like`` and ``contains``."""
        for sign in ("like", "contains"):
            if self._take(sign):
                return Comparison(name, sign, (self._literal(),))
        if not self._take("in"):
            self.stop("=, !=, <, <=, >, >=, in, like, contains or is null")
        self._need("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._need(")")
        return Comparison(name, "in", tuple(values))

    def _literal(self) -> Literal:
        kind, words, _ = self._peek()
        if kind not in ("number", "text", "word") or (kind == "word" and words.lower() in _KEPT):
            self.stop("a number or a text")
        self.at += 1
        if kind == "number":
            plain = words.rstrip("%").replace("_", "")
            return Literal(words, float(plain) / (100.0 if words.endswith("%") else 1.0))
        if kind == "text":
            return Literal(words[1:-1].replace("''", "'"), None, True)
        return Literal(unquoted(words), None, words.startswith('"'))

    def _peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", len(self.text))

    def _take(self, word: str) -> bool:
        """Step over a word of the language, if it stands here."""
        kind, words, _ = self._peek()
        here = kind in ("word", "sign") and words.lower() == word
        self.at += here
        return here

    def _need(self, word: str) -> None:
        if not self._take(word):
            self.stop(f"'{word}'")

    def stop(self, wanted: str) -> NoReturn:
        """What stands here is not what should."""
        kind, words, place = self._peek()
        found = f"'{words}'" if kind != "end" else "the end"
        _refuse(f"{found} (character {place + 1}) stands where {wanted} should", self.text)


def unquoted(name: str) -> str:
    """A name without the double quotes around its pieces."""
    return re.sub(r'"((?:[^"]|"")+)"', lambda m: m[1].replace('""', '"'), name)
