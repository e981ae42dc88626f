from __future__ import annotations

import pandas as pd
import pytest

from maps import icons, postcodes

AT = {"a": [50.1, -2.5], "b": [50.3, -2.1], "c": [50.2, -2.9], "d": [51.0, -2.0]}


def areas(*texts):
    return postcodes.areas(pd.DataFrame({"asset_id": list("abcd"), "postcode": texts}), AT)


def test_districts_and_sectors_hold_their_buildings():
    out = areas("DT1 1XJ", "dt1  1ab", "DT1 2AA", "DT11 1AA")
    assert [(o["name"], o["kind"], o["count"]) for o in out] == [
        ("DT1", "postcode district", 3),
        ("DT1 1", "sector", 2),
        ("DT1 2", "sector", 1),
        ("DT11", "postcode district", 1),
        ("DT11 1", "sector", 1),
    ]
    assert out[0]["bounds"] == [[50.1, -2.9], [50.3, -2.1]]
    assert out[2]["bounds"] == [[50.2, -2.9], [50.2, -2.9]]


@pytest.mark.parametrize(
    "text", ["EC1A 1BB", "W1A 0AX", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT"]
)
def test_every_form_of_postcode_is_read(text):
    district, sector = text[:-4], text[:-2]
    assert [o["name"] for o in areas(text, text.replace(" ", ""), "", "")] == [district, sector]


def test_what_is_no_postcode_is_in_no_area():
    assert areas("", "n/a", "<b>DT1 1AA</b>", "nan") == []
    assert postcodes.areas(pd.DataFrame({"asset_id": ["a"]}), AT) == []


def test_every_kind_of_service_has_a_picture_or_its_letters():
    frame = pd.DataFrame({"service_type": ["police", "library", "library", "toy_lending"]})
    out = icons.services_shown(frame)
    assert [o["key"] for o in out] == ["library", "police", "toy_lending"]
    assert out[0]["icon"] and out[0]["label"] == "Library"
    assert (out[2]["icon"], out[2]["letters"]) == ("", "To")
