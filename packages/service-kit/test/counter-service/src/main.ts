import { runMain } from '../../../src/main.ts'

await runMain({
  directory: new URL('..', import.meta.url),
  config: () => import('./config.ts'),
  app: () => import('./app.ts'),
})
