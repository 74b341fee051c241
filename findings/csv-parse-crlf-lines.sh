#!/bin/sh
# csv-parse 7.0.3 counts a CRLF inside a quoted cell as two lines, and `raw` leaves out the LF of a CRLF at a row's end.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund csv-parse@7.0.3 >/dev/null
cat >seen.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
const { version } = JSON.parse(readFileSync('node_modules/csv-parse/package.json', 'utf8'))
const lines = (text) => parse(text, { info: true }).map(({ info }) => info.lines)
const withLf = 'a,b\n"x\ny",1\nz,2\n' // rows end on lines 1, 3 and 4
const seen = {
  lf: lines(withLf),
  crlf: lines(withLf.replaceAll('\n', '\r\n')),
  cr: lines(withLf.replaceAll('\n', '\r')),
  raw: parse('a,b\r\nz,2\r\n', { raw: true }).map(({ raw }) => raw)
}
console.log(`csv-parse ${version}`)
console.log(`lines at which the rows of one table end: LF ${seen.lf}; CR ${seen.cr}; CRLF ${seen.crlf}`)
console.log(`raw rows of a file with CRLF: ${JSON.stringify(seen.raw)}`)
const expected = { lf: [1, 3, 4], crlf: [1, 4, 5], cr: [1, 3, 4], raw: ['a,b\r', 'z,2\r'] }
if (JSON.stringify(seen) !== JSON.stringify(expected)) {
  console.log('This has changed.')
  process.exit(1)
}
JS
node seen.mjs
