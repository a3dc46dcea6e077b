import { useEffect } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import type { AlertListProps } from './alert-list.ts'
import { AlertList } from './alert-list.ts'

/** The alerts, as they come and go. */
export function Island({ frame: initial, csrf, mayAct }: AlertListProps): VNode {
  const frame = useLatest('alerts', initial)
  const firing = frame.alerts.filter(({ state }) => state === 'firing').length
  useEffect(() => {
    announce(firing === 0 ? 'Nothing fires' : `${firing} ${firing === 1 ? 'alert fires' : 'alerts fire'}`)
  }, [firing])
  return html`<${AlertList} frame=${frame} csrf=${csrf} mayAct=${mayAct} />`
}
