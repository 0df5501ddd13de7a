"""The report of an import: what came in, what was left out, and what in the file is unsafe."""

from collections.abc import Collection, Mapping
from pathlib import Path

from mlsd_cards.domain.exchange import ImportReport
from mlsd_cards.domain.notes import Note, NoteId
from mlsd_cards.rendering.template import card_ordinals
from mlsd_cards.study.import_media import kinds_of
from mlsd_cards.study.import_plan import Plan

_SAMPLES = 3


def report_of(plan: Plan, path: Path, *, scheduling: bool, preview: bool) -> ImportReport:
    """Return what a plan does, in numbers and sentences; `preview` also looks for scripts and shows samples."""
    data = plan.data
    types = [choice.note_type for choice in plan.types.values()]
    scripts, remote = _unsafe(plan) if preview else (0, 0)
    return ImportReport(
        file=str(path),
        layout=data.layout,
        notes_new=len(plan.new),
        notes_updated=len({each.note.id for each in plan.changed}),
        notes_unchanged=len({each.note.id for each in plan.matched if not each.changed}),
        notes_skipped=plan.skipped,
        cards=_number_of_cards(plan),
        note_types=len(data.note_types),
        decks=len(data.decks),
        media=len(data.media),
        reviews=len(data.reviews) if scheduling else 0,
        warnings=list(plan.warnings),
        scripts=scripts,
        remote_references=remote,
        left_out=dict(plan.left_out),
        conflicts=len({each.note.id for each in plan.matched if each.conflicts}),
        gone=len(plan.known.gone),
        unsafe_names=list(data.unsafe_names),
        deck_names=[deck.name for deck in data.decks],
        note_type_names=[note_type.name for note_type in types],
        media_bytes=sum(item.size for item in data.media.values()),
        media_kinds=kinds_of(data.media),
        sample=_samples(plan) if preview else (),
    )


def note_ids(plan: Plan, written: Mapping[int, NoteId]) -> dict[str, list[int]]:
    """Return the notes that an import added, changed and left alone; `written`: ids here by those of the file."""
    found: dict[str, Collection[int]]
    changed = {int(each.note.id) for each in plan.changed}
    matched = {int(each.note.id) for each in plan.matched}
    added = [int(written[each.foreign.id]) for each in plan.new if each.foreign.id in written]
    found = {"new": added, "updated": changed, "unchanged": matched - changed}
    found["conflicts"] = {int(each.note.id) for each in plan.matched if each.conflicts}
    found["gone"] = [int(note.id) for note in plan.known.gone]
    return {key: sorted(ids) for key, ids in found.items()}


def _number_of_cards(plan: Plan) -> int:
    notes = [(each.foreign, each.fields, each.tags) for each in plan.new_without_cards()]
    if plan.data.makes_cards:
        notes += [(each.foreign, each.note.fields, each.note.tags) for each in plan.matched]
    return len(plan.data.cards) + sum(len(plan.ordinals(*note)) for note in notes)


def _unsafe(plan: Plan) -> tuple[int, int]:
    """Return how many templates and notes carry scripts, and how many addresses on the network there are."""
    from mlsd_cards.rendering.sanitize import find_scripts, remote_references

    scripts = remote = 0
    for note_type in plan.data.note_types:
        remote += remote_references(f"<style>{note_type.css}</style>") if "://" in note_type.css else 0
        for template in note_type.templates:
            html = template.front + template.back
            scripts += bool(find_scripts(html))
            remote += remote_references(html)
    for note in plan.data.notes:
        html = "\n".join(text for text in note.fields if "<" in text)
        if html:
            scripts += bool(find_scripts(html))
            remote += remote_references(html)
    return scripts, remote


def _samples(plan: Plan) -> list[tuple[str, str]]:
    """Return the plain text of question and answer of the first few notes."""
    from mlsd_cards.rendering.template import render_card
    from mlsd_cards.rendering.text import strip_html

    samples: list[tuple[str, str]] = []
    for each in plan.data.notes:
        note_type = plan.note_type(each)
        if not note_type.templates or len(each.fields) != len(note_type.fields):
            continue
        note = Note(
            id=NoteId(0), guid=each.guid, note_type_id=note_type.id, fields=each.fields, tags=each.tags
        )
        ordinals = card_ordinals(note_type, each.fields, tags=each.tags, at_least_one=True)
        rendered = render_card(note_type, note, ordinals[0])
        samples.append((strip_html(rendered.question), strip_html(rendered.answer)))
        if len(samples) == _SAMPLES:
            break
    return samples
