"""Principal components by numpy, for principal-plane.test.ts: python make_golden_plane.py > golden/plane.json"""
import json

import numpy as np

rng = np.random.default_rng(11)


def case(name, keys):
    keys = keys.astype(np.float32).round(3).astype(np.float32).astype(np.float64)
    centred = keys - keys.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(keys))
    values, axes = values[::-1], vectors.T[::-1][:2].copy()
    for i, axis in enumerate(axes):
        # The largest entry of an axis is positive; beyond the rank of the keys there is no axis.
        axes[i] = axis * np.sign(axis[np.argmax(np.abs(axis))]) if values[i] > 1e-9 * values[0] else 0
    shares = [float(v / values.sum()) if v > 1e-9 * values[0] else 0.0 for v in values[:2]]
    return {"name": name, "keys": keys.round(3).tolist(), "points": (centred @ axes.T).tolist(), "shares": shares}


def spread(n, width, decay):
    return rng.normal(size=(n, width)) * decay ** np.arange(width) @ np.linalg.qr(rng.normal(size=(width, width)))[0] + 5


line = np.outer(np.arange(9), [1.0, -2.0, 0.5])
print(json.dumps([
    case("few keys, wide", spread(12, 40, 0.8)),
    case("many keys, narrow", spread(60, 6, 0.7)),
    case("nearly alike in all directions", spread(50, 24, 0.985)),
    case("along one line", line),
]))
