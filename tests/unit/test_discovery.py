import os
import sys

import pytest

from amends.discovery import discover, load_file
from amends.errors import ConfigurationError, DefinitionError

SOUND = '''"""Which sentence is better?

More words.
"""

from amends import Experiment, silence, thank_you

experiment = Experiment(notice="Late.", arms=[thank_you("Thank you."), silence()])
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sound.py").write_text(SOUND, encoding="utf-8")
    return tmp_path


def broken(folder, content: str | bytes, name: str = "broken.py") -> str:
    """The message of a broken file beside a sound one, which must still be found."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = discover(folder)
    assert list(found.experiments) == ["sound"]
    (problem,) = found.problems
    assert problem.path.name == name
    assert name in problem.message
    return problem.message


def test_the_file_stem_is_the_key_and_the_first_line_the_question(folder):
    experiment = discover(folder).experiments["sound"]
    assert (experiment.key, experiment.question) == ("sound", "Which sentence is better?")


def test_experiments_come_in_alphabetical_order(folder):
    for name in ("zebra", "apple"):
        (folder / f"{name}.py").write_text(SOUND, encoding="utf-8")
    assert list(discover(folder).experiments) == ["apple", "sound", "zebra"]


def test_a_syntax_error_hides_no_other_file_and_names_its_line(folder):
    said = broken(folder, '"""Q"""\nexperiment = Experiment(\n')
    assert "broken.py, line 2: this is not valid Python" in said
    assert "Look for a missing comma, quote or bracket" in said


def test_an_import_of_something_missing_is_named_with_its_line(folder):
    said = broken(folder, '"""Q"""\nimport surely_not_installed\n')
    assert "line 2: No module named 'surely_not_installed'" in said
    assert "install what is missing" in said


def test_a_misspelt_name_of_ours_is_named(folder):
    assert "thank_yuo" in broken(folder, '"""Q"""\nfrom amends import thank_yuo\n')


def test_a_broken_rule_is_told_in_its_own_words_with_the_line(folder):
    said = broken(folder, SOUND.replace(", silence()]", "]"))
    assert "line 8: arms has 1 (thank_you)" in said


def test_a_misspelt_argument_is_told_with_the_nearest(folder):
    assert "Did you mean 'notice'" in broken(folder, SOUND.replace("notice=", "notcie="))


def test_a_missing_required_argument_is_a_problem_and_no_crash(folder):
    assert "TypeError" in broken(
        folder, SOUND.replace('thank_you("Thank you.")', "Arm()").replace("silence, ", "Arm, silence, ")
    )


def test_a_file_without_an_experiment_says_what_to_write(folder):
    said = broken(folder, '"""Q"""\nx = 1\n')
    assert "it defines no `experiment`. Write experiment = Experiment(…)" in said


def test_an_experiment_of_another_name_is_recognised(folder):
    said = broken(folder, SOUND.replace("experiment = ", "test = "))
    assert "its experiment is called 'test'. Call it `experiment`" in said


def test_something_else_called_experiment_is_a_problem(folder):
    assert "it defines no `experiment`" in broken(folder, '"""Q"""\nexperiment = "late"\n')


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "import sys; sys.exit()", "exit()"])
def test_a_file_that_ends_the_program_ends_nothing(folder, ending):
    assert "Take that out: a definition only defines" in broken(folder, f'"""Q"""\n{ending}\n')


def test_any_other_failure_is_named_with_its_line(folder):
    assert "line 3: ZeroDivisionError: division by zero" in broken(folder, '"""Q"""\n\n1 / 0\n')


def test_a_file_without_a_question_is_a_problem(folder):
    said = broken(folder, SOUND.partition('"""\n\nfrom')[2].join(("from", "")))
    assert "it has no question. Write it as the file's first line" in said


@pytest.mark.parametrize(
    "content", [b'"""Q"""\nx = "\xff\xfe"\n', b"\x00\x01\x02", b"PK\x03\x04\x14\x00\x00"]
)
def test_a_file_that_is_no_text_is_a_problem(folder, content):
    broken(folder, content)


def test_an_empty_file_is_a_problem(folder):
    assert "it defines no `experiment`" in broken(folder, "")


def test_a_file_name_that_is_no_key_is_a_problem_with_a_name_that_is(folder):
    said = broken(folder, SOUND, name="Late-Parcel.py")
    assert "the file's name is the key" in said
    assert "Write 'late_parcel'" in said


def test_a_declared_key_that_differs_from_the_files_name_is_a_problem(folder):
    said = broken(folder, SOUND.replace("Experiment(notice", 'Experiment(key="other", notice'))
    assert "key='other' stands in a definition that is called 'broken'" in said


def test_a_link_to_nowhere_is_a_problem(folder):
    (folder / "broken.py").symlink_to(folder / "gone.py")
    (problem,) = discover(folder).problems
    assert "broken.py: it cannot be read" in problem.message


def test_files_that_begin_with_an_underscore_folders_and_other_files_are_left_alone(folder):
    (folder / "_shared.py").write_text("1 / 0", encoding="utf-8")
    (folder / "__init__.py").write_text("1 / 0", encoding="utf-8")
    (folder / "notes.txt").write_text("not Python", encoding="utf-8")
    (folder / "folder.py").mkdir()
    found = discover(folder)
    assert (list(found.experiments), found.problems) == (["sound"], ())


def test_a_folder_that_is_not_there_is_named_with_its_whole_path(tmp_path):
    with pytest.raises(ConfigurationError, match=f"no experiments folder at {tmp_path / 'nowhere'}"):
        discover(tmp_path / "nowhere")


def test_an_unchanged_file_is_not_run_again(folder):
    assert discover(folder).experiments["sound"] is discover(folder).experiments["sound"]


def test_an_edited_file_is_read_again_even_at_the_same_length(folder):
    before = discover(folder).experiments["sound"]
    (folder / "sound.py").write_text(SOUND.replace("Late.", "Late!"), encoding="utf-8")
    os.utime(folder / "sound.py", ns=(1, 1))
    after = discover(folder).experiments["sound"]
    assert (before.notice.get("en"), after.notice.get("en")) == ("Late.", "Late!")


def test_a_mended_file_is_a_problem_no_longer(folder):
    broken(folder, "1 / 0")
    (folder / "broken.py").write_text(SOUND, encoding="utf-8")
    found = discover(folder)
    assert (list(found.experiments), found.problems) == (["broken", "sound"], ())


def test_a_removed_file_is_gone(folder):
    discover(folder)
    (folder / "sound.py").unlink()
    assert discover(folder).experiments == {}


def test_reading_leaves_no_modules_and_no_files_behind(folder):
    (folder / "sound.py").rename(folder / "read_only_here.py")
    discover(folder)
    assert not [name for name in sys.modules if "read_only_here" in name]
    assert [path.name for path in folder.iterdir()] == ["read_only_here.py"]


def test_a_file_may_not_shadow_a_module_of_the_standard_library(tmp_path):
    import json

    (tmp_path / "json.py").write_text(SOUND, encoding="utf-8")
    assert discover(tmp_path).experiments["json"].key == "json"
    assert sys.modules["json"] is json


def test_one_file_can_be_loaded_by_its_path(folder):
    assert load_file(folder / "sound.py").arm_of("C-1") in ("thank_you", "silence")
    with pytest.raises(DefinitionError, match="gone.py: it cannot be read"):
        load_file(folder / "gone.py")
