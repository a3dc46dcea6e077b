import { useEffect } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { numberText } from '../web/number-text.ts'
import type { ShownGroups } from './group-words.ts'
import { GroupsTable } from './groups-table.ts'

export interface ConsumerGroupsProps {
  readonly search: string
  readonly shown: ShownGroups
}

/** The groups that were searched for, as they are now. */
export function Island(props: ConsumerGroupsProps): VNode {
  const { search } = props
  const channel = search === '' ? 'consumers' : `consumers:${encodeURIComponent(search)}`
  const { groups, total, sentence } = useLatest<ShownGroups>(channel, props.shown)
  useEffect(() => announce(sentence), [sentence])
  return html`<p class="lead">${sentence}</p>
    ${GroupsTable({ groups })}
    ${total > groups.length && html`<p class="soft">${numberText(groups.length)} of ${numberText(total)} groups; search to see the others.</p>`}`
}
