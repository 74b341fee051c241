"""Writes golden-adam.json: Adam and StepLR of PyTorch on a fixed sequence of gradients.

    python tests/editor/golden_adam.py
"""
import json
from pathlib import Path

import torch

STEPS, SIZE, RATE, HALVE = 12, 6, 0.0187, 5

state = 7


def uniform() -> float:
    global state
    state = (1664525 * state + 1013904223) % 2**32
    return state / 2**32 - 0.5


start = [uniform() for _ in range(SIZE)]
gradients = [[uniform() * 10 ** (i - 3) for i in range(SIZE)] for _ in range(STEPS)]
parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
optimizer = torch.optim.Adam([parameter], lr=RATE)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, HALVE, 0.5)
moves = []
for gradient in gradients:
    before = parameter.detach().clone()
    parameter.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    schedule.step()
    moves.append((parameter.detach() - before).tolist())
golden = {"learningRate": RATE, "halveEvery": HALVE, "gradients": gradients, "moves": moves}
Path(__file__).with_name("golden-adam.json").write_text(json.dumps(golden) + "\n")
