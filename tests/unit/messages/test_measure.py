"""Texts counted as a person counts them."""

import pytest

from amends.messages.measure import measure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (0, 0, 0, 0)),
        ("  ", (0, 0, 0, 0)),
        ("!", (1, 0, 0, 0)),
        ("Mohon maaf", (10, 2, 1, 5)),
        ("Thank you. Really!", (18, 3, 2, 6)),
        ("Arrives 12.30 at no. 5", (22, 6, 2, 7)),
        ("It's state-of-the-art…", (22, 2, 1, 16)),
        ("Terima kasih! Sampai jumpa", (26, 4, 2, 6)),
    ],
)
def test_characters_words_sentences_and_the_longest_word(text, expected):
    assert tuple(measure(text)) == expected
