import type { ServerResponse } from 'node:http'

/** Answers that are still being given, by who asked: streams stay open for hours, and must end with the login that opened them. */
export function createOpenAnswers() {
  const open = new Map<string, Set<ServerResponse>>()
  return {
    add(id: string, answer: ServerResponse): void {
      const answers = open.get(id) ?? new Set()
      open.set(id, answers.add(answer))
      answer.once('close', () => {
        answers.delete(answer)
        if (answers.size === 0) open.delete(id)
      })
    },
    cut(id: string): void {
      for (const answer of open.get(id) ?? []) answer.destroy()
    },
  }
}
