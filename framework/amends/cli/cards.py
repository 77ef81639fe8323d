"""`amends cards` and `amends hand-out`: cards for people who hand the message out themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.lab.cards import Card

KINDS = (".pdf", ".html", ".svg")
LOCALES = ("en", "id")


def cards(
    key: Key,
    n: Annotated[int | None, typer.Option("--n", help="How many new cards.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A .pdf, .html or .svg file.")] = None,
    stratum: Annotated[
        list[str] | None, typer.Option("--stratum", help="name=value, one for each declared stratum.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language of the printed line: en or id.")] = "en",
    status: Annotated[bool, typer.Option("--status", help="Count printed and handed out cards.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print numbered cards with QR codes, which show no arm; --status counts them.

    \b
    Example:
      amends cards restaurant_wait --n 120 --stratum site=Bandung --stratum shift=evening --out cards.pdf
      amends cards restaurant_wait --status
    """
    with open_lab() as lab:
        if status:
            _count(lab, key, as_json=as_json)
            return
        if n is None or out is None:
            output.refuse("cards are printed with --n and --out cards.pdf, and counted with --status.")
        if out.suffix.lower() not in KINDS or not out.absolute().parent.is_dir() or out.exists():
            output.refuse(f"--out {out}: name a new file that ends in {', '.join(KINDS)}, in a folder.")
        if locale not in LOCALES:
            output.refuse(f"--locale {locale}: it is written in en (English) or id (Indonesian).")
        if "127.0.0.1" in lab.settings.public_url:
            output.notice(
                "note: the links lead to this computer only; set AMENDS_PUBLIC_URL before you print."
            )
        printed = lab.print_cards(key, n, strata=_strata(stratum or []))
        out.write_bytes(_drawn(printed, out.suffix.lower(), locale))
    first, last = printed[0].number, printed[-1].number
    if as_json:
        output.say_json({"out": str(out), "first": first, "last": last})
    else:
        output.say(f"Wrote {out}: cards {first} to {last}. They count once they are handed out:")
        output.say(f"  amends hand-out {key} CODE")


def hand_out(
    key: Key,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What is printed on the card.")],
    delay_minutes: Annotated[
        float | None, typer.Option(help="How long the customer has waited, where that decides.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="The cluster's id, where one is declared.")] = None,
    locale: Annotated[str | None, typer.Option(help="The customer's language.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record that a card is handed out now, then show what to say.

    \b
    Example:
      amends hand-out restaurant_wait 17-K7F2Q9AB --delay-minutes 40
    """
    with open_lab() as lab:
        delay = None if delay_minutes is None else timedelta(minutes=delay_minutes)
        given = lab.hand_out(key, code, delay=delay, cluster=cluster, locale=locale)
    if given.status == "error":
        if given.message:
            output.say(given.message)
        output.refuse(
            "the card could not be recorded: the database did not answer. "
            "Say your usual message, keep the card, and try again."
        )
    if as_json:
        output.say_json(given)
        return
    if given.repeat:
        output.notice(f"note: this card was handed out before, at {given.assigned_at}; its words stay.")
    if given.arm is None:
        output.notice(f"note: not part of the experiment ({given.reason or given.status}).")
    output.say(given.message or "(nothing is said)")


def _drawn(printed: list[Card], kind: str, locale: str) -> bytes:
    from amends.publishing import cards as paper

    if kind == ".pdf":
        return paper.to_pdf(printed, locale=locale)
    return (paper.to_html if kind == ".html" else paper.to_svg)(printed, locale=locale).encode()


def _strata(given: list[str]) -> dict[str, str]:
    named = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            output.refuse(f"--stratum {pair}: write it as name=value, such as site=Bandung.")
        named[name] = value
    return named


def _count(lab: Lab, key: str, *, as_json: bool) -> None:
    from amends.lab.cards import count_cards

    counted = count_cards(lab, key)
    if as_json:
        output.say_json(
            [{"stratum": c.stratum, "printed": c.printed, "handed_out": c.handed_out} for c in counted]
        )
        return
    rows = [(c.stratum or "all", c.printed, c.handed_out) for c in counted]
    output.say(output.columns(["stratum", "printed", "handed out"], rows))
