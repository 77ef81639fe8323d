from datetime import timedelta

import pytest

from amends.design.invitation import Invitation, default_invitation, invite
from amends.errors import DefinitionError


def test_the_default_invitation_speaks_both_languages_at_once():
    assert default_invitation().text.locales == ("en", "id")
    assert default_invitation().after == timedelta()


def test_the_default_words_may_come_later():
    assert invite(after=timedelta(hours=2)) == Invitation(default_invitation().text, after=timedelta(hours=2))


def test_an_invitation_without_the_link_is_refused():
    with pytest.raises(DefinitionError, match=r"invitation id has no \{survey_url\}"):
        invite(en="Here: {survey_url}", id="Ini: survei")


@pytest.mark.parametrize("after", [timedelta(hours=-1), 3600])
def test_an_invitation_is_never_due_before_the_message(after):
    with pytest.raises(DefinitionError, match="invitation after is .*; it must be a positive duration"):
        invite(after=after)


def test_a_misspelt_keyword_of_invite_is_refused_with_the_nearest():
    with pytest.raises(DefinitionError, match="Did you mean 'after'"):
        invite(afer=timedelta(hours=1))


def test_an_invitation_is_read_back_from_json():
    invitation = invite(en="Here: {survey_url}", after=timedelta(minutes=90))
    assert Invitation.from_dict(invitation.to_dict()) == invitation
