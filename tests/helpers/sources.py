"""Writes small deck sources for tests: a deck that passes the lint, and ways to change it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "source_golden"

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>'
    "@media (prefers-color-scheme: dark){rect{fill:#fff}}</style><rect width='9' height='9'/></svg>"
)

COMMON: Mapping[str, Any] = {
    "level": 1,
    "tags": ["deployment"],
    "why": "People lose trust when one bad release reaches all of them.",
    "source": [{"key": "book", "at": "ch. 3"}],
}

NOTES: Mapping[str, Mapping[str, Any]] = {
    "basic": {
        **COMMON,
        "front": "Which release step sends copied traffic to a new model?",
        "answer": "A shadow release; its outputs are only logged.",
    },
    "cloze": {**COMMON, "text": "A model that sees copied live traffic runs as {{c1::a shadow}} release."},
    "requirement": {
        **COMMON,
        "req": ["R01"],
        "front": "Where is the data, and how can you reach it?",
        "rows": [
            {"if": "one database that you may query", "then": "Scheduled read from a replica"},
            {"if": "users or partners must send it", "then": "Upload API with a schema check"},
            {"if": "services emit it without pause", "then": "Log such as Kafka as the source"},
        ],
    },
    "tradeoff": {
        **COMMON,
        "front": "What do you gain and lose by giving the model its own service?",
        "sides": [
            {"name": "own service", "gain": "scales and deploys alone", "lose": "one network hop more"},
            {"name": "inside the application", "gain": "call in process", "lose": "shared release pace"},
        ],
        "decide": "Split when load or hardware differ measurably from the application.",
    },
    "estimation": {
        **COMMON,
        "front": "How many feature reads a second do 3,000 requests with 200 features each make?",
        "value": 600000,
        "unit": "reads/s",
        "tolerance": "10%",
        "working": "3000 * 200",
        "steps": "3,000 requests times 200 features",
    },
    "choice": {
        **COMMON,
        "front": "Which step brings users back soonest after a bad release?",
        "options": [
            {"text": "Point at the previous version", "right": True},
            {"text": "Retrain on newer data", "why": "Training takes hours."},
            {"text": "Add more replicas", "why": "Copies of a bad model stay bad."},
        ],
    },
}


def note(kind: str = "basic", number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a note of a kind that passes the lint, with keys replaced, or left out where given as None."""
    made = {"id": f"serve-{number:03d}-{kind}", "kind": kind, **NOTES[kind], **changes}
    return {key: value for key, value in made.items() if value is not None}


def write_deck(folder: Path, *notes: Mapping[str, Any], **deck: Any) -> Path:
    """Write a deck with the one topic `serve` and return its folder; `deck` replaces keys of deck.yaml."""
    content: dict[str, Any] = {
        "name": "Test deck",
        "topics": [{"id": "serve", "title": "Serving"}],
        **deck,
    }
    put(folder / "deck.yaml", content)
    put(folder / "topics" / "serve.yaml", {"topic": "serve", "title": "Serving", "notes": list(notes)})
    sources = {"book": {"title": "A book", "authors": "A. Writer", "url": "https://example.org/book"}}
    put(folder / "sources.yaml", sources)
    return folder


def put(path: Path, content: Any) -> None:
    """Write a value as YAML without aliases."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dumper = yaml.SafeDumper
    dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign,assignment]
    path.write_text(yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True), encoding="utf-8")
