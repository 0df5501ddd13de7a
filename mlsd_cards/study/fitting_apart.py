"""Fits parameters in a process of its own: the package that does it would hold up the window, and cannot be stopped."""

import pickle
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread

from mlsd_cards.domain.errors import InputError
from mlsd_cards.domain.progress import Progress
from mlsd_cards.scheduling.fitting import FITTING, STEPS, Learnt, Reviews, learn

_CODE = "import sys; sys.path[:] = {path!r}; from {name} import child; child()"
_POLL_S = 0.05


def learn_apart(
    reviews: Sequence[Reviews], present: tuple[float, ...], relearning_steps: int, progress: Progress
) -> Learnt:
    """Return what `scheduling.fitting.learn` returns, from another process.

    Raises:
        InputError: as `learn` says, or the process ended without an answer. Cancelled: by `progress`, at once.
    """
    progress(FITTING, 0, 0)
    question = pickle.dumps((list(reviews), present, relearning_steps))
    # Our own Python finds our own code where we found it, and nothing that lies in the working folder.
    code = _CODE.format(path=[each for each in sys.path if each], name=__name__)
    with subprocess.Popen(
        [sys.executable, "-I", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        answers: list[bytes] = []
        talk = Thread(target=lambda: answers.append(process.communicate(question)[0]), daemon=True)
        talk.start()
        try:
            while talk.is_alive():
                talk.join(_POLL_S)
                progress(FITTING, 0, 0)
        finally:
            process.kill()
            talk.join()
    if process.returncode or not answers or not answers[0]:
        raise InputError(
            "Fitting ended without a result: there may be too little memory for so many reviews."
        )
    progress(FITTING, STEPS, STEPS)
    refused, found = pickle.loads(answers[0])
    if refused:
        raise InputError(refused)
    return Learnt(*found)


def child() -> None:
    """Read a question from standard input, learn, and write the answer to standard output."""
    reviews, present, relearning_steps = pickle.load(sys.stdin.buffer)
    answer: tuple[str, tuple[object, ...]]
    try:
        answer = "", tuple(learn(reviews, present, relearning_steps))
    except InputError as error:
        answer = str(error), ()
    pickle.dump(answer, sys.stdout.buffer)
