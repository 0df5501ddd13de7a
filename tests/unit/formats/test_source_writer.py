"""Deck sources written from notes: what is written says the same again, and what cannot be said is counted."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards import paths
from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeDeck, ExchangeNote, ReadOptions
from mlsd_cards.formats import source, source_writer
from mlsd_cards.formats.anki_stock import STOCK_NOTE_TYPES
from mlsd_cards.formats.source_back import to_markdown
from mlsd_cards.formats.source_text import to_html
from tests.helpers.packages import OPTIONS

BASIC, CLOZE = STOCK_NOTE_TYPES[0], next(each for each in STOCK_NOTE_TYPES if each.name == "Cloze")


def read(path: Path, work: Path) -> ExchangeData:
    work.mkdir(exist_ok=True)
    return source.read(path, ReadOptions(work_dir=work, now_ms=OPTIONS.now_ms))


def foreign(*fields: tuple[str, ...]) -> ExchangeData:
    """Basic notes in one deck."""
    notes = [
        ExchangeNote(n, f"guid {n}", int(BASIC.id), each, ("my-tag", "level::2"), deck_id=1)
        for n, each in enumerate(fields, 1)
    ]
    return ExchangeData(
        note_types=[BASIC],
        notes=notes,
        decks=[ExchangeDeck(id=1, name="Languages::French")],
        cards=[ExchangeCard(note.id, note.id, 1, 0, position=note.id) for note in notes],
    )


def test_every_topic_of_the_built_in_decks_comes_back(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    whole = source.exchange(paths.decks_dir(), OPTIONS.now_ms, work)
    topics = [deck for deck in whole.decks[1:] if not deck.name.endswith("::Practice interviews")]
    assert len(topics) > 15
    for deck in topics:
        cards = [card for card in whole.cards if card.deck_id == deck.id]
        ids = {card.note_id for card in cards}
        part = replace(
            whole, decks=[deck], cards=cards, notes=[note for note in whole.notes if note.id in ids]
        )
        out = tmp_path / f"{deck.id}.yaml"
        assert source_writer.write(part, out, OPTIONS) == []
        back = read(out, tmp_path / "back")
        assert back.warnings == []
        assert [each.name for each in back.decks] == [deck.name]
        names = {int(each.id): each.name for each in whole.note_types}
        assert [(n.guid, names[n.note_type_id], n.fields, n.tags) for n in back.notes] == [
            (n.guid, names[n.note_type_id], n.fields, n.tags) for n in part.notes
        ]


def test_notes_made_elsewhere_keep_their_identity_and_deck(tmp_path: Path) -> None:
    out = tmp_path / "french.yaml"
    data = foreign(("le <b>chat</b>", "the cat"), ("# 1. x*y", "a &lt; b_c_d"))
    assert source_writer.write(data, out, OPTIONS) == []
    back = read(out, tmp_path / "work")
    assert [note.guid for note in back.notes] == ["guid 1", "guid 2"]
    assert [note.fields[:2] for note in back.notes] == [note.fields for note in data.notes]
    assert [each.name for each in back.decks] == ["Languages::French"]
    assert back.notes[0].tags == ("topic::french", "level::2", "my-tag")
    first = out.read_bytes()
    source_writer.write(data, out, OPTIONS)
    assert out.read_bytes() == first


def test_what_a_source_cannot_say_is_counted(tmp_path: Path) -> None:
    data = foreign(("one", "two"), ('<img src="a.png">', "picture"), ("<div>x</div>", "y"))
    data.cards[0] = data.cards[0]._replace(state="review", due_date=739_000)
    warnings = source_writer.write(data, tmp_path / "x.yml", OPTIONS)
    assert "2 notes of other kinds" in warnings[0]
    assert "no room for progress" in warnings[1]
    assert len(read(tmp_path / "x.yml", tmp_path / "work").notes) == 1


def test_more_notes_than_numbers_are_left_out(tmp_path: Path) -> None:
    data = foreign(*((f"question {n}", "a") for n in range(1005)))
    assert "6 notes" in source_writer.write(data, tmp_path / "x.yaml", OPTIONS)[0]
    assert len({note.guid for note in read(tmp_path / "x.yaml", tmp_path / "work").notes}) == 999


@pytest.mark.parametrize("text", ["1.5 times", "1. first", "- x", "a | b", "x_y_z *w*", r"\(a_b\) &amp; c"])
def test_signs_that_markdown_reads_are_kept(text: str) -> None:
    assert to_html(to_markdown(text)) == text


@settings(max_examples=100, deadline=None)
@given(st.text("ab1.*_-#`[]()!\\&;{}\"' ", max_size=20))
def test_plain_text_comes_back_or_is_left_out(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    data = foreign(("q", "a"), (text, "b"))
    source_writer.write(data, folder / "x.yaml", OPTIONS)
    back = read(folder / "x.yaml", folder / "work")
    assert [note.fields[0] for note in back.notes] in (["q"], ["q", text])
