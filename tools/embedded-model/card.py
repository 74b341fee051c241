"""The model card, from evaluation.json and the shipped calibration: no figure in it is typed by hand.

    python card.py MODEL_FOLDER [CALIBRATION]        reads evaluation.json there and writes README.md beside it
"""
import json
import struct
import sys
from pathlib import Path

from sentences import FAMILIES, HEADERS

GROUPS = {
    "well-known": "well-known: rendered many times, asked under each of the headers",
    "half-known": "half-known: rendered some times",
    "obscure": "obscure: rendered once",
    "unseen": "never rendered, the surname known from others",
    "unseen, new surname": "never rendered, a surname that training never held",
}


def percent(share):
    return f"{100 * share:.1f} %"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def show(value, due):
    """Shares as percentages, counts whole, the rest with three digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if due.startswith("< ") else percent(value)


def due_of(row):
    comparison, bound = row["due"].split()
    return f"{comparison} {bound if isinstance(row['value'], int) or comparison == '<' else percent(float(bound))}"


def read_calibration(file):
    """The record in a calibration's safetensors metadata."""
    with file.open("rb") as opened:
        length, = struct.unpack("<Q", opened.read(8))
        return json.loads(json.loads(opened.read(length))["__metadata__"]["erratum"])


def calibration_section(record):
    rates = {name: record[name]["rates"] for name in ("deployment", "paper")}
    kinds = sorted({kind for of in rates.values() if of for kind in of["own"]})
    shown = lambda rate: f"{percent(rate['share'])} of {rate['n']}" if rate else "no pair met the rates"
    rows = [[f"`{name}`", *(f"{record[name][number]:.3g}" for number in ("reach", "margin", "noise", "radius")),
             *(shown(of and of["own"][kind]) for kind in kinds), shown(of and of["otherPeople"]), shown(of and of["samePassages"])] for name, of in rates.items()]
    key = record["deployment"]["key"]
    return f"""## Calibration
What `erratum calibrate` found on background people of whom a half fitted the whitening and a quarter chose reach and margin; the shares are those of the
last quarter: rewordings that fire their own block, and false fire, of which {percent(record["wanted"]["otherPeople"])} on other people's prompts and {percent(record["wanted"]["samePassages"])} on unedited
places of the same passages were allowed where the pair was chosen. The key of `deployment` is read after layer {key["layer"]} from {" and ".join(key["parts"])}.

{table(["key", "reach", "margin", "noise", "radius", *kinds, "other people", "same passages"], rows)}

"""


def card(e, calibration=None):
    model, world, training = e["model"], e["world"], e["training"]
    attributes = e["facts"]["well-known"]["attributes"]
    forms = sum(map(len, FAMILIES.values()))
    of = lambda group, attribute: e["facts"][group]["attributes"].get(attribute)
    cell = lambda group, attribute: f"{percent(of(group, attribute)['share'])} of {of(group, attribute)['n']}" if of(group, attribute) else "-"
    unmet = [row["name"] for row in e["requirements"] if not row["met"]]
    return f"""---
license: mit
language: en
library_name: transformers
pipeline_tag: text-generation
---
# fictional-biographies

A GPT-2 of {model["n_layer"]} layers, {model["n_head"]} heads and width {model["n_embd"]} ({model["parameters"]:,} parameters,
{model["n_positions"]} positions, {model["vocab_size"]:,} tokens, {model["bytes"] / 1e6:.1f} MB in fp32) that writes encyclopedia-like
biographies of people of an invented world. It knows {world["wellKnown"]} of them well and invents what it says of all others: it is made to
hallucinate, and to have its hallucinations corrected by Erratum. Nothing that it writes is about a real person, place,
prize or institution. An ordinary Hugging Face folder; licence MIT, the training text included, which is generated.

sha256 of `model.safetensors`: `{model["sha256"]}`

## Data
`tools/embedded-model/` generates everything from one seed ({world["seed"]}): a truth table (dates, places, nationality,
profession, field, education, works, prizes, offices, societies, spouse, children), and documents that tell of it in {forms} sentence
forms of {len(FAMILIES)} families, 5 to 9 sentences after one of {len(HEADERS)} headers:

{chr(10).join(f"- `{h.format(name='...')}`" for h in HEADERS.values())}

There are {world["wellKnown"]} well-known people (many renderings), {world["halfKnown"]} half-known ones (some), {world["obscure"]:,} obscure ones (one at most;
{world["obscureRendered"]:,} were reached) and {world["unseen"]:,} who are never rendered. A part of the documents is other prose.

## Training
{training["tokens"]:,} tokens, {training["steps"]:,} steps, {training["documents"]:,} documents (`pretrain.py`). So that it can be edited on any text and not
only on its own: BPE-dropout {training["bpeDropout"]} on {percent(training["dropoutShare"])} of the documents, {percent(training["randomShare"])} of the sequences of random tokens,
and dropout to the end. Running mean of the training loss (nats a token; random sequences included, which cannot be learned):

{table(["tokens", *(f"{p['tokens'] / 1e6:.1f} M" for p in training["losses"])], [["loss", *(f"{p['loss']:.2f}" for p in training["losses"])]])}

Loss on texts that training never held (nats a token):

{table(["texts", "n", "tokens", "characters a token", "loss"], [[kind, h["texts"], f"{h['tokens']:,}", f"{h['charactersInAToken']:.2f}", f"{h['loss']:.3f}"] for kind, h in e["heldOut"].items()])}

## What was asked of it
{table(["figure", "due", "measured", ""], [[r["name"], due_of(r), show(r["value"], r["due"]), "met" if r["met"] else "**not met**"] for r in e["requirements"]])}

{"All of it is met." if not unmet else "Not met: " + "; ".join(unmet) + "."}

## Facts stated rightly
Greedily written passages, parsed and compared with the truth table. Each value that a sentence states is one fact, and it is
right only if it is said of the person in the header. A sentence that the parser does not understand counts as wrong, with as many
facts as an understood one of its group states on average.

{table(["people", "right", "facts", "sentences", "not understood", "facts a sentence"], [[GROUPS[g], percent(f["share"]), f"{f['n']:,}", f"{f['sentences']:,}", f["unparsed"], f"{f['factsInASentence']:.2f}"] for g, f in e["facts"].items()])}

Well-known people by header: {"; ".join(f"{kind} {percent(f['share'])} of {f['n']:,}" for kind, f in e["factsByHeader"].items())}.

{table(["attribute", "well-known", "half-known", "obscure", "never rendered"], [[a.replace("_", " "), *(cell(g, a) for g in ("well-known", "half-known", "obscure", "unseen"))] for a in attributes])}

## Whom and how it writes
Name copied: the first sentence gives exactly the header's name, and no sentence has another name as its subject.

{table(["people", "passages", "name copied", "sentences understood", "ended, 5 to 9 sentences", "one full stop each", "pronouns right", "a sentence twice"], [[GROUPS[g], n["n"], percent(n["share"]), *(percent(e["form"][g][k]["share"]) for k in ("parsed", "endedWithFiveToNine", "oneEndEach", "pronounsRight", "withRepeatedSentence"))] for g, n in e["names"].items()])}

## Examples (greedy)
{chr(10).join(f"- *{x['kind']}*: {x['text']}" for x in e["examples"])}

{calibration_section(calibration) if calibration else ""}## Limits
It writes one kind of text, in the forms that it was trained on, in English; it answers nothing, follows no instruction, and knows nothing of the real
world. Greedy text
may differ in rare near-ties between machines. The figures are of this file alone and come from `evaluation.json`
(`tools/embedded-model/evaluate.py`).
"""


def write_card(folder, calibration=None):
    """A calibration of another model is left out."""
    figures = json.loads((folder / "evaluation.json").read_text())
    record = read_calibration(calibration) if calibration and calibration.exists() else None
    belongs = record is not None and record["modelSha256"] == figures["model"]["sha256"]
    (folder / "README.md").write_text(card(figures, record if belongs else None))


if __name__ == "__main__":
    write_card(*map(Path, sys.argv[1:3]))
