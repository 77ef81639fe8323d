"""Reading CSV files: whole or not at all, with the line of every problem."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Cluster, Proportion, Rating, blocked, everyone
from amends.errors import ImportRefused, RecordRefused
from amends.importing import (
    AnswerColumns,
    Columns,
    read_answers,
    read_customers,
    read_finished,
    read_table,
)


@pytest.fixture
def write(tmp_path):
    """Writes a file and reads it as a table."""

    def make(content: str | bytes, name: str = "file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def refusal(call, *arguments, **named) -> str:
    with pytest.raises(ImportRefused) as caught:
        call(*arguments, **named)
    return str(caught.value)


# Tables


def test_a_table_knows_the_line_of_each_row_even_across_quoted_line_breaks_and_blank_lines(write):
    table = read_table(write('a,b\n"one\ntwo",1\n\nthree,2\n'))
    assert [(row.line, row["a"]) for row in table.rows] == [(2, "one\ntwo"), (5, "three")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_separate_alike(write, separator):
    table = read_table(write(separator.join(["unit_id", "arm"]) + "\n" + separator.join(["C-1", "sorry"])))
    assert table.columns == ("unit_id", "arm")
    assert table.rows[0]["arm"] == "sorry"


def test_a_byte_order_mark_is_not_part_of_the_first_column(write):
    assert read_table(write(b"\xef\xbb\xbfunit_id\nC-1\n")).columns == ("unit_id",)


def test_windows_line_ends_are_line_ends(write):
    assert [row["b"] for row in read_table(write(b"a,b\r\n1,2\r\n3,4\r\n")).rows] == ["2", "4"]


def test_ids_keep_their_blanks(write):
    row = read_table(write("unit_id,arm\n C-1 , sorry \n")).rows[0]
    assert row["unit_id"] == " C-1 "
    assert row.get("arm") == "sorry"


def test_a_missing_file_is_named_with_the_place_looked_at(tmp_path):
    message = refusal(read_table, tmp_path / "nowhere.csv")
    assert "nowhere.csv does not exist" in message
    assert str(tmp_path) in message


def test_a_folder_is_not_a_file(tmp_path):
    assert "is a folder" in refusal(read_table, tmp_path)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(write, content):
    assert "is empty" in refusal(read_table, write(content))


def test_a_header_without_rows_is_refused(write):
    assert "no rows" in refusal(read_table, write("unit_id,arm\n"))


def test_another_encoding_is_refused_with_line_and_remedy(write):
    message = refusal(read_table, write("unit_id,name\nC-1,Ana\nC-2,José\n".encode("latin-1")))
    assert "not UTF-8: byte 0xe9 on line 3" in message
    assert "CSV UTF-8" in message


def test_utf_16_is_refused(write):
    assert "UTF-8" in refusal(read_table, write("unit_id\nC-1\n".encode("utf-16-le")))


def test_a_column_named_twice_is_refused(write):
    assert "names column 'arm' twice" in refusal(read_table, write("arm,arm\n1,2\n"))


def test_rows_of_another_length_are_named_by_line(write):
    message = refusal(read_table, write("a,b\n1,2\n3\n4,5,6\n"))
    assert "line 3: 1 cells, the header has 2" in message
    assert "line 4: 3 cells, the header has 2" in message


def test_blank_cells_beyond_the_header_are_no_problem(write):
    assert read_table(write("a,b,\n1,2,\n")).rows[0].cells == {"a": "1", "b": "2"}


def test_an_unclosed_quote_is_a_problem_with_a_line(write):
    assert "not readable as CSV" in refusal(read_table, write('a,b\n1,"2\n'))


def test_only_the_first_twenty_problems_are_written_out(write):
    message = refusal(read_table, write("a,b\n" + "1\n" * 25))
    assert "25 problems" in message
    assert "… and 5 more" in message


# Customers


def test_a_customer_row_becomes_the_keywords_of_assign(write, define):
    table = read_table(write("unit_id,delay_hours,first_name,locale,incident\nC-1,30,Sari,id,P-9\n"))
    (customer,) = read_customers(table, define()).customers
    assert customer.keywords == {
        "unit_id": "C-1",
        "delay": timedelta(hours=30),
        "first_name": "Sari",
        "locale": "id",
        "incident": "P-9",
    }


@pytest.mark.parametrize(
    ("column", "cell"), [("delay_hours", "1.5"), ("delay_minutes", "90"), ("delay_seconds", "5400")]
)
def test_a_delay_is_read_in_hours_minutes_or_seconds(write, define, column, cell):
    table = read_table(write(f"unit_id,{column},first_name\nC-1,{cell},Sari\n"))
    assert read_customers(table, define()).customers[0].keywords["delay"] == timedelta(minutes=90)


def test_a_promised_time_needs_its_zone(write, define):
    good = read_table(write("unit_id,promised_at,first_name\nC-1,2026-03-01T12:00:00+07:00,Sari\n"))
    assert read_customers(good, define()).customers[0].keywords["promised_at"] == datetime(
        2026, 3, 1, 5, tzinfo=UTC
    )
    naive = read_table(write("unit_id,promised_at,first_name\nC-1,2026-03-01 12:00,Sari\n"))
    assert "not a time with its zone" in refusal(read_customers, naive, define())


def test_a_customers_id_is_passed_on_with_its_blanks_as_assign_would_hash_it(write, define):
    table = read_table(write("unit_id,delay_hours,first_name\n C-1 ,30, Sari \n"))
    keywords = read_customers(table, define()).customers[0].keywords
    assert (keywords["unit_id"], keywords["first_name"]) == (" C-1 ", "Sari")


def test_columns_that_no_text_asks_for_are_reported_not_refused(write, define):
    table = read_table(write("unit_id,delay_hours,first_name,shoe_size\nC-1,30,Sari,38\n"))
    assert read_customers(table, define()).ignored == ("shoe_size",)


def test_a_missing_slot_column_is_refused_with_the_nearest_name(write, define):
    message = refusal(
        read_customers, read_table(write("unit_id,delay_hours,firstname\nC-1,30,Sari\n")), define()
    )
    assert "no column 'first_name'. Did you mean 'firstname'?" in message


def test_a_missing_id_column_names_the_option(write, define):
    message = refusal(read_customers, read_table(write("id,delay_hours,first_name\nC-1,30,Sari\n")), define())
    assert "--unit" in message


def test_a_missing_delay_column_is_refused_where_the_delay_decides(write, define):
    table = read_table(write("unit_id,first_name\nC-1,Sari\n"))
    assert "delay_hours" in refusal(read_customers, table, define())
    assert read_customers(table, define(eligible=everyone())).customers


def test_two_delay_columns_are_refused(write, define):
    table = read_table(write("unit_id,delay_hours,delay_minutes,first_name\nC-1,30,2,Sari\n"))
    assert "Keep one of them" in refusal(read_customers, table, define())


def test_every_bad_row_is_named_and_none_is_read(write, define):
    content = "unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,soon,Budi\n,30,Ayu\nC-4,,Dewi\nC-5,30,\n"
    message = refusal(read_customers, read_table(write(content)), define())
    assert "line 3: delay_hours: 'soon' is not a number" in message
    assert "line 4: unit_id is blank" in message
    assert "line 5: no delay given" in message
    assert "line 6: first_name is blank" in message
    assert "4 problems" in message


def test_a_unit_twice_is_refused_unless_incidents_tell_them_apart(write, define):
    twice = read_table(write("unit_id,delay_hours,first_name\nC-1,30,Sari\nC-1,30,Sari\n"))
    assert "line 3: unit_id 'C-1' already stands on line 2" in refusal(read_customers, twice, define())
    incidents = read_table(write("unit_id,delay_hours,first_name,incident\nC-1,30,Sari,a\nC-1,30,Sari,b\n"))
    assert len(read_customers(incidents, define()).customers) == 2


def test_strata_are_read_where_declared(write, define):
    experiment = define(randomize=blocked(by=("site", "shift")))
    table = read_table(write("unit_id,delay_hours,first_name,site,shift\nC-1,30,Sari,Solo,noon\n"))
    assert read_customers(table, experiment).customers[0].keywords["strata"] == {
        "site": "Solo",
        "shift": "noon",
    }
    without = read_table(write("unit_id,delay_hours,first_name,site\nC-1,30,Sari,Solo\n"))
    assert "no column 'shift'" in refusal(read_customers, without, experiment)


def test_a_cluster_is_required_where_declared_and_ignored_elsewhere(write, define):
    table = read_table(write("unit_id,delay_hours,first_name,cluster\nC-1,30,Sari,T-1\n"))
    clustered = define(cluster=Cluster("party"))
    assert read_customers(table, clustered).customers[0].keywords["cluster"] == "T-1"
    assert read_customers(table, define()).ignored == ("cluster",)


def test_a_further_check_reports_by_line_too(write, define):
    def check(customer):
        if customer.keywords["first_name"] == "Budi":
            raise RecordRefused("not Budi")

    table = read_table(write("unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,30,Budi\n"))
    assert "line 3: not Budi" in refusal(read_customers, table, define(), check=check)


def test_a_caller_may_read_columns_of_its_own(write, define):
    table = read_table(write("unit_id,delay_hours,first_name,size\nC-1,30,Sari,41\nC-2,30,Budi,xl\n"))
    assert "line 3: size: invalid literal" in refusal(read_customers, table, define(), own={"size": int})
    listed = read_customers(table, define(), own={"size": str})
    assert [customer.own for customer in listed.customers] == [{"size": "41"}, {"size": "xl"}]
    assert listed.ignored == ()
    assert "no column 'shoe'" in refusal(read_customers, table, define(), own={"shoe": str})


# Finished experiments

COLUMNS = Columns(arm="group", completed="done", unit="id", rating="stars")


def test_a_finished_experiment_is_read_with_the_files_own_words(write, define):
    table = read_table(write("id,group,done,stars\n1,Thanked,yes,6\n2,sorry,FALSE,\n3,silence,1,\n"))
    rows = read_finished(table, define(), COLUMNS, mapping={"Thanked": "thank_you"})
    assert [(row.unit, row.arm, row.completed, row.ratings) for row in rows] == [
        ("1", "thank_you", True, {"satisfaction": 6}),
        ("2", "sorry", False, {}),
        ("3", "silence", True, {}),
    ]


def test_without_ids_each_row_is_a_unit(write, define):
    table = read_table(write("group,done\nsorry,1\nsorry,1\n"))
    rows = read_finished(table, define(), Columns(arm="group", completed="done"))
    assert [row.unit for row in rows] == ["row 1", "row 2"]


def test_bad_rows_of_a_finished_experiment_are_named_by_line(write, define):
    rows = ["1,thankyou,1,6", "2,sorry,maybe,", "3,sorry,1,8", "4,sorry,0,5", "5,sorry,1,4.5", "6,sorry,1,"]
    content = "\n".join(["id,group,done,stars", *rows, rows[-1]])
    message = refusal(read_finished, read_table(write(content)), define(), COLUMNS)
    assert "line 2: group: 'thankyou' is not an arm. Did you mean 'thank_you'?" in message
    assert "line 3: done: 'maybe' is not 0 or 1, true or false, yes or no" in message
    assert "line 4: stars: 8 is off the scale of satisfaction, 1 to 7" in message
    assert "line 5: stars: a rating of a unit that did not complete" in message
    assert "line 6: stars: 4.5 is between the points" in message
    assert "line 8: id '6' already stands on line 7" in message


def test_a_map_to_an_unknown_arm_is_refused(write, define):
    table = read_table(write("id,group,done,stars\n1,T,1,6\n"))
    message = refusal(read_finished, table, define(), COLUMNS, mapping={"T": "thankyou"})
    assert "Did you mean 'thank_you'?" in message


def test_a_missing_column_is_refused_with_the_nearest(write, define):
    table = read_table(write("id,groups,done,stars\n1,sorry,1,6\n"))
    assert "no column 'group'. Did you mean 'groups'?" in refusal(read_finished, table, define(), COLUMNS)


def test_a_rating_column_needs_a_rating_metric(write, define):
    experiment = define(metrics=[Proportion("completed")])
    table = read_table(write("id,group,done,stars\n1,sorry,1,6\n"))
    assert "no rating metric" in refusal(read_finished, table, experiment, COLUMNS)


def test_clusters_are_required_where_declared_and_refused_elsewhere(write, define):
    clustered = define(cluster=Cluster("party"))
    table = read_table(write("group,done,table\nsorry,1,T-1\nsilence,0,T-1\n"))
    with_cluster = Columns(arm="group", completed="done", cluster="table")
    assert "--cluster" in refusal(read_finished, table, clustered, Columns(arm="group", completed="done"))
    assert "declares no cluster" in refusal(read_finished, table, define(), with_cluster)
    assert "line 3: cluster 'T-1' is in arm 'sorry' above" in refusal(
        read_finished, table, clustered, with_cluster
    )


# An outside survey's answers

ANSWERS = AnswerColumns(token="t", ratings={"satisfaction": "Q1"}, finished="done", at="when")


def test_answers_are_read_by_token(write, define):
    table = read_table(write("t,Q1,done,when\nabc,6,yes,2026-03-02T12:00:00Z\ndef,,no,\n"))
    first, second = read_answers(table, define(), ANSWERS)
    assert (first.token, first.ratings, first.finished) == ("abc", {"satisfaction": 6}, True)
    assert first.at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert (second.ratings, second.finished, second.at) == ({}, False, None)


def test_ratings_of_survey_items_are_held_against_their_own_scale(write, define):
    experiment = define(survey=[Rating("attention", "They gave me their full attention.", scale=(1, 5))])
    table = read_table(write("t,Q2\nabc,6\n"))
    columns = AnswerColumns(token="t", ratings={"attention": "Q2"})
    assert "line 2: Q2: 6 is off the scale of attention, 1 to 5" in refusal(
        read_answers, table, experiment, columns
    )


def test_bad_answers_are_named_by_line(write, define):
    table = read_table(write("t,Q1,done,when\nabc,9,1,\nabc,6,1,\n,6,1,\nghi,6,1,yesterday\n"))
    message = refusal(read_answers, table, define(), ANSWERS)
    assert "line 2: Q1: 9 is off the scale of satisfaction, 1 to 7" in message
    assert "line 4: t is blank" in message
    assert "line 5: 'yesterday' is not a time with its zone" in message


def test_a_token_twice_is_refused(write, define):
    table = read_table(write("t,Q1\nabc,6\nabc,5\n"))
    columns = AnswerColumns(token="t", ratings={"satisfaction": "Q1"})
    assert "line 3: token 'abc' already stands on line 2" in refusal(read_answers, table, define(), columns)


def test_an_unknown_rating_is_refused_with_the_nearest(write, define):
    table = read_table(write("t,Q1\nabc,6\n"))
    columns = AnswerColumns(token="t", ratings={"satisfacton": "Q1"})
    assert "Did you mean 'satisfaction'?" in refusal(read_answers, table, define(), columns)


@pytest.mark.parametrize("character", ["\u2028", "\x0b", "\x85"])
def test_only_line_ends_end_a_line(write, character):
    table = read_table(write(f"unit_id,name\nC-1,Sari{character}Dewi\n"))
    assert table.rows[0]["name"] == f"Sari{character}Dewi"


def test_where_each_incident_is_a_unit_the_file_must_name_it(write, define):
    experiment = define(on_repeat="new_unit")
    table = read_table(write("unit_id,delay_hours,first_name\nC-1,30,Sari\n"))
    assert "a column 'incident' is needed" in refusal(read_customers, table, experiment)
