"""A YAML file of keys, read strictly: no key twice, UTF-8 only, one clear error.

PyYAML keeps the last of two equal keys without a word; files that people edit by hand are refused
for that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from assets.issues import InputError, Issue


class _UniqueKeyLoader(yaml.SafeLoader):
    """The safe loader, but a mapping's keys are distinct words."""


def _mapping_without_repeats(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, int] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if isinstance(key, (list, dict)):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be a word", key_node.start_mark
            )
        if key in seen:
            problem = f"key '{key}' stands twice (lines {seen[key]} and {line})"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        seen[key] = line
    return {
        loader.construct_object(k, deep=True): loader.construct_object(v, deep=True)
        for k, v in node.value
    }


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats
)


def value_of(text: str) -> Any:
    """What a text of YAML says.

    Raises:
        yaml.YAMLError, ValueError, RecursionError: it is not YAML, or a key stands twice in it.
    """
    return yaml.load(text, Loader=_UniqueKeyLoader)


def read_text(path: Path, kind: str) -> str:
    """The text of a file that people edit; ``kind`` (``scenario``, ``speeds``) names the rules.

    Raises:
        InputError: it is missing, or cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message, remedy = f"there is no {kind} file {path}", "give the path of a .yml file"
        raise InputError(Issue(f"{kind}.missing", message, remedy=remedy)) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        remedy = "save it as UTF-8 text"
        raise InputError(Issue(f"{kind}.unreadable", message, remedy=remedy)) from None


def keys_of(text: str, path: Path | str, kind: str, *, begin_from: str) -> dict[Any, Any]:
    """The ``key: value`` lines of a file's text.

    Args:
        text: what the file holds (`read_text`).
        path: what to call it.
        kind: ``scenario``, ``speeds`` ...: the first part of the rules' names.
        begin_from: where a user finds a good example.

    Raises:
        InputError: not YAML, a key twice, or no keys at all.
    """
    try:
        raw = value_of(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"{path} is not valid YAML: {' '.join(str(error).split())}"
        remedy = "mend the line named; indent with spaces, quote text with ':' in it"
        raise InputError(Issue(f"{kind}.not_yaml", message, remedy=remedy)) from None
    if not isinstance(raw, dict):
        message = f"{path} holds no 'key: value' lines"
        raise InputError(Issue(f"{kind}.not_a_mapping", message, remedy=f"begin from {begin_from}"))
    return raw
