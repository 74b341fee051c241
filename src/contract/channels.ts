/** Names of the two channels between the window and the shell. */
export const REQUEST_CHANNEL = 'erratum:request'
export const ENGINE_CHANNEL = 'erratum:engine'
