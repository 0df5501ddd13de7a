"""Note types that Anki would refuse are repaired and reported; Anki then takes the package and finds no fault."""

from pathlib import Path
from typing import Any

import pytest
from test_export_package_oracle import Anki

from mlsd_cards.domain.exchange import ExchangeCard, ExchangeData, ExchangeDeck, ExchangeNote
from mlsd_cards.domain.notes import Field, NoteType, NoteTypeId, Template
from mlsd_cards.formats import apkg_writer
from tests.helpers.packages import OPTIONS

anki_collection = pytest.importorskip("anki.collection")
pytestmark = pytest.mark.oracle

WHOLE: dict[str, Any] = {
    "id": NoteTypeId(5),
    "name": "Type",
    "fields": (Field(name="A"), Field(name="B")),
    "templates": (Template(name="Card", front="{{A}}", back="{{B}}"),),
}


@pytest.mark.parametrize(
    ("broken", "given"),
    [
        ({}, ""),
        ({"name": ' "'}, "a name"),
        ({"fields": (Field(name=""), Field(name="B"))}, "names of fields"),
        ({"fields": (Field(name='#":{'), Field(name="B"))}, "names of fields"),
        ({"fields": ()}, "a field"),
        ({"templates": (Template(name="", front="{{A}}", back="x"),)}, "names of card templates"),
        ({"templates": (), "name": ""}, "a name and a card template"),
    ],
)
def test_what_anki_refuses_is_repaired_and_told(broken: dict[str, Any], given: str, tmp_path: Path) -> None:
    note_type = NoteType(**{**WHOLE, **broken})
    made = 1_700_000_000_000
    data = ExchangeData(
        note_types=[note_type],
        notes=[ExchangeNote(made, "g", 5, ("x", "y")[: len(note_type.fields)], (), made, made, 1)],
        cards=[ExchangeCard(made + 1, made, 1, 0)],
        decks=[ExchangeDeck(id=1, name="Deck")],
    )
    warnings = apkg_writer.write(data, tmp_path / "out.apkg", OPTIONS)
    assert [each.partition("was given ")[2].rstrip(".") for each in warnings] == ([given] if given else [])
    empty = tmp_path / "empty.anki2"
    anki_collection.Collection(str(empty)).close()
    anki = Anki(tmp_path / "anki", empty)
    try:
        assert len(anki.load(tmp_path / "out.apkg", progress=True).new) == 1
        assert len(anki.cards()) == 1
        assert anki.col.fix_integrity()[1]
    finally:
        anki.col.close()
