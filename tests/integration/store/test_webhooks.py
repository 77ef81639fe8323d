"""Webhooks on both databases: kept, rotated, ended; a message counts once through however many processes."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amends import Experiment, Lab, Mean, Proportion, everyone, silence, sorry, thank_you
from amends.errors import KeyReused, RecordRefused, UnknownExperiment, UsageError
from amends.importing.vendors import VENDORS
from amends.lab.webhooks import add_webhook, receive, refused_reason, rotate_webhook, webhook_of
from amends.settings import Settings

KEY = "late_parcel"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RATINGS = {"satisfaction": "satisfied"}


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def make_lab(url: str, clock: Clock) -> Lab:
    experiment = Experiment(
        key=KEY,
        owner="delivery-cx",
        eligible=everyone(),
        survey="https://forms.example/late?t={token}",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    settings = Settings(
        experiments=Path("experiments"), database_url=url, secret=b"a secret of the tests", timeout=60
    )
    return Lab([experiment], settings=settings, clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(url: str, clock: Clock) -> Iterator[Lab]:
    opened = make_lab(url, clock)
    opened.start(KEY)
    yield opened
    opened.close()


def message(secret: str, token: str, value: object = 6, *, event: str = "E-1") -> dict[str, object]:
    answer = {"type": "number", "number": value, "field": {"id": "A1", "ref": "satisfied"}}
    response = {"hidden": {"t": token}, "answers": [answer]}
    body = json.dumps({"event_id": event, "event_type": "form_response", "form_response": response}).encode()
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return {"headers": {"typeform-signature": f"sha256={mac}"}, "body": body}


def tell(lab: Lab, request: dict[str, object]) -> tuple[bool, bool]:
    received = receive(lab, VENDORS["typeform"], lab.store.webhooks("typeform"), **request)  # type: ignore[arg-type]
    return received.recorded, received.repeat


def token_of(lab: Lab, unit: str) -> str:
    return (lab.assign(KEY, unit).survey_url or "").partition("?t=")[2]


def test_a_webhook_is_kept_with_its_mapping_and_its_secret_is_in_no_repr_and_no_audit(lab: Lab) -> None:
    made = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32))
    [kept] = lab.store.webhooks()
    assert kept == made
    assert (kept.vendor, kept.experiment, kept.token_field, kept.ratings) == ("typeform", KEY, "t", RATINGS)
    assert (kept.created_at, kept.last_message_at, kept.former_secret) == (NOON, None, None)
    assert made.secret not in repr(kept)
    [entry] = [entry for entry in lab.store.audit_log(KEY) if entry.action == "add webhook"]
    assert dict(entry.detail) == {"name": "typeform", "vendor": "typeform"}
    assert lab.store.webhooks("standard") == []


def test_a_rotation_keeps_two_secrets_for_a_while_and_a_revocation_keeps_none(lab: Lab, clock: Clock) -> None:
    first = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32))
    second = rotate_webhook(lab, "typeform", entropy=bytes(range(32)), keep=timedelta(days=7))
    assert second.secrets(clock()) == (second.secret, first.secret)
    assert second.secrets(clock() + timedelta(days=7)) == (second.secret,)
    third = rotate_webhook(lab, "typeform", entropy=bytes(range(1, 33)), keep=timedelta(0))
    assert third.secrets(clock()) == (third.secret,)
    assert lab.store.revoke_webhook("typeform")
    assert not lab.store.revoke_webhook("typeform")
    assert not lab.store.rotate_webhook("typeform", "x" * 20, until=clock())
    assert lab.store.webhooks() == []
    actions = [entry.action for entry in lab.store.audit_log(KEY) if "webhook" in entry.action]
    assert actions == ["add webhook", "rotate webhook", "rotate webhook", "revoke webhook"]


def test_what_cannot_be_a_webhook_is_refused_with_the_nearest_name(lab: Lab) -> None:
    def add(vendor: str = "typeform", **given: object) -> None:
        add_webhook(lab, vendor, **{"experiment": KEY, "ratings": RATINGS, "entropy": bytes(32), **given})  # type: ignore[arg-type]

    add()
    for named, words in (
        ({"vendor": "typefrom"}, "Did you mean 'typeform'"),
        ({"ratings": {"satisfied": "q"}}, "Did you mean 'satisfaction'"),
        ({"ratings": {"satisfaction": ""}}, "name of the vendor's field"),
        ({"token_field": "t\0"}, "control character"),
        ({"name": "Type Form"}, "up to 40"),
        ({"name": "typeform"}, "already"),
        ({"secret": "short"}, "at least 16"),
        ({"vendor": "surveymonkey", "ratings": {}}, "--secret-from"),
    ):
        with pytest.raises(UsageError, match=words):
            add(**named)  # type: ignore[arg-type]
    with pytest.raises(UnknownExperiment, match="late_parcel"):
        add(experiment="late_parcle")
    with pytest.raises(UsageError, match="Did you mean 'typeform'"):
        webhook_of(lab, "typefrom")
    with pytest.raises(UsageError, match="has this secret already"):
        rotate_webhook(lab, "typeform", entropy=bytes(32))
    assert [webhook.name for webhook in lab.store.webhooks()] == ["typeform"]


def test_a_message_counts_once_through_two_processes_worth_of_labs(lab: Lab, url: str, clock: Clock) -> None:
    secret = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32)).secret
    other = make_lab(url, clock)
    requests = [message(secret, token_of(lab, f"C-{n}"), 1 + n % 7, event=f"E-{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: tell((lab, other)[n % 2], requests[n // 4]), range(160)))
    assert {recorded for recorded, _ in told} == {True}
    assert sum(not repeat for _, repeat in told) == 40
    again = lab.turned_away(KEY)
    assert [tell(other, request) for request in requests] == [(True, True)] * 40
    assert lab.turned_away(KEY) == again
    rows = list(lab.store.export_rows(KEY).responses)
    assert len(rows) == 40
    assert lab.store.verify() == []
    other.close()


def test_a_refused_message_is_counted_once_on_both_databases(lab: Lab) -> None:
    webhook = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32))
    request = message(webhook.secret, token_of(lab, "C-1"), 9)
    for _ in range(3):
        with pytest.raises(RecordRefused, match="off the scale"):
            tell(lab, request)
    assert lab.turned_away(KEY) == [("refused", refused_reason(webhook), 1)]
    assert list(lab.store.export_rows(KEY).responses) == []


def test_a_message_is_known_for_thirty_days_and_then_the_first_answer_stands_all_the_same(
    lab: Lab, clock: Clock
) -> None:
    secret = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32)).secret
    request = message(secret, token_of(lab, "C-1"))
    assert tell(lab, request) == (True, False)
    clock.now += timedelta(days=31)
    for n in range(2, 5):  # each new message takes some of the old ids away
        assert tell(lab, message(secret, token_of(lab, f"C-{n}"), event=f"E-{n}")) == (True, False)
    assert tell(lab, request) == (True, True)
    assert len(list(lab.store.export_rows(KEY).responses)) == 4


def test_the_last_message_is_noted_to_the_minute(lab: Lab, clock: Clock) -> None:
    secret = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32)).secret
    seen = []
    for n, passed in enumerate((0, 30, 40)):
        clock.now += timedelta(seconds=passed)
        tell(lab, message(secret, token_of(lab, f"C-{n}"), event=f"E-{n}"))
        seen.append(lab.store.webhooks()[0].last_message_at)
    assert seen == [NOON, NOON, NOON + timedelta(seconds=70)]


def test_an_idempotency_key_of_another_record_does_not_pass_for_a_message(lab: Lab) -> None:
    secret = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32)).secret
    lab.assign(KEY, "C-9")
    lab.record_response(KEY, "C-9", satisfaction=1, idempotency_key="E-1")
    assert tell(lab, message(secret, token_of(lab, "C-1"))) == (True, False)
    with pytest.raises(KeyReused):
        lab.record_response(KEY, "C-1", satisfaction=2, idempotency_key="E-1")
