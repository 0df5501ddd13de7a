"""Sorts the notes of a file into new, changed, unchanged and skipped ones, and merges those that are here already."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mlsd_cards.domain.exchange import ExchangeData, ExchangeNote, Matching, OnMatch
from mlsd_cards.domain.notes import Note, NoteId, NoteType, NoteTypeId
from mlsd_cards.rendering.text import media_names, rename_media, strip_html
from mlsd_cards.study.import_media import plan_media, with_new_names
from mlsd_cards.study.import_plan import Known, MatchedNote, NewNote, Plan
from mlsd_cards.study.import_types import TypePlanner
from mlsd_cards.study.merging import Seen, digest, merge_note

DROPPED_WITHOUT_PROGRESS = frozenset({"leech", "marked"})
UNREADABLE = "it could not be read; see the warnings"
_LONGEST_TITLE = 60


def make_plan(data: ExchangeData, known: Known, stock: Sequence[NoteType], *, keep_progress: bool) -> Plan:
    """Return what importing `data` would do to a collection that holds `known`."""
    plan = Plan(data=data, known=known, warnings=list(data.warnings))
    plan.media, plan.renamed_media = plan_media(data.media, known.media)
    planner = TypePlanner(
        known.note_types,
        known.types_seen,
        _editions(data, known),
        stock,
        dated=data.dated,
        owners=_owners(data, known) if data.file_wins else None,
    )
    for note_type in data.note_types:
        plan.types[int(note_type.id)] = planner.choose(with_new_names(note_type, plan.renamed_media))
    plan.skipped = data.notes_left_out
    plan.left_out.update(data.left_out)
    if unexplained := data.notes_left_out - sum(data.left_out.values()):
        plan.left_out[UNREADABLE] += unexplained
    notes = _NotePlanner(plan, keep_progress=keep_progress)
    notes.add_all()
    for choice in plan.grown:
        plan.warnings.append(f"The note type “{choice.note_type.name}” is brought up to date with the file.")
    for note in known.gone:
        plan.warnings.append(f"The note “{title(note.fields)}” is gone from the file; it stays here.")
    return plan


def with_distinct_guids(notes: list[ExchangeNote]) -> list[ExchangeNote]:
    """Return notes of which a second one with the same guid has a number after it, the same one in every import."""
    guids = {note.guid for note in notes}
    if len(guids) == len(notes):
        return notes
    met: Counter[str] = Counter()
    distinct: list[ExchangeNote] = []
    for note in notes:
        guid = note.guid
        met[guid] += 1
        if guid and met[guid] > 1:
            while (guid := f"{note.guid}#{met[note.guid]}") in guids:
                met[note.guid] += 1
            note = note._replace(guid=guid)
        distinct.append(note)
    return distinct


def _editions(data: ExchangeData, known: Known) -> frozenset[NoteTypeId]:
    """Return the note types here of whose notes the file brings another edition."""
    mine = (known.guids.get(note.guid) for note in data.notes)
    return frozenset(note.note_type_id for note in mine if note and note.id in known.seen)


def _owners(data: ExchangeData, known: Known) -> dict[int, set[NoteTypeId]]:
    """Return for each note type of the file those here that its notes have."""
    found: dict[int, set[NoteTypeId]] = {}
    for note in data.notes:
        mine = known.guids.get(note.guid) if note.guid else None
        if mine is not None:
            found.setdefault(note.note_type_id, set()).add(mine.note_type_id)
    return found


def first_key(field: str) -> str:
    """Return that by which a first field is compared: its visible text, and the pictures and sounds it names."""
    text = strip_html(field)
    names = media_names(field) if "<" in field or "[" in field else []
    return "\n".join([text, *names])


def title(fields: Sequence[str]) -> str:
    """Return what a note is called in a message."""
    text = strip_html(fields[0]) if fields else ""
    if not text and fields:
        text = ", ".join(media_names(fields[0]))
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


class _NotePlanner:
    """Goes through the notes of a file."""

    def __init__(self, plan: Plan, *, keep_progress: bool) -> None:
        self.plan = plan
        self.data = plan.data
        self.known = plan.known
        self.drops_tags = not keep_progress and self.data.matching is Matching.GUID
        self.deck_names = {deck.id: deck.name.casefold() for deck in self.data.decks}
        self.own_deck_names = {key: deck.name.casefold() for key, deck in self.known.decks.items()}

    def add_all(self) -> None:
        """Sort every note of the file."""
        without_guid: list[tuple[ExchangeNote, tuple[str, ...]]] = []
        for foreign in self.data.notes:
            fields = self._fields(foreign)
            if not foreign.guid and self.data.matching is not Matching.GUID:
                without_guid.append((foreign, fields))
            elif foreign.guid in self.known.deleted:
                self._skip("you deleted it here")
            else:
                self._by_guid(foreign, fields)
        if without_guid:
            self._by_first_field(without_guid)

    def _fields(self, foreign: ExchangeNote) -> tuple[str, ...]:
        fields = self.plan.types[foreign.note_type_id].arranged(foreign.fields)
        names = self.plan.renamed_media
        return tuple(rename_media(text, names) for text in fields) if names else fields

    def _tags(self, foreign: ExchangeNote) -> tuple[str, ...]:
        if not self.drops_tags:
            return foreign.tags
        return tuple(tag for tag in foreign.tags if tag.casefold() not in DROPPED_WITHOUT_PROGRESS)

    # Matching

    def _by_guid(self, foreign: ExchangeNote, fields: tuple[str, ...]) -> None:
        mine = self.known.guids.get(foreign.guid) if foreign.guid else None
        self._settle(foreign, fields, [mine] if mine else [])

    def _by_first_field(self, notes: Sequence[tuple[ExchangeNote, tuple[str, ...]]]) -> None:
        """Match notes by their first field.

        Several notes of a file that begin alike are paired with those here one by one, the same ones first:
        so a file that is imported again finds its own notes. One alone stands for all that begin so.
        """
        if not self.known.first_fields:
            for foreign, fields in notes:
                self._settle(foreign, fields, ())
            return
        groups: dict[tuple[int, str, str], list[tuple[ExchangeNote, tuple[str, ...]]]] = {}
        for foreign, fields in notes:
            deck = self.deck_names.get(foreign.deck_id, "")
            scope = deck if self.data.matching is Matching.FIRST_FIELD_AND_DECK else ""
            key = (foreign.note_type_id, first_key(fields[0]), scope)
            groups.setdefault(key, []).append((foreign, fields))
        paired: dict[int, list[Note]] = {}
        for (_, first, scope), group in groups.items():
            paired.update(self._paired(group, self._beginning_with(group[0][0], first, scope)))
        for foreign, fields in notes:
            self._settle(foreign, fields, paired.get(foreign.id, []))

    def _beginning_with(self, foreign: ExchangeNote, first: str, deck: str) -> list[Note]:
        if self.data.on_match is OnMatch.DUPLICATE:
            return []
        found = self.known.first_fields.get((self.plan.note_type(foreign).id, first), ())
        if self.data.matching is Matching.FIRST_FIELD:
            return list(found)
        return [note for note in found if deck in self._decks_of(note.id)]

    def _decks_of(self, note_id: NoteId) -> Iterable[str]:
        return (self.own_deck_names.get(deck, "") for deck in self.known.note_decks.get(note_id, ()))

    def _paired(
        self, group: Sequence[tuple[ExchangeNote, tuple[str, ...]]], mine: Sequence[Note]
    ) -> dict[int, list[Note]]:
        if self.data.on_match is OnMatch.KEEP:
            return {foreign.id: list(mine) for foreign, _ in group}
        waiting = list(mine)
        pairs: dict[int, list[Note]] = {}
        for foreign, fields in group:
            same = next((note for note in waiting if self._says_the_same(foreign, note, fields)), None)
            if same is not None:
                pairs[foreign.id] = [same]
                waiting.remove(same)
        left = [foreign for foreign, _ in group if foreign.id not in pairs]
        if len(group) == 1 and left:
            pairs[left[0].id] = waiting
        else:
            pairs.update((foreign.id, [note]) for foreign, note in zip(left, waiting, strict=False))
        return pairs

    def _says_the_same(self, foreign: ExchangeNote, mine: Note, fields: tuple[str, ...]) -> bool:
        return self._completed(foreign, mine, fields, self._tags(foreign)) == (mine.fields, mine.tags)

    # Merging

    def _settle(self, foreign: ExchangeNote, fields: tuple[str, ...], matches: Sequence[Note]) -> None:
        tags = self._tags(foreign)
        if not matches:
            self.plan.new.append(NewNote(foreign=foreign, fields=fields, tags=tags))
        elif self.data.on_match is OnMatch.KEEP:
            self._skip("it is here already and stays as it is")
        else:
            for mine in matches:
                self._merge(foreign, mine, fields, tags)

    def _skip(self, reason: str) -> None:
        self.plan.skipped += 1
        self.plan.left_out[reason] += 1

    def _given(self, foreign: ExchangeNote) -> Sequence[int] | None:
        """Return the places of the fields that the file says something of, None for all."""
        places = self.plan.types[foreign.note_type_id].places
        if places is not None:
            return [place for place, source in enumerate(places) if source >= 0]
        return self.data.given_fields.get(foreign.note_type_id)

    def _completed(
        self, foreign: ExchangeNote, mine: Note, fields: tuple[str, ...], tags: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the file's note with what the file says nothing of taken from mine."""
        given = self._given(foreign)
        if given is not None:
            pairs = zip(fields, _stretched(mine.fields, fields), strict=True)
            fields = tuple(new if place in given else old for place, (new, old) in enumerate(pairs))
        if not self.data.tags_given:
            have = {tag.casefold() for tag in mine.tags}
            tags = (*mine.tags, *(tag for tag in tags if tag.casefold() not in have))
        return fields, tags

    def _merge(
        self, foreign: ExchangeNote, mine: Note, fields: tuple[str, ...], tags: tuple[str, ...]
    ) -> None:
        note_type = self.plan.note_type(foreign)
        if mine.note_type_id != note_type.id:
            self._skip("it is here already with another note type")
            self.plan.warnings.append(
                f"The note “{title(mine.fields)}” was left as it is: its note type differs from the file's "
                f"“{note_type.name}”."
            )
            return
        seen = self.known.seen.get(mine.id)
        if seen and self._says_nothing_new(foreign, seen, fields, tags):
            self.plan.matched.append(MatchedNote(foreign=foreign, note=mine, changed=False, seen=seen))
            return
        theirs, their_tags = self._completed(foreign, mine, fields, tags)
        is_newer = self._is_newer(foreign, mine, seen)
        merged = merge_note(
            seen or self.known.seen_elsewhere.get(mine.id),
            (_stretched(mine.fields, theirs), mine.tags),
            (theirs, their_tags),
            theirs_is_newer=is_newer,
            theirs_wins=self.data.file_wins,
        )
        self._warn_of_conflicts(mine, note_type, merged.conflicts)
        changed = merged.fields != mine.fields or merged.tags != mine.tags
        note = replace(mine, fields=merged.fields, tags=merged.tags) if changed else mine
        if changed and self.data.dated and (merged.fields, merged.tags) == (theirs, their_tags):
            note = replace(note, modified_ms=foreign.modified_ms)
        if seen is None or is_newer:
            seen = self._now_seen(foreign, seen, theirs, tags)
        names = note_type.field_names
        open_ones = () if self.data.file_wins else merged.conflicts
        conflicts = tuple((names[place], theirs[place]) for place in open_ones)
        self.plan.matched.append(
            MatchedNote(foreign=foreign, note=note, changed=changed, seen=seen, conflicts=conflicts)
        )

    def _says_nothing_new(
        self, foreign: ExchangeNote, seen: Seen, fields: Sequence[str], tags: tuple[str, ...]
    ) -> bool:
        """Whether the file says of a note what it said last time: the quick way for files imported again."""
        said = (seen.tags, seen.modified_ms if self.data.dated else 0)
        return said == (tags, foreign.modified_ms if self.data.dated else 0) and seen.fields == tuple(
            map(digest, fields)
        )

    def _is_newer(self, foreign: ExchangeNote, mine: Note, seen: Seen | None) -> bool:
        if not self.data.dated:
            return True
        return foreign.modified_ms >= seen.modified_ms if seen else foreign.modified_ms > mine.modified_ms

    def _now_seen(
        self, foreign: ExchangeNote, before: Seen | None, theirs: Sequence[str], tags: tuple[str, ...]
    ) -> Seen:
        """Return what is to be remembered of the file's text, with what it says nothing of as it was seen before."""
        digests = [digest(text) for text in theirs]
        given = self._given(foreign)
        if before and given is not None:
            digests = [
                new if place in given or place >= len(before.fields) else before.fields[place]
                for place, new in enumerate(digests)
            ]
        if before and not self.data.tags_given:
            tags = (*before.tags, *(tag for tag in tags if tag not in before.tags))
        edition = before.edition if before else self.known.edition
        return Seen(tuple(digests), tags, foreign.modified_ms if self.data.dated else 0, edition)

    def _warn_of_conflicts(self, mine: Note, note_type: NoteType, conflicts: Iterable[int]) -> None:
        stands = "the file's text is taken" if self.data.file_wins else "your text stays"
        for position in conflicts:
            self.plan.warnings.append(
                f"The field “{note_type.fields[position].name}” of the note “{title(mine.fields)}” was changed "
                f"by you and by the author; {stands}."
            )


def _stretched(fields: tuple[str, ...], like: Sequence[str]) -> tuple[str, ...]:
    """Return fields with empty ones for those that the note type gets now."""
    return (*fields, *[""] * (len(like) - len(fields)))
