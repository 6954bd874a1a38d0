#!/usr/bin/python3
"""Counts the instructions of the pure parts of a request's way with callgrind and compares them with bench/micro.baseline.

Only instructions of our own object code count: which memcpy() the C library chooses depends on the processor. They are the
same on every machine with the same compiler, so a difference is a change of the code (or of the compiler)."""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "micro.baseline"
ROUNDS = 100  # of bench_micro
TOLERANCE = 0.03


def count(program, case):
    """Instructions a round, and those of each function: {name: instructions}."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no",
                               "--compress-pos=no", f"--toggle-collect=micro_{case}", "--collect-atstart=no",
                               program, case], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"bench-micro: {case} does not run: {done.stderr[-2000:]}")
        return own_instructions(out.read_text(), str(program))


def own_instructions(text, program):
    """Self cost by function of the object that is the program, without what calls cost inside other objects."""
    found = collections.Counter()
    function, own, skip = "", False, False
    for line in text.splitlines():
        name, sign, rest = line.partition("=")
        if sign and name == "ob":
            own = rest == program
        elif sign and name == "fn":
            function = rest.partition("'")[0]
        elif line.startswith("calls="):
            skip = True  # the next line is the callee's cost
        elif re.match(r"[+*\d-]", line):
            cost = line.split()
            if own and not skip and len(cost) > 1:
                found[function] += int(cost[1])
            skip = False
    return {name: cost / ROUNDS for name, cost in found.items()}


def compiler():
    return subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def read_baseline():
    lines = [line.split() for line in BASELINE.read_text().splitlines() if line and not line.startswith("#")]
    made_with = re.search(r"^# compiler: (.*)$", BASELINE.read_text(), re.M)
    return {case: float(number) for case, number in lines}, made_with.group(1) if made_with else ""


def accept(totals):
    BASELINE.write_text(f"# Instructions of our own code for one round of each case of bench/micro.c, by callgrind.\n"
                        f"# Made by \"make bench-micro ACCEPT=1\"; a change of more than {TOLERANCE:.0%} upwards fails.\n"
                        f"# compiler: {compiler()}\n" + "".join(f"{case} {n:.0f}\n" for case, n in totals.items()))
    print(f"Written: {BASELINE}")


def compare(figures, known):
    failed = 0
    print(f"{'case':<18} {'baseline':>9} {'now':>9}  change")
    for case, functions in figures.items():
        now, before = sum(functions.values()), known.get(case)
        change = now / before - 1 if before else None
        print(f"{case:<18} {before or 0:9.0f} {now:9.0f}  " + ("new" if change is None else f"{change:+.1%}"))
        if change is None or change > TOLERANCE:
            failed += 1
            most = sorted(functions.items(), key=lambda item: -item[1])[:5]
            print(f"    micro_{case}() takes " + ("a case without baseline" if change is None else f"{change:.1%} more") +
                  "; most in " + ", ".join(f"{name} {cost:.0f}" for name, cost in most))
    if failed:
        print(f"{failed} case(s) above the baseline. If that is meant: make bench-micro ACCEPT=1, commit bench/micro.baseline,"
              " and say in the message what it buys.")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--accept", action="store_true", help="write the figures as the new baseline")
    arguments = parser.parse_args()
    program = (pathlib.Path(arguments.build) / "bench" / "bench_micro").resolve()
    cases = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    figures = {case: count(program, case) for case in cases}
    if arguments.accept:
        accept({case: sum(functions.values()) for case, functions in figures.items()})
        return 0
    known, made_with = read_baseline()
    failed = compare(figures, known)
    if made_with != compiler():
        print(f"Not judged: the baseline was made with {made_with}, this is {compiler()}.")
        return 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
