import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/weights/safetensors.ts'
import { readBlockKeys, writeBlockKeys } from '../../src/main/formats/block-keys.ts'
import { readPeftBlock, writePeftBlock } from '../../src/main/formats/peft-block.ts'
import { errorOf } from './given-file.ts'

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'erratum-block-'))

// D = 3, p = 2, F = 4: A [3, 2] counts 0..5, B [2, 4] counts 10..17.
const counting = (from: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => from + i)
const block = {
  weights: { rank: 2, a: [counting(0, 6), counting(20, 6)], b: [counting(10, 8), counting(30, 8)] },
  loraLayers: [3, 5],
  baseModel: 'tiny'
}

function writtenBlock(): string {
  const folder = newFolder()
  writePeftBlock(folder, block)
  return folder
}

describe('a block as a PEFT adapter', () => {
  it('has the names and the transposed shapes that PEFT expects', () => {
    const { tensors } = readSafetensorsHeader(join(writtenBlock(), 'adapter_model.safetensors'))
    expect([...tensors.keys()].sort()).toEqual(
      [3, 5].flatMap((layer) =>
        ['A', 'B'].map((part) => `base_model.model.transformer.h.${layer}.mlp.c_fc.lora_${part}.weight`)
      )
    )
    const a = readTensor(tensors.get('base_model.model.transformer.h.3.mlp.c_fc.lora_A.weight')!)
    expect([a.shape, [...a.data]]).toEqual([
      [2, 3],
      [0, 2, 4, 1, 3, 5]
    ])
    const b = readTensor(tensors.get('base_model.model.transformer.h.3.mlp.c_fc.lora_B.weight')!)
    expect([b.shape, [...b.data]]).toEqual([
      [4, 2],
      [10, 14, 11, 15, 12, 16, 13, 17]
    ])
  })

  it('states the scale 1 and full module names', () => {
    expect(JSON.parse(readFileSync(join(writtenBlock(), 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: 'tiny', r: 2, lora_alpha: 2,
      target_modules: ['transformer.h.3.mlp.c_fc', 'transformer.h.5.mlp.c_fc'], fan_in_fan_out: true, inference_mode: true
    }) // prettier-ignore
  })

  it('comes back as it was', () => {
    expect(readPeftBlock(writtenBlock())).toEqual(block)
  })

  it.each([
    ['lora_alpha', { lora_alpha: 8 }],
    ['lora_alpha', { lora_alpha: undefined }],
    ['target_modules.0', { target_modules: ['c_fc'] }],
    ['fan_in_fan_out', { fan_in_fan_out: false }],
    ['peft_type', { peft_type: 'IA3' }],
    ['base_model.model.transformer.h.4.mlp.c_fc.lora_A.weight', { target_modules: ['transformer.h.4.mlp.c_fc'] }],
    ['base_model.model.transformer.h.3.mlp.c_fc.lora_A.weight', { r: 3, lora_alpha: 3 }]
  ])('is refused with the field %s where that is wrong', (field, change) => {
    const folder = writtenBlock()
    const file = join(folder, 'adapter_config.json')
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }))
    const error = errorOf(() => readPeftBlock(folder))
    expect(error.code).toBe('BadFile')
    expect(error.details.field).toBe(field)
  })
})

describe('keys of a block', () => {
  const keys = {
    deployment: [[counting(0, 4), counting(4, 4)], [counting(8, 4)]],
    paper: [counting(0, 3), counting(3, 3)]
  }

  it('come back by edit and record', () => {
    const file = join(newFolder(), 'keys.safetensors')
    writeBlockKeys(file, keys)
    expect(readSafetensorsHeader(file).tensors.get('deployment')!.shape).toEqual([3, 4])
    expect(readBlockKeys(file, [2, 1])).toEqual(keys)
  })

  it('are refused where they are not as many as the records', () => {
    const file = join(newFolder(), 'keys.safetensors')
    writeBlockKeys(file, keys)
    expect(errorOf(() => readBlockKeys(file, [2, 2])).details.field).toBe('deployment')
    expect(errorOf(() => readBlockKeys(file, [1, 1, 1])).details.field).toBe('paper')
  })
})
