#!/usr/bin/python3
"""Compare the judge of chains with a search written apart from it, over random graphs of certificates and lists.

Usage: chains.py JUDGE [--graphs N] [--seed N] [--jobs N] [--without RULE]
JUDGE is the program of tests/unit/pki/judge.c. Every third graph is judged twice, in two orders of everything: the two answers must
be the same to the letter. None may be accepted that the search rejects, and none rejected that it accepts, but for the work limit.
--without leaves a rule out of the search: then there must be differences, or nobody would notice a judge without that rule.
Prints seed and counts; exits 1 where something differs.
"""
import argparse
import collections
import concurrent.futures
import random
import subprocess
import sys
import time

import reading
import search
import world

GRAPHS_PER_WORLD = 100


class Judge:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1 << 20)

    def tell(self, certificates, crls):
        self.process.stdin.write("R\n" + "".join(f"C {c.hex()}\n" for c in certificates) + "".join(f"L {c.hex()}\n" for c in crls))

    def ask(self, graphs):
        """The answers to graphs of (anchors, sent, lists), each a list of numbers."""
        text = lambda numbers: ",".join(map(str, numbers)) or "-"  # noqa: E731
        answers = []
        for at in range(0, len(graphs), 50):
            part = graphs[at:at + 50]
            self.process.stdin.write("".join(f"G {world.NOW} {text(a)} {text(s)} {text(c)}\n" for a, s, c in part))
            self.process.stdin.flush()
            answers += [self.process.stdout.readline().rstrip("\n").split("\t") for _ in part]
        return answers


class Comparison:
    def __init__(self, program, seed, without=()):
        self.judge, self.chance, self.without = Judge(program), random.Random(seed), without
        self.reasons, self.differences, self.graphs, self.paths = collections.Counter(), [], 0, 0

    def closure(self, leaf):
        """The CA certificates whose names lead up from the leaf."""
        names, found = {leaf.issuer}, []
        for _ in range(14):
            for i, c in enumerate(self.cas):
                if c.subject in names:
                    names.add(c.issuer)
        for i, c in enumerate(self.cas):
            if c.subject in names or self.signatures.holds(leaf, c.spki):
                found.append(i)
        return found

    def draw(self):
        """Anchors, sent and lists of one graph."""
        chance, n = self.chance, len(self.cas)
        leaf = chance.randrange(len(self.leaves))
        near = self.closure(self.leaves[leaf])
        pool = near if chance.random() < 0.8 else range(n)
        anchors = chance.sample(list(pool), min(len(pool), chance.choice((1, 1, 2, 2, 3, 4, 6))))
        if chance.random() < 0.7:
            anchors += [i for i in near if self.cas[i].self_issued and chance.random() < 0.5 and i not in anchors]
        sent = chance.sample(list(pool), min(len(pool), chance.choice((0, 1, 2, 3, 4, 6, 9))))
        if self.deep:
            sent = [i for i in near if not self.cas[i].self_issued][-chance.randint(6, 11):][::-1]
            anchors = [i for i in near if i not in sent or chance.random() < 0.05] or near[:1]
        first = n + leaf
        if chance.random() < 0.02:
            first = chance.choice(near)  # a CA certificate as leaf
        if chance.random() < 0.02:
            anchors.append(n + leaf)
        share = chance.choice((0, 0, 0.3, 0.8, 1))
        crls = [i for i in range(len(self.crls)) if chance.random() < share]
        if chance.random() < 0.1:
            sent.append(chance.choice([first] + anchors))
        return anchors, [first] + sent, crls

    def shuffled(self, graph):
        anchors, sent, crls = (list(part) for part in graph)
        rest = sent[1:]
        for part in (anchors, rest, crls):
            self.chance.shuffle(part)
        return anchors, sent[:1] + rest, crls

    def note(self, graph, what):
        self.differences.append((graph, what))

    def compare(self, graph, answer, again):
        anchors, sent, crls = graph
        finder = search.Search(self.signatures, [self.all[i] for i in anchors], [self.all[i] for i in sent],
                               [self.crls[i] for i in crls], world.NOW, self.without)
        expected = finder.accepts()
        accepted = answer[0] == "good"
        self.graphs += 1
        self.paths += finder.paths
        self.reasons[answer[0]] += 1
        # Of more than ten certificates the first ones are looked at, so there the order does count.
        if answer != again and len(sent) <= search.MAX_DEPTH:
            self.note(graph, f"one order {answer}, another {again}")
        elif accepted and not expected:
            self.note(graph, f"accepted, and the search rejects: {answer}")
        elif expected and not accepted and not (answer[0] == "K215" and finder.checks() > search.MAX_CHECKS):
            self.note(graph, f"rejected, and the search accepts: {answer}")

    def run(self, graphs):
        self.signatures = reading.Signatures()
        made = world.World(self.chance)
        self.cas = [reading.read_certificate(c[0]) for c in made.cas]
        self.leaves = [reading.read_certificate(c[0]) for c in made.leaves]
        self.all, self.crls = self.cas + self.leaves, [reading.read_list(c) for c in made.lists]
        self.deep = len({c.subject for c in self.cas}) > 10
        self.judge.tell([c.der for c in self.all], [c.der for c in self.crls])
        drawn = [self.draw() for _ in range(graphs)]
        answers = self.judge.ask(drawn)
        again = self.judge.ask([self.shuffled(graph) for graph in drawn[::3]])
        for i, graph in enumerate(drawn):
            self.compare(graph, answers[i], again[i // 3] if i % 3 == 0 else answers[i])

    def run_all(self, graphs):
        while self.graphs < graphs:
            self.run(min(GRAPHS_PER_WORLD, graphs - self.graphs))
        self.judge.process.stdin.close()
        self.judge.process.wait()


def compare(program, seed, without, graphs):
    """One job: (graphs, paths, reasons, differences)."""
    comparison = Comparison(program, seed, without)
    comparison.run_all(graphs)
    return comparison.graphs, comparison.paths, comparison.reasons, [(seed, *one) for one in comparison.differences]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("judge")
    parser.add_argument("--graphs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--without", action="append", default=[], choices=search.RULES)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    began = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(compare, options.judge, seed + i, options.without, -(-options.graphs // options.jobs))
                for i in range(options.jobs)]
        results = [job.result() for job in jobs]
    reasons = sum((result[2] for result in results), collections.Counter())
    differences = [one for result in results for one in result[3]]
    print(f"seed {seed}, {options.jobs} jobs: {sum(r[0] for r in results)} graphs, {sum(r[1] for r in results)} paths, "
          f"{reasons['good']} good, {len(differences)} differences, {time.monotonic() - began:.0f} s")
    print("  " + ", ".join(f"{code} {n}" for code, n in sorted(reasons.items())))
    for one, graph, what in differences[:10]:
        print(f"  seed {one}, {graph}: {what}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
