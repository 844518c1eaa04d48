"""Makes a failing history small: steps are left out while it still fails in the same way."""

import time

import drive

TRIES_AT_ONCE = 16  # candidates that share a cell
DEADLINE_S = 180


def failing(timeline, candidates, kind):
    """The first candidate that fails in the same way (None: in any), with its mismatch, or None."""
    for begin in range(0, len(candidates), TRIES_AT_ONCE):
        chunk = candidates[begin:begin + TRIES_AT_ONCE]
        mismatches = drive.Run(timeline, chunk).run()
        for place, mismatch in sorted(mismatches.items()):
            if kind in (None, mismatch.kind()):
                return chunk[place], mismatch
    return None


def shrink(timeline, history):
    """(history, mismatch) as small as it gets in the time given, or None when it does not fail alone."""
    end = time.monotonic() + DEADLINE_S
    found = failing(timeline, [history], None)
    if not found:
        return None
    kind = found[1].kind()
    size = max(1, len(history["steps"]) // 2)
    while time.monotonic() < end:
        steps = found[0]["steps"]
        smaller = failing(timeline, [{**found[0], "steps": steps[:begin] + steps[begin + size:]}
                                     for begin in range(0, len(steps), size)], kind)
        if smaller:
            found = smaller
        elif size == 1:
            break
        size = max(1, min(size // (1 if smaller else 2), len(found[0]["steps"]) // 2))
    return found
