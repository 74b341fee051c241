/** Passages of a file for the review: what the file is, its content tells; rows that cannot be read are named. */
import { randomUUID } from 'node:crypto'
import { ErratumError } from '../../../contract/errors.ts'
import type { Mark } from '../../../contract/types.ts'
import { detectFile } from '../../formats/file-kind.ts'
import { readFormattedPassages } from '../../formats/passages.ts'
import { isTable } from '../../formats/table.ts'
import { plainPassages } from './plain-passages.ts'

export interface ImportedPassage {
  id: string
  name: string
  prompt: string
  /** what the file says is true of the subject */
  reference: string | null
  sentences: { text: string; mark: Mark | null; correction: string | null }[]
}

export interface GivenFile {
  fileName: string
  content: string
  /** header with `{name}`: names are read from headers that are like it */
  template: string
}

/**
 * @param onlyGood leave out what cannot be read
 * @throws ErratumError `BadFile` of the first row that cannot be read, with `bad` (all of them) and `good` (how many can)
 */
export function passagesOfFile({ fileName, content, template }: GivenFile, onlyGood: boolean): ImportedPassage[] {
  const errors: ErratumError[] = []
  const onBad = (error: ErratumError): number => errors.push(error)
  const isRecords = /^\uFEFF?\s*[[{]/.test(content) || isTable(fileName, content)
  if (isRecords) refuseEdits(fileName, content)
  const passages = isRecords
    ? recordedPassages(fileName, content, template, onBad)
    : plain(fileName, content, template, onBad)
  if (errors.length > 0 && !(onlyGood && passages.length > 0)) throw refusal(errors, passages.length)
  if (passages.length === 0)
    throw new ErratumError('BadFile', `There is no passage in ${fileName}.`, {
      file: fileName,
      cure: 'Choose another file.'
    })
  return passages
}

/** @throws ErratumError `BadFile` where it holds edits, or nothing that is known; rows that are broken come later */
function refuseEdits(file: string, text: string): void {
  const found = detectFile(file, { text })
  if (found?.kind === 'edits')
    throw new ErratumError(
      'BadFile',
      `${file} holds edits (${found.format}: ${found.why}), and a review is made of passages.`,
      {
        file,
        cure: 'Train them: choose Train edits from a file.'
      }
    )
}

type OnBad = (error: ErratumError) => void

function recordedPassages(file: string, text: string, template: string, onBad: OnBad): ImportedPassage[] {
  return readFormattedPassages(file, { text, onBad }).map(({ row: { prompt, sentences, extra } }) => ({
    id: newId(),
    name: nameOf(prompt, template),
    prompt,
    reference: typeof extra['wiki_bio_text'] === 'string' ? extra['wiki_bio_text'] : null,
    sentences: sentences.map(({ text, label, correction }) => ({
      text,
      mark: label ?? null,
      correction: correction ?? null
    }))
  }))
}

function plain(file: string, text: string, template: string, onBad: OnBad): ImportedPassage[] {
  return plainPassages(file, text, onBad).map(({ prompt, sentences }) => ({
    id: newId(),
    name: nameOf(prompt, template),
    prompt,
    reference: null,
    sentences: sentences.map((sentence) => ({ text: sentence, mark: null, correction: null }))
  }))
}

const newId = (): string => randomUUID().slice(0, 8)

/** The longest name that a header gives when nothing in it is known as one. */
const LONGEST = 60

function nameOf(prompt: string, template: string): string {
  for (const header of [
    template,
    'This is a Wikipedia passage about {name}.',
    'This is a Wikipedia passage about {name}:'
  ]) {
    const [before, after] = header.trim().split('{name}')
    const name = prompt.slice(before.length, prompt.length - (after?.length ?? 0)).trim()
    if (after !== undefined && prompt === `${before}${name}${after}` && name !== '') return name
  }
  return prompt.length > LONGEST ? `${prompt.slice(0, LONGEST - 1)}…` : prompt
}

function refusal([first, ...others]: readonly ErratumError[], good: number): ErratumError {
  const more = others.length === 0 ? '' : ` ${others.length} more cannot be read either.`
  const bad = [first, ...others].map(({ message, details }) => ({ message, line: details.line, field: details.field }))
  return new ErratumError(first.code, first.message + more, { ...first.details, bad, good })
}
