/** What lies in the folder of a session; each other name is with the code that writes it. */
export const CALIBRATION_FILE = 'calibration.safetensors'
export const INDEX_FOLDER = 'index.lance'
export const JOURNAL_FILE = 'journal.jsonl'
