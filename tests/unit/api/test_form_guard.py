"""The signed issue time of a survey form."""

from datetime import UTC, datetime, timedelta

from amends.api import form_guard
from amends.api.form_guard import GOOD_FOR, opened

SECRET = b"a secret of more than sixteen characters"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def issue(secret: bytes, token: str, *, at: datetime) -> str:
    return form_guard.issue(secret, token, at=at, nonce="0123456789abcdef")


def fresh(form: str, *, token: str = "AAAA", secret: bytes = SECRET, after: timedelta = timedelta()) -> bool:
    return opened(secret, token, form, at=NOON + after) is not None


def test_a_form_is_fresh_until_its_hours_are_over():
    form = issue(SECRET, "AAAA", at=NOON)

    assert fresh(form, after=GOOD_FOR)
    assert not fresh(form, after=GOOD_FOR + timedelta(seconds=1))


def test_a_form_of_a_machine_whose_clock_is_ahead_is_fresh():
    assert fresh(issue(SECRET, "AAAA", at=NOON + timedelta(minutes=2)))


def test_a_form_is_worth_nothing_for_another_link_or_under_another_secret():
    form = issue(SECRET, "AAAA", at=NOON)

    assert not fresh(form, token="AAAB")
    assert not fresh(form, secret=b"another secret of sixteen or more")


def test_a_changed_form_is_not_ours():
    form = issue(SECRET, "AAAA", at=NOON)

    for changed in ("", "x", form[:-1], form + "A", form.swapcase(), "MTc3.", "\ud800", "ü"):
        assert not fresh(changed), changed


def test_the_form_names_neither_the_link_nor_the_secret():
    form = issue(SECRET, "LINKTOKEN", at=NOON)

    assert "LINKTOKEN" not in form
    assert len(form) < 100


def test_a_form_without_its_random_text_is_not_ours():
    old = form_guard._serializer(SECRET, "AAAA").dumps(int(NOON.timestamp()))

    assert not fresh(old)


def test_the_same_form_is_known_again_by_its_answers_and_no_other_form_is():
    form, other = (form_guard.Issued(NOON, nonce) for nonce in ("a", "b"))
    answers = {"satisfaction": "6", "comment": "\ud800"}

    assert form_guard.digest(form, answers) == form_guard.digest(form, dict(reversed(answers.items())))
    assert form_guard.digest(form, answers) != form_guard.digest(form, {**answers, "satisfaction": "5"})
    assert form_guard.digest(form, answers) != form_guard.digest(other, answers)
