"""Proofs of RFC 6962, compared with a second implementation and with the roots that others use."""

import hashlib

import pytest

from kit import tlog
from ledger.proof.merkle_proofs import (
    LeafRange,
    TreeHead,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    is_included,
)
from ledger.store.merkle import EMPTY_ROOT, Frontier

SIZES = range(1, 35)
ENTRIES = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
"""The entries of the tests of Certificate Transparency's own implementations."""
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = [hashlib.sha256(b"\x00" + bytes([number])).digest() for number in range(40)]
OTHER = hashlib.sha256(b"another leaf").digest()


def head(size: int) -> TreeHead:
    return TreeHead(size, root(LeafRange(0, size)))


def root(leaves: LeafRange) -> bytes:
    return Frontier().extended(LEAVES[leaves.start : leaves.end]).root()


def inclusion(index: int, size: int) -> list[bytes]:
    return [root(each) for each in inclusion_ranges(index, size)]


def consistency(old: int, new: int) -> list[bytes]:
    return [root(each) for each in consistency_ranges(old, new)]


def spoilt(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with each of its nodes replaced, without each, and with one more."""
    places = range(len(proof))
    replaced = [[*proof[:place], OTHER, *proof[place + 1 :]] for place in places]
    return [
        *replaced,
        *([*proof[:place], *proof[place + 1 :]] for place in places),
        [*proof, OTHER],
    ]


def test_roots_are_those_of_certificate_transparency():
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in ENTRIES]
    roots = {size: Frontier().extended(leaves[:size]).root().hex() for size in ROOTS}
    assert roots == ROOTS
    assert EMPTY_ROOT.hex().startswith("e3b0c442")


def test_every_leaf_of_every_small_tree_is_proven_to_two_verifiers():
    for size in SIZES:
        for index in range(size):
            proof = inclusion(index, size)
            assert tlog.root_of_path(index, size, LEAVES[index], proof) == head(size).root
            assert is_included(index, LEAVES[index], head(size), proof)
            assert not is_included(index, OTHER, head(size), proof)
            assert not any(is_included(index, LEAVES[index], head(size), p) for p in spoilt(proof))


def test_every_small_tree_is_proven_to_continue_every_smaller_one():
    for new in SIZES:
        for old in range(1, new):
            proof = consistency(old, new)
            pair = [(each.size, each.root) for each in (head(old), head(new))]
            assert tlog.is_consistent(*pair, proof)
            assert is_consistent(head(old), head(new), proof)
            assert not is_consistent(TreeHead(old, OTHER), head(new), proof)
            assert not is_consistent(head(old), TreeHead(new, OTHER), proof)
            assert not any(is_consistent(head(old), head(new), p) for p in spoilt(proof))


def test_an_equal_tree_and_the_empty_tree_need_no_proof():
    assert is_consistent(head(7), head(7), [])
    assert not is_consistent(TreeHead(7, OTHER), head(7), [])
    assert is_consistent(TreeHead(0, EMPTY_ROOT), head(7), [])
    assert not is_consistent(TreeHead(0, EMPTY_ROOT), head(7), [OTHER])


def test_sizes_that_no_tree_has_prove_nothing():
    assert not is_consistent(head(8), head(7), [])
    assert not is_consistent(head(1), TreeHead(10**5000, OTHER), [OTHER])
    assert not is_included(7, LEAVES[7], head(7), [])
    assert not is_included(-1, LEAVES[0], head(7), [])
    with pytest.raises(ValueError, match="leaf 7 is not in a tree of 7 leaves"):
        inclusion_ranges(7, 7)
    with pytest.raises(ValueError, match="a tree of 7 leaves cannot continue one of 8"):
        consistency_ranges(8, 7)
