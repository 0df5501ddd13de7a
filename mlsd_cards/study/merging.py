"""Three-way merge of a note, field by field: what was last seen of the author, the user's text, the author's text.

Of the text last seen only digests are kept: they say who changed a field, which is all a merge needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The outcome of a merge. `conflicts` are the positions of fields changed on both sides."""

    fields: tuple[str, ...]
    tags: tuple[str, ...]
    conflicts: tuple[int, ...]


def digest(text: str) -> str:
    """Return 16 hexadecimal signs that stand for a field's text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def merge_fields(
    seen: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the merged fields and the positions where both sides changed; `seen` are digests.

    A field that only one side changed takes that side's text; where both changed it differently, mine stands.
    """
    merged: list[str] = []
    conflicts: list[int] = []
    for position, (old, own, new) in enumerate(zip(seen, mine, theirs, strict=True)):
        if own == new or digest(own) == old:
            merged.append(new)
        else:
            merged.append(own)
            if digest(new) != old:
                conflicts.append(position)
    return tuple(merged), tuple(conflicts)


def merge_tags(seen: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Return my tags with the author's additions and removals since `seen`; letter case does not count."""
    before = {tag.casefold() for tag in seen}
    now = {tag.casefold() for tag in theirs}
    kept = [tag for tag in mine if not (tag.casefold() in before and tag.casefold() not in now)]
    have = {tag.casefold() for tag in kept}
    added = [tag for tag in theirs if tag.casefold() not in before and tag.casefold() not in have]
    return (*kept, *added)


def merge_note(
    seen: tuple[Sequence[str], Sequence[str]] | None,
    mine: tuple[Sequence[str], Sequence[str]],
    theirs: tuple[Sequence[str], Sequence[str]],
    *,
    theirs_is_newer: bool,
) -> Merged:
    """Merge a note of which `seen` (digests of fields, tags) was last seen from the author.

    Where nothing was seen, nobody knows who changed what: then the newer text wins as a whole, and no tag is lost.
    """
    if seen is None or len(seen[0]) != len(mine[0]) or len(mine[0]) != len(theirs[0]):
        fields = tuple(theirs[0]) if theirs_is_newer and len(mine[0]) == len(theirs[0]) else tuple(mine[0])
        tags = merge_tags((), mine[1], theirs[1] if theirs_is_newer else ())
        return Merged(fields=fields, tags=tags, conflicts=())
    fields, conflicts = merge_fields(seen[0], mine[0], theirs[0])
    return Merged(fields=fields, tags=merge_tags(seen[1], mine[1], theirs[1]), conflicts=conflicts)
