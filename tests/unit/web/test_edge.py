"""What is read of a request's head: language, version, credentials, parameters, address."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanhuan.identity import bearer
from sanhuan.identity.refusals import SessionEnded
from sanhuan.records import errors
from sanhuan.web import bodies, credentials, edge, languages, refusals, routing, static


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.5, en;q=0.9", "en"),
        ("fr, de", "zh"),
        ("fr;q=1, en;q=0.1", "en"),
        ("en;q=0, zh", "zh"),
        ("en;q=x", "zh"),
    ],
)
def test_language_is_the_one_ranked_first(header: str | None, language: str) -> None:
    assert languages.preferred(header) == language


@given(st.text(max_size=400))
def test_any_header_has_a_language(header: str) -> None:
    assert languages.preferred(header) in ("zh", "en")


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ('W/"12"', 12), ("7", 7)])
def test_version_is_read_from_if_match(header: str, version: int) -> None:
    assert routing.wanted_version({"if-match": header}) == version


@pytest.mark.parametrize("header", ['"abc"', '"-1"', '"9999999999"', '"1", "2"', '"１"'])
def test_what_is_no_version_matches_none(header: str) -> None:
    assert routing.wanted_version({"if-match": header}) == 0


@pytest.mark.parametrize("header", ["", "*"])
def test_version_has_to_be_named(header: str) -> None:
    with pytest.raises(errors.VersionNeeded):
        routing.wanted_version({"if-match": header})


def test_if_none_match_may_name_many() -> None:
    found = routing.known_versions({"if-none-match": '"1", W/"2", "x"'})
    assert found == {0, 1, 2}


TOKEN = bearer.make("s")


def test_token_in_the_head_goes_before_the_cookie() -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "cookie": "sanhuan_session=other"}
    assert credentials.of("POST", headers) == credentials.Credentials(TOKEN, "api")


def test_cookie_alone_reads() -> None:
    headers = {"cookie": f"a=b; sanhuan_session={TOKEN}"}
    assert credentials.of("GET", headers) == credentials.Credentials(TOKEN, "ui")


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_cookie_alone_changes_nothing(method: str) -> None:
    headers = {"cookie": f"sanhuan_session={TOKEN}"}
    with pytest.raises(refusals.CrossSite):
        credentials.of(method, headers)
    proof = {**headers, "x-csrf-token": bearer.csrf(TOKEN)}
    assert credentials.of(method, proof).via == "ui"


@pytest.mark.parametrize(
    "headers", [{}, {"cookie": "sanhuan_session="}, {"authorization": "Basic x"}, {"cookie": "x"}]
)
def test_without_credentials_there_is_no_session(headers: dict[str, str]) -> None:
    with pytest.raises(SessionEnded):
        credentials.of("GET", headers)


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example", "host": "crm.example"}],
)
def test_foreign_page_does_not_sign_in(headers: dict[str, str]) -> None:
    with pytest.raises(refusals.CrossSite):
        credentials.refuse_cross_site(headers, "https://sanhuan.example")


def test_own_page_and_programs_sign_in() -> None:
    base_url = "https://crm.example"
    credentials.refuse_cross_site({}, base_url)
    own = {"origin": "https://crm.example", "host": "crm.example", "sec-fetch-site": "same-origin"}
    credentials.refuse_cross_site(own, base_url)
    credentials.refuse_cross_site({**own, "host": "127.0.0.1:8000"}, base_url)


def test_parameters_are_read_once_each() -> None:
    assert bodies.parameters(b"a=1&b=%E5%90%8D&c=") == {"a": "1", "b": "名", "c": ""}


@pytest.mark.parametrize("text", [b"a=1&a=2", b"a=%ff", "a=名".encode(), b"&".join([b"a=1"] * 60)])
def test_parameters_that_can_not_be_read_are_refused(text: bytes) -> None:
    with pytest.raises(refusals.Unparsable):
        bodies.parameters(text)


class Wanted(msgspec.Struct):
    limit: int = 50


def test_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(refusals.Invalid) as caught:
        bodies.convert_parameters({"offset": "1"}, Wanted)
    assert (caught.value.code, caught.value.field) == ("unknown_parameter", "offset")


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"'],
)
def test_json_in_utf8_is_taken(kind: str) -> None:
    bodies.check_json_type({"content-type": kind})


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "application/json; charset=gbk", "text/json"]
)
def test_other_bodies_are_refused(kind: str) -> None:
    with pytest.raises(refusals.WrongType):
        bodies.check_json_type({"content-type": kind})


def test_trace_is_taken_over_or_made() -> None:
    given_trace = "0af7651916cd43dd8448eb211c80319c"
    assert edge.trace_id({"traceparent": f"00-{given_trace}-b7ad6b7169203331-01"}) == given_trace
    for header in ("", "x", f"00-{given_trace.upper()}-b-01", "00-<script>-b-01"):
        assert len(edge.trace_id({"traceparent": header})) == 32


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        ("203.0.113.7", {"host": "crm.example"}, "203.0.113.7"),
        ("203.0.113.7", {"x-forwarded-for": "127.0.0.1"}, "203.0.113.7"),
        ("127.0.0.1", {"host": "127.0.0.1:8000"}, "127.0.0.1"),
        ("::1", {"host": "[::1]:8000"}, "::1"),
        ("127.0.0.1", {"host": "localhost:8000"}, "127.0.0.1"),
        ("127.0.0.1", {"host": "127.0.0.1", "x-forwarded-for": "10.0.0.9"}, "10.0.0.9"),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1, 203.0.113.9"}, "203.0.113.9"),
        ("127.0.0.1", {"x-forwarded-for": "evil"}, edge.NOBODY),
        ("127.0.0.1", {"host": "127.0.0.1", "via": "1.1 proxy"}, edge.NOBODY),
        ("127.0.0.1", {"host": "crm.example"}, edge.NOBODY),
        ("127.0.0.1", {"host": "[::bad"}, edge.NOBODY),
    ],
)
def test_request_is_from_where_the_last_trusted_one_says(
    peer: str, headers: dict[str, str], address: str
) -> None:
    """Demo people sign in from this machine only: a proxy on it does not make others local."""
    assert edge.origin(peer, headers) == address


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html>")
    (tmp_path / "dist" / "assets" / "index-abc.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "dist"


def test_assets_are_kept_for_good_and_the_page_is_not(dist: Path) -> None:
    asset = static.find(dist, "assets/index-abc.js", {})
    assert "immutable" in asset.headers["Cache-Control"]
    assert asset.media_type == "text/javascript; charset=utf-8"
    page = static.find(dist, "records/lead/1", {})
    assert (page.body, page.headers["Cache-Control"]) == (b"<!doctype html>", "no-cache")
    assert static.find(dist, "", {"if-none-match": page.headers["ETag"]}).status == 304


def test_text_is_sent_compressed_to_those_who_take_it(dist: Path) -> None:
    (dist / "assets" / "long.js").write_text("let a = 1;" * 1_000)
    plain = static.find(dist, "assets/long.js", {})
    packed = static.find(dist, "assets/long.js", {"accept-encoding": "br, gzip"})
    assert (len(plain.body), packed.headers["Content-Encoding"]) == (10_000, "gzip")
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["ETag"] == packed.headers["ETag"]


def test_rebuilt_page_is_served_at_once(dist: Path) -> None:
    assert static.find(dist, "", {}).body == b"<!doctype html>"
    (dist / "index.html").write_text("<!doctype html>new")
    os.utime(dist / "index.html", ns=(1, 1))
    assert static.find(dist, "", {}).body == b"<!doctype html>new"


async def test_body_that_does_not_arrive_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A28"""
    monkeypatch.setattr(bodies, "TIME_LIMIT_S", 0.01)

    async def receive() -> Any:
        await asyncio.Event().wait()

    with pytest.raises(refusals.TooSlow):
        await bodies.read(receive, {}, 10)


async def test_body_is_refused_by_what_it_says_of_its_length() -> None:
    """A11: nothing of it is read."""

    async def receive() -> Any:
        raise AssertionError("nothing is to be read")

    with pytest.raises(refusals.TooLarge):
        await bodies.read(receive, {"content-length": "11"}, 10)


async def test_body_that_grows_beyond_the_limit_is_refused() -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": b"12345", "more_body": True}

    with pytest.raises(refusals.TooLarge):
        await bodies.read(receive, {}, 12)


def test_page_runs_no_script_of_its_own(dist: Path) -> None:
    policy = static.find(dist, "", {}).headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'self';"), "scripts fall back to it"
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["api", "api/v1/nothing", "assets/missing.js", "x.css", "healthz"])
def test_what_is_not_the_uis_is_not_answered_with_its_page(dist: Path, path: str) -> None:
    with pytest.raises(refusals.NoRoute):
        static.find(dist, path, {})


@pytest.mark.parametrize("path", ["../secret.txt", "x/../../secret.txt", "/etc/passwd", "\0"])
def test_nothing_outside_the_folder_is_served(dist: Path, path: str) -> None:
    assert b"secret" not in static.find(dist, path, {}).body


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3_000])
def test_address_longer_than_any_file_name_is_the_page(tmp_path: Path, path: str) -> None:
    """J01: what the file system refuses to look for is not there."""
    (tmp_path / static.PAGE).write_text("page")

    assert static.find(tmp_path, path, {}).body == b"page"
