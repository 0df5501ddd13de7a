"""The text of "Report or improve" names a card so that its authors find it."""

from pathlib import Path

import pytest

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import NotFound
from mlsd_cards.study import Collection, FixedClock, parse_moment
from mlsd_cards.study.feedback import feedback_text
from tests.helpers.study import Made, empty_collection, fill


def test_a_built_in_card_is_named_by_id_and_version(tmp_path: Path) -> None:
    with Collection.open(tmp_path, FixedClock(parse_moment("2026-11-24T10:00:00+01:00"))) as collection:
        (card,) = collection.search('"Id:req-001-where-is-the-data" card:1').ids
        info = collection.card_info(card)
        text = feedback_text(collection, card, "  The number is old.\nSee ch. 3. ")
    lines = text.splitlines()
    assert lines[0] == "Card: req-001-where-is-the-data (Overview)"
    assert lines[1] == f"Version: {info.fields['Version']}"
    assert lines[2] == f"Deck: {info.deck}"
    assert text.endswith("\n\nThe number is old.\nSee ch. 3.\n")
    assert "<" not in text


def test_any_other_card_is_named_by_its_guid(tmp_path: Path) -> None:
    with empty_collection(tmp_path) as collection:
        fill(collection, [Made()])
        guid = collection.card_info(CardId(10)).guid
        text = feedback_text(collection, CardId(10))
        assert text.startswith(f"Card: {guid} (")
        assert "Version" not in text
        assert text.endswith("What is wrong, or how it could be better:\n")
        with pytest.raises(NotFound):
            feedback_text(collection, CardId(99))
