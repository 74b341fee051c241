"""The benchmark: passages that the model wrote about people kept for it, every sentence labelled against the truth
table; edits, accurate sentences and a locality set made from them.

    python benchmark.py MODEL_FOLDER OUT_FOLDER [--threads 2]

People are taken from two queues, those whom the model should know and those it cannot know, four at a time (three
passages greedy, one sampled), always from the queue of which the labels obtained so far ask more. A passage is taken
whole or, where it is not well formed or does not fit the context, left out whole; never for what its sentences say.
"""
import argparse
import hashlib
import json
import random
from collections import Counter
from pathlib import Path

from corpus import biography, document
from evaluate import rendered_people
from generate import POSITIONS, TEMPERATURE, Writer
from passages import reword, write_passages
from sentences import FAMILIES, HEADERS, INTROS, label, parse, render, style_of
from splits import FIRST_FRESH_DOCUMENT, kind_of, people
from world import World

EDITS, ACCURATE, PASSAGES, LOCALITY = 1392, 592, 238, 1000
GROUP = ("greedy", "greedy", "greedy", "sampled")
GROUPS_AT_ONCE = 16      # groups of four that are written in one batch
LOCALITY_PEOPLE_SHARE = 0.5
SHORTEST_LOCALITY = 48   # tokens: the first 16 are only a prompt


def queues(rendered):
    """-> {queue: people in the order in which they are taken}. Kinds within a queue are interleaved by their sizes."""
    def interleaved(*lists):
        places = [((i + 0.5) / len(numbers), number) for numbers in lists for i, number in enumerate(numbers)]
        return [number for _, number in sorted(places)]

    unknown = min(len(people("benchmark", kind, rendered)) for kind in ("obscure", "unseen"))
    return {"known": interleaved(people("benchmark", "well-known", rendered), people("benchmark", "half-known", rendered)[:60]),
            "unknown": interleaved(people("benchmark", "obscure", rendered)[:unknown], people("benchmark", "unseen", rendered)[:unknown])}


def groups(writer, world, numbers):
    """Yields lists of four passages, three greedy and one sampled."""
    kinds = list(HEADERS)
    for start in range(0, len(numbers) - 3, 4 * GROUPS_AT_ONCE):
        batch = numbers[start:start + 4 * GROUPS_AT_ONCE]
        wanted = [(n, kinds[(start + i) % len(kinds)], n if GROUP[i % 4] == "sampled" else None) for i, n in enumerate(batch)]
        passages = write_passages(writer, world, wanted)
        for i in range(0, len(passages) - 3, 4):
            yield passages[i:i + 4]


def labels_of(passage):
    return [label(passage.person, statement) for statement in passage.statements]


def corrections_of(passage):
    """-> [text or None]: for each sentence that is not accurate the same facts rightly, or, where it was not
    understood, a true sentence of a family that the passage does not state elsewhere."""
    rng = random.Random(f"corrections/{passage.person.number}")
    labels = labels_of(passage)
    stated = {statement.family for statement in passage.statements if statement}
    taken = {text for text, l in zip(passage.sentences, labels) if l == "accurate"}
    corrections = []
    for place, (statement, l) in enumerate(zip(passage.statements, labels)):
        if l == "accurate":
            corrections.append(None)
            continue
        if statement:
            options = [(statement.family, statement.form)]
            options += [(statement.family, form) for form in range(len(FAMILIES[statement.family])) if form != statement.form]
            style = style_of(passage.person, statement)
        else:
            style = "name" if place == 0 else "pronoun"
            families = [f for f in FAMILIES if (f in INTROS) == (place == 0)]
            rng.shuffle(families)
            families.sort(key=lambda family: family in stated)  # one that is stated elsewhere only if all are
            options = [(family, rng.randrange(len(FAMILIES[family]))) for family in families]
        text = next(text for text in (render(passage.person, family, form, style) for family, form in options) if text not in taken)
        stated.add(parse(text).family)
        taken.add(text)
        corrections.append(text)
    return corrections


def rephrasings(passage, place, rng):
    """-> [{kind, prompt}]: another header; one earlier sentence reworded; all of them and the header. What the text
    states is kept. A sentence that was not understood stays as it is."""
    others = [kind for kind in HEADERS if kind != passage.header_kind]
    rng.shuffle(others)
    headers = [HEADERS[kind].format(name=passage.person.name) for kind in others]
    before = passage.sentences[:place]
    reworded = [reword(passage.person, statement, rng) for statement in passage.statements[:place]]
    result = [{"kind": "header", "prompt": " ".join([headers[0], *before])}]
    understood = [i for i, text in enumerate(reworded) if text]
    if understood:
        chosen = rng.choice(understood)
        result.append({"kind": "one", "prompt": " ".join([passage.header, *before[:chosen], reworded[chosen], *before[chosen + 1:]])})
    result.append({"kind": "all", "prompt": " ".join([headers[1], *(new or old for new, old in zip(reworded, before))])})
    return result


def records_of(passage, number):
    """-> the passage's row, its edits, its accurate sentences"""
    identity = f"p{number:03d}"
    source = {"person": passage.person.number, "kind": kind_of(passage.person.number), "sampling": "greedy" if passage.seed is None else f"temperature {TEMPERATURE}",
              "seed": passage.seed}
    sentences, edits, accurate = [], [], []
    for place, (text, l, correction) in enumerate(zip(passage.sentences, labels_of(passage), corrections_of(passage))):
        row = {"id": f"{identity}-s{place}", "prompt": passage.prompt(place)}
        about = {"subject": passage.person.name, "severity": l, "source": {"passage": identity, "sentence": place, **source}}
        rephrase = rephrasings(passage, place, random.Random(f"rephrase/{passage.person.number}/{place}"))
        if l == "accurate":
            sentences.append({"text": text, "label": l})
            accurate.append({**row, "target_new": text, "subject": passage.person.name, "source": about["source"]})
        else:
            sentences.append({"text": text, "label": l, "correction": correction})
            edits.append({**row, "target_new": correction, "target_old": text, **about, "rephrase": rephrase})
    return {"id": identity, "prompt": passage.header, "sentences": sentences, "source": source}, edits, accurate


def fits(writer, row, edits, accurate):
    """Every prompt with its target and eos, and the corrected passage, fit the context."""
    corrected = " ".join([row["prompt"], *(s.get("correction", s["text"]) for s in row["sentences"])])
    texts = [corrected, *(f"{e[0]} {e[1]}" for r in [*edits, *accurate] for e in [(r["prompt"], r["target_new"]), *((p["prompt"], r["target_new"]) for p in r.get("rephrase", []))])]
    return all(writer.count(text) + 1 <= POSITIONS for text in texts)


def collect(writer, world, rendered):
    """-> rows of passages, edits, accurate; and why passages were left out"""
    streams = {queue: groups(writer, world, numbers) for queue, numbers in queues(rendered).items()}
    rows, edits, accurate, left_out = [], [], [], Counter()
    while len(edits) < EDITS or len(accurate) < ACCURATE or len(rows) < PASSAGES:
        queue = "known" if len(accurate) / ACCURATE < len(edits) / EDITS else "unknown"
        group = next(streams[queue], None)
        if group is None:
            raise SystemExit(f"no people are left in the queue '{queue}': {len(rows)} passages, {len(edits)} edits, {len(accurate)} accurate")
        for passage in group:
            if not passage.well_formed:
                left_out["not ended by the model, or a sentence without its full stop"] += 1
                continue
            records = records_of(passage, len(rows) + 1)
            if not fits(writer, *records):
                left_out["too long for the context"] += 1
                continue
            rows.append(records[0])
            edits += records[1]
            accurate += records[2]
    return rows, edits, accurate, left_out


def locality(writer, world, rendered):
    """Well-known people of the locality split, rendered from the truth in new ways, and prose from document numbers
    that training never reached."""
    numbers = people("locality", "well-known", rendered)
    rows, number = [], FIRST_FRESH_DOCUMENT + 1_000_000
    of_people = round(LOCALITY * LOCALITY_PEOPLE_SHARE)
    for i in range(of_people):
        person = numbers[i % len(numbers)]
        header, sentences = biography(world.person(person), random.Random(f"locality/{person}/{i}"))
        rows.append({"id": f"l{len(rows) + 1:04d}", "text": " ".join([header, *sentences]), "source": {"kind": "well-known", "person": person}})
    while len(rows) < LOCALITY:
        kind, text = document(world, number)
        if kind == "prose" and SHORTEST_LOCALITY <= writer.count(text) <= POSITIONS:
            rows.append({"id": f"l{len(rows) + 1:04d}", "text": text, "source": {"kind": "prose", "document": number}})
        number += 1
    random.Random("locality order").shuffle(rows)
    return [{**row, "id": f"l{i + 1:04d}"} for i, row in enumerate(rows)]


def readme(rows, edits, accurate, places, left_out, world, checksum):
    kinds, samplings = Counter(r["source"]["kind"] for r in rows), Counter(r["source"]["sampling"] for r in rows)
    labels = Counter(s["label"] for r in rows for s in r["sentences"])
    kinds_of_rephrase = Counter(p["kind"] for e in edits for p in e["rephrase"])
    unparsed = sum(parse(s["text"]) is None for r in rows for s in r["sentences"])
    listed = lambda counts: ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.most_common())
    out = listed(left_out) if left_out else "none"
    return f"""# Benchmark: fictional biographies

Passages that the embedded model (sha256 `{checksum}`) wrote about people of an invented world (seed {world.seed}), with
every sentence labelled by a parser against the truth table that the world is. No setting of Erratum was chosen with
these people: they take no part in the calibration background nor in the people for trying settings
(`tools/embedded-model/splits.py`). Everything here is made by `tools/embedded-model/benchmark.py`, this text included;
the same model gives the same files. Licence: MIT.

| file | rows | what |
|---|---|---|
| `passages.jsonl` | {len(rows)} | passages, {sum(len(r["sentences"]) for r in rows)} sentences |
| `edits.jsonl` | {len(edits)} | one for each sentence that is not accurate: the same facts rightly, in the model's own context |
| `accurate.jsonl` | {len(accurate)} | each accurate sentence as it stands, in the model's own context |
| `locality.jsonl` | {len(places)} | other texts: {listed(Counter(p["source"]["kind"] for p in places))} |

- Written: {listed(samplings)} (a sampled passage's seed is in `source`).
- About: {listed(kinds)} people. *Well-known* people are rendered many times in the training text, *half-known* ones some times, *obscure* ones once, *unseen* ones never.
- Sentences: {listed(labels)}. Minor: one attribute of several is wrong, or the wrong ones are years off by five at most. {unparsed} were not understood by the parser; they count as major, and their correction is a true sentence about something that the passage does not tell elsewhere.
- Rephrased prompts: {listed(kinds_of_rephrase)}. `header`: another header; `one`: one earlier sentence in another form (an edit of a first sentence has none); `all`: the header and all earlier sentences. What the text states is kept, right or wrong.
- Passages left out whole: {out}.
- The label tells whether a sentence is true of the person in the header; a correct fact said of another name is major. Known to the parser are the sentence forms of the generator only.
"""


def write_rows(file, rows):
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def build(folder, out, threads=1):
    writer, world = Writer(folder, threads), World()
    rendered = rendered_people(json.loads((folder / "seen.json").read_text()))
    rows, edits, accurate, left_out = collect(writer, world, rendered)
    places = locality(writer, world, rendered)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (("passages", rows), ("edits", edits), ("accurate", accurate), ("locality", places)):
        write_rows(out / f"{name}.jsonl", content)
    checksum = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (out / "README.md").write_text(readme(rows, edits, accurate, places, left_out, world, checksum))
    return {"passages": len(rows), "edits": len(edits), "accurate": len(accurate), "locality": len(places), "left out": dict(left_out)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(build(args.model, args.out, args.threads)))


if __name__ == "__main__":
    main()
