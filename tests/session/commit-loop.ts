/**
 * The process that crash.test.ts kills: opens the session in argv[2], then commits batches, and now and then undoes
 * and redoes one, without end. A line goes out before each change and another when it is acknowledged.
 */
import { writeSync } from 'node:fs'
import { openSession } from '../../src/main/session/session-folder.ts'
import { randomFrom, sampleBatch } from './sample-session.ts'

const say = (line: string): void => void writeSync(1, line + '\n')

const store = await openSession(process.argv[2])
const random = randomFrom(Number(process.argv[3]))
// Numbers that no earlier process has used.
let next = Number(process.argv[3]) * 1000
say('ready')
for (;;) {
  const choice = random()
  if (choice < 0.2 && store.batches.length > 0) {
    const { block } = store.batches[Math.floor(random() * store.batches.length)]
    say(`asked undo ${block}`)
    await store.undo(block)
  } else if (choice < 0.3 && store.undone.length > 0) {
    const { block } = store.undone[Math.floor(random() * store.undone.length)]
    say(`asked redo ${block}`)
    await store.redo(block)
  } else if (choice < 0.4) {
    say(`asked mark ${next}`)
    await store.appendRecord('mark', next++)
  } else {
    say(`asked commit block-${next}`)
    await store.commitBatch(sampleBatch(next++))
  }
  say('done')
}
