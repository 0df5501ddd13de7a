"""The day's list against a slow, literal reading of its rules, and what holds in every sitting."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_cards.domain.cards import CardId, CardState
from mlsd_cards.domain.decks import DeckId, Mix, NewGather, NewSort, Options, ReviewOrder
from mlsd_cards.domain.notes import NoteId
from mlsd_cards.scheduling.fuzz import day_hash
from mlsd_cards.scheduling.gathering import Kind, kind_of
from mlsd_cards.scheduling.queue import DayQueue, QueueCard, QueueDeck, build_queue, siblings_to_bury

DAY_MS = 86_400_000
TODAY = 50
NOW = TODAY * DAY_MS + 3_600_000
NEXT_DAY = (TODAY + 1) * DAY_MS
AHEAD_MS = 1_200_000
NAMES = ("A", "A::B", "A::B::C", "A::D")
EXAMPLES = settings(max_examples=100, deadline=None)

moments = st.integers(-10, 60).map(lambda minutes: NOW + minutes * 60_000)


@dataclass(frozen=True)
class Day:
    decks: list[QueueDeck]
    cards: list[QueueCard]

    def queue(self) -> DayQueue:
        return build_queue(
            self.cards, self.decks, self.decks[0], now_ms=NOW, today=TODAY, next_day_at_ms=NEXT_DAY
        )


@st.composite
def cards(draw: st.DrawFn, number: int) -> QueueCard:
    kind = draw(st.sampled_from(["new", "review", "interday", "intraday", "drill"]))
    state = {"new": "new", "review": "review", "drill": "review"}.get(kind, "learning")
    return QueueCard(
        card_id=CardId(number),
        note_id=NoteId(draw(st.integers(1, 8))),
        deck_id=DeckId(draw(st.integers(1, len(NAMES)))),
        ordinal=draw(st.integers(0, 2)),
        state=CardState(state),
        position=draw(st.integers(0, 5)),
        due_day=draw(st.integers(TODAY - 3, TODAY + 1)) if kind in ("review", "interday") else None,
        due_at_ms=draw(moments) if kind == "intraday" else None,
        interval_days=draw(st.integers(0, 9)),
        ease_permille=draw(st.sampled_from([0, 1300, 2500])),
        drill_day=TODAY if kind == "drill" else None,
        last_answer_ms=draw(st.integers(NOW - 5, NOW)),
    )


@st.composite
def days(draw: st.DrawFn) -> Day:
    shared = Options(
        scheduler="anki-sm2",
        new_ignore_review_limit=draw(st.booleans()),
        new_mix=draw(st.sampled_from(Mix)),
        interday_learning_mix=draw(st.sampled_from(Mix)),
        review_order=draw(st.sampled_from(ReviewOrder)),
        new_gather=draw(st.sampled_from(NewGather)),
        new_sort=draw(st.sampled_from(NewSort)),
    )
    decks = [
        QueueDeck(
            id=DeckId(number),
            name=name,
            options=replace(
                shared,
                new_per_day=draw(st.integers(0, 6)),
                reviews_per_day=draw(st.integers(0, 9)),
                bury_new=draw(st.booleans()),
                bury_reviews=draw(st.booleans()),
                bury_interday_learning=draw(st.booleans()),
            ),
            new_done=draw(st.integers(0, 2)),
            reviews_done=draw(st.integers(0, 2)),
        )
        for number, name in enumerate(NAMES, 1)
    ]
    count = draw(st.integers(0, 24))
    return Day(decks, [draw(cards(number)) for number in range(1, count + 1)])


# A literal reading of the rules


class Literal:
    """Limits are numbers that are really capped by those above, after each card."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.options = day.decks[0].options
        self.bound = not self.options.new_ignore_review_limit
        self.review: dict[str, int] = {}
        self.new: dict[str, int] = {}
        for deck in day.decks:
            review = deck.options.reviews_per_day - deck.reviews_done
            new = deck.options.new_per_day - deck.new_done
            if self.bound:
                review -= deck.new_done
                new = min(new, review)
            self.review[deck.name], self.new[deck.name] = max(0, review), max(0, new)
        self.cap()
        self.met: dict[NoteId, list[Options]] = {}

    def cap(self) -> None:
        for name in NAMES[1:]:
            above = name.rpartition("::")[0]
            self.review[name] = min(self.review[name], self.review[above])
            self.new[name] = min(self.new[name], self.new[above])

    def chain(self, name: str) -> list[str]:
        return [each for each in NAMES if each == name or name.startswith(each + "::")]

    def deck(self, card: QueueCard) -> QueueDeck:
        return self.day.decks[card.deck_id - 1]

    def left_out(self, card: QueueCard, option: str) -> bool:
        before = self.met.setdefault(card.note_id, [])
        result = any(getattr(options, option) for options in before)
        before.append(self.deck(card).options)
        return result

    def take(self, cards: list[QueueCard], option: str, room: dict[str, int]) -> list[QueueCard]:
        taken = []
        for card in cards:
            name = self.deck(card).name
            if room["A"] == 0:
                break
            if room[name] == 0 or self.left_out(card, option):
                continue
            taken.append(card)
            for each in self.chain(name):
                room[each] -= 1
                if room is self.review and self.bound:
                    self.new[each] = min(self.new[each], self.review[each])
            self.cap()
        return taken

    def due_order(self, card: QueueCard) -> tuple[float, int]:
        due = card.due_day or 0
        late = -(TODAY - due + 0.001) / max(1, card.interval_days)
        first = {
            ReviewOrder.DUE_DAY_DECK: due * 10 + card.deck_id,
            ReviewOrder.INTERVALS_ASCENDING: card.interval_days,
            ReviewOrder.INTERVALS_DESCENDING: -card.interval_days,
            ReviewOrder.EASE_ASCENDING: card.ease_permille,
        }.get(self.options.review_order, late)
        return first, day_hash(card.card_id, TODAY)

    def new_order(self, card: QueueCard) -> tuple[int, ...]:
        rest = (card.ordinal, card.card_id)
        return {
            NewGather.DECK: (card.deck_id, card.position, *rest),
            NewGather.LOWEST_POSITION: (card.position, *rest),
            NewGather.HIGHEST_POSITION: (-card.position, *rest),
        }[self.options.new_gather]

    def parts(self) -> dict[Kind, list[CardId]]:
        kinds = {kind: [c for c in self.day.cards if kind_of(c, TODAY) is kind] for kind in Kind}
        for card in kinds[Kind.INTRADAY]:
            self.left_out(card, "bury_new")
        due = {
            kind: sorted([c for c in kinds[kind] if (c.due_day or 0) <= TODAY], key=self.due_order)
            for kind in (Kind.INTERDAY, Kind.REVIEW)
        }
        interday = self.take(due[Kind.INTERDAY], "bury_interday_learning", self.review)
        reviews = self.take(due[Kind.REVIEW], "bury_reviews", self.review)
        new = self.take(sorted(kinds[Kind.NEW], key=self.new_order), "bury_new", self.new)
        if self.options.new_sort is NewSort.TEMPLATE:
            new.sort(key=lambda card: card.ordinal)
        return {
            Kind.INTERDAY: [card.card_id for card in interday],
            Kind.REVIEW: [card.card_id for card in reviews],
            Kind.NEW: [card.card_id for card in new],
        }


@EXAMPLES
@given(days())
def test_the_list_is_the_one_that_the_rules_give(day: Day) -> None:
    queue = day.queue()
    expected = Literal(day).parts()
    for kind, ids in expected.items():
        assert [card_id for card_id in queue.order if queue.kind(card_id) is kind] == ids


@EXAMPLES
@given(days())
def test_no_card_is_in_the_list_twice_and_counts_are_what_is_left(day: Day) -> None:
    queue = day.queue()
    while True:
        order = queue.order
        assert len(order) == len(set(order))
        kinds = [queue.kind(card_id) for card_id in order]
        counts = queue.counts()
        assert counts.new == kinds.count(Kind.NEW)
        assert counts.review == kinds.count(Kind.REVIEW)
        assert counts.learning == len(kinds) - counts.new - counts.review
        assert queue.current() == (order[0] if order else None)
        if not order:
            break
        queue.answer(order[0], None, queue.seen_ms)


@EXAMPLES
@given(days())
def test_limits_are_never_exceeded(day: Day) -> None:
    queue = day.queue()
    by_id = {card.card_id: card for card in day.cards}
    shown = [(by_id[card_id].deck_id, queue.kind(card_id)) for card_id in queue.order]
    for deck in day.decks:
        inside = [kind for deck_id, kind in shown if f"{NAMES[deck_id - 1]}::".startswith(f"{deck.name}::")]
        new = inside.count(Kind.NEW)
        reviews = inside.count(Kind.REVIEW) + inside.count(Kind.INTERDAY)
        assert new <= max(0, deck.options.new_per_day - deck.new_done)
        assert reviews <= max(0, deck.options.reviews_per_day - deck.reviews_done)
        if not day.decks[0].options.new_ignore_review_limit and new:
            assert new + reviews <= deck.options.reviews_per_day - deck.reviews_done - deck.new_done


@EXAMPLES
@given(days(), st.randoms(use_true_random=False))
def test_a_list_built_again_is_the_same_list(day: Day, random: object) -> None:
    shuffled = list(day.cards)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Day(day.decks, shuffled).queue().order == day.queue().order


@st.composite
def afters(draw: st.DrawFn, card: QueueCard, now_ms: int) -> QueueCard | None:
    how = draw(st.sampled_from(["done", "soon", "later", "tomorrow", "drill", "suspended"]))
    soon = now_ms + draw(st.integers(0, 25)) * 60_000
    match how:
        case "suspended":
            return None
        case "soon":
            return card._replace(state=CardState.LEARNING, due_at_ms=soon, due_day=None, drill_day=None)
        case "later":
            return card._replace(state=CardState.RELEARNING, due_at_ms=NEXT_DAY, due_day=None, drill_day=None)
        case "tomorrow":
            return card._replace(state=CardState.LEARNING, due_at_ms=None, due_day=TODAY + 1, drill_day=None)
        case "drill":
            return card._replace(state=CardState.REVIEW, due_at_ms=None, due_day=TODAY + 1, drill_day=TODAY)
        case _:
            return card._replace(state=CardState.REVIEW, due_at_ms=None, due_day=TODAY + 4, drill_day=None)


def snapshot(queue: DayQueue) -> tuple[object, ...]:
    waiting = queue.next_learning_ms()
    return tuple(queue.order), queue.counts(), queue.current(), queue.seen_ms, waiting


@EXAMPLES
@given(days(), st.data())
def test_peek_tells_what_the_answer_then_shows_and_changes_nothing(day: Day, data: st.DataObject) -> None:
    queue = day.queue()
    cards_now = {card.card_id: card for card in day.cards}
    now = NOW
    for _ in range(12):
        order = queue.order
        if not order:
            now += 60_000
            queue.refresh(now)
            continue
        # Mostly the card that is shown, now and then another one of the list.
        card_id = data.draw(st.sampled_from([order[0], order[0], *order]))
        now += data.draw(st.integers(0, 300_000))
        after = data.draw(afters(cards_now[card_id], now))
        note = cards_now[card_id].note_id
        siblings = [c for c in cards_now.values() if c.note_id == note and c.card_id != card_id]
        options = day.decks[cards_now[card_id].deck_id - 1].options
        buried = siblings_to_bury(queue.kind(card_id), siblings, options, TODAY)
        before = snapshot(queue)
        told = queue.peek(card_id, after, now, buried)
        assert snapshot(queue) == before
        queue.answer(card_id, after, now, buried)
        assert queue.current() == told
        assert queue.seen_ms == now
        assert not set(buried) & set(queue.order)
        assert len(queue.order) == len(set(queue.order))
        stays = after is not None and (
            after.drill_day == TODAY or (after.due_at_ms is not None and after.due_at_ms < NEXT_DAY)
        )
        assert (card_id in queue) is stays
        if after is not None:
            cards_now[card_id] = after


@EXAMPLES
@given(days())
def test_every_card_that_is_only_passed_comes_once_and_the_day_ends(day: Day) -> None:
    queue = day.queue()
    shown = []
    while (card_id := queue.current()) is not None:
        shown.append(card_id)
        queue.answer(card_id, None, queue.seen_ms)
        if queue.current() is None and (waiting := queue.next_learning_ms()) is not None:
            queue.refresh(waiting)
    assert len(shown) == len(set(shown))
    if queue.next_learning_ms() is not None:
        # Nothing was shown at all: what waits is further away than the learn-ahead limit.
        assert shown == []
        assert (queue.next_learning_ms() or 0) > queue.seen_ms + AHEAD_MS
