"""PyTorch's side of the benchmark: the same work on the same files, at PyTorch's fastest setting on this machine.

`torch_peer.py MODEL.safetensors INPUTS.safetensors SUBJECT.json` reads one JSON request a line and answers with one
JSON line: `{"tune": WORK}` tries every setting and keeps the best one, `{"measure": WORK}` does the work once.
GPT-2 is written out with fused attention and a preallocated cache, which is faster than transformers' own.
A setting: how many threads, and whether matrices lie as in the file ([in, out]) or transposed.
"""
import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

TRIES = 3


class Gpt2:
    def __init__(self, weights, subject):
        self.stored = {k.removeprefix("transformer."): v.float() for k, v in weights.items()}
        self.transposed = {k: v.t().contiguous() for k, v in self.stored.items() if v.ndim == 2 and k.startswith("h.")}
        self.subject = subject
        self.layout = "stored"

    def linear(self, x, name):
        bias = self.stored[name + ".bias"]
        if self.layout == "transposed":
            return F.linear(x, self.transposed[name + ".weight"], bias)
        flat = x.reshape(-1, x.shape[-1])
        return torch.addmm(bias, flat, self.stored[name + ".weight"]).view(*x.shape[:-1], -1)

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.stored[name + ".weight"], self.stored[name + ".bias"], self.subject["epsilon"])

    def block(self, x, layer, lora=None, cache=None):
        B, T, D = x.shape
        H, h = self.subject["heads"], f"h.{layer}"
        qkv = self.linear(self.norm(x, h + ".ln_1"), h + ".attn.c_attn")
        q, k, v = (t.view(B, T, H, D // H).transpose(1, 2) for t in qkv.split(D, -1))
        if cache is not None:
            k, v = cache.extend(layer, k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=T > 1)
        x = x + self.linear(mixed.transpose(1, 2).reshape(B, T, D), h + ".attn.c_proj")
        m = self.norm(x, h + ".ln_2")
        fc = self.linear(m, h + ".mlp.c_fc")
        if lora is not None:
            fc = fc + (m @ lora[0]) @ lora[1]
        return x + self.linear(F.gelu(fc, approximate="tanh"), h + ".mlp.c_proj")

    def embed(self, ids, start=0):
        return self.stored["wte.weight"][ids] + self.stored["wpe.weight"][start : start + ids.shape[1]]

    def head(self, x):
        return F.linear(self.norm(x, "ln_f"), self.stored["wte.weight"])


class Cache:
    """Keys and values of a sequence that grows in place."""

    def __init__(self, subject, capacity):
        shape = (subject["layers"], 2, 1, subject["heads"], capacity, subject["width"] // subject["heads"])
        self.kept = torch.empty(shape)
        self.length = 0

    def extend(self, layer, k, v):
        end = self.length + k.shape[2]
        keys, values = self.kept[layer]
        keys[:, :, self.length : end] = k
        values[:, :, self.length : end] = v
        return keys[:, :, :end], values[:, :, :end]


class Peer:
    def __init__(self, model, inputs, subject):
        self.subject = subject
        self.gpt2 = Gpt2(load_file(model), subject)
        self.inputs = load_file(inputs)
        self.ids = self.inputs["ids"].long()[None]
        self.settings = {}

    @torch.inference_mode()
    def forward(self, work):
        x = self.gpt2.embed(self.ids)
        for layer in range(self.subject["layers"]):
            x = self.gpt2.block(x, layer)
        logits = self.gpt2.head(x[:, -1:] if work["rows"] == "last" else x)
        return lambda: logits[0, -1].tolist()

    def step(self, work):
        B, lora_layers, first = work["samples"], self.subject["loraLayers"], self.subject["keyLayer"] + 1
        samples = slice(0, B) if work["blocks"] == "perSample" else 0
        blocks = [[self.inputs[f"{part}.{i}"][samples].clone().requires_grad_() for part in "ab"] for i in range(len(lora_layers))]
        x = self.inputs["hidden"][:B]
        for layer in range(first, self.subject["layers"]):
            x = self.gpt2.block(x, layer, blocks[lora_layers.index(layer)] if layer in lora_layers else None)
        loss = F.cross_entropy(self.gpt2.head(x).flatten(0, 1), self.inputs["targets"][:B].long().flatten())
        torch.autograd.grad(loss, [part for block in blocks for part in block])
        return lambda: [loss.item()]

    @torch.inference_mode()
    def read(self, ids, cache):
        x = self.gpt2.embed(ids, cache.length)
        for layer in range(self.subject["layers"]):
            x = self.gpt2.block(x, layer, cache=cache)
        cache.length += ids.shape[1]
        return self.gpt2.head(x[:, -1:])[0, -1].argmax().item()

    def decode(self, work):
        cache = Cache(self.subject, self.subject["prompt"] + work["tokens"] + 1)
        following = self.read(self.ids[:, : self.subject["prompt"]], cache)
        written = []
        started = time.perf_counter()
        while len(written) < work["tokens"]:
            written.append(following)
            following = self.read(torch.tensor([[following]]), cache)
        return lambda: written, started

    @torch.inference_mode()
    def matmul(self, work):
        n = self.subject["matrix"]
        x, b = torch.ones(n, n), torch.full((n, n), 1 / n)
        started = time.perf_counter()
        for _ in range(self.subject["matmuls"]):
            x = x @ b
        return lambda: [], started

    def measure(self, work, with_values):
        started = time.perf_counter()
        done = getattr(self, work["kind"])(work)
        milliseconds = 1e3 * (time.perf_counter() - started)
        if isinstance(done, tuple):  # the clock of this work starts later
            done, later = done
            milliseconds -= 1e3 * (later - started)
        return {"milliseconds": milliseconds, "values": done() if with_values else []}

    def use(self, setting):
        threads, self.gpt2.layout = setting
        torch.set_num_threads(threads)

    def tune(self, work):
        times = {}
        for threads in thread_counts():
            for layout in ("stored", "transposed"):
                self.use((threads, layout))
                times[threads, layout] = min(self.measure(work, False)["milliseconds"] for _ in range(TRIES))
        best = min(times, key=times.get)
        self.settings[json.dumps(work)] = best
        return {"threads": best[0], "layout": best[1]}

    def answer(self, request):
        if "tune" in request:
            return self.tune(request["tune"])
        work = request["measure"]
        self.use(self.settings[json.dumps(work)])
        return self.measure(work, request["withValues"])


def thread_counts():
    cores = os.cpu_count() or 1
    return sorted({2**i for i in range(int(math.log2(cores)) + 1)} | {cores, max(1, cores // 2)})


if __name__ == "__main__":
    model, inputs, subject = sys.argv[1:4]
    peer = Peer(model, inputs, json.loads(subject))
    for line in sys.stdin:
        print(json.dumps(peer.answer(json.loads(line))), flush=True)
