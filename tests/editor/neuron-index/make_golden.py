"""Makes golden/scopes.json and golden/clusters.json: random sessions and what the rules of both index modes say of
them, worked out here a second time, in numpy and without anything of the product. Run: python make_golden.py

Numbers are multiples of 1/64, so that float32 and JSON hold them exactly."""
import copy
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "golden"


def far(a, b):
    """Euclidean distance in float64."""
    return float(np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64)))


def quantised(x):
    return np.round(np.asarray(x) * 64) / 64


def draw_session(rng, width):
    """Edits as {editId, block, order, records: [{promptIds, says, key}]} whose prompts meet, restate and continue."""
    keys, edits = {}, []

    def key_of(ids):
        if ids not in keys:
            kind = rng.random()
            if kind < .4:
                keys[ids] = rng.integers(-3, 4, width).astype(float)
            elif kind < .8 or not keys:
                keys[ids] = quantised(rng.normal(size=width) * 2)
            else:
                near = list(keys.values())[rng.integers(len(keys))]
                keys[ids] = near + rng.integers(-2, 3, width) / 64
        return keys[ids]

    def tokens(most):
        return tuple(int(i) for i in rng.integers(0, 3, rng.integers(1, most + 1)))

    for block in range(rng.integers(2, 6)):
        for _ in range(rng.integers(1, 4)):
            text, records = tokens(2), []
            for _ in range(rng.integers(1, 4)):
                says = tokens(2)
                records.append({"promptIds": list(text), "says": list(says), "key": key_of(text).tolist()})
                text += says
            edits.append({"editId": f"e{len(edits)}", "block": f"b{block}", "order": len(edits), "records": records})
    return edits


def queries(rng, edits, width):
    keys = [np.array(r["key"]) for e in edits for r in e["records"]]
    at = [keys[rng.integers(len(keys))] for _ in range(4)]
    between = [(keys[rng.integers(len(keys))] + keys[rng.integers(len(keys))]) / 2 for _ in range(4)]
    return [q.tolist() for q in at + between + [quantised(rng.normal(size=width) * 3) for _ in range(4)]]


# The rules of `scopes`.

def flat_records(edits):
    return [dict(r, edit=n, number=k, block=e["block"]) for n, e in enumerate(edits) for k, r in enumerate(e["records"])]


def ref(edits, r):
    return {"editId": edits[r["edit"]]["editId"], "record": r["number"]}


def rivals(a, b):
    return a["block"] != b["block"] and a["says"] != b["says"]


def superseding(edits, r):
    """The latest edit after r's own that restates it or cuts off the way to it, and by which of the two; or None."""
    chain = edits[r["edit"]]["records"][:r["number"] + 1]
    for n in range(len(edits) - 1, r["edit"], -1):
        begin = edits[n]["records"][0]["promptIds"]
        end = begin + sum((x["says"] for x in edits[n]["records"]), [])
        if r["promptIds"][:len(end)] == end:
            continue
        inside = [x for x in chain
                  if len(begin) <= len(x["promptIds"]) < len(end) and x["promptIds"] == end[:len(x["promptIds"])]]
        if inside:
            agrees = [(x["promptIds"] + x["says"]) == end[:len(x["promptIds"]) + len(x["says"])] for x in inside]
            return ("retrained" if all(agrees) else "replaced"), {"editId": edits[n]["editId"], "record": 0}
    return None


def scopes(edits, settings):
    t, f = settings["margin"], settings["noise"]
    everything = flat_records(edits)
    state = {}
    for i, r in enumerate(everything):
        found = superseding(edits, r)
        state[i] = {"state": found[0], "by": found[1]} if found else {"state": "live"}
    standing = [i for i in state if state[i]["state"] == "live"]
    for i in standing:
        for j in reversed(standing):
            a, b = everything[i], everything[j]
            if j <= i or not rivals(a, b):
                continue
            largest = max(far(a["key"], 0), far(b["key"], 0))
            if far(a["key"], b["key"]) <= (1 + 1 / t) * f * largest:
                state[i] = {"state": "indistinguishable", "by": ref(edits, b)}
                break
    live = [everything[i] for i in state if state[i]["state"] == "live"]
    return [state[i] for i in range(len(everything))], live


def scopes_route(edits, live, settings, q):
    best, nearest = None, None
    for place, r in enumerate(live):
        d = far(q, r["key"])
        reach = max(settings["reach"], 2 * settings["noise"] * far(r["key"], 0))
        rival = min([far(q, o["key"]) for o in live if rivals(r, o)], default=None)
        told = {**ref(edits, r), "distance": d, "reach": reach, "rival": rival}
        if nearest is None or d <= nearest["distance"]:
            nearest = told
        if d <= reach and (rival is None or d <= settings["margin"] * rival):
            if best is None or d <= best["distance"]:
                best = {**told, "block": r["block"]}
    return best or {**nearest, "block": None}


# The rules of `clusters`.

def clusters(edits, e):
    """Clusters made by inserting one record after the other, and the state of each record at the end."""
    everything = flat_records(edits)
    label = ["".join(f"{i}," for r in x["records"] for i in r["says"]) for x in edits]
    made, dropped, out = [], {}, {}

    def drop(i, by):
        dropped[i] = by
        out.pop(i, None)

    for i, r in enumerate(everything):
        k = np.array(r["key"])
        for j in range(i):
            o = everything[j]
            if j not in dropped and o["promptIds"] == r["promptIds"] and label[o["edit"]] != label[r["edit"]]:
                drop(j, i)
                for c in made:
                    c["members"] = [m for m in c["members"] if m != j]
        made = [c for c in made if c["members"]]
        d, c = min(((far(k, c["centre"]), -n) for n, c in enumerate(made)), default=(np.inf, 0))
        c = made[-c] if made else None
        fresh = {"centre": k, "radius": e, "label": label[r["edit"]], "members": [i]}
        if c is None or d > c["radius"] + e:
            made.append(fresh)
        elif c["label"] == label[r["edit"]]:
            c["members"].append(i)
            c["centre"] = np.mean([everything[m]["key"] for m in c["members"]], axis=0).astype(np.float32).astype(float)
            c["radius"] = max(c["radius"], far(c["centre"], k))
        else:
            c["radius"] = min(c["radius"], d / 2)
            for m in c["members"]:
                if far(everything[m]["key"], c["centre"]) > c["radius"]:
                    drop(m, i)
            c["members"] = [m for m in c["members"] if m not in dropped]
            made.append({**fresh, "radius": min(e, d / 2)})
            made = [c for c in made if c["members"]]
        for j in range(i + 1):
            if j in dropped:
                continue
            answer = clusters_route(edits, everything, made, everything[j]["key"])
            good = answer["block"] == everything[j]["block"] or (
                answer["block"] is not None and answer["label"] == label[everything[j]["edit"]])
            if good:
                out.pop(j, None)
            else:
                out.setdefault(j, i)
    states = []
    for i in range(len(everything)):
        by = dropped.get(i, out.get(i))
        name = "forgotten" if i in dropped else "out-of-reach" if i in out else "live"
        states.append({"state": name} if by is None else
                      {"state": name, "by": None if by == i else ref(edits, everything[by])})
    return made, states, everything


def clusters_route(edits, everything, made, q):
    d, n = min((far(q, c["centre"]), -n) for n, c in enumerate(made))
    c = made[-n]
    member = everything[-min((far(q, everything[m]["key"]), -m) for m in c["members"])[1]]
    return {**ref(edits, member), "block": member["block"] if d <= c["radius"] else None, "distance": d,
            "reach": c["radius"], "label": c["label"]}


def main():
    rng = np.random.default_rng(3)
    scope_cases, cluster_cases = [], []
    for case in range(24):
        width = int(rng.integers(1, 7))
        edits = draw_session(rng, width)
        asked = queries(rng, edits, width)
        settings = {"reach": float(rng.choice([0, .5, 2, 20])), "margin": float(rng.choice([.5, .8, .95])),
                    "noise": float(rng.choice([1e-4, 1e-2, .02]))}
        states, live = scopes(edits, settings)
        scope_cases.append({"settings": settings, "edits": edits, "states": states,
                            "routes": [{"query": q, **scopes_route(edits, live, settings, q)} for q in asked]})
        radius = float(rng.choice([.25, 1, 2.5]))
        # Some targets must be equal, or no cluster ever expands.
        edits = copy.deepcopy(edits)
        for e in edits:
            if rng.random() < .5:
                e["records"] = [{**e["records"][0], "says": [int(rng.integers(0, 2))]}]
        made, states, everything = clusters(edits, radius)
        routes = [{"query": q, **clusters_route(edits, everything, made, q)} for q in asked]
        for r in routes:
            del r["label"]
        cluster_cases.append({
            "settings": {"radius": radius}, "edits": edits, "states": states, "routes": routes,
            "clusters": [{"centre": c["centre"].tolist(), "radius": c["radius"],
                          "members": [ref(edits, everything[m]) for m in c["members"]]} for c in made]})
    HERE.mkdir(exist_ok=True)
    for name, cases in (("scopes", scope_cases), ("clusters", cluster_cases)):
        (HERE / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
        print(name, sorted({s["state"] for c in cases for s in c["states"]}), [
            sum(s["state"] == n for c in cases for s in c["states"])
            for n in sorted({s["state"] for c in cases for s in c["states"]})],
            sum(r["block"] is not None for c in cases for r in c["routes"]), sum(len(c["routes"]) for c in cases))


if __name__ == "__main__":
    main()
