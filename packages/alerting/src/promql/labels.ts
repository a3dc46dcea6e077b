/** Names of labels and their values; a label without a value is one that is not there. */
export type Labels = Readonly<Record<string, string>>

/** The label that holds the name of the metric. */
export const METRIC_NAME = '__name__'

/** Two sets of labels are the same when their signatures are. */
export function signatureOf(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}\u0001${labels[name]}`)
    .join('\u0002')
}

/** The signature of what these names have, in the order of the names. */
export function signatureOn(labels: Labels, names: readonly string[]): string {
  let signature = ''
  for (const name of names) signature += `${labels[name] ?? ''}\u0001`
  return signature
}

export function without(labels: Labels, names: readonly string[]): Labels {
  const rest: Record<string, string> = {}
  for (const name in labels) if (!names.includes(name)) rest[name] = labels[name] as string
  return rest
}

export function only(labels: Labels, names: readonly string[]): Labels {
  const some: Record<string, string> = {}
  for (const name of names) {
    const value = labels[name]
    if (value !== undefined && value !== '') some[name] = value
  }
  return some
}

export const withoutName = (labels: Labels): Labels => (METRIC_NAME in labels ? without(labels, [METRIC_NAME]) : labels)

/** `up{instance="a:1", job="order"}` */
export function formatLabels(labels: Labels): string {
  const pairs = Object.keys(labels)
    .filter((name) => name !== METRIC_NAME)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
  const name = labels[METRIC_NAME] ?? ''
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`
}

const FNV_OFFSET = 0xcbf29ce484222325n
const FNV_PRIME = 0x100000001b3n
const SEPARATOR = 0xff

/** Sixteen hexadecimal digits, those by which Prometheus and Alertmanager know an alert with these labels (FNV-1a of 64 bits). */
export function fingerprintOf(labels: Labels): string {
  let hash = FNV_OFFSET
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME)
  }
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name] as string]) {
      for (const byte of Buffer.from(text, 'utf8')) add(byte)
      add(SEPARATOR)
    }
  }
  return hash.toString(16).padStart(16, '0')
}
