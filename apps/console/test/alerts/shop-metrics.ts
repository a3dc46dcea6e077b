import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service of the test, whose /metrics say what the test wants. */
export interface MetricsServer extends AsyncDisposable {
  readonly url: string
  /** Text of the metrics; undefined: it answers 503. */
  text: string | undefined
}

export async function startMetricsServer(text = ''): Promise<MetricsServer> {
  const state: { text: string | undefined } = { text }
  const server = createServer((_request, response) => {
    response.writeHead(state.text === undefined ? 503 : 200).end(state.text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get text() {
      return state.text
    },
    set text(value) {
      state.text = value
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
