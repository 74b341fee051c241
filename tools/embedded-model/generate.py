"""Writes passages for many prompts at once with a model's Hugging Face folder: greedy or sampled, with a KV cache."""
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

POSITIONS = 512
TEMPERATURE = 0.9
COMPACT_SHARE = 0.75  # rows are dropped from the cache once fewer than this share of them still write


@dataclass(frozen=True)
class Request:
    prompt: str
    seed: int | None = None  # None: greedy; else sampled at TEMPERATURE, whatever the other rows of the batch are


@dataclass(frozen=True)
class Written:
    text: str   # the continuation alone, stripped
    stop: str   # eos | length
    tokens: int


class Writer:
    def __init__(self, folder, threads=1):
        torch.set_num_threads(threads)
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self.model = GPT2LMHeadModel.from_pretrained(folder).eval()
        self.eos = self.model.config.eos_token_id

    def count(self, text):
        return len(self.tokenizer.encode(text).ids)

    def write_all(self, requests, batch=64, progress=None):
        """-> one Written for each request, in their order"""
        written = []
        for i in range(0, len(requests), batch):
            written += self.write(requests[i:i + batch])
            if progress:
                progress(len(written), len(requests))
        return written

    @torch.inference_mode()
    def write(self, requests):
        """One batch. Prompts are padded on the left: a padded column is masked and takes no position, so each row sees
        what it would see alone. A row ends at eos or when prompt and continuation fill the context."""
        prompts = [self.tokenizer.encode(r.prompt).ids for r in requests]
        chance = [None if r.seed is None else random.Random(f"passage/{r.seed}") for r in requests]
        longest = max(map(len, prompts))
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)         # [B, T]
        mask = torch.zeros(len(prompts), longest, dtype=torch.long)        # [B, T]
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt):] = torch.tensor(prompt)
            mask[row, longest - len(prompt):] = 1
        positions = (mask.cumsum(1) - 1).clamp(min=0)                      # [B, T]
        new, stops, rows, cache = [[] for _ in prompts], ["length"] * len(prompts), list(range(len(prompts))), None
        writing = {row for row in rows if len(prompts[row]) < POSITIONS}
        while writing:
            out = self.model(ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1)
            logits, cache = out.logits[:, -1], out.past_key_values         # [B, V]
            tokens = logits.argmax(-1).tolist()
            for place, row in enumerate(rows):
                if row not in writing:
                    continue
                if chance[row]:
                    tokens[place] = _draw(logits[place], chance[row])
                if tokens[place] == self.eos:
                    stops[row] = "eos"
                    writing.discard(row)
                    continue
                new[row].append(tokens[place])
                if len(prompts[row]) + len(new[row]) >= POSITIONS:
                    writing.discard(row)
            kept = list(range(len(rows)))
            if writing and len(writing) < COMPACT_SHARE * len(rows):
                kept = [place for place, row in enumerate(rows) if row in writing]
                cache.batch_select_indices(torch.tensor(kept))
            rows = [rows[place] for place in kept]
            ids = torch.tensor([[tokens[place]] for place in kept])
            mask = torch.cat([mask[kept], torch.ones(len(kept), 1, dtype=torch.long)], 1)
            # A row that has ended goes on idle until it is dropped: its position must stay inside the context.
            positions = (positions[kept, -1:] + 1).clamp(max=POSITIONS - 1)
        return [Written(self.tokenizer.decode(ids).strip(), stop, len(ids)) for ids, stop in zip(new, stops)]


def _draw(logits, chance):
    """Inverse of the cumulative distribution at one random number: the same token for a seed in any batch."""
    share = torch.softmax(logits.double() / TEMPERATURE, -1).cumsum(-1)
    return min(int(torch.searchsorted(share, chance.random() * share[-1].item(), right=True)), len(share) - 1)
