export const groupPath = (fingerprint: string): string => `/dead-letters/groups/${fingerprint}`
export const deadLetterPath = (id: string): string => `/dead-letters/${id}`
export const redrivePath = (id: string): string => `/dead-letters/redrives/${id}`
