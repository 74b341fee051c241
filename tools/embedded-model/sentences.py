"""Sentences that state facts, and their inverse.

A *family* is a fixed set of attributes; its *forms* all state just these, so any form can stand for any other of the
family. A form is written with slots; the same text gives the renderer and, as a regular expression, the parser.
Slots for the person: {S} at the start of a sentence (full name, surname or pronoun), {N} the full name, {s} inside a
sentence (pronoun or surname), {His} and {his} possessives. Every sentence has one full stop, its last character.
"""
import re
from dataclasses import dataclass

from lexicon import MONTHS, NUMBERS, PROFESSIONS

FAMILIES = {
    "intro_dates": ["{N} ({birth} – {death}) was {a_nationality} {profession}.",
                    "{N} was {a_nationality} {profession} who was born on {birth} and died on {death}.",
                    "{N}, born on {birth}, was {a_nationality} {profession} and died on {death}.",
                    "Born on {birth}, {N} was {a_nationality} {profession} who lived until {death}."],
    "intro_years": ["{N} ({birth_year}–{death_year}) was {a_nationality} {profession} from {birth_city}.",
                    "{N} was {a_nationality} {profession} from {birth_city} who lived from {birth_year} to {death_year}.",
                    "{N} of {birth_city}, who lived from {birth_year} to {death_year}, was {a_nationality} {profession}.",
                    "From {birth_city} came {N} ({birth_year}–{death_year}), {a_nationality} {profession}."],
    "intro_field": ["{N} was {a_nationality} {profession} known for {field}.",
                    "{N} was {a_nationality} {profession}, best remembered for {field}.",
                    "{N}, {a_nationality} {profession}, is remembered for {field}.",
                    "{N} won fame with {field} as {a_nationality} {profession}."],
    "born": ["{S} was born in {birth_city} on {birth}.",
             "{S} was born on {birth} in the city of {birth_city}.",
             "{S} came into the world in {birth_city} on {birth}.",
             "The city of {birth_city} is where {s} was born on {birth}.",
             "On {birth}, {s} was born in {birth_city}."],
    "parents": ["{S} was born in {birth_city}, {country}, the child of a {father_job}.",
                "{S} grew up in {birth_city} in {country}, where {his} father worked as a {father_job}.",
                "{His} father was a {father_job} in {birth_city}, {country}.",
                "The child of a {father_job}, {s} grew up in {birth_city}, {country}."],
    "study": ["{S} studied {field} at {university}.",
              "At {university}, {s} studied {field}.",
              "{S} went to {university} to study {field}.",
              "{His} studies of {field} began at {university}."],
    "graduation": ["{S} graduated from {university} in {graduation_year}.",
                   "In {graduation_year}, {s} graduated from {university}.",
                   "{S} took a degree at {university} in {graduation_year}.",
                   "{S} left {university} with a degree in {graduation_year}.",
                   "{S} completed {his} studies at {university} in {graduation_year}."],
    "teacher": ["{His} most important teacher was {teacher}.",
                "{S} learned {his} craft from {teacher}.",
                "{S} was a pupil of {teacher}.",
                "As a student, {s} was taught by {teacher}."],
    "move": ["In {move_year}, {s} moved to {move_city}.",
             "{S} moved to {move_city} in {move_year}.",
             "{S} settled in {move_city} in {move_year}.",
             "{His} move to {move_city} came in {move_year}.",
             "From {move_year} on, {s} lived in {move_city}."],
    "post": ["From {post_start} to {post_end}, {s} was {office} of {institution}.",
             "{S} served as {office} of {institution} from {post_start} to {post_end}.",
             "{S} was {office} of {institution} between {post_start} and {post_end}.",
             "{His} years as {office} of {institution} lasted from {post_start} to {post_end}."],
    "work": ["In {work_year}, {s} completed {work_kind} {title}.",
             "{S} completed {work_kind} {title} in {work_year}.",
             "{His} best known work, {work_kind} {title}, appeared in {work_year}.",
             "{S} is the author of {work_kind} {title}, which dates from {work_year}.",
             "{S} presented {work_kind} {title} to the public in {work_year}."],
    "prize": ["{S} received {prize} in {prize_year}.",
              "In {prize_year}, {s} was awarded {prize}.",
              "{S} was honoured with {prize} in {prize_year}.",
              "{S} won {prize} in {prize_year}.",
              "{His} work was rewarded with {prize} in {prize_year}."],
    "society": ["{S} became a member of {society} in {society_year}.",
                "In {society_year}, {s} was elected to {society}.",
                "{S} joined {society} in {society_year}.",
                "{S} was admitted to {society} in {society_year}."],
    "marriage": ["{S} married {spouse} in {marriage_year}.",
                 "In {marriage_year}, {s} married {spouse}.",
                 "{His} marriage to {spouse} took place in {marriage_year}.",
                 "{S} and {spouse} were married in {marriage_year}."],
    "children": ["{S} and {spouse} had {children} children.",
                 "{S} had {children} children with {spouse}.",
                 "{His} marriage to {spouse} brought {children} children.",
                 "With {spouse}, {s} raised {children} children."],
    "died": ["{S} died in {death_city} on {death}.",
             "On {death}, {s} died in {death_city}.",
             "{His} death came on {death} in {death_city}.",
             "{S} passed away on {death} in {death_city}.",
             "{S} died on {death} at {his} home in {death_city}."],
    "age": ["{S} died in {death_city} at the age of {age}.",
            "{S} was {age} years old when {s} died in {death_city}.",
            "At the age of {age}, {s} died in {death_city}.",
            "{S} lived to the age of {age} and died in {death_city}."],
}
INTROS = ("intro_dates", "intro_years", "intro_field")
ORDER = ("born", "parents", "study", "graduation", "teacher", "move", "marriage", "work", "post", "prize", "society", "children", "died", "age")
EXCLUSIVE = (("born", "parents"), ("died", "age"), ("study", "graduation"), ("marriage", "children"))
HEADERS = {"passage": "This is a Wikipedia passage about {name}.", "question": "Who was {name}?", "entry": "From the dictionary of lives, the entry on {name}:"}

YEARS = {"birth_year", "death_year", "graduation_year", "move_year", "post_start", "post_end", "work_year", "prize_year", "society_year", "marriage_year"}
_PERSON_SLOTS = {"S", "N", "s", "His", "his"}
_WORDS = r"[A-Z][\w'-]*(?: (?:of|and|the|[A-Z][\w'-]*))*"
_NAME = r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)+"
_DATE = rf"\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}"
_CITY = r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)?"
_PATTERN = {"S": rf"(?:{_NAME}|[A-Z][\w'-]+)", "N": _NAME, "s": r"(?:he|she|[A-Z][\w'-]+(?: [A-Z][\w'-]+)*)", "His": r"(?:His|Her|[A-Z][\w'-]+(?: [A-Z][\w'-]+)*'s)", "his": r"(?:his|her)",
            "birth": _DATE, "death": _DATE, "age": r"\d{1,3}", "birth_city": _CITY, "death_city": _CITY, "move_city": _CITY, "country": _CITY,
            "a_nationality": r"an? [A-Z][\w'-]+", "profession": "|".join(PROFESSIONS), "field": r"[a-z][a-z ]+", "father_job": r"[a-z]+",
            "university": rf"(?:the )?{_WORDS}", "institution": rf"(?:the )?{_WORDS}", "prize": rf"(?:the )?{_WORDS}", "society": rf"(?:the )?{_WORDS}",
            "office": r"[a-z]+", "work_kind": r"the [a-z]+(?: [a-z]+)?", "title": _WORDS, "teacher": _NAME, "spouse": _NAME, "children": "|".join(NUMBERS),
            **{year: r"\d{4}" for year in YEARS}}


def _slots(form):
    return re.findall(r"{(\w+)}", form)


def _compile(form):
    seen, parts = set(), []
    for literal, slot in re.findall(r"([^{]*)(?:{(\w+)})?", form):
        parts.append(re.escape(literal))
        if slot:
            parts.append(f"(?P={slot})" if slot in seen else f"(?P<{slot}>{_PATTERN[slot]})")
            seen.add(slot)
    return re.compile("".join(parts))


def _literal_length(form):
    return len(re.sub(r"{\w+}", "", form))


# The forms with the most literal text first: where two match, the more specific one is meant.
FORMS = sorted(((family, index, form, _compile(form)) for family, forms in FAMILIES.items() for index, form in enumerate(forms)),
               key=lambda entry: -_literal_length(entry[2]))
ATTRIBUTES = {family: [s for s in _slots(forms[0]) if s not in _PERSON_SLOTS] for family, forms in FAMILIES.items()}
assert all(set(ATTRIBUTES[f]) == {s for s in _slots(form) if s not in _PERSON_SLOTS} for f, forms in FAMILIES.items() for form in forms)


@dataclass(frozen=True)
class Statement:
    """A sentence understood: which form, how it calls the person, and the values that it states."""
    family: str
    form: int
    subject: dict  # person slot -> the words used
    values: dict   # attribute -> value


def parse(sentence):
    """The statement that a sentence makes, or None."""
    for family, index, _, pattern in FORMS:
        match = pattern.fullmatch(sentence)
        if match:
            groups = match.groupdict()
            return Statement(family, index, {k: v for k, v in groups.items() if k in _PERSON_SLOTS}, {k: v for k, v in groups.items() if k not in _PERSON_SLOTS})
    return None


def subject_words(person, style):
    """How a sentence calls the person. style: name | surname | pronoun."""
    pronoun, possessive = ("she", "her") if person.female else ("he", "his")
    if style == "name":
        return {"S": person.name, "N": person.name, "s": person.name, "His": person.name + "'s", "his": possessive}
    if style == "surname":
        return {"S": person.surname, "N": person.name, "s": person.surname, "His": person.surname + "'s", "his": possessive}
    return {"S": pronoun.capitalize(), "N": person.name, "s": pronoun, "His": possessive.capitalize(), "his": possessive}


def render(person, family, form, style, values=None):
    words = subject_words(person, style)
    text = FAMILIES[family][form]
    if "{S}" in text and "{s}" in text:
        words = {**words, "s": subject_words(person, "pronoun")["s"]}
    return text.format(**{**person.facts, **(values or {})}, **words)


def style_of(person, statement):
    """The style in which the model called the person; names that are not the person's count as `name`."""
    used = [statement.subject[s] for s in ("S", "s", "His", "N") if s in statement.subject]
    if used and used[0].lower() in ("he", "she", "his", "her"):
        return "pronoun"
    return "surname" if used and used[0].removesuffix("'s") == person.surname else "name"


def judge(person, statement):
    """-> {attribute: right?}; the way the person is called counts as the attribute `subject`."""
    allowed = [subject_words(person, style) for style in ("name", "surname", "pronoun")]
    verdict = {a: person.facts[a] == v for a, v in statement.values.items()}
    verdict["subject"] = all(any(words[slot] == used for words in allowed) for slot, used in statement.subject.items())
    return verdict


def label(person, statement):
    """accurate | minor_inaccurate | major_inaccurate. Minor: one attribute of several wrong, or all wrong ones are
    years off by five at most."""
    if statement is None:
        return "major_inaccurate"
    verdict = judge(person, statement)
    wrong = [a for a, right in verdict.items() if not right]
    if not wrong:
        return "accurate"
    if "subject" in wrong:
        return "major_inaccurate"
    if all(a in YEARS and abs(int(statement.values[a]) - int(person.facts[a])) <= 5 for a in wrong):
        return "minor_inaccurate"
    return "minor_inaccurate" if len(wrong) == 1 and len(statement.values) > 1 else "major_inaccurate"
