"""Starts the window, or a command when the first word is one."""

import sys


def main() -> int:
    """Run the program with the words of the command line and return its exit status."""
    # The command line must start without Qt, and the window without the command line's libraries.
    from mlsd_cards.cli import is_command_line

    words = sys.argv[1:]
    if is_command_line(words):
        from mlsd_cards.cli import main as run_command

        return run_command(words)
    from mlsd_cards.ui.app import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
