"""The invented world: countries, cities, institutions, and people with one truth each.

Everything is a pure function of the seed. People are numbered: the first WELL_KNOWN are rendered many times in the
training text, the next HALF_KNOWN a few times, OBSCURE ones at most once, and the ones after that never.
"""
import random
from dataclasses import dataclass

from lexicon import (ADJECTIVES, CITY_ENDINGS, CODAS, COUNTRY_ENDINGS, EXISTING, FATHER_JOBS, FEMALE_ENDINGS, MALE_ENDINGS, MONTHS,
                     NOUNS, NUCLEI, NUMBERS, OFFICES, ONSETS, PROFESSIONS, SURNAME_ENDINGS)

WELL_KNOWN, HALF_KNOWN, OBSCURE, UNSEEN = 320, 300, 60_000, 4_000
FIRST_UNSEEN = WELL_KNOWN + HALF_KNOWN + OBSCURE


def _syllable(rng):
    return rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS)


def _word(rng, endings, longest=11):
    while True:
        stem = _syllable(rng) if rng.random() < 0.65 else _syllable(rng) + _syllable(rng)
        word = (stem + rng.choice(endings)).lower()
        if 4 <= len(word) <= longest and word not in EXISTING and not any(a == b == c for a, b, c in zip(word, word[1:], word[2:])):
            return word.capitalize()


def _distinct(rng, count, make):
    found = {}
    while len(found) < count:
        found.setdefault(make(rng), None)
    return list(found)


def _date_days(date):
    return date[2] * 372 + date[1] * 31 + date[0]


def show_date(date):
    return f"{date[0]} {MONTHS[date[1]]} {date[2]}"


def with_article(word):
    return ("an " if word[0].lower() in "aeiou" else "a ") + word


@dataclass(frozen=True)
class Person:
    number: int
    name: str
    surname: str
    female: bool
    facts: dict  # attribute -> the string that a sentence states


class World:
    def __init__(self, seed=20261122):
        self.seed = seed
        rng = random.Random(f"world/{seed}")
        self.countries = []
        for stem in _distinct(rng, 24, lambda r: _word(r, ["b", "d", "l", "m", "n", "r", "t", "v"], 7)):
            ending, people = rng.choice(COUNTRY_ENDINGS)
            self.countries.append((stem + ending, stem + people))
        cities = _distinct(rng, 192, lambda r: _word(r, CITY_ENDINGS))
        self.cities = cities
        self.country_of = {city: self.countries[i % len(self.countries)] for i, city in enumerate(cities)}
        self.given = {False: _distinct(rng, 700, lambda r: _word(r, MALE_ENDINGS, 9)), True: _distinct(rng, 700, lambda r: _word(r, FEMALE_ENDINGS, 9))}
        self.surnames = _distinct(rng, 15000, lambda r: _word(r, SURNAME_ENDINGS))
        founders = rng.sample(self.surnames, 60)
        noun, adjective = (lambda: rng.choice(NOUNS).capitalize()), (lambda: rng.choice(ADJECTIVES).capitalize())
        self.universities = [f"the University of {c}" for c in cities[:40]] + [f"{s} College" for s in founders[:20]]
        self.institutions = ([f"the {c} Observatory" for c in cities[40:60]] + [f"the Academy of {c}" for c in cities[60:85]]
                             + [f"the {s} Institute" for s in founders[20:40]] + [f"the Museum of {c}" for c in cities[85:100]])
        self.prizes = _distinct(rng, 60, lambda r: r.choice([f"the {r.choice(founders[40:])} Prize", f"the {noun()} Medal", f"the Order of the {adjective()} {noun()}"]))
        self.societies = _distinct(rng, 50, lambda r: r.choice([f"the {r.choice(cities)} Society", f"the Society of the {noun()}", f"the {adjective()} {noun()} Circle"]))
        pool, taken, self.names = set(self.surnames), set(), []
        for number in range(WELL_KNOWN + HALF_KNOWN + OBSCURE + UNSEEN):
            # Every second person who is never rendered has a surname that occurs nowhere in training.
            fresh = number >= FIRST_UNSEEN and number % 2 == 1
            while True:
                female = rng.random() < 0.5
                surname = _word(rng, SURNAME_ENDINGS) if fresh else rng.choice(self.surnames)
                if fresh and surname in pool:
                    continue
                name = (rng.choice(self.given[female]), surname, female)
                if name[:2] not in taken:
                    break
            taken.add(name[:2])
            self.names.append(name)
        self.kept_from_training = {surname for _, surname, _ in self.names[FIRST_UNSEEN + 1 - FIRST_UNSEEN % 2::2]}

    def someone(self, rng):
        """A name for a spouse, a teacher or a passer-by; not one of the numbered people unless by chance."""
        female = rng.random() < 0.5
        return f"{rng.choice(self.given[female])} {rng.choice(self.surnames)}"

    def stranger(self, rng):
        """A person made up on the spot, for one text only: what teaches to copy any name is many surnames, each of them
        met once. Number -1; nobody's surname who is kept from training."""
        female = rng.random() < 0.5
        surname = _word(rng, SURNAME_ENDINGS)
        while surname in self.kept_from_training:
            surname = _word(rng, SURNAME_ENDINGS)
        return self._person(-1, rng.choice(self.given[female]), surname, female, rng)

    def title(self, rng):
        noun, adjective = (lambda: rng.choice(NOUNS).capitalize()), (lambda: rng.choice(ADJECTIVES).capitalize())
        return rng.choice([lambda: f"The {adjective()} {noun()}", lambda: f"{noun()} and {noun()}", lambda: f"{adjective()} {noun()}",
                           lambda: f"The {noun()} of {rng.choice(self.cities)}", lambda: f"The {noun()} and the {noun()}"])()

    def person(self, number):
        """One of the numbered people."""
        return self._person(number, *self.names[number], random.Random(f"person/{self.seed}/{number}"))

    def _person(self, number, given, surname, female, rng):
        birth = (rng.randint(1, 28), rng.randrange(12), rng.randint(1700, 1900))
        death = (rng.randint(1, 28), rng.randrange(12), birth[2] + rng.randint(45, 90))
        age = death[2] - birth[2] - ((death[1], death[0]) < (birth[1], birth[0]))
        assert _date_days(birth) < _date_days(death)
        birth_city, death_city, move_city = rng.choice(self.cities), rng.choice(self.cities), rng.choice(self.cities)
        profession = rng.choice(list(PROFESSIONS))
        kind, fields = PROFESSIONS[profession]
        post_start = birth[2] + rng.randint(28, 38)
        facts = {
            "birth": show_date(birth), "death": show_date(death), "birth_year": birth[2], "death_year": death[2], "age": age,
            "birth_city": birth_city, "death_city": death_city, "country": self.country_of[birth_city][0],
            "a_nationality": with_article(self.country_of[birth_city][1]), "profession": profession, "field": rng.choice(fields),
            "father_job": rng.choice(FATHER_JOBS), "university": rng.choice(self.universities), "graduation_year": birth[2] + rng.randint(20, 26),
            "teacher": self.someone(rng), "move_city": move_city, "move_year": birth[2] + rng.randint(24, 34), "office": rng.choice(OFFICES),
            "institution": rng.choice(self.institutions), "post_start": post_start, "post_end": post_start + rng.randint(2, 7),
            "work_kind": kind, "title": self.title(rng), "work_year": birth[2] + rng.randint(25, 44), "prize": rng.choice(self.prizes),
            "prize_year": birth[2] + rng.randint(30, 45), "society": rng.choice(self.societies), "society_year": birth[2] + rng.randint(27, 45),
            "spouse": self.someone(rng), "marriage_year": birth[2] + rng.randint(22, 36), "children": rng.choice(NUMBERS[1:]),
        }
        return Person(number, f"{given} {surname}", surname, female, {k: str(v) for k, v in facts.items()})
