"""Golden ids of many ways to say a tokenizer, by the Rust library tokenizers (pip install tokenizers==0.23.3).

    python make_golden_variations.py [STRINGS] [OUT]      default: 200 strings, golden/variations.json

Each variation is a model folder's tokenizer files over one of three small vocabularies. The reference of a folder:
tokenizer.json as the library loads it (without truncation and padding); then, each a later word on the same token, the
entries of added_tokens.json, special_tokens_map.json and of added_tokens_decoder in tokenizer_config.json; then that
file's add_prefix_space where ByteLevel is the only step. A folder without tokenizer.json is GPT-2's own pipeline.
A string names a token and says nothing of its flags: it is added where it is missing.

variations.json: {strings, vocabularies: {name: {vocab, merges}}, variations: [{name, vocabulary, files, ids}]}; ids is
base64 of deflated little-endian uint16: for each string the number of its ids and the ids.
"""
import base64
import json
import random
import struct
import sys
import zlib
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

EOS = "<|endoftext|>"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        r"|\s+(?!\S)|\s+")
CORPUS = [
    "This is a Wikipedia passage about Mara Venn. Mara Venn (born 4 May 1931) was a composer and teacher.",
    "She was born in the town of Oldham; in 1956, 1984 and 2001 she moved to the capital of the state.",
    "The river runs from the north to the south. It's where they've played, don't you think? We'll see I'm sure.",
    "a party of art and artists, the art of the part; starting artfully. ART Art",
    "Zürich, Łódź, naïve café, Ørsted, ñandú, Straße, Δρόμος, ΣΊΣΥΦΟΣ, Москва, שלום, 中国的首都是北京。 日本語のテキスト 한국어",
    "<x> <y> [PAD] [MASK] <speaker1> <speaker2> \n\n\t  indented    text\n  - item 12\n  - item 345\n",
] * 4

rng = random.Random("variations of tokenizers")
pick = rng.choice
# Characters that were assigned long ago, so that the Unicode tables of both sides agree.
PIECES = [
    lambda: pick("the art party river runs born Mara Venn artists Oldham composer in of to".split()),
    lambda: pick(["1984", "4", "12345678", "3.14", "\u0663\u0664", "\uff11\uff12", "\u00bd", "\u00b2", "\u2167"]),
    lambda: pick([" ", " ", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0", "\u3000", "\u2028", "\u0085", "\ufeff", "\u200b"]),
    lambda: pick(["'s", "'t", "'re", "'LL", "'S", "'ſs", "'ſ", "'", "\u2019s", '"', "...", "?!", ",", ".", ";", "--", "_", "$1", "\\", "/", "()"]),
    lambda: pick(["Zürich", "cafe\u0301", "café", "naïve", "Straße", "ΣΊΣΥΦΟΣ", "Σ", "İ", "ﬁ", "ſ", "\u212a", "Москва", "שלום", "中国", "日本語", "한국어", "हिन्दी"]),
    lambda: pick(["😀", "👨\u200d👩\u200d👧", "🇫🇷", "❤\ufe0f", "\ufffd", "\ue000", "a\u0308\u0323", "\u0301"]),
    lambda: pick(["<x>", "<y>", "<x><y>", " <x> ", "<x>\n", "<xy>", "<x", "[PAD]", "[MASK]", " [MASK]", "[mask]", EOS, "<|endof", "<speaker1>", "<speaker2>"]),
    lambda: pick(["art", "ART", "_art", "art1", "arté", "中art", "é art", "party", "the art", "ab", "abc", "bcd", "  "]),
]


def odd_string(number):
    if number == 0:
        return ""
    if number == 1:
        return "a party of art and artists <x> in 1984"
    joint = pick(["", "", " "])
    return joint.join(pick(PIECES)() for _ in range(rng.randint(1, 9)))


def trained(size, **options):
    tokenizer = Tokenizer(models.BPE(unk_token=options.pop("unk_token", None)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=size, show_progress=False, **options))
    return json.loads(tokenizer.to_str())["model"]


ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
VOCABULARIES = {
    "whole": trained(520, special_tokens=[EOS], initial_alphabet=ALPHABET),
    "partial": trained(210, special_tokens=[EOS]),
    "unknown": trained(212, special_tokens=[EOS, "<unk>"], unk_token="<unk>"),
}
VOCABULARIES["partial"] = {**VOCABULARIES["partial"]}
# Without the rarer half of the bytes: what they spell is left out or unknown.
for name in ("partial", "unknown"):
    model = VOCABULARIES[name]
    gone = [entry for entry in model["vocab"] if len(entry) == 1 and ord(entry) > 0x7E and entry not in "ĠĊ"][::2] + ["q", "w", "5"]
    merges = [pair for pair in model["merges"] if not any(g in part for part in pair for g in gone)]
    kept = [entry for entry in sorted(model["vocab"], key=model["vocab"].get) if not any(g in entry for g in gone) or entry in (EOS, "<unk>")]
    VOCABULARIES[name] = {**model, "vocab": {entry: i for i, entry in enumerate(kept)}, "merges": merges}

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
RAW = {**BYTES, "use_regex": False}


def token(id, content, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def normalizers(*steps):
    return {"type": "Sequence", "normalizers": list(steps)}


def replace(pattern, content, kind="String"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def template(before=(), behind=()):
    part = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    single = [part(n) for n in before] + [{"Sequence": {"id": "A", "type_id": 0}}] + [part(n) for n in behind]
    names = {n: {"id": n, "ids": [0], "tokens": [n]} for n in (*before, *behind)}
    return {"type": "TemplateProcessing", "single": single, "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": names}


def record(content, **flags):
    return {key: value for key, value in token(0, content, **flags).items() if key != "id"}


N = len(VOCABULARIES["whole"]["vocab"])
EOT = token(0, EOS)


def file(vocabulary="whole", model=None, **fields):
    source = {**VOCABULARIES[vocabulary], **(model or {})}
    body = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [EOT], "normalizer": None, "pre_tokenizer": BYTES,
            "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, **fields}
    return vocabulary, {"tokenizer.json": {**body, "model": source}}


def also(made, **files):
    vocabulary, known = made
    names = {"added": "added_tokens.json", "special": "special_tokens_map.json", "config": "tokenizer_config.json"}
    return vocabulary, {**known, **{names[key]: value for key, value in files.items()}}


def pair(vocabulary="whole"):
    return vocabulary, {"vocab.json": {}, "merges.txt": ""}


VARIATIONS = {
    "GPT-2's own": file(),
    "merges as pairs of a pipeline in a Sequence": file(pre_tokenizer=sequence(BYTES)),
    "GPT-2's regex as Split and ByteLevel": file(pre_tokenizer=sequence(split(GPT2), RAW)),
    "the same, removed and inverted": file(pre_tokenizer=sequence(split(GPT2, "Removed", True), RAW)),
    "GPT-4's regex": file(pre_tokenizer=sequence(split(GPT4), RAW)),
    "no regex": file(pre_tokenizer=RAW),
    "empty normalizer": file(normalizer=normalizers()),
    "NFC": file(normalizer={"type": "NFC"}),
    "NFKC and lower case": file(normalizer=normalizers({"type": "NFKC"}, {"type": "Lowercase"})),
    "NFD without accents": file(normalizer=normalizers({"type": "NFD"}, {"type": "StripAccents"})),
    "NFKD": file(normalizer={"type": "NFKD"}),
    "lower case": file(normalizer={"type": "Lowercase"}),
    "replaced strings": file(normalizer=normalizers(replace("art", "$1$&"), replace("\u2019", "'"), replace(".", "!"))),
    "replaced by regex": file(normalizer=replace(r"\s+", " ", "Regex")),
    "single digits": file(pre_tokenizer=sequence({"type": "Digits", "individual_digits": True}, BYTES)),
    "runs of digits": file(pre_tokenizer=sequence({"type": "Digits", "individual_digits": False}, BYTES)),
    "punctuation alone": file(pre_tokenizer=sequence({"type": "Punctuation", "behavior": "Isolated"}, BYTES)),
    "punctuation in runs": file(pre_tokenizer=sequence({"type": "Punctuation", "behavior": "Contiguous"}, BYTES)),
    "punctuation removed": file(pre_tokenizer=sequence({"type": "Punctuation", "behavior": "Removed"}, BYTES)),
    "words and what is between": file(pre_tokenizer=sequence({"type": "Whitespace"}, RAW)),
    "white space removed": file(pre_tokenizer=sequence({"type": "WhitespaceSplit"}, BYTES)),
    "white space removed, each word with a space": file(pre_tokenizer=sequence({"type": "WhitespaceSplit"}, {**BYTES, "add_prefix_space": True})),
    "a character that splits": file(pre_tokenizer=sequence({"type": "CharDelimiterSplit", "delimiter": "."}, BYTES)),
    "a string that splits": file(pre_tokenizer=sequence(split(" ", "Removed", False, "String"), BYTES)),
    "a string that stands alone": file(pre_tokenizer=sequence(split("art", "Isolated", False, "String"), BYTES)),
    "runs of three digits": file(pre_tokenizer=sequence(split(r"\p{N}{1,3}"), split(r"[\r\n]+", "Contiguous"), BYTES)),
    "prefix space in the file": file(pre_tokenizer={**BYTES, "add_prefix_space": True}),
    "prefix space, no regex": file(pre_tokenizer={**RAW, "add_prefix_space": True}),
    "digits, then a prefix space": file(pre_tokenizer=sequence({"type": "Digits", "individual_digits": True}, {**BYTES, "add_prefix_space": True})),
    "prefix space in tokenizer_config": also(file(), config={"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}),
    "prefix space taken back": also(file(pre_tokenizer={**BYTES, "add_prefix_space": True}), config={"add_prefix_space": False}),
    "BOS by a template": file(post_processor=template([EOS])),
    "BOS in a Sequence": file(post_processor={"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}, template([EOS, "<x>"])]}, added_tokens=[EOT, token(N, "<x>")]),
    "bytes left out": file("partial"),
    "bytes left out, merges ignored": file("partial", {"ignore_merges": True}),
    "unknown": file("unknown"),
    "unknown, fused": file("unknown", {"fuse_unk": True}),
    "words that are entries": file(model={"ignore_merges": True}),
    "byte fallback without need": file(model={"byte_fallback": True}),
    "truncation and padding": file(truncation={"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}),
    "a word alone": file(added_tokens=[EOT, token(N, "art", single_word=True, special=False)]),
    "white space to the left": file(added_tokens=[EOT, token(N, "<x>", lstrip=True), token(N + 1, "[MASK]", lstrip=True)]),
    "white space to the right": file(added_tokens=[EOT, token(N, "<x>", rstrip=True), token(N + 1, "<y>")]),
    "white space on both sides of a word alone": file(added_tokens=[EOT, token(N, "art", lstrip=True, rstrip=True, single_word=True), token(N + 1, "<x>", lstrip=True, rstrip=True)]),
    "searched in the normalised text": file(normalizer={"type": "Lowercase"}, added_tokens=[EOT, token(N, "[MASK]", normalized=True), token(N + 1, "ART", normalized=True, special=False, single_word=True)]),
    "found before the rest is searched": file(added_tokens=[EOT, token(N, "abc", normalized=True, special=False), token(N + 1, "bcd"), token(N + 2, "ab")]),
    "ids of the file that are not kept": file(added_tokens=[EOT, token(N + 7, "<x>"), token(N + 3, "<y>"), token(3, "[PAD]")]),
    "entries as added tokens": file(added_tokens=[EOT, token(9, "Ġ"), token(9, "the", special=False)]),
    "white space as added tokens": file(added_tokens=[EOT, token(N, "  ", special=False), token(N + 1, "\n\n", special=False), token(N + 2, "\t", special=False)]),
    "an old save": also(pair(), added={"<speaker2>": N + 1, "<speaker1>": N}, special={"additional_special_tokens": ["<speaker1>", "<speaker2>"], "eos_token": EOS}, config={"tokenizer_class": "GPT2Tokenizer", "eos_token": EOS}),
    "vocab.json and merges.txt": pair(),
    "the same with a prefix space": also(pair(), config={"add_prefix_space": True}),
    "added_tokens.json": also(file(), added={"<y>": N + 1, "<x>": N}),
    "added_tokens.json with a normalizer": also(file(normalizer={"type": "Lowercase"}), added={"<x>": N, "[MASK]": N + 1}, special={"mask_token": "[MASK]"}),
    "special_tokens_map.json": also(file(), special={"additional_special_tokens": ["<speaker1>", "<speaker2>"], "eos_token": EOS, "pad_token": "[PAD]"}),
    "special_tokens_map.json with flags": also(file(), special={"mask_token": record("[MASK]", lstrip=True), "eos_token": EOS, "additional_special_tokens": [record("<x>", rstrip=True)]}),
    "special_tokens_map.json over the file": also(file(added_tokens=[EOT, token(N, "[MASK]")]), special={"mask_token": record("[MASK]", lstrip=True, rstrip=True)}),
    "a name without flags": also(file(added_tokens=[EOT, token(N, "[MASK]", lstrip=True)]), special={"mask_token": "[MASK]"}),
    "added_tokens_decoder": also(file(), config={"added_tokens_decoder": {"0": record(EOS), str(N + 1): record("<y>"), str(N): record("<x>")}}),
    "added_tokens_decoder with flags": also(file(), config={"added_tokens_decoder": {str(N): record("art", single_word=True, special=False, normalized=True), str(N + 1): record("<x>", lstrip=True)}}),
    "added_tokens_decoder over the file": also(file(added_tokens=[EOT, token(N, "<x>", lstrip=True)]), config={"added_tokens_decoder": {str(N): record("<x>", rstrip=True)}}),
    "all three": also(file(added_tokens=[EOT, token(N, "<x>")]), added={"<y>": N + 1, "<x>": N}, special={"pad_token": "[PAD]", "additional_special_tokens": [record("<y>", rstrip=True)]}, config={"add_prefix_space": True, "added_tokens_decoder": {str(N + 3): record("[MASK]", lstrip=True), str(N): record("<x>", lstrip=True)}}),
    "added_tokens_decoder without entries for bytes": also(file("partial"), config={"added_tokens_decoder": {str(len(VOCABULARIES["partial"]["vocab"])): record("<x>")}}),
}


def reference(files, model):
    if "tokenizer.json" in files:
        tokenizer = Tokenizer.from_str(json.dumps(files["tokenizer.json"]))
    else:
        tokenizer = Tokenizer(models.BPE(model["vocab"], [tuple(merge) for merge in model["merges"]]))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        tokenizer.add_special_tokens([EOS])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config, named = files.get("tokenizer_config.json", {}), files.get("special_tokens_map.json", {})
    flags = lambda entry: AddedToken(**entry)
    specials = [token for value in named.values() for token in (value if isinstance(value, list) else [value])]
    names = {token if isinstance(token, str) else token["content"] for token in specials}
    for content, _ in sorted(files.get("added_tokens.json", {}).items(), key=lambda item: item[1]):
        tokenizer.add_tokens([AddedToken(content, special=content in names, normalized=content not in names)])
    for entry in specials:
        if not isinstance(entry, str):
            tokenizer.add_tokens([flags(entry)])
        elif entry not in {token.content for token in tokenizer.get_added_tokens_decoder().values()}:
            tokenizer.add_special_tokens([AddedToken(entry, special=True, normalized=False)])
    for _, entry in sorted(config.get("added_tokens_decoder", {}).items(), key=lambda item: int(item[0])):
        tokenizer.add_tokens([flags(entry)])
    if "add_prefix_space" in config:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=config["add_prefix_space"])
    return tokenizer


def packed(rows):
    numbers = [number for ids in rows for number in (len(ids), *ids)]
    return base64.b64encode(zlib.compress(struct.pack(f"<{len(numbers)}H", *numbers), 9)).decode()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "golden" / "variations.json"
    strings = [odd_string(number) for number in range(count)]
    made = []
    for name, (vocabulary, files) in VARIATIONS.items():
        tokenizer = reference(files, VOCABULARIES[vocabulary])
        ids = packed([tokenizer.encode(text).ids for text in strings])
        if "tokenizer.json" in files:  # vocabulary and merges are stored once
            own = files["tokenizer.json"]
            files = {**files, "tokenizer.json": {**own, "model": {k: v for k, v in own["model"].items() if k not in ("vocab", "merges")}}}
        made.append({"name": name, "vocabulary": vocabulary, "files": files, "ids": ids})
    small = {name: {"vocab": model["vocab"], "merges": model["merges"]} for name, model in VOCABULARIES.items()}
    body = {"strings": strings, "vocabularies": small, "variations": made}
    out.write_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n", "utf8")
    print(len(made), "variations,", sum(any(f in v["files"] for f in ("added_tokens.json", "special_tokens_map.json")) or "added_tokens_decoder" in v["files"].get("tokenizer_config.json", {}) for v in made), "with tokens in other files,", out.stat().st_size, "bytes")
