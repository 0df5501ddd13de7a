"""Markdown of card texts, the words that are counted, and the reading grade."""

import pytest

from mlsd_cards.formats.source_numbers import quantities
from mlsd_cards.formats.source_readability import count_syllables, grade
from mlsd_cards.formats.source_text import CLOZE, FORMULA, count_words, plain, to_html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("A **shadow** and *copy* of `x < y`", "A <b>shadow</b> and <i>copy</i> of <code>x &lt; y</code>"),
        ("_underlined_ but snake_case_word", "<i>underlined</i> but snake_case_word"),
        ("one\n\ntwo", "one<br><br>two"),
        ("one\ntwo", "one two"),
        ("<b>bold</b> H<sub>2</sub>O <BR/> next", "<b>bold</b> H<sub>2</sub>O <br> next"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<b onclick="x()">a</b>', "&lt;b onclick=&quot;x()&quot;&gt;a</b>"),
        ("[text](https://example.org) ![a](b.png)", "[text](https://example.org) ![a](b.png)"),
        ("# no heading", "# no heading"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        (r"rate \(a_1*b_2*c < d\) end", r"rate \(a_1*b_2*c &lt; d\) end"),
        (r"\[x_1 = *y*\]", r"\[x_1 = *y*\]"),
        (r"{{c1::\(p/w\)}} and {{c2::x::hint}}", r"{{c1::\(p/w\)}} and {{c2::x::hint}}"),
    ],
)
def test_markdown_becomes_only_the_tags_that_cards_may_use(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


def test_lists_and_tables_carry_no_attributes() -> None:
    assert to_html("- a\n- b").replace("\n", "") == "<ul><li>a</li><li>b</li></ul>"
    assert to_html("3. a\n4. b").replace("\n", "").startswith("<ol")
    table = to_html("| a | b |\n|---|--:|\n| 1 | 2 |").replace("\n", "")
    assert table == "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"


def test_words_are_those_that_a_reader_sees() -> None:
    assert plain("**A** `b` <i>c</i>\n\n- d\n- e & f") == "A b c d e & f"
    assert count_words(r"rate \(a + b + c\) – is 5 %") == 4  # rate, the formula, is, 5
    assert count_words("the {{c1::hidden span::hint}} counts", "and this") == 6


def units(text: str) -> list[str]:
    return [quantity.unit for quantity in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("takes 100 ms and 5 GB", ["ms", "gb"]),
        ("100ms, 5x", ["ms", "x"]),
        ("30–50 % headroom", ["%"]),
        ("3 to 7 days", ["day"]),
        ("3,500 writes/s", ["writes/s"]),
        ("€5 or 5 €", ["currency", "€"]),
        ("about 20 million users", ["user"]),
        ("11.6 per second", ["per second"]),
        ("p99 of int8 on H100", []),
        (r"formula \(5 + 5\) has none", []),
    ],
)
def test_numbers_are_found_with_their_unit(text: str, expected: list[str]) -> None:
    assert units(text) == expected


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("It needs 5.", False),
        ("The limit is 400, which is small", False),
        ("a PSI of 0.25", True),
        ("AUC 0.9", True),
        ("one in 1,000", True),
        ("1 in 1,000 payments", True),
        ("since 2017", True),
        ("it is bigger than 3", False),
        ("n = 3", True),
        ("article 22", True),
        ("dimensions times 4", True),
        ("a ratio below 0.8", True),
        ("20:1", True),
    ],
)
def test_numbers_need_something_that_is_counted(text: str, complete: bool) -> None:
    assert all(quantity.complete for quantity in quantities(text)) is complete


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("cache", 1),
        ("caches", 2),
        ("served", 1),
        ("needed", 2),
        ("table", 2),
        ("database", 3),
        ("API", 1),
        ("a", 1),
    ],
)
def test_syllables(word: str, syllables: int) -> None:
    assert count_syllables(word) == syllables


def test_grade_grows_with_longer_words_and_sentences() -> None:
    easy = "The job reads the rows at night. It puts them in a file. The app reads the file."
    hard = (
        "Heterogeneous infrastructural considerations necessitate organisational reconciliation of "
        "probabilistic calibration methodologies throughout international deployments"
    )
    assert grade(easy) < 4 < 13 < grade(hard)
    assert grade("Heterogeneous infrastructural considerations") == 0


@pytest.mark.parametrize(
    "piece", ["{{c1::", "{{c1::a::", "}}", "\\(", "\\[", "*", "**a ", "`", "- ", "<b>", "|a", "_a*b"]
)
def test_long_texts_of_marks_are_read_in_linear_time(piece: str) -> None:
    # A pattern that tried every pair of marks would need minutes for these 64 KiB.
    text = piece * (65_536 // len(piece))
    assert to_html(text)
    assert len(CLOZE.findall(text)) + len(FORMULA.findall(text)) == 0
