/** A part of a tokenizer whose effect on ids is not certain here; the message says which. */
export class NotUnderstood extends Error {}
