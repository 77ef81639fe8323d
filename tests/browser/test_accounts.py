"""Signing in with the organisation's accounts: a real provider, a real browser, the role from the list."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest

from amends.lab.roles import pseudonym_of
from tests.browser.conftest import ROOT, Served, free_port, serving
from tests.browser.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, providing

pytestmark = pytest.mark.browser

SECRETS = """[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test, long enough"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"

[amends]
owner = ["ana@example.com"]
viewer = ["*@example.com"]
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Served]:
    """A dashboard whose `secrets.toml` names the provider and who may come in."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "experiments").mkdir()
    shutil.copy(ROOT / "experiments" / "late_parcel.py", folder / "experiments")
    port = free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        SECRETS.format(port=port, client=CLIENT_ID, secret=CLIENT_SECRET, issuer=provider.issuer),
        encoding="utf-8",
    )
    settings = {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
    }
    yield from serving(folder, settings, port)


def sign_in(visit: Any, company: Served, email: str) -> Any:
    opened = visit(f"{company.url}/?experiment=late_parcel&segment=locale&lang=en")
    opened.page.get_by_role("link", name="Sign in with your account").click()
    opened.page.get_by_role("link", name=email).click()
    opened.page.wait_for_url(f"{company.url}/**")
    return opened


def test_an_owner_on_the_list_starts_an_experiment_and_the_audit_has_a_pseudonym(
    company: Served, provider: Provider, visit: Any
) -> None:
    lab = company.lab()
    opened = sign_in(visit, company, "ana@example.com")
    opened.settle(charts=0, text="You are signed in as owner.")
    for part in ("experiment=late_parcel", "segment=locale", "lang=en"):
        assert part in opened.page.url, "the page that was asked for, and not the first"
    opened.page.get_by_text("I have read this list").click()
    opened.page.get_by_role("button", name="Start the experiment", exact=True).click()
    opened.settle(charts=0, text="The experiment is running; 100% of eligible customers take part.")
    entry = lab.store.audit_log("late_parcel")[0]
    who = pseudonym_of("ana@example.com", secret=lab.settings.secret)
    assert (entry.action, entry.detail["by"]) == ("start", f"owner {who}")
    assert provider.refused == []
    log = (lab.settings.experiments.parent / "serve.log").read_text(encoding="utf-8")
    assert "example.com" not in log, "nobody's address is logged"
    assert opened.trouble == []
    opened.page.get_by_role("link", name="Sign out").click()
    opened.page.get_by_role("link", name="Sign in with your account").wait_for()
    opened.page.goto(f"{company.url}/")
    assert "/sign-in" in opened.page.url
    lab.close()


def test_a_colleague_reads_and_a_stranger_is_told_to_ask(company: Served, visit: Any) -> None:
    opened = sign_in(visit, company, "budi@example.com")
    opened.settle(charts=0, text="You are signed in as viewer.")

    opened = sign_in(visit, company, "eve@example.org")
    said = opened.page.get_by_role("alert").inner_text()
    assert "not on this dashboard's list" in said
    opened.page.get_by_role("link", name="Sign out").click()
    opened.page.get_by_role("link", name="Sign in with your account").wait_for()


def test_nothing_opens_without_an_account_but_the_way_to_the_provider(company: Served, visit: Any) -> None:
    opened = visit(f"{company.url}/studies")
    assert "/sign-in" in opened.page.url
    assert opened.page.get_by_label("Password").count() == 0, "no role has a password here"
    for path, status in (("/_stcore/health", 401), ("/static/index.html", 401), ("/auth/logout", 200)):
        answer = opened.page.request.get(f"{company.url}{path}", headers={"Accept": "*/*"}, max_redirects=0)
        assert answer.status in (status, 302), path
        assert (answer.status == 401) == (status == 401)


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/%5Cevil.example"])
def test_the_way_back_from_the_provider_never_leads_off_the_server(
    company: Served, visit: Any, place: str
) -> None:
    opened = sign_in(visit, company, "budi@example.com")
    opened.page.context.add_cookies([{"name": "amends_back", "value": place, "url": company.url}])
    answer = opened.page.request.get(f"{company.url}/", max_redirects=0)
    assert (answer.status, answer.headers.get("location")) == (200, None)
    kept = f"{company.url}/sign-in/account?next={quote(unquote(place), safe='')}"
    stranger = opened.page.context.browser.new_context()
    asked = stranger.request.get(kept, max_redirects=0)
    assert asked.status == 303
    assert asked.headers["location"].startswith("/auth/login")
    assert [one["value"] for one in stranger.cookies() if one["name"] == "amends_back"] == ["%2F"]
    stranger.close()
