import type { Visitor } from '../access/viewer.ts'
import type { VNode } from './html.ts'
import type { NavigationId } from './navigation.ts'

export interface PageContent {
  /** Below the heading. */
  readonly body: VNode
  readonly title?: string
  /** One line below the heading. */
  readonly lead?: VNode | string
  /** Stands right of the heading: buttons that open dialogs, links. */
  readonly actions?: VNode
  /** Where the same is as JSON, and as text. */
  readonly json?: string
  readonly text?: string
  /** Set when personal values are shown as they are. Default false. */
  readonly unmasked?: boolean
  /** HTTP status, default 200. */
  readonly status?: number
}

export interface SentPage extends PageContent {
  readonly title: string
  /** Undefined: whoever it is has not logged in, and gets no navigation. */
  readonly viewer: Visitor | undefined
  readonly nav: NavigationId | undefined
}
