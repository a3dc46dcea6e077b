import type { ComponentType } from 'preact'
import { h, hydrate } from 'preact'

/** By name: loads the file of an island. */
export type IslandLoaders = Readonly<Record<string, () => Promise<{ readonly Island: ComponentType<never> }>>>

export function hydrateIslands(loaders: IslandLoaders): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-island]')) {
    const { island = '', props = '{}' } = element.dataset
    loaders[island]?.().then(({ Island }) => {
      hydrate(h(Island as ComponentType, JSON.parse(props)), element)
      element.dataset.alive = ''
    })
  }
}
