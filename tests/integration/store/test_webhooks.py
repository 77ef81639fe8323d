"""Webhooks on both databases: kept, rotated, ended; a message counts once through however many processes."""

from __future__ import annotations

import base64
import hmac
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amends import Lab
from amends.errors import KeyReused, RecordRefused, UnknownExperiment, UsageError
from amends.lab.webhook_messages import refused_reason
from amends.lab.webhooks import add_webhook, rotate_webhook, webhook_of
from tests.integration.store.vendor import KEY, NOON, Clock, make_lab, tell

RATINGS = {"satisfaction": "satisfied"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(url: str, clock: Clock) -> Iterator[Lab]:
    opened = make_lab(url, clock)
    opened.start(KEY)
    yield opened
    opened.close()


def message(secret: str, token: str, value: object = 6, *, event: str = "E-1") -> dict[str, Any]:
    answer = {"type": "number", "number": value, "field": {"id": "A1", "ref": "satisfied"}}
    response = {"hidden": {"t": token}, "answers": [answer]}
    body = json.dumps({"event_id": event, "event_type": "form_response", "form_response": response}).encode()
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return {"headers": {"typeform-signature": f"sha256={mac}"}, "body": body}


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


def test_messages_count_once_though_four_processes_are_sent_all_of_them_at_once(
    lab: Lab, url: str, script: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    secret = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32)).secret
    requests = [message(secret, token_of(lab, f"C-{n}"), 1 + n % 7, event=f"E-{n}") for n in range(40)]
    file = tmp_path / "messages.txt"
    file.write_text(
        "".join(f"{sent['headers']['typeform-signature']} {sent['body'].decode()}\n" for sent in requests)
    )
    servers = [script("vendor.py", url, str(file)) for _ in range(4)]
    said = [server.communicate(timeout=120) for server in servers]
    assert [errors for _, errors in said] == [""] * 4
    told = [line for answers, _ in said for line in answers.splitlines()]
    assert Counter(told) == {"True False": 40, "True True": 120}
    before = lab.turned_away(KEY)
    assert [tell(lab, request) for request in requests] == [(True, True)] * 40
    assert lab.turned_away(KEY) == before
    assert len(list(lab.store.export_rows(KEY).responses)) == 40
    assert lab.store.verify() == []


def test_a_refused_message_is_counted_once_on_both_databases(lab: Lab) -> None:
    webhook = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32))
    request = message(webhook.secret, token_of(lab, "C-1"), 9)
    for _ in range(3):
        with pytest.raises(RecordRefused, match="off the scale"):
            tell(lab, request)
    assert lab.turned_away(KEY) == [("refused", refused_reason(webhook), 1)]
    assert list(lab.store.export_rows(KEY).responses) == []


def test_a_webhook_of_a_draft_that_was_changed_before_it_started_is_refused_with_the_remedy(lab: Lab) -> None:
    made = add_webhook(lab, "typeform", experiment=KEY, ratings=RATINGS, entropy=bytes(32))
    lab.store.revoke_webhook(made.name)
    lab.store.add_webhook(replace(made, ratings={"mood": "satisfied"}))
    with pytest.raises(RecordRefused, match="asks for no mood: revoke webhook typeform"):
        tell(lab, message(made.secret, token_of(lab, "C-1")))


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
