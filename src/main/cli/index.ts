/** `erratum`: every job from the command line. */
import { Command, CommanderError } from 'commander'
import { ErratumError } from '../../contract/errors.ts'
import { whenModelOpens } from '../services/model-library.ts'
import { onModelNotice } from '../services/model-notices.ts'
import { addCalibrate } from './calibrate.ts'
import { EXIT, fail, letGo } from './door.ts'
import { addEdit } from './edit.ts'
import { addEval } from './eval.ts'
import { addExport } from './export.ts'
import { addGenerate } from './generate.ts'
import { addImport } from './import.ts'
import { addModels } from './models.ts'
import { addServe } from './serve.ts'
import { addSessions } from './sessions.ts'
import { addStudy } from './study.ts'

onModelNotice((line) => void process.stderr.write(`Note on model ${line}\n`))

const program = new Command('erratum')
  .description(
    'Corrects what a language model gets wrong: edits a GPT-2 with MELO, and shows what that gained and cost.'
  )
  .showHelpAfterError()
  .exitOverride()

for (const add of [
  addModels,
  addGenerate,
  addEdit,
  addEval,
  addSessions,
  addExport,
  addImport,
  addCalibrate,
  addStudy,
  addServe
])
  add(program)

// Whoever started this process can say which file it read, should it end by a signal.
whenModelOpens((weightFiles) => process.connected && process.send?.({ weightFiles }))

const json = process.argv.includes('--json')
// With --json, commander's own words go nowhere: the failure is one JSON document.
if (json) silence(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    const asked =
      error.code === 'commander.helpDisplayed' || error.code === 'commander.help' || error.code === 'commander.version'
    if (!asked && json) await fail({ json }, new ErratumError('BadInput', error.message.replace(/^error: /, '')))
    process.exitCode = asked ? EXIT.done : EXIT.badInput
  } else await fail({ json }, error)
  letGo()
}

function silence(command: Command): void {
  command.configureOutput({ writeErr: () => undefined, outputError: () => undefined }).exitOverride()
  for (const sub of command.commands) silence(sub)
}
