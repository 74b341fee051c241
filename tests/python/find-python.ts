/** The Python that references are made with, where this machine has one: ERRATUM_PYTHON, else python3 or python. */
import { execFileSync } from 'node:child_process'

export interface FoundPython {
  readonly command: string
  /** as a person reads it: "torch 2.9.0, peft 0.18.0" */
  readonly versions: string
}

export type PythonSearch = FoundPython | { readonly missing: string }

/** A Python that can import all of `modules`; else what each candidate lacks. */
export function findPython(modules: readonly string[]): PythonSearch {
  const named = process.env.ERRATUM_PYTHON
  const reasons: string[] = []
  for (const command of named === undefined ? ['python3', 'python'] : [named]) {
    try {
      const versions = execFileSync(command, ['-c', versionsOf(modules)], { encoding: 'utf8', stdio: 'pipe' })
      return { command, versions: versions.trim() }
    } catch (thrown) {
      reasons.push(`${command}: ${reasonOf(thrown)}`)
    }
  }
  return { missing: `no Python with ${modules.join(', ')} (${reasons.join('; ')})` }
}

const versionsOf = (modules: readonly string[]): string =>
  `import ${modules.join(', ')}; print(", ".join(f"{m.__name__} {m.__version__}" for m in (${modules.join(', ')},)))`

/** The last line of what Python wrote to standard error tells which module is missing. */
function reasonOf(thrown: unknown): string {
  const { code, stderr } = thrown as { code?: string; stderr?: string }
  if (code === 'ENOENT') return 'is not there'
  return stderr?.trim().split('\n').at(-1) ?? String(thrown)
}
