"""The figures of the model card: what the model knows, whom it speaks of, how it is written, what it has lost.

    python evaluate.py MODEL_FOLDER OUT/evaluation.json [--threads 2]

MODEL_FOLDER also holds training's log.jsonl and seen.json.
"""
import argparse
import hashlib
import json
import random
from pathlib import Path

import torch

from corpus import biography, document, obscure_before
from generate import Writer
from passages import has_one_end, names_used, write_passages
from pretrain import BATCH_TOKENS, BPE_DROPOUT, CHUNK, CYCLE, DROPOUT_SHARE, RANDOM_SHARE, as_tensors
from sentences import HEADERS, judge
from splits import FIRST_FRESH_DOCUMENT, has_fresh_surname, people
from tokenizer import EOS
from world import HALF_KNOWN, OBSCURE, UNSEEN, WELL_KNOWN, World

GROUP_SIZE = 300      # people of each group but the well-known, who are all asked, under each header
HELD_OUT = 300        # texts of each kind

# name, figure, comparison, bound
REQUIREMENTS = [
    ("facts of well-known people stated rightly", ("facts", "well-known", "share"), ">=", 0.90),
    ("facts of obscure people, rendered once, stated rightly", ("facts", "obscure", "share"), "<=", 0.30),
    ("facts of people never rendered stated rightly", ("facts", "unseen", "share"), "<=", 0.30),
    ("name copied, well-known people", ("names", "well-known", "share"), ">=", 0.99),
    ("name copied, obscure people", ("names", "obscure", "share"), ">=", 0.99),
    ("name copied, unseen people with known surnames", ("names", "unseen", "share"), ">=", 0.99),
    ("name copied, unseen people with unseen surnames", ("names", "unseen, new surname", "share"), ">=", 0.99),
    ("mean pairwise cosine of wte", ("embedding", "meanCosine"), "<", 0.5),
    ("least times that a vocabulary entry was seen", ("training", "leastSeen"), ">=", 50),
]


def rendered_people(seen):
    """How many obscure people training has met for sure."""
    return obscure_before(seen["chunk"] * CHUNK)


def wanted_passages(rendered):
    """-> {group: [(person, header kind, None)]}: well-known people under each header, the others under one in turn."""
    kinds = list(HEADERS)
    unseen = people("locality", "unseen", rendered)
    groups = {
        "half-known": people("locality", "half-known", rendered),
        "obscure": people("locality", "obscure", rendered),
        "unseen": [n for n in unseen if not has_fresh_surname(n)],
        "unseen, new surname": [n for n in unseen if has_fresh_surname(n)],
    }
    wanted = {"well-known": [(n, kind, None) for kind in kinds for n in range(WELL_KNOWN)]}
    for group, numbers in groups.items():
        wanted[group] = [(n, kinds[i % len(kinds)], None) for i, n in enumerate(numbers[:GROUP_SIZE])]
    return wanted


def facts_of(passages):
    """Each value that a sentence states is a fact; it is right when it is the person's and said of the person. A
    sentence that was not understood counts as wrong, with as many facts as an understood one of the group has on
    average."""
    right, stated, parsed, unparsed = {}, {}, 0, 0
    for passage in passages:
        for statement in passage.statements:
            if statement is None:
                unparsed += 1
                continue
            parsed += 1
            verdict = judge(passage.person, statement)
            for attribute in statement.values:
                stated[attribute] = stated.get(attribute, 0) + 1
                right[attribute] = right.get(attribute, 0) + (verdict[attribute] and verdict["subject"])
    average = sum(stated.values()) / max(parsed, 1)
    n = sum(stated.values()) + unparsed * average
    return {"share": sum(right.values()) / max(n, 1), "n": round(n), "sentences": parsed + unparsed, "unparsed": unparsed,
            "factsInASentence": average, "attributes": {a: {"share": right[a] / stated[a], "n": stated[a]} for a in sorted(stated)}}


def copies_name(passage):
    """The first sentence gives exactly the header's name, and no sentence has another name as its subject."""
    if not passage.sentences:
        return False
    allowed, first = {passage.person.name, passage.person.surname}, passage.statements[0]
    names_first = first.subject.get("N", names_used(first)[0] if names_used(first) else None) == passage.person.name if first else passage.person.name in passage.sentences[0]
    return names_first and all(name in allowed for s in passage.statements if s for name in names_used(s))


def share(flags):
    flags = list(flags)
    return {"share": sum(flags) / max(len(flags), 1), "n": len(flags)}


def form_of(passages):
    return {
        "parsed": share(statement is not None for p in passages for statement in p.statements),
        "endedWithFiveToNine": share(p.stop == "eos" and 5 <= len(p.sentences) <= 9 for p in passages),
        "oneEndEach": share(all(has_one_end(s) for s in p.sentences) for p in passages),
        "pronounsRight": share(all(judge(p.person, s)["subject"] for s in p.statements if s and not names_used(s)) for p in passages),
        "withRepeatedSentence": share(len(set(p.sentences)) < len(p.sentences) for p in passages),
    }


def embedding_of(model):
    """Mean cosine over all pairs of different rows of wte: from the length of the sum of the unit rows."""
    rows = torch.nn.functional.normalize(model.transformer.wte.weight.double(), dim=1)  # [V, D]
    n = len(rows)
    return {"meanCosine": ((rows.sum(0).square().sum() - n) / (n * (n - 1))).item(), "rows": n}


@torch.inference_mode()
def held_out_loss(writer, texts):
    """Mean loss in nats over all tokens but the first of each text, eos counted; and over characters."""
    encoded = sorted((writer.tokenizer.encode(text + EOS).ids[:writer.model.config.n_positions] for text in texts), key=len)
    loss, tokens, batch = 0.0, 0, []
    for ids in [*encoded, None]:
        if batch and (ids is None or (len(batch) + 1) * len(ids) > BATCH_TOKENS):
            inputs, labels = as_tensors(batch, "cpu")
            logits = writer.model(inputs).logits[:, :-1]                   # [B, T - 1, V]
            target = labels[:, 1:]
            kept = target >= 0
            loss += torch.nn.functional.cross_entropy(logits[kept], target[kept], reduction="sum").item()
            tokens += int(kept.sum())
            batch = []
        if ids is not None:
            batch.append(ids)
    return {"loss": loss / tokens, "tokens": tokens, "texts": len(texts), "charactersInAToken": sum(map(len, texts)) / tokens}


def held_out(writer, world, rendered):
    def biographies(numbers):
        texts = []
        for i in range(HELD_OUT):
            number = numbers[i % len(numbers)]
            header, sentences = biography(world.person(number), random.Random(f"held out/{number}/{i}"))
            texts.append(" ".join([header, *sentences]))
        return texts

    prose, number = [], FIRST_FRESH_DOCUMENT
    while len(prose) < HELD_OUT:
        kind, text = document(world, number)
        number += 1
        if kind == "prose":
            prose.append(text)
    texts = {"well-known, rendered anew": biographies(people("locality", "well-known", rendered)),
             "unseen people": biographies(people("locality", "unseen", rendered)), "prose": prose}
    return {kind: held_out_loss(writer, list_of_texts) for kind, list_of_texts in texts.items()}


def training_of(folder, seen):
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    # A run that was resumed writes some steps twice; the later line holds.
    by_step = {line["step"]: line for line in log if line["step"] <= seen["step"]}
    lines = [by_step[step] for step in sorted(by_step)]
    points = [min(lines, key=lambda line: abs(line["tokens"] - seen["tokens"] * i / 10)) for i in range(11)]
    return {"tokens": seen["tokens"], "steps": seen["step"], "documents": seen["chunk"] * CHUNK, "leastSeen": seen["least_seen"],
            "finalLoss": lines[-1]["loss"], "losses": [{"tokens": p["tokens"], "loss": p["loss"]} for p in points],
            "randomShare": RANDOM_SHARE, "dropoutShare": DROPOUT_SHARE, "bpeDropout": BPE_DROPOUT}


def requirements_of(figures):
    rows = []
    for name, path, comparison, bound in REQUIREMENTS:
        value = figures
        for key in path:
            value = value[key]
        met = value >= bound if comparison == ">=" else value <= bound if comparison == "<=" else value < bound
        rows.append({"name": name, "value": value, "due": f"{comparison} {bound}", "met": met})
    return rows


def evaluate(folder, threads=1, progress=None):
    writer, world = Writer(folder, threads), World()
    seen = json.loads((folder / "seen.json").read_text())
    rendered = rendered_people(seen)
    passages = {group: write_passages(writer, world, wanted, progress) for group, wanted in wanted_passages(rendered).items()}
    config = json.loads((folder / "config.json").read_text())
    figures = {
        "model": {"sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(), "bytes": (folder / "model.safetensors").stat().st_size,
                  "parameters": sum(p.numel() for p in writer.model.parameters()),
                  **{key: config[key] for key in ("n_layer", "n_head", "n_embd", "n_positions", "vocab_size")}},
        "world": {"seed": world.seed, "wellKnown": WELL_KNOWN, "halfKnown": HALF_KNOWN, "obscure": OBSCURE, "obscureRendered": rendered, "unseen": UNSEEN},
        "training": training_of(folder, seen),
        "facts": {group: facts_of(list_of) for group, list_of in passages.items()},
        "factsByHeader": {kind: facts_of([p for p in passages["well-known"] if p.header_kind == kind]) for kind in HEADERS},
        "names": {group: share(copies_name(p) for p in list_of) for group, list_of in passages.items()},
        "form": {group: form_of(list_of) for group, list_of in passages.items()},
        "embedding": embedding_of(writer.model),
        "heldOut": held_out(writer, world, rendered),
        "examples": [{"kind": group, "text": f"{p.header} {' '.join(p.sentences)}"} for group, list_of in passages.items() for p in list_of[:1]],
    }
    figures["requirements"] = requirements_of(figures)
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    figures = evaluate(args.model, args.threads, lambda done, of: print(f"\r{done} of {of} passages", end="", flush=True))
    args.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    print()
    for row in figures["requirements"]:
        print("met    " if row["met"] else "NOT MET", row["name"], round(row["value"], 4), "due", row["due"])


if __name__ == "__main__":
    main()
