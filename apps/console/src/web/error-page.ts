import type { HttpApp, ProblemDocument } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { visitorOf } from '../access/viewer.ts'
import { Facts } from './components/facts.ts'
import { html } from './html.ts'
import { pageText } from './page.ts'

const PROBLEM = 'application/problem+json'

/** People get a page instead of the problem document that programs get; which of them asks is told by Accept. */
export function showProblemsAsPages(app: HttpApp): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith(PROBLEM)) return payload
    if (!wantsPage(request)) return payload
    const text = await problemPage(app, request, JSON.parse(payload) as ProblemDocument)
    reply.removeHeader('content-length')
    reply.header('content-type', 'text/html; charset=utf-8')
    return text
  })
}

/** Browsers ask for HTML by name; programs take anything. */
export const wantsPage = (request: FastifyRequest): boolean =>
  /\btext\/html\b/.test(request.headers.accept ?? '') && !request.url.startsWith('/ops/')

function problemPage(app: HttpApp, request: FastifyRequest, problem: ProblemDocument): Promise<string> {
  return pageText(app, request, {
    viewer: visitorOf(request),
    nav: undefined,
    title: problem.title,
    lead: problem.detail,
    body: html`
      ${problem.hint !== undefined && html`<p>${problem.hint}</p>`}
      ${Facts({
        items: [
          ['Status', problem.status],
          ['Code', html`<code>${problem.code}</code>`],
          ['Request', html`<code>${problem.requestId}</code>`],
        ],
      })}
      <p><a href="/">Home</a></p>
    `,
  })
}
