/**
 * Trains one block on a batch of edits with Adam.
 *
 * The bottom is frozen, so the samples' hidden states at the split are computed once and not at each iteration.
 */
import { createHash } from 'node:crypto'
import { ErratumError } from '../../contract/errors.ts'
import { randomFrom } from '../engine/generation/random.ts'
import { blockSizes } from '../engine/models/language-model.ts'
import type { BlockWeights, LanguageModel, TrainSample } from '../engine/models/language-model.ts'
import type { EditSample } from './edit-sample.ts'
import type { EditSettings } from './edit-settings.ts'

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
/** How often the targets are looked at once the loss is low enough. */
const CHECK_EVERY = 5

export interface TrainedBlock {
  readonly weights: BlockWeights
  readonly iterations: number
  readonly loss: number
  /** whether the check was satisfied at the end (null: it was never asked) */
  readonly exact: boolean | null
}

/** Target tokens of a sample as rows of the hidden states: the row before a token gives its logits. */
export function trainSample(sample: EditSample, hidden: Float32Array): TrainSample {
  const start = sample.promptIds.length
  return { hidden, targets: sample.targetIds.map((id, i) => ({ row: start + i - 1, id })) }
}

/** A ~ U(-1/sqrt(p), 1/sqrt(p)), B = 0. The seed comes from the edits' content, not from their place in a session. */
export function freshBlock(
  model: LanguageModel,
  rank: number,
  samples: readonly EditSample[],
  seed: number
): BlockWeights {
  const hash = createHash('sha256').update(String(seed))
  for (const s of samples) hash.update(`\0${s.prompt}\0${s.target}`)
  const random = randomFrom(hash.digest().readUInt32LE(0))
  const sizes = blockSizes(model.config, model.points, rank)
  const bound = 1 / Math.sqrt(rank)
  return {
    rank,
    a: model.points.loraLayers.map(() => Float32Array.from({ length: sizes.a }, () => (2 * random() - 1) * bound)),
    b: model.points.loraLayers.map(() => new Float32Array(sizes.b))
  }
}

/** First and second moments of Adam (Kingma & Ba 2015, Algorithm 1), without weight decay. */
class Adam {
  private readonly first: Float32Array[]
  private readonly second: Float32Array[]
  private steps = 0

  constructor(parameters: readonly Float32Array[]) {
    this.first = parameters.map((p) => new Float32Array(p.length))
    this.second = parameters.map((p) => new Float32Array(p.length))
  }

  step(parameters: readonly Float32Array[], gradients: readonly Float32Array[], learningRate: number): void {
    this.steps++
    const unbias1 = 1 - BETA1 ** this.steps
    const unbias2 = Math.sqrt(1 - BETA2 ** this.steps)
    const rate = (learningRate * unbias2) / unbias1
    parameters.forEach((p, k) => {
      const [m, v, g] = [this.first[k], this.second[k], gradients[k]]
      for (let i = 0; i < p.length; i++) {
        m[i] = BETA1 * m[i] + (1 - BETA1) * g[i]
        v[i] = BETA2 * v[i] + (1 - BETA2) * g[i] * g[i]
        p[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + EPSILON * unbias2)
      }
    })
  }
}

export interface TrainHooks {
  signal?: AbortSignal
  onIteration?: (iteration: number, of: number, loss: number) => void
  /** Whether every target is written exactly under the route it gets, with this block as it stands. */
  exact?: (block: BlockWeights) => Promise<boolean>
}

export async function trainBlock(
  model: LanguageModel,
  samples: readonly EditSample[],
  hidden: readonly Float32Array[],
  settings: EditSettings,
  hooks: TrainHooks = {}
): Promise<TrainedBlock> {
  const block = freshBlock(model, settings.rank, samples, settings.seed)
  const parameters = [...block.a, ...block.b]
  const adam = new Adam(parameters)
  const trainer = await model.trainer(
    samples.map((s, i) => trainSample(s, hidden[i])),
    settings.rank
  )
  const longest = settings.iterations + (hooks.exact ? settings.extraIterations : 0)
  let iteration = 0
  let loss = Infinity
  let exact: boolean | null = null
  try {
    while (iteration < longest) {
      if (hooks.signal?.aborted) throw new ErratumError('Cancelled', 'Training was cancelled; nothing was changed.')
      const step = await trainer.step(block)
      loss = step.loss
      if (!Number.isFinite(loss))
        throw new ErratumError('Internal', `The loss of the batch is not a number after ${iteration} iterations.`, {
          cure: 'Lower the learning rate.'
        })
      const early = settings.enoughLoss > 0 && loss < settings.enoughLoss && iteration % CHECK_EVERY === 0
      const due = iteration >= settings.iterations && (iteration - settings.iterations) % (2 * CHECK_EVERY) === 0
      if (hooks.exact && (early || due)) {
        exact = await hooks.exact(block)
        if (exact) break
      }
      // Extra iterations go on at the rate that the schedule ended with.
      const halvings = Math.floor(Math.min(iteration, settings.iterations - 1) / settings.halveEvery)
      adam.step(parameters, [...step.gradient.a, ...step.gradient.b], settings.learningRate * 0.5 ** halvings)
      iteration++
      hooks.onIteration?.(iteration, longest, loss)
    }
    if (hooks.exact && exact !== true) exact = await hooks.exact(block)
  } finally {
    trainer.release()
  }
  return { weights: block, iterations: iteration, loss, exact }
}
