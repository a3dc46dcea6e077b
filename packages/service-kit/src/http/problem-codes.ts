/**
 * Every problem the kit itself answers with. A service adds its own with {@link defineProblems}; `hint` says what the caller can do.
 * Statuses: RFC 9110; shape of the answer: RFC 9457.
 */
export const PROBLEM_CODES = {
  MALFORMED_REQUEST: { status: 400, title: 'The request is not valid HTTP' },
  MALFORMED_JSON: {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON document in UTF-8, for example {"quantity": 1}.',
  },
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request does not have the expected shape',
    hint: 'Each entry of `errors` points at one place; the schemas are at /docs.',
  },
  UNSTORABLE_TEXT: {
    status: 400,
    title: 'A text holds a character that cannot be stored',
    hint: 'Remove NUL characters (\\u0000) and unpaired surrogates from the text.',
  },
  NUMBER_OUT_OF_RANGE: {
    status: 400,
    title: 'A number is too large to be kept exactly',
    hint: 'Integers go from -9007199254740991 to 9007199254740991.',
  },
  INVALID_IDEMPOTENCY_KEY: {
    status: 400,
    title: 'The Idempotency-Key header is not usable',
    hint: 'Send 1 to 200 printable ASCII characters, for example a UUID, and a new one for each new intention.',
  },
  INVALID_IF_MATCH: {
    status: 400,
    title: 'The If-Match header is not usable',
    hint: 'Send the ETag of the answer that you have seen, one and unchanged, for example "3" with its quotation marks; or leave the header out.',
  },
  INVALID_CONSISTENCY_TOKEN: {
    status: 400,
    title: 'The consistency token is not usable',
    hint: 'Send the Consistency-Token of an earlier answer unchanged, or none.',
  },
  TOKEN_MISSING: {
    status: 401,
    title: 'Only who shows a token is served here',
    hint: 'Send the header `Authorization: Bearer <token>`, with a token of the issuer that this service is configured with.',
  },
  INVALID_TOKEN: {
    status: 401,
    title: 'The token does not count',
    hint: 'Get a new token from the issuer that this service is configured with.',
  },
  SIGNATURE_REFUSED: {
    status: 401,
    title: 'The report is not signed as agreed',
    hint: 'Sign `<webhook-id>.<webhook-timestamp>.<body>` by HMAC-SHA256 with the shared secret: webhook-signature is v1,<base64>. See https://www.standardwebhooks.com',
  },
  WEBHOOK_OFF: {
    status: 403,
    title: 'Reports are not taken here',
    hint: 'Set `…webhook-secret` of the service, which both sides know.',
  },
  NOT_ALLOWED: {
    status: 403,
    title: 'The token does not allow this',
    hint: 'Customers reach what is theirs; everything else needs the token of somebody who works here.',
  },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is nothing at this address', hint: 'The list of routes is at /docs.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not available at this address',
    hint: 'The Allow header lists the methods that are.',
  },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body has a media type that is not read here',
    hint: 'Send the header `content-type: application/json`.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests in a short time',
    hint: 'Try again after the seconds of the Retry-After header; the RateLimit headers say how many are left.',
  },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Something went wrong here',
    hint: 'Nothing about the request is known to be wrong. Report `requestId`; the log names the cause under it.',
  },
  SERVICE_NOT_READY: {
    status: 503,
    title: 'The service is starting or stopping',
    hint: 'Try again after the seconds of the Retry-After header; /health/ready says what is missing.',
  },
  READ_MODEL_BEHIND: {
    status: 503,
    title: 'What is read here does not show your change yet',
    hint: 'The change is stored. Try again after the seconds of the Retry-After header, or leave the consistency token out and take what there is.',
  },
  DEPENDENCY_UNAVAILABLE: {
    status: 503,
    title: 'Something the service needs does not answer',
    hint: 'Try again after the seconds of the Retry-After header, with the same Idempotency-Key if you sent one.',
  },
} as const satisfies Record<string, ProblemDefinition>

/** How the rejections are answered that any command may meet, whatever the service. A service may find better words with {@link defineProblems}. */
export const REJECTION_PROBLEMS = {
  AGGREGATE_NOT_FOUND: { status: 404, title: 'There is no such thing' },
  AGGREGATE_EXISTS: { status: 409, title: 'It exists already' },
  AGGREGATE_DELETED: { status: 410, title: 'It exists no more' },
  VERSION_CONFLICT: {
    status: 412,
    title: 'It has changed since it was read',
    hint: 'Get it again, look at what changed, and send the new ETag as If-Match.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    title: 'The Idempotency-Key was used for another request',
    hint: 'Send a new key for a new intention.',
  },
} as const satisfies Record<string, ProblemDefinition>

export type ProblemCode = keyof typeof PROBLEM_CODES

export interface ProblemDefinition {
  /** HTTP status, 400 to 599. */
  readonly status: number
  /** What kind of problem it is, the same sentence each time. */
  readonly title: string
  /** What the caller can do about it. */
  readonly hint?: string
}
