"""A sound definition whose parts a test replaces one at a time, and the refusal it should meet."""

import pytest

from amends.design.arm import silence, sorry, thank_you
from amends.design.experiment import Experiment
from amends.errors import DefinitionError


@pytest.fixture
def build():
    """Makes a small sound experiment; keyword arguments replace or add parts."""

    def make(**parts):
        sound = {
            "key": "late_parcel",
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("Sorry for the delay!!"), silence()],
        }
        return Experiment(**{**sound, **parts})

    return make


@pytest.fixture
def refusal():
    """The message with which a definition is refused."""

    def message(make, *arguments, **parts) -> str:
        with pytest.raises(DefinitionError) as refused:
            make(*arguments, **parts)
        return str(refused.value)

    return message
