export const OLDEST_NODE: readonly [number, number]
export function nodeBinary(root: string): string
export function systemNode(path?: string, running?: string): string | null
export function isNewEnough(version: string): boolean
export function requireNode(version?: string): void
