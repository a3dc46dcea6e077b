import { get } from 'node:http'

/** node:http and not fetch: the supervisor stays small, and a refused connection costs next to nothing. */
export function probe(url: string, timeoutMs = 2_000): Promise<{ readonly ready: boolean; readonly answer: string }> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', (error) => resolve({ ready: false, answer: error.message }))
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        resolve({ ready: response.statusCode === 200, answer: `${response.statusCode} ${body}` })
      })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', (error) => resolve({ ready: false, answer: error.message }))
  })
}

/** What a health report says is not up, in words; any other answer as it is. */
export function whatIsDown(answer: string): string {
  try {
    const { components } = JSON.parse(answer.slice(answer.indexOf('{'))) as {
      components: Record<string, { up: boolean; detail: string }>
    }
    const down = Object.entries(components).filter(([, { up }]) => !up)
    return down.map(([name, { detail }]) => `${name}: ${detail}`).join('; ')
  } catch {
    return answer
  }
}
