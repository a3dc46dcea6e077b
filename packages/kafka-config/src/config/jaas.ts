const LOGIN_MODULES: Readonly<Record<string, readonly string[]>> = {
  'org.apache.kafka.common.security.plain.PlainLoginModule': ['PLAIN'],
  'org.apache.kafka.common.security.scram.ScramLoginModule': ['SCRAM-SHA-256', 'SCRAM-SHA-512'],
}

export interface JaasLogin {
  readonly loginModule: string
  readonly options: Readonly<Record<string, string>>
}

/**
 * Reads one JAAS entry: `module.Class required key="value" other=value;`. Values in double or single quotes know `\"`.
 *
 * @throws RangeError saying what is expected
 */
export function parseJaasConfig(text: string): JaasLogin {
  const tokens = tokenize(text)
  const [loginModule, flag, ...rest] = tokens
  if (loginModule === undefined || flag === undefined) throw new RangeError(EXPECTED)
  if (!/^(required|requisite|sufficient|optional)$/i.test(flag)) throw new RangeError(EXPECTED)
  if (rest.pop() !== ';') throw new RangeError(`${EXPECTED}; it has to end with a semicolon`)
  const options: Record<string, string> = {}
  while (rest.length > 0) {
    const [name, equals, value] = rest.splice(0, 3)
    if (name === undefined || equals !== '=' || value === undefined) throw new RangeError(EXPECTED)
    options[name] = value
  }
  return { loginModule, options }
}

const EXPECTED = 'has to look like: org.apache.kafka…PlainLoginModule required username="…" password="…";'

function tokenize(text: string): string[] {
  const tokens: string[] = []
  const token = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([=;])|([^\s=;"']+))/y
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text)
    if (match === null) throw new RangeError(EXPECTED)
    const quoted = match[1] ?? match[2]
    tokens.push(quoted === undefined ? (match[3] ?? match[4] ?? '') : quoted.replace(/\\(.)/g, '$1'))
  }
  return tokens
}

/**
 * User and password for a mechanism.
 *
 * @throws RangeError saying what is expected
 */
export function credentials(login: JaasLogin, mechanism: string): { username: string; password: string } {
  const mechanisms = Object.hasOwn(LOGIN_MODULES, login.loginModule) ? LOGIN_MODULES[login.loginModule] : undefined
  if (mechanisms === undefined) {
    throw new RangeError(
      `names ${login.loginModule}, but only ${Object.keys(LOGIN_MODULES).join(' and ')} are known here`,
    )
  }
  if (!mechanisms.includes(mechanism)) {
    throw new RangeError(`names ${login.loginModule}, which is for ${mechanisms.join(' and ')}, not for ${mechanism}`)
  }
  const { username, password } = login.options
  if (username === undefined || password === undefined) throw new RangeError('has to set username and password')
  return { username, password }
}
