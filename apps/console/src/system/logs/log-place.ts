import type { BigIntStats } from 'node:fs'

/** How far a log was read. */
export interface LogPlace {
  /** Which file it was: another one may have its name by now. */
  readonly inode: string
  /** Byte at which the next line begins. */
  readonly offset: number
}

/** By service. */
export type LogPlaces = ReadonlyMap<string, LogPlace>

/** What `placesOf` reads. */
export const PLACES_PATTERN = '^([^,@]{1,300}@\\d{1,20}:\\d{1,15}(,(?=.)|$))*$'

export const inodeOf = ({ ino }: BigIntStats): string => String(ino)

/** `order-service@4711:812,…`, the same for the same places. */
export const placesText = (places: LogPlaces): string =>
  [...places]
    .map(([service, { inode, offset }]) => `${encodeURIComponent(service)}@${inode}:${offset}`)
    .sort()
    .join(',')

export function placesOf(text: string): LogPlaces {
  const places = text.split(',').flatMap((each): readonly (readonly [string, LogPlace])[] => {
    const [, service, inode, offset] = /^([^,@]+)@(\d+):(\d+)$/.exec(each) ?? []
    if (service === undefined || inode === undefined) return []
    return [[decoded(service), { inode, offset: Number(offset) }]]
  })
  return new Map(places)
}

/** No file has a name that is not one, so nothing is found for it. */
function decoded(service: string): string {
  try {
    return decodeURIComponent(service)
  } catch {
    return service
  }
}
