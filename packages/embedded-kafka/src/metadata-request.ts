import { connect } from 'node:net'

const METADATA = 3
const VERSION = 2
const CORRELATION_ID = 1
const CLIENT_ID = 'embedded-kafka'

export interface ClusterMetadata {
  readonly clusterId: string | null
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
}

/**
 * Asks one broker for its cluster without naming topics (Metadata request, version 2, which every Kafka since 0.10.1 answers).
 * Written out here so that starting a broker does not load a Kafka client. Rejects if there is no whole answer within `timeoutMs`.
 */
export async function requestMetadata(host: string, port: number, timeoutMs: number): Promise<ClusterMetadata> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const chunks: Buffer[] = []
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    socket.on('connect', () => socket.write(encodeRequest()))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const received = Buffer.concat(chunks)
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      try {
        resolve(decodeResponse(received))
      } catch (error) {
        reject(error)
      }
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed before an answer')))
  })
}

function encodeRequest(): Buffer {
  const clientId = Buffer.from(CLIENT_ID)
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4)
  let at = request.writeInt32BE(request.length - 4, 0)
  at = request.writeInt16BE(METADATA, at)
  at = request.writeInt16BE(VERSION, at)
  at = request.writeInt32BE(CORRELATION_ID, at)
  at = request.writeInt16BE(clientId.length, at)
  at += clientId.copy(request, at)
  request.writeInt32BE(0, at)
  return request
}

function decodeResponse(response: Buffer): ClusterMetadata {
  let at = 4
  const int32 = () => {
    at += 4
    return response.readInt32BE(at - 4)
  }
  const string = () => {
    const length = response.readInt16BE(at)
    at += 2
    if (length < 0) return null
    at += length
    return response.toString('utf8', at - length, at)
  }
  if (int32() !== CORRELATION_ID) throw new Error('not an answer to this request')
  const brokers = Array.from({ length: int32() }, () => {
    const broker = { nodeId: int32(), host: string() ?? '', port: int32() }
    string() // rack
    return broker
  })
  return { clusterId: string(), brokers }
}
