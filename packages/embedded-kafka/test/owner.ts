// A process of its own that starts a broker, prints its pid and address, and waits to be killed: owner.ts <data directory>
import { startEmbeddedKafka } from '../src/index.ts'

const kafka = await startEmbeddedKafka({ dataDir: process.argv[2] ?? '', port: 0 })
console.log(JSON.stringify({ pid: kafka.pid, bootstrapServers: kafka.bootstrapServers }))
