#!/usr/bin/env bash
# In V8 (Node 20.20.2 and 24.21.0) /(?<![\s\S])/u, which can match at the beginning of a text alone, also matches inside a
# character beyond 16 bits that stands behind another one: replaceAll then cuts the second emoji in two. Translated regular
# expressions use this look-behind for \A and ^.
set -euo pipefail
cat <<'JS' | node --input-type=module -
const text = '\u{1F600}\u{1F600}b'
const places = [...text.matchAll(/(?<![\s\S])/gu)].map((match) => match.index)
const replaced = text.replaceAll(/(?<![\s\S])/gu, '_')
console.log(`Node ${process.version}, V8 ${process.versions.v8}: matches of (?<![\\s\\S]) in two emoji and a letter at ${places.join(' and ')}; replaced by _: ${JSON.stringify(replaced)}`)
if (places.join() !== '0,3' || replaced !== '_\u{1F600}\ud83d_\ude00b') {
  console.log('CHANGED: not what was seen when this was written.')
  process.exit(1)
}
JS
