"""The signed issue time of a survey form."""

from datetime import UTC, datetime, timedelta

from amends.api.form_guard import GOOD_FOR, is_fresh, issue

SECRET = b"a secret of more than sixteen characters"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fresh(form: str, *, token: str = "AAAA", secret: bytes = SECRET, after: timedelta = timedelta()) -> bool:
    return is_fresh(secret, token, form, at=NOON + after)


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
    assert len(form) < 80
