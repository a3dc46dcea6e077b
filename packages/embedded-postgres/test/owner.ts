// A process of its own that starts a server, prints its pid and address, and waits to be killed: owner.ts <data directory>
import { startEmbeddedPostgres } from '../src/index.ts'

const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', port: 0 })
console.log(JSON.stringify({ pid: postgres.pid, url: postgres.url() }))
