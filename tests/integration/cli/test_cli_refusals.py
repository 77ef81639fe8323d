"""Bad input at the command line: one clear message, exit code 2 (check: 1), nothing half-written."""

import re

import pytest

CUSTOMERS = "unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,50,Budi\n"
FINISHED = "who,group,done,stars\n1,thank_you,1,6\n2,sorry,0,\n"


@pytest.mark.parametrize(
    "words",
    [
        ["check", "late_parcle"],
        ["start", "late_parcle", "--yes"],
        ["pause", "late_parcle"],
        ["stop", "late_parcle"],
        ["ramp", "late_parcle", "0.5"],
        ["messages", "late_parcle"],
        ["report", "late_parcle"],
        ["analyze", "late_parcle", "--json"],
        ["plan", "late_parcle"],
        ["simulate", "late_parcle"],
        ["export", "late_parcle", "--out", "data"],
        ["respond", "late_parcle", "C-1"],
        ["db", "verify", "late_parcle"],
        ["assign", "late_parcle", "customers.csv", "--out", "send.csv"],
        ["import", "late_parcle", "done.csv", "--arm", "group", "--completed", "done"],
        ["responses", "late_parcle", "done.csv", "--token", "who"],
    ],
    ids=lambda words: words[0],
)
def test_an_unknown_key_is_refused_with_the_nearest(desk, words):
    desk.file("customers.csv", CUSTOMERS)
    desk.file("done.csv", FINISHED)
    message = desk.refused(*words)
    assert "no experiment 'late_parcle'. Did you mean 'late_parcel'?" in message
    assert not (desk.folder / "send.csv").exists()
    assert not (desk.folder / "data").exists()


@pytest.mark.parametrize("unit", ["", "\udcff"])
@pytest.mark.parametrize("words", [["erase", "--yes"], ["optout"]], ids=lambda words: words[0])
def test_what_no_customer_can_be_called_is_refused(desk, words, unit):
    assert "UsageError: unit id" in desk.refused(*words, unit)


def test_no_experiments_folder_is_named_with_the_path_tried(desk, monkeypatch):
    monkeypatch.setenv("AMENDS_EXPERIMENTS", "elsewhere")
    assert str(desk.folder / "elsewhere") in desk.refused("check")


def test_a_misspelt_setting_is_refused(desk, monkeypatch):
    monkeypatch.setenv("AMENDS_EXPERIMENT", "experiments")
    assert "Did you mean 'AMENDS_EXPERIMENTS'" in desk.refused("check")


def test_a_missing_slot_is_refused_and_nobody_is_assigned(running):
    running.file("customers.csv", "unit_id,delay_hours\nC-1,30\n")
    message = running.refused("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert "no column 'first_name'" in message
    assert running.rows("assignment") == 0
    assert not (running.folder / "send.csv").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "unit_id,delay_hours,first_name\nC-1,30,Sari\nC-1,30,Sari\n",
            "line 3: unit_id 'C-1' already stands on line 2",
        ),
        (
            "unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,soon,Budi\n",
            "line 3: delay_hours: 'soon' is not a number",
        ),
        ("unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,30,\n", "line 3: first_name is blank"),
        ("unit_id,delay_hours,first_name,timezone\nC-1,30,Sari,Mars/Base\n", "line 2: timezone='Mars/Base'"),
        ("", "customers.csv is empty"),
        ("unit_id,delay_hours,first_name\n", "no rows"),
        ("unit_id,delay_hours,first_name\nC-1,30,José\n".encode("latin-1"), "not UTF-8"),
        ("customer,delay_hours,first_name\nC-1,30,Sari\n", "no column 'unit_id'"),
        ("unit_id,first_name\nC-1,Sari\n", "delay_hours"),
    ],
    ids=[
        "duplicate unit",
        "no number",
        "blank slot",
        "unknown zone",
        "empty",
        "no rows",
        "encoding",
        "no ids",
        "no delay",
    ],
)
def test_a_bad_list_of_customers_is_refused_whole(running, content, said):
    running.file("customers.csv", content)
    assert said in running.refused("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert running.rows("assignment") == 0
    assert not (running.folder / "send.csv").exists()


def test_a_missing_list_of_customers_is_refused(running):
    message = running.refused("assign", "late_parcel", "nowhere.csv", "--out", "send.csv")
    assert "nowhere.csv does not exist" in message


def test_the_list_itself_is_never_overwritten(running):
    running.file("customers.csv", CUSTOMERS)
    message = running.refused("assign", "late_parcel", "customers.csv", "--out", "customers.csv")
    assert "choose another name" in message
    assert (running.folder / "customers.csv").read_text() == CUSTOMERS


def test_a_file_that_cannot_be_written_is_found_out_before_anybody_is_assigned(running):
    running.file("customers.csv", CUSTOMERS)
    running.refused("assign", "late_parcel", "customers.csv", "--out", "no_folder/send.csv")
    assert running.rows("assignment") == 0


def test_customers_of_a_draft_get_the_usual_message_and_no_arm(desk):
    desk.file("customers.csv", CUSTOMERS)
    shown = desk("assign", "late_parcel", "customers.csv", "--out", "send.csv").stdout
    assert re.search(r"not_started\s+2", shown)
    assert "Hello Sari, your parcel is late." in (desk.folder / "send.csv").read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()]',
            "arms=[silence()]",
            "arm",
        ),
        ("silence()]", "silence(weight=-1)]", "-1"),
        ("notice=", "notise=", "Did you mean 'notice'?"),
        ("baseline=0.4", "baseline=40", "40"),
        ("experiment = Experiment(", "experiment = Experiment((", ""),
        ('"Hello {first_name}', '"Hello {greeting!r}', "greeting"),
    ],
    ids=["one arm", "negative weight", "misspelt keyword", "percent", "syntax", "slot"],
)
def test_a_broken_definition_is_a_problem_that_hides_no_other(desk, old, new, said):
    assert old in desk.definition
    desk.define("broken", desk.definition.replace(old, new))
    result = desk("check", code=1)
    assert "problem in" in result.stderr
    assert "broken.py" in result.stderr
    assert said in result.stderr
    assert "late_parcel (draft)" in result.stdout
    desk.refused("start", "broken", "--yes")
    assert desk("check", "late_parcel").stderr == ""


def test_an_edited_running_experiment_is_refused_by_name_of_what_changed(running):
    running.define("late_parcel", running.definition.replace("We are sorry about it.", "We are so sorry."))
    result = running("check", code=1)
    assert "its file was edited since it started: arms" in result.stderr
    assert "arms" in running.refused("start", "late_parcel", "--yes")
    running.file("customers.csv", CUSTOMERS)
    running("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert "so sorry" not in (running.folder / "send.csv").read_text()


@pytest.mark.sqlite_only("the secret lies beside SQLite's file")
def test_another_secret_on_the_same_database_is_refused(running, monkeypatch):
    monkeypatch.setenv("AMENDS_SECRET", "quite another secret than before")
    assert "secret" in running.refused("report", "late_parcel")
    monkeypatch.delenv("AMENDS_SECRET")
    (running.folder / "amends.db.secret").unlink()
    assert "amends.db.secret is missing" in running.refused("report", "late_parcel")


def test_a_rating_off_the_scale_is_refused(running):
    running.file("customers.csv", CUSTOMERS)
    running("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    message = running.refused("respond", "late_parcel", "C-1", "--rating", "satisfaction=9")
    assert "satisfaction is '9'; it must be a whole number from 1 to 7" in message
    message = running.refused("respond", "late_parcel", "C-1", "--rating", "satisfacton=6")
    assert "Did you mean 'satisfaction'?" in message
    assert running.rows("response") == 0


def test_a_response_before_any_assignment_is_refused(running):
    assert "never assigned" in running.refused("respond", "late_parcel", "C-9", "--rating", "satisfaction=6")
    assert running.rows("response") == 0


def test_a_response_of_a_draft_is_refused(desk):
    assert "has not started" in desk.refused("respond", "late_parcel", "C-1", "--rating", "satisfaction=6")


IMPORT = [
    "import",
    "late_parcel",
    "done.csv",
    "--arm",
    "group",
    "--completed",
    "done",
    "--unit",
    "who",
    "--rating",
    "stars",
]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("who,group,done,stars\n1,thank_you,1,6\n1,sorry,0,\n", "line 3: who '1' already stands on line 2"),
        (
            "who,group,done,stars\n1,thankyou,1,6\n",
            "line 2: group: 'thankyou' is not an arm. Did you mean 'thank_you'?",
        ),
        ("who,group,done,stars\n1,sorry,perhaps,6\n", "line 2: done: 'perhaps' is not 0 or 1"),
        ("who,group,done,stars\n1,sorry,1,8\n", "line 2: stars: 8 is off the scale of satisfaction, 1 to 7"),
        ("", "is empty"),
        ("who,group,done,stars\n1,sorry,1,é\n".encode("latin-1"), "not UTF-8: byte 0xe9 on line 2"),
        ("who,group,stars\n1,sorry,1\n", "no column 'done'"),
    ],
    ids=[
        "duplicate unit",
        "unknown arm",
        "no yes or no",
        "off the scale",
        "empty",
        "encoding",
        "missing column",
    ],
)
def test_a_bad_finished_experiment_is_refused_whole(desk, content, said):
    desk.file("done.csv", content)
    assert said in desk.refused(*IMPORT)
    assert desk.rows("assignment") == 0
    assert desk.rows("experiment") == 0


def test_a_missing_finished_experiment_is_refused(desk):
    assert "done.csv does not exist" in desk.refused(*IMPORT)


def test_a_finished_experiment_is_not_imported_twice(desk):
    desk.file("done.csv", FINISHED)
    desk(*IMPORT)
    assert "stored" in desk.refused(*IMPORT)
    assert desk.rows("assignment") == 2


@pytest.mark.parametrize("step", [[], ["pause"]], ids=["running", "paused"])
def test_a_live_experiment_takes_no_finished_data(running, step):
    for verb in step:
        running(verb, "late_parcel")
    running.file("done.csv", FINISHED)
    assert f"late_parcel is {'paused' if step else 'running'}" in running.refused(*IMPORT)
    assert running.rows("assignment") == 0


def test_a_stopped_experiment_that_ran_here_takes_no_finished_data(running):
    running("stop", "late_parcel")
    running.file("done.csv", FINISHED)
    assert "nothing was imported" in running.refused(*IMPORT)


@pytest.mark.parametrize(
    "typed",
    [
        "compare 60/56 40/51",
        "compare 51 40/51",
        "compare 0/0 1/2",
        "compare --mean 5.9,0.9 5,1,9",
        "possible-counts 191 78.4",
        "possible-counts 91.1 78.4 --max-n 0",
        "plan",
        "plan --detect 0.05",
        "plan late_parcel --baseline 0.2",
        "plan --baseline 1.4 --detect 0.05",
        "plan --baseline 0.4 --detect 0.05 --arms 1",
    ],
)
def test_figures_that_cannot_be_are_refused(desk, typed):
    assert desk.refused(*typed.split()).startswith("Error: ")


def test_sixty_of_fifty_six_says_why(desk):
    assert "60 completed of 56 assigned is impossible" in desk.refused("compare", "60/56", "40/51")


def test_starting_needs_a_yes_where_nobody_can_be_asked(desk):
    assert "--yes" in desk.refused("start", "late_parcel")
    assert "not_started" not in desk("report", "late_parcel").stdout
    assert desk.rows("experiment") == 0


@pytest.mark.parametrize("coverage", ["0", "1.5", "lots", "-0.1"])
def test_a_coverage_that_is_no_share_is_refused(desk, coverage):
    assert "coverage" in desk.refused("start", "late_parcel", "--yes", f"--coverage={coverage}")
    assert desk.rows("experiment") == 0


def test_lowering_the_coverage_is_refused(running):
    assert "only be raised" in running.refused("ramp", "late_parcel", "0.5")


def test_an_unknown_arm_after_the_stop_is_refused(running):
    assert "Did you mean 'thank_you'?" in running.refused("stop", "late_parcel", "--then", "thankyou")
    assert "late_parcel (running)" in running("check").stdout


@pytest.mark.parametrize("key", ["Late-Parcel", "2late", "", "../late"])
def test_a_new_experiment_needs_a_name_that_is_one(desk, key):
    desk.refused("new", key)
    assert len(list(desk.folder.rglob("*.py"))) == 1


def test_new_never_overwrites(desk):
    assert "exists already" in desk.refused("new", "late_parcel")
    assert (desk.folder / "experiments" / "late_parcel.py").read_text() == desk.definition


def test_a_bad_export_is_refused(running):
    running.file("file", "")
    assert "csv or parquet" in running.refused("export", "late_parcel", "--out", "data", "--format", "xlsx")
    assert "needs a folder" in running.refused("export", "late_parcel", "--out", "file")


def test_an_unknown_choice_is_refused(running):
    assert "text or whatsapp" in running.refused("messages", "late_parcel", "--format", "sms")
    assert "api or dashboard" in running.refused("serve", "--only", "pages")
    assert "Did you mean 'assign'?" in running.refused("keys", "create", "--scope", "asign")
    assert "50/s, 600/min" in running.refused("keys", "create", "--scope", "assign", "--rate", "fast")
    assert "number of days, 90d" in running.refused(
        "keys", "create", "--scope", "assign", "--expires", "soon"
    )
    assert "that is past" in running.refused("keys", "create", "--scope", "assign", "--expires", "2020-01-01")
    assert "no key of 'shop'" in running.refused("keys", "revoke", "shop")


def test_a_forged_token_in_an_outside_survey_refuses_the_whole_file(running):
    running.file("customers.csv", CUSTOMERS)
    running("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    token = re.search(r"/s/([\w-]{24})", (running.folder / "send.csv").read_text())[1]
    running.file("answers.csv", f"t,Q1\n{token},6\n{'A' * 24},5\n")
    message = running.refused(
        "responses", "late_parcel", "answers.csv", "--token", "t", "--rating", "satisfaction=Q1"
    )
    assert "line 3: token" in message
    assert running.rows("response") == 0


def test_an_answer_at_an_impossible_time_refuses_the_whole_file(running):
    running.file("customers.csv", CUSTOMERS)
    running("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    first, second = dict.fromkeys(re.findall(r"/s/([\w-]{24})", (running.folder / "send.csv").read_text()))
    when = "2030-01-01T20:00:00+07:00", "9999-12-31T23:59:59-05:00"
    running.file("answers.csv", f"t,Q1,at\n{first},6,{when[0]}\n{second},5,{when[1]}\n")
    options = ["--token", "t", "--rating", "satisfaction=Q1", "--at", "at"]
    message = running.refused("responses", "late_parcel", "answers.csv", *options)
    assert "line 3: answered=9999-12-31T23:59:59-05:00" in message
    assert running.rows("response") == 0


@pytest.mark.sqlite_only("invented customers have a file of their own")
def test_invented_customers_never_meet_real_ones(running):
    message = running.refused("simulate", "late_parcel", "--n", "20", "--database", "amends.db")
    assert "holds real data of late_parcel" in message
    assert running.rows("assignment") == 0
    assert "Did you mean 'thank_you'?" in running.refused(
        "simulate", "late_parcel", "--effect", "thankyou=0.1"
    )
    assert "1 or more" in running.refused("simulate", "late_parcel", "--n", "0")


@pytest.mark.sqlite_only("it breaks SQLite's file")
def test_a_broken_database_is_refused_without_a_traceback(desk):
    desk.file("amends.db", b"this is no database" * 100)
    desk.file("amends.db.secret", "a secret of more than sixteen characters")
    desk.refused("report", "late_parcel")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--n", "56"], "either --percent or --mean"),
        (["--n", "56", "--percent", "91.1", "--mean", "5"], "either --percent or --mean"),
        (["--n", "56", "--percent", "91.1", "--scale", "1", "7"], "takes only --n"),
        (["--n", "56", "--mean", "5.9", "--sd", "0.9"], "needs --scale"),
        (["--n", "0", "--percent", "91.1"], "n 0: from 1"),
        (["--n", "56", "--percent", "much"], "'much': it is a number"),
        (["--n", "56", "--percent", "191"], "between 0 and 100"),
        (["--n", "56", "--mean", "5", "--scale", "7", "1"], "the lower first"),
        (["--n", "1", "--mean", "5", "--sd", "0", "--scale", "1", "7"], "for 2 to"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_a_figure_that_cannot_be_checked_is_refused(desk, words, said):
    assert said in desk.refused("check-figure", *words)
