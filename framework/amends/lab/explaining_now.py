"""What a call for a unit gets now: its own arm again, a new one, or the usual message."""

from __future__ import annotations

from amends.analysis.formatting import Sentence
from amends.lab.explaining_part import opted_out
from amends.lab.explanation import Case, Step
from amends.lab.places import places


def now(case: Case) -> Step:
    """The answer's status as `assign` would say it, should the unit be eligible, and what that means."""
    status = case.force.status
    if case.stored is not None:
        if status == "stopped":
            return Step(_OWN_AFTER_STOP, {"now": "stopped"})
        return Step(_OWN, {"now": "assigned"})
    if status == "stopped":
        return Step(_after_stop(case), {"now": "stopped"})
    if status != "running":
        return Step(_USUAL[status], {"now": {"draft": "not_started"}.get(status, status)})
    if opted_out(case):
        return Step(_USUAL["not_eligible"], {"now": "not_eligible"})
    if case.drawn_for is None:
        return Step(_WHICH_CLUSTER, {"now": None})
    for place in places(case.force.experiment, case.drawn_for, coverage=case.coverage):
        if not place.inside:
            kept_out = "holdout" if place.kind == "holdout" else "not_covered"
            return Step(_USUAL[kept_out], {"now": kept_out})
    return Step(_WOULD_BE, {"now": "assigned"})


def _after_stop(case: Case) -> Sentence:
    then = case.force.state.then_arm if case.force.state is not None else None
    words = (
        ("the usual message", "pesan biasa")
        if then is None
        else (f"the message of “{then}”", f"pesan kelompok “{then}”")
    )
    return Sentence(
        f"Now: the experiment has stopped; the customer gets {words[0]}, and nothing is recorded.",
        f"Sekarang: eksperimen sudah dihentikan; pelanggan menerima {words[1]}, dan tidak ada yang dicatat.",
    )


_OWN = Sentence(
    "Now: the same call again gets the same arm.",
    "Sekarang: panggilan yang sama mendapat kelompok yang sama lagi.",
)
_OWN_AFTER_STOP = Sentence(
    "Now: the experiment has stopped; the same call again still gets this arm's words.",
    "Sekarang: eksperimen sudah dihentikan; panggilan yang sama tetap mendapat pesan kelompok ini.",
)
_USUAL = {
    "draft": Sentence(
        "Now: nobody is assigned before the start; the usual message is sent.",
        "Sekarang: belum ada pengundian sebelum eksperimen dimulai; pesan biasa yang dikirim.",
    ),
    "paused": Sentence(
        "Now: nobody new is assigned during the pause; the usual message is sent.",
        "Sekarang: tidak ada pengundian baru selama eksperimen dijeda; pesan biasa yang dikirim.",
    ),
    "not_eligible": Sentence(
        "Now: it would not take part (not_eligible); the usual message is sent.",
        "Sekarang: tidak akan ikut (not_eligible); pesan biasa yang dikirim.",
    ),
    "not_covered": Sentence(
        "Now: it would not take part (not_covered); the usual message is sent.",
        "Sekarang: tidak akan ikut (not_covered); pesan biasa yang dikirim.",
    ),
    "holdout": Sentence(
        "Now: it would not take part (holdout); the usual message is sent.",
        "Sekarang: tidak akan ikut (holdout); pesan biasa yang dikirim.",
    ),
}
_WHICH_CLUSTER = Sentence(
    "Now: its cluster decides whether it takes part; name it with --cluster.",
    "Sekarang: klasternya yang menentukan ikut atau tidak; sebutkan dengan --cluster.",
)
_WOULD_BE = Sentence(
    "Now: it would be assigned, if the call shows that it qualifies.",
    "Sekarang: akan diundi, bila panggilannya memenuhi syarat.",
)
