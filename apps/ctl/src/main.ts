import { toPlatformError } from '@stocker/platform'
import { CTL_HELP, runCtl } from './ctl.ts'

const words = process.argv.slice(2)
if (words.length === 0 || words[0] === '--help' || words[0] === '-h') process.stdout.write(CTL_HELP)
else {
  process.exitCode = await runCtl(words, (text) => process.stdout.write(`${text}\n`)).catch((cause: unknown) => {
    const { code, message, exitCode } = toPlatformError(cause, 'the command fails')
    process.stderr.write(`${message} (${code})\n`)
    return exitCode
  })
}
