"""A fake OSRM server on 127.0.0.1 whose times can be worked out by hand, and that can misbehave.

Its roads run along the equator of a flat world: a minute per thousandth of a degree of longitude
going east, two going west, 60 m each; a place lies as far from its road as the last three digits
of its latitude say. Places whose latitude is 59 or more are on an island.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from coverage import server

Reply = tuple[int, str, bytes]
JSON = "application/json"


class Fake:
    """What the server has been asked, and how it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.max_table = 100
        self.snap_m: Callable[[Any], float] = snap_m
        self.spoil: Callable[[int, Reply], Reply | None] = lambda number, reply: reply
        self.url = ""

    def reply(self, path: str) -> Reply:
        found = re.fullmatch(
            r"(?:/prefix)?/table/v1/driving/([^?]*)\?sources=([\d;]+)&destinations=([\d;]+)"
            r"&annotations=duration,distance", path)  # fmt: skip
        if not found:
            return 400, JSON, b'{"code": "InvalidUrl", "message": "URL string malformed"}'
        places = [tuple(map(float, text.split(","))) for text in found[1].split(";")]
        starts, stops = ([int(n) for n in part.split(";")] for part in found.groups()[1:])
        if len(starts) * len(stops) > self.max_table**2:
            return 400, JSON, b'{"code": "TooBig", "message": "Too many table coordinates"}'
        answer = {
            "code": "Ok",
            "data_version": "2026-11-01",
            "durations": [[fake_s(places[i], places[j]) for j in stops] for i in starts],
            "distances": [[fake_m(places[i], places[j]) for j in stops] for i in starts],
            "sources": [{"distance": self.snap_m(places[i])} for i in starts],
            "destinations": [{"distance": self.snap_m(places[j])} for j in stops],
        }
        return 200, JSON, json.dumps(answer).encode()


def apart(one: Any, two: Any) -> bool:
    return (one[1] >= 59) != (two[1] >= 59)


def fake_s(one: Any, two: Any) -> float | None:
    east = round((two[0] - one[0]) * 1000, 3)
    return None if apart(one, two) else 60.0 * (east if east >= 0 else -2 * east)


def fake_m(one: Any, two: Any) -> float | None:
    return None if apart(one, two) else 60.0 * abs(round((two[0] - one[0]) * 1000, 3))


def snap_m(place: Any) -> float:
    return float(round(place[1] * 1_000_000) % 1000 * 10)


@contextmanager
def serving() -> Iterator[Fake]:
    """The fake behind a server on 127.0.0.1, which waits for nobody."""
    made = Fake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.headers.append(dict(self.headers))
            reply = made.spoil(len(made.asked), made.reply(self.path))
            if reply is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, kind, body = reply
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running,
    ):
        patch.setattr(server, "PAUSE_S", 0.0)
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.url = f"http://127.0.0.1:{running.server_port}"
        yield made
        running.shutdown()
        thread.join()
