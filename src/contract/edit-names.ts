/** Edits of passages are called after their passage and sentence (from 0), with the round behind it if there were several. */
export function passageOfEdit(editId: string): { passageId: string; sentence: number } | null {
  const [, passageId, sentence] = /^(.+)\/(\d+)(?:~\d+)*$/.exec(editId) ?? []
  return passageId === undefined ? null : { passageId, sentence: Number(sentence) }
}
