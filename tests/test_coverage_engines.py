"""A routing server's table, asked for in pieces; tests/fake_osrm.py draws the world it serves."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from coverage import engines, server
from coverage.engines import Engine, engine_of, engine_times, without_password
from coverage.network import grid_xy
from coverage.times import TravelTimes
from tests.fake_osrm import JSON, Fake, Reply, serving


@pytest.fixture(scope="module")
def standing() -> Iterator[Fake]:
    """One server for all the tests of this file."""
    with serving() as made:
        yield made


@pytest.fixture
def fake(standing: Fake) -> Fake:
    """The same, with nothing asked yet and on its best behaviour."""
    standing.asked, standing.headers = [], []
    standing.max_table, standing.spoil = 100, lambda number, reply: reply
    return standing


def frame(spots: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Places given as (thousandths of a degree east of -2.5, latitude)."""
    lon = np.array([-2.5 + east / 1000 for east, _ in spots.values()])
    x, y = grid_xy(lon, np.array([lat for _, lat in spots.values()]))
    return pd.DataFrame({"easting": x, "northing": y}, index=list(spots))


DEMAND = {"a": (0.0, 51.0), "b": (3.0, 51.0), "c": (1.0, 59.0), "far": (2.0, 51.000201)}
SITES = {"s": (1.0, 51.0), "t": (4.0, 51.00003)}


def ask(fake: Fake, **options: Any) -> TravelTimes:
    options.setdefault("direction", "from_site")
    demand, sites = (frame(options.pop(n, d)) for n, d in (("demand", DEMAND), ("sites", SITES)))
    return engine_times(engine_of(f"osrm={fake.url}"), demand, sites, **options)


def refusal(fake: Fake, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        ask(fake, **options)
    assert len(caught.value.issues) == 1
    return str(caught.value)


def test_times_by_hand(fake: Fake) -> None:
    """``s`` is one east of ``a`` (2 minutes back), two west of ``b`` (2 minutes on)."""
    nan = np.nan
    found = ask(fake)
    np.testing.assert_allclose(found.minutes, [[2, 8], [2, 2], [nan, nan], [nan, nan]])
    np.testing.assert_allclose(found.metres, [[60, 240], [120, 60], [nan, nan], [nan, nan]])
    assert found.demand_snap_m.tolist() == [0, 0, 0, 2010]
    assert found.site_snap_m.tolist() == [0, 300]
    assert found.provenance["off_network_demand"] == ("far",)
    assert found.provenance["off_network_sites"] == ()
    back = ask(fake, direction="to_site")
    np.testing.assert_allclose(back.minutes, [[1, 4], [4, 1], [nan, nan], [nan, nan]])
    assert (back.demand_ids, back.site_ids) == (tuple(DEMAND), tuple(SITES))


def test_bounds_and_limits_are_inclusive(fake: Fake) -> None:
    assert np.isfinite(ask(fake, bound_min=2.0).minutes).sum() == 3
    assert np.isfinite(ask(fake, bound_min=1.999).minutes).sum() == 0
    assert ask(fake, max_snap_m=2010.0).provenance["off_network_demand"] == ()
    assert ask(fake, max_snap_m=2009.0).provenance["off_network_demand"] == ("far",)
    assert ask(fake, max_snap_m=299.0).provenance["off_network_sites"] == ("t",)


def test_everything_is_in_the_provenance_but_the_password(fake: Fake) -> None:
    address = fake.url.replace("//", "//user:s%40cret@") + "/prefix/"
    engine = engine_of(f"osrm={address}")
    found = engine_times(engine, frame(DEMAND), frame(SITES), direction="from_site", bound_min=9)
    said = found.provenance
    assert said["engine_url"] == fake.url + "/prefix"
    assert (said["engine"], said["engine_profile"], said["bound_min"]) == ("osrm", "driving", 9)
    assert said["engine_data_version"] == "2026-11-01"
    assert len(said["answer_sha256"]) == 64
    assert "cret" not in json.dumps(dict(said)) + without_password(f"osrm={address}")
    assert fake.headers[0]["Authorization"] == "Basic dXNlcjpzQGNyZXQ="  # user:s@cret
    assert fake.asked[0].startswith("/prefix/table/v1/driving/-2.499000,51.000000;")


SPOTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.tuples(st.integers(0, 40), st.just(51.0)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=25)
@given(SPOTS, SPOTS, st.integers(1, 20), st.integers(1, 20))
def test_pieces_do_not_show(
    standing: Fake, demand: Any, sites: Any, side: int, max_table: int
) -> None:
    standing.max_table, standing.spoil = 100, lambda number, reply: reply
    whole = ask(standing, demand=demand, sites=sites)
    told: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "TABLE_SIDE", side)
        standing.max_table = max_table
        parts = ask(
            standing, demand=demand, sites=sites, progress=lambda _, share: told.append(share)
        )
    np.testing.assert_array_equal(whole.minutes, parts.minutes)
    np.testing.assert_array_equal(whole.metres, parts.metres)
    assert whole.provenance == parts.provenance
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_big_table_is_asked_for_in_addresses_a_server_takes(fake: Fake) -> None:
    demand = {f"d{k}": (k / 10, 51.0) for k in range(230)}
    sites = {f"s{k}": (k / 10, 51.0) for k in range(110)}
    found = ask(fake, demand=demand, sites=sites)
    assert len(fake.asked) == 3 * 2
    assert max(map(len, fake.asked)) < 8_000
    assert np.isfinite(found.minutes).all()
    assert found.minutes[100, 0] == pytest.approx(10.0, abs=1e-6)


def test_shuffled_places_give_the_same_checksum(fake: Fake) -> None:
    turned = {name: DEMAND[name] for name in reversed(DEMAND)}
    one, two = ask(fake), ask(fake, demand=turned)
    np.testing.assert_array_equal(one.minutes, two.for_demand(list(DEMAND)).minutes)
    assert one.provenance["answer_sha256"] == two.provenance["answer_sha256"]


def test_no_places_no_questions(fake: Fake) -> None:
    assert ask(fake, sites={}).minutes.shape == (4, 0)
    assert not fake.asked


# ---- servers that misbehave ------------------------------------------------------------


@pytest.mark.parametrize("fault", [None, (503, "text/plain", b"busy"), (429, JSON, b"{}")])
def test_a_passing_fault_is_tried_again(fake: Fake, fault: Reply | None) -> None:
    fake.spoil = lambda number, reply: fault if number < 3 else reply
    assert np.isfinite(ask(fake).minutes).sum() == 4
    assert len(fake.asked) == 3


def test_a_lasting_fault_is_one_error(fake: Fake) -> None:
    fake.spoil = lambda number, reply: None
    assert "no answer from the server at http://127.0.0.1" in refusal(fake)
    assert len(fake.asked) == server.TRIES
    fake.spoil = lambda number, reply: (503, "text/plain", b"busy")
    assert "503 Service Unavailable" in refusal(fake)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PAUSE_S", 0.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        fake = Fake()
        fake.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "Connection refused" in refusal(fake)
    fake.url = "http://no-such-host.invalid"
    assert "no answer from the server at http://no-such-host.invalid:80" in refusal(fake)


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PAUSE_S", 0.0)
    monkeypatch.setattr(server, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        fake = Fake()
        fake.url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        assert "timed out" in refusal(fake)


def _changed(**parts: Any) -> Callable[[int, Reply], Reply]:
    def spoil(number: int, reply: Reply) -> Reply:
        return 200, JSON, json.dumps(json.loads(reply[2]) | parts).encode()

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda n, r: (200, "text/html", b"<html>hello</html>"), "text/html in place of a table"),
        (lambda n, r: (404, "text/html", b"<html>no</html>"), "404 Not Found"),
        (lambda n, r: (401, "text/html", b"no"), "401 Unauthorized"),
        (lambda n, r: (302, "text/html", b""), "redirects elsewhere"),
        (lambda n, r: (200, JSON, r[2][: len(r[2]) // 2]), "JSON cut short"),
        (lambda n, r: (200, JSON, b""), "JSON cut short"),
        (lambda n, r: (200, JSON, b"\xff\xfe\x00"), "JSON cut short"),
        (lambda n, r: (200, JSON, b"[" * 100_000), "JSON cut short"),
        (lambda n, r: (200, JSON, b"[1, 2]"), "not a table"),
        (lambda n, r: (200, JSON, b"{}"), "not a table of OSRM"),
        (lambda n, r: (200, JSON, b'{"routes": [], "status": 0}'), "not a table of OSRM"),
        (_changed(durations=None), "no durations of 2 x 4"),
        (_changed(durations=[[1, 2, 3, 4]]), "no durations of 2 x 4"),
        (_changed(durations=[[1, 2, 3], [1, 2, 3]]), "no durations of 2 x 4"),
        (_changed(durations=[[1, 2, 3, 4], [1, 2, 3, "x"]]), "not all numbers"),
        (_changed(durations=[[1, 2, 3, 4], [1, 2, 3, -4]]), "not all numbers"),
        (_changed(durations=[[1, 2, 3, 4], [1, 2, 3, float("inf")]]), "not all numbers"),
        (_changed(distances=7), "no distances of 2 x 4"),
        (_changed(sources=[{}]), "no 2 sources"),
        (_changed(destinations=[{}, {}, {}, 1]), "how far places are"),
        (_changed(code="InvalidOptions", message="Number of entries"), "InvalidOptions Number"),
        (_changed(code="NoSegment"), "not where the places are"),
        (_changed(code="TooBig", message="Too many"), "Too many"),
        (lambda n, r: (414, "text/html", b""), "414"),
        (_changed(sources=[{"distance": 9e5}] * 2, destinations=[{"distance": 8e5}] * 4),
         "not where the places are: it has no road within 800 km"),
    ],
)  # fmt: skip
def test_answers_that_are_none(fake: Fake, spoil: Callable[[int, Reply], Reply], said: str) -> None:
    fake.spoil = spoil
    assert said in refusal(fake)


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_answers_of_any_bytes_are_one_error(standing: Fake, noise: bytes) -> None:
    standing.spoil = lambda number, reply: (200, JSON, noise)
    assert "no usable answer" in refusal(standing)


def test_a_profile_of_another_name(fake: Fake) -> None:
    engine = engine_of(f"osrm={fake.url}/table/v1/bike")
    assert (engine.path, engine.profile) == ("", "bike")
    with pytest.raises(InputError, match="is 'bike' its profile"):
        engine_times(engine, frame(DEMAND), frame(SITES), direction="to_site")


# ---- addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("osrm=http://localhost:5000", "http://localhost:5000"),
        ("osrm = http://localhost:5000/", "http://localhost:5000"),
        ("OSRM=https://maps.county.gov.uk/routed-car", "https://maps.county.gov.uk/routed-car"),
        ("osrm=http://[::1]:5000/table/v1/driving", "http://[::1]:5000"),
        ("osrm=http://u:p@h", "http://h"),
    ],
)
def test_addresses(text: str, url: str) -> None:
    engine = engine_of(text)
    assert engine.url == url
    assert isinstance(engine, Engine)


@pytest.mark.parametrize(
    "text",
    ["", "osrm", "osrm=", "osrm=localhost:5000", "osrm=ftp://x", "osrm=file:///etc/passwd",
     "osrm=http://", "osrm=http://h:x", "osrm=http://h:99999", "osrm=http://h/?key=1",
     "osrm=http://h/a b", "osrm=http://h/\r\nX: y", "osrm=http://h/#x", "http://h", "osmr=http://h",
     "osrm=http://[::1"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InputError) as caught:
        engine_of(text)
    assert "http" in str(caught.value)


def test_places_at_fault_are_told_before_anybody_is_asked(fake: Fake) -> None:
    places = frame(DEMAND)
    engine = engine_of(f"osrm={fake.url}")
    for broken, said in (
        (places.drop(columns="easting"), "lack columns"),
        (places.assign(easting=np.nan), "no coordinates"),
        (places.set_axis(["x", "x", "y", "z"]), "same id more than once"),
    ):
        with pytest.raises(InputError, match=said):
            engine_times(engine, broken, frame(SITES), direction="to_site")
    with pytest.raises(InputError, match="unknown direction"):
        engine_times(engine, places, frame(SITES), direction="from_sites")
    assert not fake.asked
