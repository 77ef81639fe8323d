"""Who stands at the dashboard's door, and that nothing but a signed cookie says so."""

import json

import pytest
from itsdangerous import URLSafeTimedSerializer

from amends.api import accounts as accounts_module
from amends.api import door as door_module
from amends.api.accounts import Accounts
from amends.api.door import COOKIE, Door
from amends.errors import ConfigurationError
from amends.lab.roles import Actor, Role, pseudonym_of

PASSWORDS = {"viewer": "for the viewers", "owner": "for the owners"}
LOCAL = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}


def door(**ways) -> Door:
    return Door(**{"secret": b"a secret of the deployment", "passwords": PASSWORDS, **ways})


def test_a_password_opens_the_door_in_its_role_and_in_no_other():
    at = door()
    assert at.role_of(b"for the owners") is Role.OWNER
    assert at.role_of(b"for the viewers") is Role.VIEWER
    assert at.role_of(b"for the owner") is None
    for role in (Role.OWNER, Role.VIEWER):
        assert at.actor({COOKIE: at.session(role)}, {}) == Actor(role)


def test_who_has_no_session_or_a_changed_one_is_nobody_whatever_their_headers_say():
    at = door()
    session = at.session(Role.VIEWER)
    for cookie in ("", "owner", session.replace("viewer", "owner"), session[:-1], session + "x"):
        assert at.actor({COOKIE: cookie}, {**LOCAL, "x-role": "owner", "role": "owner"}) is None
    assert at.actor({}, LOCAL) is None


def test_another_password_ends_the_sessions_of_its_own_role_alone():
    before = door()
    owner, viewer = before.session(Role.OWNER), before.session(Role.VIEWER)
    after = door(passwords={**PASSWORDS, "owner": "a new one for owners"})
    assert after.actor({COOKIE: owner}, {}) is None
    assert after.actor({COOKIE: viewer}, {}) == Actor(Role.VIEWER)
    assert door(secret=b"another secret altogether").actor({COOKIE: viewer}, {}) is None


def test_a_session_ends_by_itself(monkeypatch):
    at = door()
    session = at.session(Role.OWNER)
    monkeypatch.setattr(door_module, "SESSION", -1)
    assert at.actor({COOKIE: session}, {}) is None


@pytest.mark.parametrize(
    ("laptop", "headers", "role"),
    [
        (True, LOCAL, Role.OWNER),
        (True, {"host": "localhost:8501"}, Role.OWNER),
        (True, {"host": "[::1]:8501", "origin": "http://[::1]:8501"}, Role.OWNER),
        (False, LOCAL, Role.VIEWER),
        (True, {}, Role.VIEWER),
        (True, {"host": "amends.example.com"}, Role.VIEWER),
        (True, {**LOCAL, "origin": "https://amends.example.com"}, Role.VIEWER),
        (True, {**LOCAL, "origin": "null"}, Role.VIEWER),
        (True, {**LOCAL, "x-forwarded-for": "203.0.113.9"}, Role.VIEWER),
        (True, {**LOCAL, "forwarded": "for=203.0.113.9"}, Role.VIEWER),
    ],
)
def test_without_a_sign_in_only_who_sits_at_the_machine_is_the_owner(laptop, headers, role):
    assert door(passwords={}, laptop=laptop).actor({}, headers) == Actor(role)


COOKIE_SECRET = "a cookie secret that is long enough"
PEOPLE = {"ana@example.com": Role.OWNER, "*@example.com": Role.VIEWER}
ANA = {
    "email": "Ana@example.com",
    "email_verified": True,
    "is_logged_in": True,
    "origin": "http://127.0.0.1:8501",
}


@pytest.fixture
def streamlit_secrets(monkeypatch):
    """What `secrets.toml` says, read by Streamlit."""
    from streamlit.runtime.secrets import secrets_singleton

    def say(**sections) -> None:
        monkeypatch.setattr(secrets_singleton, "_secrets", sections)

    return say


def auth(**changed) -> dict:
    kept = {
        "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": "amends",
        "client_secret": "between us",
        "server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration",
    }
    return {name: value for name, value in {**kept, **changed}.items() if value is not None}


def signed(user: dict, *, secret: str = COOKIE_SECRET) -> dict[str, str]:
    """The cookie as Streamlit makes it after a sign-in."""
    name = "_streamlit_user"
    return {name: URLSafeTimedSerializer(secret, salt=name).dumps(json.dumps(user))}


def test_an_account_on_the_list_has_its_role_and_a_pseudonym_for_the_audit(streamlit_secrets):
    streamlit_secrets(auth=auth())
    held = Accounts(PEOPLE, secret=b"secret", seconds=60)
    actor = held.actor(signed(ANA))
    assert actor == Actor(Role.OWNER, pseudonym_of("ana@example.com", secret=b"secret"))
    assert "ana" not in actor.by
    assert held.actor(signed({**ANA, "email": "budi@example.com"})).role is Role.VIEWER
    microsoft = {name: value for name, value in ANA.items() if name != "email_verified"}
    assert held.actor(signed(microsoft)) == actor, "not every provider says whether it checked"


@pytest.mark.parametrize(
    "user",
    [
        {**ANA, "email": "eve@example.org"},
        {**ANA, "email_verified": False},
        {**ANA, "is_logged_in": False},
        {**ANA, "origin": "http://evil.example"},
        {**ANA, "email": None},
        {**ANA, "email": "ana@example.com@example.org"},
    ],
)
def test_an_account_that_nobody_vouched_for_or_listed_has_no_role(streamlit_secrets, user):
    streamlit_secrets(auth=auth())
    held = Accounts(PEOPLE, secret=b"secret", seconds=60)
    assert held.actor(signed(user)) is None
    assert door(accounts=held).actor(signed(user), LOCAL) is None


def test_an_account_cookie_signed_by_somebody_else_or_too_old_is_none(streamlit_secrets):
    streamlit_secrets(auth=auth())
    held = Accounts(PEOPLE, secret=b"secret", seconds=60)
    assert held.actor(signed(ANA, secret="another cookie secret, also long")) is None
    assert held.actor({"_streamlit_user": "forged"}) is None
    assert Accounts(PEOPLE, secret=b"secret", seconds=-1).actor(signed(ANA)) is None


def test_a_list_of_people_is_read_and_the_higher_of_two_roles_holds(streamlit_secrets):
    streamlit_secrets(
        auth=auth(), amends={"viewer": ["*@example.com", "ana@example.com"], "owner": ["Ana@example.com"]}
    )
    held = accounts_module.configured(b"secret", seconds=60)
    assert held.role_of("ana@example.com") is Role.OWNER
    assert held.role_of("budi@example.com") is Role.VIEWER


def test_another_applications_sign_in_is_left_alone(streamlit_secrets):
    streamlit_secrets(auth=auth())
    assert accounts_module.configured(b"secret", seconds=60) is None


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"amends": {"owner": ["a@b.example"]}}, "without redirect_uri, cookie_secret"),
        ({"amends": {"owner": ["a@b.example"]}, "auth": auth(client_id=None)}, "without client_id"),
        ({"amends": {"owner": ["a@b.example"]}, "auth": auth(cookie_secret="short")}, "has 5 characters"),
        ({"amends": {"ownr": ["a@b.example"]}, "auth": auth()}, "Did you mean 'owner'"),
        ({"amends": {"owner": "a@b.example"}, "auth": auth()}, "must be a list of e-mail addresses"),
        ({"amends": {"owner": ["ana"]}, "auth": auth()}, "must be a list of e-mail addresses"),
    ],
)
def test_a_sign_in_that_cannot_work_is_refused_with_the_remedy(streamlit_secrets, sections, said):
    streamlit_secrets(**sections)
    with pytest.raises(ConfigurationError, match=said):
        accounts_module.configured(b"secret", seconds=60)
