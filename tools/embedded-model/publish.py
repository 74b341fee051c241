"""From a finished training run to what ships: the model with its card, the benchmark, the calibration background.

    python publish.py RUN_FOLDER [--resources DIR] [--threads 2]

Ends with exit code 1 where a requirement of the model card is not met; the files are written all the same.
"""
import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import benchmark
import calibration
from card import write_card
from evaluate import evaluate

NAME = "fictional-biographies"
LARGEST_BYTES = 40_000_000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--resources", type=Path, default=Path(__file__).resolve().parents[2] / "resources")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    started = time.time()
    model = args.resources / "models" / NAME
    model.mkdir(parents=True, exist_ok=True)

    figures = evaluate(args.run, args.threads)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        shutil.copyfile(args.run / name, model / name)
        (model / name).chmod(0o644)
    (model / "evaluation.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    write_card(model)
    print(f"{time.time() - started:.0f} s: evaluated", flush=True)
    print(f"{time.time() - started:.0f} s: calibration", json.dumps(calibration.build(args.run, args.resources / "calibration" / "background.jsonl", args.threads)), flush=True)
    print(f"{time.time() - started:.0f} s: benchmark", json.dumps(benchmark.build(args.run, args.resources / "benchmarks" / NAME, args.threads)), flush=True)

    size = sum(file.stat().st_size for file in model.iterdir())
    if size > LARGEST_BYTES:
        raise SystemExit(f"{model} has {size} bytes; at most {LARGEST_BYTES} are allowed")
    for row in figures["requirements"]:
        print("met    " if row["met"] else "NOT MET", f"{row['name']}: {row['value']:.4f}, due {row['due']}")
    sys.exit(0 if all(row["met"] for row in figures["requirements"]) else 1)


if __name__ == "__main__":
    main()
