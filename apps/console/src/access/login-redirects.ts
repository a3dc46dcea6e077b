import type { FastifyReply, FastifyRequest } from 'fastify'
import { renderToString } from 'preact-render-to-string'
import { html } from '../web/html.ts'

/** An address of this console to go to after the login; of anything else, its home. */
export function localPath(text: string | undefined): string {
  // A browser takes `//host` and `/\host` for another site, also with a tab between, which it leaves out.
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.startsWith('/login') ? text : '/'
}

export function toLogin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const next = request.method === 'GET' ? localPath(request.url) : '/'
  return seeOther(reply, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`)
}

export function seeOther(reply: FastifyReply, path: string): FastifyReply {
  return reply
    .code(303)
    .headers({ location: path, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .send()
}

/** A page that goes to the same address at once. */
export function bounce(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = localPath(request.url)
  const document = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="refresh" content=${`0;url=${path}`} />
      <title>Console</title>
    </head>
    <body><p><a href=${path}>Go on to the console</a></p></body>
  </html>`
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    .send(`<!doctype html>${renderToString(document)}`)
}
