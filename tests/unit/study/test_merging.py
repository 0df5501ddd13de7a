"""The three-way merge, on its own: whoever changed a field alone is followed, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from mlsd_cards.study.merging import Seen, digest, merge_fields, merge_note, merge_tags

TEXT = st.text(max_size=3)
TAG = st.sampled_from(["a", "A", "b", "c::d", "ü", "ß", "SS"])
TAGS = st.lists(TAG, max_size=4, unique_by=str.casefold)
FIELDS = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4)


def seen_of(fields: list[str], tags: tuple[str, ...] = ()) -> Seen:
    return Seen(tuple(map(digest, fields)), tags, 5, "edition")


@given(FIELDS)
def test_each_field_follows_whoever_changed_it_alone(fields: list[tuple[str, str, str]]) -> None:
    seen, mine, theirs = (list(column) for column in zip(*fields, strict=True))
    merged, conflicts = merge_fields([digest(text) for text in seen], mine, theirs)
    for place, (old, own, new) in enumerate(fields):
        if own == old:
            assert merged[place] == new
        elif new in (old, own):
            assert merged[place] == own
        else:
            assert merged[place] == own
            assert place in conflicts
    assert len(conflicts) == sum(own != old and new not in (old, own) for old, own, new in fields)


@given(FIELDS)
def test_the_file_may_win_only_where_both_changed(fields: list[tuple[str, str, str]]) -> None:
    seen, mine, theirs = (list(column) for column in zip(*fields, strict=True))
    digests = [digest(text) for text in seen]
    kept, conflicts = merge_fields(digests, mine, theirs)
    taken, same = merge_fields(digests, mine, theirs, theirs_wins=True)
    assert same == conflicts
    differing = {place for place, (one, other) in enumerate(zip(kept, taken, strict=True)) if one != other}
    assert differing <= set(conflicts)
    assert all(taken[place] == theirs[place] for place in conflicts)


@given(TAGS, TAGS, TAGS)
def test_no_tag_of_mine_is_lost_but_what_the_author_took_back(
    seen: list[str], mine: list[str], theirs: list[str]
) -> None:
    merged = [tag.casefold() for tag in merge_tags(seen, mine, theirs)]
    before, now = ({tag.casefold() for tag in tags} for tags in (seen, theirs))
    own = {tag.casefold() for tag in mine}
    assert set(merged) == (own - (before - now)) | (now - before)
    assert len(merged) == len(set(merged))


@given(TAGS, TAGS)
def test_tags_merged_twice_stay_as_they_are(seen: list[str], theirs: list[str]) -> None:
    once = merge_tags(seen, seen, theirs)
    assert merge_tags(theirs, once, theirs) == once


@given(FIELDS, TAGS)
def test_a_note_that_nobody_changed_stays(fields: list[tuple[str, str, str]], tags: list[str]) -> None:
    texts = [old for old, _, _ in fields]
    merged = merge_note(seen_of(texts, tuple(tags)), (texts, tags), (texts, tags), theirs_is_newer=True)
    assert (merged.fields, merged.tags, merged.conflicts) == (tuple(texts), tuple(tags), ())


@given(FIELDS, TAGS, TAGS)
def test_what_is_not_newer_changes_nothing(
    fields: list[tuple[str, str, str]], mine: list[str], theirs: list[str]
) -> None:
    seen, own, new = (list(column) for column in zip(*fields, strict=True))
    for before in (None, seen_of(seen)):
        merged = merge_note(before, (own, mine), (new, theirs), theirs_is_newer=False)
        assert (merged.fields, merged.tags, merged.conflicts) == (tuple(own), tuple(mine), ())


def test_a_note_that_was_never_seen_takes_the_newer_text_and_keeps_every_tag() -> None:
    merged = merge_note(None, (["mine"], ["t"]), (["theirs"], ["T", "u"]), theirs_is_newer=True)
    assert (merged.fields, merged.tags, merged.conflicts) == (("theirs",), ("t", "u"), ())


def test_a_field_that_the_note_type_got_since_was_empty_when_last_seen() -> None:
    seen = seen_of(["question"])
    merged = merge_note(seen, (["mine", ""], []), (["question", "hint"], []), theirs_is_newer=True)
    assert merged.fields == ("mine", "hint")
    merged = merge_note(seen, (["mine", "own"], []), (["question", "hint"], []), theirs_is_newer=True)
    assert (merged.fields, merged.conflicts) == (("mine", "own"), (1,))


@given(st.lists(TEXT, max_size=4), TAGS, st.integers(0, 2**50), st.text("0123456789abcdef", max_size=16))
def test_what_was_seen_is_kept_whole(
    fields: list[str], tags: list[str], modified_ms: int, edition: str
) -> None:
    seen = Seen(tuple(map(digest, fields)), tuple(tags), modified_ms, edition)
    assert Seen.unpacked(seen.packed(), seen.tags) == seen


@given(st.text(), st.text())
def test_digests_tell_texts_apart(one: str, other: str) -> None:
    assert (digest(one) == digest(other)) == (one == other)
    assert len(digest(one)) == 16
    assert digest("\ud800")  # half a sign, which no file should hold, is no reason to stop
