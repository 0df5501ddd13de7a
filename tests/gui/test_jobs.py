"""Jobs: progress, result, error, cancel; one writer at a time; nothing of it in the interface thread."""

import threading

import pytest

from mlsd_cards.domain.errors import Cancelled, DiskFull
from mlsd_cards.ui.jobs import Jobs


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close(5000)


def test_the_result_arrives_on_the_interface_thread(jobs, qtbot):
    seen = {}

    def work(progress):
        seen["worker"] = threading.get_ident()
        return 42

    job = jobs.read(work, "Thinking")
    with qtbot.waitSignal(job.done) as caught:
        job.done.connect(lambda _result: seen.update(here=threading.get_ident()))
    assert caught.args == [42]
    assert seen["here"] == threading.get_ident() != seen["worker"]


def test_progress_is_told_and_its_end_is_never_swallowed(jobs, qtbot):
    told = []
    gate = threading.Event()

    def work(progress):
        gate.wait(5)
        for done in range(1, 1001):
            progress("Counting", done, 1000)

    job = jobs.read(work, "Counting")
    job.progressed.connect(lambda *news: told.append(news))
    with qtbot.waitSignal(job.done):
        gate.set()
    assert told[-1] == ("Counting", 1000, 1000)
    assert len(told) < 200


@pytest.mark.parametrize(
    "error", [DiskFull("There is no room left on the disk."), ZeroDivisionError("a bug")]
)
def test_an_error_is_handed_over_as_it_is(jobs, qtbot, error, caplog):
    def work(progress):
        raise error

    job = jobs.read(work, "Failing")
    ended = []
    job.ended.connect(lambda: ended.append(True))
    with qtbot.waitSignal(job.failed) as caught:
        pass
    assert caught.args[0] is error
    assert ended == [True]
    assert bool(caplog.records) == isinstance(error, ZeroDivisionError)


def test_cancelling_reaches_the_worker_as_an_exception_and_is_no_error(jobs, qtbot):
    started, undone = threading.Event(), []

    def work(progress):
        try:
            while True:
                progress("Working", 0, 0)
                started.set()
        except Cancelled:
            undone.append(True)
            raise

    job = jobs.write(work, "Working")
    failed = []
    job.failed.connect(failed.append)
    with qtbot.waitSignal(job.cancelled):
        assert started.wait(5)
        job.cancel()
    assert undone == [True]
    assert failed == []


def test_writing_jobs_follow_each_other_and_hold_the_window(jobs, qtbot):
    running, most, order, busy = [], [], [], []
    lock = threading.Lock()
    jobs.busy_changed.connect(busy.append)

    def work(number):
        def do(progress):
            with lock:
                running.append(number)
                most.append(len(running))
            order.append(number)
            with lock:
                running.remove(number)

        return do

    made = [jobs.write(work(n), "Writing") for n in range(5)]
    with qtbot.waitSignals([job.done for job in made]):
        assert jobs.busy
    qtbot.waitUntil(lambda: not jobs.busy)
    assert order == [0, 1, 2, 3, 4]
    assert max(most) == 1
    assert busy[0] is True
    assert busy[-1] is False


def test_a_job_that_does_not_hold_the_window_leaves_it_free(jobs, qtbot):
    gate = threading.Event()
    job = jobs.write(lambda progress: gate.wait(5), "Indexing", holds_window=False)
    assert not jobs.busy
    with qtbot.waitSignal(job.done):
        gate.set()


def test_closing_stops_what_runs_and_what_waits(qtbot):
    jobs = Jobs()
    started, ran = threading.Event(), []

    def endless(progress):
        while True:
            started.set()
            progress("On and on", 0, 0)

    first = jobs.write(endless, "Endless")
    second = jobs.write(lambda progress: ran.append(True), "Never")
    assert started.wait(5)
    with qtbot.waitSignals([first.cancelled, second.cancelled]):
        assert jobs.close(5000)
    assert ran == []


def test_what_is_quick_arrives_at_once_and_only_once(jobs, qtbot):
    answers, errors = [], []
    jobs.read_soon(lambda progress: 7, "Quick", answers.append, errors.append)
    assert answers == [7]

    def fail(progress):
        raise DiskFull("full")

    jobs.read_soon(fail, "Failing", answers.append, errors.append)
    assert len(errors) == 1
    qtbot.wait(50)
    assert answers == [7]
    assert len(errors) == 1


def test_what_is_slow_does_not_hold_the_window(jobs, qtbot):
    answers, gate = [], threading.Event()
    jobs.read_soon(lambda progress: gate.wait(5), "Slow", answers.append, answers.append)
    assert answers == []
    gate.set()
    qtbot.waitUntil(lambda: answers == [True])


def test_a_thousand_quick_jobs_leave_nothing_behind(jobs, qtbot):
    answers = []
    for number in range(1000):
        jobs.read_soon(lambda progress, number=number: number, "Quick", answers.append, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1000, timeout=20_000)
    assert sorted(answers) == list(range(1000))
    qtbot.waitUntil(lambda: not jobs._jobs)
