export const CONSUMERS_PAGE = '/consumers'

export const groupPage = (group: string): string => `${CONSUMERS_PAGE}/${encodeURIComponent(group)}`
