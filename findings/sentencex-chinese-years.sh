#!/usr/bin/env bash
# sentencex 1.0.17 (Wikimedia's sentence segmenter) does not cut Chinese or Japanese text before a sentence that begins
# with a digit, as every other sentence of a biography does ("...。2007年..."). English and Hindi are cut there, and so is
# the same Chinese text before a word. ICU (Intl.Segmenter in Node) is the other way round: it cuts the Chinese and the
# Japanese text there, and not the English one.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund sentencex@1.0.17 >/dev/null
cat >check.mjs <<'JS'
import { segment } from 'sentencex'
const icu = (language, text) => [...new Intl.Segmenter(language, { granularity: 'sentence' }).segment(text)].length
const cases = [
  ['zh', '她是老师。2007年她退休。', 1],
  ['zh', '她是老师。后来她退休。', 2],
  ['ja', '彼女は先生です。2007年に引退しました。', 1],
  ['ja', '彼女は先生です。その後、引退しました。', 2],
  ['en', 'She was a teacher. 2007 was her last year.', 2],
  ['hi', 'वह शिक्षक थी। 2007 में वह चली गई।', 2]
]
let changed = false
for (const [language, text, seen] of cases) {
  const pieces = segment(language, text).length
  console.log(`sentencex 1.0.17, ${language}: ${pieces} of 2 sentences (ICU: ${icu(language, text)})  ${text}`)
  changed ||= pieces !== seen
}
if (changed) console.log('CHANGED: not what was seen when this was written.')
process.exit(changed ? 1 : 0)
JS
node check.mjs
