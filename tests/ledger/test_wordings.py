"""The parts by which a text is read: phrases with choices, unusual spellings, rules, own words."""

import tomllib
from importlib.resources import files

import pytest

from ledger.messages.wordings.clauses import plain_letters, split_clauses
from ledger.messages.wordings.lexicon import load_lexicon
from ledger.messages.wordings.own_words import own_lines, without_quotations
from ledger.messages.wordings.phrases import Phrases

SET_BY_NEIGHBOURS = {"digits"}
"""Classes that no file lists."""


def document(name):
    return tomllib.loads(files("ledger.messages.wordings").joinpath(f"{name}.toml").read_text())


def phrases(*entries):
    book = Phrases()
    for entry in entries:
        book.add(entry, "known")
    return book


@pytest.mark.parametrize("phrase", ["a c", "b c", "b d e", "c", "d e"])
def test_an_entry_stands_for_each_choice(phrase):
    assert phrases("(a|b|) (c|d (e|f))").classes_of(*phrase.split()) == {"known"}


@pytest.mark.parametrize("phrase", ["a", "a b", "a c c", "d", "f", ""])
def test_an_entry_stands_for_nothing_else(phrase):
    assert not phrases("(a|b|) (c|d (e|f))").classes_of(*phrase.split())


@pytest.mark.parametrize("entry", ["(a|b", "a) b", "(a (b) c"])
def test_unbalanced_brackets_are_refused(entry):
    with pytest.raises(ValueError, match="bracket"):
        phrases(entry)


def test_phrases_are_found_from_the_shortest_to_the_longest():
    book = phrases("a", "a b c")
    assert [length for length, _ in book.starting(["a", "b", "c", "d"])] == [1, 3]


def test_every_class_of_a_rule_has_words():
    rules = document("rules")
    named = {
        name
        for rule in (*rules["clear"], *rules["possible"])
        for key in ("needs", "allows", "unless", "unless_before")
        for names in rule.get(key, ())
        for name in names.split("|")
    }
    assert named - set(document("en")["classes"]) == SET_BY_NEIGHBOURS & named


@pytest.mark.parametrize("language", ["es", "fr"])
def test_every_class_is_explained_in_the_english_file(language):
    assert set(document(language)["classes"]) <= set(document("en")["classes"])


@pytest.mark.parametrize(
    ("word", "words", "is_guess"),
    [
        ("stoppp", ["stop"], False),
        ("ssttoopp", ["stop"], False),
        ("st0p", ["stop"], False),
        ("stop2end", ["stop", "2", "end"], False),
        ("stoptexting", ["stop", "texting"], False),
        ("darreter", ["d", "arreter"], False),
        ("mecrire", ["m", "ecrire"], False),
        ("numebr", ["number"], True),
        ("stpo", ["stop"], True),
        ("nessaging", ["messaging"], True),
        ("unsubscibe", ["unsubscribe"], True),
        ("unsubscribbe", ["unsubscribe"], True),
        ("usubscrbe", ["unsubscribe"], True),
        ("kiten", ["quiten"], True),
        ("areter", ["arreter"], True),
        ("jveux", ["je", "veux"], False),
        ("nvr", ["never"], False),
    ],
)
def test_an_unusual_spelling_is_read_as_known_words(word, words, is_guess):
    spelling = load_lexicon().spellings.read(word)
    assert (list(spelling.words), spelling.is_guess) == (words, is_guess)


@pytest.mark.parametrize(
    "word",
    [
        "stoop",
        "cancer",
        "shop",
        "weekend",
        "backstop",
        "remote",
        "describir",
        "arete",
        "description",
        "modifications",
        "mend",
        "dates",
        "nemove",
        "x" * 41,
    ],
)
def test_another_word_is_not_read_as_a_known_one(word):
    assert load_lexicon().spellings.read(word) is None


def test_a_text_is_cut_at_pauses_into_plain_words():
    clauses = split_clauses(plain_letters("Hi, ARRÊT!! d'accord? S.T.O.P"))
    words = [[word.text for word in clause.words] for clause in clauses]
    assert words == [["hi"], ["arret"], ["d", "accord"], ["stop"]]
    assert [clause.sentence for clause in clauses] == [0, 0, 1, 2]
    assert [clause.is_question for clause in clauses] == [False, False, True, False]


def test_a_word_spelled_out_ends_with_its_line():
    clauses = split_clauses("S.T.O.P\nJ. Doe")
    assert [word.text for clause in clauses for word in clause.words] == ["stop", "j", "doe"]


def test_quoted_lines_and_signatures_are_left_out():
    text = "Stop\n> old\nplease\n--\nJo"
    assert own_lines(text, signatures=["--"], quotations=["wrote:"]) == "Stop\nplease"
    assert own_lines("a\nHe wrote:\nb", signatures=["--"], quotations=["wrote:"]) == "a"
    assert own_lines("> stop", signatures=["--"], quotations=["wrote:"]) == "> stop"


def test_a_longer_quotation_is_left_out_beside_other_words():
    assert without_quotations("Liked “No school. Reply STOP") == "Liked  quotation "
    assert without_quotations('I said "stop"') == 'I said "stop"'
    assert without_quotations("“please stop texting me”") == "“please stop texting me”"
