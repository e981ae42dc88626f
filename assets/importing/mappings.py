"""A mapping that was worked out once, kept in a file and used again. Reads files only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from assets.issues import InputError, Issue, nearest

_KEYS = ("layer", "map", "set")


@dataclass(frozen=True)
class SavedMapping:
    """Headings and constants of one kind of source.

    Attributes:
        layer: layer it belongs to, ``""`` = any.
        given: source heading -> column; ``-`` = do not use it.
        constants: column -> value for every blank cell.
    """

    layer: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """``A=B`` words of a command line -> mapping; the last ``=`` divides.

    Raises:
        InputError: a word without ``=`` or without something on its left, or one left side twice.
    """
    found: dict[str, str] = {}
    for word in words:
        left, sign, right = word.rpartition("=")
        left, right = left.strip(), right.strip()
        if not sign or not left:
            raise InputError(
                Issue("import.option", f"{option} '{word}' is no pair", (word,),
                      f"write {option} \"LEFT=RIGHT\"")
            )  # fmt: skip
        if left in found:
            raise InputError(
                Issue("import.option", f"{option} gives '{left}' twice", (left,), "keep one")
            )
        found[left] = right
    return found


def read_mapping(path: Path, kind: str) -> SavedMapping:
    """Read a mapping that `mapping_record` wrote.

    Raises:
        InputError: missing or unreadable file, unknown keys, a mapping of another layer.
    """
    try:
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable(path, " ".join(str(error).split())) from error
    if not isinstance(record, dict):
        raise _unusable(path, "it holds no keys")
    unknown = [str(key) for key in record if key not in _KEYS]
    if unknown:
        raise _unusable(path, f"unknown key '{unknown[0]}', {nearest(unknown[0], _KEYS)}")
    layer = str(record.get("layer") or "")
    if layer not in ("", kind):
        raise _unusable(path, f"it is a mapping of {layer}, not of {kind}")
    return SavedMapping(layer, _texts(path, record, "map"), _texts(path, record, "set"))


def _texts(path: Path, record: Mapping[str, Any], key: str) -> dict[str, str]:
    """A block of the file as text -> text."""
    block = record.get(key) or {}
    if not isinstance(block, dict) or any(isinstance(v, (dict, list)) for v in block.values()):
        raise _unusable(path, f"'{key}' must be lines of 'heading: column'")
    return {str(left): "" if right is None else str(right) for left, right in block.items()}


def _unusable(path: Path, why: str) -> InputError:
    """The file is no mapping."""
    return InputError(
        Issue("import.mapping", f"{path} cannot be used as a mapping: {why}", (str(path),),
              "write one with --save-mapping")
    )  # fmt: skip


def mapping_record(
    kind: str, mapping: pd.DataFrame, constants: Mapping[str, str]
) -> dict[str, Any]:
    """What `read_mapping` reads: every heading that was used, and the constants told."""
    own = mapping[
        (mapping["column"] != "") & mapping["how"].isin(("name", "alias", "given", "publication"))
    ]
    used = dict(zip(own["heading"], own["column"], strict=True))
    return {"layer": kind, "map": used, "set": dict(constants)}
