"""From a finished training run to what ships: the model with its card, the benchmark, the calibration and its background.

    python publish.py RUN_FOLDER [--resources DIR] [--threads 2]

The calibration is made by the command line of the checkout (`npm run build` first), for its own resources alone. Ends with exit code 1 where a requirement of the model card is not met; the files are written all the same.
"""
import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import benchmark
import calibration
from card import write_card
from evaluate import evaluate

NAME = "fictional-biographies"
LARGEST_BYTES = 40_000_000
CHECKOUT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--resources", type=Path, default=CHECKOUT / "resources")
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
    shutil.copyfile(args.run / "seen.json", Path(__file__).with_name("progress.json"))
    if args.resources == CHECKOUT / "resources":
        calibrated = args.resources / "calibration" / f"{NAME}.safetensors"
        subprocess.run(["node", str(CHECKOUT / "bin" / "erratum.mjs"), "calibrate", "--model", NAME, "--out", str(calibrated)], check=True)
        write_card(model, calibrated)
    print(f"{time.time() - started:.0f} s: benchmark", json.dumps(benchmark.build(args.run, args.resources / "benchmarks" / NAME, args.threads)), flush=True)

    size = sum(file.stat().st_size for file in model.iterdir())
    if size > LARGEST_BYTES:
        raise SystemExit(f"{model} has {size} bytes; at most {LARGEST_BYTES} are allowed")
    for row in figures["requirements"]:
        print("met    " if row["met"] else "NOT MET", f"{row['name']}: {row['value']:.4f}, due {row['due']}")
    sys.exit(0 if all(row["met"] for row in figures["requirements"]) else 1)


if __name__ == "__main__":
    main()
