"""Ids of many folders by the bundle's read_tokenizer.py: python check_read_tokenizer.py WORK < strings.json > ids.json

WORK holds one folder a variation; written is a list by folder of {ids, more, text}: each string's ids, its ids where it goes on
from another text, and those decoded.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from read_tokenizer import FolderTokenizer

strings = json.load(sys.stdin)
answer = []
for folder in sorted(Path(sys.argv[2]).iterdir()):
    tokenizer = FolderTokenizer(folder)
    more = [tokenizer.encode(text, continues=True) for text in strings]
    answer.append({"ids": [tokenizer.encode(text) for text in strings], "more": more, "texts": [tokenizer.decode(ids) for ids in more]})
json.dump(answer, sys.stdout)
