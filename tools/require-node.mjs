// First step of the npm scripts: a too old Node is refused with a sentence that says what to do.
import { requireNode } from './node-binary.mjs'

requireNode()
