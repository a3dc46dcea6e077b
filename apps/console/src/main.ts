import { runMain } from '@stocker/service-kit/main'

await runMain({
  directory: new URL('../', import.meta.url),
  config: () => import('./config.ts'),
  app: () => import('./app.ts'),
})
