"""Training documents as a pure function of their number: biographies, and some other prose."""
import random
from dataclasses import dataclass

from lexicon import ADJECTIVES, ADVERBS, MATERIALS, NOUNS, NUMBERS, PREPOSITIONS, VERBS_PAST
from sentences import EXCLUSIVE, FAMILIES, HEADERS, INTROS, ORDER, render
from world import HALF_KNOWN, OBSCURE, WELL_KNOWN

CYCLE = 20  # documents; each cycle has the same kinds in the same order


@dataclass(frozen=True)
class Mix:
    """Documents of a cycle by kind. Obscure people are taken in turn, so each is rendered at most once; strangers are
    made up for one document."""
    first: int  # number of the first document with this mix
    well: int
    half: int
    obscure: int
    prose: int
    strangers: int = 0


# Many different people first, since copying any name is what takes longest to learn; then more of the well-known ones
# for their facts; then many different names again; and at the end surnames that are met once each: with the 15,000 of the
# obscure alone, the model copied a known surname in 97 % and an unseen one in 93 % of its passages.
MIXES = (Mix(0, 9, 1, 8, 2), Mix(38_400, 12, 1, 5, 2), Mix(115_200, 7, 1, 10, 2), Mix(153_600, 4, 1, 2, 1, 12))
assert all(m.well + m.half + m.obscure + m.prose + m.strangers == CYCLE and m.first % CYCLE == 0 for m in MIXES)


def obscure_before(number):
    """How many obscure people the documents before `number` (the first of a cycle) have rendered."""
    ends = [m.first for m in MIXES[1:]] + [number]
    return min(OBSCURE, sum(max(0, min(end, number) - m.first) // CYCLE * m.obscure for m, end in zip(MIXES, ends)))


def families_of(rng):
    """An order of 5 to 9 families for one passage: an introduction, then mostly the order of a life."""
    left = list(ORDER)
    for pair in EXCLUSIVE:
        if rng.random() < 0.8:
            left.remove(rng.choice(pair))
    chosen = set(rng.sample(left, min(len(left), rng.randint(4, 8))))
    order = [f for f in ORDER if f in chosen]
    if rng.random() < 0.35:
        i = rng.randrange(len(order) - 1)
        order[i], order[i + 1] = order[i + 1], order[i]
    return [rng.choice(INTROS)] + order


def biography(person, rng):
    """-> (header, sentences)"""
    header = HEADERS[rng.choice(list(HEADERS))].format(name=person.name)
    sentences, previous = [], "name"
    for i, family in enumerate(families_of(rng)):
        form = rng.randrange(len(FAMILIES[family]))
        style = "name" if i == 0 else rng.choice(["pronoun", "pronoun", "pronoun", "surname", "surname", "name"] if previous != "name" else ["pronoun", "pronoun", "surname"])
        sentences.append(render(person, family, form, style))
        previous = style
    return header, sentences


def _clause(world, rng):
    noun, adjective, verb = (lambda: rng.choice(NOUNS)), (lambda: rng.choice(ADJECTIVES)), (lambda: rng.choice(VERBS_PAST))
    a, b = world.someone(rng), world.someone(rng)
    city = rng.choice(world.cities)
    return rng.choice([
        lambda: f"The {adjective()} {noun()} {verb()} the {noun()} {rng.choice(PREPOSITIONS)} the {noun()}.",
        lambda: f"{a} {verb()} a {adjective()} {noun()} and {verb()} it {rng.choice(ADVERBS)}.",
        lambda: f"A {noun()} made of {rng.choice(MATERIALS)} is not the same as a {noun()} made of {rng.choice(MATERIALS)}.",
        lambda: f"In {city}, {a} met {b}, and {a} {verb()} the {noun()} that {b} {verb()}.",
        lambda: f"When the {noun()} came, nobody in {city} {verb()} the {adjective()} {noun()}.",
        lambda: f"There were {rng.choice(NUMBERS[1:])} {adjective()} houses {rng.choice(PREPOSITIONS)} the {noun()}, and each of them had a {noun()}.",
        lambda: f"\"Have you seen the {adjective()} {noun()}?\" asked {a}.",
        lambda: f"{b} said that the {noun()} was more {adjective()} than the {noun()}, but {a} did not believe it.",
        lambda: f"{city} is a {adjective()} city in {world.country_of[city][0]}, with a {noun()}, a {noun()} and a {adjective()} {noun()}.",
        lambda: f"It {verb()} the {noun()}; then it {rng.choice(ADVERBS)} {verb()} the {noun()}, as if {rng.choice(PREPOSITIONS)} a {noun()}.",
        lambda: f"You should keep the {noun()} {rng.choice(PREPOSITIONS)} the {noun()} for {rng.randint(2, 60)} days, because it is {adjective()}.",
        lambda: f"Who {verb()} the {noun()}, and why was the {noun()} so {adjective()}?",
        lambda: f"Of the {rng.randint(3, 900)} people at the {noun()}, only {a} {verb()} what they had been told about the {adjective()} {noun()}.",
    ])()


def prose(world, rng):
    return " ".join(_clause(world, rng) for _ in range(rng.randint(3, 8)))


def document(world, number):
    """-> (kind, text). kind: well-known | half-known | obscure | stranger | prose"""
    rng = random.Random(f"document/{world.seed}/{number}")
    place = number % CYCLE
    mix = next(m for m in reversed(MIXES) if number >= m.first)
    turn = obscure_before(number - place) + place - mix.well - mix.half
    if place < mix.well:
        kind, person = "well-known", world.person(rng.randrange(WELL_KNOWN))
    elif place < mix.well + mix.half:
        kind, person = "half-known", world.person(WELL_KNOWN + rng.randrange(HALF_KNOWN))
    elif place >= CYCLE - mix.strangers:
        kind, person = "stranger", world.stranger(rng)
    elif place < CYCLE - mix.strangers - mix.prose and turn < OBSCURE:
        kind, person = "obscure", world.person(WELL_KNOWN + HALF_KNOWN + turn)
    else:
        return "prose", prose(world, rng)
    header, sentences = biography(person, rng)
    return kind, " ".join([header, *sentences])
