/** A child that ends with its parent and does nothing else. */
import { endWithParent } from '../../src/main/engine-process/parent-watch.ts'

endWithParent(() => Promise.resolve())
process.on('message', () => undefined)
