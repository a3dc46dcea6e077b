export const groupPath = (fingerprint: string): string => `/dead-letters/groups/${fingerprint}`
export const deadLetterPath = (id: string): string => `/dead-letters/${id}`
export const redrivePath = (id: string): string => `/dead-letters/redrives/${id}`
/** What is asked before something is done with those that were ticked. */
export const CHOOSE_PATH = '/dead-letters/choose'
