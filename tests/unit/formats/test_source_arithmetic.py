"""`working` is arithmetic that is parsed, never run."""

import pytest

from mlsd_cards.domain.errors import InputError
from mlsd_cards.formats.source_arithmetic import MAX_NESTING, MAX_SIGNS, evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(4 * 128 + 8 * 32) * 100e6 / 1e9", 76.8),
        ("1200 * 86400 * 365 * 0.001", 37843200.0),
        ("-2 ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("2 ** -1", 0.5),
        ("10 - 4 - 3", 3.0),
        ("8 / 4 / 2", 1.0),
        ("1 - .5", 0.5),
        ("--3", 3.0),
        ("1-0.99**100", 0.6339676587267709),
    ],
)
def test_values(text: str, value: float) -> None:
    assert evaluate(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "(1 + 2",
        "1 + 2)",
        "1 2",
        "2 // 3",
        "5 % 3",
        "x * 2",
        "abs(3)",
        "1e999",
        "1 / 0",
        "1 / (2 - 2)",
        "(-8) ** 0.5",
        "10 ** 10 ** 10",
        "0 ** -1",
        "9 ** 9 ** 9 ** 9",
        "1_000",
        "200,000",
        "__import__('os').system('true')",
        "(" * (MAX_NESTING + 2) + "1" + ")" * (MAX_NESTING + 2),
        "-" * 100 + "1",
        "2" + " ** 1" * 60,
        "1 + " * MAX_SIGNS + "1",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="working"):
        evaluate(text)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert evaluate("(" * MAX_NESTING + "7" + ")" * MAX_NESTING) == 7
