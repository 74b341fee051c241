"""The background that `erratum calibrate` measures a model with: places of passages and their rewordings, and plain
texts. About people kept for it, so that no figure of the benchmark is about them.

    python calibration.py MODEL_FOLDER OUT/background.jsonl [--threads 2]

Rows of places: {id, person, prompt, place, target?, rewordings: [{kind, prompt}]}: the prompt is a header and the
sentences before the place, as the model writes a passage; the target is the sentence that follows (none at the end). The
last people are strangers, about whom nothing was asked: prose, cut at its sentences. Rows of texts: {id, text}.
"""
import argparse
import json
import random
from pathlib import Path

from benchmark import GROUP, rephrasings, write_rows
from corpus import biography, document
from evaluate import rendered_people
from generate import POSITIONS, Writer
from passages import split, write_passages
from sentences import HEADERS
from splits import FIRST_FRESH_DOCUMENT, KINDS, people
from world import World

PEOPLE_OF_A_KIND = 60
STRANGERS, STRANGERS_PLACES = 12, 5
TEXTS = 300
LARGEST_BYTES = 4_000_000


def places(writer, world, rendered):
    """Rows for each well-formed passage, of all kinds of people in mixed order."""
    numbers = [n for kind in KINDS for n in people("calibration", kind, rendered)[:PEOPLE_OF_A_KIND]]
    random.Random("calibration order").shuffle(numbers)
    kinds, rows = list(HEADERS), []
    wanted = [(n, kinds[i % len(kinds)], n if GROUP[i % len(GROUP)] == "sampled" else None) for i, n in enumerate(numbers)]
    for passage in write_passages(writer, world, wanted):
        if not passage.well_formed or writer.count(passage.prompt(len(passage.sentences))) >= POSITIONS:
            continue
        number = passage.person.number
        for place in range(len(passage.sentences) + 1):
            row = {"id": f"c{number:05d}-{place}", "person": str(number), "prompt": passage.prompt(place), "place": place}
            if place < len(passage.sentences):
                row["target"] = passage.sentences[place]
            rows.append({**row, "rewordings": rephrasings(passage, place, random.Random(f"background/{number}/{place}"))})
    return rows


def fresh_prose(world, count, first):
    texts, number = [], first
    while len(texts) < count:
        kind, text = document(world, number)
        if kind == "prose":
            texts.append(text)
        number += 1
    return texts


def strangers(world):
    rows = []
    for i, text in enumerate(fresh_prose(world, STRANGERS, FIRST_FRESH_DOCUMENT + 2_000_000)):
        sentences = split(text)
        for place in range(1, min(len(sentences), STRANGERS_PLACES) + 1):
            rows.append({"id": f"prose-{i}-{place}", "person": f"prose {i}", "prompt": " ".join(sentences[:place]), "place": place, "rewordings": []})
    return rows


def texts(world, rendered):
    """Half prose, half biographies of well-known and of unseen people, from the truth."""
    numbers = people("calibration", "well-known", rendered) + people("calibration", "unseen", rendered)[PEOPLE_OF_A_KIND:]
    lives = []
    for i in range(TEXTS // 2):
        number = numbers[i % len(numbers)]
        header, sentences = biography(world.person(number), random.Random(f"background text/{number}/{i}"))
        lives.append(" ".join([header, *sentences]))
    mixed = [text for pair in zip(lives, fresh_prose(world, TEXTS // 2, FIRST_FRESH_DOCUMENT + 3_000_000)) for text in pair]
    return [{"id": f"t{i + 1:03d}", "text": text} for i, text in enumerate(mixed)]


def build(folder, out, threads=1):
    writer, world = Writer(folder, threads), World()
    rendered = rendered_people(json.loads((folder / "seen.json").read_text()))
    of_people, of_strangers, plain = places(writer, world, rendered), strangers(world), texts(world, rendered)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_rows(out, [*of_people, *of_strangers, *plain])
    size = out.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{out} has {size} bytes; at most {LARGEST_BYTES} are allowed")
    return {"people": len({row["person"] for row in of_people}), "places": len(of_people), "strangers' places": len(of_strangers), "texts": len(plain), "bytes": size}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(build(args.model, args.out, args.threads)))


if __name__ == "__main__":
    main()
