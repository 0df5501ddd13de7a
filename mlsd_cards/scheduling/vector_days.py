"""Runs vectors about a day: its list, and a sitting that moves it on."""

from dataclasses import replace
from typing import Any

from mlsd_cards.domain.cards import CardId, CardState, Schedule
from mlsd_cards.domain.decks import DeckId
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling import DAY_S, scheduler
from mlsd_cards.scheduling.gathering import QueueCard
from mlsd_cards.scheduling.limits import QueueDeck
from mlsd_cards.scheduling.queue import DayQueue, build_queue, siblings_to_bury
from mlsd_cards.scheduling.vector_check import Checker, context_at, options_of

_LIMITED_CHILD = "A::B"
_STARTING_EASE = 2500
_REVIEWS_BEFORE = 3


class _Sitting:
    """The deck tree and cards of a `queue` or `session` vector."""

    def __init__(self, vector: dict[str, Any]) -> None:
        options = replace(options_of(vector["options"] | vector.get("preset", {})), scheduler="anki-sm2")
        child = vector["options"].get("child_limits")
        names = sorted({vector["deck"], *(card["deck"] for card in vector["cards"])})
        self.decks = {
            DeckId(number): QueueDeck(
                id=DeckId(number),
                name=name,
                options=replace(options, **child) if child and name == _LIMITED_CHILD else options,
            )
            for number, name in enumerate(names, 1)
        }
        self._ids = {deck.name: deck.id for deck in self.decks.values()}
        self.chosen = self.decks[self._ids[vector["deck"]]]
        self.cards = {card["card"]: self._card(card) for card in vector["cards"]}
        self.learn_ahead = vector["options"]["learn_ahead"]
        self.buried: set[CardId] = set()
        self.schedules = {card.card_id: _schedule(card) for card in self.cards.values()}
        self.queue = self._build(vector["t"])

    def _card(self, values: dict[str, Any]) -> QueueCard:
        due_t = values.get("due_t")
        state = CardState(values["state"])
        return QueueCard(
            card_id=CardId(values["card"]),
            note_id=NoteId(values["note"]),
            deck_id=self._ids[values["deck"]],
            ordinal=values["template"],
            state=state,
            position=values.get("position") or 0,
            due_day=values.get("due_day"),
            due_at_ms=None if due_t is None else due_t * 1000,
            interval_days=values.get("interval_days", 0),
            ease_permille=_STARTING_EASE if state is CardState.REVIEW else 0,
            reps=_REVIEWS_BEFORE if state is CardState.REVIEW else values.get("reps", 0),
        )

    def _build(self, t: int) -> DayQueue:
        return build_queue(
            [card for card in self.cards.values() if card.card_id not in self.buried],
            list(self.decks.values()),
            self.chosen,
            now_ms=t * 1000,
            today=t // DAY_S,
            next_day_at_ms=(t // DAY_S + 1) * DAY_S * 1000,
            learn_ahead_s=self.learn_ahead,
        )

    def look(self, t: int) -> CardId | None:
        """Return the card that is shown at `t` seconds."""
        if t // DAY_S != self.queue.today:
            self.buried.clear()
            self.queue = self._build(t)
        if self.queue.current() is None:
            self.queue.refresh(t * 1000)
        return self.queue.current()

    def answer(self, card_id: CardId, t: int, rating: int) -> None:
        """Answer a card as a study session does."""
        card, schedule = self.cards[card_id], self.schedules[card_id]
        options = self.decks[card.deck_id].options
        context = context_at(t, schedule, options, None)
        after = scheduler(options.scheduler).next_states(schedule, context)[rating].schedule
        self.schedules[card_id] = after
        siblings = [
            other
            for other in self.cards.values()
            if other.note_id == card.note_id and other.card_id != card_id and other.card_id not in self.buried
        ]
        buried = siblings_to_bury(self.queue.kind(card_id), siblings, options, self.queue.today)
        self.buried.update(buried)
        changed = card._replace(
            state=after.state,
            due_day=after.due_day,
            due_at_ms=after.due_at_ms,
            interval_days=after.interval_days,
            ease_permille=after.ease_permille,
            reps=after.reps,
            last_answer_ms=after.last_answer_ms,
        )
        self.cards[card_id] = changed
        self.queue.answer(card_id, changed, t * 1000, buried)


def _schedule(card: QueueCard) -> Schedule:
    return Schedule(
        state=card.state,
        due_day=card.due_day,
        due_at_ms=card.due_at_ms,
        interval_days=card.interval_days,
        ease_permille=card.ease_permille,
        steps_left=1 if card.state in (CardState.LEARNING, CardState.RELEARNING) else 0,
        reps=card.reps,
    )


def _check_counts(expect: dict[str, Any], queue: DayQueue, number: int, checker: Checker) -> None:
    counts = queue.counts()
    for name in ("new", "learning", "review"):
        checker.same(number, name, expect[name], getattr(counts, name))


def run_queue(vector: dict[str, Any], checker: Checker) -> None:
    """Compare a day's whole list and its counts."""
    checker.steps += 1
    queue = _Sitting(vector).queue
    checker.same(0, "order", vector["expect"]["order"], queue.order)
    _check_counts(vector["expect"], queue, 0, checker)


def run_session(vector: dict[str, Any], checker: Checker) -> None:
    """Compare which card follows each answer of a sitting; ends at the first card that differs."""
    sitting = _Sitting(vector)
    checker.steps += len(vector["steps"])
    for number, step in enumerate(vector["steps"]):
        shown = sitting.look(step["t"])
        checker.same(number, "card", step["expect"]["card"], shown)
        _check_counts(step["expect"], sitting.queue, number, checker)
        if shown != step["expect"]["card"]:
            return
        if shown is not None:
            sitting.answer(shown, step["answered_t"], step["rating"])
