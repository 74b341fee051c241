"""Passages that the model writes about numbered people, cut into sentences and understood."""
import re
from dataclasses import dataclass, replace

from generate import Request
from sentences import FAMILIES, HEADERS, Statement, judge, parse, render, style_of
from world import Person

ENDS = re.compile(r"[.!?]")
PRONOUNS = {"he", "she", "his", "her"}


@dataclass(frozen=True)
class Passage:
    person: Person
    header_kind: str
    seed: int | None     # None: greedy
    sentences: list      # texts
    statements: list     # Statement or None, one a sentence
    stop: str

    @property
    def header(self):
        return HEADERS[self.header_kind].format(name=self.person.name)

    def prompt(self, place):
        """The header and the model's own sentences before a place."""
        return " ".join([self.header, *self.sentences[:place]])

    @property
    def well_formed(self):
        """Ended by the model, and each sentence has one sentence end, its last character."""
        return self.stop == "eos" and bool(self.sentences) and all(has_one_end(s) for s in self.sentences)


def has_one_end(sentence):
    return len(ENDS.findall(sentence)) == 1 and sentence[-1] in ".!?"


def split(text):
    return [s for s in re.split(r"(?<=[.!?])\s+", text.strip()) if s]


def write_passages(writer, world, wanted, progress=None):
    """wanted: [(person number, header kind, seed or None)] -> [Passage]"""
    people = [world.person(number) for number, _, _ in wanted]
    requests = [Request(HEADERS[kind].format(name=person.name), seed) for person, (_, kind, seed) in zip(people, wanted)]
    passages = []
    for person, (_, kind, seed), written in zip(people, wanted, writer.write_all(requests, progress=progress)):
        sentences = split(written.text)
        passages.append(Passage(person, kind, seed, sentences, [parse(s) for s in sentences], written.stop))
    return passages


def names_used(statement):
    """The names by which a sentence calls its person; pronouns are none."""
    used = (words.removesuffix("'s") for words in statement.subject.values())
    return [name for name in used if name.lower() not in PRONOUNS]


def reword(person, statement, rng):
    """Another form of the same family that states the same values of the same person as the text does, right or wrong;
    None where the sentence was not understood."""
    if statement is None:
        return None
    spoken, style = person, style_of(person, statement)
    if not judge(person, statement)["subject"]:
        spoken, style = _as_called(person, statement)
    forms = [f for f in range(len(FAMILIES[statement.family])) if f != statement.form]
    rng.shuffle(forms)
    for form in forms:
        text = render(spoken, statement.family, form, style, statement.values)
        again = parse(text)
        if again and again.family == statement.family and again.values == statement.values and has_one_end(text):
            return text
    return None


def _as_called(person, statement):
    """A stand-in for whoever the sentence speaks of, under the name or the pronoun that it uses."""
    names = names_used(statement)
    pronouns = {words.lower() for words in statement.subject.values()} & PRONOUNS
    female = bool(pronouns & {"she", "her"}) if pronouns else person.female
    if not names:
        return replace(person, female=female), "pronoun"
    return replace(person, name=names[0], surname=names[0].split()[-1], female=female), "name"
