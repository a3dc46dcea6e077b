// A process of its own that starts a server and then waits to be killed: owner.ts <directory> <shell script>
import { join } from 'node:path'
import { startServerProcess } from '../src/index.ts'

const [, , directory = '', script = ''] = process.argv
const server = await startServerProcess({
  command: '/bin/sh',
  args: ['-c', script],
  directory,
  logFile: join(directory, 'server.log'),
  environment: process.env,
  stopSignals: [{ signal: 'SIGTERM', waitMs: 500 }],
})
console.log(server.pid)
