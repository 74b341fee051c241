/** Routes and logits of a probe set under a session, as one digest: equal digests are equal to the last bit. */
import { createHash } from 'node:crypto'
import { readTexts } from '../../src/main/editor/read-text.ts'
import { rowsByBlock } from '../../src/main/editor/routed-score.ts'
import type { EditRequest, EditSession } from '../../src/main/services/edit-session.ts'
import { PROTOCOLS } from '../../src/main/services/session-indices.ts'

export interface Probed {
  /** blocks and edits that fire at each decision of each text, by protocol */
  readonly routes: unknown
  /** sha256 of all logits */
  readonly logits: string
}

/** Each text goes through the top by itself, so that every session is asked in the same shapes. */
export async function probe(session: EditSession, texts: readonly EditRequest[]): Promise<Probed> {
  const { model } = session
  const samples = texts.map((text) => session.sample(text))
  const hash = createHash('sha256')
  const routes: unknown[] = []
  for (const protocol of PROTOCOLS) {
    const rules = session.rules(protocol)
    for (const sample of samples) {
      const [text] = await readTexts(model, [sample], rules)
      routes.push(text.routes)
      for (const [block, rows] of rowsByBlock(text)) {
        const weights = block === null ? null : await rules.block(block)
        const [logits] = await model.top([{ hidden: text.hidden, block: weights, rows }])
        hash.update(new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength))
      }
    }
  }
  return { routes, logits: hash.digest('hex') }
}
