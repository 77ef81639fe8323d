"""Every refusal that is known in Indonesian is one that a wrong file really meets, and is said whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amends import Lab
from amends.discovery import load_file
from amends.errors import AmendsError, DefinitionError
from amends.lab import acting
from amends.lab.roles import Actor, Role
from amends.settings import load_settings
from dashboards.refusals import ACTS, REFUSALS, said_in

IMPORTS = (
    "from datetime import timedelta\n"
    "from amends import Experiment, Mean, Proportion, invite, sorry, text, thank_you\n"
)
ARMS = "[thank_you('Thank you.'), sorry('Sorry.')]"
BOTH = "[thank_you(en='Thank you.', id='Terima kasih.'), sorry(en='Sorry.', id='Maaf.')]"


def defined(**parts: str) -> str:
    """A file's text; every argument as it would be written."""
    given = {"notice": "'Late.'", "arms": ARMS, **parts}
    return (
        f'"""Which one?"""\n{IMPORTS}experiment = Experiment('
        + ", ".join(f"{name}={value}" for name, value in given.items())
        + ")\n"
    )


WRONG = {
    "bukan Python yang benar": '"""Which?"""\nexperiment = (\n',
    "pertanyaannya tidak ada": defined().replace('"""Which one?"""\n', ""),
    "`experiment` tidak ada di dalamnya": '"""Which?"""\n',
    "eksperimennya diberi nama 'trial'": defined().replace("experiment = ", "trial = "),
    "menghentikan program": '"""Which?"""\nraise SystemExit\n',
    "pasang paket yang kurang": '"""Which?"""\nimport no_such_package_at_all\n',
    "Perbaiki baris itu": '"""Which?"""\nexperiment = 1 / 0\n',
    "Experiment tidak mengenal argumen 'arm'. Maksudnya 'arms'?": defined(arm="1"),
    "bukan nama: hanya huruf kecil": defined(unit="'A parcel'"),
    "disebut dua kali": defined(arms="[thank_you('Thank you.'), thank_you('Thanks.')]"),
    "seharusnya daftar": defined(arms="'thank_you'"),
    "masked ialah 1; seharusnya True atau False.": defined(masked="1"),
    "seharusnya teks yang tidak kosong": defined(owner="' '"),
    "seharusnya lama waktu yang positif": defined(response_window="7"),
    "alpha ialah 5; seharusnya bilangan dalam (0, 0.5).": defined(alpha="5"),
    "seharusnya ditulis seperti hashed()": defined(randomize="'blocked'"),
    "sender ialah 'machin'; seharusnya 'machine' atau 'human'. Maksudnya 'machine'?": defined(
        sender="'machin'"
    ),
    "sample ialah 1; seharusnya bilangan bulat": defined(sample="1"),
    "arms berisi 1 kelompok pesan (thank_you)": defined(arms="[thank_you('Thank you.')]"),
    "yang bukan kelompok pesan. Gunakan": defined(arms="['thank_you', 'sorry']"),
    "sorry() tidak punya teks": defined(arms="[thank_you('Thank you.'), sorry()]"),
    "semua kelompok pesan harus memakai bahasa yang sama": defined(
        notice="text(en='Late.', id='Terlambat.')",
        arms="[thank_you(en='Thank you.', id='Terima kasih.'), sorry(en='Sorry.')]",
    ),
    "keduanya dibaca bersama": defined(arms=BOTH, notice="text(en='Late.')"),
    "tetapi arm 'thank_you' juga memakai 'fr'": defined(
        arms="[thank_you(en='Thank you.', fr='Merci.'), sorry(en='Sorry.', fr='Pardon.')]",
        notice="text(en='Late.', fr='En retard.')",
        invitation="invite(en='Tell us: {survey_url}')",
    ),
    "tautan itu tempatnya di undangan": defined(
        arms="[thank_you('Thank you: {survey_url}'), sorry('Sorry.')]"
    ),
    "adalah argumen assign sendiri": defined(notice="'Late since {delay}.'"),
    "tidak memuat {survey_url}": defined(invitation="invite('Tell us.')"),
    "bukan kode bahasa": defined(notice="text(xx='Late.')"),
    "metrics berisi 'completed', yang bukan ukuran": defined(metrics="['completed']"),
    "semuanya utama": defined(
        metrics="[Proportion('completed', role='primary'), Mean('joy', scale=(1, 7), role='primary')]"
    ),
    "Gunakan detect yang lebih kecil": defined(metrics="[Proportion('completed', baseline=0.5, detect=0.7)]"),
    "berasal dari survei tetapi tidak punya skala": defined(metrics="[Mean('minutes', sd=3)]"),
    "bisa memilih pelanggannya": defined(sender="'human'"),
    "yang bukan kelompok pesan. Yang dikenal: sorry, thank_you.": defined(contrasts="[('thank_you', 'zzz')]"),
    "tidak dapat dibaca": "",
}


def refused(source: str, folder: Path) -> str:
    path = folder / "tea.py"
    path.unlink(missing_ok=True)
    if source:
        path.write_text(source, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_file(path)
    return str(caught.value)


@pytest.mark.parametrize(("fragment", "source"), WRONG.items(), ids=list(WRONG))
def test_a_wrong_file_is_told_in_indonesian(fragment: str, source: str, tmp_path: Path) -> None:
    message = refused(source, tmp_path)
    said = said_in(message, "id")
    assert fragment in said
    assert said.startswith("tea.py")
    english = {"must", "the", "Add", "Write", "Give", "line"}
    assert not english & set(re.findall(r"\w+", said.split(": ", 1)[1]))
    assert said_in(message, "en") == message


def test_every_refusal_that_is_known_is_met_by_one_of_them(tmp_path: Path) -> None:
    rest = [refused(source, tmp_path).split(": ", 1)[1] for source in WRONG.values()]
    for english, _ in REFUSALS:
        assert any(english.fullmatch(message) for message in rest), english.pattern


def test_what_is_not_known_yet_says_that_it_is_english() -> None:
    assert said_in("a new rule.", "id") == "a new rule. (penjelasan ini baru ada dalam bahasa Inggris)"


OWNER = Actor(Role.OWNER)
ASKS = "sorry(en='Sorry, late.', id='Mohon pengertian Anda atas keterlambatan ini ya, Kak.')"
DOUBTFUL = defined(
    arms=f"[thank_you(en='Thank you.', id='Terima kasih.'), {ASKS}]", notice="None", moderators="['colour']"
)


def messages_of_acts(folder: Path) -> list[str]:
    """What a lab really says to whoever acts wrongly or too late, and before the start."""
    (folder / "experiments").mkdir()
    settings = {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
    }
    files = {"tea": defined(), "veiled": defined(masked="True"), "doubtful": DOUBTFUL}
    for key, source in files.items():
        (folder / "experiments" / f"{key}.py").write_text(source, encoding="utf-8")
    lab = Lab(settings=load_settings(settings))
    heard = [item.said.en for item in lab.checklist("doubtful") if item.said.en == item.said.id]

    def hear(act: object, *given: object, **named: object) -> None:
        with pytest.raises(AmendsError) as caught:
            act(lab, *given, **named)  # type: ignore[operator]
        heard.append(str(caught.value))

    hear(acting.start, "tea", actor=Actor(Role.VIEWER), seen="")
    hear(acting.start, "tea", actor=OWNER, seen="another")
    for key in ("tea", "veiled"):
        acting.start(lab, key, actor=OWNER, seen=lab.experiment(key).fingerprint(), coverage="0.5")
    hear(acting.start, "tea", actor=OWNER, seen="")
    hear(acting.ramp, "tea", "0.1", actor=OWNER)
    hear(acting.unmask, "tea", actor=OWNER, reason="Board.")
    hear(acting.unmask, "veiled", actor=OWNER, reason=" ")
    acting.stop(lab, "veiled", actor=OWNER)
    hear(acting.unmask, "veiled", actor=OWNER, reason="Board.")
    acting.pause(lab, "tea", actor=OWNER)
    (folder / "experiments" / "tea.py").write_text(defined(alpha="0.1"), encoding="utf-8")
    hear(acting.resume, "tea", actor=OWNER)
    lab.close()
    return heard


def test_what_is_refused_to_whoever_acts_is_told_in_indonesian_and_nothing_is_known_that_is_not_met(
    tmp_path: Path,
) -> None:
    heard = messages_of_acts(tmp_path)
    for message in heard:
        assert "bahasa Inggris" not in said_in(message, "id"), message
        assert not {"must", "the", "and", "Write", "Undo"} & set(re.findall(r"\w+", said_in(message, "id")))
    for english, _ in ACTS:
        assert any(english.fullmatch(message) for message in heard), english.pattern
