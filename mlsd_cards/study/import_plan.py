"""Works out what an import would do, without writing: which notes are new, changed, the same or left out.

The import screen, `inspect`, `--dry-run` and the import itself all follow this one plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from mlsd_cards.domain.decks import Deck, DeckId, parent_names
from mlsd_cards.domain.exchange import ExchangeData, ExchangeMedia, ExchangeNote, Matching, OnMatch
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId, NoteTypeKind
from mlsd_cards.rendering.text import rename_media, strip_html
from mlsd_cards.study.merging import merge_note

DROPPED_WITHOUT_PROGRESS = frozenset({"leech", "marked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the collection already holds, as far as an import needs it."""

    note_types: dict[NoteTypeId, NoteType]
    decks: dict[DeckId, Deck]
    guids: dict[str, Note]  # notes that have a guid of the file
    first_fields: dict[tuple[NoteTypeId, str], list[Note]]  # by first field, for files without guids
    note_decks: dict[NoteId, set[DeckId]]  # decks of those notes' cards, for `Matching.FIRST_FIELD_AND_DECK`
    origins: dict[NoteId, tuple[tuple[str, ...], tuple[str, ...]]]  # fields and tags last seen from a source
    media: dict[str, str]  # name → sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """A note to add, with what the file says of it."""

    foreign: ExchangeNote
    note_type_id: int  # key in `Plan.note_types`
    fields: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedNote:
    """A note to change, with the text last seen from its author."""

    foreign: ExchangeNote
    note: Note
    conflicts: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an import will do.

    `note_types` maps an id of the file to the note type of the collection that stands for it (id 0: to be added).
    """

    data: ExchangeData
    note_types: dict[int, NoteType] = field(default_factory=dict)
    new: list[NewNote] = field(default_factory=list)
    changed: list[ChangedNote] = field(default_factory=list)
    unchanged: list[tuple[ExchangeNote, NoteId]] = field(default_factory=list)
    skipped: int = 0
    media: list[ExchangeMedia] = field(default_factory=list)  # to be added, under their final names
    renamed_media: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def matched(self) -> dict[int, NoteId]:
        """Note ids of the file → ids of notes that the collection has already."""
        found = {changed.foreign.id: changed.note.id for changed in self.changed}
        found.update((foreign.id, note_id) for foreign, note_id in self.unchanged)
        return found


def same_shape(one: NoteType, other: NoteType) -> bool:
    """Whether two note types have the same kind, fields and template names."""
    return (
        one.kind == other.kind
        and one.field_names == other.field_names
        and [t.name for t in one.templates] == [t.name for t in other.templates]
    )


def same_look(one: NoteType, other: NoteType) -> bool:
    """Whether two note types of the same shape also have the same templates and CSS."""
    faces = [[(t.front, t.back) for t in nt.templates] for nt in (one, other)]
    return same_shape(one, other) and faces[0] == faces[1] and one.css == other.css


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted`, with `+` added until nobody has that name; letter case does not count."""
    names = {name.casefold() for name in taken}
    while wanted.casefold() in names:
        wanted += "+"
    return wanted


def plan_note_types(
    data: ExchangeData, known: dict[NoteTypeId, NoteType], stock: Sequence[NoteType], *, may_change: bool
) -> dict[int, NoteType]:
    """Return for each note type of the file the one that stands for it here; id 0 marks those to be added.

    A note type is the same when it came from the same package type and has the same shape, or looks the same in
    every template. `may_change` lets a newer edition of our own decks bring its templates along.
    """
    chosen: dict[int, NoteType] = {}
    names = [nt.name for nt in known.values()]
    for foreign in data.note_types:
        if not foreign.fields:
            chosen[int(foreign.id)] = _by_name(foreign.name, known.values(), stock)
            continue
        mine = _same_here(foreign, known.values())
        if mine is None:
            mine = replace(foreign, id=NoteTypeId(0), name=free_name(foreign.name, names))
            names.append(mine.name)
        elif may_change and not same_look(mine, foreign):
            mine = replace(foreign, id=mine.id, name=mine.name)
        chosen[int(foreign.id)] = mine
    return chosen


def _same_here(foreign: NoteType, known: Iterable[NoteType]) -> NoteType | None:
    candidates = [nt for nt in known if same_shape(nt, foreign)]
    came_from_it = [nt for nt in candidates if nt.foreign_id and nt.foreign_id == foreign.foreign_id]
    looks_like_it = [nt for nt in candidates if same_look(nt, foreign)]
    of_that_name = [nt for nt in looks_like_it if nt.name == foreign.name]
    for found in (*came_from_it, *of_that_name, *looks_like_it):
        return found
    return None


def _by_name(name: str, known: Iterable[NoteType], stock: Sequence[NoteType]) -> NoteType:
    wanted = name.casefold()
    for nt in known:
        if nt.name.casefold() == wanted:
            return nt
    for nt in stock:
        if nt.name.casefold() == wanted:
            return replace(nt, id=NoteTypeId(0))
    return replace(stock[0], id=NoteTypeId(0))


def plan_media(data: ExchangeData, known: dict[str, str]) -> tuple[list[ExchangeMedia], dict[str, str]]:
    """Return the media to add under their final names, and the new names of those whose name is taken here.

    A file with the same name and the same contents is the same file; one with other contents gets part of its
    hash into its name, so that both decks show their own.
    """
    by_folded = {name.casefold(): sha256 for name, sha256 in known.items()}
    renamed: dict[str, str] = {}
    added: list[ExchangeMedia] = []
    for name, item in data.media.items():
        sha256 = by_folded.get(name.casefold())
        if sha256 is None:
            added.append(item)
            by_folded[name.casefold()] = item.sha256
        elif sha256 != item.sha256:
            stem, dot, ending = name.rpartition(".")
            other = f"{stem or ending}-{item.sha256[:12]}{dot}{ending if dot else ''}"
            renamed[name] = other
            if other.casefold() not in by_folded:
                added.append(item._replace(name=other))
                by_folded[other.casefold()] = item.sha256
    return added, renamed


def fit_fields(fields: tuple[str, ...], note_type: NoteType) -> tuple[str, ...]:
    """Return as many fields as the note type has: the rest is cut, missing ones are empty."""
    wanted = len(note_type.fields)
    if len(fields) == wanted:
        return fields
    return (*fields[:wanted], *[""] * (wanted - len(fields)))


class _NotePlanner:
    """Sorts the notes of a file into new, changed, unchanged and skipped."""

    def __init__(self, plan: Plan, known: Known, *, keep_progress: bool) -> None:
        self.plan = plan
        self.known = known
        self.keep_progress = keep_progress
        self.deck_names = {deck.id: deck.name for deck in plan.data.decks}
        self.own_deck_names = {deck_id: deck.name for deck_id, deck in known.decks.items()}

    def add(self, foreign: ExchangeNote) -> None:
        note_type = self.plan.note_types[foreign.note_type_id]
        fields = fit_fields(foreign.fields, note_type)
        if self.plan.renamed_media:
            fields = tuple(rename_media(text, self.plan.renamed_media) for text in fields)
        tags = foreign.tags
        if not self.keep_progress and self.plan.data.matching is Matching.GUID:
            tags = tuple(tag for tag in tags if tag.casefold() not in DROPPED_WITHOUT_PROGRESS)
        matches = self._matches(foreign, note_type, fields)
        if not matches:
            self._add_new(foreign, fields, tags)
        elif self.plan.data.on_match is OnMatch.KEEP:
            self.plan.skipped += 1
        else:
            for mine in matches:
                self._compare(foreign, mine, note_type, fields, tags)

    def _add_new(self, foreign: ExchangeNote, fields: tuple[str, ...], tags: tuple[str, ...]) -> None:
        self.plan.new.append(
            NewNote(foreign=foreign, note_type_id=foreign.note_type_id, fields=fields, tags=tags)
        )

    def _matches(self, foreign: ExchangeNote, note_type: NoteType, fields: tuple[str, ...]) -> list[Note]:
        data = self.plan.data
        if foreign.guid:
            mine = self.known.guids.get(foreign.guid)
            return [mine] if mine else []
        if data.matching is Matching.GUID or data.on_match is OnMatch.DUPLICATE:
            return []
        found = self.known.first_fields.get((note_type.id, strip_html(fields[0])), [])
        if data.matching is Matching.FIRST_FIELD_AND_DECK:
            wanted = self.deck_names.get(foreign.deck_id, "").casefold()
            found = [
                note
                for note in found
                if any(
                    self.own_deck_names.get(deck, "").casefold() == wanted
                    for deck in self.known.note_decks.get(note.id, ())
                )
            ]
        return found

    def _of_text(
        self, foreign: ExchangeNote, mine: Note, fields: tuple[str, ...], tags: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return my note as a text file changes it: only in the fields and tags that the file has columns for."""
        given = self.plan.data.given_fields.get(foreign.note_type_id)
        if given is not None:
            fields = tuple(
                new if place in given else old
                for place, (new, old) in enumerate(zip(fields, mine.fields, strict=True))
            )
        return fields, tags if self.plan.data.tags_given else (*mine.tags, *_missing(tags, mine.tags))

    def _compare(
        self,
        foreign: ExchangeNote,
        mine: Note,
        note_type: NoteType,
        fields: tuple[str, ...],
        tags: tuple[str, ...],
    ) -> None:
        if mine.note_type_id != note_type.id:
            self.plan.skipped += 1
            self.plan.warnings.append(
                f"The note “{_title(mine.fields)}” was left as it is: "
                f"its note type differs from the file's “{note_type.name}”."
            )
            return
        if self.plan.data.matching is not Matching.GUID and not foreign.guid:
            merged_fields, merged_tags = self._of_text(foreign, mine, fields, tags)
            conflicts: tuple[int, ...] = ()
        else:
            merged = merge_note(
                self.known.origins.get(mine.id),
                (mine.fields, mine.tags),
                (fields, tags),
                theirs_is_newer=foreign.modified_ms > mine.modified_ms,
            )
            merged_fields, merged_tags, conflicts = merged.fields, merged.tags, merged.conflicts
        for position in conflicts:
            self.plan.warnings.append(
                f"The field “{note_type.fields[position].name}” of the note “{_title(mine.fields)}” was changed "
                "by you and by the author; your text stays."
            )
        if merged_fields == mine.fields and merged_tags == mine.tags:
            self.plan.unchanged.append((foreign, mine.id))
        else:
            changed = replace(mine, fields=merged_fields, tags=merged_tags)
            self.plan.changed.append(ChangedNote(foreign=foreign, note=changed, conflicts=conflicts))


def _missing(wanted: Sequence[str], have: Sequence[str]) -> list[str]:
    folded = {tag.casefold() for tag in have}
    return [tag for tag in wanted if tag.casefold() not in folded]


def _title(fields: Sequence[str]) -> str:
    text = strip_html(fields[0]) if fields else ""
    return text if len(text) <= 60 else text[:59] + "…"


def make_plan(
    data: ExchangeData,
    known: Known,
    stock: Sequence[NoteType],
    *,
    keep_progress: bool,
    may_change_types: bool = False,
) -> Plan:
    """Return what importing `data` would do to a collection that holds `known`."""
    plan = Plan(data=data, warnings=list(data.warnings))
    plan.note_types = plan_note_types(data, known.note_types, stock, may_change=may_change_types)
    plan.media, plan.renamed_media = plan_media(data, known.media)
    planner = _NotePlanner(plan, known, keep_progress=keep_progress)
    for foreign in data.notes:
        planner.add(foreign)
    return plan


def is_cloze(note_type: NoteType) -> bool:
    """Whether the note type makes one card per cloze number."""
    return note_type.kind is NoteTypeKind.CLOZE


def deck_names_needed(names: Iterable[str]) -> list[str]:
    """Return `names` with all decks above them, outermost first, each once."""
    needed: dict[str, None] = {}
    for name in names:
        for each in (*parent_names(name), name):
            needed.setdefault(each, None)
    return list(needed)
