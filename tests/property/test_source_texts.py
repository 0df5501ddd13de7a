"""Whatever a writer or a stranger puts into a deck source, it is read, refused in words, or made harmless."""

import re
import string
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats import source
from mlsd_cards.formats.source_arithmetic import evaluate
from mlsd_cards.formats.source_lint import lint
from mlsd_cards.formats.source_numbers import quantities
from mlsd_cards.formats.source_text import plain, to_html
from mlsd_cards.formats.source_yaml import SourceError, parse_yaml
from tests.helpers.sources import NOTES, note, write_deck

ALLOWED = {"b", "i", "u", "code", "sub", "sup", "ul", "ol", "li", "table", "tr", "td", "th", "br"}
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
MARKS = [*"*_`<>&|\\()[]{}\n -#!\"'=:;abc", "<b>", "</b>", "<script>", "\\(", "\\)", "{{c1::", "}}"]
MARKS += ["- ", "1. ", "\n\n", "|--|"]
markdown = st.lists(st.sampled_from(MARKS), max_size=60).map("".join)


@settings(max_examples=100, deadline=None)
@given(markdown | st.text(max_size=200))
def test_markdown_never_makes_another_tag(text: str) -> None:
    html = to_html(text)
    for name, rest in TAG.findall(html):
        assert name in ALLOWED
        assert re.fullmatch(r'( start="\d+")?', rest)
    assert html.count("<") == len(TAG.findall(html))
    assert "\n" not in plain(text)
    quantities(plain(text))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=string.printable, max_size=200) | st.text(max_size=200))
def test_any_text_is_yaml_or_refused_with_a_kind(text: str) -> None:
    fault: SourceError | None = None
    try:
        parse_yaml(text, Path("deck.yaml"))
    except SourceError as error:
        fault = error
    if fault is not None:
        assert fault.kind in ("damaged", "unsafe", "limit", "inconsistent", "not-a-deck")
        assert str(fault).startswith("deck.yaml")
        assert "\n" not in str(fault)


numbers = st.floats(min_value=0.001, max_value=1e6, allow_nan=False).map(lambda value: f"{value:g}")
sums = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*", " / "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(numbers, st.sampled_from(["2", "0.5", "-1"])).map("**".join),
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(sums)
def test_arithmetic_means_what_it_means_in_python(text: str) -> None:
    try:
        expected = eval(text, {"__builtins__": {}})
    except (ZeroDivisionError, OverflowError):
        with pytest.raises(InputError):
            evaluate(text)
    else:
        assert evaluate(text) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789.e+-*/() x_,", max_size=60) | st.text(max_size=60))
def test_any_other_arithmetic_is_refused_in_words(text: str) -> None:
    fault, value = "", 0.0
    try:
        value = evaluate(text)
    except InputError as error:
        fault = str(error)
    assert fault.startswith("The working") or not fault
    assert value == value
    assert abs(value) != float("inf")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(NOTES)), st.data())
def test_lint_and_reader_take_any_text(kind: str, data: st.DataObject) -> None:
    made = note(kind)
    for key in [key for key, value in made.items() if isinstance(value, str) and key not in ("id", "kind")]:
        if data.draw(st.booleans()):
            made[key] = data.draw(
                markdown | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=50)
            )
    with TemporaryDirectory() as name:
        folder = write_deck(Path(name), made)
        report = lint(folder)
        assert all(problem.line > 0 and problem.message for problem in report.problems)
        try:
            exchanged = source.exchange(folder, 0, Path(name))
        except SourceError:
            assert report.errors
        else:
            assert len(exchanged.cards) == report.cards
