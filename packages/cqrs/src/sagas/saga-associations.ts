import type { Association, SagaKey } from '../postgres/saga-rows.ts'
import type { AnySaga } from './saga.ts'

interface AssociationSources {
  /** Ids that the database has, in order; undefined if nobody looked. */
  look(key: string): readonly string[] | undefined
  /** Takes note of how to undo a change. */
  undo(step: () => void): void
}

interface Change {
  readonly association: Association
  /** Instance → whether it has the association now. */
  readonly instances: Map<string, boolean>
}

/** By which properties instances are found: what the database has, and what the handlers of the batch have changed about it. */
export class SagaAssociations {
  readonly missing = new Map<string, Association>()
  readonly #sources: AssociationSources
  readonly #changes = new Map<string, Change>()
  /** Instances that ended here: what the database has of them counts no more. */
  readonly #ended = new Map<string, SagaKey>()

  constructor(sources: AssociationSources) {
    this.#sources = sources
  }

  /** Instances that have all of the properties, in the order of their ids; none as long as something must be loaded. */
  instancesWith({ name }: AnySaga, properties: Readonly<Record<string, string>>): readonly string[] {
    const sets = Object.entries(properties).map(([property, value]) => this.#holders({ saga: name, property, value }))
    const [first = [], ...others] = sets
    return first.filter((id) => others.every((ids) => ids.includes(id)))
  }

  add(association: Association, id: string): void {
    this.#set(association, id, true)
  }

  remove(association: Association, id: string): void {
    this.#set(association, id, false)
  }

  removeAll({ name }: AnySaga, id: string): void {
    const key = instanceKey(name, id)
    for (const { association, instances } of this.#changes.values()) {
      if (association.saga === name && instances.get(id) === true) this.#set(association, id, false)
    }
    if (this.#ended.has(key)) return
    this.#sources.undo(() => this.#ended.delete(key))
    this.#ended.set(key, { saga: name, id })
  }

  /** What must be written, in this order. */
  net() {
    const removed: (Association & SagaKey)[] = []
    const added: (Association & SagaKey)[] = []
    for (const { association, instances } of this.#changes.values()) {
      for (const [id, has] of instances) {
        if (has) added.push({ ...association, id })
        else if (!this.#ended.has(instanceKey(association.saga, id))) removed.push({ ...association, id })
      }
    }
    return { ended: [...this.#ended.values()].sort(byId), removed: removed.sort(byId), added: added.sort(byId) }
  }

  #holders(association: Association): readonly string[] {
    const key = associationKey(association)
    const stored = this.#sources.look(key)
    if (stored === undefined) {
      this.missing.set(key, association)
      return []
    }
    const changes = this.#changes.get(key)?.instances
    if (changes === undefined && this.#ended.size === 0) return stored
    const kept = stored.filter((id) => changes?.get(id) ?? !this.#ended.has(instanceKey(association.saga, id)))
    const added = [...(changes ?? [])].flatMap(([id, has]) => (has && !kept.includes(id) ? [id] : []))
    return [...kept, ...added].sort()
  }

  #set(association: Association, id: string, has: boolean): void {
    const key = associationKey(association)
    const change = this.#changes.get(key) ?? { association, instances: new Map<string, boolean>() }
    this.#changes.set(key, change)
    const { instances } = change
    const before = instances.get(id)
    this.#sources.undo(() => {
      if (before === undefined) instances.delete(id)
      else instances.set(id, before)
    })
    instances.set(id, has)
  }
}

export const associationKey = ({ saga, property, value }: Association): string => `${saga}\0${property}\0${value}`

const instanceKey = (saga: string, id: string): string => `${saga}\0${id}`

/** Always in the same order, so that two transactions never wait for each other's rows. */
const byId = (a: SagaKey, b: SagaKey): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
