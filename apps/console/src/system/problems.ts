import { defineProblems } from '@stocker/service-kit'

export const systemProblem = defineProblems({
  NO_CONTROL: {
    status: 409,
    title: 'Processes cannot be stopped and started from here',
    hint: 'Use what runs them (systemd, Kubernetes …). Under npm start the console can: it sets console.control.url and console.control.token.',
  },
  CONTROL_REFUSED: { status: 502, title: 'Whoever runs the processes refused it' },
  NO_SUCH_PART: { status: 404, title: 'The platform has no such process' },
  NO_LOGS: {
    status: 409,
    title: 'The console does not know where the logs are',
    hint: 'Set console.logs.directory to the directory of the files <service>.ndjson, or look where your platform keeps them.',
  },
  INVALID_LOG_FILTER: { status: 400, title: 'Logs cannot be filtered so' },
  NO_SUCH_SERVICE: { status: 404, title: 'There is no such service' },
})
