"""Which note type of the collection stands for a note type of a file, and how a newer edition grows it.

A note type here is never changed on account of a stranger's package that only bears its number. It grows only
if the file is an edition of notes that came from there before; then fields and templates are added, none is
taken away, and a template or style sheet takes the author's new text only if the user left the old one alone.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mlsd_cards.domain.notes import NoteType, NoteTypeId, Template
from mlsd_cards.study.merging import digest


class TypeSeen(NamedTuple):
    """What was last seen of a note type in a source, at the author's time of it (ms; 0: unknown).

    `faces` are digests: of the style sheet under the empty name, of templates under theirs.
    """

    faces: Mapping[str, str]
    modified_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeChoice:
    """The note type that stands for one of a file.

    `places` says for each of its fields where the file's notes have it (-1: nowhere), `ordinals` for each
    template of the file which one it is here; None where both are the same. `before` is how a note type that
    is to grow stands now. An id of 0 marks a note type to be added.
    """

    note_type: NoteType
    places: tuple[int, ...] | None = None
    ordinals: tuple[int, ...] | None = None
    before: NoteType | None = None
    foreign: NoteType | None = None

    def arranged(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return a file's fields in the order of the note type here; what the file does not have is empty."""
        wanted = len(self.note_type.fields)
        if self.places is not None:
            return tuple(fields[place] if 0 <= place < len(fields) else "" for place in self.places)
        if len(fields) == wanted:
            return tuple(fields)
        return (*fields[:wanted], *[""] * (wanted - len(fields)))

    def ordinal(self, ordinal: int) -> int:
        """Return the number that the file's template or cloze has here."""
        if self.ordinals is None or not 0 <= ordinal < len(self.ordinals):
            return ordinal
        return self.ordinals[ordinal]


def faces_of(note_type: NoteType) -> dict[str, str]:
    """Return the digests by which it is told later whether somebody changed the look of a note type."""
    faces = {each.name: digest(f"{each.front}\0{each.back}") for each in note_type.templates}
    return {**faces, "": digest(note_type.css)}


def same_shape(one: NoteType, other: NoteType) -> bool:
    """Whether two note types have the same kind, fields and template names."""
    return (
        one.kind == other.kind
        and one.field_names == other.field_names
        and [each.name for each in one.templates] == [each.name for each in other.templates]
    )


def same_look(one: NoteType, other: NoteType) -> bool:
    """Whether two note types of the same shape also have the same templates and style sheet."""
    return same_shape(one, other) and faces_of(one) == faces_of(other)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted`, with `+` added until nobody has that name; letter case does not count."""
    names = {name.casefold() for name in taken}
    while wanted.casefold() in names:
        wanted += "+"
    return wanted


class TypePlanner:
    """Chooses a note type here for each of a file.

    `seen` gives what the note types of this source looked like when last seen. `editions` are the ids of note
    types here of whose notes the file brings another edition; only those may grow. `stock` serves files that
    name a note type without describing it. `dated` says that the file tells when its note types were changed.
    `owners` gives, for note types of a file that the user edits, those here of whose notes it brings a text.
    """

    def __init__(
        self,
        known: Mapping[NoteTypeId, NoteType],
        seen: Mapping[NoteTypeId, TypeSeen],
        editions: Collection[NoteTypeId],
        stock: Sequence[NoteType],
        *,
        dated: bool,
        owners: Mapping[int, Collection[NoteTypeId]] | None = None,
    ):
        self._known = known
        self._seen = seen
        self._editions = editions
        self._stock = stock
        self._dated = dated
        self._owners = owners or {}
        self._names = [each.name for each in known.values()]

    def choose(self, foreign: NoteType) -> TypeChoice:
        """Return the note type here that stands for `foreign`, made or grown if need be."""
        if not foreign.fields:
            return TypeChoice(note_type=self._by_name(foreign.name))
        for candidate in self._of_the_same_source(foreign):
            return self._grown(candidate, foreign)
        mine = next(self._alike(foreign), None)
        if mine is not None:
            return TypeChoice(note_type=mine)
        name = free_name(foreign.name, self._names)
        self._names.append(name)
        return TypeChoice(note_type=replace(foreign, id=NoteTypeId(0), name=name), foreign=foreign)

    def _of_the_same_source(self, foreign: NoteType) -> Iterator[NoteType]:
        if not _has_unique_names(foreign):
            return iter(())
        return (
            each
            for each in self._known.values()
            if each.id in self._editions
            and each.id in self._seen
            and each.foreign_id == foreign.foreign_id
            and (foreign.foreign_id or each.name == foreign.name)  # formats without ids have names
            and each.kind == foreign.kind
            and _has_unique_names(each)
        )

    def _alike(self, foreign: NoteType) -> Iterator[NoteType]:
        candidates = [each for each in self._known.values() if same_shape(each, foreign)]
        tests: tuple[Callable[[NoteType], bool], ...] = (
            lambda mine: bool(mine.foreign_id) and mine.foreign_id == foreign.foreign_id,
            lambda mine: mine.name == foreign.name and same_look(mine, foreign),
            lambda mine: mine.name == foreign.name and mine.id in self._owners.get(int(foreign.id), ()),
            lambda mine: same_look(mine, foreign),
        )
        return (mine for test in tests for mine in candidates if test(mine))

    def _by_name(self, name: str) -> NoteType:
        wanted = name.casefold()
        for each in self._known.values():
            if each.name.casefold() == wanted:
                return each
        chosen = next((each for each in self._stock if each.name.casefold() == wanted), self._stock[0])
        return replace(chosen, id=NoteTypeId(0))

    def _grown(self, mine: NoteType, foreign: NoteType) -> TypeChoice:
        seen = self._seen[mine.id]
        names = mine.field_names
        fields = (*mine.fields, *(each for each in foreign.fields if each.name not in names))
        is_newer = not self._dated or foreign.modified_ms >= seen.modified_ms
        templates, css = grown_looks(mine, foreign, seen.faces if is_newer else {})
        grown = replace(mine, fields=fields, templates=templates, css=css)
        order = {name: place for place, name in enumerate(foreign.field_names)}
        places = tuple(order.get(each.name, -1) for each in fields)
        numbers = {each.name: number for number, each in enumerate(templates)}
        ordinals = tuple(numbers[each.name] for each in foreign.templates)
        return TypeChoice(
            note_type=grown,
            places=None if places == tuple(range(len(foreign.fields))) else places,
            ordinals=None if ordinals == tuple(range(len(foreign.templates))) else ordinals,
            before=None if grown == mine else mine,
            foreign=foreign,
        )


def _has_unique_names(note_type: NoteType) -> bool:
    templates = [each.name for each in note_type.templates]
    names = note_type.field_names
    return len(set(templates)) == len(templates) and len(set(names)) == len(names)


def grown_looks(
    mine: NoteType, foreign: NoteType, seen: Mapping[str, str]
) -> tuple[tuple[Template, ...], str]:
    """Return templates and style sheet: the author's new texts where I left the old ones alone, and new templates.

    `seen` are the digests of the author's old texts.
    """
    theirs = {each.name: each for each in foreign.templates}
    now = faces_of(mine)
    kept = []
    for each in mine.templates:
        new = theirs.pop(each.name, None)
        untouched = seen.get(each.name) == now[each.name]
        kept.append(replace(each, front=new.front, back=new.back) if new and untouched else each)
    css = foreign.css if seen.get("") == now[""] else mine.css
    return (*kept, *theirs.values()), css
