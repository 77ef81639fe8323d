"""Who may decide, at what level, and what the finding is called. Pure: figures in, a word out.

Two ways of deciding share the error alpha: while data are collected the always-valid interval
decides at alpha/5, whenever anyone looks; at the planned sample the fixed test decides once, at
4·alpha/5. Data that were finished before they reached us (imported, tabled, typed in) are read by
one fixed test at alpha. The six verdicts are tried in the order of `VERDICT_ORDER`; the first that
applies is the finding.
"""

from __future__ import annotations

from dataclasses import dataclass

from amends.analysis.formatting import Figure, Sentence, count
from amends.analysis.result import NotEnough

VERDICT_ORDER = (
    "not trustworthy",
    "still collecting",
    "cannot tell",
    "difference",
    "equivalent",
    "no difference shown",
)

ALWAYS_VALID_SHARE = 1 / 5
FIXED_SHARE = 4 / 5
NEARLY_PLANNED = 0.95


@dataclass(frozen=True, slots=True)
class Rule:
    """Which method decides now.

    Attributes:
        method: `"fixed"`, `"always-valid"` or `"none"` (nothing has been collected).
        level: The level the adjusted p-value is compared with; 0 where no fixed test decides.
        always_valid_level: The level of the always-valid interval before division by the family;
            None for finished data, which have no always-valid interval.
        collecting: Whether more units are still to come before the decision.
        waiting: Whether, after a stop, answers of units already assigned may still come in.
        note: Why this method decides, where that needs saying.
    """

    method: str
    level: float = 0.0
    always_valid_level: float | None = None
    collecting: bool = False
    waiting: bool = False
    note: Sentence | None = None


def deciding_rule(
    *,
    status: str,
    alpha: float,
    planned: int | None = None,
    reached: int = 0,
    finished_data: bool = False,
    decision_data: bool = False,
    masked: bool = False,
    waiting: int = 0,
) -> Rule:
    """The method and level that decide, by the state of the collection.

    Args:
        status: `draft`, `running`, `paused` or `stopped`. A paused experiment goes on collecting.
        alpha: The experiment's error over its whole life.
        planned: Planned assigned units of the smallest arm; None where there is no plan.
        reached: Matured units of the arm furthest behind its share.
        finished_data: Imported, tabled or typed-in data.
        decision_data: The first planned matured units of every arm have been read. While an
            experiment runs the fixed test decides on exactly these or not at all: read on whatever
            has arrived, it would decide again at every look.
        masked: The arms were masked until the stop, so nobody could stop on a result.
        waiting: Units whose response window is still open. After a stop the fixed test waits for them,
            or it would be read again and again while their answers come in.

    >>> deciding_rule(status="running", alpha=0.05, planned=134, reached=51).method
    'always-valid'
    >>> deciding_rule(status="stopped", alpha=0.05, planned=134, reached=134).level
    0.04000000000000001
    """
    if finished_data:
        return Rule("fixed", level=alpha)
    always = alpha * ALWAYS_VALID_SHARE
    if status == "draft":
        return Rule("none", always_valid_level=always)
    full = planned is not None and reached >= planned
    if status != "stopped":
        if full and decision_data:
            return Rule("fixed", level=alpha * FIXED_SHARE, always_valid_level=always)
        return Rule("always-valid", always_valid_level=always, collecting=True)
    if waiting and not full:
        return Rule("always-valid", always_valid_level=always, waiting=True, note=_waiting_note(waiting))
    note = _stop_note(planned=planned, reached=reached, masked=masked)
    if full or masked or (planned is not None and reached >= NEARLY_PLANNED * planned):
        return Rule("fixed", level=alpha * FIXED_SHARE, always_valid_level=always, note=note)
    return Rule("always-valid", always_valid_level=always, note=note)


def _waiting_note(waiting: int) -> Sentence:
    return Sentence(
        f"The response window of {count(waiting)} units is still open: until it closes the p-values are "
        "descriptive and the always-valid interval decides.",
        f"Waktu menjawab untuk {count(waiting, 'id')} unit masih terbuka: sampai waktunya habis, nilai p "
        "hanya bersifat deskriptif dan selang yang selalu berlaku yang memutuskan.",
    )


def _stop_note(*, planned: int | None, reached: int, masked: bool) -> Sentence | None:
    if planned is None:
        return Sentence(
            "Stopped without a planned sample: the p-values are descriptive, "
            "the always-valid interval decides.",
            "Dihentikan tanpa rencana jumlah sampel: nilai p hanya bersifat deskriptif, "
            "selang yang selalu berlaku yang memutuskan.",
        )
    if reached >= planned:
        return None
    if reached >= NEARLY_PLANNED * planned:
        why = Sentence(
            "at least 95% of the plan, so the fixed test decides",
            "paling sedikit 95% dari rencana, sehingga uji tetap yang memutuskan",
        )
    elif masked:
        why = Sentence(
            "with the arms masked until then, so the fixed test decides",
            "dengan kelompok tetap disamarkan sampai saat itu, sehingga uji tetap yang memutuskan",
        )
    else:
        why = Sentence(
            "the p-values are descriptive, the always-valid interval decides",
            "nilai p hanya bersifat deskriptif, selang yang selalu berlaku yang memutuskan",
        )
    return Sentence(
        f"Stopped at {count(reached)} of {count(planned)} planned units per arm: {why.en}.",
        f"Dihentikan pada {count(reached, 'id')} dari {count(planned, 'id')} unit per kelompok "
        f"yang direncanakan: {why.id}.",
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one contrast brings to its verdict.

    Attributes:
        p_value: The fixed test's adjusted p-value on the deciding data.
        always_valid: The always-valid interval, None where there is none.
        region: For a metric known only for those who answered, the 95% region of the Lee bounds.
        within_margin: Whether the 90% interval lies inside the declared margin.
        selected: The metric is known only for those who answered.
    """

    p_value: Figure
    always_valid: tuple[Figure, Figure] | None = None
    region: tuple[Figure, Figure] | None = None
    within_margin: bool = False
    selected: bool = False


def excludes_zero(limits: tuple[Figure, Figure] | None) -> bool:
    """Whether both limits are known and lie on the same side of zero.

    >>> excludes_zero((0.02, 0.24)), excludes_zero((-0.01, 0.27)), excludes_zero(None)
    (True, False, False)
    """
    if limits is None:
        return False
    low, high = limits
    if low is None or high is None or isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return False
    return low > 0 or high < 0


def rejected_by(evidence: Evidence, rule: Rule) -> str | None:
    """The method that rejects "no difference": `"fixed"`, `"always-valid"`, or None where none does.

    A fixed test at the planned sample comes after the always-valid looks, and both spend their own
    share of alpha, so either may reject.
    """
    p = evidence.p_value
    if rule.method == "fixed" and p is not None and not isinstance(p, NotEnough) and p <= rule.level:
        return "fixed"
    always = rule.always_valid_level is not None and excludes_zero(evidence.always_valid)
    return "always-valid" if always else None


def verdict(evidence: Evidence, rule: Rule, *, trustworthy: bool = True, stored: str | None = None) -> str:
    """The finding of one contrast, one of `VERDICT_ORDER`.

    Args:
        evidence: The contrast's figures on the deciding data.
        rule: Who decides, from `deciding_rule`.
        trustworthy: False when the split between arms is not the planned one.
        stored: A verdict made earlier, which stands: data that arrive later never re-decide.

    >>> finished = deciding_rule(status="stopped", alpha=0.05, finished_data=True)
    >>> verdict(Evidence(p_value=0.0939), finished), verdict(Evidence(p_value=0.011), finished)
    ('no difference shown', 'difference')
    >>> verdict(Evidence(p_value=0.011), finished, trustworthy=False)
    'not trustworthy'
    """
    if not trustworthy:
        return "not trustworthy"
    if stored is not None:
        return stored
    rejected = rejected_by(evidence, rule) is not None
    if rule.collecting and not rejected:
        return "still collecting"
    estimable = _estimable(evidence, rule)
    if not estimable or (rejected and evidence.selected and not excludes_zero(evidence.region)):
        return "cannot tell"
    if rejected:
        return "difference"
    return "equivalent" if evidence.within_margin and rule.method == "fixed" else "no difference shown"


def _estimable(evidence: Evidence, rule: Rule) -> bool:
    if rule.method == "fixed":
        return not isinstance(evidence.p_value, NotEnough) and evidence.p_value is not None
    if rule.method == "always-valid" and evidence.always_valid is not None:
        return not any(isinstance(limit, NotEnough) for limit in evidence.always_valid)
    return False
