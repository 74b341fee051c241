/** The sets that an evaluation measures, as they were given: their rows, and what has to be told of them. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { z } from 'zod'
import type { SetAbout } from '../../../contract/evaluation.ts'
import type { ApprovedPassage } from '../../evaluation/approved-writing.ts'
import { badFile } from '../../formats/bad-file.ts'
import { readAccurateSet, readEdits } from '../../formats/edits.ts'
import { readLocalitySet } from '../../formats/locality-set.ts'
import { approvedText, readPassages } from '../../formats/passages.ts'
import type { PassageRow } from '../../formats/passages.ts'
import type { Rephrase } from '../../formats/edits.ts'
import { sha256 } from './about.ts'

/** An edit, or a sentence that was right. */
export interface Row {
  id: string
  prompt: string
  target: string
  /** of an edit of the session; absent: found from prompt and target */
  join?: string
  rephrase?: readonly Rephrase[]
}

export interface GivenSet<T> {
  readonly rows: readonly T[]
  readonly about: Pick<SetAbout, 'file' | 'sha256'>
}

export interface EvaluationSets {
  /** absent: the live edits of the state that is measured */
  readonly edits?: GivenSet<Row>
  readonly accurate?: GivenSet<Row>
  readonly locality?: GivenSet<string>
  readonly approved?: GivenSet<ApprovedPassage>
  /** people of whom nothing was edited */
  readonly others?: GivenSet<{ id: string; prompt: string }>
}

/** Paths of files. */
export interface SetFiles {
  edits?: string
  accurate?: string
  locality?: string
  passages?: string
  otherPassages?: string
}

/** @throws ErratumError `NotFound`, or `BadFile` with line, id and field */
export function readSets(files: SetFiles): EvaluationSets {
  return {
    ...(files.edits !== undefined && { edits: given(files.edits, readEdits(files.edits)) }),
    ...(files.accurate !== undefined && { accurate: given(files.accurate, readAccurateSet(files.accurate)) }),
    ...(files.locality !== undefined && {
      locality: given(
        files.locality,
        readLocalitySet(files.locality).map((row) => row.text)
      )
    }),
    ...(files.passages !== undefined && {
      approved: given(
        files.passages,
        readPassages(files.passages).map((row) => approvedPassage(row, headersOf(files.passages!, row)))
      )
    }),
    ...(files.otherPassages !== undefined && {
      others: given(
        files.otherPassages,
        readPassages(files.otherPassages).map(({ id, prompt }) => ({ id, prompt }))
      )
    })
  }
}

/** Rows that are in the session and in no file. */
export function fromSession<T>(rows: readonly T[]): GivenSet<T> {
  return { rows, about: { file: null, sha256: sha256(rows.map((row) => JSON.stringify(row)).join('\n')) } }
}

/** A passage as it is to stand: corrections in their place, and of what nobody approved the text as it was. */
export function approvedPassage(
  { id, prompt, sentences }: Pick<PassageRow, 'id' | 'prompt' | 'sentences'>,
  otherHeaders: readonly string[]
): ApprovedPassage {
  const standing = sentences.map((sentence) => {
    const approved = approvedText(sentence)
    return { text: (approved ?? sentence.text).trim(), approved: approved !== null }
  })
  return { id, prompt, sentences: standing, otherHeaders }
}

const rephraseSchema = z.array(z.union([z.string(), z.object({ prompt: z.string() })]))

/** The other headers that a passage of a file names under `rephrase`, as edits name their rewordings. */
function headersOf(file: string, { line, id, extra }: PassageRow): string[] {
  if (extra['rephrase'] === undefined) return []
  const headers = rephraseSchema.safeParse(extra['rephrase'])
  if (!headers.success)
    throw badFile(
      { file, line, id, field: 'rephrase' },
      'it is no list of texts',
      'Give other headers of the same passage, as ["Who was ...?"].'
    )
  return headers.data.map((header) => (typeof header === 'string' ? header : header.prompt))
}

const given = <T>(file: string, rows: readonly T[]): GivenSet<T> => ({
  rows,
  about: { file: basename(file), sha256: sha256(readFileSync(file)) }
})
