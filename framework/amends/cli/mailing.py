"""Messages, invitations and reminders as e-mail, and what comes back."""

from __future__ import annotations

import signal
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.wording import Wording
    from amends.mailing.mailer import Run
    from amends.mailing.post import Post
    from amends.mailing.recipients import Recipient
    from amends.mailing.tasks import Counts, Desk

SHOWN = 20
IN_HAND = timedelta(minutes=10)
"""A letter claimed more lately may be in the hand of a run that goes on: nobody decides on it."""

SOON = timedelta(seconds=5)
"""People are assigned together whose turn comes within this time."""

SAID = {
    "due": "due now",
    "sent": "sent",
    "sent before": "sent in an earlier run",
    "withheld": "withheld: silence, and there is no notice",
    "failed": "refused by the server for good",
    "failed before": "refused, or came back, before",
    "put off": "put off by the server: run the same command again",
    "unclear": "unclear: may have gone out, decide by hand",
    "taken by another run": "taken by another run",
    "later": "not due yet: run the same command again",
    "quiet hours": "quiet hours: run the same command again",
    "opted out": "opted out, so not invited",
    "nothing to say": "nothing to say in their language",
}


def send(
    key: Key,
    customers: Annotated[Path, typer.Argument(metavar="CUSTOMERS.CSV", help="One row per customer, UTF-8.")],
    smtp: Annotated[str, typer.Option("--smtp", help="The mail server: smtp://user@host:587, or smtps://.")],
    sender: Annotated[str, typer.Option("--from", help="Such as 'Parcel desk <desk@example.com>'.")],
    subject: Annotated[
        list[str] | None, typer.Option(help="The message's; one for all, or en=… and id=…")
    ] = None,
    invitation_subject: Annotated[list[str] | None, typer.Option(help="The invitation's, likewise.")] = None,
    reminder_subject: Annotated[list[str] | None, typer.Option(help="The reminder's, likewise.")] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where answers go, if not to the sender.")] = None,
    unsubscribe: Annotated[
        str | None, typer.Option(help="Address or page at which one opts out of experiments.")
    ] = None,
    unit: Annotated[str, typer.Option(help="Column with the customers' ids.")] = "unit_id",
    to: Annotated[str, typer.Option(help="Column with the addresses.")] = "email",
    locale: Annotated[str | None, typer.Option(help="Language where the file has no locale column.")] = None,
    channel: Annotated[str, typer.Option(help="Channel where the file has no channel column.")] = "email",
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone where the file has no timezone column.")
    ] = None,
    per_minute: Annotated[float, typer.Option(min=0.1, help="Letters a minute at most.")] = 60.0,
    attempts: Annotated[int, typer.Option(min=1, max=10, help="Tries where a server puts off.")] = 4,
    reminders: Annotated[bool, typer.Option("--reminders", help="Send the reminders that are due.")] = False,
    unclear: Annotated[
        str, typer.Option(help="What of letters an ended run left unclear: list, sent or again.")
    ] = "list",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send; without, only say what is due.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send the messages and invitations that are due: one of each per person, however often it is run.

    The list is the one of `assign`, with a column of addresses, which are neither stored nor logged.
    Every row is checked before anybody is assigned or written to. Without --yes nothing happens. Run it
    again for what was not due or was put off. The password stands in AMENDS_SMTP_PASSWORD.

    \b
    Example:
      amends send late_parcel customers.csv --smtp smtp://desk@mail.example.com \\
        --from "Parcel desk <desk@example.com>" --subject "en=Your parcel" --subject "id=Paket Anda"
    """
    from amends.mailing.plan import plan, plan_reminders
    from amends.mailing.recipients import read_recipients
    from amends.mailing.tasks import Desk

    if unclear not in ("list", "sent", "again"):
        output.refuse(f"--unclear {unclear} is not known: list, sent or again.")
    end = Event()
    post = _post(smtp, sender, reply_to, unsubscribe, end=end, per_minute=per_minute, attempts=attempts)
    shared = {"locale": locale, "channel": channel, "timezone": timezone}
    given = {"message": subject, "invitation": invitation_subject, "reminder": reminder_subject}
    with open_lab() as lab:
        if lab.state(key) is None:
            output.refuse(f"{key} has not started, so nobody gets an arm yet: amends start {key}")
        listed = read_recipients(
            lab,
            key,
            customers,
            subjects=_subjects(lab.experiment(key), given, reminders=reminders),
            shared={name: value for name, value in shared.items() if value},
            unit=unit,
            to=to,
        )
        people = listed.people
        if listed.ignored:
            output.notice(
                f"note: nothing asks for these columns, they are ignored: {', '.join(listed.ignored)}"
            )
        soon = max(1, min(20, int(per_minute * SOON / timedelta(minutes=1))))
        desk = Desk(lab, key, domain=post.head.sender.domain, at_once=soon)
        if not yes:
            counts = (plan_reminders if reminders else plan)(desk, people)
            _say(counts, desk.unclear, sent=False, as_json=as_json)
            return
        if unclear != "list":
            _decide(desk, [person.unit for person in people], sent=unclear == "sent")
        with _ended_by_signals(end):
            run = _run(desk, post, people, reminders=reminders)
    _say(run.counts, run.unclear, sent=True, as_json=as_json, stopped=run.stopped)
    if run.stopped is not None:
        output.refuse(f"{run.stopped} Not everybody had their turn; run the same command again.")


@contextmanager
def _ended_by_signals(end: Event) -> Generator[None, None, None]:
    """A first Ctrl-C, or the system's wish, ends the run after the letter in hand; a second one at once."""
    before = {asked: signal.getsignal(asked) for asked in (signal.SIGINT, signal.SIGTERM)}

    def ask(asked: int, _: object) -> None:
        end.set()
        signal.signal(asked, before[signal.Signals(asked)])

    for asked in before:
        signal.signal(asked, ask)
    try:
        yield
    finally:
        for asked, handler in before.items():
            signal.signal(asked, handler)


def _post(
    smtp: str,
    sender: str,
    reply_to: str | None,
    unsubscribe: str | None,
    *,
    end: Event,
    per_minute: float,
    attempts: int,
) -> Post:
    """The way to the server, from the options and the environment's password."""
    from amends.mailing.letter import Letterhead, read_mailbox, read_unsubscribe
    from amends.mailing.post import Post
    from amends.mailing.server import read_server
    from amends.settings import smtp_password

    server, password = read_server(smtp), smtp_password()
    if server.user is not None and password is None:
        output.refuse(f"--smtp names the user {server.user!r}: set AMENDS_SMTP_PASSWORD to the password.")
    head = Letterhead(
        read_mailbox("--from", sender),
        None if reply_to is None else read_mailbox("--reply-to", reply_to),
        read_unsubscribe(unsubscribe),
    )
    return Post(
        server,
        head,
        password=password,
        per_minute=per_minute,
        attempts=attempts,
        sleep=end.wait,
        ending=end.is_set,
    )


def _run(desk: Desk, post: Post, people: Sequence[Recipient], *, reminders: bool) -> Run:
    from amends.mailing.mailer import send as hand_over

    tasks = (desk.reminders if reminders else desk.messages)(people)
    return hand_over(desk, post, output.progress(tasks, total=len(people), label=f"Sending {desk.key}"))


def _subjects(
    experiment: Experiment, given: Mapping[str, list[str] | None], *, reminders: bool
) -> dict[str, Wording]:
    """The subjects of the letters that this run may send; those of invitation and reminder have a default."""
    from amends.design.wording import Wording
    from amends.mailing.recipients import INVITED, REMINDED, read_subject

    options = {"message": "--subject", "invitation": "--invitation-subject", "reminder": "--reminder-subject"}
    usual = {"invitation": INVITED, "reminder": REMINDED}
    kinds = ["reminder"] if reminders else ["message", *(["invitation"] if experiment.invitation else [])]
    found = {}
    for kind in kinds:
        texts = given[kind]
        if texts:
            found[kind] = read_subject(options[kind], texts, experiment)
        elif kind in usual:
            found[kind] = Wording(usual[kind])
        else:
            output.refuse('--subject is missing: the message\'s, the same in every arm. "en=Your parcel"')
    return found


def _decide(desk: Desk, units: Sequence[str], *, sent: bool) -> None:
    """Settles the letters of the list that an ended run left behind, as somebody has found out."""
    now = desk.lab.clock()
    n = desk.lab.store.decide_mail(
        desk.key, units, "sent" if sent else "deferred", claimed_before=now - IN_HAND, at=now
    )
    output.notice(f"note: {n} unclear letters are {'taken as sent' if sent else 'sent again'}.")


def _say(
    counts: Counts,
    unclear: Sequence[tuple[str, str, datetime]],
    *,
    sent: bool,
    as_json: bool,
    stopped: str | None = None,
) -> None:
    kinds = sorted({kind for kind, _ in counts}, key=("message", "invitation", "reminder").index)
    if as_json:
        letters = {
            kind: {name: n for (of, name), n in sorted(counts.items()) if of == kind} for kind in kinds
        }
        left = [{"unit": unit, "letter": kind, "since": since} for unit, kind, since in unclear]
        output.say_json({"sent": sent, "letters": letters, "unclear": left, "stopped": stopped})
        return
    rows = [
        (kind, str(n), SAID[name]) for kind in kinds for (of, name), n in sorted(counts.items()) if of == kind
    ]
    output.say(output.columns(["letter", "people", ""], rows) if rows else "Nobody is due anything.")
    if not sent:
        output.say("Nothing was sent and nobody was assigned. Add --yes to send what is due.")
    for unit, kind, since in unclear[:SHOWN]:
        output.notice(f"unclear: the {kind} to {unit}, claimed {since:%Y-%m-%d %H:%M:%S} UTC")
    if len(unclear) > SHOWN:
        output.notice(f"… and {len(unclear) - SHOWN} more unclear ones; --json lists them all.")
    if unclear:
        output.notice(
            "They may have gone out: look at the server's log for them, then run again with --unclear sent "
            "or --unclear again (ten minutes after the run that left them)."
        )


def bounces(
    mail: Annotated[
        Path, typer.Argument(metavar="FILE.MBOX", help="The mailbox that bounces go to; or a Maildir.")
    ],
    as_json: AsJson = False,
) -> None:
    """Record the letters that came back as failed deliveries.

    Reads delivery reports and finds the letters by their own ids; other mail in the box is left alone.
    May be run on the same file again.

    \b
    Example:
      amends bounces bounces.mbox
    """
    from amends.mailing.bounces import read_bounces

    with open_lab() as lab:
        counts = read_bounces(lab, mail)
    if as_json:
        output.say_json(counts)
        return
    said = {
        "failed": "came back: recorded as failed",
        "known": "came back, known before",
        "strange": "reports on letters that were not sent from here",
        "delayed": "reports of a delay: nothing to do",
        "other": "other mail, left alone",
    }
    output.say(output.columns(["mail", ""], [(str(n), said[name]) for name, n in counts.items()]))
