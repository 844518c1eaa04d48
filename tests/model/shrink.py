"""Makes a failing history small: steps are left out while it still fails in the same way."""

import time

import drive

TRIES_AT_ONCE = 16  # candidates that share a cell
DEADLINE_S = 180


def failing(timeline, candidates, what):
    """The first candidate that fails as `what`, with its mismatch, or None."""
    for begin in range(0, len(candidates), TRIES_AT_ONCE):
        chunk = candidates[begin:begin + TRIES_AT_ONCE]
        mismatches = drive.Run(timeline, chunk).run()
        for place, mismatch in sorted(mismatches.items()):
            if mismatch.what.split(" ")[0] == what.split(" ")[0]:
                return chunk[place], mismatch
    return None


def shrink(timeline, history, what):
    """(history, mismatch) as small as it gets in the time given, or None when it does not fail alone."""
    end = time.monotonic() + DEADLINE_S
    found = failing(timeline, [history], what)
    if not found:
        return None
    size = max(1, len(history["steps"]) // 2)
    while time.monotonic() < end:
        steps = found[0]["steps"]
        smaller = failing(timeline, [{**found[0], "steps": steps[:begin] + steps[begin + size:]}
                                     for begin in range(0, len(steps), size)], what)
        if smaller:
            found = smaller
        elif size == 1:
            break
        size = max(1, min(size // (1 if smaller else 2), len(found[0]["steps"]) // 2))
    return found
