/** The value of a cookie in a Cookie header; of several with the name, the first (RFC 6265 §5.4). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(';').find((each) => each.trimStart().startsWith(`${name}=`))
  return pair?.slice(pair.indexOf('=') + 1).trim()
}

export interface CookieOptions {
  /** Seconds; 0 ends it. */
  readonly maxAge: number
  /** Whether it goes over HTTPS only. */
  readonly secure: boolean
}

/** A Set-Cookie header that scripts cannot read and other sites' requests do not bring along. The value must be of base64url's letters and dots. */
export function setCookie(name: string, value: string, { maxAge, secure }: CookieOptions): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}
