import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const ORDERS: Row = {
  title: 'Orders',
  panels: [
    {
      title: 'Placed per minute',
      description: 'Orders that customers placed.',
      kind: 'stat',
      width: 4,
      unit: 'cpm',
      queries: one('sum(rate(orders_placed_total[1m])) * 60', 'placed'),
    },
    {
      title: 'At their end in time, last hour',
      description: 'Share of the orders whose time is over or that ended; one that is stuck counts against it.',
      kind: 'stat',
      width: 4,
      unit: 'percentunit',
      queries: one(
        'sum(increase(order_slo_total{outcome="in_time"}[1h])) / sum(increase(order_slo_total[1h]))',
        'in time',
      ),
    },
    {
      title: 'Burn rate, 5 minutes and 1 hour',
      description: 'How many times faster than allowed the 1 % of the objective is used up. 14.4 in both is a page.',
      kind: 'stat',
      width: 8,
      unit: 'short',
      badFrom: 14.4,
      queries: [
        {
          expr: 'sum(increase(order_slo_total{outcome!="in_time"}[5m])) / sum(increase(order_slo_total[5m])) / 0.01',
          legend: '5 m',
        },
        {
          expr: 'sum(increase(order_slo_total{outcome!="in_time"}[1h])) / sum(increase(order_slo_total[1h])) / 0.01',
          legend: '1 h',
        },
      ],
    },
    {
      title: 'Alerts that fire',
      description: 'By the console’s own evaluation of ops/alerts.prom.yml.',
      kind: 'stat',
      badFrom: 1,
      queries: one('sum by (severity) (alerts_firing)', '{{severity}}'),
    },
    {
      title: 'Placed and ended',
      description: 'Orders per minute, placed and by how they ended.',
      unit: 'cpm',
      queries: [
        { expr: `sum(rate(orders_placed_total[${RATE}])) * 60`, legend: 'placed' },
        { expr: `sum by (status) (rate(orders_finished_total[${RATE}])) * 60`, legend: '{{status}}' },
      ],
    },
    {
      title: 'From placing to delivery',
      description: 'Of the orders that were delivered; those that are stuck are in the objective.',
      unit: 's',
      queries: [
        ...(['0.5', '0.95', '0.99'] as const).map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (le) (rate(order_completion_seconds_bucket[${RATE}])))`,
          legend: `p${Number(quantile) * 100}`,
        })),
      ],
    },
    {
      title: 'Orders by status',
      description: 'How many orders are where on their way.',
      queries: one('sum by (status) (orders_in_state)', '{{status}}'),
    },
    {
      title: 'Payments',
      description: 'What became of them, per minute.',
      unit: 'cpm',
      queries: one(`sum by (outcome) (rate(payments_total[${RATE}])) * 60`, '{{outcome}}'),
    },
    {
      title: 'Goods and parcels',
      description: 'What became of them, per minute.',
      unit: 'cpm',
      queries: [
        { expr: `sum by (outcome) (rate(dispatches_total[${RATE}])) * 60`, legend: 'goods {{outcome}}' },
        { expr: `sum by (outcome) (rate(deliveries_total[${RATE}])) * 60`, legend: 'parcel {{outcome}}' },
      ],
    },
    {
      title: 'Carts and stock',
      description: 'Carts per minute; products of which few or no pieces are left.',
      queries: [
        { expr: `sum by (outcome) (rate(carts_total[${RATE}])) * 60`, legend: 'carts {{outcome}}' },
        { expr: 'sum by (level) (stock_skus{level!="OK"})', legend: 'products {{level}}' },
      ],
    },
  ],
}
