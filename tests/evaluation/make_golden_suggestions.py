"""N-gram scores and average precision by plain counting in exact fractions: golden/suggestions.json.

    ERRATUM_DATA=... python tests/evaluation/make_golden_suggestions.py

Nothing is shared with the program but the definitions. Two cases of the n-gram scores: invented passages, whose texts
stand in the golden file, and real ones (wiki_bio_gpt3_hallucination), of which it holds nothing but numbers. Here that
data comes without the samples that its authors drew, so other real texts stand for samples: the encyclopedia's text
about the same person, whole, and the sentences of the generated texts about the next people of the list.
"""

import json
import os
import random
import unicodedata
from collections import Counter
from fractions import Fraction
from math import log
from pathlib import Path

REAL_PASSAGES = 12
OTHERS = 4
ORDERS = (1, 2, 3)

INVENTED = {
    "sentences": [
        "Olva Tenn was a Harrish painter.",
        "She was born in Mirrow in 1820; her father was a cooper!",
        "She won the O'Dell Prize, the Prize of Mirrow, in 1851.",
    ],
    "sampled": [
        "Olva Tenn was a Harrish sculptor.",
        "She was born in Mirrow in 1820.",
        "Olva Tenn was a painter.",
        "She was born in Mirrow in 1831.",
        "She died in 1900.",
        "Été, she said.",
    ],
}


def words(text):
    """Runs of letters, marks, digits and underscores; every other character but white space by itself."""
    found, run = [], ""
    for character in text.lower():
        if character == "_" or unicodedata.category(character)[0] in "LMN":
            run += character
            continue
        if run:
            found.append(run)
        run = ""
        if not character.isspace():
            found.append(character)
    return found + [run] if run else found


def grams(sentence, n):
    tokens = words(sentence)
    padded = [None] * (n - 1) + tokens
    return [tuple(padded[i : i + n]) for i in range(len(tokens))]


def scores(n, sentences, counted):
    """Of each sentence: mean and largest negative logarithm of the smoothed share of its n-grams."""
    counts = Counter(gram for sentence in counted for gram in grams(sentence, n))
    shares = sum(counts.values()) + len(counts) + 1
    result = []
    for sentence in sentences:
        nats = [-log(Fraction(counts[gram] + 1, shares)) for gram in grams(sentence, n)]
        result.append([sum(nats) / len(nats), max(nats)])
    return result


def average_precision(scored):
    """scored: (score, wanted, times). One threshold for each different score, from the highest on."""
    area, recall_before = Fraction(0), Fraction(0)
    all_wanted = sum(times for _, wanted, times in scored if wanted)
    for threshold in sorted({score for score, _, _ in scored}, reverse=True):
        above = [(wanted, times) for score, wanted, times in scored if score >= threshold]
        found = sum(times for wanted, times in above if wanted)
        seen = sum(times for _, times in above)
        if seen == 0:
            continue
        recall = Fraction(found, all_wanted)
        area += (recall - recall_before) * Fraction(found, seen)
        recall_before = recall
    return float(area)


def precision_cases():
    draw = random.Random(20261125)
    cases = []
    for size, levels in ((1, 1), (5, 5), (12, 3), (60, 1000), (200, 7)):
        items = [(draw.randrange(levels) / 4, draw.random() < 0.4, draw.randrange(3)) for _ in range(size)]
        items[0] = (items[0][0], True, 1)
        cases.append({"items": items, "area": average_precision(items)})
    return cases


def real_cases():
    file = Path(os.environ["ERRATUM_DATA"]) / "wiki_bio_gpt3_hallucination" / "dataset.json"
    passages = json.loads(file.read_text())
    cases = []
    for index in range(REAL_PASSAGES):
        passage = passages[index]
        others = [passages[(index + 1 + k) % len(passages)]["gpt3_sentences"] for k in range(OTHERS)]
        counted = passage["gpt3_sentences"] + [passage["wiki_bio_text"]] + [s for other in others for s in other]
        cases.append({"passage": index, "scores": {n: scores(n, passage["gpt3_sentences"], counted) for n in ORDERS}})
    return cases


def main():
    counted = INVENTED["sentences"] + INVENTED["sampled"]
    golden = {
        "others": OTHERS,
        "invented": {
            "sentences": INVENTED["sentences"],
            "sampled": INVENTED["sampled"],
            "scores": {n: scores(n, INVENTED["sentences"], counted) for n in ORDERS},
        },
        "real": real_cases(),
        "averagePrecision": precision_cases(),
    }
    path = Path(__file__).parent / "golden" / "suggestions.json"
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
