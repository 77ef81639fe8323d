"""From checked calls to recorded assignments: known already? running? eligible? draw, record, render."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from amends.errors import StoreUnavailable
from amends.lab.assigned import Assignment
from amends.lab.deciding import TurnedAway, delay_band, turned_away
from amends.lab.service_log import target_seconds
from amends.messages.greeting import answer_by, greeting
from amends.messages.render import otherwise, render
from amends.store import Enrolment, Stored
from amends.store.pseudonyms import record_ids

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.calling import Call
    from amends.lab.lab import InForce, Lab

log = logging.getLogger("amends")

DOWN = "the database is unavailable"
UNKNOWN: Mapping[str, float] = MappingProxyType({})
"""Targets where the database cannot be asked for them: an answer then comes "soon"."""


def assign_calls(
    lab: Lab,
    key: str,
    calls: Sequence[Call],
    *,
    trouble: StoreUnavailable | None = None,
) -> list[Assignment]:
    """Assigns checked calls of one experiment, in one transaction; an answer per call, in order.

    Operational failure does not reach the sender: every call then gets `status="error"` and the
    usual message, nothing is assigned, and the failure is logged.

    Args:
        lab: The lab.
        key: The experiment's key.
        calls: The checked calls.
        trouble: How the database failed a moment ago; it is then not asked, and waited for, again.
    """
    force = lab.spoolable(key)
    if force is not None and trouble is None:
        trouble = lab.spooling.trouble
    if trouble is None:
        try:
            return _Batch(lab, lab.in_force(key)).assign(calls)
        except StoreUnavailable as error:
            trouble = error
    if force is not None:
        lab.spooling.trouble = trouble
        try:
            return _Batch(lab, force).spool(calls)
        except StoreUnavailable as error:
            trouble = error
    log.error(
        "assign %s: the database is unavailable, %d units get the usual message: %s", key, len(calls), trouble
    )
    definition = lab.experiment_without_store(key)
    return [_unassigned(definition, call, "error", DOWN) for call in calls]


class _Batch:
    """The work of one call of `assign_calls`: one experiment in force."""

    def __init__(self, lab: Lab, force: InForce) -> None:
        self.lab = lab
        self.force = force
        self.opted_out: set[str] = set()
        self.targets = UNKNOWN

    def assign(self, calls: Sequence[Call]) -> list[Assignment]:
        store, key = self.lab.store, self.force.key
        if self.force.promises:
            self.targets = target_seconds(self.lab)
        units = [store.pseudonym(call.unit_id) for call in calls]
        incidents = [None if call.incident is None else store.pseudonym(call.incident) for call in calls]
        clusters = [None if call.cluster is None else store.pseudonym(call.cluster) for call in calls]
        known, out = store.look_up(
            key,
            list(zip(units, incidents, strict=True)),
            also_asked=[cluster for cluster in clusters if cluster is not None],
        )
        self.opted_out = {
            unit for unit, cluster in zip(units, clusters, strict=True) if unit in out or cluster in out
        }
        answers: dict[int, Assignment] = {}
        to_enrol: list[tuple[int, Enrolment]] = []
        away: dict[tuple[str, str, date], int] = {}
        for index, call in enumerate(calls):
            stored = known[index]
            if stored is not None and (self.force.status != "running" or stored.incident_number):
                answers[index] = self._repeat(call, stored)
                continue
            if stored is None:
                refusal = self._refusal(call, units[index])
                if refusal is not None:
                    answers[index] = self._turned_away(call, refusal)
                    if not call.test:
                        place = (refusal.status, refusal.reason, call.at.date())
                        away[place] = away.get(place, 0) + 1
                    continue
            to_enrol.append((index, self._enrolment(call, units[index], incidents[index])))
        if away and self.force.state is not None:
            store.count_turned_away(key, away)
        if to_enrol:
            enrolled = store.enrol(key, [enrolment for _, enrolment in to_enrol])
            for (index, _), stored in zip(to_enrol, enrolled, strict=True):
                answers[index] = self._answer(calls[index], stored)
        return [answers[index] for index in range(len(calls))]

    def spool(self, calls: Sequence[Call]) -> list[Assignment]:
        """Answers without the database: what would be recorded is kept beside it."""
        answers: dict[int, Assignment] = {}
        to_keep: list[tuple[int, Enrolment]] = []
        for index, call in enumerate(calls):
            if call.test:  # a rehearsal is not worth a place in the spool
                answers[index] = _unassigned(self.force.experiment, call, "error", DOWN)
                continue
            unit = self.lab.pseudonym(call.unit_id)
            incident = None if call.incident is None else self.lab.pseudonym(call.incident)
            refusal = self._refusal(call, unit)
            if refusal is not None:
                answers[index] = self._turned_away(call, refusal)
            else:
                to_keep.append((index, self._enrolment(call, unit, incident)))
        kept = self.lab.spooling.keep(self.force.key, [enrolment for _, enrolment in to_keep])
        for (index, _), stored in zip(to_keep, kept, strict=True):
            answers[index] = self._answer(calls[index], stored)
        log.error(
            "assign %s: the database is unavailable, %d units wait in the spool", self.force.key, len(kept)
        )
        return [answers[index] for index in range(len(calls))]

    def _refusal(self, call: Call, unit: str) -> TurnedAway | None:
        status = self.force.status
        if status != "running":
            words = {
                "draft": ("not_started", "the experiment has not started"),
                "paused": ("paused", "the experiment is paused"),
                "stopped": ("stopped", "the experiment has stopped"),
            }
            return TurnedAway(*words[status])
        if call.arm is not None:
            return None
        state = self.force.state
        coverage = "1" if state is None else state.coverage
        return turned_away(self.force.experiment, call, coverage=coverage, opted_out=unit in self.opted_out)

    def _enrolment(self, call: Call, unit: str, incident: str | None) -> Enrolment:
        experiment = self.force.experiment
        blocked = experiment.randomize.blocked and call.arm is None
        assignment_id, nonce = record_ids(self.force.key, unit, secret=self.lab.settings.secret)
        after = experiment.invitation.after if experiment.invitation else None
        return Enrolment(
            unit=unit,
            arm=None if blocked else call.arm or experiment.arm_of(call.drawn_for),
            draw=self.force.draw if blocked else None,
            stratum=call.stratum,
            strata=dict(call.strata) if call.strata else None,
            cluster=None if call.cluster is None else self.lab.pseudonym(call.cluster),
            channel=call.channel,
            locale=self.force.locale_for(call.locale) or call.locale,
            timezone=call.timezone,
            delay_seconds=None if call.delay is None else call.delay.total_seconds(),
            delay_band=delay_band(call.delay),
            covariates=dict(call.covariates) if call.covariates else None,
            incident=incident,
            at=call.at,
            invite_at=None if not experiment.invitation else call.at if after is None else call.at + after,
            sender=call.sender,
            test=call.test,
            assignment_id=assignment_id,
            token_nonce=nonce,
        )

    def _answer(self, call: Call, stored: Stored) -> Assignment:
        """The answer for a unit that has an arm, while the experiment runs or is paused."""
        experiment = self.force.experiment
        self._say_difference(call, stored)
        later = stored.incident_number != 1
        if later and experiment.on_repeat == "nothing":
            words = _usual(experiment, call, self.targets)
            return self._assigned(call, stored, status="assigned", message=words.message, notice=words.notice)
        link = (
            None
            if later or not experiment.invitation
            else self.lab.survey_url(experiment, stored.token_nonce)
        )
        locale = self.force.locale_for(call.locale) or stored.locale
        rendered = render(
            experiment,
            arm=stored.arm,
            locale=locale,
            slots=call.slots,
            survey_url=link or "",
            greeting=_greeting(locale, call),
            answer_by=_answer_by(locale, call, self.targets),
        )
        return self._assigned(
            call,
            stored,
            status="assigned",
            message=rendered.message,
            notice=rendered.notice,
            invitation=rendered.invitation if link else None,
            survey_url=link,
            locale=locale,
        )

    def _say_difference(self, call: Call, stored: Stored) -> None:
        """The stored cluster and strata stand; a call that says otherwise is worth a look."""
        if stored.created:
            return
        cluster = None if call.cluster is None else self.lab.pseudonym(call.cluster)
        for name, kept, given in (
            ("cluster", stored.cluster, cluster),
            ("stratum", stored.stratum, call.stratum),
        ):
            if kept != given:
                log.warning(
                    "%s: assignment %s keeps its stored %s; a repeated call named another",
                    self.force.key,
                    stored.assignment_id,
                    name,
                )

    def _repeat(self, call: Call, stored: Stored) -> Assignment:
        """The answer for a unit that was assigned before this call."""
        if self.force.status != "stopped":
            return self._answer(call, stored)
        if stored.incident_number == 0:
            words = self._after_stop(call)
            return self._assigned(
                call,
                stored,
                status="stopped",
                message=words.message,
                notice=words.notice,
                reason="new incident after stop",
            )
        answer = self._answer(call, stored)
        return _replace(
            answer, status="stopped", reason="the experiment has stopped; this is the unit's own arm"
        )

    def _assigned(self, call: Call, stored: Stored, *, status: str, **words: object) -> Assignment:
        invited = words.get("invitation") is not None
        return Assignment(
            experiment=self.force.key,
            unit_id=call.unit_id,
            arm=stored.arm,
            enrolled=not stored.test,
            status=status,
            assignment_id=stored.assignment_id,
            assigned_at=stored.assigned_at,
            invite_at=stored.invite_at if invited else None,
            repeat=not stored.created,
            sent=stored.sent,
            **{"locale": call.locale, **words},  # type: ignore[arg-type]
        )

    def _turned_away(self, call: Call, refusal: TurnedAway) -> Assignment:
        answer = _unassigned(self.force.experiment, call, refusal.status, refusal.reason, self.targets)
        if refusal.status == "stopped":
            words = self._after_stop(call)
            return _replace(answer, message=words.message, notice=words.notice)
        return answer

    def _after_stop(self, call: Call) -> _Words:
        """The `--then` arm's words for everybody, or the usual message."""
        experiment, state = self.force.experiment, self.force.state
        locale = self.force.locale_for(call.locale)
        if state is None or state.then_arm is None or locale is None:
            return _usual(experiment, call, self.targets)
        rendered = render(
            experiment,
            arm=state.then_arm,
            locale=locale,
            slots=call.slots,
            survey_url="",
            greeting=_greeting(locale, call),
            answer_by=_answer_by(locale, call, self.targets),
        )
        return _Words(rendered.message, rendered.notice)


class _Words:
    def __init__(self, message: str | None, notice: str | None) -> None:
        self.message = message
        self.notice = notice


def _usual(experiment: Experiment, call: Call, targets: Mapping[str, float]) -> _Words:
    """The usual message; in a language without arms, whatever of it is written for every language."""
    locale = experiment.locale_for(call.locale) or call.locale
    hello, by = _greeting(locale, call), _answer_by(locale, call, targets)
    usual = experiment.otherwise or experiment.notice
    message = notice = None
    if usual is not None and usual.get(locale) is not None:
        message = otherwise(experiment, locale=locale, slots=call.slots, greeting=hello, answer_by=by)
    if experiment.notice is not None and experiment.notice.get(locale) is not None:
        notice = render(
            experiment,
            arm=None,
            locale=locale,
            slots=call.slots,
            survey_url="",
            greeting=hello,
            answer_by=by,
        ).notice
    return _Words(message, notice)


def _unassigned(
    experiment: Experiment, call: Call, status: str, reason: str, targets: Mapping[str, float] = UNKNOWN
) -> Assignment:
    words = _usual(experiment, call, targets)
    return Assignment(
        experiment=experiment.key or "",
        unit_id=call.unit_id,
        status=status,
        reason=reason,
        message=words.message,
        notice=words.notice,
        locale=experiment.locale_for(call.locale),
    )


def _greeting(locale: str, call: Call) -> str:
    # Without the customer's zone the hour is unknown, and a neutral greeting is right at any hour.
    return greeting(locale, call.local_time)


def _answer_by(locale: str, call: Call, targets: Mapping[str, float]) -> str | None:
    """By when the channel's target has the answer; None, which reads "soon", where it has no target."""
    seconds = targets.get(call.channel.strip().lower())
    return None if seconds is None else answer_by(locale, call.local_time, timedelta(seconds=seconds))


def _replace(answer: Assignment, **changes: object) -> Assignment:
    from dataclasses import replace

    return replace(answer, **changes)  # type: ignore[arg-type]
