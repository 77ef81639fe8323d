"""Whatever a browser sends, the survey answers with a page and is finished by complete answers only."""

from datetime import UTC, datetime
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from amends import Choice, Experiment, Lab, Mean, Proportion, Rating, Text, service_quality, silence, sorry
from amends.api.survey import STATUS, submit, visit
from amends.lab.tokens import unsign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAB = Lab.in_memory(
    [
        Experiment(
            key="late",
            notice="Late.",
            arms=[sorry("Sorry."), silence()],
            metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
            survey=[
                *service_quality(),
                Choice("place", "Where?", options=["home", "shop"]),
                Text("comment", "Else?", max_length=50),
            ],
        ),
        Experiment(
            key="study",
            arms=[sorry("Sorry."), silence()],
            survey=[Text("comment", "Else?", max_length=50), Rating("place", "How?")],
            consent="Voluntary.",
            debrief="Why.",
            completion_code=True,
        ),
    ],
    clock=lambda: NOON,
)
TOKEN = LAB.assign("late", "C-1").survey_url.rsplit("/", 1)[-1]
NUMBERS = count()
NAMES = ["satisfaction", "attention", "understanding", "responsiveness", "place", "comment"]
CONTROLS = ["_issued", "_locale", "_step", "_lang", "_refuse", "_later", "_withdraw"]
values = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["1", "7", "home", "first", "all", "id", "en", "consent", ""]),
    st.lists(st.text(max_size=5), max_size=3),
)
forms = st.dictionaries(
    st.one_of(st.sampled_from(NAMES + CONTROLS), st.text(max_size=10)), values, max_size=12
)


@settings(max_examples=300, deadline=None)
@given(form=forms, genuine=st.booleans())
def test_any_form_gets_a_page_and_is_finished_by_complete_answers_only(form, genuine):
    sent = {**form, **(visit(LAB, TOKEN, at=NOON).hidden if genuine else {})}

    outcome = submit(LAB, TOKEN, sent, at=NOON)

    assert outcome.state in STATUS
    assert outcome.status in (200, 422)
    assert outcome.html.startswith("<!doctype html>")
    assert not sum(arm.finished for arm in LAB.tally("late").arms) or outcome.state in ("closed", "spent")


@settings(max_examples=80, deadline=None)
@given(sent=st.lists(st.tuples(forms, st.sampled_from(["", "_refuse", "_later", "_withdraw"])), max_size=6))
def test_whatever_is_pressed_no_answer_is_stored_without_consent_and_the_tally_agrees(sent):
    number = next(NUMBERS)
    token = LAB.assign("study", f"S-{number}").survey_url.rsplit("/", 1)[-1]
    for form, button in sent:
        genuine = visit(LAB, token, at=NOON).hidden
        outcome = submit(LAB, token, {"place": "3", **form, **genuine, button or "place": "5"}, at=NOON)
        assert outcome.state in STATUS
        assert outcome.status in (200, 422)

        stored = LAB.store.by_token(unsign(LAB.settings.secret, token))
        response, consent = LAB.store.read_survey("study", assignment_id=stored.assignment_id)
        decision = consent.decision if consent else ""
        if response is not None and (response.finished or response.ratings or response.answers):
            assert decision == "agreed"
        assert not outcome.new or decision == "agreed"
    assert LAB.store.verify("study") == []


@settings(max_examples=200, deadline=None)
@given(token=st.text(max_size=60), form=forms)
def test_any_forged_link_gets_the_page_for_unknown_links(token, form):
    assert visit(LAB, token, at=NOON).state == "unknown"
    assert submit(LAB, token, form, at=NOON).state == "unknown"
