/**
 * `erratum study key`: what a key is made of, on the background that ships. Half of the people fit the whitening, a
 * quarter choose reach and margin for a wanted rate of false fire, and the last quarter, who took no part in either,
 * are shown. Trains nothing.
 */
import { ErratumError } from '../../../contract/errors.ts'
import { backgroundMeetings, dealtOut } from '../../editor/background.ts'
import type { Background, PlaceStates } from '../../editor/background.ts'
import { choosePair, ratesOf } from '../../editor/key-meetings.ts'
import type { FireRates } from '../../editor/key-meetings.ts'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import { readBackground } from '../calibrations.ts'
import { versions } from '../evaluation/about.ts'
import { openModel } from '../model-library.ts'
import { fitKey, keyVariants, oracleVariants } from './key-variants.ts'
import type { KeyVariant } from './key-variants.ts'
import { LayerStates } from './layer-states.ts'
import type { StatesOfPlaces } from './layer-states.ts'
import type { Series } from './line-chart.ts'
import type { Page } from './study-page.ts'
import { backgroundNames } from './subject-states.ts'
import { runSweep } from './sweep.ts'
import type { Point, SweepHooks, SweepResult } from './sweep.ts'

export interface KeyStudyOptions extends SweepHooks {
  model: string
  out: string
  /** instead of the background that ships */
  background?: string
  /** of the background that are read, if not all */
  people?: number
  executor?: ExecutorName
  onStep?: (step: string) => void
}

export interface KeyTrial {
  readonly variant: KeyVariant
  /** numbers in a key */
  readonly length: number
  /** one for each wanted rate; null: no pair meets it */
  readonly rates: readonly { wanted: number; rates: FireRates | null }[]
}

/** Wanted false fire on other people; at unedited places of the same passages five times as much, as calibrating wants. */
const WANTED = [0.002, 0.005, 0.01, 0.02, 0.05]
const SAME_PASSAGES = 5
const SHOWN = 0.01

export async function studyKey(options: KeyStudyOptions): Promise<SweepResult<KeyTrial>> {
  const background = readBackground(options.people ?? Infinity, options.background)
  const { model, executor } = await openModel(options.model, options.executor)
  const { points: own, config, sha256 } = model
  await model.release()
  const names = backgroundNames(background)
  const variants = [
    ...keyVariants(own.keyLayer, Math.max(...own.loraLayers) - 1),
    ...(names.size > 0 ? oracleVariants(own.keyLayer) : [])
  ]
  const states = new LayerStates(options, background, own.loraLayers, names)
  return runSweep(
    options.out,
    {
      name: 'key',
      identity: {
        erratum: versions().erratum,
        model: { given: options.model, sha256 },
        background: background.hash,
        executor: executor ?? null,
        keyLayer: own.keyLayer,
        wanted: WANTED
      },
      points: variants.map((v) => v.id),
      measure: async (id) => {
        const variant = variants.find((v) => v.id === id)!
        options.onStep?.(id)
        return trial(variant, background, await states.of(variant, own.keyLayer), config.width)
      },
      page
    },
    options
  )
}

function trial(variant: KeyVariant, { places }: Background, states: StatesOfPlaces, width: number): KeyTrial {
  const people = dealtOut(places)
  const fitted = states.filter(
    (s, i): s is PlaceStates<Float32Array> =>
      people.fitting.has(places[i].person) && [s.original, ...s.rewordings].every((x) => x !== null)
  )
  if (fitted.length === 0) throw new ErratumError('BadInput', 'The background has no place to fit a key on.')
  const map = fitKey(variant, fitted, width)
  const keyOf = (joined: Float32Array | null): Float32Array | null => joined && map(joined)
  const chosenOn = backgroundMeetings(places, states, people.choosing, keyOf)
  const shownOn = backgroundMeetings(places, states, people.showing, keyOf)
  return {
    variant,
    length: chosenOn.stored[0].key.length,
    rates: WANTED.map((wanted) => {
      const pair = choosePair(chosenOn, { otherPeople: wanted, samePassages: SAME_PASSAGES * wanted })
      return { wanted, rates: pair && ratesOf(shownOn, pair) }
    })
  }
}

function page(points: readonly Point<KeyTrial>[]): Page {
  const kinds = [...new Set(points.flatMap((p) => p.result.rates.flatMap((r) => Object.keys(r.rates?.own ?? {}))))]
  const chosen = (t: KeyTrial): FireRates | null => t.rates.find((r) => r.wanted === SHOWN)?.rates ?? null
  const series = (kind: string): Series[] =>
    points.slice(0, CURVES).map(({ result }) => ({
      name: result.variant.id,
      points: result.rates.map(({ wanted, rates }) => ({ x: wanted, y: rates?.own[kind]?.share ?? null }))
    }))
  return {
    title: 'What the key is made of',
    intro: `Share of reworded prompts that fire their own block, and false fire, of people who chose neither whitening nor reach and margin; these were chosen for at most ${SHOWN} false fire on other people and ${SHOWN * SAME_PASSAGES} at unedited places of the same passages. The first row is what calibrating uses; an oracle knows where the subject is named last, which nobody marks in real use.`,
    table: {
      columns: ['key', 'parts (layer)', 'whitening', 'metric', 'numbers', ...kinds.map((k) => `own block: ${k}`), 'false fire: other people', 'false fire: same passages'],
      rows: points.map(({ result: t }) => {
        const rates = chosen(t)
        return [
          t.variant.id,
          t.variant.parts?.map((p) => `${p.part} (${p.layer})`).join(', ') ?? 'c_fc at the end of prompt and target',
          t.variant.fit,
          t.variant.metric,
          t.length,
          ...kinds.map((kind) => rates?.own[kind]?.share ?? null),
          rates?.otherPeople.share ?? null,
          rates?.samePassages.share ?? null
        ]
      })
    },
    charts: kinds.map((kind) => ({
      title: `own block: ${kind}`,
      x: { label: 'wanted false fire on other people', scale: 'log' },
      y: { label: 'share', from: 0, to: 1 },
      series: series(kind)
    }))
  } // prettier-ignore
}

/** The first rows are drawn as curves; more would hide one another. */
const CURVES = 9
