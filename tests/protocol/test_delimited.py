"""Rows as reads list them."""

import pytest

from protocol.dashed import dashed
from protocol.delimited import delimited


@pytest.mark.parametrize(("stage", "shown", "row"), [("csv", "csv", "1,,a\n"), ("tab", "tab", "1\t\ta\n"), ("pipe", "pipe", "1||a\n")])
def test_each_stage_has_its_mark(stage: str, shown: str, row: str) -> None:
    shape = delimited(stage)
    assert (shape.stage, shape.row([1, None, "a"])) == (shown, row)


@pytest.mark.parametrize("stage", ["", "CSV", "newline", "json", "|"])
def test_an_unknown_stage_is_pipe(stage: str) -> None:
    assert delimited(stage) == delimited("pipe")


def test_newline_only_where_it_is_known() -> None:
    assert delimited("newline", newline=True).row(["a", "b"]) == "a\nb\n"


def test_the_names_of_the_columns_stand_first() -> None:
    assert delimited("csv").rows([["1", "2"], ["3", "4"]], ["a", "b"]) == "a,b\n1,2\n3,4\n"
    assert delimited("csv").rows([["1", "2"]]) == "1,2\n"


def test_nothing_is_quoted() -> None:
    assert delimited("csv").row(['one, "two"', "x"]) == 'one, "two",x\n'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A-B-A", ("A", "B")),
        ("", ("",)),
        ("A-", ("A", "")),
        ("A-ALLX", None),
        ("---ALL---", None),
        ("x---ALL---y", None),
        ("ALLX1", ("ALLX1",)),
    ],
)
def test_dashes_stand_between_names(text: str, names: tuple[str, ...] | None) -> None:
    assert dashed(text, "ALLX") == names


def test_without_a_word_for_all_a_list_never_means_all() -> None:
    assert dashed("---ALL---") == ("", "ALL")
