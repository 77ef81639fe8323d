"""One shared password before the dashboard: its pages, its files and its web socket.

A text field inside the dashboard would guard nothing: whoever opens the web socket gets every figure.
So this stands in front of Streamlit's application. Signed in is who has a cookie signed with the secret
and the password; another password ends every session.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "amends_session"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
SESSION = 12 * 3_600
"""Seconds until the password is asked for again."""

LARGEST_FORM = 4_096
WRONG_AT_MOST, WITHIN = 10, 60.0
"""Wrong passwords that this process takes within so many seconds, whoever sends them."""

_TEXTS = {
    "en": {
        "title": "Sign in",
        "lede": "This dashboard is for the team. The survey page and the API need no sign-in here.",
        "password": "Password",
        "button": "Sign in",
        "wrong": "That is not the password.",
        "often": "Too many wrong passwords. Wait a minute and try again.",
    },
    "id": {
        "title": "Masuk",
        "lede": "Dasbor ini untuk tim. Halaman survei dan API tidak memerlukan kata sandi ini.",
        "password": "Kata sandi",
        "button": "Masuk",
        "wrong": "Kata sandinya salah.",
        "often": "Terlalu banyak kata sandi salah. Tunggu satu menit lalu coba lagi.",
    },
}

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · amends</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0; }}
body {{ display: grid; place-items: center; min-height: 100vh; }}
main {{ width: min(22rem, 90vw); }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit; }}
input, button {{ padding: .6rem .8rem; margin: .3rem 0 1rem; border-radius: .4rem; border: 1px solid #667; }}
button {{ background: #0b5c8a; color: #fff; border-color: #0b5c8a; font-weight: 600; }}
:focus-visible {{ outline: 3px solid #6cb8e6; outline-offset: 2px; }}
[role=alert] {{ border-left: 5px solid #a32114; padding-left: .7rem; font-weight: 600; }}
</style></head><body><main><h1>{title}</h1><p>{lede}</p>{said}
<form method="post" action="{action}"><label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button>{button}</button></form></main></body></html>"""


class Guarded:
    """An application behind the password.

    Args:
        pages: What is guarded.
        password: The shared password.
        secret: The deployment's secret, which signs sessions.
        secure: Whether the cookie may only travel by HTTPS.
        clock: Seconds, for the pace of wrong passwords.
    """

    def __init__(
        self,
        pages: ASGIApp,
        *,
        password: str,
        secret: bytes,
        secure: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pages = pages
        self._password = password.encode()
        self._signer = TimestampSigner(
            hmac.digest(secret, b"amends:dashboard:" + self._password, "sha256"),
            salt=b"amends.dashboard",
            digest_method=hashlib.sha256,
        )
        self._secure = secure
        self._clock = clock
        self._wrong: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request, a web socket, or the start and end of the application's life."""
        if scope["type"] == "lifespan" or self._is_signed_in(scope):
            if scope["type"] == "http" and scope["path"] == SIGN_OUT:
                await self._forgotten()(scope, receive, send)
            else:
                await self.pages(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4401, "reason": "sign in first"})
        else:
            await (await self._answer(Request(scope, receive)))(scope, receive, send)

    def _is_signed_in(self, scope: Scope) -> bool:
        try:
            cookies = SimpleCookie(Headers(scope=scope).get("cookie", "")) if "headers" in scope else {}
        except CookieError:
            return False
        kept: Any = cookies.get(COOKIE)
        if kept is None:
            return False
        try:
            self._signer.unsign(kept.value, max_age=SESSION)
        except BadSignature:  # an expired one is one too
            return False
        return True

    async def _answer(self, request: Request) -> Response:
        if request.url.path == SIGN_IN:
            return await self._sign_in(request)
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("sign in first", 401)
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(asked, safe='')}", 303)

    async def _sign_in(self, request: Request) -> Response:
        if request.method == "GET":
            return self._form(request, 200)
        if request.method != "POST":
            return PlainTextResponse("GET or POST", 405, headers={"Allow": "GET, POST"})
        now = self._clock()
        while self._wrong and self._wrong[0] <= now - WITHIN:
            self._wrong.popleft()
        if len(self._wrong) >= WRONG_AT_MOST:
            return self._form(request, 429, "often")
        if not hmac.compare_digest(await _password_of(request), self._password):
            self._wrong.append(now)
            return self._form(request, 401, "wrong")
        answer = RedirectResponse(_local(request.query_params.get("next", "/")), 303)
        answer.set_cookie(
            COOKIE,
            self._signer.sign(b"dashboard").decode(),
            max_age=SESSION,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )
        return answer

    def _form(self, request: Request, status: int, said: str = "") -> Response:
        language = "id" if request.headers.get("accept-language", "").lower().startswith("id") else "en"
        texts = _TEXTS[language]
        page = _PAGE.format(
            lang=language,
            action=escape(f"{SIGN_IN}?next={quote(_local(request.query_params.get('next', '/')), safe='')}"),
            said=f'<p role="alert">{texts[said]}</p>' if said else "",
            **{name: texts[name] for name in ("title", "lede", "password", "button")},
        )
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
        if status == 429:
            headers["Retry-After"] = f"{WITHIN:.0f}"
        return HTMLResponse(page, status, headers=headers)

    def _forgotten(self) -> Response:
        answer = RedirectResponse(SIGN_IN, 303)
        answer.delete_cookie(COOKIE)
        return answer


async def _password_of(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return b""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=5) if body.count(b"&") < 5 else {}
    return fields.get("password", [""])[0].encode("utf-8", "surrogatepass")


def _local(place: str) -> str:
    """A path on this server; anywhere else becomes the first page.

    >>> _local("/plan?arms=3"), _local("//evil.example"), _local("https://evil.example"), _local("/\\\\evil")
    ('/plan?arms=3', '/', '/', '/')
    """
    inside = place.startswith("/") and not place.startswith(("//", "/\\"))
    return place if inside and "\n" not in place and "\r" not in place else "/"
