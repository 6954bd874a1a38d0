"""The judge of chains says of random graphs what a search says that was written apart from it; `make chains` compares 100,000."""
import pathlib
import random
import sys

import pytest

from postern import PROGRAM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
chains = pytest.importorskip("chains", reason="no python3-cryptography")
import search  # noqa: E402
import world  # noqa: E402

JUDGE = pathlib.Path(PROGRAM).resolve().parents[1] / "tests" / "unit" / "chain_judge"
pytestmark = pytest.mark.skipif(not JUDGE.exists(), reason="built without tests")
GRAPHS = 600
# After so many graphs every rule has decided at least one, whatever the seed.
ENOUGH = 20000


def test_judge_and_search_agree_on_random_graphs_in_any_order():
    seed = random.SystemRandom().getrandbits(32)
    graphs, _, reasons, differences = chains.compare(str(JUDGE), seed, (), GRAPHS)
    assert graphs == GRAPHS and not differences, f"seed {seed}: {differences[:5]}"
    assert reasons["good"] > GRAPHS / 20 and len(reasons) > 10, reasons


class Mutants(chains.Comparison):
    """Searches with one rule left out each, as long as none of their answers differs from the judge's."""

    def __init__(self, program, seed):
        super().__init__(program, seed)
        self.unnoticed = set(search.RULES)

    def compare(self, graph, answer, again):
        self.graphs += 1
        anchors, sent, crls = ([source[i] for i in part] for source, part in
                               zip((self.all, self.all, self.crls), graph))
        for rule in list(self.unnoticed):
            finder = search.Search(self.signatures, anchors, sent, crls, world.NOW, (rule,))
            if finder.accepts() != (answer[0] == "good"):
                self.unnoticed.discard(rule)


def test_a_judge_without_any_one_of_the_rules_would_be_noticed():
    mutants = Mutants(str(JUDGE), 20261130)
    while mutants.unnoticed and mutants.graphs < ENOUGH:
        mutants.run(chains.GRAPHS_PER_WORLD)
    assert not mutants.unnoticed, f"after {mutants.graphs} graphs"
