"""Writes with the edits of this bundle as Erratum does: greedily and by sentence, on stock transformers and peft.

python load.py BASE_MODEL "prompt" [sentences]        Needs torch, transformers, peft and safetensors.

    from load import Melo
    edited = Melo("BASE_MODEL")                             # the folder of the model that the edits were trained on
    print(edited.text("prompt", sentences=3))
    edited.route(edited.encode("prompt"))                   # the block that fires there, or None

melo.json says what each number means, docs/formats.md of Erratum how a route is decided.
"""
import functools
import json
import math
import re
import sys
import unicodedata
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from read_tokenizer import FolderTokenizer

SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"

CJK = re.compile("[\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# What torch.compile, DDP, FSDP and the like put into the names of weights.
WRAPPERS = r"\b((_orig_mod|module|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\.)+"
LOOK_AHEAD = 16  # tokens that may be written to know whether a sentence has ended


def is_letter(character):
    return unicodedata.category(character)[0] == "L"


class Melo:
    def __init__(self, base, folder=Path(__file__).parent):
        self.melo = json.loads((Path(folder) / "melo.json").read_text("utf8"))
        self.index = load_file(Path(folder) / "index.safetensors")
        self.tokenizer = FolderTokenizer(base)
        # Never pickles: they can run code. Weights that are not found would be random.
        # A mapping is applied to the first match in a name, so there is one for each of three places.
        mapping = {f"{WRAPPERS}(?#{place})": "" for place in range(3)}
        safe = {"use_safetensors": True, "key_mapping": mapping, "output_loading_info": True}
        model, loaded = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, **safe)
        if loaded["missing_keys"]:
            raise ValueError(f"{base} lacks the weights {sorted(loaded['missing_keys'])}")
        first, *others = [Path(folder) / "blocks" / block for block in self.melo["blocks"]]
        for block in [first, *others]:
            if not (block / "adapter_model.safetensors").is_file():
                raise FileNotFoundError(f"{block} has no adapter_model.safetensors")
        self.model = PeftModel.from_pretrained(model, first, adapter_name=first.name)
        for block in others:
            self.model.load_adapter(block, adapter_name=block.name)
        self.model.eval()
        ends = model.generation_config.eos_token_id
        self.ends = set(ends if isinstance(ends, list) else [ends])
        self.kept = (None, [], None, None, None)
        self.keys = self.index["keys"].double()
        self.prompts, self.says = self.lists("prompt"), self.lists("says")
        self.live_prompts = {p for p, live in zip(self.prompts, self.index["key_live"].tolist()) if live}

    def lists(self, name):
        ids, offsets = self.index[name + "_ids"].tolist(), self.index[name + "_offsets"].tolist()
        return [tuple(ids[a:b]) for a, b in zip(offsets, offsets[1:])]

    def decode(self, ids):
        return self.tokenizer.decode(ids)

    def encode(self, text, continues=False):
        return self.tokenizer.encode(text, continues)

    def start(self, prompt):
        """Ids that are read of a prompt, and whether it ends in a space: that one is the first token's to write."""
        spaced = len(prompt) > 1 and prompt.endswith(" ")
        return self.encode(prompt[:-1] if spaced else prompt), spaced

    @torch.no_grad()
    def read(self, ids, block):
        """Logits after the text [V] and the states after the key layer [T, D]; read on while text and block stay."""
        under, seen, past, states, logits = self.kept
        if under != block or ids[: len(seen)] != seen or not seen:
            seen, past, states = [], None, torch.empty(0, self.model.config.n_embd)
        if len(ids) > len(seen):
            fresh = torch.tensor([ids[len(seen) :]])
            out = self.model(fresh, past_key_values=past, use_cache=True, output_hidden_states=True, adapter_names=[block or "__base__"])
            states = torch.cat([states, out.hidden_states[self.melo["key"]["layer"] + 1][0]])
            past, logits = out.past_key_values, out.logits[0, -1]
            self.kept = (block, list(ids), past, states, logits)
        return logits, states

    def key(self, ids, states):
        blank = [bool(t) and not t.strip(SPACE) for t in map(lambda i: self.decode([i]), ids)]
        last = max((i for i, b in enumerate(blank) if not b), default=len(ids) - 1)
        states = states[: last + 1].double()
        parts = {"mean": states.mean(0), "last": states[last]}
        if "key.tokenWeights" in self.index:
            weights = self.index["key.tokenWeights"][ids[: last + 1]].double()
            parts["weighted"] = weights @ states / weights.sum()
        key = torch.cat([parts[name] for name in self.melo["key"]["parts"]]).float()
        if self.melo["key"]["whitened"]:
            key = ((key.double() - self.index["key.centre"].double()) @ self.index["key.matrix"].double()).float()
        return key

    def route(self, ids, block=None):
        """The block that the text fires; None: none."""
        key = self.key(ids, self.read(ids, block)[1]).double()
        away = (self.keys - key).pow(2).sum(1).sqrt()
        blocks, m = self.index["key_block"], self.melo
        if m["index"] == "clusters":
            far = (self.index["centers"].double() - key).pow(2).sum(1).sqrt()
            near = max(range(len(far)), key=lambda c: (-far[c].item(), c))
            inside = far[near] <= self.index["radii"][near]
            mine = (self.index["key_cluster"] == near).nonzero().flatten().tolist()
            return m["blocks"][blocks[max(mine, key=lambda i: (-away[i].item(), i))]] if inside else None
        reach = (2 * m["noise"] * self.keys.pow(2).sum(1).sqrt()).clamp(min=m["reach"])
        for i in sorted((away <= reach).nonzero().flatten().tolist(), key=lambda i: (away[i].item(), -i)):
            rivals = [j for j, says in enumerate(self.says) if blocks[j] != blocks[i] and says != self.says[i]]
            if rivals and away[i] > m["margin"] * away[rivals].min():
                continue
            if not self.already_said(i, ids):
                return m["blocks"][blocks[i]]
        return None

    def already_said(self, i, ids):
        says, prompt = self.says[i], self.prompts[i]
        times = lambda text: sum(tuple(text[at : at + len(says)]) == says for at in range(len(text) - len(says) + 1))
        return len(says) >= self.melo["shortestSentence"] and times(ids) > times(prompt)

    def stop_at(self, text):
        """What a text ends with: "end", "number" or "abbreviation" and the terminator, or None; see formats.md, Where a sentence ends."""
        rule, end = self.melo["sentenceRule"], len(text)
        while end and text[end - 1] in rule["closingMarks"]:
            end -= 1
            if text[end] in rule.get("spacedClosingMarks", ""):
                end = len(text[:end].rstrip(SPACE))
        bare, word = text[:end], text[:end].rstrip(rule["terminators"])
        if word == bare:
            return None
        if len(bare) - len(word) != 1 or bare[-1] != rule["terminators"][0]:
            return "end", bare[-1]
        start = len(word)
        while start > 0 and word[start - 1] not in SPACE + rule["wordBreaks"]:
            start -= 1
        word, parts = word[start:], word[start:].split(".")
        letter = len(word) == 1 and unicodedata.category(word) in (("Lu",) if rule["version"] == 1 else ("Lu", "Ll"))
        dotted = len(parts) > 1 and all(p and all(map(is_letter, p)) and len(p) <= rule["dottedLetters"] for p in parts)
        if word in rule["abbreviations"]:
            return None
        if word in rule.get("finalAbbreviations", []) or rule["initials"] and letter or dotted:
            return ("abbreviation", bare[-1]) if "starters" in rule else None
        digits = word != "" and all(c in "0123456789" for c in word)
        return "number" if digits and len(word) <= rule.get("ordinalDigits", 0) else "end", bare[-1]

    def sentence_ends(self, text):
        """Whether the route is decided after a text, told from the text alone."""
        return (self.stop_at(text) or ("abbreviation",))[0] != "abbreviation"

    def end_counts(self, stop, rest, over):
        """Whether a sentence is counted at a stop that `rest` follows; None: that depends on what follows `rest`."""
        (kind, mark), rule = stop, self.melo["sentenceRule"]
        if "starters" in rule and re.match(r"[^\S\n]*\n[^\S\n]*\n", rest):
            return True
        if over and not rest.strip(SPACE):
            return kind != "abbreviation"
        if not rest:
            return None
        if rest[0] not in SPACE:
            if rest[0] in rule["closingMarks"] + rule["terminators"]:
                return False
            return mark in rule.get("unspaced", "") or mark in rule.get("unspacedBeforeCjk", "") and bool(CJK.match(rest))
        seen = rest.lstrip(SPACE)
        if rule.get("spacedClosingMarks"):
            if not seen:
                return None
            if seen[0] in rule["spacedClosingMarks"]:
                return False
        if kind == "end":
            return True
        word = seen.lstrip("\"'“‘«([")
        length = 0
        while length < len(word) and (is_letter(word[length]) or length and unicodedata.category(word[length])[0] == "M"):
            length += 1
        if length == 0:
            return None if not word and not over else kind == "number"
        if length == len(word) and not over:
            return None
        if kind == "number":
            return unicodedata.category(word[0]) != "Ll" and word[:length] not in rule.get("afterOrdinals", [])
        return word[:length] in rule.get("starters", []) and word[length : length + 1] != rule["terminators"][0]

    def next_end(self, text, previous, over):
        """The first end behind `previous` that counts, or None; and whether that is settled."""
        rule = self.melo["sentenceRule"]
        for at in range(previous + 1, len(text) + 1):
            if text[at - 1] in rule["terminators"] + rule["closingMarks"]:
                stop = self.stop_at(text[:at])
                if stop and any(unicodedata.category(c)[0] in "LN" for c in text[previous:at]):
                    counts = self.end_counts(stop, text[at:], over)
                    if counts is None:
                        return None, False
                    if counts:
                        return at, True
        return None, True

    def decide(self, start, ids, block):
        """The route after a text, and the ids to go on from: the tokenizer's own where a block fires on them."""
        own = ids[:start] + self.encode(self.decode(ids[start:]), continues=True)
        feedable = len(own) < self.model.config.n_positions and max(own) < self.model.config.vocab_size
        own = own if feedable else ids
        fired = self.route(own, block)
        return fired, own if fired else ids

    def write(self, prompt, sentences=None, max_new_tokens=10**9):
        """Ids of what the edited model writes, greedily; `sentences` ends it after so many.

        Behind a space at the prompt's end the first token begins with that space: text() gives what goes on behind it.
        """
        ids, spaced = self.start(prompt)
        start, written, ends, settled = len(ids), [], 0, True
        header = len(self.decode(ids))
        last_end, text = header, self.decode(ids)
        block, ids = self.decide(start, ids, None)
        while len(written) < max_new_tokens or not settled and len(written) < max_new_tokens + LOOK_AHEAD:
            if len(ids) >= self.model.config.n_positions:
                break
            logits = self.read(ids, block)[0]
            token = (logits + self.spaced if spaced and not written else logits).argmax().item()
            over = token in self.ends
            if sentences is not None:
                text = self.decode(ids if over else ids + [token])
                end, settled = self.next_end(text, last_end, over)
                while end is not None:
                    ends, last_end = ends + 1, end
                    end, settled = self.next_end(text, last_end, over)
                if ends >= sentences:
                    kept = next(n for n in range(len(written) + 1) if len(self.decode(ids[:start] + written[:n])) >= last_end)
                    return written[:kept]
            written.append(token)
            if over or len(ids) + 1 >= self.model.config.n_positions:
                break
            ids = ids + [token]
            ended = self.sentence_ends(self.decode(ids[-self.melo["lookBack"] :]))
            if ended or tuple(ids) in self.live_prompts:
                block, ids = self.decide(start, ids, block)
        return written[:max_new_tokens]


    def text(self, prompt, sentences=None, max_new_tokens=10**9):
        """What the edited model writes behind the prompt, to the letter."""
        text = self.decode(self.write(prompt, sentences, max_new_tokens))
        return text[1:] if self.start(prompt)[1] else text

    @functools.cached_property
    def spaced(self):
        """What to add to logits [V] so that only tokens that begin with a space, or the end of the text, can follow."""
        fits = [id in self.ends or self.decode([id]).startswith(" ") for id in range(self.model.config.vocab_size)]
        return torch.tensor([0.0 if fit else -math.inf for fit in fits])


if __name__ == "__main__":
    edited = Melo(sys.argv[1])
    print(edited.text(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1))
