/** What a file of passages holds, before anything of it is taken. */
import { z } from 'zod'

/**
 * Where the opening sentence (prompt) of a plain text comes from. found: the text's own where it has one of the wanted
 * form, else made; made: the template with the passage's name; line, sentence: the first one of the text, which then
 * can be neither marked nor corrected.
 */
export const openingSourceSchema = z.enum(['found', 'made', 'line', 'sentence'])
export type OpeningSource = z.output<typeof openingSourceSchema>

/** Which columns of a table are what; null: none is. */
export const passageColumnsSchema = z.object({
  text: z.string().max(1000),
  name: z.string().max(1000).nullable(),
  prompt: z.string().max(1000).nullable()
})
export type PassageColumns = z.output<typeof passageColumnsSchema>

/** A file, and how it shall be read. */
export const passageFileSchema = z.object({
  fileName: z.string().max(400),
  content: z.string().max(30_000_000),
  /** of opening sentences, with `{name}` */
  template: z.string().max(20_000),
  opening: openingSourceSchema.default('found'),
  /** of a table; absent: as their names suggest */
  columns: passageColumnsSchema.optional(),
  /** names of passages that the file does not name, by their place in it from 0 */
  names: z.record(z.string(), z.string().max(200)).default({})
})
export type PassageFile = z.output<typeof passageFileSchema>

export const importPreviewSchema = z.object({
  /** edits: nothing of it can be imported as passages */
  kind: z.enum(['passages', 'edits']),
  /** what the file was taken for, and by what */
  format: z.string(),
  why: z.string(),
  passages: z.array(
    z.object({
      name: z.string(),
      prompt: z.string(),
      /** the name was guessed from the text, and can be given */
      isNamed: z.boolean(),
      sentences: z.number(),
      marks: z.number(),
      corrections: z.number(),
      /** the beginning of its first sentence */
      begins: z.string(),
      /** the same text under the same opening sentence: in the session, or before in this file */
      duplicateOf: z.enum(['session', 'file']).nullable()
    })
  ),
  /** of a plain text; null for other files */
  opening: openingSourceSchema.nullable(),
  /** of a table without records of its own; null for other files */
  columns: passageColumnsSchema.extend({ all: z.array(z.string()) }).nullable(),
  /** what the file has and nothing here uses, with how many rows have it */
  unused: z.array(z.object({ field: z.string(), rows: z.number() })),
  bad: z.array(z.object({ line: z.number().nullable(), message: z.string() }))
})
export type ImportPreview = z.output<typeof importPreviewSchema>
