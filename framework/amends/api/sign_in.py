"""The sign-in before the dashboard: its pages, its files and its web socket.

A text field inside the dashboard would guard nothing: whoever opens the web socket gets every figure.
So this stands in front of Streamlit's application, and asks the door who is there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, quote, unquote

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from amends.api.accounts import OPEN
from amends.api.door import COOKIE, SESSION, Door

SIGN_IN, SIGN_OUT, ACCOUNT = "/sign-in", "/sign-out", "/sign-in/account"
LARGEST_FORM = 4_096
BACK, ON_THE_WAY, LONGEST_BACK = "amends_back", 600, 2_000
"""The cookie with the page that somebody wanted who is at the provider's: its name, seconds, characters."""
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
        "account": "Sign in with your account",
        "unknown": "You are signed in with an account that is not on this dashboard's list. "
        "Ask whoever runs it to add you, or sign out and take another account.",
        "out": "Sign out",
    },
    "id": {
        "title": "Masuk",
        "lede": "Dasbor ini untuk tim. Halaman survei dan API tidak memerlukan kata sandi ini.",
        "password": "Kata sandi",
        "button": "Masuk",
        "wrong": "Kata sandinya salah.",
        "often": "Terlalu banyak kata sandi salah. Tunggu satu menit lalu coba lagi.",
        "account": "Masuk dengan akun Anda",
        "unknown": "Akun yang Anda pakai tidak ada dalam daftar dasbor ini. "
        "Minta pengelolanya menambahkan Anda, atau keluar lalu pakai akun lain.",
        "out": "Keluar",
    },
}

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>{title} · amends</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0; }}
body {{ display: grid; place-items: center; min-height: 100vh; }}
main {{ width: min(22rem, 90vw); }}
label, input, button, a.account {{ display: block; width: 100%; box-sizing: border-box; font: inherit; }}
input, button, a.account {{ padding: .6rem .8rem; margin: .3rem 0 1rem; }}
input, button, a.account {{ border-radius: .4rem; border: 1px solid #667; }}
button, a.account {{ background: #0b5c8a; color: #fff; border-color: #0b5c8a; font-weight: 600; }}
a.account {{ text-align: center; text-decoration: none; }}
:focus-visible {{ outline: 3px solid #6cb8e6; outline-offset: 2px; }}
[role=alert] {{ border-left: 5px solid #a32114; padding-left: .7rem; font-weight: 600; }}
</style></head><body><main><h1>{title}</h1><p>{lede}</p>{said}
{ways}</main></body></html>"""

_PASSWORD = """<form method="post" action="{action}"><label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button>{button}</button></form>"""


class Guarded:
    """An application behind the sign-in.

    Args:
        pages: What is guarded.
        door: Who may come in.
        secure: Whether the cookie may only travel by HTTPS.
        clock: Seconds, for the pace of wrong passwords.
    """

    def __init__(
        self, pages: ASGIApp, *, door: Door, secure: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pages = pages
        self.door = door
        self._secure = secure
        self._clock = clock
        self._wrong: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request, a web socket, or the start and end of the application's life."""
        http = scope["type"] == "http"
        if http and scope["path"] == SIGN_OUT:
            await self._forgotten(Request(scope))(scope, receive, send)
        elif scope["type"] == "lifespan" or self._may_pass(scope):
            wanted = _wanted(scope)
            await (self.pages if wanted is None else _led_on(wanted))(scope, receive, send)
        elif http:
            await (await self._answer(Request(scope, receive)))(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4401, "reason": "sign in first"})

    def _may_pass(self, scope: Scope) -> bool:
        if self.door.accounts is not None and scope["type"] == "http" and scope["path"] in OPEN:
            return True
        headers = Headers(scope=scope)
        return self.door.actor(cookie_parser(headers.get("cookie", "")), headers) is not None

    async def _answer(self, request: Request) -> Response:
        if request.url.path == SIGN_IN:
            return await self._sign_in(request)
        accounts = self.door.accounts
        if request.url.path == ACCOUNT and accounts is not None and request.method == "GET":
            return self._to_provider(accounts.way_in(), _next(request))
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("sign in first", 401)
        if accounts is not None and accounts.knows(request.cookies):
            return self._form(request, 403, "unknown")
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
        role = self.door.role_of(await _password_of(request))
        if role is None:
            self._wrong.append(now)
            return self._form(request, 401, "wrong")
        answer = RedirectResponse(_next(request), 303)
        answer.set_cookie(
            COOKIE,
            self.door.session(role),
            max_age=SESSION,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )
        return answer

    def _to_provider(self, way_in: str, back: str) -> Response:
        """On to the provider, who leads back to the first page whatever was wanted: a cookie keeps that."""
        answer = RedirectResponse(way_in, 303, headers={"Cache-Control": "no-store"})
        if len(kept := quote(back, safe="")) <= LONGEST_BACK:
            answer.set_cookie(
                BACK, kept, max_age=ON_THE_WAY, httponly=True, samesite="lax", secure=self._secure
            )
        return answer

    def _form(self, request: Request, status: int, said: str = "") -> Response:
        language = "id" if request.headers.get("accept-language", "").lower().startswith("id") else "en"
        texts = _TEXTS[language]
        page = _PAGE.format(
            lang=language,
            title=texts["title"],
            lede=texts["lede"],
            said=f'<p role="alert">{texts[said]}</p>' if said else "",
            ways=self._ways(request, texts, known=said == "unknown"),
        )
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
        if status == 429:
            headers["Retry-After"] = f"{WITHIN:.0f}"
        return HTMLResponse(page, status, headers=headers)

    def _ways(self, request: Request, texts: dict[str, str], *, known: bool) -> str:
        """The ways in: an account, a password; and out again for an account that is not on the list."""
        if known:
            return f'<p><a class="account" href="{SIGN_OUT}">{texts["out"]}</a></p>'
        ways, back = "", quote(_next(request), safe="")
        if self.door.accounts is not None:
            href = escape(f"{ACCOUNT}?next={back}")
            ways = f'<p><a class="account" href="{href}">{texts["account"]}</a></p>'
        if self.door.asks_for_password:
            action = escape(f"{SIGN_IN}?next={back}")
            ways += _PASSWORD.format(action=action, password=texts["password"], button=texts["button"])
        return ways

    def _forgotten(self, request: Request) -> Response:
        """Signed out here, and where an account was used, by Streamlit and the provider too."""
        accounts = self.door.accounts
        known = accounts is not None and accounts.knows(request.cookies)
        answer = RedirectResponse("/auth/logout" if known else SIGN_IN, 303)
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


def _next(request: Request) -> str:
    """The page that was wanted before the sign-in."""
    return _local(request.query_params.get("next", "/"))


def _wanted(scope: Scope) -> str | None:
    """The page wanted before somebody went to the provider, where this is the page that they come back to."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/" or scope["query_string"]:
        return None
    kept = cookie_parser(Headers(scope=scope).get("cookie", "")).get(BACK)
    wanted = "/" if kept is None else _local(unquote(kept))
    return None if wanted == "/" else wanted


def _led_on(wanted: str) -> Response:
    answer = RedirectResponse(wanted, 303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(BACK)  # so that the first page opens the next time
    return answer


def _local(place: str) -> str:
    """A path on this server; anywhere else becomes the first page.

    >>> _local("/plan?arms=3"), _local("//evil.example"), _local("https://evil.example"), _local("/\\\\evil")
    ('/plan?arms=3', '/', '/', '/')
    """
    inside = place.startswith("/") and not place.startswith(("//", "/\\"))
    return place if inside and "\n" not in place and "\r" not in place else "/"
