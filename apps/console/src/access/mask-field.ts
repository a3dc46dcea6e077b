import { EVENT_NAMES, fieldsOf } from '@stocker/contracts'
import { MASK, UNKNOWN_FIELDS } from './mask-payload.ts'
import { isCode, isPlainId, isTime, isUuid } from './plain-texts.ts'

/**
 * Fields of the services' states and tables that no contract has and that say nothing about a person. What is neither here nor in a contract is hidden:
 * whoever adds a field to a state sees it masked until it is looked at here.
 */
const PLAIN_STATE_FIELDS = `
  at status history version opened onHand reserved stocked sold returned threshold level available shortages requested
  goal payment stock parcel wait waitUntil wokenAt overdue deliveredAt dispatchedAt attempts attempt nextAttemptAt heardAt touchedAt
  createdAt updatedAt placedAt changedAt recalled returnReason schedule call calls request refused answers proof checkout
  product details terms progress why parcels movements movement number kind authorizationId paymentId gatewayId captureId voidId refundId
  captured refunded authorized capture refund reversal captureNoted failure retryAt retryAfterMs old new price amount currency
  reports report event deliveryId dispatchId trackingNumber courier proofId orderId cartId sku customerId lines total quantity reason since until
  from to dueAt firedAt ends ended orders
`
  .trim()
  .split(/\s+/)

interface Rules {
  /** `parent.name` → whether it is personal, as the contracts have it. */
  readonly byPlace: ReadonlyMap<string, boolean>
  /** The same by the name alone; true where one of several places is personal. */
  readonly byName: ReadonlyMap<string, boolean>
}

let rules: Rules | undefined

function readRules(): Rules {
  const byPlace = new Map<string, boolean>()
  const byName = new Map<string, boolean>()
  for (const { path, personal } of EVENT_NAMES.flatMap(fieldsOf)) {
    const steps = path.replaceAll('[]', '').split('.')
    const [name = '', parent = ''] = [steps.at(-1), steps.at(-2)]
    if (parent !== '') byPlace.set(`${parent}.${name}`, personal || byPlace.get(`${parent}.${name}`) === true)
    byName.set(name, personal || byName.get(name) === true)
  }
  for (const name of PLAIN_STATE_FIELDS) if (!byName.has(name)) byName.set(name, false)
  // The delivery service knows the same address by another name.
  byName.set('address', true)
  // The name of a person is personal, that of a product is not.
  for (const parent of ['product', 'products']) byPlace.set(`${parent}.name`, false)
  return { byPlace, byName }
}

/** Texts that must look like what their field is for. */
const CODES: ReadonlySet<string> = new Set(['reason', 'returnReason', 'status', 'kind', 'goal', 'event', 'level'])

/**
 * The value of a field of a state or a row as somebody sees it who must not see personal values. `path` is the field's name, or its way from outside
 * (`details.shippingAddress`, `lines[0].name`), in camel or snake case. Text that holds JSON is looked into.
 */
export function maskField(path: string, value: unknown): unknown {
  const steps = path
    .replaceAll(/\[\d*\]/g, '')
    .split('.')
    .map(camelCase)
  const [name = '', parent = ''] = [steps.at(-1), steps.at(-2)]
  return masked(value, name, parent, steps.slice(0, -1).some(isPersonalName))
}

function isPersonalName(name: string): boolean {
  rules ??= readRules()
  return name !== 'name' && rules.byName.get(name) === true
}

function masked(value: unknown, name: string, parent: string, inPersonal: boolean): unknown {
  if (value === null || value === undefined) return value
  rules ??= readRules()
  const known = rules.byPlace.get(`${parent}.${name}`) ?? rules.byName.get(name)
  const personal = inPersonal || known === true
  if (Array.isArray(value)) return value.map((item) => masked(item, name, parent, inPersonal))
  if (typeof value === 'object') return value instanceof Date ? value : maskMembers(value, name, personal, known)
  if (personal) return MASK
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return maskText(value, name, known !== undefined)
  return known === undefined ? MASK : value
}

/** An object of which nobody knows what it is may have persons as keys. */
function maskMembers(value: object, name: string, personal: boolean, known: boolean | undefined): unknown {
  if (known === undefined && name !== '') return { [UNKNOWN_FIELDS]: MASK }
  const members = Object.entries(value).map(([key, member]) => {
    const step = camelCase(key)
    return isPlainId(key) ? [key, masked(member, step, name, personal)] : [UNKNOWN_FIELDS, MASK]
  })
  return Object.fromEntries(members)
}

function maskText(text: string, name: string, known: boolean): unknown {
  if (/^[[{]/.test(text)) {
    const parsed = parsedJson(text)
    if (parsed !== undefined) return JSON.stringify(masked(parsed, name, '', false))
  }
  if (isUuid(text) || isTime(text)) return text
  return known && (!CODES.has(name) || isCode(text)) ? text : MASK
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const camelCase = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
