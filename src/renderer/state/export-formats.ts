/** What a session can be exported as, in a person's words. */
import type { ExportFormat } from '../../contract/types.ts'

export interface ExportChoice {
  readonly format: ExportFormat
  readonly word: string
  readonly about: string
}

export const EXPORT_CHOICES: readonly { readonly of: string; readonly choices: readonly ExportChoice[] }[] = [
  {
    of: 'Edits',
    choices: [
      {
        format: 'edits',
        word: 'JSON lines',
        about: 'Every field of every edit, one edit a line; reads back as it was.'
      },
      {
        format: 'easyedit-records',
        word: 'EasyEdit records',
        about: 'Records with prompt, target_new, rephrase_prompt and locality, as EasyEdit’s data files have them.'
      },
      {
        format: 'easyedit',
        word: 'EasyEdit lists',
        about: 'One object of parallel lists, as EasyEdit’s editor takes it.'
      },
      { format: 'zsre', word: 'zsRE', about: 'Records with src, alt, answers and rephrase.' },
      { format: 'zsre-structured', word: 'zsRE, structured', about: 'Records with input, output and alternatives.' },
      { format: 'counterfact', word: 'CounterFact', about: 'Records with a requested_rewrite.' },
      { format: 'mquake', word: 'MQuAKE', about: 'Records with a list of rewrites.' },
      { format: 'rome', word: 'ROME requests', about: 'Records with {} for the subject, as ROME and MEMIT take them.' },
      { format: 'pairs', word: 'Pairs', about: 'Records with text and labels, as the hallucination data has them.' }
    ]
  },
  {
    of: 'Passages',
    choices: [
      { format: 'passages', word: 'JSON lines', about: 'Reviewed passages with their marks and corrections.' },
      {
        format: 'wiki_bio',
        word: 'wiki_bio',
        about: 'The dialect of wiki_bio_gpt3_hallucination; it has no corrections.'
      },
      {
        format: 'label-studio',
        word: 'Label Studio tasks',
        about: 'A task for each sentence, with its mark and correction.'
      },
      {
        format: 'argilla',
        word: 'Argilla records',
        about: 'A record for each sentence, with its mark and correction.'
      },
      { format: 'doccano', word: 'doccano', about: 'A text for each sentence, with its mark as the label.' },
      {
        format: 'marks',
        word: 'Sentences',
        about: 'A plain record for each sentence: text, label, prompt, correction.'
      }
    ]
  },
  {
    of: 'The edited model',
    choices: [
      {
        format: 'peft',
        word: 'PEFT bundle',
        about: 'A folder that routes and writes in Python as Erratum does: adapters, index, load.py.'
      },
      {
        format: 'merged',
        word: 'Merged model',
        about: 'A plain Hugging Face folder, for tools that know no adapters.'
      }
    ]
  },
  {
    of: 'To read',
    choices: [
      {
        format: 'report',
        word: 'Report',
        about: 'One HTML page with figures, charts and every edit; opens offline and prints.'
      }
    ]
  }
]

export const choiceOf = (format: ExportFormat): ExportChoice =>
  EXPORT_CHOICES.flatMap(({ choices }) => choices).find((choice) => choice.format === format)!

/** Files of edits, in which those that are not in force can be left out. */
export const holdsEdits = (format: ExportFormat): boolean =>
  EXPORT_CHOICES[0].choices.some((choice) => choice.format === format)
