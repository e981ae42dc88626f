"""Files of keys that people edit: read strictly, refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.issues import InputError
from assets.keyed import keys_of, read_text, value_of


def test_keys_are_read_as_plain_values() -> None:
    text = "a: 1\nb: {c: [x, 2.5], d: null}\n"
    assert keys_of(text, "f.yml", "speeds", begin_from="x") == {
        "a": 1,
        "b": {"c": ["x", 2.5], "d": None},
    }
    assert value_of("0.8") == 0.8


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "not_yaml", "key 'c' stands twice (lines 3 and 4)"),
        ("? [1]\n: 2\n", "not_yaml", "a key must be a word"),
        ("a: [1\n", "not_yaml", "is not valid YAML"),
        ("a: 2026-13-45\n", "not_yaml", "month must be in 1..12"),
        ("a: !!python/object/apply:os.system [ls]\n", "not_yaml", "could not determine"),
        ("[" * 5000, "not_yaml", "is not valid YAML"),
        ("just words\n", "not_a_mapping", "begin from here.yml"),
        ("", "not_a_mapping", "holds no 'key: value' lines"),
    ],
)
def test_what_is_wrong_is_said(text: str, rule: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        keys_of(text, "f.yml", "speeds", begin_from="here.yml")
    assert expected in str(caught.value)
    assert [issue.rule for issue in caught.value.issues] == [f"speeds.{rule}"]


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_text("a: 1\n", encoding="utf-8-sig")
    assert read_text(path, "scenario") == "a: 1\n"
    with pytest.raises(InputError, match="there is no scenario file"):
        read_text(tmp_path / "g.yml", "scenario")
    path.write_bytes(b"\xff\xfea\x00")
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_text(path, "scenario")
