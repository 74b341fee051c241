#!/bin/sh
# zod 4.6.7: z.record, z.looseObject and catchall leave out a member named __proto__ that JSON.parse gives, and report success.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zod@4.6.7 >/dev/null
cat >seen.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
const { version } = JSON.parse(readFileSync('node_modules/zod/package.json', 'utf8'))
const given = JSON.parse('{"__proto__": "kept?", "name": "kept"}')
const schemas = { record: z.record(z.string(), z.string()), looseObject: z.looseObject({}), catchall: z.object({}).catchall(z.string()) }
const seen = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => {
    const { success, data } = schema.safeParse(given)
    return [name, { success, names: Object.keys(data) }]
  })
)
console.log(`zod ${version}`)
console.log(`own members that were given: ${Object.keys(given)}`)
for (const [name, { success, names }] of Object.entries(seen)) console.log(`${name}: success ${success}, members ${names}`)
const expected = { success: true, names: ['name'] }
if (Object.values(seen).some((one) => JSON.stringify(one) !== JSON.stringify(expected))) {
  console.log('This has changed.')
  process.exit(1)
}
JS
node seen.mjs
