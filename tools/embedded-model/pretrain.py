"""Pretrains the embedded model: a GPT-2 of 6 layers and width 256 on the invented world.

    python pretrain.py OUT --tokens 24e6

Resumable (the same command goes on at the last checkpoint), seeded, CPU or CUDA. The learning rate is warmed up, held,
and falls linearly over the last share (--decay) of --tokens; a run may be resumed with another --tokens before the
fall has begun. Without a checkpoint it goes on from a published model, if OUT holds its files and `progress.json` as
`seen.json`. Dropout (of embeddings and residuals; attention without, which keeps its fast kernel) stays on to the end:
without it, blocks learn other text badly. On a CPU, half as fast again with MALLOC_TRIM_THRESHOLD_=8589934592
MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=268435456: the activations are then not given back to the system at each step.
"""
import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

from corpus import CYCLE, document
from tokenizer import EOS, VOCABULARY, build, with_dropout
from world import World

LAYERS, HEADS, WIDTH, POSITIONS = 6, 8, 256, 512
CHUNK = 240 * CYCLE          # documents that are encoded, sorted by length and shuffled together
BATCH_TOKENS = 2816
RANDOM_SHARE = 0.15          # of the sequences
SHORT_RANDOM_FROM = 8        # chunk from which random sequences are shorter: copying of tokens is learned by then
DROPOUT_SHARE, BPE_DROPOUT = 1 / 3, 0.2
PACKED_SHARE = 0.06          # of the documents: joined to full windows, so that late positions see text
SEED = 20261122


def random_sequence(rng, usual):
    """Uniform tokens; half of the sequences repeat a piece of themselves, which teaches copying of any token.
    usual: four of five sequences are shorter than this."""
    length = int(rng.integers(48, usual)) if rng.random() < 0.8 else int(rng.integers(320, POSITIONS + 1))
    ids = rng.integers(0, VOCABULARY, length)
    if rng.random() < 0.5:
        piece = int(rng.integers(4, 48))
        ids = np.concatenate([np.tile(ids[i:i + piece], 2) for i in range(0, length, piece)])[:length]
    return ids.astype(np.int32)


def chunk_batches(world, plain, dropped, chunk):
    """All batches of a chunk: lists of id arrays of similar length, at most BATCH_TOKENS tokens with padding."""
    rng = np.random.default_rng([SEED, chunk])
    random.seed(f"{SEED}/{chunk}")
    texts = [document(world, n)[1] + EOS for n in range(chunk * CHUNK, (chunk + 1) * CHUNK)]
    drop = rng.random(len(texts)) < DROPOUT_SHARE
    encoded = [np.array((dropped if d else plain).encode(t).ids, dtype=np.int32)[:POSITIONS] for t, d in zip(texts, drop)]
    pack = rng.random(len(texts)) < PACKED_SHARE
    sequences = [e for e, p in zip(encoded, pack) if not p]
    stream = np.concatenate([e for e, p in zip(encoded, pack) if p])
    sequences += [stream[i:i + POSITIONS] for i in range(0, len(stream) - POSITIONS, POSITIONS)]
    usual = 320 if chunk < SHORT_RANDOM_FROM else 128
    sequences += [random_sequence(rng, usual) for _ in range(round(len(sequences) * RANDOM_SHARE / (1 - RANDOM_SHARE)))]
    sequences.sort(key=lambda s: len(s) + rng.random())
    batches, batch = [], []
    for s in sequences:
        if batch and (len(batch) + 1) * len(s) > BATCH_TOKENS:
            batches.append(batch)
            batch = []
        batch.append(s)
    batches.append(batch)
    rng.shuffle(batches)
    return batches


def learning_rate(tokens, total, peak, decay):
    warm, fall = min(1.0, tokens / 400_000), min(1.0, max(0.0, (total - tokens) / (total * decay)))
    return peak * warm * max(fall, 0.02)


def as_tensors(batch, device):
    """-> ids, labels [B, T]; padding is no label."""
    longest = max(map(len, batch))
    ids = np.zeros((len(batch), longest), dtype=np.int64)
    labels = np.full((len(batch), longest), -100, dtype=np.int64)
    for row, s in enumerate(batch):
        ids[row, :len(s)] = s
        labels[row, :len(s)] = s
    return torch.from_numpy(ids).to(device), torch.from_numpy(labels).to(device)


def export(model, folder):
    """An ordinary Hugging Face folder: fp32 weights with the `transformer.` prefix, tied head left out."""
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_layer": LAYERS, "n_head": HEADS, "n_embd": WIDTH, "n_positions": POSITIONS,
              "n_ctx": POSITIONS, "vocab_size": VOCABULARY, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new",
              "bos_token_id": VOCABULARY - 1, "eos_token_id": VOCABULARY - 1, "tie_word_embeddings": True, "torch_dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tensors = {k: v.detach().float().cpu().contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight" and not k.endswith((".attn.bias", ".masked_bias"))}
    temporary = folder / "model.safetensors.part"
    save_file(tensors, str(temporary), metadata={"format": "pt"})
    temporary.rename(folder / "model.safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--tokens", type=float, default=24e6)
    parser.add_argument("--peak", type=float, default=1.5e-3)
    parser.add_argument("--decay", type=float, default=0.3)
    parser.add_argument("--every", type=int, default=200, help="steps between checkpoints")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    world = World()
    if not (args.out / "tokenizer.json").exists():
        build(world).save(str(args.out / "tokenizer.json"))
    plain, dropped = with_dropout(args.out / "tokenizer.json", None), with_dropout(args.out / "tokenizer.json", BPE_DROPOUT)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_positions=POSITIONS, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, resid_pdrop=0.1,
                                       embd_pdrop=0.1, attn_pdrop=0.0, bos_token_id=VOCABULARY - 1, eos_token_id=VOCABULARY - 1)).to(device)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plainly = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plainly, "weight_decay": 0.0}], lr=args.peak, betas=(0.9, 0.98), fused=True)
    state = {"chunk": 0, "batch": 0, "step": 0, "tokens": 0}
    seen = torch.zeros(VOCABULARY, dtype=torch.long)
    checkpoint = args.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        state, seen = saved["state"], saved["seen"]
    elif (args.out / "model.safetensors").exists() and (args.out / "seen.json").exists():
        # A checkpoint is three times as large as the model and is not kept; the moments of Adam start anew.
        model.load_state_dict(load_file(str(args.out / "model.safetensors")), strict=False)
        told = json.loads((args.out / "seen.json").read_text())
        state = {name: told[name] for name in state}
        seen.fill_(told["least_seen"])

    def save():
        part = checkpoint.with_suffix(".part")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "state": state, "seen": seen}, part)
        part.rename(checkpoint)
        export(model, args.out)
        (args.out / "seen.json").write_text(json.dumps({**state, "least_seen": int(seen.min()), "vocabulary": VOCABULARY}))

    model.train()
    log, started, first = (args.out / "log.jsonl").open("a"), time.time(), state["tokens"]
    average = None
    while state["tokens"] < args.tokens:
        batches = chunk_batches(world, plain, dropped, state["chunk"])
        while state["batch"] < len(batches) and state["tokens"] < args.tokens:
            ids, labels = as_tensors(batches[state["batch"]], device)
            torch.manual_seed(SEED + state["step"])
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(state["tokens"], args.tokens, args.peak, args.decay)
            with torch.autocast(device, dtype=torch.bfloat16):
                hidden = model.transformer(ids).last_hidden_state[:, :-1]
                target = labels[:, 1:]
                kept = target >= 0
                logits = model.lm_head(hidden[kept])
            loss = torch.nn.functional.cross_entropy(logits.float(), target[kept])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            seen += torch.bincount(ids[labels >= 0].cpu(), minlength=VOCABULARY)
            state["tokens"] += int((labels >= 0).sum())
            state["step"] += 1
            state["batch"] += 1
            average = loss.item() if average is None else 0.98 * average + 0.02 * loss.item()
            if not math.isfinite(average):
                raise SystemExit("the loss is not finite")
            if state["step"] % 20 == 0:
                rate = (state["tokens"] - first) / (time.time() - started)
                log.write(json.dumps({**state, "loss": round(average, 4), "rate": round(rate)}) + "\n")
                log.flush()
            if state["step"] % args.every == 0:
                save()
        if state["batch"] >= len(batches):
            state["chunk"] += 1
            state["batch"] = 0
    save()
    print("done", json.dumps(state))


if __name__ == "__main__":
    main()
