"""From a practice scenario to the note that carries it in a collection and to Anki."""

import hashlib
import html
from collections.abc import Iterable
from dataclasses import replace

from mlsd_cards.domain.exchange import ExchangeData, ExchangeDeck
from mlsd_cards.domain.notes import NoteType
from mlsd_cards.formats.source_model import DeckSource
from mlsd_cards.formats.source_notes import add_new, citations_line, guid, number_text
from mlsd_cards.formats.source_practice import RubricItem, Scenario, load_scenarios, load_shared_rubric
from mlsd_cards.formats.source_text import to_html
from mlsd_cards.formats.source_yaml import SourceError

DECK_TITLE = "Practice interviews"


def add_scenarios(data: ExchangeData, deck: DeckSource, note_type: NoteType, now_ms: int) -> None:
    """Add the scenarios of a deck folder as notes of `note_type`, all cards new and after every other card.

    Raises:
        SourceError: a scenario or the rubric cannot be read.
    """
    shared = load_shared_rubric(deck.root, _refuse)
    deck_id = max((found.id for found in data.decks), default=0) + 1
    for scenario in load_scenarios(deck.root, _refuse):
        if not data.decks or data.decks[-1].id != deck_id:
            data.note_types.append(note_type)
            data.decks.append(ExchangeDeck(id=deck_id, name=f"{deck.name}::{DECK_TITLE}"))
        whole = replace(scenario, rubric=(*scenario.rubric, *(shared if scenario.shared_rubric else ())))
        add_new(
            data,
            note_type,
            guid=guid(scenario.id.split("-")[0]),
            fields=scenario_fields(whole, deck, note_type.field_names),
            tags=("scenario", f"level::{scenario.level}", *_requirements(scenario)),
            deck_id=deck_id,
            now_ms=now_ms,
        )


def scenario_fields(scenario: Scenario, deck: DeckSource, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the field texts (HTML) of a scenario in the order of `names`; `Version` digests the others."""
    values = {
        "Title": to_html(scenario.title),
        "Brief": to_html(scenario.brief),
        "Minutes": str(scenario.minutes),
        "Hidden": _rows(
            (found.req, to_html(found.answer), to_html(_listed(found.implies))) for found in scenario.hidden
        ),
        "Estimates": "".join(
            f'<tr><td>{to_html(found.ask)}<br><span class="working">{html.escape(found.working)}</span></td>'
            f'<td class="number">{number_text(found.value, grouped=True)} {to_html(found.unit)}</td></tr>'
            for found in scenario.estimates
        ),
        "Topics": to_html(", ".join(found.topic for found in scenario.decisions)),
        "Decisions": "".join(
            f"<tr><td>{to_html(found.topic)}</td><td>{to_html(_listed((*found.good, *_also(found.also))))}</td>"
            f'<td class="poor">{to_html(_listed(found.poor)) or "–"}</td></tr>'
            for found in scenario.decisions
        ),
        "Pitfalls": to_html(_listed(scenario.pitfalls)),
        "Rubric": "".join(f"<li>{_rubric_line(item)}</li>" for item in scenario.rubric),
        "Outline": "".join(f"<li>{to_html(step)}</li>" for step in scenario.model_answer),
        "Followups": to_html(" ".join(scenario.followups)),
        "Source": citations_line(scenario.source, deck),
        "Id": scenario.id,
    }
    found = [values.get(name, "") for name in names]
    version = hashlib.sha256("\x1f".join(found).encode()).hexdigest()[:12]
    return tuple(version if name == "Version" else text for name, text in zip(names, found, strict=True))


def _refuse(error: SourceError) -> None:
    raise error


def _requirements(scenario: Scenario) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"req::{found.req}" for found in scenario.hidden))


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)


def _listed(texts: tuple[str, ...]) -> str:
    """Return texts as one sentence, each part as it was written but for the first letter."""
    joined = "; ".join(text.rstrip(".") for text in texts)
    return f"{joined[:1].upper()}{joined[1:]}." if joined else ""


def _also(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"also {text}" for text in texts)


def _rubric_line(item: RubricItem) -> str:
    trains = f' <span class="trains">{html.escape(", ".join(item.trains))}</span>' if item.trains else ""
    return to_html(item.text) + trains
