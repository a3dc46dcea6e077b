/**
 * The pages that the navigation leads to, in its order. An entry appears once its page is registered, to those whose role may see it.
 * `key`: after `g`, it goes there. `icon`: the path of a drawing of 16 by 16, drawn as a line.
 */
export const NAVIGATION = [
  { id: 'home', name: 'Home', path: '/', key: 'h', icon: 'M2 7.5 8 2.5l6 5M3.5 6.5v7h3.2v-4h2.6v4h3.2v-7' },
  {
    id: 'orders',
    name: 'Orders',
    path: '/orders',
    key: 'o',
    icon: 'M2.5 3h2l1.6 7.5h6.4L14 5.5H5M6.5 13.2h.01M12 13.2h.01',
  },
  { id: 'sagas', name: 'Sagas', path: '/sagas', key: 's', icon: 'M3 3.5h4v3H3zM9 9.5h4v3H9zM5 6.5v4.5h4M7 5h4v4.5' },
  {
    id: 'dead-letters',
    name: 'Dead letters',
    path: '/dead-letters',
    key: 'd',
    icon: 'M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5M10.5 10l2 2M12.5 10l-2 2',
  },
  { id: 'messages', name: 'Messages', path: '/messages', key: 'm', icon: 'M2 3h12v8H7l-3 2.5V11H2zM5 6h6M5 8.2h4' },
  {
    id: 'consumers',
    name: 'Consumers',
    path: '/consumers',
    key: 'c',
    icon: 'M2 13V9h3v4M6.5 13V5.5h3V13M11 13V2.5h3V13M1.5 13h13',
  },
  {
    id: 'alerts',
    name: 'Alerts',
    path: '/alerts',
    key: 'a',
    icon: 'M8 2a4 4 0 0 1 4 4c0 3 1 4.5 1.5 5.5h-11C3 10.5 4 9 4 6a4 4 0 0 1 4-4M6.5 13.5h3',
  },
  { id: 'events', name: 'Events', path: '/events', key: 'e', icon: 'M3 2.5h7l3 3v8H3zM10 2.5v3h3M5.5 8.5h5M5.5 11h5' },
  {
    id: 'system',
    name: 'System',
    path: '/system',
    key: 'y',
    icon: 'M2 2.5h12v4.5H2zM2 9h12v4.5H2zM4.5 4.800h.01M4.5 11.300h.01M7 4.800h4.5M7 11.300h4.5',
  },
  { id: 'audit', name: 'Audit', path: '/audit', key: 'u', icon: 'M6.5 2.5h7v11h-11v-7M4 2v5M1.5 4.5h5M6 9h5M6 11h3' },
] as const

export type NavigationId = (typeof NAVIGATION)[number]['id']
