"""Completion codes: shown at the end, good once, and led back to nobody by database and secret together."""

import os
import re
from html import unescape

import pytest
from sqlalchemy import inspect, text

from amends import text as words
from amends.lab.completion import code_of, is_genuine, redeem

SHOWN = re.compile(r'<strong translate="no">([A-Z2-7-]+)</strong>')


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define("panel", completion_code=True, debrief=words(en="Why.", id="Mengapa.")), define())


@pytest.fixture
def finish(lab, client, late):
    api = client(lab)

    def make(unit: str, key: str = "panel"):
        path = "/s/" + lab.assign(key, unit, **late).survey_url.rsplit("/", 1)[-1]
        form = _hidden(api.get(path).text) | {"satisfaction": "6"}
        return api, path, form, api.post(path, data=form)

    return make


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def code_in(answer) -> str:
    return SHOWN.findall(unescape(answer.text))[0]


def test_a_code_is_shown_at_the_end_and_is_good_once(lab, finish):
    codes = [code_in(finish(f"C-{n}")[-1]) for n in range(3)]

    assert len(set(codes)) == 3
    first = redeem(lab, "panel", [codes[0], codes[1].lower().replace("-", " "), codes[0], "AAAA-AAAA"])
    assert [one.status for one in first] == ["good", "good", "again", "unknown"]
    assert [one.status for one in redeem(lab, "panel", codes)] == ["again", "again", "good"]


def test_a_page_loaded_again_shows_the_same_code_and_another_form_none(lab, finish):
    api, path, form, answer = finish("C-1")
    code = code_in(answer)

    assert code_in(api.post(path, data=form)) == code
    again = _hidden(api.get(path).text) | {"satisfaction": "6"}
    for other in (
        api.get(path),
        api.post(path, data=form | {"satisfaction": "5"}),
        api.post(path, data=again),
    ):
        assert not SHOWN.search(other.text)


def test_a_form_opened_beside_gets_no_second_code(lab, client, late):
    api = client(lab)
    path = "/s/" + lab.assign("panel", "C-1", **late).survey_url.rsplit("/", 1)[-1]
    one, other = (_hidden(api.get(path).text) | {"satisfaction": "6"} for _ in range(2))

    assert code_in(api.post(path, data=one))
    assert not SHOWN.search(api.post(path, data=other).text)


def test_no_code_is_shown_to_whoever_did_not_finish_or_withdrew(lab, finish, client, late):
    api, path, _, answer = finish("C-1")
    withdrawn = api.post(path, data=_hidden(answer.text) | {"_withdraw": "yes"})
    path = "/s/" + lab.assign("panel", "C-2", **late).survey_url.rsplit("/", 1)[-1]
    unanswered = api.post(path, data=_hidden(api.get(path).text))

    for page in (withdrawn, unanswered):
        assert not SHOWN.search(page.text)


def test_an_experiment_without_codes_shows_none_and_takes_none(lab, finish):
    from amends.errors import DefinitionError

    *_, answer = finish("C-1", "late_parcel")
    assert "We have received your answers." in answer.text
    assert not SHOWN.search(answer.text)
    with pytest.raises(DefinitionError, match="completion_code=True"):
        redeem(lab, "late_parcel", ["A"])


def test_a_code_of_one_experiment_or_installation_is_worth_nothing_in_another():
    code = code_of(b"k" * 32, "tea", token="AAAA", nonce="x7")

    assert is_genuine(b"k" * 32, "tea", code)
    assert not is_genuine(b"k" * 32, "coffee", code)
    assert not is_genuine(b"l" * 32, "tea", code)
    assert is_genuine(b"k" * 32, "tea", code.translate(str.maketrans("OIB", "018")))
    for changed in ("", "----", code[:-1], code + "A", "\ud800", code[::-1], code.replace(code[0], "9")):
        assert not is_genuine(b"k" * 32, "tea", changed)


@pytest.mark.both_databases
def test_database_and_secret_together_do_not_tell_whose_a_code_is(lab, finish, settings):
    """Everything that is stored is tried as the form's random text: no code comes of it."""
    made = {}
    for n in range(5):
        _, path, form, answer = finish(f"C-{n}")
        made[path.rsplit("/", 1)[-1]] = (code_in(answer), form["_issued"])
    redeem(lab, "panel", [code for code, _ in made.values()])

    stored: set[str] = set()
    engine = lab.store._database.engine
    tables = inspect(engine)
    with engine.connect() as connection:
        for table in tables.get_table_names():
            stored |= {
                str(cell) for row in connection.execute(text(f"SELECT * FROM {table}")) for cell in row
            }
    columns = [column["name"] for column in tables.get_columns("completion_code")]
    keys = tables.get_foreign_keys("completion_code")

    assert len(stored) > 50
    assert (columns, keys) == (["experiment", "digest", "redeemed_at"], [])
    for token, (code, issued) in made.items():
        plain = code.replace("-", "")
        assert not any(plain in cell or code in cell or issued in cell for cell in stored)
        assert code not in {code_of(settings.secret, "panel", token=token, nonce=cell) for cell in stored}


def test_codes_are_taken_in_from_a_panels_file(lab, finish, settings, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from amends.cli.app import app

    code = code_in(finish("C-1")[-1])
    (tmp_path / "codes.csv").write_text(f"who,typed\np1,{code}\np2,{code}\np3,\np4,nonsense\n")
    for name in [name for name in os.environ if name.startswith("AMENDS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AMENDS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("AMENDS_EXPERIMENTS", str(settings.experiments))
    monkeypatch.setenv("AMENDS_SECRET", settings.secret.decode())

    said = CliRunner().invoke(app, ["codes", "panel", str(tmp_path / "codes.csv"), "--column", "typed"])
    nothing = CliRunner().invoke(app, ["codes", "panel"])

    assert said.exit_code == 0, said.output
    assert said.output.splitlines() == [
        "1 of 4 codes are good.",
        f"  line 3: {code} was handed in before",
        "  line 4: (empty) was not made here for panel",
        "  line 5: nonsense was not made here for panel",
    ]
    assert nothing.exit_code == 2
