"""Who serves what. A setting that was chosen with one person must never be measured on the same one.

People are dealt out by the last digit of their number, so that every split holds all kinds of people and, of the
obscure ones, those whom training met early as well as late. Each split holds odd and even numbers (the odd ones of
the unseen have surnames that never occur in training).
"""
import random

from world import FIRST_UNSEEN, HALF_KNOWN, UNSEEN, WELL_KNOWN

LAST_DIGITS = {
    "calibration": (0, 1),       # background of `erratum calibrate`: whitening, reach, margin, noise
    "settings": (2, 3),          # rank, iterations, learning rate and whatever else is tried out
    "benchmark": (4, 5, 6, 7),   # passages, edits, accurate sentences
    "locality": (8, 9),          # texts of the locality set; the model card's obscure and unseen people
}
FIRST_FRESH_DOCUMENT = 10_000_000  # training never gets so far: prose from here on is new to the model
KINDS = ("well-known", "half-known", "obscure", "unseen")


def kind_of(number):
    if number < WELL_KNOWN:
        return "well-known"
    if number < WELL_KNOWN + HALF_KNOWN:
        return "half-known"
    return "obscure" if number < FIRST_UNSEEN else "unseen"


def split_of(number):
    return next(split for split, digits in LAST_DIGITS.items() if number % 10 in digits)


def has_fresh_surname(number):
    """The surname occurs nowhere in the training text."""
    return number >= FIRST_UNSEEN and number % 2 == 1


def people(split, kind, rendered):
    """Numbers of a split's people of a kind, shuffled by a fixed seed. rendered: how many of the obscure ones training
    has met; the others are left out, since they are neither obscure nor unseen."""
    first, end = {
        "well-known": (0, WELL_KNOWN),
        "half-known": (WELL_KNOWN, WELL_KNOWN + HALF_KNOWN),
        "obscure": (WELL_KNOWN + HALF_KNOWN, WELL_KNOWN + HALF_KNOWN + rendered),
        "unseen": (FIRST_UNSEEN, FIRST_UNSEEN + UNSEEN),
    }[kind]
    numbers = [n for n in range(first, end) if split_of(n) == split]
    random.Random(f"split/{split}/{kind}").shuffle(numbers)
    return numbers
