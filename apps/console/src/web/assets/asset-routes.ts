import type { HttpApp } from '@stocker/service-kit'
import { webProblem } from '../problems.ts'
import { consoleAssets } from './console-assets.ts'

/** A name changes with the content: what has been fetched once need not be asked for again. */
const FOREVER = 'public, max-age=31536000, immutable'

export function assetRoutes(app: HttpApp): void {
  app.get('/assets/:file', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const { file } = request.params as { readonly file: string }
    const assets = await consoleAssets(request.log)
    const asset = assets?.files.get(`/assets/${file}`)
    if (asset === undefined) {
      throw webProblem('ASSET_NOT_FOUND', `There is no ${JSON.stringify(file)} in this version of the console.`)
    }
    const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    return reply
      .headers({
        'content-type': asset.type,
        'cache-control': FOREVER,
        vary: 'accept-encoding',
        ...(zipped && { 'content-encoding': 'gzip' }),
      })
      .send(zipped ? asset.gzipped : asset.plain)
  })
}
