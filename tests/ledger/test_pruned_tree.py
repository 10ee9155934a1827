"""The tree and its proofs, held against RFC 6962 as pymerkle and a bundle's verifier know it."""

import hashlib
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.proof.pruned_tree import Hidden, TreePruner
from ledger.proof.verify import Tree, Wrong
from ledger.store.merkle import Frontier


def leaf(number: int) -> bytes:
    return hashlib.sha256(b"\x00" + b"%d" % number).digest()


def oracle(size: int) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for number in range(size):
        tree.append_entry(b"%d" % number)
    return tree


def pruned(size: int, shown: Collection[int], cuts: Collection[int] = ()) -> list[Hidden]:
    """The tree of that size; shown leaves are hidden parts of size 1 here, to be told apart."""
    pruner, lines = TreePruner(), []
    for number in range(size):
        if number in shown:
            lines += [*pruner.show(), Hidden(1, leaf(number))]
        else:
            pruner.hide(leaf(number))
        if number + 1 in cuts:
            lines += pruner.cut()
    return [*lines, *pruner.end()]


def roots(lines: list[Hidden]) -> dict[int, bytes]:
    """Size → the root that a verifier comes to there."""
    tree, found = Tree(), {}
    for part in lines:
        tree.add(*part)
        found[tree.size] = tree.root()
    return found


trees = st.integers(1, 200).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.sets(st.integers(0, size - 1), max_size=5),
        st.sets(st.integers(1, size), max_size=4),
    )
)


@given(trees)
def test_whatever_is_shown_the_root_is_the_same(tree):
    size, shown, cuts = tree
    found = roots(pruned(size, shown, cuts))
    expected = oracle(size)
    assert found[size] == expected.get_root()
    assert {cut: found[cut] for cut in cuts} == {cut: expected.get_root(cut) for cut in cuts}


@given(trees)
def test_the_frontier_gives_the_same_root(tree):
    size, *_ = tree
    grown = (
        Frontier().extended(map(leaf, range(size // 2))).extended(map(leaf, range(size // 2, size)))
    )
    assert grown.root() == oracle(size).get_root()


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_for_one_leaf_the_nodes_are_those_of_its_inclusion_proof(tree):
    size, place = tree
    nodes = [root for _, root in pruned(size, {place}) if root != leaf(place)]
    path = oracle(size).prove_inclusion(place + 1, size).serialize()["path"]
    assert sorted([leaf(place), *nodes]) == sorted(map(bytes.fromhex, path))


def test_the_proof_of_one_leaf_among_a_million_is_640_bytes():
    pruner, nodes = TreePruner(), []
    for number in range(1_000_000):
        if number == 12_345:
            nodes += pruner.show()
        else:
            pruner.hide(b"%032d" % number)
    nodes += pruner.end()
    assert sum(len(root) for _, root in nodes) == 640


@pytest.mark.parametrize(
    "lines",
    [
        [(2, b"a"), (1, b"b"), (4, b"c")],
        [(2, b"a"), (4, b"b")],
        [(4, b"a"), (2, b"b"), (3, b"c")],
        [(3, b"a"), (1, b"b")],
        [(0, b"")],
    ],
)
def test_a_part_that_no_tree_has_there_is_refused(lines):
    with pytest.raises(Wrong, match="out of place"):
        roots([Hidden(*line) for line in lines])
