"""The second opinion: random histories through a real cell and through the model (see run)."""

import argparse
import collections
import multiprocessing
import pathlib
import random
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration" / "python"))

import drive  # noqa: E402
import histories  # noqa: E402
import shrink  # noqa: E402


def timeline_of(seed, group, era=None):
    return histories.Timeline(f"{seed}/{group}", era or histories.ERAS[group % len(histories.ERAS)])


def run_group(task):
    """(group, steps, laws checked, mismatches as text, numbers that failed) of the histories of one cell."""
    seed, group, numbers, era = task
    timeline = timeline_of(seed, group, era)
    made = [histories.make(seed, number, timeline) for number in numbers]
    twins = {}
    for place, number in enumerate(numbers):
        if number % 8 == 7:
            twins[place] = len(made)
            made.append(histories.twin_of(seed, number, made[place]))
    run = drive.Run(timeline, made, twins)
    try:
        mismatches = run.run()
    except Exception:
        return group, run.steps_done, run.checked, [(numbers[0], "", traceback.format_exc())]
    back = {twin: place for place, twin in twins.items()}
    return group, run.steps_done, run.checked, [(numbers[back.get(place, place)], mismatch.what, str(mismatch))
                                                for place, mismatch in sorted(mismatches.items())]


def tell_small(arguments, number):
    """Prints a failing history as small as it gets."""
    timeline = timeline_of(arguments.seed, number // histories.GROUP, arguments.era)
    history = histories.make(arguments.seed, number, timeline)
    found = shrink.shrink(timeline, history)
    if not found:
        print("it does not fail alone; its group does", flush=True)
        return
    small, mismatch = found
    print(f"history {number} of seed {arguments.seed}, {len(small['steps'])} of {len(history['steps'])} steps:")
    print(f"  era {timeline.era}, books {timeline.books}, closings {timeline.closings}")
    print("  people", small["people"])
    at = None
    for step in small["steps"]:
        if step["t"] != at:
            at = step["t"]
            print("  on", *timeline.instants[at])
        print("   ", histories.told({**step, "t": ""}).replace(" t=", ""))
    print(mismatch, flush=True)


def options():
    parser = argparse.ArgumentParser(prog="tests/model/run")
    parser.add_argument("--histories", type=int, default=10000)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10 ** 6)))
    parser.add_argument("--only", type=int, metavar="N", help="history N of that seed alone")
    parser.add_argument("--era", choices=sorted(set(histories.ERAS)), help="all histories in this one")
    parser.add_argument("--jobs", type=int, default=1, help="cells at a time")
    parser.add_argument("--no-shrink", action="store_true")
    return parser.parse_args()


def main():
    arguments = options()
    began, steps, done, failed, checked = time.monotonic(), 0, 0, [], collections.Counter()
    numbers = [arguments.only] if arguments.only is not None else range(arguments.histories)
    groups = collections.defaultdict(list)
    for number in numbers:
        groups[number // histories.GROUP].append(number)
    print(f"seed {arguments.seed}: {len(numbers)} histories in {len(groups)} cells", flush=True)
    tasks = [(arguments.seed, group, members, arguments.era) for group, members in sorted(groups.items())]
    with multiprocessing.Pool(arguments.jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN), maxtasksperchild=1) as pool:
        for group, steps_done, laws, mismatches in pool.imap(run_group, tasks):
            steps, done, checked = steps + steps_done, done + len(groups[group]), checked + laws
            failed.extend(mismatches)
            print(f"{done} histories, {steps} steps, {len(failed)} mismatches, {time.monotonic() - began:.0f} s", flush=True)
            for number, _, told in mismatches[:5]:
                print(f"--- history {number}, --seed {arguments.seed} --only {number}: {told}", flush=True)
    print("laws checked:", ", ".join(f"{law} {count}" for law, count in sorted(checked.items())))
    if failed and not arguments.no_shrink:
        tell_small(arguments, failed[0][0])
    print(f"{done} histories of seed {arguments.seed}: {'no mismatch' if not failed else f'{len(failed)} mismatches'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
