"""Settings: defaults, what is refused, and the secret file."""

import stat
from pathlib import Path

import pytest

from amends import Lab
from amends.errors import ConfigurationError
from amends.settings import load_settings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_put_the_database_and_its_secret_beside_the_experiments(folder):
    settings = load_settings({})
    assert settings.experiments_folder().resolve() == folder / "experiments"
    assert settings.database_url == f"sqlite:///{folder / 'amends.db'}"
    assert settings.public_url == "http://127.0.0.1:8501"
    assert (settings.timeout, settings.locale) == (5.0, "en")
    secret = folder / "amends.db.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert settings.secret == secret.read_bytes().strip()


def test_the_secret_is_made_once_and_said_once(folder):
    first, second = load_settings({}), load_settings({})
    assert first.secret == second.secret
    assert first.secret_file == folder / "amends.db.secret"
    assert second.secret_file is None


def test_a_database_without_its_secret_is_refused_instead_of_getting_a_new_one(folder):
    (folder / "amends.db").write_bytes(b"SQLite format 3\0")
    with pytest.raises(ConfigurationError, match=r"its secret amends\.db\.secret is missing"):
        load_settings({})
    assert not (folder / "amends.db.secret").exists()


def test_a_secret_that_cannot_be_read_or_is_empty_is_refused(folder):
    secret = folder / "amends.db.secret"
    secret.mkdir()
    with pytest.raises(ConfigurationError, match=r"amends\.db\.secret cannot be read"):
        load_settings({})
    secret.rmdir()
    secret.write_text("\n")
    with pytest.raises(ConfigurationError, match=r"amends\.db\.secret is empty"):
        load_settings({})


def test_a_server_database_needs_a_secret_of_its_own(folder):
    with pytest.raises(ConfigurationError, match="AMENDS_SECRET is not set"):
        load_settings({"AMENDS_DATABASE_URL": "postgresql+psycopg://127.0.0.1/amends"})


def test_a_short_secret_is_warned_of(folder):
    with pytest.warns(UserWarning, match="has 5 characters"):
        assert load_settings({"AMENDS_SECRET": "short"}).secret == b"short"


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf"])
def test_a_timeout_that_is_no_time_is_refused(folder, value):
    with pytest.raises(ConfigurationError, match=f"AMENDS_TIMEOUT='{value}'"):
        load_settings({"AMENDS_TIMEOUT": value})


@pytest.mark.parametrize(
    "value", ["survey.example.com", "ftp://example.com", "https://", "https://a b", "https://x/?t=1", "//x"]
)
def test_an_address_that_customers_cannot_reach_is_refused(folder, value):
    with pytest.raises(ConfigurationError, match=f"AMENDS_PUBLIC_URL={value!r}".replace("?", r"\?")):
        load_settings({"AMENDS_PUBLIC_URL": value})
    given = load_settings({"AMENDS_PUBLIC_URL": "https://example.com/care/"})
    assert given.public_url == "https://example.com/care"


def test_a_language_that_does_not_exist_is_refused_with_the_nearest(folder):
    with pytest.raises(ConfigurationError, match="AMENDS_LOCALE: 'indonesia'.*Did you mean 'id'"):
        load_settings({"AMENDS_LOCALE": "indonesia"})
    assert load_settings({"AMENDS_LOCALE": "pt-br"}).locale == "pt_BR"


def test_a_misspelt_setting_is_refused_with_the_nearest(folder):
    with pytest.raises(ConfigurationError, match="AMENDS_DATABASE_ULR. Did you mean 'AMENDS_DATABASE_URL'"):
        load_settings({"AMENDS_DATABASE_ULR": "sqlite://"})


def test_a_policy_that_nobody_knows_is_refused_with_the_nearest(folder):
    with pytest.raises(ConfigurationError, match="AMENDS_FAIL_OPEN='spol' is unknown. Did you mean 'spool'"):
        load_settings({"AMENDS_FAIL_OPEN": "spol"})


def test_the_spool_lies_beside_the_database_unless_told_otherwise(folder):
    settings = load_settings({"AMENDS_FAIL_OPEN": "spool", "AMENDS_DATABASE_URL": "sqlite:///late.db"})
    server = load_settings({"AMENDS_DATABASE_URL": "postgresql://late", "AMENDS_SECRET": "s" * 16})
    told = load_settings({"AMENDS_SPOOL": "/var/spool/late", "AMENDS_DATABASE_URL": "sqlite://"})

    assert (settings.fail_open, settings.spool) == ("spool", Path("late.db.spool"))
    assert (server.fail_open, server.spool) == ("error", Path.cwd() / "amends.spool")
    assert told.spool == Path("/var/spool/late")
    assert load_settings({"AMENDS_DATABASE_URL": "sqlite://"}).spool is None


def test_a_missing_experiments_folder_is_named_in_full(folder):
    settings = load_settings({"AMENDS_EXPERIMENTS": "elsewhere"})
    with pytest.raises(ConfigurationError, match=str(folder / "elsewhere")):
        settings.experiments_folder()


def test_a_database_in_a_missing_folder_is_refused_and_the_folder_is_not_made(folder):
    with pytest.raises(ConfigurationError, match=f"does not exist: {folder}/gone"):
        load_settings({"AMENDS_DATABASE_URL": f"sqlite:///{folder}/gone/amends.db"})
    assert not (folder / "gone").exists()


@pytest.mark.parametrize("url", ["mysql://u:pw@host/x", "amends.db", "oracle"])
def test_a_database_of_another_kind_is_refused_without_its_password(folder, url):
    with pytest.raises(ConfigurationError, match="SQLite or PostgreSQL") as refusal:
        load_settings({"AMENDS_DATABASE_URL": url})
    assert "pw" not in str(refusal.value)


def test_a_missing_experiments_folder_leaves_no_secret_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("AMENDS_EXPERIMENTS", "AMENDS_DATABASE_URL", "AMENDS_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="no experiments folder"):
        Lab()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_name_means_something_in_a_url_works(tmp_path, monkeypatch):
    odd = tmp_path / "late 100%20 #1?"
    (odd / "experiments").mkdir(parents=True)
    monkeypatch.chdir(odd)
    lab = Lab()
    assert (odd / "amends.db").is_file()
    assert (odd / "amends.db.secret").is_file()
    lab.close()


def test_the_rate_of_keys_is_a_thousand_a_second_unless_set():
    at = {"AMENDS_DATABASE_URL": "sqlite://"}
    assert load_settings(at).rate == 1000
    assert load_settings({**at, "AMENDS_RATE": "600/min"}).rate == 10
    with pytest.raises(ConfigurationError, match="AMENDS_RATE: 'lots' is no rate"):
        load_settings({**at, "AMENDS_RATE": "lots"})


def test_each_role_has_a_dashboard_password_of_its_own_and_long_enough():
    from amends.settings import dashboard_passwords

    viewer, owner = "AMENDS_DASHBOARD_PASSWORD", "AMENDS_DASHBOARD_OWNER_PASSWORD"
    assert dashboard_passwords({viewer: "long enough"}) == {"viewer": "long enough"}
    assert dashboard_passwords({owner: "for the owner", viewer: ""}) == {"owner": "for the owner"}
    with pytest.raises(ConfigurationError, match="AMENDS_DASHBOARD_PASSWORD has 5 characters; 8 are needed"):
        dashboard_passwords({viewer: "short"})
    with pytest.raises(ConfigurationError, match="OWNER_PASSWORD is the password of another role"):
        dashboard_passwords({viewer: "long enough", owner: "long enough"})
