from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from assets.importing.mappings import SavedMapping, mapping_record, pairs, read_mapping
from assets.issues import InputError
from assets.write import write_yaml


def test_the_last_equals_sign_divides_and_spaces_go():
    assert pairs(["Size (1 acre = 0.4 ha) = site_area_ha", "Site=name"], "--map") == {
        "Size (1 acre = 0.4 ha)": "site_area_ha", "Site": "name",
    }  # fmt: skip


@pytest.mark.parametrize("words", [["name"], ["=name"], ["A=x", "A=y"]])
def test_words_that_are_no_pairs_are_refused(words: list[str]):
    with pytest.raises(InputError, match="--map"):
        pairs(words, "--map")


def test_a_mapping_written_is_read_back(tmp_path: Path):
    mapping = pd.DataFrame(
        [("Site", "name", "given", ""), ("UPRN", "uprn", "alias", ""), ("Web", "", "not used", ""),
         ("(every blank cell: X)", "owner", "set by you", "")],
        columns=["heading", "column", "how", "suggestion"],
    )  # fmt: skip
    path = write_yaml(mapping_record("buildings", mapping, {"owner": "X"}), tmp_path / "m.yml")
    assert read_mapping(path, "buildings") == SavedMapping(
        "buildings", {"Site": "name", "UPRN": "uprn"}, {"owner": "X"}
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("layer: demand", "mapping of demand, not of buildings"),
        ("maps: {}", "did you mean 'map'"),
        ("map: [1]", "lines of 'heading: column'"),
        ("map: {a: [1]}", "lines of 'heading: column'"),
        ("{", "cannot be used"),
        ("5", "holds no keys"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str):
    path = tmp_path / "m.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_mapping(path, "buildings")


def test_a_missing_mapping_is_one_issue(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        read_mapping(tmp_path / "none.yml", "buildings")
    assert caught.value.issues[0].rule == "import.mapping"


def test_a_tag_in_a_mapping_builds_nothing(tmp_path: Path):
    path = tmp_path / "m.yml"
    path.write_text("map: !!python/object/apply:os.system ['true']")
    with pytest.raises(InputError):
        read_mapping(path, "buildings")
    assert yaml.safe_load("a: 1") == {"a": 1}
