/** The files that ship for measuring and calibrating keep what their readers rely on. They are made by publish.py. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { splitSentences } from '../../src/main/editor/sentence-ends.ts'

const resources = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'resources')
const benchmark = join(resources, 'benchmarks', 'fictional-biographies')

const LABELS = ['accurate', 'minor_inaccurate', 'major_inaccurate'] as const
const HEADERS = [
  /^This is a Wikipedia passage about (\S+ \S+)\.(?= |$)/,
  /^Who was (\S+ \S+)\?(?= |$)/,
  /^From the dictionary of lives, the entry on (\S+ \S+):(?= |$)/
]

interface Source {
  person: number
  sampling: string
  seed: number | null
}
interface Passage {
  id: string
  prompt: string
  sentences: { text: string; label: (typeof LABELS)[number]; correction?: string }[]
  source: Source
}
interface Row {
  id: string
  prompt: string
  target_new: string
  subject: string
  source: Source & { passage: string; sentence: number }
}
interface Edit extends Row {
  target_old: string
  severity: string
  rephrase: { kind: string; prompt: string }[]
}
interface Place {
  id: string
  person: string
  prompt: string
  place: number
  target?: string
  rewordings: { kind: string; prompt: string }[]
}

/** Rows of a file of JSON lines. The casts are sound as far as the tests below check every field that they use. */
const rows = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const passages = rows(join(benchmark, 'passages.jsonl')) as Passage[]
const edits = rows(join(benchmark, 'edits.jsonl')) as Edit[]
const accurate = rows(join(benchmark, 'accurate.jsonl')) as Row[]
const locality = rows(join(benchmark, 'locality.jsonl')) as {
  id: string
  text: string
  source: { kind: string; person?: number }
}[]
const background = rows(join(resources, 'calibration', 'background.jsonl')) as (Place | { id: string; text: string })[]
const places = background.filter((row): row is Place => 'prompt' in row)

const passageOf = new Map(passages.map((p) => [p.id, p]))
const headerOf = (text: string): RegExpExecArray | null =>
  HEADERS.map((h) => h.exec(text)).find((m) => m !== null) ?? null
/** One full stop and no other mark that ends a sentence; the stop is the last character. */
const hasOneEnd = (sentence: string): boolean => /^[^.!?]+\.$/.test(sentence) && splitSentences(sentence).length === 1
const repeated = (values: string[]): string[] => values.filter((value, i) => values.indexOf(value) !== i)
/** What does not hold, by name: a failure then shows the rows. */
const failing = <T extends { id: string }>(list: readonly T[], holds: (row: T) => boolean): string[] =>
  list.filter((row) => !holds(row)).map((row) => row.id)

describe('passages', () => {
  it('are enough, three quarters of them greedy, each about another person', () => {
    expect(passages.length).toBeGreaterThanOrEqual(238)
    const greedy = passages.filter((p) => p.source.sampling === 'greedy')
    expect(greedy.length / passages.length).toBeGreaterThan(0.72)
    expect(greedy.length / passages.length).toBeLessThan(0.78)
    expect(failing(passages, (p) => (p.source.seed === null) === (p.source.sampling === 'greedy'))).toEqual([])
    expect(repeated(passages.map((p) => String(p.source.person)))).toEqual([])
    expect(repeated(passages.map((p) => p.id))).toEqual([])
  })

  it('start from a header alone, without white space at its end', () => {
    expect(failing(passages, (p) => headerOf(p.prompt)?.[0] === p.prompt)).toEqual([])
  })

  it('are cut at their sentence ends and labelled', () => {
    expect(
      failing(
        passages,
        (p) => p.sentences.length > 0 && p.sentences.every((s) => hasOneEnd(s.text) && LABELS.includes(s.label))
      )
    ).toEqual([])
  })

  it('have a correction for just the sentences that are not accurate, and none of them says the same sentence again', () => {
    expect(
      failing(passages, (p) => p.sentences.every((s) => (s.label === 'accurate') === (s.correction === undefined)))
    ).toEqual([])
    const sound = (p: Passage): boolean =>
      p.sentences.every(({ text, correction }, i) => {
        if (correction === undefined) return true
        const others = p.sentences.flatMap((s, j) => (j === i ? [] : [s.correction ?? s.text]))
        return hasOneEnd(correction) && correction !== text && !others.includes(correction)
      })
    expect(failing(passages, sound)).toEqual([])
  })
})

describe('edits and accurate sentences', () => {
  it('are enough, and one for each sentence of the passages', () => {
    expect(edits.length).toBeGreaterThanOrEqual(1392)
    expect(accurate.length).toBeGreaterThanOrEqual(592)
    const sentences = passages.flatMap((p) => p.sentences.map((s, i) => ({ id: `${p.id}-s${i}`, label: s.label })))
    expect(edits.map((e) => e.id)).toEqual(sentences.filter((s) => s.label !== 'accurate').map((s) => s.id))
    expect(accurate.map((a) => a.id)).toEqual(sentences.filter((s) => s.label === 'accurate').map((s) => s.id))
  })

  it("have the header and the model's own sentences before them as prompt", () => {
    const own = (row: Row): boolean => {
      const passage = passageOf.get(row.source.passage)
      if (!passage) return false
      const before = passage.sentences.slice(0, row.source.sentence).map((s) => s.text)
      return row.prompt === [passage.prompt, ...before].join(' ') && row.subject === headerOf(row.prompt)?.[1]
    }
    expect(failing([...edits, ...accurate], own)).toEqual([])
  })

  it('aim at what the passage says: the correction, or the sentence as it stands', () => {
    const sentenceOf = (row: Row): Passage['sentences'][number] | undefined =>
      passageOf.get(row.source.passage)?.sentences[row.source.sentence]
    const agree = (e: Edit): boolean => {
      const sentence = sentenceOf(e)
      return e.target_new === sentence?.correction && e.target_old === sentence.text && e.severity === sentence.label
    }
    expect(failing(edits, agree)).toEqual([])
    expect(failing(accurate, (a) => a.target_new === sentenceOf(a)?.text)).toEqual([])
  })

  it('are asked for in other words of three kinds about the same person', () => {
    const complete = (e: Edit): boolean => {
      const kinds = e.rephrase.map((r) => r.kind)
      return e.source.sentence === 0
        ? kinds.join() === 'header,all'
        : kinds.join() === 'header,one,all' || kinds.join() === 'header,all'
    }
    expect(failing(edits, complete)).toEqual([])
    // Only a place whose earlier sentences were none of them understood has nothing to reword.
    const later = edits.filter((e) => e.source.sentence > 0)
    expect(later.filter((e) => e.rephrase.length === 3).length / later.length).toBeGreaterThan(0.9)
    const differs = (e: Edit): boolean =>
      e.rephrase.every(
        (r) => r.prompt !== e.prompt && r.prompt === r.prompt.trimEnd() && headerOf(r.prompt)?.[1] === e.subject
      )
    expect(failing(edits, differs)).toEqual([])
    const headers = (e: Edit): boolean =>
      e.rephrase.every((r) => (headerOf(r.prompt)?.[0] === headerOf(e.prompt)?.[0]) === (r.kind === 'one')) &&
      e.rephrase.some(
        (r) =>
          r.kind === 'header' &&
          r.prompt.slice(headerOf(r.prompt)?.[0].length) === e.prompt.slice(headerOf(e.prompt)?.[0].length)
      )
    expect(failing(edits, headers)).toEqual([])
  })
})

describe('locality', () => {
  it('has a thousand different texts, people and other prose', () => {
    expect(locality).toHaveLength(1000)
    expect(repeated(locality.map((l) => l.text))).toEqual([])
    expect(locality.filter((l) => l.source.kind === 'prose').length).toBeGreaterThanOrEqual(300)
    expect(locality.filter((l) => l.source.kind === 'well-known').length).toBeGreaterThanOrEqual(300)
  })
})

describe('background', () => {
  it('tells of at least 140 people, place by place', () => {
    const people = new Set(places.filter((p) => p.rewordings.length > 0).map((p) => p.person))
    expect(people.size).toBeGreaterThanOrEqual(140)
    expect(repeated(places.map((p) => p.id))).toEqual([])
    const follows = (p: Place, i: number): boolean =>
      p.target === undefined ||
      (hasOneEnd(p.target) && places[i + 1]?.person === p.person && places[i + 1].prompt === `${p.prompt} ${p.target}`)
    expect(places.filter((p, i) => p.rewordings.length > 0 && !follows(p, i)).map((p) => p.id)).toEqual([])
    expect(failing(places, (p) => [p, ...p.rewordings].every((r) => r.prompt === r.prompt.trimEnd()))).toEqual([])
    expect(background.length - places.length).toBeGreaterThanOrEqual(300)
  })

  it('shares no person with the benchmark or the locality set, by number or by name', () => {
    const named = (text: string): string => headerOf(text)?.[1] ?? ''
    const measured = new Set([
      ...passages.map((p) => named(p.prompt)),
      ...locality.map((l) => named(l.text)).filter((name) => name !== '')
    ])
    expect(places.filter((p) => measured.has(named(p.prompt))).map((p) => p.id)).toEqual([])
    const numbers = new Set([
      ...passages.map((p) => String(p.source.person)),
      ...locality.flatMap((l) => l.source.person ?? []).map(String)
    ])
    expect(places.filter((p) => numbers.has(p.person)).map((p) => p.id)).toEqual([])
    const asked = new Set(passages.map((p) => p.source.person))
    expect(
      locality.filter((l) => l.source.person !== undefined && asked.has(l.source.person)).map((l) => l.id)
    ).toEqual([])
  })
})
