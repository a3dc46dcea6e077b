// In place of the client's utils.js, which builds a JSON Schema validator and its debug loggers.
const silent = Object.assign(() => {}, { enabled: false })

export const loggers = {
  protocol: silent,
  client: silent,
  producer: silent,
  consumer: silent,
  'consumer:heartbeat': silent,
  admin: silent,
}

export function humanize(label, buffer) {
  return `${label}: ${buffer.toString('hex')}`
}

export function groupByProperty(entries, property) {
  return Object.entries(Object.groupBy(entries, (entry) => entry[property]))
}
