"""The one public door to a collection, for the window, the commands and other programs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mlsd_cards.domain.cards import CardId
from mlsd_cards.domain.errors import InputError, NotFound
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.domain.progress import Progress, no_progress
from mlsd_cards.paths import profile_dir
from mlsd_cards.store.collection import Store
from mlsd_cards.study.clock import Clock, FixedClock, parse_moment, system_clock
from mlsd_cards.study.opened import Opened
from mlsd_cards.study.session import StudySession
from mlsd_cards.study.views import CardInfo, DeckRow, Found, Today
from mlsd_cards.study.wanting import complete_memories

if TYPE_CHECKING:
    from mlsd_cards.domain.exchange import ExportReport, ImportReport
    from mlsd_cards.study.fitting import FitReport
    from mlsd_cards.study.forecasting import Forecast
    from mlsd_cards.study.new_media import NewMedia


class Collection(Opened):
    """A person's notes, cards and answers, open for use. Made by `Collection.open`; a context manager.

    Every act is one transaction and one undo step; each answer is on disk when its call returns.
    """

    @classmethod
    def open(cls, home: Path | None = None, clock: Clock | None = None, *, read_only: bool = False) -> Self:
        """Open the collection in `home` (else the usual profile folder), making it on first use.

        The built-in decks are brought in, or up to date, before this returns. With `read_only` nothing is
        written and no lock is taken.

        Raises:
            CollectionLocked: another program holds the profile. CollectionTooNew, CollectionCorrupt,
            CollectionError: it cannot be used; the text says why and what is safe.
        """
        from mlsd_cards.study import built_in

        clock = clock or system_clock()
        store = Store.open(
            profile_dir(home),
            now_ms=clock.now_ms(),
            zone_offset_minutes=clock.offset_minutes(),
            read_only=read_only,
        )
        collection = cls(store, clock)
        try:
            if not read_only:
                built_in.bring_up_to_date(collection)
        except BaseException:
            store.close()
            raise
        return collection

    # Looking

    def today(self, deck: str | None = None) -> Today:
        """Return what the Today screen shows, for all decks or one and those below it."""
        from mlsd_cards.study import overview

        return overview.today(self, deck)

    def deck_rows(self) -> tuple[DeckRow, ...]:
        """Return every deck with today's counts and number of cards, subdecks included, by name."""
        from mlsd_cards.study import overview

        return overview.deck_rows(self)

    def session(self, deck: str | None = None) -> StudySession:
        """Return a sitting over all decks, or one deck and those below it.

        Raises:
            NotFound: there is no such deck.
        """
        return StudySession(self, deck)

    def card_info(self, card_id: CardId) -> CardInfo:
        """Return everything about one card.

        Raises:
            NotFound: there is no such card.
        """
        from mlsd_cards.study import browsing

        complete_memories(self)
        return browsing.card_info(self, card_id)

    def search(self, query: str, order: str | None = None, limit: int | None = None) -> Found:
        """Return the cards that `query` finds.

        Raises:
            SearchError: the query cannot be understood.
        """
        from mlsd_cards.study import browsing

        return browsing.search(self, query, order, limit)

    # Acts on cards and notes

    def bury_cards(self, ids: Iterable[CardId]) -> int:
        """Hide cards until tomorrow; return how many changed."""
        from mlsd_cards.study import acts

        return acts.bury(self, list(ids))

    def bury_notes(self, ids: Iterable[NoteId]) -> int:
        """Hide all cards of notes until tomorrow; return how many changed."""
        from mlsd_cards.study import acts

        return acts.bury(self, acts.cards_of(self, ids))

    def suspend_cards(self, ids: Iterable[CardId]) -> int:
        """Hide cards until they are unsuspended; return how many changed."""
        from mlsd_cards.study import acts

        return acts.suspend(self, list(ids), True)

    def suspend_notes(self, ids: Iterable[NoteId]) -> int:
        """Hide all cards of notes until they are unsuspended; return how many changed."""
        from mlsd_cards.study import acts

        return acts.suspend(self, acts.cards_of(self, ids), True)

    def unsuspend_cards(self, ids: Iterable[CardId]) -> int:
        """Show suspended cards again; return how many changed."""
        from mlsd_cards.study import acts

        return acts.suspend(self, list(ids), False)

    def set_flag(self, ids: Iterable[CardId], flag: int) -> int:
        """Give cards a flag, 1 to 7, or 0 for none; return how many changed.

        Raises:
            InputError: the flag is not in that range.
        """
        from mlsd_cards.study import acts

        return acts.set_flag(self, list(ids), flag)

    def toggle_mark(self, note_id: NoteId) -> bool:
        """Mark a note, or take the mark off; return whether it is marked now."""
        from mlsd_cards.study import acts

        return acts.toggle_mark(self, note_id)

    def delete_notes(self, ids: Iterable[NoteId]) -> int:
        """Delete notes with their cards (their answers stay in the log); return how many notes."""
        from mlsd_cards.study import acts

        return acts.delete_notes(self, list(ids))

    def forget(self, ids: Iterable[CardId]) -> int:
        """Make cards new again, behind all other new ones (their answers stay); return how many.

        Raises:
            NotFound: there is no such card. InputError: the clock is wrong.
        """
        from mlsd_cards.study import due_dates

        return due_dates.forget(self, ids)

    def set_due_date(self, ids: Iterable[CardId], when: str) -> int:
        """Make cards due as reviews in `5` days, in `60-90`, or with `!` after it at that interval; return how many.

        Raises:
            NotFound: there is no such card. InputError: `when` is not a due date, or the clock is wrong.
        """
        from mlsd_cards.study import due_dates

        return due_dates.set_due_date(self, ids, when)

    def edit_note(
        self,
        note_id: NoteId,
        *,
        fields: Mapping[str, str],
        tags: Sequence[str] = (),
        deck: str | None = None,
        media: "Sequence[NewMedia]" = (),
    ) -> int:
        """Change fields by name, tags (`+x`, `-x`) or the deck of a note; return 1 if anything changed, else 0.

        Raises:
            NotFound: there is no such note, field or deck. InputError: a text or tag cannot be used.
        """
        from mlsd_cards.study import editing

        return editing.edit_note(self, note_id, fields=fields, tags=tags, deck=deck, media=media)

    def add_note(
        self,
        fields: Mapping[str, str],
        *,
        note_type: str | None = None,
        deck: str | None = None,
        tags: Sequence[str] = (),
        media: "Sequence[NewMedia]" = (),
    ) -> NoteId:
        """Add a note with its cards, of a basic type and to the deck `Default` unless told; return its id.

        Raises:
            NotFound: there is no such note type, field or deck. InputError: the fields make no card.
        """
        from mlsd_cards.study import editing

        return editing.add_note(self, fields, note_type=note_type, deck=deck, tags=tags, media=media)

    def undo(self) -> str | None:
        """Take the last act back and return its label, None if there is none."""
        return self.store.undo()

    def redo(self) -> str | None:
        """Do again what was taken back last and return its label, None if there is nothing."""
        return self.store.redo()

    @property
    def undo_label(self) -> str | None:
        """What `undo` would take back."""
        return self.store.undo_label()

    @property
    def redo_label(self) -> str | None:
        """What `redo` would do again."""
        return self.store.redo_label()

    # Files

    def inspect(self, path: Path, progress: Progress = no_progress, *, deck: str = "") -> "ImportReport":
        """Return what importing a file would do, without writing anything.

        Raises:
            FileFormatError: the file is not a deck, damaged, unsafe, too large or too new.
        """
        from mlsd_cards.study import importing

        return importing.inspect(self, path, deck=deck, progress=progress)

    def import_file(
        self,
        path: Path,
        *,
        scheduling: bool = True,
        deck: str = "",
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> "ImportReport":
        """Bring a deck file in, as one act.

        `scheduling` takes over the progress that the file holds. A refused file leaves everything as it was.

        Raises:
            FileFormatError: the file is not a deck, damaged, unsafe, too large or too new.
        """
        from mlsd_cards.study import importing

        if dry_run:
            return importing.inspect(
                self, path, scheduling=scheduling, deck=deck, progress=progress, preview=False
            )
        return importing.import_file(self, path, scheduling=scheduling, deck=deck, progress=progress)

    def finish_import(self, progress: Progress = no_progress) -> None:
        """Do what an import left for later: the text index (see `index_texts`), then FSRS memories."""
        self.index_texts(progress)
        complete_memories(self, progress)

    def index_texts(self, progress: Progress = no_progress, *, slice_size: int = 2000) -> int:
        """Let the text index learn what was imported; searching works meanwhile, only slower.

        `slice_size` notes are done at a time: in between the collection can be used, and `progress` may stop.
        """
        return 0 if self.store.read_only else self.store.index_texts(progress, slice_size=slice_size)

    def export(
        self,
        out: Path,
        *,
        deck: str | None = None,
        search: str | None = None,
        cards: Sequence[CardId] | None = None,
        scheduling: bool = True,
        media: bool = True,
        presets: bool | None = None,
        form: str = "",
        progress: Progress = no_progress,
    ) -> "ExportReport":
        """Write decks, or the cards that a search finds, to a file; its ending, or `form`, chooses the format.

        `presets` puts the options of decks in; None: where `scheduling` puts progress in.

        Raises:
            NotFound: there is no such deck, or nothing to export. FileFormatError: no such format.
        """
        from mlsd_cards.study import exporting

        if scheduling:
            complete_memories(self)
        return exporting.export(
            self,
            out,
            deck=deck,
            search=search,
            cards=cards,
            scheduling=scheduling,
            media=media,
            presets=presets,
            form=form,
            progress=progress,
        )

    # Care and settings

    def check(self, repair: bool = False, *, full: bool = False) -> list[str]:
        """Return a sentence for each problem of the collection; `repair` mends what can be mended first."""
        if repair:
            self.store.repair(now_ms=self.clock.now_ms())
        return self.store.check(full=full)

    def backup(self, out: Path | None = None) -> Path:
        """Write a verified copy of the collection and return its path."""
        return self.store.backup(out, now_ms=self.clock.now_ms())

    def settings(self, deck: str | None = None) -> dict[str, Any]:
        """Return the settings of the collection, or those of the preset of a deck."""
        from mlsd_cards.study import settings

        return settings.shown(self, deck)

    def setting_of(self, shown: dict[str, Any], key: str) -> Any:
        """Return one of the settings shown.

        Raises:
            NotFound: there is no setting of that name.
        """
        if key not in shown:
            raise NotFound(f"There is no setting “{key}”; there are: {', '.join(shown)}.")
        return shown[key]

    def set_setting(self, key: str, value: str, deck: str | None = None) -> None:
        """Change a setting of the collection, or of the preset of a deck.

        Raises:
            NotFound: there is no such setting or deck. InputError: the value cannot be used.
        """
        from mlsd_cards.study import settings

        settings.change(self, key, value, deck)

    def fit(
        self, deck: str | None = None, *, apply: bool = False, progress: Progress = no_progress
    ) -> "FitReport":
        """Return FSRS parameters fitted to the reviews of a deck, or of all decks of the default preset.

        With `apply` better ones become the preset's, as one act.

        Raises:
            NotFound: there is no such deck. InputError: there are too few reviews to learn from.
        """
        from mlsd_cards.study import fitting

        return fitting.fit_parameters(self, deck, apply=apply, progress=progress)

    def simulate(
        self,
        deck: str | None = None,
        *,
        days: int = 365,
        scheduler: str = "",
        seed: int = 0,
        progress: Progress = no_progress,
    ) -> "Forecast":
        """Return what reviewing on the coming days will cost and bring; the same `seed` tells the same.

        `scheduler` has all cards go on under it; without one each deck keeps its own.

        Raises:
            NotFound: there is no such deck. InputError: a number or the scheduler cannot be used.
        """
        from mlsd_cards.study import forecasting

        return forecasting.forecast(self, deck, days=days, scheduler=scheduler, seed=seed, progress=progress)

    def move_clock(self, moment: str) -> None:
        """Set a fixed clock to a moment in ISO 8601.

        Raises:
            InputError: the clock is the real one, or the moment is none.
        """
        if not isinstance(self.clock, FixedClock):
            raise InputError("The clock can be moved only where MLSD_CARDS_NOW has fixed it.")
        self.clock.set(parse_moment(moment))
