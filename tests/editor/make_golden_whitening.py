"""Discriminant directions by numpy, for whitening.test.ts: python make_golden_whitening.py > golden/whitening.json"""
import json

import numpy as np

WIDTH, PARTS, RIDGE = 3, 2, 0.1
rng = np.random.default_rng(5)


def case(states, rewordings):
    states, moves = (rng.normal(size=(n, PARTS * WIDTH)).astype(np.float32).round(3).astype(np.float64) for n in (states, rewordings))
    states[:, 1] += 2 * states[:, 4] + 7
    moves[:, 0] *= 3
    within = moves.T @ moves / len(moves)
    for part in range(PARTS):
        block = slice(part * WIDTH, (part + 1) * WIDTH)
        within[block, block] += RIDGE * np.trace(within[block, block]) / WIDTH * np.eye(WIDTH)
    centred = states - states.mean(0)
    values, directions = np.linalg.eig(np.linalg.solve(within, centred.T @ centred / len(states)))
    kept = [i for i in np.argsort(-values.real) if values[i].real > 1e-9]
    directions = directions.real[:, kept]
    directions /= np.sqrt(np.einsum("di,de,ei->i", directions, within, directions))
    keys = centred @ directions
    keys /= np.sqrt((keys ** 2).mean())
    distances = np.sqrt(((keys[:, None] - keys[None]) ** 2).sum(2))
    return {"states": states.tolist(), "rewordings": moves.tolist(), "length": len(kept), "distances": distances.tolist()}


print(json.dumps({"width": WIDTH, "cases": [case(12, 30), case(4, 30)]}))
