import type { Panel, Row } from './panel.ts'

const WHOLE_WIDTH = 24
const PANEL_HEIGHT = 7
const STAT_HEIGHT = 4

/** ops/grafana/platform.json, for Grafana 10 and later: import it and choose the data source. */
export function grafanaJson(rows: readonly Row[]): string {
  let id = 0
  let y = 0
  const panels = rows.flatMap(({ title, panels: ofRow }) => {
    const row = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WHOLE_WIDTH, h: 1 },
      panels: [],
    }
    y += 1
    let x = 0
    let lineHeight = 0
    const placed = ofRow.map((panel) => {
      const w = panel.width ?? 8
      const h = panel.kind === 'stat' ? STAT_HEIGHT : PANEL_HEIGHT
      if (x + w > WHOLE_WIDTH) {
        x = 0
        y += lineHeight
        lineHeight = 0
      }
      const gridPos = { x, y, w, h }
      x += w
      lineHeight = Math.max(lineHeight, h)
      return panelJson(panel, ++id, gridPos)
    })
    y += lineHeight
    return [row, ...placed]
  })
  return JSON.stringify(
    {
      uid: 'amazon-platform',
      title: 'Amazon Platform',
      description: 'Orders, consumers, outbox and sagas, HTTP, Kafka and the processes of the platform.',
      tags: ['kafka', 'orders'],
      schemaVersion: 39,
      editable: true,
      graphTooltip: 1,
      refresh: '5s',
      time: { from: 'now-30m', to: 'now' },
      templating: {
        list: [
          { name: 'datasource', type: 'datasource', label: 'Data source', query: 'prometheus' },
          variable('job', 'Service', 'label_values(up, job)'),
          variable('group', 'Consumer group', 'label_values(kafka_consumergroup_members, consumergroup)'),
        ],
      },
      panels,
    },
    null,
    2,
  )
}

const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' }

const variable = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
})

function panelJson(
  { title, description, kind = 'timeseries', unit = 'short', queries, badFrom }: Panel,
  id: number,
  gridPos: object,
) {
  const steps = [{ color: 'green', value: null }, ...(badFrom === undefined ? [] : [{ color: 'red', value: badFrom }])]
  return {
    id,
    type: kind,
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        ...(kind === 'timeseries' && {
          custom: {
            fillOpacity: 8,
            lineWidth: 1,
            showPoints: 'never',
            ...(badFrom !== undefined && { thresholdsStyle: { mode: 'dashed' } }),
          },
        }),
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  }
}
