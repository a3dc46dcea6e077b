import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'
import { checkMachine } from '../doctor/machine.ts'
import { checkPlatform } from '../doctor/platform.ts'

const MARKS = { ok: '✔', bad: '✖', skipped: '–' } as const

export const doctor: CtlCommand = {
  words: '',
  help: 'whether this machine has what a start needs, and whether what runs is well; exit code 1 when something is bad',
  flags: {},
  maxWords: 0,
  run: async ({ dataDir, console: connect, show }) => {
    const [machine, platform] = await Promise.all([checkMachine(dataDir), checkPlatform(connect)])
    const checks = [...machine, ...platform]
    show({ checks }, () => columns(checks.map(({ name, verdict, detail }) => [`${MARKS[verdict]} ${name}`, detail])))
    return checks.some(({ verdict }) => verdict === 'bad') ? 1 : 0
  },
}
