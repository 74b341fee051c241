import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import type { Tensor } from '../../../src/main/engine/tensor.ts'
import { CheckedFiles } from '../../../src/main/engine/weights/checked-files.ts'
import { stampOf } from '../../../src/main/engine/weights/file-stamp.ts'
import { openModelFolder } from '../../../src/main/engine/weights/model-folder.ts'
import { readTensor, writeSafetensors } from '../../../src/main/engine/weights/safetensors.ts'
import { SMALL_VOCABULARY, tinyConfig, tinyWeights, writeTinyFolder } from './tiny-folder.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'erratum-model-'))
})
afterAll(() => {
  rmSync(root, { recursive: true })
})
const fresh = (): string => mkdtempSync(join(root, 'm-'))
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const prefixed = (weights: Record<string, Tensor>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`transformer.${name}`, tensor]))

describe('a model folder', () => {
  it('gives configuration, tokenizer, hash, number of parameters and the place of each weight', async () => {
    const path = writeTinyFolder(fresh())
    const model = await openModelFolder(path)
    expect(model.config).toEqual({
      layers: 2,
      heads: 3,
      width: 12,
      positions: 16,
      vocabulary: SMALL_VOCABULARY,
      layerNormEpsilon: 1e-5,
      eosIds: [500],
      closingId: 500
    })
    expect(model.sha256).toBe(sha256(readFileSync(join(path, 'model.safetensors'))))
    expect(model.tokenizer.vocabulary).toBe(SMALL_VOCABULARY)
    const weights = tinyWeights()
    expect(model.parameters).toBe(Object.values(weights).reduce((sum, { data }) => sum + data.length, 0))
    for (const [name, tensor] of Object.entries(weights)) expect(readTensor(model.tensor(name))).toEqual(tensor)
    expect(() => model.tensor('h.2.ln_1.bias')).toThrow(/no weight h\.2/)
  })

  it('takes the other prefix, a tied head stored along, and leaves the mask’s buffers out', async () => {
    const weights = tinyWeights()
    const mask: Tensor = { dtype: 'float32', shape: [1, 1, 16, 16], data: new Float32Array(256).fill(-Infinity) }
    // Only what is used must be finite: a mask of -Infinity is none of our business.
    const path = writeTinyFolder(fresh(), {
      weights: {
        ...prefixed(weights),
        'lm_head.weight': weights['wte.weight'],
        'transformer.h.0.attn.bias': mask,
        'transformer.h.1.attn.masked_bias': mask
      }
    })
    const model = await openModelFolder(path)
    expect(readTensor(model.tensor('h.1.mlp.c_proj.bias'))).toEqual(weights['h.1.mlp.c_proj.bias'])
    expect(() => model.tensor('h.0.attn.bias')).toThrow()
  })

  it.each([
    ['torch.compile', (name: string) => `_orig_mod.transformer.${name}`],
    ['DDP', (name: string) => `module.${name}`],
    ['both', (name: string) => `module._orig_mod.transformer.${name}`],
    ['FSDP', (name: string) => `_fsdp_wrapped_module.transformer.${name.replace('h.1.', 'h.1._fsdp_wrapped_module.')}`],
    ['compiled layers', (name: string) => name.replace('.mlp.', '._checkpoint_wrapped_module.mlp._orig_mod.')]
  ])('reads through what wrappers put into names: %s', async (_, wrapped) => {
    const weights = tinyWeights()
    const mask: Tensor = { dtype: 'float32', shape: [1, 1, 16, 16], data: new Float32Array(256).fill(-Infinity) }
    const named = Object.entries({ ...weights, 'h.0.attn.bias': mask }).map(([name, t]) => [wrapped(name), t] as const)
    const model = await openModelFolder(writeTinyFolder(fresh(), { weights: Object.fromEntries(named) }))
    for (const [name, tensor] of Object.entries(weights)) expect(readTensor(model.tensor(name))).toEqual(tensor)
  })

  it('takes a tied head that is stored in the place of its embedding', async () => {
    const { 'wte.weight': head, ...others } = tinyWeights()
    const model = await openModelFolder(
      writeTinyFolder(fresh(), { weights: prefixed({ ...others, 'lm_head.weight': head }) })
    )
    expect(readTensor(model.tensor('wte.weight'))).toEqual(head)
    expect(model.parameters).toBe(Object.values(tinyWeights()).reduce((sum, { data }) => sum + data.length, 0))
  })

  it('takes the other names that transformers maps, before its own', async () => {
    const names = {
      n_layer: undefined,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      n_embd: undefined,
      hidden_size: 12,
      n_positions: 99,
      max_position_embeddings: 16
    }
    const { config } = await openModelFolder(writeTinyFolder(fresh(), { config: tinyConfig(names) }))
    expect(config).toMatchObject({ layers: 2, heads: 2, width: 12, positions: 16 })
  })

  it.each(['gelu_new', 'gelu_pytorch_tanh', 'gelu_fast', 'gelu_accurate', 'gelu_python_tanh'])(
    'takes %s: one function by several names',
    async (name) => {
      const path = writeTinyFolder(fresh(), { config: tinyConfig({ activation_function: name }) })
      expect((await openModelFolder(path)).config.layers).toBe(2)
    }
  )

  it('takes shards by their index; the hash is that of their hashes by name', async () => {
    const path = writeTinyFolder(fresh())
    const entries = Object.entries(prefixed(tinyWeights()))
    const parts = {
      'model-00001-of-00002.safetensors': entries.slice(0, 9),
      'model-00002-of-00002.safetensors': entries.slice(9)
    }
    const weightMap: Record<string, string> = {}
    for (const [file, part] of Object.entries(parts)) {
      writeSafetensors(join(path, file), Object.fromEntries(part))
      for (const [name] of part) weightMap[name] = file
    }
    writeFileSync(join(path, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
    rmSync(join(path, 'model.safetensors'))
    const model = await openModelFolder(path)
    expect(model.sha256).toBe(
      sha256(
        Object.keys(parts)
          .map((file) => sha256(readFileSync(join(path, file))))
          .join('')
      )
    )
    expect(readTensor(model.tensor('ln_f.bias'))).toEqual(tinyWeights()['ln_f.bias'])

    for (const elsewhere of ['../secret.safetensors', '..', 7]) {
      writeFileSync(
        join(path, 'model.safetensors.index.json'),
        JSON.stringify({ weight_map: { ...weightMap, x: elsewhere } })
      )
      await expect(openModelFolder(path)).rejects.toThrow(/not the name of a file in this folder/)
    }
  })

  it('follows links to the real file', async () => {
    const path = writeTinyFolder(fresh())
    const linked = fresh()
    for (const name of ['config.json', 'tokenizer.json']) copyFileSync(join(path, name), join(linked, name))
    symlinkSync(join(path, 'model.safetensors'), join(linked, 'model.safetensors'))
    expect((await openModelFolder(linked)).tensor('ln_f.bias').file).toBe(
      (await openModelFolder(path)).tensor('ln_f.bias').file
    )
  })

  it('allows a vocabulary that is padded beyond the tokenizer', async () => {
    const fields = { vocab_size: SMALL_VOCABULARY + 11 }
    const path = writeTinyFolder(fresh(), { config: tinyConfig(fields), weights: tinyWeights(fields) })
    expect((await openModelFolder(path)).config.vocabulary).toBe(SMALL_VOCABULARY + 11)
  })

  it('allows a tokenizer with ids that the model does not know', async () => {
    const fields = { vocab_size: SMALL_VOCABULARY - 11 }
    const path = writeTinyFolder(fresh(), { config: tinyConfig(fields), weights: tinyWeights(fields) })
    const { config, tokenizer } = await openModelFolder(path)
    expect(config).toMatchObject({ vocabulary: SMALL_VOCABULARY - 11, eosIds: [SMALL_VOCABULARY - 1], closingId: null })
    expect(tokenizer.vocabulary).toBe(SMALL_VOCABULARY)
  })

  it('takes Hugging Face’s defaults where config.json is silent, and what closes a text from the tokenizer', async () => {
    const path = writeTinyFolder(fresh(), {
      config: tinyConfig({
        eos_token_id: undefined,
        layer_norm_epsilon: undefined,
        activation_function: undefined,
        n_inner: null
      })
    })
    expect((await openModelFolder(path)).config).toMatchObject({
      eosIds: [],
      closingId: 500,
      layerNormEpsilon: 1e-5
    })
  })
})

describe('what cannot be used is refused with the file and the reason', () => {
  const weightsWith = (name: string, change: (tensor: Tensor) => Tensor | undefined): Record<string, Tensor> => {
    const weights = tinyWeights()
    const changed = change(weights[name])
    const rest = Object.fromEntries(Object.entries(weights).filter(([other]) => other !== name))
    return changed === undefined ? rest : { ...rest, [name]: changed }
  }
  const withValue =
    (at: number, value: number) =>
    (tensor: Tensor): Tensor => {
      const data = Float32Array.from(tensor.data)
      data[at] = value
      return { ...tensor, data }
    }
  const config = (fields: Record<string, unknown>) => ({ config: tinyConfig(fields) })
  const cases: [string, Parameters<typeof writeTinyFolder>[1], RegExp][] = [
    ['another architecture', config({ model_type: 'llama' }), /model_type is "llama"/],
    [
      'another activation',
      config({ activation_function: 'relu' }),
      /activation_function is "relu", expected "gelu_new"/
    ],
    ['GELU by the error function', config({ activation_function: 'gelu' }), /activation_function is "gelu"/],
    ['an inner width of its own', config({ n_inner: 50 }), /n_inner is 50, expected 48/],
    ['scaling by layer', config({ scale_attn_by_inverse_layer_idx: true }), /scale_attn_by_inverse_layer_idx/],
    ['heads that do not divide the width', config({ n_head: 5 }), /12 \(n_embd\) cannot be shared by 5 heads/],
    ['a number that is none', config({ n_layer: '2' }), /n_layer is "2", expected a positive whole number/],
    ['no positions', config({ n_positions: 0 }), /n_positions is 0, expected a positive whole number/],
    ['no heads, by another name', config({ num_attention_heads: 0 }), /num_attention_heads is 0, expected a positive/],
    ['an epsilon of 0', config({ layer_norm_epsilon: 0 }), /layer_norm_epsilon is 0, expected a positive number/],
    ['an epsilon that is 0 as float32', config({ layer_norm_epsilon: 1e-50 }), /layer_norm_epsilon is 1e-50, expected/],
    ['an epsilon as a text', config({ layer_norm_epsilon: '1e-5' }), /layer_norm_epsilon is "1e-5", expected/],
    ['an end of text that is no id', config({ eos_token_id: '501' }), /eos_token_id is "501"/],
    ['more layers than weights', config({ n_layer: 3 }), /it counts 3 layers \(n_layer\), and the weights have 2/],
    ['more weights than layers', config({ n_layer: 1 }), /it counts 1 layers \(n_layer\), and the weights have 2/],
    ['layers without number', config({ n_layer: 2 ** 40 }), /it counts 1099511627776 layers/],
    [
      'a layer numbered beyond all others',
      { ...config({ n_layer: 3 }), weights: { ...tinyWeights(), 'h.99.ln_1.bias': tinyWeights()['h.0.ln_1.bias'] } },
      /it counts 3 layers/
    ],
    [
      'a shape that does not fit',
      config({ n_positions: 17 }),
      /wpe\.weight has the shape \[16, 12\], but config\.json asks for \[17, 12\]/
    ],
    [
      'a transposed matrix',
      { weights: weightsWith('h.0.mlp.c_fc.weight', (t) => ({ ...t, shape: [48, 12] })) },
      /h\.0\.mlp\.c_fc\.weight has the shape \[48, 12\], but config\.json asks for \[12, 48\]/
    ],
    [
      'a missing weight',
      { weights: weightsWith('h.1.attn.c_proj.bias', () => undefined) },
      /h\.1\.attn\.c_proj\.bias is missing/
    ],
    [
      'integers for weights',
      { weights: weightsWith('ln_f.bias', () => ({ dtype: 'int32', shape: [12], data: new Int32Array(12) })) },
      /ln_f\.bias is stored as I32, expected F32/
    ],
    [
      'NaN',
      { weights: weightsWith('h.1.mlp.c_proj.weight', withValue(575, NaN)) },
      /h\.1\.mlp\.c_proj\.weight holds values that are not finite/
    ],
    [
      'an infinity',
      { weights: weightsWith('wte.weight', withValue(0, -Infinity)) },
      /wte\.weight holds values that are not finite/
    ],
    [
      'a head of its own',
      { weights: { ...tinyWeights(), 'lm_head.weight': withValue(3, 1)(tinyWeights()['wte.weight']) } },
      /lm_head\.weight differs/
    ],
    ['a weight under both prefixes', { weights: { ...tinyWeights(), ...prefixed(tinyWeights()) } }, /is there twice/],
    ['no tokenizer', { tokenizer: false }, /neither tokenizer\.json nor vocab\.json/]
  ]
  it.each(cases)('%s', async (_, parts, reason) => {
    const path = writeTinyFolder(fresh(), parts)
    const error = await openModelFolder(path).then(
      () => null,
      (thrown: unknown) => thrown
    )
    expect(error).toBeInstanceOf(ErratumError)
    const { code, message, details } = error as ErratumError
    expect(code).toBe('BadFile')
    expect(message).toMatch(reason)
    expect(details.file).toContain(path)
    expect(details.cure).toBeTruthy()
  })

  it('an epsilon beyond all numbers', async () => {
    const path = writeTinyFolder(fresh())
    const text = readFileSync(join(path, 'config.json'), 'utf8').replace('0.00001', '1e999')
    writeFileSync(join(path, 'config.json'), text)
    await expect(openModelFolder(path)).rejects.toThrow(/layer_norm_epsilon is Infinity, expected a positive number/)
  })

  it.each(['config.json', 'tokenizer.json', 'model.safetensors'])('%s that only stands for the file', async (name) => {
    const path = writeTinyFolder(fresh())
    const file = join(path, name)
    writeFileSync(file, `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 9\n`)
    await expect(openModelFolder(path)).rejects.toMatchObject({
      code: 'BadFile',
      details: { file, cure: expect.stringContaining('git lfs pull') as string }
    })
    writeFileSync(file, '../../blobs/e43db022942b9947ef17dcaa09005c139e482660')
    await expect(openModelFolder(path)).rejects.toThrow(/only the path of another file \(\.\.\/\.\.\/blobs\/e43/)
    rmSync(file)
    symlinkSync(join(path, 'nowhere'), file)
    await expect(openModelFolder(path)).rejects.toThrow(/a link to a file that is not there/)
  })

  it.skipIf(process.platform === 'win32')('what is no regular file, without waiting for it', async () => {
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'])
      for (const make of [(file: string) => execFileSync('mkfifo', [file]), (file: string) => mkdirSync(file)]) {
        const path = writeTinyFolder(fresh())
        rmSync(join(path, name), { force: true })
        make(join(path, name))
        await expect(openModelFolder(path)).rejects.toMatchObject({
          code: 'BadFile',
          message: `${join(path, name)} cannot be used: it is not a regular file.`
        })
      }
  })

  it('no folder, no config.json, no weights', async () => {
    await expect(openModelFolder(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'NotFound' })
    const path = writeTinyFolder(fresh())
    rmSync(join(path, 'model.safetensors'))
    await expect(openModelFolder(path)).rejects.toThrow(/neither model\.safetensors nor/)
    rmSync(join(path, 'config.json'))
    await expect(openModelFolder(path)).rejects.toThrow(/config\.json cannot be used: it is missing/)
  })
})

describe('the record of checked files', () => {
  it('spares the second reading until the file changes', async () => {
    const path = writeTinyFolder(fresh())
    const memory = fresh()
    const checked = new CheckedFiles(memory)
    const { sha256: first } = await openModelFolder(path, { checked })
    const file = (await openModelFolder(path, { checked })).tensor('ln_f.bias').file
    expect(new CheckedFiles(memory).sha256Of(stampOf(file))).toBe(first)

    writeTinyFolder(path, { weights: tinyWeights({}, 2) })
    utimesSync(file, 1, 1)
    expect(checked.sha256Of(stampOf(file))).toBeNull()
    const { sha256: second } = await openModelFolder(path, { checked })
    expect(second).not.toBe(first)

    writeFileSync(join(memory, 'checked-weights.json'), '{ damaged')
    expect(checked.sha256Of(stampOf(file))).toBeNull()
    expect((await openModelFolder(path, { checked })).sha256).toBe(second)
  })
})

describe('a file that changes', () => {
  const changes: [string, (file: string) => void][] = [
    ['overwritten in place', (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length), { flag: 'r+' })],
    ['replaced by another of the same size and time', (file) => replaced(file)],
    ['cut off', (file) => truncateSync(file, 100)],
    ['removed', (file) => rmSync(file)]
  ]
  const replaced = (file: string): void => {
    copyFileSync(file, `${file}.new`)
    utimesSync(`${file}.new`, 5, 5)
    renameSync(`${file}.new`, file)
  }

  it.each(changes)('while the model is open is told by name: %s', async (_, change) => {
    const path = writeTinyFolder(fresh())
    const file = join(path, 'model.safetensors')
    utimesSync(file, 5, 5)
    const model = await openModelFolder(path)
    expect(() => model.checkUnchanged()).not.toThrow()
    change(file)
    expect(() => model.checkUnchanged()).toThrow(
      expect.objectContaining({ code: 'BadFile', details: expect.objectContaining({ file }) as unknown }) as Error
    )
  })

  it('is the same under another mode or another name', async () => {
    const path = writeTinyFolder(fresh())
    const file = join(path, 'model.safetensors')
    const model = await openModelFolder(path)
    chmodSync(file, 0o444)
    linkSync(file, join(path, 'other.safetensors'))
    expect(() => model.checkUnchanged()).not.toThrow()
  })

  it('while it is read is refused, and not remembered as good', async () => {
    const path = writeTinyFolder(fresh())
    const file = join(path, 'model.safetensors')
    /** Writes to the file between its stamp and the pass over it. */
    class Meddling extends CheckedFiles {
      override sha256Of(): null {
        writeFileSync(file, Buffer.alloc(readFileSync(file).length), { flag: 'r+' })
        return null
      }
    }
    const memory = fresh()
    await expect(openModelFolder(path, { checked: new Meddling(memory) })).rejects.toThrow(/changed while it was read/)
    expect(new CheckedFiles(memory).sha256Of(stampOf(file))).toBeNull()
    expect(readdirSync(memory)).toEqual([])
  })
})
