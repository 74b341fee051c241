/** The state of the review as a function of its records, in their order. No input, no output, no clock. */
import { ErratumError } from '../../../contract/errors.ts'
import type { Passage, Sentence, TrainingResult } from '../../../contract/types.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import type { ReviewRecord } from './records.ts'

interface KeptPassage extends Omit<Passage, 'waiting'> {
  /** what was approved when it was last trained; null if never, or if that training was undone */
  trainedAs: readonly (string | null)[] | null
}

type RecordOf<T extends ReviewRecord['type']> = Extract<ReviewRecord, { type: T }>

/** The sentence as the person wants it: the accepted correction, or the text marked accurate; else null. */
export function approvedText(sentence: Sentence): string | null {
  if (sentence.accepted && sentence.correction !== null) return sentence.correction.trim()
  return sentence.mark === 'accurate' ? sentence.text : null
}

export class ReviewState {
  readonly #passages = new Map<string, KeptPassage>()
  readonly #results: TrainingResult[] = []

  passages(): Passage[] {
    return [...this.#passages.values()].map(published)
  }

  passage(id: string): Passage {
    return published(this.#kept(id))
  }

  results(): TrainingResult[] {
    return structuredClone(this.#results)
  }

  /** Blocks that were trained for reviewed passages and are still in force, the last first. */
  liveBlocks(): string[] {
    return this.#results.flatMap((r) => r.blocks.filter((block) => !r.undoneBlocks.includes(block))).reverse()
  }

  /**
   * Takes a record in.
   * @returns ids of the passages that it changed
   * @throws ErratumError NotFound where it speaks of a passage or a sentence that is not there; nothing has changed then
   */
  apply(record: ReviewRecord): string[] {
    switch (record.type) {
      case 'begun':
        return this.#begin(record)
      case 'written':
        return this.#write(record)
      case 'mark': {
        const sentence = this.#sentence(record.passageId, record.sentence)
        sentence.mark = record.mark
        if (record.mark === 'accurate') sentence.accepted = false
        return [record.passageId]
      }
      case 'correction': {
        const sentence = this.#sentence(record.passageId, record.sentence)
        const isEmpty = record.text.trim() === ''
        sentence.correction = isEmpty ? null : record.text
        sentence.accepted = record.accepted && !isEmpty
        if (sentence.accepted && sentence.mark === 'accurate') sentence.mark = null
        return [record.passageId]
      }
      case 'rewritten':
        return this.#rewrite(record)
      case 'trained':
        return this.#train(record)
      case 'undone':
        return this.#undo(record)
    }
  }

  /** The text as far as it is written; kept in the journal only once it is whole. */
  stream(id: string, text: string): Passage {
    const passage = this.#kept(id)
    passage.state = 'writing'
    passage.text = text
    return published(passage)
  }

  #begin({ passages }: RecordOf<'begun'>): string[] {
    for (const begun of passages)
      this.#passages.set(begun.id, {
        ...begun,
        state: 'queued',
        text: '',
        sentences: [],
        rewriting: null,
        trainedAs: null
      })
    return passages.map((p) => p.id)
  }

  #write(record: RecordOf<'written'>): string[] {
    const passage = this.#kept(record.passageId)
    passage.state = record.state
    passage.text = record.text
    passage.sentences = record.sentences.map((s) => ({
      ...s,
      mark: null,
      correction: null,
      accepted: false,
      outcome: null
    }))
    return [record.passageId]
  }

  #rewrite(record: RecordOf<'rewritten'>): string[] {
    const passage = this.#kept(record.passageId)
    const approved = passage.sentences.map(approvedText)
    const text = record.text.trim()
    passage.rewriting = {
      text,
      sentences: splitSentences(text).map((s) => s.text),
      asApproved: approved.length > 0 && approved.every((t) => t !== null) ? text === approved.join(' ') : null,
      at: record.at
    }
    return [record.passageId]
  }

  #train(record: RecordOf<'trained'>): string[] {
    for (const { passageId, sentence } of record.outcomes) this.#sentence(passageId, sentence)
    for (const { passageId } of record.approved) this.#kept(passageId)
    for (const { passageId, sentence, outcome } of record.outcomes)
      this.#sentence(passageId, sentence).outcome = outcome
    for (const { passageId, texts } of record.approved) this.#kept(passageId).trainedAs = texts
    this.#results.push(structuredClone(record.result))
    return record.approved.map((a) => a.passageId)
  }

  #undo({ block }: RecordOf<'undone'>): string[] {
    const changed: string[] = []
    for (const result of this.#results) if (result.blocks.includes(block)) result.undoneBlocks.push(block)
    for (const passage of this.#passages.values()) {
      const fromBlock = passage.sentences.filter((s) => s.outcome?.route?.block === block)
      if (fromBlock.length === 0) continue
      for (const sentence of fromBlock) sentence.outcome!.undone = true
      passage.trainedAs = null
      changed.push(passage.id)
    }
    return changed
  }

  #kept(id: string): KeptPassage {
    const passage = this.#passages.get(id)
    if (!passage) throw new ErratumError('NotFound', `There is no passage ${id} in this session.`)
    return passage
  }

  #sentence(passageId: string, index: number): Sentence {
    const sentence = this.#kept(passageId).sentences[index]
    if (!sentence) throw new ErratumError('NotFound', `Passage ${passageId} has no sentence ${index + 1}.`)
    return sentence
  }
}

function published({ trainedAs, ...passage }: KeptPassage): Passage {
  const approved = passage.sentences.map(approvedText)
  const isTrained = trainedAs !== null && approved.every((text, i) => text === trainedAs[i])
  // Greedy text that was marked accurate is what the model writes anyway; sampled text has to be trained to stay.
  const hasSomethingToTrain = passage.sentences.some(
    (s) => s.accepted || (s.mark === 'accurate' && passage.sampling.temperature > 0)
  )
  return structuredClone({ ...passage, waiting: hasSomethingToTrain && !isTrained })
}
