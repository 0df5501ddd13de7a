"""Guards None, True and False against a fault of the Qt bindings.

PySide6 6.12.0 takes these three to be immortal, as they are from Python 3.12 on. Under Python 3.11 each call
of a Qt method without a result then loses one reference to None, each emitted signal one to True, and after
some thousands of calls the interpreter ends the process (`none_dealloc`).
"""

import ctypes
import sys

_MANY = 1 << (8 * ctypes.sizeof(ctypes.c_ssize_t) - 4)


def keep_singletons() -> None:
    """Give None, True and False more references than can be lost; does nothing where they are immortal."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (None, True, False):
        count = ctypes.c_ssize_t.from_address(id(value))
        seen = sys.getrefcount(value)
        # Where the count does not stand at the start of the object, this is no build that we know: keep off.
        if abs(count.value - seen) < 64 and seen < _MANY:
            count.value += _MANY
