/** Hidden states of the background's texts after any layer, for the rows of the key study. */
import type { Background, PlaceStates } from '../../editor/background.ts'
import { readStates } from '../../editor/background-states.ts'
import type { TextStates } from '../../editor/background-states.ts'
import type { KeyPart, KeySpec } from '../../editor/key.ts'
import { backgroundWeights } from '../../editor/token-weights.ts'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import type { LanguageModel } from '../../engine/models/language-model.ts'
import { openModel } from '../model-library.ts'
import type { KeyVariant, StudyPart } from './key-variants.ts'
import { subjectStates } from './subject-states.ts'

const PARTS: readonly KeyPart[] = ['mean', 'weighted', 'last']

/** What keys are made of, at each place and in each of its rewordings; null where a text has none. */
export type StatesOfPlaces = PlaceStates<Float32Array | null>[]

export interface LayerStatesOptions {
  model: string
  executor?: ExecutorName
  signal?: AbortSignal
  onStep?: (step: string) => void
}

/** States after each layer, read when a variant first asks for them. */
export class LayerStates {
  private readonly options: LayerStatesOptions
  private readonly background: Background
  private readonly loraLayers: readonly number[]
  private readonly names: ReadonlyMap<string, string>
  private readonly read = new Map<number, PlaceStates<TextStates>[]>()
  private readonly readSubject = new Map<number, StatesOfPlaces>()

  constructor(
    options: LayerStatesOptions,
    background: Background,
    loraLayers: readonly number[],
    names: ReadonlyMap<string, string>
  ) {
    this.options = options
    this.background = background
    this.loraLayers = loraLayers
    this.names = names
  }

  /** The variant's joined parts, or the paper's key; null where a text has no such key. */
  async of({ parts }: KeyVariant, keyLayer: number): Promise<StatesOfPlaces> {
    if (!parts) return eachText(await this.after(keyLayer), (s) => s.paper)
    const rows: StatesOfPlaces[] = []
    for (const { part, layer } of parts) rows.push(await this.part(part, layer))
    return this.background.places.map(({ rewordings }, i) => ({
      original: joined(rows.map((row) => row[i].original)),
      rewordings: rewordings.map((_, r) => joined(rows.map((row) => row[i].rewordings[r])))
    }))
  }

  private async part(part: StudyPart, layer: number): Promise<StatesOfPlaces> {
    if (part === 'subject') return this.subjectAfter(layer)
    const at = PARTS.indexOf(part)
    return eachText(await this.after(layer), ({ parts }) => {
      const width = parts.length / PARTS.length
      return parts.subarray(at * width, (at + 1) * width)
    })
  }

  private after(layer: number): Promise<PlaceStates<TextStates>[]> {
    return this.once(this.read, layer, (model) => {
      const tokenWeights = backgroundWeights(model, this.background)
      const spec: KeySpec = { layer, parts: PARTS, metric: 'euclidean', tokenWeights, whitening: null }
      return readStates(model, this.background, spec, {
        signal: this.options.signal,
        onProgress: (done, of) => this.options.onStep?.(`layer ${layer}: ${done} of ${of} texts`)
      })
    })
  }

  private subjectAfter(layer: number): Promise<StatesOfPlaces> {
    return this.once(this.readSubject, layer, (model) =>
      subjectStates(model, this.background, this.names, this.options.signal)
    )
  }

  private async once<S>(known: Map<number, S>, layer: number, read: (model: LanguageModel) => Promise<S>): Promise<S> {
    const found = known.get(layer)
    if (found) return found
    const loraLayers = this.loraLayers.filter((l) => l > layer)
    const { model } = await openModel(this.options.model, this.options.executor, { keyLayer: layer, loraLayers })
    try {
      const states = await read(model)
      known.set(layer, states)
      return states
    } finally {
      await model.release()
    }
  }
}

function eachText(
  places: readonly PlaceStates<TextStates>[],
  of: (s: TextStates) => Float32Array | null
): StatesOfPlaces {
  return places.map(({ original, rewordings }) => ({ original: of(original), rewordings: rewordings.map(of) }))
}

/** null where a part is missing */
function joined(parts: readonly (Float32Array | null)[]): Float32Array | null {
  const all = parts.flatMap((part) => (part ? [...part] : []))
  return parts.every((part) => part !== null) ? Float32Array.from(all) : null
}
