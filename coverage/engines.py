"""Drive times from a routing engine that somebody runs: an OSRM server's table service.

For those who have one. The server's map and speeds are its own: Groundplan asks for the table in
pieces, checks every answer, and records address, data version and a checksum of what came back,
which is all that can be known of it. Only http and https, no redirects, no proxies.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
from pyproj import Transformer

from assets.issues import InputError, Issue, nearest
from coverage.network import Floats
from coverage.server import Server, TooMuchError, bad_answer, refused
from coverage.snap import check_ids
from coverage.speeds import MAX_SNAP_M, TimeError
from coverage.times import BOUND_SLACK_MIN, DIRECTIONS, FROM_SITE, Progress, TravelTimes

ENGINES = ("osrm",)
TABLE_SIDE = 100
"""Places on each side of one request: a stock server answers tables of up to 100 x 100."""
_TABLE = re.compile(r"(?P<prefix>.*?)/table/v1/(?P<profile>[A-Za-z0-9_-]+)/?")
_DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class Engine:
    """A routing server.

    Attributes:
        name: ``osrm``.
        host, port, secure: where it is.
        path: of its table service, up to the profile.
        profile: name of its profile in the address; OSRM itself serves one only, by any name.
        authorization: header for a server behind a password, ``""`` without; never shown.
    """

    name: str
    host: str
    port: int
    secure: bool
    path: str
    profile: str
    authorization: str = ""

    @property
    def url(self) -> str:
        """The address, without user and password."""
        scheme, usual = ("https", 443) if self.secure else ("http", 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == usual else f":{self.port}"
        return f"{scheme}://{host}{port}{self.path}"


def engine_of(text: str) -> Engine:
    """The engine meant by ``osrm=http://localhost:5000``.

    The address may have a prefix (``http://host/routed-car``), a profile
    (``http://host/table/v1/foot``) and a user (``http://user:password@host``).

    Raises:
        InputError: an engine that is not known, or no address of a server.
    """
    name, _, address = text.strip().partition("=")
    if name.strip().lower() not in ENGINES:
        remedy = f"{nearest(name.strip().lower(), ENGINES)}; write osrm=http://localhost:5000"
        raise refused("engine", "unknown engine", remedy, (name.strip()[:40],))
    try:
        parts = urlsplit(address.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or _odd(parts.path):
        raise refused("engine", "the address of the server must begin with http:// or https://",
                      "write osrm=http://localhost:5000")  # fmt: skip
    if parts.query or parts.fragment:
        raise refused("engine", "the address of the server has a query or a mark in it",
                      "give what stands before it, such as osrm=http://localhost:5000")  # fmt: skip
    named = _TABLE.fullmatch(parts.path)
    return Engine(
        name="osrm",
        host=parts.hostname,
        port=port,
        secure=parts.scheme == "https",
        path=named["prefix"] if named else parts.path.rstrip("/"),
        profile=named["profile"] if named else "driving",
        authorization=_authorization(parts.username, parts.password),
    )


def _odd(path: str) -> bool:
    """Whether a path has characters that cannot stand in a request as they are."""
    return re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*", path) is None


def _authorization(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    words = f"{unquote(user)}:{unquote(password or '')}".encode()
    return f"Basic {base64.b64encode(words).decode()}"


def without_password(text: str) -> str:
    """An engine as written in a scenario, its address without user and password."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def engine_times(  # noqa: PLR0913 - as `coverage.times.travel_times`
    engine: Engine,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    direction: str,
    bound_min: float | None = None,
    max_snap_m: float = MAX_SNAP_M,
    progress: Progress = None,
) -> TravelTimes:
    """`coverage.times.travel_times` by a routing engine.

    Args:
        engine: the server.
        demand: index demand_id; columns ``easting`` and ``northing`` (EPSG:27700 metres).
        sites: index site id; the same columns.
        direction: ``from_site`` or ``to_site``.
        bound_min: longer times are left out (inclusive); None for no bound.
        max_snap_m: a place farther than this (inclusive) from the road the engine puts it on is
            off the network.
        progress: called with stage and fraction done.

    Returns:
        Minutes and metres, NaN where the engine finds no route; ``error`` is not stated.

    Raises:
        InputError: ids or coordinates at fault; no server there, another kind of server, an
            answer that is none; a server whose map lies elsewhere.
    """
    if direction not in DIRECTIONS:
        remedy = nearest(direction, DIRECTIONS)
        raise InputError(Issue("times.direction", "unknown direction", (direction,), remedy))
    outward = direction == FROM_SITE
    points = [_Points.of(demand, "demand points"), _Points.of(sites, "sites")]
    starts, stops = (points[1], points[0]) if outward else (points[0], points[1])
    table = _Table(engine, starts, stops)
    with Server(engine.host, engine.port, engine.secure, engine.authorization) as server:
        table.fill(server, progress)
    table.refuse_elsewhere()
    off = [snap > max_snap_m for snap in table.snap_m]
    lost = off[0][:, None] | off[1][None, :]
    if bound_min is not None:
        lost |= table.minutes > bound_min + BOUND_SLACK_MIN
    minutes, metres = (np.where(lost, np.nan, v) for v in (table.minutes, table.metres))
    turned = slice(None, None, -1 if outward else 1)
    return TravelTimes(
        demand_ids=points[0].ids,
        site_ids=points[1].ids,
        minutes=minutes.T.copy() if outward else minutes,
        metres=metres.T.copy() if outward else metres,
        demand_snap_m=table.snap_m[turned][0],
        site_snap_m=table.snap_m[turned][1],
        profile=f"{engine.name} {engine.profile}",
        direction=direction,
        provenance=MappingProxyType(
            {
                **table.account(),
                "direction": direction,
                "bound_min": bound_min,
                "max_snap_m": max_snap_m,
                "snap_leg": "not in the time",
                "off_network_demand": _named(points[0].ids, off[turned][0]),
                "off_network_sites": _named(points[1].ids, off[turned][1]),
            }
        ),
        error=TimeError(),
    )


def _named(ids: Sequence[str], chosen: Any) -> tuple[str, ...]:
    return tuple(sorted(ids[k] for k in np.flatnonzero(chosen).tolist()))


# ---- places ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Points:
    """Places as the server is asked for them: ``lon,lat`` in degrees."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, what: str) -> _Points:
        absent = tuple(name for name in ("easting", "northing") if name not in frame.columns)
        if absent:
            raise InputError(Issue("times.columns", f"{what} lack columns", absent))
        ids = check_ids([str(name) for name in frame.index], what)
        x, y = (pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
                for name in ("easting", "northing"))  # fmt: skip
        lon, lat = _to_degrees().transform(x, y)
        lost = ~(np.isfinite(lon) & np.isfinite(lat))
        if lost.any():
            raise InputError(
                Issue("snap.no_coordinates", f"{what} have no coordinates", _named(ids, lost),
                      "give easting and northing (or lon and lat) for each")
            )  # fmt: skip
        lon, lat = (np.round(v, _DEGREE_DECIMALS).tolist() for v in (lon, lat))
        return cls(ids, tuple(f"{x:.6f},{y:.6f}" for x, y in zip(lon, lat, strict=True)))


@cache
def _to_degrees() -> Transformer:
    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


# ---- the table ---------------------------------------------------------------------------


class _Table:
    """The whole table, filled piece by piece."""

    def __init__(self, engine: Engine, starts: _Points, stops: _Points) -> None:
        self.engine, self.sides = engine, (starts, stops)
        shape = (len(starts.ids), len(stops.ids))
        self.minutes, self.metres = (np.full(shape, np.nan) for _ in range(2))
        self.snap_m = [np.full(count, np.nan) for count in shape]
        self.data_version = ""

    def fill(self, server: Server, progress: Progress) -> None:
        """Ask for piece after piece, smaller ones where the server finds them too big."""
        rows, columns = (len(side.ids) for side in self.sides)
        total, done, side = rows * columns, 0, TABLE_SIDE
        pieces = _pieces(rows, columns, side)
        while pieces:
            piece = pieces.pop()
            try:
                self._ask(server, *piece)
            except TooMuchError as error:
                if side == 1:
                    raise bad_answer(self.engine.url, str(error)) from error
                side = max(1, side // 2)
                again = [piece, *pieces]
                pieces = [small for whole in again for small in _split(whole, side)][::-1]
                continue
            done += len(piece[0]) * len(piece[1])
            if progress:
                progress("asking the routing engine", done / total)

    def _ask(self, server: Server, rows: range, columns: range) -> None:
        """One request, and its answer put in place."""
        here, there = (
            [side.texts[k] for k in part]
            for side, part in zip(self.sides, (rows, columns), strict=True)
        )
        first = len(here)
        query = (
            f"{self.engine.path}/table/v1/{self.engine.profile}/{';'.join((*here, *there))}"
            f"?sources={_numbers(0, first)}&destinations={_numbers(first, first + len(there))}"
            "&annotations=duration,distance"
        )
        answer = server.ask(query)
        if answer.get("code") != "Ok":
            self._refuse(answer)
        shape = (len(rows), len(columns))
        seconds = self._figures(answer, "durations", shape)
        metres = self._figures(answer, "distances", shape)
        grid = np.ix_(list(rows), list(columns))
        self.minutes[grid] = seconds / 60.0
        self.metres[grid] = np.where(np.isnan(seconds), np.nan, metres)
        for snap, part, name in zip(
            self.snap_m, (rows, columns), ("sources", "destinations"), strict=True
        ):
            snap[list(part)] = self._snaps(answer, name, len(part))
        version = answer.get("data_version")
        self.data_version = version[:200] if isinstance(version, str) else self.data_version

    def _figures(self, answer: dict[str, Any], name: str, shape: tuple[int, int]) -> Floats:
        """A table of the answer; null is no route."""
        rows = answer.get(name)
        whole = isinstance(rows, list) and len(rows) == shape[0]
        if not whole or not all(isinstance(r, list) and len(r) == shape[1] for r in rows or []):
            raise bad_answer(
                self.engine.url, f"its answer has no {name} of {shape[0]} x {shape[1]}"
            )
        cells = [cell for row in rows or [] for cell in row]
        if not all(cell is None or _is_distance(cell) for cell in cells):
            raise bad_answer(self.engine.url, f"its {name} are not all numbers of at least 0")
        return np.array([np.nan if c is None else c for c in cells], dtype=float).reshape(shape)

    def _snaps(self, answer: dict[str, Any], name: str, count: int) -> Floats:
        """How far each place is from the road the server put it on, metres."""
        points = answer.get(name)
        if not isinstance(points, list) or len(points) != count:
            raise bad_answer(self.engine.url, f"its answer has no {count} {name}")
        found = [point.get("distance") if isinstance(point, dict) else None for point in points]
        if not all(_is_distance(value) for value in found):
            raise bad_answer(self.engine.url, "it does not say how far places are from its roads")
        return np.array(found, dtype=float)

    def _refuse(self, answer: dict[str, Any]) -> None:
        """An answer that says what is wrong."""
        code, message = (str(answer.get(key, ""))[:200] for key in ("code", "message"))
        if code == "NoSegment":
            raise _elsewhere(self.engine.url, "finds no road near some places")
        if not code:
            raise bad_answer(self.engine.url, "its answer is not a table of OSRM")
        raise refused(
            "engine",
            f"the server at {self.engine.url} refuses to answer: {code} {message}".rstrip(),
            f"is '{self.engine.profile}' its profile, and is the table service switched on?",
        )

    def refuse_elsewhere(self) -> None:
        """Refuse a server whose roads are all far from all places."""
        snaps = np.concatenate(self.snap_m)
        if len(snaps) and snaps.min() > MAX_SNAP_M:
            nearest_km = snaps.min() / 1000
            raise _elsewhere(
                self.engine.url, f"has no road within {nearest_km:,.0f} km of any place"
            )

    def account(self) -> dict[str, str]:
        """Who answered, and the checksum of the answer."""
        return {
            "engine": self.engine.name,
            "engine_url": self.engine.url,
            "engine_profile": self.engine.profile,
            "engine_data_version": self.data_version,
            "profile": f"{self.engine.name} {self.engine.profile}",
            "answer_sha256": self.sha256(),
        }

    def sha256(self) -> str:
        """Checksum of the table, places in order of their ids."""
        order = [np.argsort(np.array(side.ids, dtype=object)) for side in self.sides]
        digest = hashlib.sha256()
        for values in (self.minutes, self.metres):
            digest.update(np.ascontiguousarray(values[np.ix_(*order)], dtype="<f8").tobytes())
        return digest.hexdigest()


def _elsewhere(url: str, what: str) -> InputError:
    message = f"the map of the server at {url} is not where the places are: it {what}"
    return refused("engine", message, "run it on an extract that covers them")


def _is_distance(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0


def _pieces(rows: int, columns: int, side: int) -> list[tuple[range, range]]:
    """Pieces of a table, the last first; none for an empty one."""
    return _split((range(rows), range(columns)), side)[::-1]


def _split(piece: tuple[range, range], side: int) -> list[tuple[range, range]]:
    """A piece as pieces of at most ``side`` x ``side``, row by row."""
    rows, columns = piece
    return [
        (rows[r : r + side], columns[c : c + side])
        for r in range(0, len(rows), side)
        for c in range(0, len(columns), side)
    ]


def _numbers(first: int, last: int) -> str:
    return ";".join(map(str, range(first, last)))
