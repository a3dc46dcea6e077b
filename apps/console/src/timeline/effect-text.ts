import type { Effect, FieldChange } from './timeline.ts'

/** Fields that change with every step, and tell nothing that is not told beside them. */
const BOOKKEEPING = /(^|\.)(history( \+)?|version|created_at|updated_at|updatedAt|createdAt|heardAt)$/

const MAX_VALUE = 60

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text
}

export const changeText = ({ field, before, after }: FieldChange): string =>
  before === undefined || before === null || before === ''
    ? `${field} ${valueText(after)}`
    : `${field} ${valueText(before)} → ${valueText(after)}`

export const EFFECT_MARKS = { insert: '+', update: '~', delete: '−' } as const

/** Changes of plain values that say something; all of them are in the effect itself. */
export const tellingChanges = ({ changes }: Effect): readonly FieldChange[] =>
  changes.filter(({ field, before, after }) => !BOOKKEEPING.test(field) && isPlain(before) && isPlain(after))

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null

export const callWord = ({ verb }: Pick<Effect, 'verb'>): string => (verb === 'insert' ? 'asked for' : 'answered')

/** `stock ~ mug: reserved 0 → 2`. The order's own id is left out. */
export function effectText(effect: Effect, orderId: string): string {
  const { kind, target, key, verb } = effect
  if (kind === 'call') return `call to ${target}: ${key} ${callWord(effect)}`
  const changes = tellingChanges(effect).map(changeText).join(', ')
  const name = `${target} ${EFFECT_MARKS[verb]}${key === '' || key === orderId ? '' : ` ${key}`}`
  return changes === '' ? name : `${name}: ${changes}`
}

/** Without rows that only repeat what their aggregate says in the same words. */
export const tellingEffects = (effects: readonly Effect[]): readonly Effect[] => {
  const told = new Set(effects.flatMap((effect) => (effect.kind === 'row' ? [] : tellingChanges(effect).map(sameText))))
  return effects.filter((effect) => {
    // Rows that are only summed up.
    if (effect.kind === 'row' && effect.key === '') return false
    const changes = tellingChanges(effect)
    return changes.length > 0
      ? effect.kind !== 'row' || !changes.every((change) => told.has(sameText(change)))
      : effect.verb !== 'update'
  })
}

const sameText = ({ field, before, after }: FieldChange): string =>
  JSON.stringify([field.replaceAll('_', '').toLowerCase().split('.').at(-1), before ?? null, after ?? null])
