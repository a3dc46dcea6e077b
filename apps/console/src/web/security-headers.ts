import type { HttpApp } from '@stocker/service-kit'

/**
 * Scripts, styles and everything else come from here alone, and nothing may put a page of this into a frame. No exception for inline script or style:
 * what a hostile payload could smuggle into a page would not run.
 */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  // Answers hold what one role may see, and for some minutes what one person has unmasked.
  'cache-control': 'no-store',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const

/** On every answer. A route that sets its own keeps it: Swagger UI needs inline styles. */
export function secureHeaders(app: HttpApp): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value)
    done(null, payload)
  })
}
