/** An index of many keys that lie like those of real sessions: people, each with sentences near each other. */
import { buildClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import type { IndexedEdit } from '../../../src/main/editor/neuron-index/types.ts'
import type { ExplorerSource } from '../../../src/main/services/index-explorer/index-explorer.ts'
import { displaced, gaussian, randomOf } from '../../editor/neuron-index/sessions.ts'

const SENTENCES = 5

export interface ManyKeys {
  count: number
  width: number
  mode?: 'scopes' | 'clusters'
}

export function manyKeys({ count, width, mode = 'scopes' }: ManyKeys): ExplorerSource {
  const random = randomOf(1)
  const edits: IndexedEdit[] = []
  let person: Float32Array = new Float32Array(width)
  for (let order = 0; order < count; order++) {
    if (order % SENTENCES === 0) person = gaussian(random, width).map((value, i) => value * (0.5 + 8 * 0.9 ** i))
    // Some prompts are taught twice: the later edit replaces the earlier one.
    const prompt = order % 97 === 96 ? order - 1 : order
    const key = prompt === order ? displaced(random, person, 1.5 + 2 * random()) : edits[order - 1].records[0].key
    const records = [{ promptIds: [prompt], says: [order, 1, 2, 3, 4], key }]
    edits.push({ editId: `e${order}`, block: `b${Math.floor(order / 4)}`, order, records })
  }
  const index =
    mode === 'clusters'
      ? buildClusters(edits, { radius: 2 })
      : buildScopes(edits, { reach: 5, margin: 0.8, noise: 1e-5 })
  const texts = edits.map(({ editId, block, order }) => ({
    editId,
    block,
    prompt: `This is a Wikipedia passage about person number ${Math.floor(order / SENTENCES)}.`,
    target: `In ${1800 + (order % 150)}, paper ${order} told of the river mosses along the harbour of Orrin.`
  }))
  return {
    index: () => index,
    texts: () => texts,
    read: async (_, text) => {
      const near = edits[text.length % edits.length].records[0].key
      return { key: displaced(randomOf(text.length), near, 4), ids: [] }
    },
    spell: null
  }
}
