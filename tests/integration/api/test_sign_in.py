"""The dashboard behind a password: pages, files and the web socket; the API and the survey beside it."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from amends.api.door import COOKIE
from amends.api.sign_in import WRONG_AT_MOST
from tests.integration.api.test_serve_process import environment

PASSWORD = "a password & more ü"
PASSWORDS = {"viewer": PASSWORD, "analyst": "the analysts' own", "owner": "the owners' own"}
SCRIPT = f"""
from amends.api.serve import run
from amends.lab import Lab

run(Lab(), port=0, passwords={PASSWORDS!r}, say=lambda line: print(line, flush=True))
"""
HTML = {"Accept": "text/html"}


@pytest.fixture
def base(tmp_path) -> Iterator[str]:
    """The address of a guarded dashboard in a process of its own."""
    (tmp_path / "experiments").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "the server did not start"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def stream(base: str, cookie: str | None = None) -> None:
    """Opens the web socket that every figure of the dashboard comes through."""
    headers = {"Origin": base} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    with connect(f"{base.replace('http', 'ws')}/_stcore/stream", additional_headers=headers, proxy=None):
        pass


def test_nothing_of_the_dashboard_opens_without_the_password_and_all_of_it_with_it(base):
    with httpx.Client(base_url=base) as stranger:
        asked = stranger.get("/plan?arms=3", headers=HTML)
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fplan%3Farms%3D3")
        for path in ("/_stcore/health", "/_stcore/host-config", "/static/index.html", "/"):
            assert stranger.get(path).status_code == 401
        with pytest.raises(InvalidStatus, match="403"):
            stream(base)
        with pytest.raises(InvalidStatus, match="403"):
            stream(base, "forged.cookie.value")
        assert stranger.get("/healthz").status_code == 200, "the probes stand beside"
        assert stranger.get("/api/v1/experiments").status_code == 401
        assert stranger.get("/s/AAAA").status_code == 404, "so does the survey"

    with httpx.Client(base_url=base) as member:
        form = member.get("/sign-in?next=/plan", headers={"Accept-Language": "id-ID"})
        assert 'lang="id"' in form.text
        assert "Kata sandi" in form.text
        signed = member.post("/sign-in?next=/plan", data={"password": PASSWORD})
        assert (signed.status_code, signed.headers["location"]) == (303, "/plan")
        cookie = signed.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "secure" not in cookie, "the public address is plain HTTP"
        assert member.get("/plan", headers=HTML).status_code == 200
        stream(base, member.cookies[COOKIE])
        assert member.get("/sign-out").headers["location"] == "/sign-in"
        assert member.get("/plan", headers=HTML).status_code == 303


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_the_way_back_never_leads_off_the_server(base, place):
    answer = httpx.post(f"{base}/sign-in", params={"next": place}, data={"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_wrong_passwords_are_refused_and_soon_no_more_are_taken(base):
    wrong = [
        b"password=wrong",
        b"",
        b"password=",
        b"\xff\xfe",
        b"password=" + b"x" * 10_000,
        b"a=1&" * 50,
        *[b"password=no"] * (WRONG_AT_MOST - 6),
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in wrong:
        answer = httpx.post(f"{base}/sign-in", content=body, headers=headers)
        assert (answer.status_code, COOKIE in answer.cookies) == (401, False)
        assert 'role="alert"' in answer.text
    late = httpx.post(f"{base}/sign-in", data={"password": PASSWORD})
    assert (late.status_code, late.headers["retry-after"]) == (429, "60")
    assert httpx.put(f"{base}/sign-in").status_code == 405


def test_the_password_says_the_role_and_a_cookie_cannot_be_made_to_say_another(base):
    held = {}
    for role, password in PASSWORDS.items():
        signed = httpx.post(f"{base}/sign-in", data={"password": password})
        held[role] = signed.cookies[COOKIE]
        assert held[role].startswith(f"{role}.")
        stream(base, held[role])
    for forged in (
        held["viewer"].replace("viewer", "owner", 1),
        held["owner"].replace("owner", "viewer", 1),
        held["analyst"] + "x",
        "owner",
        f"owner.{held['owner'].partition('.')[2].partition('.')[0]}.",
    ):
        with pytest.raises(InvalidStatus, match="403"):
            stream(base, forged)
        assert httpx.get(f"{base}/", cookies={COOKIE: forged}).status_code == 401
