/** The read-me of a merged folder: what it is, and what merging cost. */

/** Perplexities of one set: token-weighted; null: not measured. */
export interface MergedFigures {
  n: number
  untouched: number | null
  /** under the routes that the texts get in Erratum */
  routed: number | null
  merged: number | null
}

export interface MergeResult {
  format: 'merged'
  out: string
  blocks: string[]
  /** ids of edits that were withdrawn in the session: their blocks were trained for them all the same */
  withdrawn: string[]
  base: { id: string; sha256: string }
  sha256: string
  warning: string
  perplexity: { edits: MergedFigures | null; accurate: MergedFigures | null; locality: MergedFigures | null }
  data: Record<string, { file: string; sha256: string } | null>
  erratum: string
}

const shown = (value: number | null | undefined): string =>
  value === null || value === undefined ? 'not measured' : value >= 100 ? value.toFixed(1) : value.toFixed(4)

export function mergedReadme({
  base,
  blocks,
  withdrawn,
  sha256,
  warning,
  perplexity,
  data,
  erratum
}: MergeResult): string {
  const row = (name: string, figures: MergedFigures | null): string =>
    `| ${name} | ${figures?.n ?? 'not measured'} | ${shown(figures?.untouched)} | ${shown(figures?.routed)} | ${shown(figures?.merged)} |`
  const source = (name: string): string => {
    const set = data[name]
    return set ? `${name}: \`${set.file}\` (sha256 \`${set.sha256}\`)` : `${name}: not given`
  }
  const still =
    withdrawn.length === 0
      ? ''
      : `\nWithdrawn in the session, and still in these weights, since a block cannot forget one of its edits: ${withdrawn.join(', ')}.\n`
  return `# ${base.id} with ${blocks.length === 1 ? 'one block' : `${blocks.length} blocks`} merged in

**${warning}** Keep the session, or the PEFT bundle of it, where locality matters.

A plain GPT-2 folder (fp32 safetensors), made by Erratum ${erratum} from \`${base.id}\` (sha256 \`${base.sha256}\`): for each
block, A B is added to the weight of \`mlp.c_fc\` in its layers. Weights here: sha256 \`${sha256}\`.

Perplexity, token-weighted; *routed*: in Erratum, where a block fires only at its own edits; *merged*: this folder.

| texts | n | untouched | routed | merged |
|---|---|---|---|---|
${row('edits', perplexity.edits)}
${row('accurate sentences', perplexity.accurate)}
${row('other texts (locality)', perplexity.locality)}

${source('accurate')}; ${source('locality')}.

Blocks: ${blocks.map((block) => `\`${block}\``).join(', ')}.
${still}`
}
