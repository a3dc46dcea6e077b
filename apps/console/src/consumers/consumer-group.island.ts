import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import type { GroupDetail } from './consumer-views.ts'
import { GroupBody } from './group-body.ts'

/** One group, as it is now. */
export function Island(props: { readonly group: GroupDetail }): VNode {
  const group = useLatest<GroupDetail>(`consumer:${encodeURIComponent(props.group.group)}`, props.group)
  return html`<${GroupBody} group=${group} />`
}
