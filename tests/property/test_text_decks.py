"""Texts of any kind: reading them ends, harms nothing, and says the same twice."""

import time
from pathlib import Path

import pytest
from helpers.text_decks import NOW_MS
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.errors import FileFormatError
from mlsd_cards.domain.exchange import ExchangeData, ReadOptions
from mlsd_cards.formats import hashcards, reader_for
from mlsd_cards.formats.markdown_text import Deletion, MarkdownText
from mlsd_cards.rendering.cloze import parse

PIECES = st.sampled_from(
    [
        *(
            "Q:",
            "A:",
            "C:",
            "---\n",
            "::",
            ":::",
            "?\n",
            "??\n",
            "==x==",
            "==",
            "[",
            "]",
            "[a]",
            "![",
            "![[b]]",
        ),
        *(
            "![](a.png)",
            "#flashcards",
            "#flashcards/x/y\n",
            "<!--SR:!2024-01-01,3,250-->",
            "<!--",
            "-->",
            "$",
        ),
        *(
            "$$",
            "```",
            "\n",
            "\n\n",
            " ",
            "a",
            "ü",
            "{{c1::",
            "}}",
            "`",
            "**",
            "_",
            "<b>",
            "&amp;",
            "|",
            "\\",
        ),
        *("I: REP=1 LAP=0 EF=2.5 UF=2 INT=4 LAST=01.02.24\n", "O: 3\n", "^[h]", "[^1]", " ^id\n", "\t", "- "),
        *("⸨0⸦", "⸩", "\u2028", "\x00", "\x1f", "\ud800", "::x", "x\n?\ny\n"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80))


def outcome(path: Path, work: Path) -> ExchangeData | None:
    try:
        return reader_for(path).read(path, ReadOptions(work_dir=work, now_ms=NOW_MS))
    except FileFormatError as error:
        if not str(error).endswith(".") or "\n" in str(error):
            raise AssertionError(f"not one sentence: {error}") from error
        return None


@settings(max_examples=100, deadline=None)
@given(
    text=TEXTS, start=st.sampled_from(["", "Q: a\nA: b\n", "#flashcards\n\n", "Q: a\n"]), folder=st.booleans()
)
@pytest.mark.parametrize("ending", [".md", ".txt"])
def test_any_text_is_read_or_refused(
    ending: str, text: str, start: str, folder: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("texts")
    path = root / f"Deck{ending}"
    path.write_bytes((start + text).encode("utf-8", "surrogatepass"))
    work = tmp_path_factory.mktemp("work")
    chosen = root if folder and ending == ".md" else path
    data, again = outcome(chosen, work), outcome(chosen, work)
    assert (data is None) == (again is None)
    if data is None or again is None:
        return
    assert [note.guid for note in data.notes] == [note.guid for note in again.notes]
    types = {int(note_type.id): note_type for note_type in data.note_types}
    for note in data.notes:
        assert len(note.fields) == len(types[note.note_type_id].fields or note.fields)
        assert note.fields[0]
    known = {note.id for note in data.notes}
    assert all(card.note_id in known for card in data.cards)
    assert all(card.state == "new" or card.due_date for card in data.cards)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "*",
            "_",
            "`",
            "<",
            "$",
            "!",
            "![",
            "[[",
            "](",
            "$$",
            "\\",
            "<!--",
            "> ",
            "- ",
            "&",
            "|",
            "~~",
            "==",
        ),
        *(
            "Q:",
            "A:",
            "Q: a\n",
            "A: b\n",
            "C: [",
            "::",
            "?\n",
            "==a",
            "x\n?\n",
            "---\n",
            "```\n",
            "{{c1::",
            "\n",
        ),
        *("#flashcards ", "<!--SR:", "!2024-01-01,3,250", "==x==^[", "a::b\n"),
    ],
)
def test_no_text_takes_long(piece: str, tmp_path: Path) -> None:
    began = time.process_time()
    for start in ("Q: a\nA: b\n", "#flashcards\n\na::b\n\n", "C: [x] "):
        path = tmp_path / "Deck.md"
        path.write_text(start + piece * (400_000 // len(piece)))
        outcome(path, tmp_path)
    assert time.process_time() - began < 20


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.tuples(st.text(alphabet="ab_*`$ ⸨⸩", max_size=6), st.text(max_size=8)), max_size=6),
    wiki=st.booleans(),
)
def test_deletions_survive_markdown(parts: list[tuple[str, str]], wiki: bool) -> None:
    text = ""
    deletions = []
    for number, (before, hidden) in enumerate(parts, 1):
        text += before + " "
        end = len(text) + len(hidden) + 2
        deletions.append(Deletion(start=len(text), end=end, text=f"x{hidden}", number=number))
        text += f"[{hidden}]"
    shown = MarkdownText(image_name=lambda name: name, wiki=wiki).to_html(text, deletions)
    numbers = [
        int(number) for piece in parse(shown) if not isinstance(piece, str) for number in piece.numbers
    ]
    assert len(numbers) <= len(parts)
    assert numbers == sorted(numbers)


def test_a_deck_of_ten_thousand_cards(tmp_path: Path) -> None:
    path = tmp_path / "Deck.md"
    path.write_text("".join(f"Q: question **{n}**\nA: answer $x_{n}$\n\n" for n in range(10_000)))
    data = hashcards.read(path, ReadOptions(work_dir=tmp_path, now_ms=NOW_MS))
    assert len(data.notes) == 10_000
