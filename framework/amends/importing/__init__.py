"""Files into an experiment: customers to assign, finished ones, answers, outcomes, service events.

Every reader is all or nothing: it returns the whole file as checked rows, or raises `ImportRefused`
with one line per problem, each with its line number.
"""

from __future__ import annotations

from amends.importing.answers import Answer, AnswerColumns, read_answers
from amends.importing.customers import Customer, CustomerList, read_customers
from amends.importing.events import EventRows, read_events
from amends.importing.finished import Columns, FinishedRow, read_finished
from amends.importing.outcomes import OutcomeColumns, read_outcomes
from amends.importing.table import Table, read_table

__all__ = [
    "Answer",
    "AnswerColumns",
    "Columns",
    "Customer",
    "CustomerList",
    "EventRows",
    "FinishedRow",
    "OutcomeColumns",
    "Table",
    "read_answers",
    "read_customers",
    "read_events",
    "read_finished",
    "read_outcomes",
    "read_table",
]
