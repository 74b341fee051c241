/**
 * Regular expressions of a `tokenizer.json` are Oniguruma's. @huggingface/tokenizers 0.2.0 translates them for
 * JavaScript; this is what it does not get right, mended where that is simple and refused where not.
 */
import { NotUnderstood } from './not-understood.ts'

/** What ASCII letters also stand for where case is ignored. */
const FOLDED: Readonly<Record<string, string>> = { s: 'ſ', S: 'ſ', k: '\u212a', K: '\u212a' }
/** Two letters that one character stands for where case is ignored (ß, ﬆ, ﬀ, ﬁ, ﬂ). */
const LIGATURES = /s[st]|f[fil]/i

/**
 * @returns the pattern with the long s and the Kelvin sign where `(?i:...)` covers them: the library folds ASCII alone
 * @throws NotUnderstood for anchors (the library writes them as look-arounds of any character, and V8 finds those
 *   inside a character beyond 16 bits) and for ignored case beyond single ASCII letters
 */
export function libraryRegex(pattern: string): string {
  let out = ''
  const groups: boolean[] = [] // whether case is ignored in each open group
  let ignoring = false
  let inClass = false
  let classFolds = ''
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]
    if (char === '\\') {
      const next = pattern[++i] ?? ''
      if (!inClass && /[AzZG]/.test(next)) throw anchors(pattern)
      out += char + next
    } else if (inClass) {
      if (char === '[') throw new NotUnderstood(`a class within a class in the pattern ${pattern}`)
      if (char === ']') {
        out += classFolds
        inClass = false
      } else if (ignoring) classFolds += FOLDED[char] ?? ''
      out += char
    } else if (char === '[') {
      inClass = true
      classFolds = ''
      out += char
      // A bracket that comes first is a character.
      if (pattern[i + 1] === '^') out += pattern[++i]
      if (pattern[i + 1] === ']') out += pattern[++i]
    } else if (char === '(') {
      groups.push(ignoring)
      ignoring ||= pattern.startsWith('(?i:', i)
      out += char
    } else if (char === ')') {
      ignoring = groups.pop() ?? false
      out += char
    } else if (char === '^' || char === '$') throw anchors(pattern)
    else if (ignoring && (LIGATURES.test(pattern.slice(i, i + 2)) || char > '\x7f'))
      throw new NotUnderstood(
        `letters of which one character may stand for two, with case ignored, in the pattern ${pattern}`
      )
    else out += ignoring && FOLDED[char] ? `[${char}${FOLDED[char]}]` : char
  }
  return out
}

function anchors(pattern: string): NotUnderstood {
  return new NotUnderstood(`an anchor in the pattern ${pattern}`)
}
