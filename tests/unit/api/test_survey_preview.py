"""The survey shown beside the messages is the one behind the link, and nothing can come of looking at it."""

import re
from datetime import UTC, datetime

import pytest

from amends import Experiment, Lab, Rating, silence, text, thank_you
from amends.api.survey import visit
from amends.api.survey_page import render_page
from amends.api.survey_preview import preview

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def gift(**parts):
    return Experiment(
        **{
            "key": "gift",
            "notice": text(en="It is late.", id="Terlambat."),
            "arms": [thank_you(en="Thank you.", id="Terima kasih."), silence()],
            "show_message": "survey",
            "survey": [Rating("satisfaction")],
            **parts,
        }
    )


@pytest.mark.parametrize("arm", ["thank_you", "silence"])
@pytest.mark.parametrize("locale", ["en", "id"])
def test_the_preview_is_the_page_that_the_link_opens(arm, locale):
    lab = Lab.in_memory([gift()], clock=lambda: NOW)
    assignment = lab.assign("gift", "C-1", locale=locale, arm=arm, test=True)
    token = assignment.survey_url.rpartition("/")[2]
    served = render_page(visit(lab, token, at=NOW).page)
    lab.close()
    opened = re.sub(r'name="_issued" value="[^"]*"', 'name="_issued" value=""', served)
    opened = opened.replace(f'action="/s/{token}"', 'action=""').replace("novalidate>", "novalidate inert>")
    assert preview(gift(), arm, locale)["all"] == opened


def test_the_form_takes_no_input_and_leads_nowhere():
    pages = preview(gift(consent="May we ask?", debrief="That was why."), "thank_you", "en")
    assert list(pages) == ["consent", "all", "closed"]
    assert "May we ask?" in pages["consent"]
    assert "That was why." in pages["closed"]
    for page in pages.values():
        assert page.count("<form") == page.count(" inert>")
        assert not re.search(r'(?:action|src|href)="(?!"|data:)', page)
        assert "<script" not in page


def test_an_outside_form_is_not_ours_to_show():
    outside = gift(survey="https://forms.example/x?t={token}", show_message="message")
    assert preview(outside, "thank_you", "en") == {}
